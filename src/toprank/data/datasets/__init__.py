"""Data sets that are fetched or made: Book-Crossing, MovieLens, generated ratings, and their cache."""
