from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toprank.decisions.ranking import LIKE_WEIGHTS, best_of_each, tune_like_weight, utilities
from toprank.errors import OptionError


def test_utilities_by_hand() -> None:
    assert utilities(np.array([1.0, np.nan]), np.array([0.75, 0.5]), 2.0).round(4).tolist()[0] == 1 + 2 * 1.0986


def test_what_is_not_allowed_or_no_candidate_is_not_chosen() -> None:
    value = np.array([[5.0, 4.0, np.nan, 3.0], [1.0, 2.0, 3.0, 4.0]])
    allowed = np.array([[False, True, True, True], [False, False, False, True]])
    assert best_of_each(value, allowed, 3).tolist() == [[1, 3, -1], [3, -1, -1]]
    author = np.zeros((2, 4), np.int64)
    assert best_of_each(value, allowed, 3, author=author, diversity=0.5).tolist() == [[1, 3, -1], [3, -1, -1]]


def test_two_of_one_author_are_held_apart_but_not_thrown_out() -> None:
    value, author = np.array([[3.0, 2.9, 2.8, 1.0]]), np.array([[7, 7, -1, -1]])
    allowed = np.ones((1, 4), np.bool_)
    assert best_of_each(value, allowed, 4, author=author, diversity=1.0).tolist() == [[0, 2, 1, 3]]
    assert best_of_each(value, allowed, 4, author=author, diversity=0.0).tolist() == [[0, 1, 2, 3]]


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=12), st.integers(1, 15), st.floats(0, 3))
def test_each_is_chosen_once_and_all_that_may_be(values: list[float], n: int, diversity: float) -> None:
    value = np.array([values])
    chosen = best_of_each(
        value, np.ones(value.shape, np.bool_), n, author=np.arange(value.size)[None] % 3, diversity=diversity
    )
    kept = chosen[chosen >= 0].tolist()
    assert len(kept) == len(set(kept)) == min(n, len(values))
    assert kept[0] == int(np.argmax(value))


def test_the_weight_is_learned_from_what_was_liked() -> None:
    rng = np.random.default_rng(2)
    relevance, probability = rng.normal(size=(300, 40)), rng.uniform(0.05, 0.95, (300, 40))
    allowed = np.ones(relevance.shape, np.bool_)
    by_relevance = relevance > np.sort(relevance, axis=1)[:, -4, None]
    assert tune_like_weight(relevance, probability, allowed, by_relevance, n=3) == 0.0
    worth = utilities(relevance, probability, 1.0)
    by_both = worth > np.sort(worth, axis=1)[:, -4, None]
    assert tune_like_weight(relevance, probability, allowed, by_both, n=3) == 1.0
    assert tune_like_weight(relevance, probability, allowed, np.zeros_like(allowed)) == LIKE_WEIGHTS[0]


def test_diversity_must_be_a_number_from_0() -> None:
    with pytest.raises(OptionError, match="diversity is -1"):
        best_of_each(np.zeros((1, 1)), np.ones((1, 1), np.bool_), 1, diversity=-1)


def test_diversity_where_no_authors_are_known_is_refused_not_ignored() -> None:
    value, allowed = np.zeros((1, 1)), np.ones((1, 1), np.bool_)
    with pytest.raises(OptionError, match="give items with an author column"):
        best_of_each(value, allowed, 1, diversity=0.5)
    assert best_of_each(value, allowed, 1, diversity=0.0).tolist() == [[0]]


def test_at_most_so_many_by_one_author() -> None:
    value = np.array([[9.0, 8.0, 7.0, 6.0, 5.0, 4.0], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]])
    author = np.array([[7, 7, -1, 7, -1, -1], [0, 1, 0, 0, 1, 2]])
    allowed = np.ones(value.shape, np.bool_)
    allowed[1, 4] = False
    chosen = best_of_each(value, allowed, 5, author=author, max_by_author=2)
    assert chosen.tolist() == [[0, 1, 2, 4, 5], [5, 3, 2, 1, -1]]
    with pytest.raises(OptionError, match="max_by_author is 0"):
        best_of_each(value, allowed, 5, author=author, max_by_author=0)


@given(st.lists(st.tuples(st.floats(-5, 5), st.integers(-1, 2)), min_size=1, max_size=14), st.integers(1, 3))
def test_a_bound_on_authors_takes_the_best_that_are_left(rows: list[tuple[float, int]], most: int) -> None:
    value, author = np.array([[v for v, _ in rows]]), np.array([[a for _, a in rows]])
    expected: list[int] = []
    for column in np.argsort(-value[0], kind="stable").tolist():
        if author[0, column] < 0 or sum(author[0, other] == author[0, column] for other in expected) < most:
            expected.append(column)
    allowed = np.ones(value.shape, np.bool_)
    chosen = best_of_each(value, allowed, 14, author=author, max_by_author=most)
    assert chosen[0][chosen[0] >= 0].tolist() == expected
    spread = best_of_each(value, allowed, 14, author=author, max_by_author=most, diversity=1.0)
    assert sorted(spread[0][spread[0] >= 0].tolist()) == sorted(expected)
