"""Which ratings a model learns from, which choose its cutoff, and which measure it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from toprank.core.arrays import IntArray
from toprank.core.ratings import Ratings
from toprank.errors import OptionError

__all__ = ["SPLITS", "Split", "k_fold", "leave_k_out", "random_split", "unseen_items", "unseen_users"]


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
    """

    train: IntArray
    validation: IntArray
    test: IntArray
    kind: str
    seed: int
    options: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("train", "validation", "test"):
            if len(getattr(self, name)) == 0:
                raise OptionError(
                    f"the {self.kind} split leaves no {name} rows; use a larger share, or give more ratings"
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


SPLITS: dict[str, Callable[[Ratings, int], Split]] = {
    "random": lambda ratings, seed: random_split(ratings, seed=seed),
    "leave-k-out": lambda ratings, seed: leave_k_out(ratings, seed=seed),
    "unseen-users": lambda ratings, seed: unseen_users(ratings, seed=seed),
    "unseen-items": lambda ratings, seed: unseen_items(ratings, seed=seed),
}
"""The splits that a study can be run on, by name, each with its usual shares."""


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
