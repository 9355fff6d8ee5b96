"""What a dataset holds, what is missing from it, and what in it cannot be true."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import numpy as np

from toprank.core.arrays import FloatArray, IntArray
from toprank.core.dataset import Dataset
from toprank.core.json_values import json_ready
from toprank.core.ratings import Ratings
from toprank.core.scale import RatingScale
from toprank.data.attribute_summary import Ages, TableSummary, age_histogram, describe_table
from toprank.data.datasets.built_in import BUILT_IN

__all__ = [
    "DatasetSummary",
    "ExplicitSummary",
    "ImplicitSummary",
    "LongTail",
    "RatingBar",
    "summarize",
]

_MAX_BARS = 24
_TAIL_POINTS = 120


@dataclass(frozen=True)
class RatingBar:
    """One bar of the rating histogram."""

    # low, high: the ratings it counts, in rating points: from ``low`` up to ``high``; equal where it counts one
    # value
    low: float
    high: float
    rows: int  # how many ratings
    liked: bool  # whether they mean "liked"

    @property
    def label(self) -> str:
        """The value, or the range of values."""
        return f"{self.low:g}" if self.low == self.high else f"{self.low:.3g} to {self.high:.3g}"


@dataclass(frozen=True)
class ExplicitSummary:
    """The explicit ratings."""

    # rows, users, items: ratings, and how many users and items have at least one
    rows: int
    users: int
    items: int
    density: float  # share of all pairs of these users and items that are rated; NaN without ratings
    mean: float  # mean rating, in rating points; NaN without ratings
    liked: int  # ratings at or above the bar
    # the histogram, in ascending order. Where there are more than 24 values they are grouped, and the bar for
    # "liked" is a border between two groups.
    bars: tuple[RatingBar, ...]

    @property
    def liked_share(self) -> float:
        """Share of the ratings that are liked; NaN without ratings."""
        return self.liked / self.rows if self.rows else math.nan


@dataclass(frozen=True)
class ImplicitSummary:
    """The interactions without a rating."""

    # rows, users, items: interactions, and how many users and items have at least one
    rows: int
    users: int
    items: int
    # users_only, items_only: users and items that have no explicit rating besides
    users_only: int
    items_only: int


@dataclass(frozen=True)
class LongTail:
    """How unevenly the ratings are spread over users, or over items. Those without a rating do not count."""

    ids: int  # users, or items, with at least one rating
    # median, p90, p99: quantiles of the ratings per id; NaN without ratings
    median: float
    p90: float
    p99: float
    most: int  # ratings of the busiest id
    one_rating: float  # share of the ids with exactly one rating
    top_percent: float  # share of all ratings that the busiest 1 % of the ids hold (at least one id)
    # A number of ratings, and how many ids have at least that many; thinned to about 120 points
    at_least: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class DatasetSummary:
    """Everything that :func:`summarize` finds."""

    name: str
    scale: RatingScale  # the scale and the bar for "liked"
    explicit: ExplicitSummary  # the ratings
    implicit: ImplicitSummary | None  # the interactions without a rating, where the dataset has any
    # user_tail, item_tail: ratings per user and per item
    user_tail: LongTail
    item_tail: LongTail
    # items, users: the attribute tables, where the dataset has them
    items: TableSummary | None
    users: TableSummary | None
    ages: Ages | None  # where users have a numeric attribute ``age``
    notes: tuple[str, ...]  # what the reader found and decided

    def to_dict(self) -> dict[str, Any]:
        """Give the summary as JSON-ready values; what is not defined is None."""
        plain: dict[str, Any] = json_ready(asdict(self))
        return plain


def summarize(dataset: Dataset, *, last_year: int | None = None) -> DatasetSummary:
    """Describe a dataset: sizes, ratings, long tails, attribute tables, missing and implausible values.

    Implausible are: an ``age`` outside 5 to 100; a ``year`` of 0, before 1450 or after ``last_year``; text of
    nothing but white space; text that only says "n/a" or "null".

    Parameters
    ----------
    dataset : Dataset
        Any dataset; attribute tables and implicit interactions may be absent.
    last_year : int, optional
        The last plausible year. By default 2005 for Book-Crossing, which was crawled in 2004, else this year.

    Returns
    -------
    DatasetSummary

    Examples
    --------
    >>> ratings = Ratings.of(["ann", "bob", "ann"], ["x", "x", "y"], [9, 3, 8], RatingScale(1, 10, 8, 1))
    >>> summary = summarize(Dataset(ratings))
    >>> summary.explicit.rows, summary.explicit.users, summary.explicit.liked, summary.explicit.density
    (3, 2, 2, 0.75)
    >>> summary.user_tail.at_least
    ((1, 2), (2, 1))
    """
    ratings, implicit = dataset.ratings, dataset.implicit
    per_user = np.bincount(ratings.user, minlength=len(ratings.users))
    per_item = np.bincount(ratings.item, minlength=len(ratings.items))
    seen_user, seen_item = per_user > 0, per_item > 0
    implicit_summary = None
    if implicit is not None:
        user = np.bincount(implicit.user, minlength=len(ratings.users)) > 0
        item = np.bincount(implicit.item, minlength=len(ratings.items)) > 0
        implicit_summary = ImplicitSummary(
            rows=len(implicit),
            users=int(user.sum()),
            items=int(item.sum()),
            users_only=int((user & ~seen_user).sum()),
            items_only=int((item & ~seen_item).sum()),
        )
        seen_user, seen_item = seen_user | user, seen_item | item
    if last_year is None:
        known = BUILT_IN.get(dataset.name)
        last_year = (known and known.last_year) or date.today().year
    return DatasetSummary(
        name=dataset.name,
        scale=ratings.scale,
        explicit=_explicit(ratings, int((per_user > 0).sum()), int((per_item > 0).sum())),
        implicit=implicit_summary,
        user_tail=_tail(per_user),
        item_tail=_tail(per_item),
        items=describe_table(dataset.items, per_item > 0, seen_item, last_year),
        users=describe_table(dataset.users, per_user > 0, seen_user, last_year),
        ages=age_histogram(dataset.users),
        notes=dataset.notes,
    )


def _explicit(ratings: Ratings, users: int, items: int) -> ExplicitSummary:
    rows = len(ratings)
    return ExplicitSummary(
        rows=rows,
        users=users,
        items=items,
        density=rows / (users * items) if rows else math.nan,
        mean=float(ratings.value.mean(dtype=np.float64)) if rows else math.nan,
        liked=int(ratings.liked.sum()),
        bars=_bars(ratings.value, ratings.scale),
    )


def _bars(values: FloatArray, scale: RatingScale) -> tuple[RatingBar, ...]:
    distinct, counts = np.unique(values, return_counts=True)
    if scale.step is not None and (steps := round((scale.high - scale.low) / scale.step)) < _MAX_BARS:
        position = (distinct.astype(np.float64) - scale.low) / scale.step
        if bool(np.all(np.abs(position - np.rint(position)) < 1e-3)):  # so that a value nobody gave shows as a gap
            counts = np.bincount(np.rint(position).astype(np.int64), counts, minlength=steps + 1).astype(np.int64)
            distinct = np.round(scale.low + scale.step * np.arange(len(counts)), 6)
    if len(distinct) <= _MAX_BARS:
        liked = distinct >= scale.liked_from
        return tuple(
            RatingBar(float(v), float(v), int(n), bool(y)) for v, n, y in zip(distinct, counts, liked, strict=True)
        )
    width = (scale.high - scale.low) / 20
    first = math.ceil((scale.liked_from - scale.low) / width - 1e-9)
    after = math.ceil((scale.high - scale.liked_from) / width - 1e-9)
    edges = np.clip(scale.liked_from + width * np.arange(-first, after + 1), scale.low, scale.high)
    if after == 0:  # only the top of the scale is liked: it gets a bar of its own
        edges = np.append(edges, scale.high)
    position = np.clip(np.searchsorted(edges.astype(distinct.dtype), distinct, side="right") - 1, 0, len(edges) - 2)
    grouped = np.bincount(position.astype(np.int64), counts, minlength=len(edges) - 1)
    return tuple(
        RatingBar(float(low), float(high), int(n), bool(low >= scale.liked_from))
        for low, high, n in zip(edges[:-1], edges[1:], grouped, strict=True)
    )


def _tail(per_id: IntArray) -> LongTail:
    counts = np.sort(per_id[per_id > 0])[::-1]
    ids = len(counts)
    if ids == 0:
        return LongTail(0, math.nan, math.nan, math.nan, 0, math.nan, math.nan, ())
    median, p90, p99 = (float(q) for q in np.quantile(counts, [0.5, 0.9, 0.99]))
    number, rows = np.unique(counts, return_counts=True)
    at_least = np.cumsum(rows[::-1])[::-1]
    # Evenly in the logarithm, as it is drawn.
    wanted = np.geomspace(1, number[-1], _TAIL_POINTS)
    kept = np.unique(np.searchsorted(number, wanted).clip(0, len(number) - 1))
    return LongTail(
        ids=ids,
        median=median,
        p90=p90,
        p99=p99,
        most=int(counts[0]),
        one_rating=float((counts == 1).mean()),
        top_percent=float(counts[: math.ceil(ids / 100)].sum() / counts.sum()),
        at_least=tuple((int(number[k]), int(at_least[k])) for k in kept),
    )
