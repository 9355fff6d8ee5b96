"""Several machines: the same tasks, taken to others by Ray."""
