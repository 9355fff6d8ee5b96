from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from toprank.candidates.filters import allowed_items
from toprank.core.dataset import Attributes
from toprank.errors import OptionError

ITEMS = Attributes(
    pa.table(
        {
            "id": list("abcdef"),
            "Title": ["The Shining", "The Talisman", "Dune", "Emma", "It", "Kingdoms"],
            "Book-Author": [
                "Stephen King",
                "King, Stephen; Straub, Peter",
                "Frank Herbert",
                "Jane Austen",
                None,
                "A. B.",
            ],
            "genre": ["Horror", "Horror|Fantasy", "Science-Fiction", "classic", "HORROR", None],
            "shelves": [["old", "dark"], ["dark"], [], None, ["old"], ["new"]],
            "year": [1977, 1984, 1965, 1815, 1986, None],
            "lent": [True, False, True, None, True, False],
        }
    ).cast(
        pa.schema(
            [
                ("id", pa.string()),
                ("Title", pa.string()),
                ("Book-Author", pa.dictionary(pa.int32(), pa.string())),
                ("genre", pa.large_string()),
                ("shelves", pa.list_(pa.string())),
                ("year", pa.int32()),
                ("lent", pa.bool_()),
            ]
        )
    ),
    np.array([0, 1, 2, 3, 4, 5, -1], np.int32),
)
WORK = np.array([0, 1, 2, 3, 4, 5, 0], np.int32)
"""The seventh item is another edition of the first, of which nothing else is known."""


def found(**asked: Any) -> str:
    allowed = allowed_items(ITEMS, WORK, **asked)
    assert allowed is not None
    return "".join("abcdefg"[at] for at in np.flatnonzero(allowed))


@pytest.mark.parametrize(
    ("only", "items"),
    [
        ({"genre": "horror"}, "abeg"),
        ({"genre": "Fantasy"}, "b"),
        ({"genre": "science fiction"}, "c"),
        ({"genre": "horror", "lent": True}, "aeg"),
        ({"author": "stephen king"}, "ag"),
        ({"Book-Author": "King, Stephen"}, "b"),
        ({"shelves": "dark"}, "abg"),
        ({"year": 1965}, "c"),
        ({"year": "1965"}, "c"),
        ({"lent": "false"}, "bf"),
    ],
)
def test_only_what_has_a_value(only: dict[str, Any], items: str) -> None:
    assert found(only=only) == items


def test_authors_are_left_out_by_whole_words_and_with_all_editions() -> None:
    assert found(exclude_author=["King"]) == "cdef"
    assert found(exclude_author=["stephen king", "Austen"]) == "bcef"


def test_what_is_in_stock_is_meant_item_by_item() -> None:
    assert found(among=np.array([6, 2, -1])) == "cg"
    assert found(among=np.array([6, 2, 1]), only={"genre": "horror"}) == "bg"
    assert found(among=np.array([-1])) == ""


def test_nothing_asked_nothing_filtered() -> None:
    assert allowed_items(ITEMS, WORK) is None
    assert allowed_items(None, WORK) is None


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"only": {"genr": "horror"}}, "only asks for 'genr'; known of items: .*did you mean 'genre'"),
        ({"only": {"genre": "horor"}}, "genre=horor; no item has it; did you mean 'Horror'"),
        ({"only": {"year": "old"}}, "year is a number"),
        ({"only": {"year": 3000}}, "no item has it"),
        ({"exclude_author": ["Jane Austin"]}, "'Jane Austin', who wrote no item; did you mean 'Jane Austen'"),
    ],
)
def test_what_nothing_has_is_an_error_with_what_is_near(asked: dict[str, Any], words: str) -> None:
    with pytest.raises(OptionError, match=words):
        allowed_items(ITEMS, WORK, **asked)


def test_without_a_table_there_is_nothing_to_filter_by() -> None:
    with pytest.raises(OptionError, match="known of items: nothing"):
        allowed_items(None, WORK, only={"genre": "horror"})
    with pytest.raises(OptionError, match="give items with an author column"):
        allowed_items(None, WORK, exclude_author=["King"])
    allowed = allowed_items(None, WORK, among=np.array([3]))
    assert allowed is not None
    assert np.flatnonzero(allowed).tolist() == [3]


def test_tags_with_counts_are_values() -> None:
    tags = pa.array([[("fiction", 3.0), ("old", 1.0)], [("old", 2.0)], None], pa.map_(pa.string(), pa.float64()))
    items = Attributes(pa.table({"id": [1, 2, 3], "tags": tags}), np.arange(3, dtype=np.int32))
    for asked, expected in (("fiction", [True, False, False]), ("Old", [True, True, False])):
        allowed = allowed_items(items, np.arange(3, dtype=np.int32), only={"tags": asked})
        assert allowed is not None
        assert allowed.tolist() == expected
