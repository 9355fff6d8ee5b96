from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toprank.core.dataset import Dataset
from toprank.core.ratings import Ratings
from toprank.core.scale import RatingScale
from toprank.models.jaccard import Jaccard
from toprank.models.jaccard_kernel import grouped
from toprank.targets import Adjusted, Original, Target

SCALE = RatingScale(1, 10, liked_from=8)


def plain(ratings: Ratings, target: Target, user: int, item: int) -> float:
    """The definition, with dicts and sets."""
    values = target.transform(ratings.value, ratings.scale)
    given: dict[int, dict[int, float]] = {}
    for u, i, value in zip(ratings.user.tolist(), ratings.item.tolist(), values.tolist(), strict=True):
        given.setdefault(u, {})[i] = value
    own = given.get(user, {})
    weights = total = 0.0
    for other, theirs in given.items():
        if other == user or item not in theirs:
            continue
        same = sum(1 for i, value in own.items() if theirs.get(i) == value)
        weight = same / len(own.keys() | theirs.keys())
        weights += weight
        total += weight * theirs[item]
    if weights > 0:
        return total / weights
    return float(np.mean(list(own.values()))) if own else float(values.mean())


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(st.tuples(st.integers(0, 6), st.integers(0, 6)), st.integers(5, 8), min_size=1, max_size=40),
    st.booleans(),
)
def test_it_is_the_definition(table: dict[tuple[int, int], int], adjusted: bool) -> None:
    # Pairs (0..6, 0..6) all get a position, so that users and items without ratings are asked for, too.
    everyone = Ratings.of([*range(7)], [*range(7)], [5] * 7, SCALE)
    keys = list(table)
    ratings = Ratings(
        np.array([u for u, _ in keys]),
        np.array([i for _, i in keys]),
        np.array([table[k] for k in keys]),
        everyone.users,
        everyone.items,
        SCALE,
    )
    target: Target = Adjusted() if adjusted else Original()
    fitted = Jaccard(target).fit(Dataset(ratings), rng=np.random.default_rng(13))
    users, items = (axis.ravel() for axis in np.meshgrid(np.arange(7), np.arange(7)))
    expected = [plain(ratings, target, int(u), int(i)) for u, i in zip(users, items, strict=True)]
    assert fitted.scores(users, items) == pytest.approx(expected, rel=1e-12)


def test_a_reader_is_not_a_neighbour_of_their_own() -> None:
    ratings = Ratings.of(["ann", "ann"], ["x", "y"], [10, 4], SCALE)
    fitted = Jaccard().fit(Dataset(ratings), rng=np.random.default_rng(13))
    assert fitted.scores(np.array([0]), np.array([0])).tolist() == [7.0]


def test_the_order_of_questions_does_not_matter() -> None:
    rng = np.random.default_rng(13)
    pairs = rng.permutation(30 * 30)[:300]
    ratings = Ratings.of((pairs // 30).tolist(), (pairs % 30).tolist(), rng.integers(6, 9, 300).tolist(), SCALE)
    fitted = Jaccard().fit(Dataset(ratings), rng=rng)
    order = rng.permutation(300)
    in_order = fitted.scores(ratings.user, ratings.item)
    assert np.array_equal(fitted.scores(ratings.user[order], ratings.item[order]), in_order[order])
    assert fitted.scores(np.empty(0, np.int32), np.empty(0, np.int32)).shape == (0,)


def test_rows_are_grouped_stably() -> None:
    start, order = grouped(np.array([2, 0, 2, 1, 0]), 4)
    assert start.tolist() == [0, 2, 3, 5, 5]
    assert order.tolist() == [1, 4, 3, 0, 2]
