"""The notebook's figures as data, and ours beside them."""
