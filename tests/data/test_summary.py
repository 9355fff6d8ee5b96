"""The summary of a dataset, against values worked out by hand."""

from __future__ import annotations

import json
import math
from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from toprank.core.dataset import Attributes, Dataset
from toprank.core.ids import IdIndex
from toprank.core.ratings import Interactions, Ratings
from toprank.core.scale import RatingScale
from toprank.data.summary import DatasetSummary, summarize

SCALE = RatingScale(1, 10, 8, 1)


def attributes(table: pa.Table, index: IdIndex) -> Attributes:
    ids = table.column(0).to_pylist()
    return Attributes(table, np.array([ids.index(i) if i in ids else -1 for i in index.ids], np.int32))


@pytest.fixture
def dataset() -> Dataset:
    """Four users and four items; dan and w are seen only implicitly."""
    users, items = IdIndex.of(["ann", "bob", "cid", "dan"]), IdIndex.of(["w", "x", "y", "z"])
    ratings = Ratings(
        users.positions(["ann", "ann", "ann", "bob", "cid"]),
        items.positions(["x", "y", "z", "x", "x"]),
        np.array([10, 8, 3, 9, 5]),
        users,
        items,
        SCALE,
    )
    pairs = Interactions(users.positions(["dan", "ann"]), items.positions(["w", "w"]), users, items)
    books = pa.table(
        {
            "isbn": ["x", "y", "q", "x"],
            "title": ["Emma", " ", "N/A", "Emma"],
            "year": pa.array([1990, 0, 2050, 1300]),
            "weight": pa.array([1.5, math.nan, None, 2.5]),
            "tags": pa.array([["a"], None, [], ["b"]]),
            "sold": pa.array([True, False, None, True]),
        }
    )
    readers = pa.table(
        {
            "user": ["ann", "bob", "cid", "dan"],
            "location": pa.array(["paris", "n/a, n/a, n/a", "paris", None]).dictionary_encode(),
            "age": pa.array([30, 4, 230, None], pa.int16()),
        }
    )
    return Dataset(ratings, pairs, attributes(books, items), attributes(readers, users), "mine", ("a note",))


def test_ratings(dataset: Dataset) -> None:
    explicit = summarize(dataset).explicit
    assert (explicit.rows, explicit.users, explicit.items) == (5, 3, 3)
    assert explicit.density == pytest.approx(5 / 9)
    assert explicit.mean == pytest.approx(7.0)
    assert (explicit.liked, explicit.liked_share) == (3, 0.6)
    assert [(bar.label, bar.rows) for bar in explicit.bars if bar.rows] == [
        *(("3", 1), ("5", 1), ("8", 1), ("9", 1), ("10", 1))
    ]
    assert len(explicit.bars) == 10
    assert [bar.low for bar in explicit.bars if bar.liked] == [8, 9, 10]


def test_implicit(dataset: Dataset) -> None:
    implicit = summarize(dataset).implicit
    assert implicit is not None
    assert (implicit.rows, implicit.users, implicit.items) == (2, 2, 1)
    assert (implicit.users_only, implicit.items_only) == (1, 1)


def test_long_tails(dataset: Dataset) -> None:
    summary = summarize(dataset)
    users, items = summary.user_tail, summary.item_tail
    assert (users.ids, users.median, users.most) == (3, 1.0, 3)
    assert users.one_rating == pytest.approx(2 / 3)
    assert users.top_percent == pytest.approx(3 / 5)
    assert users.at_least == ((1, 3), (3, 1))
    assert items.at_least == ((1, 3), (3, 1))
    assert users.p90 == pytest.approx(np.quantile([1, 1, 3], 0.9))


def test_long_tail_keeps_its_ends_when_thinned() -> None:
    counts = np.arange(1, 400)
    item = np.repeat(np.arange(len(counts)), counts)
    user = np.concatenate([np.arange(count) for count in counts])
    tail = summarize(Dataset(Ratings.of(user, item, np.full(len(item), 8.0), SCALE))).item_tail
    assert len(tail.at_least) <= 120
    assert tail.at_least[0] == (1, 399)
    assert tail.at_least[-1] == (399, 1)
    assert all(many == 400 - least for least, many in tail.at_least)


def test_items_table(dataset: Dataset) -> None:
    items = summarize(dataset).items
    assert items is not None
    assert (items.id_column, items.rows, items.distinct) == ("isbn", 4, 3)
    assert (items.rated, items.rated_found, items.interacted, items.interacted_found) == (3, 2, 4, 2)
    title, year, weight, tags, sold = items.columns
    assert (title.kind, title.filled, title.missing, title.distinct, title.common) == ("text", 3, 1, 2, (("Emma", 2),))
    assert (year.kind, year.low, year.median, year.high) == ("number", 0, 1645, 2050)
    assert (weight.filled, weight.missing, weight.distinct, weight.median) == (2, 2, 2, 2.0)
    assert (tags.kind, tags.filled, tags.missing) == ("other", 3, 1)
    assert (sold.kind, sold.filled, sold.common) == ("text", 3, (("true", 2),))


