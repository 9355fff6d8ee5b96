"""Writes formats.md from the registry of formats: ``python docs/formats.py > docs/formats.md``."""

from __future__ import annotations

from toprank.data.reading.formats.registry import FORMATS, PLAIN

__all__ = ["page"]

_BEFORE = f"""# Formats

`toprank fit DATA`, `tr.read(DATA)` and whatever else takes ratings take any of these:

- a file of text (CSV, TSV and the like), Parquet, Arrow or Feather, JSON lines or a list of JSON objects;
- the same packed with gzip, bzip2, xz or Zstandard, or in a zip or tar archive: told by what they hold, not by name;
- several files with the same columns: a folder, `'part-*.parquet'`, a list of paths in Python; `~` is the home folder;
- in Python: a pandas, Polars or Arrow frame, a dict of columns, rows of user, item and rating, an open file;
- what a query of a database gives: `--query "select …"` with `sqlite:///shop.db`, or with `postgresql://…`, which needs
  SQLAlchemy and psycopg.

A note says what was recognised. `--format NAME` names a format, `--format {PLAIN}` reads any table; what other options
say counts more than the format.

## Known formats

| `--format` | what it is | how it looks | what is odd about it |
|---|---|---|---|
"""

_AFTER = """
## Any other table

Users, items and ratings are found by the usual names of their columns, or named: `--user-column`, `--item-column`,
`--rating-column`. The delimiter (comma, semicolon, tab, bar, `::`, blanks), a first line `sep=;`, backslashes before
quotes and whether there is a header are found from the first lines; `--delimiter`, `--escape`, `--header` and
`--no-header` say so. Without a header columns are numbers: `--no-header --user-column 2`.

- **Ratings**: `4`, `4.5`, `4,5`, `5 stars`, true and false. What is no number is refused with its line, or left out
  with `--bad-rows skip`, which lists it. No rating is changed silently.
- **No rating**: a code like -1 or 99, or zeros beside ratings from 1, is named with `--implicit-value`, which cures it.
- **Counts** of plays or purchases are refused: how often somebody bought does not say how much they liked it.
- **Ids**: `1`, `1.0` and `"1"` are one id, `="0439023483"` is unwrapped, an ISBN that a spreadsheet made `9.78E+12` is
  refused. Text otherwise stays as it is.
- **Columns that nobody asks for** can hold anything.
- **Attributes of items** that hold several values are taken apart: `Action|Comedy`, lists, `['action', 'comedy']`,
  `action, comedy` where the words come again and again, four or more columns of 0 and 1, and tags with counts. A note
  of `fit` names the attributes that nothing is learned from, and why.
"""


def page() -> str:
    """Make the page."""
    rows = [f"| `{one.name}` | {one.title} | {_cell(one.looks)} | {_cell(one.quirks)} |" for one in FORMATS]
    return _BEFORE + "\n".join(rows) + "\n" + _AFTER


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    print(page(), end="")
