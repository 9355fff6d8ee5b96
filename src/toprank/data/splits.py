"""Which ratings a model learns from, which choose its cutoff, and which measure it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from toprank.core.arrays import IntArray
from toprank.core.dataset import Dataset
from toprank.core.ratings import Ratings
from toprank.core.times import NO_TIME, known_times
from toprank.errors import OptionError

__all__ = [
    "SPLITS",
    "Split",
    "k_fold",
    "leave_k_out",
    "leave_last_k_out",
    "random_split",
    "time_split",
    "unseen_items",
    "unseen_users",
    "usual_split",
]


@dataclass(frozen=True, eq=False)
class Split:
    """Row numbers of the three parts of one :class:`~toprank.core.ratings.Ratings`.

    Parameters
    ----------
    train, validation, test : int64[n]
        Disjoint row numbers.
    kind : str
        How the split was made.
    seed : int
        The seed it was made with.
    options : dict of str to float, optional
        The other arguments it was made with.
    starts : tuple of int, optional
        Of a split by time, when the validation rows and the test rows begin.
    """

    train: IntArray
    validation: IntArray
    test: IntArray
    kind: str
    seed: int
    options: dict[str, float] = field(default_factory=dict)
    starts: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        for name in ("train", "validation", "test"):
            if len(getattr(self, name)) == 0:
                raise OptionError(
                    f"the {self.kind} split leaves no {name} rows; use a larger share, or give more ratings"
                )

    def training(self, data: Dataset) -> Dataset:
        """Give what a model may see of the data: the training ratings; after a split by time nothing from later."""
        train = data.with_ratings(self.train)
        if self.starts is None:
            return train
        implicit = data.implicit
        if implicit is not None and implicit.time is not None:
            implicit = implicit.take(implicit.time < self.starts[0])
        return replace(train, implicit=implicit, asked_later=True)

    def newcomers(self, ratings: Ratings) -> tuple[int, int]:
        """Count the test rows whose reader, and those whose item, has no training rating."""
        seen = ratings.take(self.train)
        return (
            int((~np.isin(ratings.user[self.test], seen.user)).sum()),
            int((~np.isin(ratings.item[self.test], seen.item)).sum()),
        )


def random_split(ratings: Ratings, *, seed: int, validation: float = 0.1, test: float = 0.1) -> Split:
    """Split the ratings at random, row by row, exactly as the notebook does.

    The rows are permuted as pandas' ``sample(frac=1, random_state=seed)`` permutes them; the first become the test
    rows, the next the validation rows, the rest the training rows.

    Parameters
    ----------
    ratings : Ratings
        What to split, in the order of their source.
    seed : int
        0 to 2**32 - 1. The notebook uses 13.
    validation, test : float
        Shares of the rows, rounded down.

    Returns
    -------
    Split

    Raises
    ------
    OptionError
        If a share is not between 0 and 1, or a part would be empty.
    """
    _check_shares(validation, test)
    # RandomState is frozen by NumPy's compatibility policy, so this permutation will never change.
    order = np.random.RandomState(_checked_seed(seed)).permutation(len(ratings)).astype(np.int64)
    n_test, n_validation = _sizes(len(ratings), validation, test, "ratings")
    return Split(
        train=order[n_test + n_validation :],
        validation=order[n_test : n_test + n_validation],
        test=order[:n_test],
        kind="random",
        seed=seed,
        options={"validation": validation, "test": test},
    )


def k_fold(ratings: Ratings, k: int, *, seed: int) -> list[Split]:
    """Split the ratings into k parts; each is the test part once, and the next one then serves as validation.

    Parameters
    ----------
    ratings : Ratings
        What to split.
    k : int
        Number of parts, at least 3.
    seed : int
        Seed of the permutation.

    Returns
    -------
    list of Split
        k splits whose test parts together are all rows.
    """
    if k < 3:
        raise OptionError(f"k is {k}; at least 3 folds are needed: one to test, one to validate, one to train")
    folds = np.array_split(np.random.RandomState(_checked_seed(seed)).permutation(len(ratings)).astype(np.int64), k)
    return [
        Split(
            train=np.concatenate([fold for j, fold in enumerate(folds) if j not in (i, (i + 1) % k)]),
            validation=folds[(i + 1) % k],
            test=folds[i],
            kind="k-fold",
            seed=seed,
            options={"k": k, "fold": i},
        )
        for i in range(k)
    ]


def leave_k_out(ratings: Ratings, k: int = 1, *, seed: int) -> Split:
    """Hold out k test and k validation ratings of each user who has more than 2k; other users only train.

    Parameters
    ----------
    ratings : Ratings
        What to split.
    k : int
        Ratings held out per user and part, at least 1.
    seed : int
        Seed of the draw.

    Returns
    -------
    Split
    """
    if k < 1:
        raise OptionError(f"k is {k}; at least 1 rating per user must be held out")
    draw = np.random.default_rng(_checked_seed(seed)).random(len(ratings))
    order = np.lexsort((draw, ratings.user))
    counts = np.bincount(ratings.user, minlength=len(ratings.users))
    start = np.cumsum(counts) - counts
    rank = np.empty(len(ratings), dtype=np.int64)
    rank[order] = np.arange(len(ratings)) - start[ratings.user[order]]
    eligible = counts[ratings.user] > 2 * k
    test, validation = eligible & (rank < k), eligible & (rank >= k) & (rank < 2 * k)
    return Split(
        train=np.flatnonzero(~(test | validation)),
        validation=np.flatnonzero(validation),
        test=np.flatnonzero(test),
        kind="leave-k-out",
        seed=seed,
        options={"k": k},
    )


def unseen_users(ratings: Ratings, *, seed: int, validation: float = 0.1, test: float = 0.1) -> Split:
    """Hold out all ratings of some users: how does a model treat readers it has never seen?

    Parameters
    ----------
    ratings : Ratings
        What to split.
    seed : int
        Seed of the draw.
    validation, test : float
        Shares of the users that have ratings, rounded down.

    Returns
    -------
    Split
    """
    return _unseen(ratings, ratings.user, "unseen-users", seed, validation, test)


def unseen_items(ratings: Ratings, *, seed: int, validation: float = 0.1, test: float = 0.1) -> Split:
    """Hold out all ratings of some items: how does a model treat items nobody has rated yet?

    Parameters
    ----------
    ratings : Ratings
        What to split.
    seed : int
        Seed of the draw.
    validation, test : float
        Shares of the items that have ratings, rounded down.

    Returns
    -------
    Split
    """
    return _unseen(ratings, ratings.item, "unseen-items", seed, validation, test)


def time_split(ratings: Ratings, *, validation: float = 0.1, test: float = 0.1) -> Split:
    """Split at two points in time, the same for everyone: train before, then validation, then test.

    Rows of one moment are never parted: they all go to the side that keeps the shares closest. Rows whose time is not
    known only train.

    Parameters
    ----------
    ratings : Ratings
        What to split; at least some rows have times.
    validation, test : float
        Shares of the rows that have times.

    Returns
    -------
    Split

    Raises
    ------
    OptionError
        If there are no times, or too few moments to part at.

    Examples
    --------
    >>> from toprank.core.scale import RatingScale
    >>> ratings = Ratings.of([1, 2, 3, 4], ["x"] * 4, [5, 4, 3, 2], RatingScale(1, 5, 4), time=[30, 10, 20, 30])
    >>> split = time_split(ratings, validation=0.25, test=0.4)
    >>> split.train.tolist(), split.validation.tolist(), split.test.tolist(), split.starts
    ([1], [2], [0, 3], (20, 30))
    """
    _check_shares(validation, test)
    time, rows = _timed(ratings)
    ordered = np.sort(time[rows])
    moments, first = np.unique(ordered, return_index=True)  # how many rows come before each moment
    if len(moments) < 3:
        raise OptionError(
            f"the ratings were given at {len(moments)} different times; a split by time needs at least 3. "
            "Split at random instead, or give finer times"
        )
    n = len(ordered)
    later = 2 + int(np.argmin(np.abs(first[2:] - (1 - test) * n)))
    middle = 1 + int(np.argmin(np.abs(first[1:later] - (1 - test - validation) * n)))
    starts = int(moments[middle]), int(moments[later])
    part = np.where(known_times(time, len(ratings)), np.searchsorted(starts, time, "right"), 0)
    return Split(
        train=np.flatnonzero(part == 0),
        validation=np.flatnonzero(part == 1),
        test=np.flatnonzero(part == 2),
        kind="time",
        seed=0,
        options={"validation": validation, "test": test},
        starts=starts,
    )


def leave_last_k_out(ratings: Ratings, k: int = 1) -> Split:
    """Hold out each reader's last k ratings for testing, and the k before for validation; the others train.

    Ratings that a reader gave at one moment stay together: where the k-th last shares its moment with others, all of
    them are held out. Readers of whom nothing would be left, and rows without a time, only train. What other readers
    said later is known to a model; :func:`time_split` hides that too.

    Parameters
    ----------
    ratings : Ratings
        What to split.
    k : int
        Ratings held out per reader and part, at least 1.

    Returns
    -------
    Split
    """
    if k < 1:
        raise OptionError(f"k is {k}; at least 1 rating per user must be held out")
    time, _ = _timed(ratings)
    part = np.zeros(len(ratings), np.int64)
    for number in (2, 1):
        rows = np.flatnonzero((part == 0) & (time != NO_TIME))
        rows = rows[np.lexsort((-time[rows], ratings.user[rows]))]  # each reader's latest first
        user, when = ratings.user[rows], time[rows]
        begin = np.searchsorted(user, user)
        last = np.minimum(begin + k, np.searchsorted(user, user, "right")) - 1
        part[rows[when >= when[last]]] = number
    kept = np.bincount(ratings.user[part == 0], minlength=len(ratings.users)) > 0
    part[~kept[ratings.user]] = 0
    return Split(
        train=np.flatnonzero(part == 0),
        validation=np.flatnonzero(part == 1),
        test=np.flatnonzero(part == 2),
        kind="leave-last-k-out",
        seed=0,
        options={"k": k},
    )


def usual_split(ratings: Ratings) -> str:
    """Name the split to use where none is asked for: by time where most rows have times that can be parted.

    Examples
    --------
    >>> from toprank.core.scale import RatingScale
    >>> usual_split(Ratings.of([1, 2], ["x", "x"], [5, 4], RatingScale(1, 5, 4)))
    'random'
    """
    known = known_times(ratings.time, len(ratings))
    timed = ratings.time is not None and known.mean() > 0.5 and len(np.unique(ratings.time[known])) >= ENOUGH_MOMENTS
    return "time" if timed else "random"


ENOUGH_MOMENTS = 20
"""Fewer different times, years say, part too coarsely to be the usual way."""

SPLITS: dict[str, Callable[[Ratings, int], Split]] = {
    "random": lambda ratings, seed: random_split(ratings, seed=seed),
    "leave-k-out": lambda ratings, seed: leave_k_out(ratings, seed=seed),
    "unseen-users": lambda ratings, seed: unseen_users(ratings, seed=seed),
    "unseen-items": lambda ratings, seed: unseen_items(ratings, seed=seed),
    "time": lambda ratings, seed: replace(time_split(ratings), seed=seed),
    "leave-last-k-out": lambda ratings, seed: replace(leave_last_k_out(ratings), seed=seed),
}
"""The splits that a study can be run on, by name, each with its usual shares."""


def _timed(ratings: Ratings) -> tuple[IntArray, IntArray]:
    """Give the times and the rows that have one."""
    rows = np.flatnonzero(known_times(ratings.time, len(ratings)))
    if ratings.time is None or len(rows) == 0:
        raise OptionError(
            "the ratings have no times to split by; name their column with --time-column, or split at random"
        )
    return ratings.time, rows


def _unseen(ratings: Ratings, column: IntArray, kind: str, seed: int, validation: float, test: float) -> Split:
    _check_shares(validation, test)
    present = np.unique(column)
    shuffled = np.random.default_rng(_checked_seed(seed)).permutation(present)
    n_test, n_validation = _sizes(len(present), validation, test, kind.removeprefix("unseen-"))
    is_test = np.isin(column, shuffled[:n_test])
    is_validation = np.isin(column, shuffled[n_test : n_test + n_validation])
    return Split(
        train=np.flatnonzero(~(is_test | is_validation)),
        validation=np.flatnonzero(is_validation),
        test=np.flatnonzero(is_test),
        kind=kind,
        seed=seed,
        options={"validation": validation, "test": test},
    )


def _sizes(n: int, validation: float, test: float, what: str) -> tuple[int, int]:
    least = math.ceil(1 / min(validation, test))
    if n < least:
        raise OptionError(
            f"there are {n} {what}; shares of {validation:g} and {test:g} need at least {least}: give more, or name "
            "larger shares"
        )
    return int(test * n), int(validation * n)


def _check_shares(validation: float, test: float) -> None:
    for name, share in (("validation", validation), ("test", test)):
        if not 0 < share < 1:
            raise OptionError(f"the {name} share is {share:g}; it must lie between 0 and 1")
    if validation + test >= 1:
        raise OptionError(f"validation and test take {validation + test:g} of the rows; nothing is left to train on")


def _checked_seed(seed: int) -> int:
    if not 0 <= seed < 2**32:
        raise OptionError(f"seed is {seed}; it must be between 0 and {2**32 - 1}")
    return seed
