"""Models side by side on splits: the tables and the page."""
