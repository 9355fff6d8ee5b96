from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from toprank.decisions.ranking import DIVERSITY
from toprank.errors import OptionError
from toprank.recommender.facade import FittedRecommender
from toprank.recommender.list_options import list_options
from toprank.recommender.titles import Titles

READERS = list(range(60))


def by_author(fitted: FittedRecommender, **options: object) -> int:
    """The most books of one author in any list of ten."""
    table = fitted.recommend(READERS, 10, **options).to_pandas()  # type: ignore[arg-type]
    return int(table.groupby(["user", "author"]).size().max())


def test_at_most_three_of_ten_are_by_one_author_unless_asked(fitted: FittedRecommender) -> None:
    assert by_author(fitted) <= 3
    assert by_author(fitted, max_by_author=1) == 1
    assert list_options(fitted, 5).max_by_author == 3
    assert list_options(fitted, 10).diversity == DIVERSITY
    assert list_options(fitted, 50).max_by_author == 15
    assert list_options(fitted, 10, diversity=0.0).max_by_author is None
    author = fitted.recommend(0, 1).rows()[0]["author"]
    assert list_options(fitted, 10, only={"author": author}).max_by_author is None


def test_lists_hold_what_is_asked_for(fitted: FittedRecommender) -> None:
    everything = fitted.recommend(READERS, 10)
    author = everything.rows()[0]["author"]
    only = fitted.recommend(READERS, 10, only={"author": author})
    assert set(only.column("author")) == {author}
    assert author not in set(fitted.recommend(READERS, 10, exclude_author=author).column("author"))
    stock = ["b003", "b010", "b044", "unheard of"]
    assert set(fitted.recommend(READERS, 10, among=stock).items) <= set(stock)
    assert set(fitted.recommend(READERS, 10, among=stock, only={"author": author}).items) <= set(stock) & set(
        only.items
    )


def test_what_nothing_can_be_found_for_is_said(fitted: FittedRecommender, plain: FittedRecommender) -> None:
    with pytest.raises(OptionError, match="among names 2 items, of which none is known"):
        fitted.recommend(0, among=["x", "y"])
    with pytest.raises(OptionError, match="no item has it"):
        fitted.recommend(0, only={"author": "Homer"})
    with pytest.raises(OptionError, match="max_by_author needs to know who wrote what"):
        plain.recommend(0, max_by_author=2)
    assert len(plain.recommend(0)) > 0


def test_one_book_is_listed_once_and_never_where_the_reader_has_it(fitted: FittedRecommender) -> None:
    ratings, implicit = fitted.data.ratings, fitted.data.implicit
    assert implicit is not None
    codes = fitted.titles.book_codes(np.arange(len(ratings.items)))
    held = set(zip(ratings.user.tolist(), codes[ratings.item].tolist(), strict=True))
    held |= set(zip(implicit.user.tolist(), codes[implicit.item].tolist(), strict=True))
    top = fitted.recommend(list(range(150)), 10)
    listed = list(
        zip(
            ratings.users.positions(top.column("user")).tolist(),
            codes[ratings.items.positions(top.items)].tolist(),
            strict=True,
        )
    )
    assert len(set(listed)) == len(listed) > 300
    assert not set(listed) & held


def test_short_title_and_author_make_one_book() -> None:
    names = [
        ("The Hobbit", "J. R. R. Tolkien"), ("Hobbit: Or There and Back Again", "J.R.R. TOLKIEN"),
        ("Hobbit (Illustrated)", "John Tolkien; Alan Lee"), ("The Hobbit", "Somebody Else"), ("", "J. R. R. Tolkien"),
        ("The Hobbit", None),
    ]  # fmt: skip
    title, author = (pa.array(column) for column in zip(*names, strict=True))
    codes = Titles(title, author, np.array([*range(6), -1])).book_codes(np.array([0, 1, 2, 3, 4, 5, 6, -1]))
    assert len({*codes[:3].tolist()}) == 1
    assert codes[3] not in (codes[0], -1)
    assert codes[4:].tolist() == [-1] * 4
    assert Titles(title, None, np.arange(6)).book_codes(np.arange(6)).tolist() == [-1] * 6
