"""The network of the default: attention over the reader's books and the book's raters."""
