"""Evidence from the past alone, where all that is asked about comes later."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.conftest import Make

from toprank.core.arrays import FloatArray
from toprank.core.dataset import Dataset
from toprank.core.ratings import Interactions, Ratings
from toprank.core.times import DAY, NO_TIME
from toprank.evidence.build import SOURCES, TrainingEvidence, build_evidence
from toprank.evidence.past import before, time_blocks
from toprank.models.attention_inputs import training_inputs


def timed(data: Dataset, *, asked_later: bool = True) -> Dataset:
    rng = np.random.default_rng(4)
    implicit = data.implicit
    if implicit is not None:
        implicit = replace(implicit, time=rng.integers(0, 400, len(implicit)) * DAY)
    ratings = replace(data.ratings, time=rng.integers(0, 400, len(data.ratings)) * DAY).canonical()
    return replace(data, ratings=ratings, implicit=implicit, asked_later=asked_later)


def learned(data: Dataset, without: tuple[str, ...] = ()) -> TrainingEvidence:
    return build_evidence(data, folds=5, damping=3.0, rng=np.random.default_rng(13), without=without)


@pytest.fixture(scope="module")
def data(library: Make) -> Dataset:
    return timed(library()[0])


@pytest.fixture(scope="module")
def trained(data: Dataset) -> TrainingEvidence:
    return learned(data)


def shifted(ratings: Ratings, later: np.ndarray) -> FloatArray:
    """Turn the labels of the future round, and shuffle them."""
    value = ratings.value.copy()
    value[later] = np.random.default_rng(3).permutation(6 - value[later])
    return value


@pytest.mark.parametrize("since", [2, 5, 9])
def test_what_comes_later_changes_nothing_of_what_was_known_before(
    data: Dataset, trained: TrainingEvidence, since: int
) -> None:
    assert trained.past is not None
    block = time_blocks(data.ratings)
    assert block is not None
    other = learned(replace(data, ratings=replace(data.ratings, value=shifted(data.ratings, block >= since))))
    early = trained.past.block <= since  # those of the block itself, too: its own labels are not its past
    names = trained.evidence.names
    changed = [
        name
        for column, name in enumerate(names)
        if not np.array_equal(trained.matrix[early, column], other.matrix[early, column], equal_nan=True)
    ]
    assert changed == []
    if since < 9:
        assert not np.array_equal(trained.matrix[~early], other.matrix[~early], equal_nan=True)
    # All of them are among the columns; those of texts and of several genres have nothing here.
    assert {source.name for source in SOURCES} - {"similar texts", "memberships"} == set(trained.evidence.sources)


def test_nothing_of_the_future_reaches_the_network(data: Dataset, trained: TrainingEvidence) -> None:
    block = time_blocks(data.ratings)
    assert block is not None
    assert trained.past is not None
    other = learned(replace(data, ratings=replace(data.ratings, value=shifted(data.ratings, block >= 5))))
    none = np.zeros((len(trained.ratings), 0), np.float32)
    early = trained.past.block <= 5
    one, two = (training_inputs(each, none, 1.0, 6, 5) for each in (trained, other))
    for part in ("dense", "books", "raters"):
        assert np.array_equal(getattr(one, part)[early], getattr(two, part)[early]), part
        assert not np.array_equal(getattr(one, part)[~early], getattr(two, part)[~early]), part


def test_a_row_is_asked_as_a_later_pair_will_be(data: Dataset, trained: TrainingEvidence) -> None:
    assert trained.past is not None
    block = time_blocks(data.ratings)
    assert block is not None
    past = replace(before(data, block, 4), asked_later=False)
    known = learned(past).evidence
    rows = trained.ratings.take(trained.past.block == 4)
    mine = known.matrix(known.pairs(rows.user, rows.item))
    names = [
        name for name in known.names if name.startswith(("user: ", "item: ", "work: count", "recency", "expected"))
    ]
    for name in names:
        one = trained.matrix[trained.past.block == 4, trained.evidence.names.index(name)]
        np.testing.assert_allclose(one, mine[:, known.names.index(name)], rtol=1e-5, err_msg=name)


def test_the_order_of_rows_does_not_matter(data: Dataset, trained: TrainingEvidence) -> None:
    order = np.random.default_rng(2).permutation(len(data.ratings))
    assert np.array_equal(learned(data.with_ratings(order)).matrix, trained.matrix, equal_nan=True)


def test_the_first_block_is_learned_from_as_evidence_only(data: Dataset, trained: TrainingEvidence) -> None:
    block = time_blocks(data.ratings)
    assert block is not None
    assert len(trained.ratings) == len(trained.matrix) == len(trained.fold) == int((block > 0).sum())
    assert trained.folds == 5
    assert sorted(set(trained.fold.tolist())) == [0, 1, 2, 3, 4]
    # Runs of blocks: no fold lies on both sides of another.
    when = trained.ratings.time
    assert when is not None
    assert all(when[trained.fold == k].max() < when[trained.fold == k + 1].min() for k in range(4))


def test_what_was_had_later_is_not_known(data: Dataset) -> None:
    block = time_blocks(data.ratings)
    assert block is not None
    assert data.ratings.time is not None
    past = before(data, block, 3)
    assert past.implicit is not None
    assert past.implicit.time is not None
    starts = data.ratings.time[block == 3].min()
    assert past.implicit.time.max() < starts
    assert past.ratings.time.max() < starts  # type: ignore[union-attr]


def test_rows_of_one_moment_are_in_one_block_and_those_without_a_time_in_the_first(data: Dataset) -> None:
    time = np.array(data.ratings.time)
    time[::7] = NO_TIME
    block = time_blocks(replace(data.ratings, time=time))
    assert block is not None
    assert not block[::7].any()
    assert all(len(set(block[time == moment].tolist())) == 1 for moment in np.unique(time))
    assert len(np.unique(block)) == 10


@pytest.mark.parametrize("time", [None, [5] * 8, [5] * 4 + [9] * 4])
def test_times_that_part_nothing_leave_the_folds(data: Dataset, time: list[int] | None) -> None:
    rows = data.ratings.take(np.arange(8))
    assert time_blocks(replace(rows, time=None if time is None else np.array(time))) is None
    plain = replace(data, ratings=replace(data.ratings, time=None), implicit=None)
    assert learned(plain).past is None


def test_implicit_rows_that_come_late_leave_gaps(data: Dataset) -> None:
    assert data.implicit is not None
    late = replace(data.implicit, time=np.full(len(data.implicit), 390 * DAY))
    trained = learned(replace(data, implicit=Interactions(**vars(late))), without=("neighbours", "embeddings"))
    held = trained.evidence.names.index("item: held" if "item: held" in trained.evidence.names else "work: held")
    assert np.isnan(trained.matrix[trained.fold == 0, held]).all()
    assert not np.isnan(trained.evidence.matrix(trained.evidence.pairs(np.array([1]), np.array([1])))[:, held]).any()
