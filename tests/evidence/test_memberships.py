from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from toprank.core.dataset import Attributes
from toprank.evidence.memberships import Memberships, find_memberships

GENRES = [["Action", "Comedy"], ["Comedy"], [], ["action", "Drama"], ["Drama"], ["Comedy", "Drama"]]


def found(columns: dict[str, Any], **options: Any) -> tuple[Memberships, ...]:
    table = pa.table({"id": np.arange(6), **columns})
    row = np.arange(6, dtype=np.int32)
    return find_memberships(Attributes(table, row, **options), row)


@pytest.mark.parametrize(
    "values",
    [
        ["|".join(one) for one in GENRES],
        GENRES,
        [str(one) for one in GENRES],
        ["[" + ", ".join(f'"{name}"' for name in one) + "]" for one in GENRES],
        pa.array(GENRES, pa.large_list(pa.large_string())),
        pa.array([[(name, 7.0) for name in one] for one in GENRES], pa.map_(pa.string(), pa.float64())),
    ],
)
def test_all_spellings_are_one(values: Any) -> None:
    (members,) = found({"genres": values})
    assert members.values == ("Comedy", "Drama", "Action")
    half = np.sqrt(0.5)
    expected = [[half, 0, half], [1, 0, 0], [0, 0, 0], [0, half, half], [0, 1, 0], [half, half, 0]]
    assert members.matrix.toarray() == pytest.approx(np.array(expected))


def test_columns_of_0_and_1_are_one_attribute() -> None:
    names = ("Action", "Comedy", "Drama", "War")
    flags = {name: [int(name.casefold() in map(str.casefold, one)) for one in GENRES] for name in names}
    (members,) = found({**flags, "War": [1, 0, 0, 0, 0, 1]})
    assert members.columns == names
    assert members.name == "Action, Comedy and 2 more"
    assert found({name: values for name, values in flags.items() if name != "War"}) == ()
    truths: dict[str, Any] = {name: [bool(one) for one in values] for name, values in flags.items()}
    assert found({**truths, "War": [True, None, False, False, False, True]})[0].columns == names


def test_counts_of_tags_weigh_less_the_more_there_are() -> None:
    tags = pa.array([[("a", 100.0), ("b", 1.0)], [("a", 1.0)], [("b", 0.0), ("a", 3.0)], [("b", 2.0)], [], None],
                    pa.map_(pa.string(), pa.float64()))  # fmt: skip
    (members,) = found({"tags": tags})
    first = members.matrix.toarray()[0]
    assert members.values == ("a", "b")
    assert first[0] / first[1] == pytest.approx(np.log1p(100) / np.log1p(1))
    assert members.of_item(2) == [(0, 1.0)]


@pytest.mark.parametrize(
    "column",
    [
        {"title": ["A|B", "A|C", "A", "B", "C", "A|B"]},  # a role that is no list
        {"note": ["Hello, world", "it, rains", "no", "yes, sir", "so, so", "a, b"]},  # commas of a sentence
        {"kind": ["a", "b", "a", "b", "a", "b"]},
        {"number": [1, 2, 3, 4, 5, 6]},
        {"nothing": [None] * 6},
        {"nested": [[{"a": 1}]] * 6},
    ],
)
def test_what_holds_no_several_values(column: dict[str, Any]) -> None:
    assert found(column) == ()


def test_only_what_is_to_be_learned_from() -> None:
    columns = {"genres": ["|".join(one) for one in GENRES], "tags": GENRES}
    assert [one.name for one in found(columns, learn_from=("tags",))] == ["tags"]


def test_new_positions_are_like_others() -> None:
    (members,) = found({"genres": GENRES})
    grown = members.alike(np.array([3, -1, 0]))
    assert grown.matrix.toarray()[6:] == pytest.approx(members.matrix.toarray()[[3, 2, 0]])
    assert grown.matrix.toarray()[:6] == pytest.approx(members.matrix.toarray())