def test_users_table_and_ages(dataset: Dataset) -> None:
    summary = summarize(dataset)
    assert summary.users is not None
    assert summary.ages is not None
    assert summary.users.interacted_found == summary.users.interacted == 4
    assert summary.users.columns[0].common == (("paris", 2),)
    assert summary.ages.rows[0] == 1  # 4
    assert summary.ages.rows[6] == 1  # 30
    assert (sum(summary.ages.rows), summary.ages.outside, len(summary.ages.edges)) == (2, 1, 21)


def test_implausible_values(dataset: Dataset) -> None:
    summary = summarize(dataset, last_year=2010)
    assert summary.items is not None
    assert summary.users is not None
    found = [(f.column, f.rule, f.rows, f.example) for f in (*summary.items.implausible, *summary.users.implausible)]
    assert found == [
        ("title", "blank text", 1, " "),
        ("title", 'says "n/a" or "null"', 1, "N/A"),
        ("year", "year is 0", 1, "0"),
        ("year", "year before 1450", 1, "1300"),
        ("year", "year after 2010", 1, "2050"),
        ("location", 'says "n/a" or "null"', 1, "n/a, n/a, n/a"),
        ("age", "age outside 5 to 100", 2, "4"),
    ]


@pytest.mark.parametrize("column", ["year", "Year-Of-Publication"])
@pytest.mark.parametrize(("name", "rows"), [("book-crossing", 3), ("mine", 1)])
def test_the_last_plausible_year_is_this_one_unless_the_crawl_is_dated(name: str, rows: int, column: str) -> None:
    ratings = Ratings.of(["u", "u"], ["x", "y"], [8, 9], SCALE)
    years = pa.table({"item": ["x", "y", "z", "w"], column: [2005, 2006, date.today().year, date.today().year + 1]})
    items = summarize(Dataset(ratings, items=attributes(years, ratings.items), name=name)).items
    assert items is not None
    assert [f.rows for f in items.implausible] == [rows]


def test_no_tables_and_no_implicit_rows() -> None:
    summary = summarize(Dataset(Ratings.of([1, 2], [7, 8], [1, 10], SCALE)))
    assert (summary.implicit, summary.items, summary.users, summary.ages) == (None, None, None, None)


@pytest.mark.parametrize("kind", [pa.null(), pa.string(), pa.float64()])
def test_an_empty_column(kind: pa.DataType) -> None:
    ratings = Ratings.of(["u"], ["x"], [8], SCALE)
    table = pa.table({"user": ["u"], "age": pa.nulls(1, kind)})
    summary = summarize(Dataset(ratings, users=attributes(table, ratings.users)))
    assert summary.users is not None
    assert (summary.users.columns[0].filled, summary.users.columns[0].missing) == (0, 1)
    assert summary.users.implausible == ()


def test_without_ratings() -> None:
    summary = summarize(Dataset(Ratings.of(["u"], ["x"], [8], SCALE).take(np.empty(0, np.int64))))
    assert math.isnan(summary.explicit.mean)
    assert summary.user_tail.at_least == ()
    assert summary.to_dict()["explicit"]["density"] is None


def bars(values: list[float], scale: RatingScale) -> DatasetSummary:
    return summarize(Dataset(Ratings.of(["u"] * len(values), list(range(len(values))), values, scale)))


def test_half_stars_show_values_nobody_gave() -> None:
    summary = bars([0.5, 4.0, 5.0], RatingScale(0.5, 5, 4, 0.5))
    assert [(bar.low, bar.rows) for bar in summary.explicit.bars][:3] == [(0.5, 1), (1.0, 0), (1.5, 0)]
    assert [bar.low for bar in summary.explicit.bars if bar.liked] == [4.0, 4.5, 5.0]


@pytest.mark.parametrize("bar", [5.0, 9.99, 10.0])
def test_continuous_ratings_are_grouped_with_a_border_at_the_bar(bar: float) -> None:
    values = np.linspace(-10, 10, 401)
    explicit = bars(values.tolist(), RatingScale(-10, 10, bar)).explicit
    assert 20 <= len(explicit.bars) <= 23
    assert sum(b.rows for b in explicit.bars) == 401
    assert sum(b.rows for b in explicit.bars if b.liked) == explicit.liked
    assert min(b.low for b in explicit.bars if b.liked) == pytest.approx(bar, rel=1e-6)  # ratings are float32


def test_to_dict_is_json(dataset: Dataset) -> None:
    text = json.dumps(summarize(dataset).to_dict(), allow_nan=False)
    assert json.loads(text)["scale"] == {"low": 1.0, "high": 10.0, "liked_from": 8.0, "step": 1.0}
    assert json.loads(text)["notes"] == ["a note"]
