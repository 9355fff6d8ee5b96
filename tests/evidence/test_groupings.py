from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from toprank.core.dataset import Attributes, Dataset
from toprank.core.ratings import Ratings
from toprank.evidence.categories import Categories, categories, numbers
from toprank.evidence.groupings import Groupings, build_groupings
from toprank.evidence.keys import GroupKey, KeyIndex, number_pairs, plan_keys

Make = Callable[..., tuple[Dataset, Ratings]]


def of_table(places: bool = False, **columns: Any) -> dict[str, Categories]:
    table = pa.table({"id": list(range(len(next(iter(columns.values()))))), **columns})
    row = np.append(np.arange(table.num_rows, dtype=np.int32), np.int32(-1))
    return {found.name: found for found in categories(Attributes(table, row), row, places=places)}


def test_text_is_compared_without_case_and_punctuation() -> None:
    found = of_table(publisher=["Penguin Books", "PENGUIN BOOKS.", "Ace", "ace", "Ace", "", None, "n/a", "n/a"])[
        "publisher"
    ]
    assert found.code.tolist() == [1, 1, 0, 0, 0, -1, -1, -1, -1, -1]
    assert found.size == 2


def test_places_count_at_every_level() -> None:
    found = of_table(
        places=True,
        location=["york, yorkshire, uk", "York, Yorkshire, UK", "leeds, yorkshire, uk", "rome, lazio, italy"] * 2,
    )
    assert {name: c.size for name, c in found.items()} == {"location: last": 2, "location: last two": 2, "location": 3}


def test_names_and_addresses_are_no_categories() -> None:
    assert of_table(url=[f"http://x/{i}" for i in range(20)], same=["a"] * 20) == {}


def test_numbers_count_by_value_and_by_band() -> None:
    years = of_table(year=pa.array([1900 + i % 100 for i in range(400)]))
    assert years["year"].size == 100
    assert not years["year"].crossed
    assert years["year band"].size == 12
    assert years["year band"].crossed
    assert of_table(price=pa.array(np.linspace(0, 1, 100)))["price band"].size == 12
    assert of_table(flag=pa.array([True, False, None, True, False]))["flag"].code.tolist() == [1, 0, -1, 1, 0, -1]


def test_only_what_is_named_is_learned_from_and_all_of_it(library: Make) -> None:
    data, _ = library()
    assert data.items is not None
    assert data.users is not None
    table = data.items.table.append_column("code", [[f"c{i}" for i in range(data.items.table.num_rows)]])
    items = replace(data.items, table=table)
    automatic, named = (
        build_groupings(
            replace(data, items=replace(items, learn_from=some), users=replace(data.users, learn_from=other))
        )
        for some, other in ((None, None), (("code", "year"), ()))
    )
    assert [c.name for c in automatic.items] == ["item", "work", "author", "year band"]  # too many years, and codes
    assert [c.name for c in named.items] == ["item", "work", "code", "year", "year band"]
    assert automatic.works is not None
    assert named.works is not None
    assert np.array_equal(automatic.works.work, named.works.work)  # an edition stays one
    assert list(named.item_numbers) == ["year"]
    assert {c.name for c in automatic.users} > {"location", "age band"}
    assert [c.name for c in named.users] == ["user"]
    assert not named.user_numbers


def test_numbers_are_kept_as_they_are() -> None:
    table = pa.table({"id": [1, 2, 3], "age": pa.array([30, None, 50])})
    values = numbers(Attributes(table, np.arange(3, dtype=np.int32)), np.array([2, 1, 0, -1], np.int32))["age"]
    assert np.array_equal(values, [50, np.nan, 30, np.nan], equal_nan=True)


def test_a_pair_of_groups_that_was_not_seen_is_known_to_be_new() -> None:
    users = Categories.each("user", 3), Categories.of("country", np.array([0, 0, 1]))
    items = Categories.each("item", 3), Categories.of("author", np.array([0, 1, -1]))
    groupings = Groupings(users, items, {}, {}, None, ("author",))
    keys = GroupKey("country", None), GroupKey("country", "author")
    index = KeyIndex.of(keys, groupings, np.array([0, 2]), np.array([1, 0]))
    assert [key.name for key in keys] == ["country", "country x author"]
    found = index.numbers(groupings, np.array([2, 0, 2, 1, -1]), np.array([0, 1, 1, 2, 0]))
    assert found.tolist() == [[1, 0, 1, 0, -1], [3, 2, 4, -1, -1]]
    numbers, size = number_pairs(keys[1], groupings, np.array([2, 0, 1]), np.array([0, 1, 2]))
    assert (numbers.tolist(), size) == ([1, 0, -1], 3)


def test_without_attributes_there_are_users_and_items(library: Make) -> None:
    data, _ = library(attributes=False)
    known = build_groupings(data)
    assert [key.name for key in plan_keys(known)] == ["user", "item"]
    assert known.work.name == "item"


def test_groups_of_users_meet_the_finest_groups_of_items(library: Make) -> None:
    names = [key.name for key in plan_keys(build_groupings(library()[0]))]
    assert {"user x work", "user x author", "user x year band", "location: last x work", "age band x author"} <= set(
        names
    )
    assert not any("x year" in name and "band" not in name for name in names)
