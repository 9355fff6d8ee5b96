"""What evidence there is, by name."""

__all__ = ["GROUPS"]

GROUPS = {
    "reader": "how the reader rates",
    "book": "how the book is rated, its editions apart and together",
    "kind": "how books of its author, publisher, series, language and year are rated",
    "reader-by-kind": "how the reader rates each of those",
    "reader-groups": "how readers of a country, a state or an age rate, the book and its kind above all",
    "neighbours": "what similar readers gave it, and what the reader gave similar books",
    "histograms": "how often the reader, and the book's readers, give each rating",
    "places": "where the book, its kind and the reader lie among all, found from who holds what",
    "additive": "one model of all that is known, each group's effect apart",
    "implicit": "who has what without having rated it",
}
"""Groups of evidence, each of which can be left out."""
