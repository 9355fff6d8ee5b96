"""Times kept with ratings."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest

from toprank.core.dataset import Dataset
from toprank.core.ratings import Interactions, Ratings
from toprank.core.readers import ReaderLists
from toprank.core.scale import RatingScale
from toprank.core.times import DAY, NO_TIME, spell_time
from toprank.core.update import Update
from toprank.data.relative_liking import relative_ratings
from toprank.errors import OptionError
from toprank.storage.decoding import decode
from toprank.storage.encoding import encode
from toprank.storage.tensors import write_tensors

SCALE = RatingScale(1, 5, 4, step=1)
RATINGS = Ratings.of([1, 2, 2], ["y", "x", "y"], [5, 1, 4], SCALE, time=[3 * DAY, NO_TIME, DAY])
PLAIN = Ratings.of([1, 2, 2], ["y", "x", "y"], [5, 1, 4], SCALE)


def times(ratings: Ratings) -> list[int]:
    assert ratings.time is not None
    return list(ratings.time.tolist())


def test_times_go_with_their_rows() -> None:
    assert times(RATINGS.take([2, 0])) == [DAY, 3 * DAY]
    assert times(RATINGS.take(np.array([True, False, True]))) == [3 * DAY, DAY]
    turned = RATINGS.take([2, 1, 0]).canonical()
    assert times(turned) == [3 * DAY, NO_TIME, DAY]
    assert times(relative_ratings(RATINGS, np.arange(3))) == times(RATINGS)
    assert PLAIN.take([0]).time is None


def test_joined_rows_may_have_none() -> None:
    one = np.zeros(1, np.int32)
    assert times(RATINGS.joined(one, one, np.array([2.0]))) == [*times(RATINGS), NO_TIME]
    assert times(PLAIN.joined(one, one, np.array([2.0]), np.array([7]))) == [NO_TIME] * 3 + [7]
    assert PLAIN.joined(one, one, np.array([2.0])).time is None


def test_frames_of_numpy_times_are_taken() -> None:
    when = np.array(["1970-01-02", "NaT"], "datetime64[ns]")
    assert times(Ratings.of([1, 2], ["x", "x"], [5, 1], SCALE, time=when)) == [DAY, NO_TIME]


@pytest.mark.parametrize("time", [[1, 2], [0.5, 1, 2], ["1970", "1971", "1972"]])
def test_what_is_no_column_of_times_is_refused(time: list[int]) -> None:
    with pytest.raises(OptionError, match="time"):
        Ratings.of([1, 2, 2], ["y", "x", "y"], [5, 1, 4], SCALE, time=time)


def test_where_no_row_has_a_time_there_are_none() -> None:
    assert Ratings.of([1], ["x"], [5], SCALE, time=[NO_TIME]).time is None


def test_times_are_not_shared_with_the_caller() -> None:
    given = np.array([1, 2, 3])
    ratings = Ratings.of([1, 2, 2], ["y", "x", "y"], [5, 1, 4], SCALE, time=given)
    given[0] = 9
    assert times(ratings) == [1, 2, 3]
    with pytest.raises(ValueError, match="read-only"):
        ratings.time[0] = 9  # type: ignore[index]


def test_interactions_have_times_too() -> None:
    pairs = Interactions(RATINGS.user, RATINGS.item, RATINGS.users, RATINGS.items, time=RATINGS.time)
    kept = pairs.take(np.array([0, 2]))
    assert kept.time is not None
    assert kept.time.tolist() == [3 * DAY, DAY]


def test_readers_lists_keep_times() -> None:
    lists = ReaderLists.of(Dataset(RATINGS))
    assert lists.time is not None
    assert lists.time.tolist() == [3 * DAY, NO_TIME, DAY]
    assert lists.take(np.array([1, -1])).time.tolist() == [NO_TIME, DAY]  # type: ignore[union-attr]
    one = ReaderLists.single([5, 2], [1.0, 2.0], [False, False], time=np.array([8, 9]))
    assert one.time.tolist() == [9, 8]  # type: ignore[union-attr]


def test_merged_lists_are_those_of_all() -> None:
    parts = [ReaderLists.of(Dataset(RATINGS.take(rows))) for rows in ([0], [1, 2])]
    merged = parts[0].merged(parts[1])
    assert merged.time.tolist() == ReaderLists.of(Dataset(RATINGS)).time.tolist()  # type: ignore[union-attr]


def test_an_update_keeps_the_later_rating() -> None:
    data = Dataset(RATINGS)
    late = Update.of(data, [1, 2, 2], ["y", "y", "x"], np.array([1.0, 1.0, 5.0]), time=np.array([DAY, 2 * DAY, 0]))
    assert late.outdated == 1  # the first is older than what is known; of the third nothing is known
    assert late.after.ratings.value.tolist() == [5, 1, 5]
    assert times(late.after.ratings) == [3 * DAY, 2 * DAY, 0]
    assert (late.removed.tolist(), late.added.tolist()) == ([1, 2], [1, 2])


def test_an_update_without_times_replaces_as_ever() -> None:
    update = Update.of(Dataset(RATINGS), [1], ["y"], np.array([1.0]))
    assert update.after.ratings.value.tolist() == [1, 4, 1]
    assert times(update.after.ratings) == [NO_TIME, DAY, NO_TIME]
    again = Update.of(Dataset(RATINGS), [1], ["y"], np.array([1.0]), time=np.array([3 * DAY]))
    assert again.after.ratings.value.tolist() == [1, 4, 1]


def test_a_folder_written_before_there_were_times_can_be_read() -> None:
    lists = ReaderLists.single([], [], [])
    encoded = encode(lists)
    assert encoded.objects[-1]["fields"].pop("time") is None
    (name,) = encoded.files
    with tempfile.TemporaryDirectory() as folder:
        write_tensors(Path(folder, name), encoded.files[name][1])
        content = Path(folder, name).read_bytes()
    assert decode(encoded.state, encoded.objects, {name: content}, "here").time is None


@pytest.mark.parametrize(
    ("time", "words"),
    [(0, "1970-01-01"), (1_500_000, "1970-01-01 00:00:01"), (-DAY, "1969-12-31"), (NO_TIME, "at an unknown time")],
)
def test_times_are_spelled_for_people(time: int, words: str) -> None:
    assert spell_time(time) == words
