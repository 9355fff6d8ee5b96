"""The datasets that have a name; a new one is a file beside this and a line here."""

from __future__ import annotations

from toprank.data.datasets.book_crossing import BOOK_CROSSING
from toprank.data.datasets.movielens import MOVIELENS_100K
from toprank.data.datasets.wheel import WheelDataset

__all__ = ["BUILT_IN"]

BUILT_IN: dict[str, WheelDataset] = {
    BOOK_CROSSING.name: BOOK_CROSSING,
    MOVIELENS_100K.name: MOVIELENS_100K,
}
