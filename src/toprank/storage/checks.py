"""What must hold within objects, so that no compiled loop reads beyond an array.

Numba and SciPy's sparse products do not look whether an index lies within an array. Fitting makes only indices that do;
a folder may hold anything. numpy itself refuses what is out of range, so what only numpy reads is not checked here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from toprank.core.arrays import AnyArray

__all__ = ["check"]

MAX_TOLD = 100_000
"""Most books or raters that a network is told of for a pair."""


def check(name: str, value: Any) -> None:
    """Check an object, whose fields fit their annotations.

    Parameters
    ----------
    name : str
        Name of its class in :data:`toprank.storage.stored_classes.CLASSES`.
    value : object

    Raises
    ------
    ValueError
        If it breaks a rule of its class; most have none.

    Examples
    --------
    >>> from toprank.candidates.catalogue import Lists
    >>> check("Lists", Lists(np.array([0, 2, 1]), np.array([4], np.int32)))
    Traceback (most recent call last):
    ValueError: start runs from 0 to 1 and falls; it must rise from 0 to 1
    """
    if name in _CHECKS:
        _CHECKS[name](value)


def _starts(name: str, start: AnyArray, size: int) -> int:
    """Lists begin at these places of an array of a size; give their number."""
    if start.ndim != 1 or len(start) == 0 or start[0] != 0 or start[-1] != size or bool(np.any(start[1:] < start[:-1])):
        ends = (
            f"runs from {start[0]} to {start[-1]}" if start.ndim == 1 and len(start) else f"is of shape {start.shape}"
        )
        falls = " and falls" if start.ndim == 1 and bool(np.any(start[1:] < start[:-1])) else ""
        raise ValueError(f"{name} {ends}{falls}; it must rise from 0 to {size}")
    return len(start) - 1


def _within(name: str, values: AnyArray, size: int, *, least: int = 0) -> None:
    if len(values) and not (least <= int(values.min()) and int(values.max()) < size):
        raise ValueError(f"{name} holds {int(values.min())} to {int(values.max())}; it must hold {least} to {size - 1}")


def _shaped(name: str, values: AnyArray, *shape: int | None) -> None:
    """Check a shape; None is any length."""
    if values.ndim != len(shape) or any(s is not None and s != n for s, n in zip(shape, values.shape, strict=True)):
        wanted = ", ".join("any" if s is None else str(s) for s in shape)
        raise ValueError(f"{name} is of shape {values.shape}; it must be of shape ({wanted})")


def _positive(name: str, value: int, most: int) -> None:
    if not 1 <= value <= most:
        raise ValueError(f"{name} is {value}; it must be 1 to {most:,}")


def _categories(value: Any) -> None:
    _shaped("code", value.code, None)
    _within("code", value.code, value.size, least=-1)


def _known(value: Any) -> None:
    for name, groups, numbers in (
        ("users", value.users, value.user_numbers),
        ("items", value.items, value.item_numbers),
    ):
        if len(groups) <= (name == "items" and value.works is not None):
            raise ValueError(f"of {name} there are {len(groups)} groups, too few")
        for column in (*(group.code for group in groups), *numbers.values()):
            _shaped(name, column, groups[0].size)
    if value.work.code.min(initial=0) < 0:
        raise ValueError("an item has no work")


def _rows(value: Any) -> None:
    _shaped("right", value.right, None)
    _starts("start", value.start, len(value.right))


def _side(value: Any) -> None:
    ones, others = len(value.held.start) - 1, len(value.holders.start) - 1
    _within("held", value.held.right, others)
    _within("holders", value.holders.right, ones)
    _within("rated", value.rated.right, ones)
    _shaped("rated", value.rated.start, others + 1)
    _shaped("weight", value.weight, others)
    _shaped("norm", value.norm, ones)
    rows = len(value.rated.right)
    _shaped("fold", value.fold, rows)
    _shaped("liked", value.liked, rows)
    _shaped("residual", value.residual, None, rows)
    _positive("rows of residual", len(value.residual), 10_000)


def _neighbours(value: Any) -> None:
    _shaped("residual", value.works.residual, len(value.readers.residual), None)


def _evidence(value: Any) -> None:
    users, works = value.known.users[0].size, value.known.work.size
    if value.neighbours is not None:
        for side, ones, others in ((value.neighbours.readers, users, works), (value.neighbours.works, works, users)):
            _shaped("held", side.held.start, ones + 1)
            _shaped("holders", side.holders.start, others + 1)
    if value.places is not None:
        _shaped("places", value.places.row, users)
        _shaped("places", value.places.work, value.known.items[0].size)


def _places(value: Any) -> None:
    works, readers, width = len(value.holders), value.reader.shape[1:2], value.book.shape[2:3]
    folds = len(value.book)
    _positive("rows of book", folds, 10_000)
    _shaped("book", value.book, folds, works, *width)
    for name in ("reader", "taste"):
        _shaped(name, getattr(value, name), folds, *readers, *width)
    _shaped("of_reader", value.of_reader, folds, *readers, None)
    _shaped("of_book", value.of_book, folds, works, None)
    _shaped("of_kind", value.of_kind, folds, None, *width)
    _shaped("row", value.row, None)
    _within("row", value.row, *readers)
    _shaped("kind", value.kind, *value.work.shape)
    _within("work", value.work, works)
    _within("kind", value.kind, value.of_kind.shape[1], least=-1)


def _profile_catalogue(value: Any) -> None:
    items = len(value.work)
    _within("work", value.work, value.n_works)
    _shaped("work", value.work, None)
    _shaped("kinds", value.kinds, items, None)
    _shaped("number", value.number, items)
    _shaped("shared", value.shared, None)


def _shelves(value: Any) -> None:
    about, ratings, places = value.catalogue, value.ratings, value.places
    users, works, rows, folds = len(ratings.users), about.n_works, len(ratings), value.folds + 1
    kinds = about.kinds[:, 0] if about.kinds.shape[1] else np.full(len(about.work), -1, np.int32)
    _shaped("work", about.work, len(ratings.items))
    _shaped("shared", about.shared, users)
    _shaped("fold", value.fold, rows)
    _shaped("residual", value.residual, folds, rows)
    for name in ("mean", "count"):
        _shaped(name, getattr(value, name), folds, users)
    _shaped("middle", value.middle, folds)
    for name, start, listed, size in zip(
        ("rows by user", "rows by work", "rows by kind"),
        value.starts,
        value.rows,
        (users, works, int(kinds.max(initial=0)) + 1),
        strict=True,
    ):
        if _starts(name, start, len(listed)) < size:
            raise ValueError(f"{name} are {len(start) - 1} lists; there must be {size}")
        _within(name, listed, rows)
    # Rows of a user are numbered through.
    _starts("rows by user", value.starts[0], rows)
    if type(places).__name__ != "Places":
        raise ValueError(f"places are {type(places).__name__}")
    _shaped("places of users", places.row, users)
    _shaped("places of items", places.work, len(about.work))
    _shaped("places of works", places.book, folds, works, None)


def _holdings(value: Any) -> None:
    _starts("start", value.start, len(value.work))
    _within("work", value.work, value.n_works)
    for name in ("rated", "liked"):
        _shaped(name, getattr(value, name), len(value.work))


def _lists(value: Any) -> None:
    _starts("start", value.start, len(value.work))


def _ease(value: Any) -> None:
    size = len(value.work)
    _shaped("weights", value.weights, size, size)
    _within("place", value.place, size, least=-1)


def _sources(value: Any) -> None:
    works = value.catalogue.n_works
    _shaped("place", value.ease.place, works)
    if value.similar.shape != (works, works):
        raise ValueError(f"similar is of shape {value.similar.shape}; there are {works:,} works")


def _retrieval(value: Any) -> None:
    if value.held.n_works != value.sources.catalogue.n_works:
        raise ValueError(f"{value.held.n_works:,} works are held, {value.sources.catalogue.n_works:,} are known")
    _within("work", value.work, value.held.n_works)


def _boosted(value: Any) -> None:
    columns = len(value.evidence.names)
    for trees in value.trees:
        found = trees.num_feature() if type(trees).__name__ in ("Booster", "StoredTrees") else None
        if found != columns:
            raise ValueError(f"trees read {found} columns; the evidence has {columns}")


def _profile(value: Any) -> None:
    _positive("books", value.books, MAX_TOLD)
    _positive("raters", value.raters, MAX_TOLD)
    if value.shelves is not None:
        known, shelves = value.evidence.known, value.shelves
        _shaped("catalogue", shelves.catalogue.work, known.items[0].size)
        _shaped("catalogue", shelves.catalogue.shared, known.users[0].size)


def _recommender(value: Any) -> None:
    ratings, known = value.data.ratings, value.model.evidence.known
    sizes = (len(ratings.users), len(ratings.items))
    if sizes != (known.users[0].size, known.items[0].size):
        raise ValueError(f"the model knows {known.users[0].size} users and {known.items[0].size} items, not {sizes}")


_CHECKS: dict[str, Callable[[Any], None]] = {
    "Categories": _categories,
    "Ease": _ease,
    "Evidence": _evidence,
    "FittedBoosted": _boosted,
    "FittedAttention": _profile,
    "FittedRecommender": _recommender,
    "FittedRetrieval": _retrieval,
    "Holdings": _holdings,
    "Groupings": _known,
    "Lists": _lists,
    "Neighbours": _neighbours,
    "Places": _places,
    "ItemCatalogue": _profile_catalogue,
    "Rows": _rows,
    "RatingLookup": _shelves,
    "Side": _side,
    "CandidateGenerators": _sources,
}
