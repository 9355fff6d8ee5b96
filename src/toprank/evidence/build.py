"""Evidence as columns of numbers: for each key how many ratings there are, and what they say."""

from __future__ import annotations

from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from toprank.core.arrays import BoolArray, FloatArray, IntArray
from toprank.core.dataset import Dataset
from toprank.core.decisions import Support
from toprank.core.ratings import Ratings
from toprank.core.rng import derive_rng
from toprank.core.stored import stored
from toprank.errors import OptionError
from toprank.evidence.additive import Additive, fit_additive
from toprank.evidence.bias import DampedBias
from toprank.evidence.categories import Categories
from toprank.evidence.columns import key_columns, key_values
from toprank.evidence.crossfit import CrossFit
from toprank.evidence.embeddings import Places
from toprank.evidence.groupings import Groupings, GroupKey, KeyIndex, at, build_groupings, distinct, keys_of
from toprank.evidence.groups import GROUPS
from toprank.evidence.implicit_counts import ImplicitCounts, count_held
from toprank.evidence.neighbours import NAMES, Neighbours
from toprank.evidence.statistics import Statistics

__all__ = ["Evidence", "Fact", "TrainingEvidence", "build_evidence"]

EXPECTED = ("expected", "expected: rating", "expected: liked")
"""Columns that put everything together: the damped bias, and the additive effects of all keys."""

Around = Callable[[], FloatArray]
"""Gives the neighbours' columns, when they are found."""

FEW = 500
"""Pairs whose neighbours are found at once, not beside the rest."""


@dataclass(frozen=True)
class Fact:
    """What one key says of a pair, as it was counted.

    Parameters
    ----------
    source : str
        Name of the key.
    user, item : str or None
        Which groups it is about: ``user`` is this reader, ``item`` this edition, ``work`` this book, and others are
        all that share an attribute; None is everybody, or everything.
    count : int
        How many ratings, at least 1.
    mean : float
        Their mean, in rating points.
    liked : int
        How many of them are liked.
    """

    source: str
    user: str | None
    item: str | None
    count: int
    mean: float
    liked: int


