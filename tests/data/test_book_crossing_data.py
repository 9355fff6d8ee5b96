"""What the real dump holds."""

from __future__ import annotations

import numpy as np
import pyarrow.compute as pc
import pytest

from toprank.core.dataset import Dataset

pytestmark = pytest.mark.book_crossing


def test_ratings(book_crossing: Dataset) -> None:
    ratings, implicit = book_crossing.ratings, book_crossing.implicit
    assert implicit is not None
    assert (len(ratings), len(implicit)) == (433_671, 716_109)
    assert len(np.unique(ratings.user)) == 77_805
    assert len(np.unique(ratings.item)) == 185_973
    assert int(ratings.liked.sum()) == 249_887
    assert len(np.union1d(ratings.item, implicit.item)) == 340_556
    assert len(np.union1d(ratings.user, implicit.user)) == 105_283


def test_file_order(book_crossing: Dataset) -> None:
    ratings, implicit = book_crossing.ratings, book_crossing.implicit
    assert implicit is not None
    first = [(ratings.users[ratings.user[n]], ratings.items[ratings.item[n]], ratings.value[n]) for n in (0, 1, -1)]
    assert first == [(276726, "0155061224", 5), (276729, "052165615X", 3), (276723, "05162443314", 8)]
    assert (implicit.users[implicit.user[0]], implicit.items[implicit.item[0]]) == (276725, "034545104X")


def test_books(book_crossing: Dataset) -> None:
    items = book_crossing.items
    assert items is not None
    # The comma-separated copy that most people have lacks 19 of them.
    assert items.table.num_rows == 271_379
    assert int((items.row >= 0).sum()) == 271_379
    assert items.names == ["title", "author", "year", "publisher", "image_url"]
    assert [items.table[name].null_count for name in items.names] == [0, 0, 0, 0, 0]
    titles = items.table["title"]
    assert not pc.any(pc.match_substring(titles, "&amp;")).as_py()
    assert not pc.any(pc.match_substring(titles, '\\"')).as_py()


@pytest.mark.parametrize(
    ("isbn", "column", "text"),
    [
        ("3499201534", "title", "Wir pfeifen auf den Gurkenkönig. ( Ab 9 J.)."),
        ("3442721652", "title", "Alles fließt, sagt Heraklit."),
        ("0064472531", "title", "Violet & Claire"),
        ("0449003787", "title", '"O" Is for Outlaw'),
        ("2070378411", "author", "René Barjavel"),
    ],
)
def test_repaired(book_crossing: Dataset, isbn: str, column: str, text: str) -> None:
    items = book_crossing.items
    assert items is not None
    position = book_crossing.ratings.items.positions([isbn])[0]
    assert items.table[column][int(items.row[position])].as_py() == text


def test_users(book_crossing: Dataset) -> None:
    users = book_crossing.users
    assert users is not None
    assert users.table.num_rows == len(book_crossing.ratings.users) == 278_858
    assert bool((users.row >= 0).all())
    assert pc.count_distinct(users.table["location"]).as_py() == 57_339
    assert users.table["age"].null_count == 110_762
