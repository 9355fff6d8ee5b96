"""Models side by side on one split: what they are, how they did, and the page that shows it."""