@stored
@dataclass(frozen=True, eq=False)
class Evidence:
    """All that training ratings and interactions say, ready to be asked about any pair.

    Parameters
    ----------
    known : Groupings
        The groups of users and items.
    keyed : tuple of KeyIndex
        The keys.
    statistics : tuple of Statistics
        Those of each key, over all training ratings.
    held : tuple of ImplicitCounts
        Interactions without a rating.
    bias : DampedBias
        Over users and works, learned from all training ratings.
    additive : Additive or None
        All keys at once, for the rating and for whether it is liked; None where that is left out.
    neighbours : Neighbours or None
        Both neighbourhoods, where they are wanted.
    places : Places or None
        Vectors and histograms, where they are wanted.
    liked_share : float
        Share of training ratings that are liked.
    damping : float
        Ratings' worth of pull on every mean.
    """

    known: Groupings
    keyed: tuple[KeyIndex, ...]
    statistics: tuple[Statistics, ...]
    held: tuple[ImplicitCounts, ...]
    bias: DampedBias
    additive: Additive | None
    neighbours: Neighbours | None
    places: Places | None
    liked_share: float
    damping: float

    @property
    def names(self) -> list[str]:
        """Names of the columns of :meth:`matrix`."""
        by_key = [f"{keyed.key.name}: {what}" for keyed in self.keyed for what in key_columns(keyed.key)]
        around = () if self.neighbours is None else NAMES
        together = EXPECTED[:1] if self.additive is None else EXPECTED
        placed = [] if self.places is None else self.places.names
        return [*together, *by_key, *around, *placed, *self._fixed_names()]

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
        work = at(self.known.work.code, items, -1)
        known = (users >= 0) & (work >= 0)
        rows = np.flatnonzero(known)
        with ThreadPoolExecutor(1) as pool:
            around: Around | None = None
            if self.neighbours is not None:
                ask = partial(self.neighbours.columns, users[rows], work[rows])
                # They are found by loops that leave the interpreter alone; of few pairs a thread would take longer.
                around = pool.submit(ask).result if len(rows) > FEW else ask
            return self._filled(users, items, work, known, rows, around)

    def _filled(
        self, users: IntArray, items: IntArray, work: IntArray, known: BoolArray, rows: IntArray, around: Around | None
    ) -> FloatArray:
        """Write all columns, those of the neighbours as late as may be."""
        matrix = np.empty((len(users), len(self.names)), dtype=np.float32, order="F")
        numbers = [keyed.numbers(users, items) for keyed in self.keyed]
        matrix[:, 0] = np.where(known, self.bias.expected(users, work), np.nan)
        place = 1
        if self.additive is not None:
            matrix[:, 1:3] = np.where(known[:, None], self.additive.expected(numbers), np.nan)
            place = len(EXPECTED)
        for keyed, statistics, number in zip(self.keyed, self.statistics, numbers, strict=True):
            place = self._fill(matrix, place, keyed.key, statistics.take(number), number < 0, 1.0)
        beside = slice(place, place := place + (0 if around is None else len(NAMES)))
        if self.places is not None:
            end = place + len(self.places.names)
            matrix[:, place:end] = np.nan
            matrix[rows, place:end] = self.places.columns(users[rows], items[rows])
            place = end
        self._fill_fixed(matrix, place, users, items)
        if around is not None:
            matrix[:, beside] = np.nan
            matrix[rows, beside] = around()
        return matrix

    def facts(self, user: int, item: int) -> list[Fact]:
        """Say in plain counts what is known of a pair.

        Parameters
        ----------
        user, item : int
            Positions; -1 is unknown.

        Returns
        -------
        list of Fact
            Of every key with a rating.
        """
        found = []
        for keyed, statistics in zip(self.keyed, self.statistics, strict=True):
            seen = statistics.take(keyed.numbers(np.array([user]), np.array([item])))
            if count := int(seen.count[0]):
                user_side, item_side = keyed.key.user, keyed.key.item
                found.append(
                    Fact(
                        keyed.key.name,
                        None if user_side is None else user_side.name,
                        None if item_side is None else item_side.name,
                        count,
                        float(seen.total[0]) / count,
                        int(seen.liked[0]),
                    )
                )
        return found

    def knowledge(self, users: IntArray, items: IntArray) -> Support:
        """Count the ratings behind an answer about each pair.

        A book's kind is the finest group that it shares with a rated book: its author before its publisher, say.

        Parameters
        ----------
        users, items : int[n]
            Positions; -1 is unknown.

        Returns
        -------
        Support
        """
        by_sides = {
            (keyed.key.user, keyed.key.item): (keyed, statistics)
            for keyed, statistics in zip(self.keyed, self.statistics, strict=True)
        }

        def count(user: Categories | None, item: Categories | None) -> IntArray:
            if (user, item) not in by_sides:
                return np.zeros(len(users), np.int64)
            keyed, statistics = by_sides[user, item]
            return at(statistics.count, keyed.numbers(users, items), 0)

        everyone, kind = self.known.users[0], np.zeros(len(users), np.int64)
        reader_kind = kind
        kinds = [keyed.key.item for keyed in self.keyed if keyed.key.group == "kind" and keyed.key.item is not None]
        order = self.known.finest.index
        for group in sorted(kinds, key=lambda c: -order(c.name)):  # the finest comes last, and wins
            found = count(None, group)
            kind = np.where(found > 0, found, kind)
            reader_kind = np.where(found > 0, count(everyone, group), reader_kind)
        return Support(count(everyone, None), count(None, self.known.work), kind, reader_kind)

    def _fill(
        self, matrix: FloatArray, place: int, key: GroupKey, seen: Statistics, unknown: BoolArray, scale: float
    ) -> int:
        """Write a key's columns, and say where the next ones go."""
        for values in key_values(key, seen, self.liked_share, self.bias.mean, self.damping, scale):
            matrix[:, place] = values
            matrix[unknown, place] = np.nan
            place += 1
        return place

    def _fixed_names(self) -> list[str]:
        return [*(held.name for held in self.held), *self.known.user_numbers, *self.known.item_numbers]

    def _fill_fixed(self, matrix: FloatArray, place: int, users: IntArray, items: IntArray) -> None:
        """Write the columns that no label goes into."""
        columns = [held.column(users, items) for held in self.held]
        columns += [at(values, users, np.nan) for values in self.known.user_numbers.values()]
        columns += [at(values, items, np.nan) for values in self.known.item_numbers.values()]
        for offset, values in enumerate(columns):
            matrix[:, place + offset] = values


@dataclass(frozen=True, eq=False)
class TrainingEvidence:
    """What a judge learns from: the training ratings, and the evidence of each without its own fold.

    Parameters
    ----------
    evidence : Evidence
        For any other pair.
    ratings : Ratings
        The training ratings in canonical order.
    matrix : float32[n, n_columns]
        One row for each of them.
    fold : int64[n]
        The fold of each. A judge that leaves a fold out when it learns can be asked about it honestly.
    folds : int
        How many folds there are.
    residual : float32[folds + 1, n]
        What is left of each after a damped bias without each fold, 0 in that fold; last, after that of all.
    places : Places
        Vectors and histograms without each fold.
    """

    evidence: Evidence
    ratings: Ratings
    matrix: FloatArray
    fold: IntArray
    folds: int
    residual: FloatArray
    places: Places


