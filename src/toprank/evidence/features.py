"""Evidence as columns of numbers: for each key how many ratings there are, and what they say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from toprank.core.arrays import BoolArray, FloatArray, IntArray
from toprank.core.dataset import Dataset
from toprank.core.ratings import Ratings
from toprank.core.rng import child
from toprank.errors import OptionError
from toprank.evidence.additive import Additive, fit_additive
from toprank.evidence.bias import DampedBias
from toprank.evidence.crossfit import CrossFit
from toprank.evidence.keys import Key, Keyed, Known, keys_of, known_of
from toprank.evidence.neighbours import NAMES, Neighbours
from toprank.evidence.statistics import Statistics

__all__ = ["Evidence", "Held", "learn_evidence"]

EXPECTED = ("expected", "expected: rating", "expected: liked")
"""Columns that put everything together: the damped bias, and the additive effects of all keys."""


@dataclass(frozen=True, eq=False)
class Held:
    """How many interactions without a rating each value of a key has.

    Parameters
    ----------
    keyed : Keyed
    count : int64[n]
    """

    keyed: Keyed
    count: IntArray

    @property
    def name(self) -> str:
        """Name of its column."""
        return f"{self.keyed.key.name}: held"

    def column(self, users: IntArray, items: IntArray) -> FloatArray:
        """Give ln(1 + count) of each pair; NaN where a side is unknown."""
        numbers = self.keyed.numbers(users, items)
        return np.where(numbers < 0, np.nan, np.log1p(self.count)[numbers])


@dataclass(frozen=True, eq=False)
class Evidence:
    """All that training ratings and interactions say, ready to be asked about any pair.

    Parameters
    ----------
    known : Known
        The groups of users and items.
    keyed : tuple of Keyed
        The keys.
    statistics : tuple of Statistics
        Those of each key, over all training ratings.
    held : tuple of Held
        Interactions without a rating.
    bias : DampedBias
        Over users and works, learned from all training ratings.
    additive : Additive
        All keys at once, for the rating and for whether it is liked.
    neighbours : Neighbours or None
        Both neighbourhoods, where they are wanted.
    liked_share : float
        Share of training ratings that are liked.
    damping : float
        Ratings' worth of pull on every mean.
    """

    known: Known
    keyed: tuple[Keyed, ...]
    statistics: tuple[Statistics, ...]
    held: tuple[Held, ...]
    bias: DampedBias
    additive: Additive
    neighbours: Neighbours | None
    liked_share: float
    damping: float

    @property
    def names(self) -> list[str]:
        """Names of the columns of :meth:`matrix`."""
        by_key = [f"{keyed.key.name}: {what}" for keyed in self.keyed for what in _columns(keyed.key)]
        around = () if self.neighbours is None else NAMES
        return [*EXPECTED, *by_key, *around, *self._fixed_names()]

    def matrix(self, users: IntArray, items: IntArray) -> FloatArray:
        """Give the evidence of pairs that are not among the training ratings.

        Parameters
        ----------
        users, items : int[n]
            Positions; -1 is unknown.

        Returns
        -------
        float32[n, n_columns]
            NaN where nothing is known.
        """
        matrix = np.empty((len(users), len(self.names)), dtype=np.float32, order="F")
        work = np.append(self.known.work.code, -1)[items]
        known = (users >= 0) & (work >= 0)
        numbers = [keyed.numbers(users, items) for keyed in self.keyed]
        matrix[:, 0] = np.where(known, self.bias.expected(users, work), np.nan)
        matrix[:, 1:3] = np.where(known[:, None], self.additive.expected(numbers), np.nan)
        place = len(EXPECTED)
        for keyed, statistics, number in zip(self.keyed, self.statistics, numbers, strict=True):
            place = self._fill(matrix, place, keyed.key, statistics.take(number), number < 0, 1.0)
        if self.neighbours is not None:
            rows = np.flatnonzero(known)
            matrix[:, place : place + len(NAMES)] = np.nan
            matrix[rows, place : place + len(NAMES)] = self.neighbours.columns(users[rows], work[rows])
            place += len(NAMES)
        self._fill_fixed(matrix, place, users, items)
        return matrix

    def _fill(
        self, matrix: FloatArray, place: int, key: Key, seen: Statistics, unknown: BoolArray, scale: float
    ) -> int:
        """Write a key's columns, and say where the next ones go."""
        for values in _columns_of(key, seen, self.liked_share, self.bias.mean, self.damping, scale):
            matrix[:, place] = values
            matrix[unknown, place] = np.nan
            place += 1
        return place

    def _fixed_names(self) -> list[str]:
        return [*(held.name for held in self.held), *self.known.user_numbers, *self.known.item_numbers]

    def _fill_fixed(self, matrix: FloatArray, place: int, users: IntArray, items: IntArray) -> None:
        """Write the columns that no label goes into."""
        columns = [held.column(users, items) for held in self.held]
        columns += [np.append(values, np.nan)[users] for values in self.known.user_numbers.values()]
        columns += [np.append(values, np.nan)[items] for values in self.known.item_numbers.values()]
        for offset, values in enumerate(columns):
            matrix[:, place + offset] = values


