"""The readers' and the owner's pages: plain HTML that one vendored script (HTMX) makes quicker, and that needs none."""
