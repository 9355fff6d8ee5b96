"""Anybody's files and frames, read into a dataset."""
