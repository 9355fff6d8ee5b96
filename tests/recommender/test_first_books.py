from __future__ import annotations

import numpy as np
import pytest

from toprank.errors import OptionError
from toprank.recommender.facade import FittedRecommender
from toprank.recommender.first_books import _covariance, _most_telling, first_books


def test_the_first_books_are_known_titled_and_by_different_authors(fitted: FittedRecommender) -> None:
    found = first_books(fitted, 12).rows()
    assert len(found) == 12
    assert len({row["author"] for row in found}) == 12
    assert all(row["title"] and row["ratings"] for row in found)
    assert first_books(fitted, 5).rows() == found[:5]
    # Each author is asked about once: there are no more.
    assert len(first_books(fitted, 1000)) <= 15


def test_without_titles_and_authors_it_names_items(plain: FittedRecommender) -> None:
    found = first_books(plain, 3)
    assert len(set(found.column("item"))) == 3
    with pytest.raises(OptionError, match="at least 1"):
        first_books(plain, 0)


def test_a_book_that_tells_of_others_goes_before_a_better_known_one() -> None:
    covariance = np.array([[0.4, 0.0, 0.0], [0.0, 0.5, 0.45], [0.0, 0.45, 0.5]])
    known = np.array([99.0, 25.0, 24.0])
    noise, one, nobody = np.full(3, 0.1), np.zeros(3, np.int64), np.full(3, -1)
    # The second tells of the third too; what it told, the third does not tell again.
    assert _most_telling(covariance, noise, known, one, nobody, 3) == [1, 0, 2]
    assert _most_telling(covariance, noise, known, one, np.array([0, 1, 0]), 3) == [1, 0]
    # Books of other bands of mean ratings go first.
    assert _most_telling(covariance, noise, known, np.array([1, 1, 0]), nobody, 3) == [1, 2, 0]


def test_the_covariance_is_that_of_readers_who_rated_both() -> None:
    rng = np.random.default_rng(1)
    taste = rng.normal(size=400)
    user, book = np.repeat(np.arange(400), 3), np.tile(np.arange(3), 400)
    value = np.stack([taste, taste, rng.normal(size=400)], axis=1).ravel() + 0.1 * rng.normal(size=1200)
    covariance, noise = _covariance(user, book, value, 3)
    assert covariance[0, 1] == pytest.approx(np.cov(value[0::3], value[1::3])[0, 1] * 400 / 420, rel=0.02)
    assert abs(covariance[0, 2]) < 0.15
    assert bool(np.all(noise > 0))
