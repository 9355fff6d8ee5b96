"""From files and frames to a :class:`~toprank.core.dataset.Dataset`: readers, Book-Crossing, splits."""
