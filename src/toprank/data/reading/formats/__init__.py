"""Formats that people have, each recognised by its files, its header or its shape."""