def build_evidence(
    data: Dataset, *, folds: int, damping: float, rng: np.random.Generator, without: Collection[str] = ()
) -> TrainingEvidence:
    """Gather the evidence, that of each training row without its own fold.

    Parameters
    ----------
    data : Dataset
        Its ratings are the training ratings.
    folds : int
        Number of folds, at least 2 and at most the number of ratings.
    damping : float
        Ratings' worth of pull on every mean, above 0.
    rng : numpy.random.Generator
        Draws the folds.
    without : collection of str
        Groups of evidence to leave out, of :data:`~toprank.evidence.groups.GROUPS`.

    Returns
    -------
    TrainingEvidence
    """
    unknown = sorted(set(without) - set(GROUPS))
    if unknown:
        raise OptionError(f"there is no evidence {unknown[0]!r} to leave out; there is {', '.join(GROUPS)}")
    if len(data.ratings) < folds:
        raise OptionError(f"there are {len(data.ratings)} training ratings for {folds} folds; give more ratings")
    if "implicit" in without:
        data = replace(data, implicit=None)
    ratings = data.ratings.canonical()
    known = build_groupings(data)
    if "kind" in without:
        known = replace(known, item_numbers={})
    if "reader-groups" in without:
        known = replace(known, user_numbers={})
    keyed = tuple(KeyIndex.of(key, ratings.user, ratings.item) for key in keys_of(known) if key.group not in without)
    work = known.work.code[ratings.item]
    sizes = {"n_users": len(ratings.users), "n_items": known.work.size}
    value, liked = ratings.value.astype(np.float64), ratings.liked
    bias = DampedBias.of(ratings.user, work, value, **sizes)
    cross = CrossFit.of(ratings.user, work, value, liked, **sizes, folds=folds, rng=derive_rng(rng, "folds"))
    residual = value - bias.expected(ratings.user, work)
    residuals = np.concatenate([cross.residual, residual[None, :]]).astype(np.float32)
    held = _interactions(data, known, ratings)
    places = Places.of(
        held,
        (ratings.user, work),
        value,
        residuals,
        cross.fold,
        work=known.work.code.astype(np.int32),
        kind=known.kinds[0].code if known.kinds else np.full(len(ratings.items), -1, np.int32),
        seed=int(derive_rng(rng, "places").integers(2**31 - 1)),
        n_users=sizes["n_users"],
        n_works=sizes["n_items"],
        shown=tuple(group for group in ("histograms", "places") if group not in without),
    )
    numbers = [key.numbers(ratings.user, ratings.item) for key in keyed]
    additive: Additive | None = None
    together: FloatArray = np.empty((len(ratings), 0))
    if "additive" not in without:
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
        held=count_held(data, known),
        bias=bias,
        additive=additive,
        neighbours=None
        if "neighbours" in without
        else Neighbours.of(
            held,
            (ratings.user, work),
            cross.fold,
            cross.liked,
            residuals,
            n_users=sizes["n_users"],
            n_works=sizes["n_items"],
        ),
        places=places.whole if places.shown else None,
        liked_share=float(liked.mean()),
        damping=damping,
    )
    matrix = np.empty((len(ratings), len(evidence.names)), dtype=np.float32, order="F")
    matrix[:, 0] = cross.expected
    place = 1 + together.shape[1]
    matrix[:, 1:place] = together
    scale = folds / (folds - 1)
    for key, number in zip(keyed, numbers, strict=True):
        place = evidence._fill(matrix, place, key.key, cross.evidence(number, key.size), number < 0, scale)
    if evidence.neighbours is not None:
        around = evidence.neighbours.columns(ratings.user, work, cross.fold, scale)
        matrix[:, place : place + len(NAMES)] = around
        place += len(NAMES)
    if places.shown:
        end = place + len(places.names)
        matrix[:, place:end] = places.columns(ratings.user, ratings.item, cross.fold)
        place = end
    evidence._fill_fixed(matrix, place, ratings.user, ratings.item)
    return TrainingEvidence(evidence, ratings, matrix, cross.fold, folds, residuals, places)


def _interactions(data: Dataset, known: Groupings, ratings: Ratings) -> tuple[IntArray, IntArray]:
    """Give readers and works of all interactions, each pair once, ascending."""
    user, work = ratings.user, known.work.code[ratings.item]
    if data.implicit is not None:
        user = np.concatenate([user, data.implicit.user])
        work = np.concatenate([work, known.work.code[data.implicit.item]])
    pair = distinct(user.astype(np.int64) * known.work.size + work)
    return pair // known.work.size, pair % known.work.size
