from __future__ import annotations

import re

import numpy as np
import pytest

from toprank.errors import OptionError
from toprank.recommender.facade import FittedRecommender


def test_readers_of_a_book_also_like_what_is_counted(fitted: FittedRecommender) -> None:
    ratings, work = fitted.data.ratings, fitted.retrieval.work
    index = ratings.items
    rows = fitted.similar("b012", n=5).rows()
    assert len(rows) == 5
    mine = work[index.positions(["b012"])[0]]
    others = [int(work[index.positions([row["item"]])[0]]) for row in rows]
    assert mine not in others
    assert len(set(others)) == 5
    likers = set(ratings.user[ratings.liked & (work[ratings.item] == mine)].tolist())
    for row, other in zip(rows, others, strict=True):
        both = likers & set(ratings.user[ratings.liked & (work[ratings.item] == other)].tolist())
        said = re.fullmatch(r"(\d+) of (\d+) readers who liked it also liked this", row["reason"])
        assert said
        assert (int(said[1]), int(said[2])) == (len(both), len(likers))
        assert row["ratings"] == np.count_nonzero(work[ratings.item] == other)


def test_an_item_that_nobody_has_is_an_error_with_the_nearest_ids(fitted: FittedRecommender) -> None:
    with pytest.raises(OptionError, match=r"no item 'b01x'; did you mean b01\d"):
        fitted.similar("b01x")
    with pytest.raises(OptionError, match="there is no item ''"):
        fitted.similar("")
    with pytest.raises(OptionError, match="at least 1"):
        fitted.similar("b012", n=0)


def test_without_titles_and_works(plain: FittedRecommender) -> None:
    assert set(plain.similar("b012", n=2).rows()[0]) == {"item", "ratings", "reason"}
