from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toprank.core.ids import IdIndex
from toprank.errors import OptionError


@given(st.lists(st.one_of(st.integers(-(2**40), 2**40)), max_size=50))
def test_integers_go_in_and_come_out(ids: list[int]) -> None:
    index = IdIndex.of(ids)
    assert index.ids.tolist() == sorted(set(ids))
    assert index.ids[index.positions(ids)].tolist() == ids


@given(st.lists(st.text(max_size=5), min_size=1, max_size=50))
def test_strings_go_in_and_come_out(ids: list[str]) -> None:
    index = IdIndex.of(ids)
    assert index.ids.tolist() == sorted(set(ids))
    assert [index[p] for p in index.positions(ids)] == ids


def test_unknown_ids_are_minus_one() -> None:
    assert IdIndex.of(["a", "b"]).positions(["b", "z", "a"]).tolist() == [1, -1, 0]
    assert IdIndex.of([5, 7]).positions([6, 7]).tolist() == [-1, 1]
    assert IdIndex.of([]).positions([1]).tolist() == [-1]


def test_text_finds_integers_only_as_they_are_written() -> None:
    index = IdIndex.of([8, -3, 10])
    assert index.positions(["8", "-3", "08", "8.5", " 8", "-0"]).tolist() == [1, 0, -1, -1, -1, -1]


def test_whole_floats_and_their_text_are_the_integer() -> None:
    asked = [8, 8.0, np.float64(8), "8", "8.0", np.int64(8)]
    for index in (IdIndex.of([8, 10]), IdIndex.of(["8", "x"])):
        assert index.positions(asked).tolist() == [0] * len(asked)
        assert index.positions([8.5, float("nan"), float("inf"), None, 10**400, "8.5"]).tolist() == [-1] * 6
    assert IdIndex.of([8]).grown([np.float64(9)]).ids.tolist() == [8, 9]


def test_integers_find_their_text() -> None:
    assert IdIndex.of(["8", "10"]).positions([10, 8]).tolist() == [0, 1]


@pytest.mark.parametrize(
    "ids", [np.array([1.5]), np.array(["b", "a"]), np.array([1, 1]), np.array([[1]]), np.array([None], dtype=object)]
)
def test_what_is_no_index_is_refused(ids: np.ndarray) -> None:
    with pytest.raises(OptionError, match="ids must"):
        IdIndex(ids)


def test_ids_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        IdIndex.of([1, 2]).ids[0] = 9


def test_equality_is_by_ids() -> None:
    assert IdIndex.of(["a"]) == IdIndex.of(["a", "a"])
    assert IdIndex.of(["1"]) != IdIndex.of([1])
    assert repr(IdIndex.of(["a"])) == "IdIndex(1 string ids)"


@pytest.mark.parametrize("ids", [["b", "d"], [2, 4]])
def test_few_ids_are_found_as_many_are_also_those_that_came_later(ids: list[str | int]) -> None:
    later: list[str | int] = ["c", "a", "e"] if isinstance(ids[0], str) else [3, 1, 5]
    few, many = IdIndex.of(ids).grown(later), IdIndex.of(ids).grown(later)
    asked = [*ids, *later, "nobody", 77, 1.5]
    expected = [few.ids.tolist().index(one) if one in few.ids.tolist() else -1 for one in asked]
    assert few.positions(asked).tolist() == expected
    assert many.positions(asked * 100).tolist() == expected * 100