def learn_evidence(
    data: Dataset, *, folds: int, damping: float, neighbours: bool, rng: np.random.Generator
) -> tuple[Evidence, FloatArray]:
    """Gather the evidence, and give that of the training rows, each without its own fold.

    Parameters
    ----------
    data : Dataset
        Its ratings are the training ratings.
    folds : int
        Number of folds, at least 2 and at most the number of ratings.
    damping : float
        Ratings' worth of pull on every mean, above 0.
    neighbours : bool
        Whether to ask both neighbourhoods too.
    rng : numpy.random.Generator
        Draws the folds.

    Returns
    -------
    evidence : Evidence
        For any other pair.
    matrix : float32[n, n_columns]
        One row for each training rating, in canonical order.
    """
    if len(data.ratings) < folds:
        raise OptionError(f"there are {len(data.ratings)} training ratings for {folds} folds; give more ratings")
    ratings = data.ratings.canonical()
    known = known_of(data)
    keyed = tuple(Keyed.of(key, ratings.user, ratings.item) for key in keys_of(known))
    work = known.work.code[ratings.item]
    sizes = {"n_users": len(ratings.users), "n_items": known.work.size}
    value, liked = ratings.value.astype(np.float64), ratings.liked
    bias = DampedBias.of(ratings.user, work, value, **sizes)
    cross = CrossFit.of(ratings.user, work, value, liked, **sizes, folds=folds, rng=child(rng, "folds"))
    residual = value - bias.expected(ratings.user, work)
    numbers = [key.numbers(ratings.user, ratings.item) for key in keyed]
    additive, together = fit_additive(
        numbers, [key.size for key in keyed], np.stack([value, liked], axis=1), cross.fold, folds
    )
    evidence = Evidence(
        known=known,
        keyed=keyed,
        statistics=tuple(
            Statistics.of(number, value, liked, residual, size=key.size)
            for key, number in zip(keyed, numbers, strict=True)
        ),
        held=_held(data, known),
        bias=bias,
        additive=additive,
        neighbours=_neighbours(data, known, ratings, cross, residual) if neighbours else None,
        liked_share=float(liked.mean()),
        damping=damping,
    )
    matrix = np.empty((len(ratings), len(evidence.names)), dtype=np.float32, order="F")
    matrix[:, 0] = cross.expected
    matrix[:, 1:3] = together
    scale = folds / (folds - 1)
    place = len(EXPECTED)
    for key, number in zip(keyed, numbers, strict=True):
        place = evidence._fill(matrix, place, key.key, cross.evidence(number, key.size), number < 0, scale)
    if evidence.neighbours is not None:
        around = evidence.neighbours.columns(ratings.user, work, cross.fold, scale)
        matrix[:, place : place + len(NAMES)] = around
        place += len(NAMES)
    evidence._fill_fixed(matrix, place, ratings.user, ratings.item)
    return evidence, matrix


def _neighbours(data: Dataset, known: Known, ratings: Ratings, cross: CrossFit, residual: FloatArray) -> Neighbours:
    work = known.work.code[ratings.item]
    user, held = ratings.user, work
    if data.implicit is not None:
        user = np.concatenate([user, data.implicit.user])
        held = np.concatenate([held, known.work.code[data.implicit.item]])
    return Neighbours.of(
        (user, held),
        (ratings.user, work),
        cross.fold,
        cross.liked,
        np.concatenate([cross.residual, residual[None, :]]),
        n_users=len(ratings.users),
        n_works=known.work.size,
    )


def _held(data: Dataset, known: Known) -> tuple[Held, ...]:
    if data.implicit is None or len(data.implicit) == 0:
        return ()
    user, item = data.implicit.user, data.implicit.item
    everyone = known.users[0]
    keys = [Key(everyone, None), *(Key(None, c) for c in known.items if c.crossed)]
    keys += [Key(everyone, c) for c in known.items[1:] if c.crossed]
    held = []
    for key in keys:
        keyed = Keyed.of(key, user, item)
        numbers = keyed.numbers(user, item)
        held.append(Held(keyed, np.bincount(numbers[numbers >= 0], minlength=keyed.size)))
    return tuple(held)


def _columns(key: Key) -> tuple[str, ...]:
    """Name a key's columns. Only one side's groups have ratings enough for a mean and a spread of their own."""
    crossed = key.user is not None and key.item is not None
    return ("count", "liked", "residual") if crossed else ("count", "liked", "residual", "mean", "spread")


def _columns_of(
    key: Key, seen: Statistics, liked_share: float, mean: float, damping: float, scale: float
) -> list[FloatArray]:
    r"""Give a key's columns; NaN where there are no ratings.

    .. math:: \ln(1 + n), \quad \frac{L + d p}{n + d}, \quad \frac{E}{n + d}, \quad \frac{S + d \mu}{n + d}, \quad
              \sqrt{Q / n - (S / n)^2}

    with n ratings of the sum S and the sum of squares Q, L of them liked, residuals of the sum E, and the damping d.
    Without one of k folds there is (k - 1)/k of everything; ``scale`` makes up for it, so that training rows look
    like later ones.
    """
    count = seen.count.astype(np.float64)
    count[count == 0] = np.nan
    shrunken = scale * count + damping
    columns = [
        np.log1p(scale * seen.count),
        (scale * seen.liked + damping * liked_share) / shrunken,
        scale * seen.residual / shrunken,
    ]
    if len(_columns(key)) > len(columns):
        average = seen.total / count
        columns.append((scale * seen.total + damping * mean) / shrunken)
        # Of one rating there is no spread.
        spread = np.sqrt(np.maximum(seen.squares / count - average**2, 0.0))
        columns.append(np.where(seen.count > 1, spread, np.nan))
    return columns
