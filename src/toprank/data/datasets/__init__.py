"""Data sets with a name: Book-Crossing, MovieLens, generated ratings, and their cache."""
