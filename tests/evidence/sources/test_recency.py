"""Evidence that knows time: of books and of readers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.conftest import Make

from toprank.core.dataset import Dataset
from toprank.core.ratings import Ratings
from toprank.core.scale import RatingScale
from toprank.core.times import DAY, NO_TIME, SECOND
from toprank.core.update import Update
from toprank.evidence.build import TrainingEvidence, build_evidence
from toprank.evidence.sources.reader_times import NAMES as OF_READERS
from toprank.evidence.sources.reader_times import ReaderTimes
from toprank.evidence.sources.recency import HALF_LIVES, Recency, origins, weights_of
from toprank.evidence.sources.recency import NAMES as OF_BOOKS

RNG = np.random.default_rng(1)
WORK = RNG.integers(0, 9, 400)
TIME = RNG.integers(100, 900, 400) * DAY + RNG.integers(0, DAY, 400)
LEFT = RNG.normal(size=400)


def learned(data: Dataset, without: tuple[str, ...] = ()) -> TrainingEvidence:
    return build_evidence(data, folds=4, damping=3.0, rng=np.random.default_rng(13), without=without)


def timed(library: Make) -> tuple[Dataset, Ratings]:
    data, later = library(attributes=False, implicit=False)
    when = np.random.default_rng(2).integers(0, 400, len(data.ratings)) * DAY
    return replace(data, ratings=replace(data.ratings, time=when)), later


def same(one: Recency, other: Recency) -> None:
    assert (one.latest, one.origin.tolist()) == (other.latest, other.origin.tolist())
    for name in ("count", "first", "last"):
        assert getattr(one, name).tolist() == getattr(other, name).tolist(), name
    for name in ("residual", "recent", "moved"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-12, atol=1e-12, err_msg=name)


def test_a_rating_counts_half_after_a_half_life() -> None:
    latest = 6 * HALF_LIVES[1]
    time = np.array([latest, latest - HALF_LIVES[0], latest - HALF_LIVES[1]])
    found = weights_of(time, origins(latest))
    assert found[0].tolist() == [1, 0.5, 2 ** -(HALF_LIVES[1] / HALF_LIVES[0])]
    assert found[1, ::2].tolist() == [1, 0.5]


@pytest.mark.parametrize("parts", [2, 5])
def test_shards_in_any_order_say_what_all_say(parts: int) -> None:
    whole = Recency.of(WORK, TIME, LEFT, 9)
    shards = np.array_split(np.argsort(TIME), parts)  # so that every shard has another latest time
    for order in (shards, shards[::-1]):
        merged = Recency.of(WORK[order[0]], TIME[order[0]], LEFT[order[0]], 9)
        for rows in order[1:]:
            merged = merged.merged(Recency.of(WORK[rows], TIME[rows], LEFT[rows], 9))
        same(merged, whole)


def test_to_count_from_later_rounds_nothing() -> None:
    far = origins(int(TIME.max()) + 7_000 * DAY)
    once, twice = weights_of(TIME, far), weights_of(TIME, origins(int(TIME.max())))
    halved = np.ldexp(1.0, (origins(int(TIME.max())) - far).astype(np.int32))[:, None]
    assert np.array_equal(once, twice * halved)


def test_trend_first_last_and_share_by_hand() -> None:
    # One reader each, so that residuals are known; the book falls from 5 to 1 in the last month.
    users = [f"u{i}" for i in range(12)]
    value = [5.0] * 6 + [1.0] * 6
    time = np.array([0] * 6 + [360] * 6) * DAY
    data = Dataset(Ratings.of(users, ["x"] * 12, value, RatingScale(1, 5, 4), time=time))
    evidence = learned(data).evidence
    row = dict(zip(evidence.names, evidence.matrix(evidence.pairs(np.array([0]), np.array([0])))[0], strict=True))
    assert row["recency: last"] == 0
    assert row["recency: first"] == pytest.approx(np.log1p(360))
    assert row["recency: share 180 days"] == pytest.approx((6 + 6 / 4) / 12)
    assert row["recency: trend 30 days"] < row["recency: trend 180 days"] < 0
    said = evidence.explain("recency", evidence.pairs(np.array([0]), np.array([0])), row, lambda item: None)
    assert said.startswith("lately rated ")
    assert said.endswith("lower than before")


def test_the_readers_session_and_drift_by_hand() -> None:
    hour = 3600 * SECOND
    time = np.array([0, 0, 0, 360 * DAY, 360 * DAY + hour, NO_TIME, 360 * DAY + hour])
    users, items = ["a"] * 6 + ["b"], ["p", "q", "r", "s", "t", "u", "p"]
    data = Dataset(Ratings.of(users, items, [5, 5, 5, 1, 1, 3, 4], RatingScale(1, 5, 4), time=time))
    evidence = learned(data).evidence
    row = dict(zip(evidence.names, evidence.matrix(evidence.pairs(np.array([0]), np.array([0])))[0], strict=True))
    assert row["reader times: last"] == 0
    assert row["reader times: first"] == pytest.approx(np.log1p(360 + 1 / 24))
    assert row["reader times: session"] == pytest.approx(np.log1p(2))
    assert row["reader times: session trend"] < 0
    assert row["reader times: drift"] < 0


def test_a_new_reader_has_no_past(library: Make) -> None:
    evidence = learned(timed(library)[0]).evidence
    from toprank.core.readers import ReaderLists
    from toprank.evidence.pairs import Pairs

    nobody = evidence.readers(ReaderLists.single([], [], []))
    columns = evidence.matrix(Pairs(nobody, np.array([0]), np.array([3])))[0]
    places = [evidence.names.index(name) for name in OF_READERS]
    assert np.isnan(columns[places]).all()
    assert not np.isnan(columns[[evidence.names.index(name) for name in OF_BOOKS]]).any()


def test_without_times_there_are_no_such_columns(library: Make) -> None:
    data, _ = library(attributes=False, implicit=False)
    plain, (with_times, _) = learned(data), timed(library)
    assert not set(plain.evidence.names) & {*OF_BOOKS, *OF_READERS}
    known = learned(with_times)
    assert known.evidence.names[-len(OF_BOOKS) - len(OF_READERS) :] == [*OF_BOOKS, *OF_READERS]
    assert np.array_equal(known.matrix[:, : plain.matrix.shape[1]], plain.matrix, equal_nan=True)
    left_out = learned(with_times, without=("recency", "reader-times"))
    assert np.array_equal(left_out.matrix, plain.matrix, equal_nan=True)


def test_no_row_sees_the_labels_of_its_fold(library: Make) -> None:
    data, _ = timed(library)
    data = replace(data, ratings=data.ratings.canonical())
    one = learned(data)
    inside = one.rows.fold == 2
    other = learned(
        replace(data, ratings=replace(data.ratings, value=np.where(inside, 6 - data.ratings.value, data.ratings.value)))
    )
    places = [one.evidence.names.index(name) for name in (*OF_BOOKS, *OF_READERS)]
    assert np.array_equal(one.matrix[inside][:, places], other.matrix[inside][:, places], equal_nan=True)
    assert not np.array_equal(one.matrix[~inside][:, places], other.matrix[~inside][:, places], equal_nan=True)


@pytest.mark.parametrize("order", ["in order", "backwards", "mixed"])
def test_an_update_with_newer_or_older_rows_says_what_all_say(library: Make, order: str) -> None:
    data, later = timed(library)
    ratings = data.ratings
    assert ratings.time is not None
    by = {"in order": ratings.time, "backwards": -ratings.time, "mixed": np.arange(len(ratings)) % 7}[order]
    rows = np.argsort(by, kind="stable")
    first, second, third = np.split(rows, [1500, 1800])
    state, evidence = data.with_ratings(first), learned(data.with_ratings(first)).evidence
    for more in (second, third):
        come = ratings.take(more)
        update = Update.of(
            state, ratings.users.ids[come.user], ratings.items.ids[come.item], come.value, time=come.time
        )
        evidence, state = evidence.updated(evidence.change(update)), update.after
    whole = learned(data).evidence
    one, other = (each.matrix(each.pairs(later.user, later.item)) for each in (evidence, whole))
    exact = [
        column
        for column, name in enumerate(whole.names)
        if name.endswith((": count", ": spread", "recency: last", "recency: first", " days", "times: last", "session"))
        and "trend" not in name
    ]
    assert len(exact) >= 10
    np.testing.assert_allclose(one[:, exact], other[:, exact], rtol=1e-5)
    # Biases follow for the books of new ratings only, so what they leave is nearly that of learning from all.
    for name in ("recency: trend 180 days", "reader times: drift"):
        column = whole.names.index(name)
        assert np.corrcoef(one[:, column], other[:, column])[0, 1] > 0.95


def test_what_is_replaced_leaves_nothing_behind(library: Make) -> None:
    data, later = timed(library)
    ratings = data.ratings
    new = ratings.take(np.arange(0, 2000, 40))
    assert new.time is not None
    # Newer ratings of known pairs take the place of the old ones.
    ids = ratings.users.ids[new.user], ratings.items.ids[new.item]
    update = Update.of(data, *ids, 6 - new.value, time=new.time + 500 * DAY)
    evidence = learned(data).evidence
    evidence, whole = evidence.updated(evidence.change(update)), learned(update.after).evidence
    one, other = (each.matrix(each.pairs(later.user, later.item)) for each in (evidence, whole))
    for name in ("recency: last", "recency: first", "recency: share 30 days", "reader times: last"):
        column = whole.names.index(name)
        np.testing.assert_allclose(one[:, column], other[:, column], rtol=1e-5, atol=1e-6, err_msg=name)


def test_now_is_the_latest_that_is_known() -> None:
    assert ReaderTimes(3).merged(ReaderTimes(5)).latest == 5
