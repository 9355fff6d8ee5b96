"""What items belong to several of, such as genres and tags: how each is rated, and how the reader rates each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar

import numpy as np
from scipy import sparse

from toprank.core.arrays import BoolArray, FloatArray, IntArray
from toprank.core.stored import stored
from toprank.evidence.keys import READER
from toprank.evidence.memberships import Memberships
from toprank.evidence.pairs import Pairs, Readers
from toprank.evidence.source import EvidenceUpdate, Learned, Namer, TrainingRows

__all__ = ["MembershipEvidence", "MembershipSource"]

PENALTIES = (1.0, 3.0, 10.0, 30.0, 100.0)
"""Ratings' worth of pull on each taste; the one that expects held-out ratings best is taken."""

WHAT = ("count", "liked", "residual")

NAMED = 2
"""How many values a reason names."""


@stored
@dataclass(frozen=True, eq=False)
class MembershipSums:
    """Weighted sums by value of an attribute: how many ratings, how many liked, what is left after the bias."""

    count: FloatArray  # float64[v]
    liked: FloatArray
    residual: FloatArray

    @classmethod
    def of(
        cls, members: Memberships, item: IntArray, liked: BoolArray, residual: FloatArray, sign: FloatArray
    ) -> MembershipSums:
        rows = members.matrix[item] ** 2  # of a rating's weights the squares add up to 1
        return cls(rows.T @ sign, rows.T @ (sign * liked), rows.T @ (sign * residual))

    def merged(self, other: MembershipSums) -> MembershipSums:
        return MembershipSums(self.count + other.count, self.liked + other.liked, self.residual + other.residual)


@stored
@dataclass(frozen=True, eq=False)
class MembershipEvidence:
    r"""For each attribute of several values: three columns of its values, three of the reader and its values.

    An item with weights :math:`w` (of which the squares add up to 1) is worth :math:`\sum_v w_v^2 s_v` of the sums of
    its values. Of a reader with items :math:`w_j` the weight of a rating is how alike it is, :math:`w \cdot w_j`, and
    the reader's tastes :math:`\theta` are the ridge regression of what is left of their ratings after the bias:

    .. math:: \theta = \Big(\sum_j w_j w_j^\top + \lambda I\Big)^{-1} \sum_j w_j e_j, \qquad
              \text{residual} = w \cdot \theta

    Parameters
    ----------
    attributes : tuple of str
        Names of the attributes, in the order of the columns.
    sums : tuple of MembershipSums
        Of each, over all training ratings; empty where groups of items are left out.
    penalty : tuple of float
        Of each, the ridge; empty where readers by group are left out.
    liked_share, damping : float
        What shares are pulled to, and how much.
    """

    attributes: tuple[str, ...]
    sums: tuple[MembershipSums, ...]
    penalty: tuple[float, ...]
    liked_share: float
    damping: float

    @cached_property
    def names(self) -> tuple[str, ...]:
        names = [f"{name}: {what}" for name in self.attributes[: len(self.sums)] for what in WHAT]
        return (
            *names,
            *(f"{READER} x {name}: {what}" for name in self.attributes[: len(self.penalty)] for what in WHAT),
        )

    def columns(self, pairs: Pairs) -> FloatArray:
        columns: list[FloatArray] = []
        groupings = pairs.readers.groupings
        for name, sums in zip(self.attributes, self.sums, strict=False):
            columns += _of_values(groupings.members_of(name), pairs.item, sums, self.liked_share, self.damping)
        for name, penalty in zip(self.attributes, self.penalty, strict=False):
            members = groupings.members_of(name)
            side = _side(pairs.readers, members, penalty)
            columns += _of_reader(members, pairs.item, pairs.row, side, self.liked_share, self.damping)
        return np.stack(columns, axis=1)

    def updated(self, change: EvidenceUpdate) -> MembershipEvidence:
        more = [
            MembershipSums.of(change.after.members_of(name), change.item, change.liked, change.residual, change.sign)
            for name in self.attributes[: len(self.sums)]
        ]
        return replace(self, sums=tuple(one.merged(other) for one, other in zip(self.sums, more, strict=True)))

    def merged(self, other: MembershipEvidence) -> MembershipEvidence:
        return replace(self, sums=tuple(one.merged(two) for one, two in zip(self.sums, other.sums, strict=True)))

    def describe(self, part: str) -> str:
        name = part.removeprefix(f"{READER} x ")
        return f"what the reader gave others of its {name}" if name != part else f"how others of its {name} are rated"

    def explain(self, part: str, pair: Pairs, row: Mapping[str, float], title: Namer) -> str:
        name = part.removeprefix(f"{READER} x ")
        members = pair.readers.groupings.members_of(name)
        mine = sorted(members.of_item(int(pair.item[0])), key=lambda one: (-one[1], one[0]))[:NAMED]
        if not mine:
            return ""
        called = " and ".join(members.values[value] for value, _ in mine)
        if name == part:
            sums, values = self.sums[self.attributes.index(name)], [value for value, _ in mine]
            rated = float(sums.count[values].sum())
            share = sums.liked[values].sum() / rated if rated else np.nan
            return "" if np.isnan(share) else f"of the ratings of {called} {share:.0%} are liked"
        lists = pair.readers.lists
        begin, end = lists.start[pair.row[0]], lists.start[pair.row[0] + 1]
        alike = np.asarray(members.matrix[lists.item[begin:end]][:, [value for value, _ in mine]].sum(axis=1)) > 0
        if not alike.any():
            return f"you rated nothing of {called}"
        n, mean = int(alike.sum()), float(lists.value[begin:end][alike].mean())
        return f"you gave {n:,} of {called} {mean:.1f}" + (" on average" if n > 1 else "")


class MembershipSource:
    """Learns :class:`MembershipEvidence`; its columns go where groups of books, and readers by them, go."""

    name = "memberships"
    groups: ClassVar[Mapping[str, str]] = {}

    def learn(self, rows: TrainingRows) -> Learned | None:
        every = rows.groupings.members
        of_values, of_reader = "kind" not in rows.without, "reader-by-kind" not in rows.without
        if not every or not (of_values or of_reader):
            return None
        item, liked = rows.ratings.item.astype(np.int64), rows.ratings.liked
        ones = np.ones(len(item))
        columns: list[FloatArray] = []
        sums, penalties = [], []
        for members in every if of_values else ():
            sums.append(MembershipSums.of(members, item, liked, rows.readers.residual, ones))
            found = np.empty((len(item), len(WHAT)))
            for fold in range(rows.folds):
                inside, outside = rows.fold == fold, rows.fold != fold
                seen = MembershipSums.of(
                    members, item[outside], liked[outside], rows.residual[fold][outside].astype(np.float64),
                    np.full(int(outside.sum()), rows.scale),
                )  # fmt: skip
                values = _of_values(members, item[inside], seen, rows.liked_share, rows.damping)
                found[inside] = np.stack(values, axis=1)
            columns.extend(found.T)
        for members in every if of_reader else ():
            tried = [self._without_folds(rows, members, penalty) for penalty in PENALTIES]
            left = rows.readers.value - rows.expected
            errors = [float(np.mean((left - np.nan_to_num(found[:, 2])) ** 2)) for found in tried]
            best = int(np.argmin(errors))
            penalties.append(PENALTIES[best])
            columns.extend(tried[best].T)
        names = tuple(members.name for members in every)
        source = MembershipEvidence(names, tuple(sums), tuple(penalties), rows.liked_share, rows.damping)
        return Learned(source, np.stack(columns, axis=1))

    def _without_folds(self, rows: TrainingRows, members: Memberships, penalty: float) -> FloatArray:
        """Give the reader's columns of the training rows, each without its fold (float64[n, 3])."""
        lists, answer = rows.readers.lists, np.empty((len(rows.ratings), len(WHAT)))
        for fold in range(rows.folds):
            inside = np.flatnonzero(rows.fold == fold)
            side = _fitted(rows.readers, members, penalty, rows.residual[fold], rows.fold, fold, rows.scale)
            answer[inside] = np.stack(
                _of_reader(members, lists.item[inside], lists.reader[inside], side, rows.liked_share, rows.damping),
                axis=1,
            )
        return answer


def _of_values(
    members: Memberships, item: IntArray, sums: MembershipSums, liked_share: float, damping: float
) -> list[FloatArray]:
    """Give the three columns of an attribute's values; NaN where an item has none."""
    rows = members.matrix[item] ** 2
    known = np.diff(rows.indptr) > 0
    liked = (sums.liked + damping * liked_share) / (sums.count + damping)
    residual = sums.residual / (sums.count + damping)
    found = (np.log1p(rows @ np.maximum(sums.count, 0.0)), rows @ liked, rows @ residual)
    return [np.where(known, column, np.nan) for column in found]


Side = tuple[FloatArray, FloatArray, FloatArray]
"""Of readers by values: the weights of their ratings, those of liked ones, and their tastes (float64[readers, v])."""


def _side(readers: Readers, members: Memberships, penalty: float) -> Side:
    name = f"memberships of {members.name}"
    if name not in readers.sides:
        fold = np.zeros(len(readers.lists.item), np.int64)
        readers.sides[name] = _fitted(readers, members, penalty, readers.residual, fold, -1, 1.0)
    side: Side = readers.sides[name]
    return side


def _fitted(
    readers: Readers,
    members: Memberships,
    penalty: float,
    residual: FloatArray,
    fold: IntArray,
    skip: int,
    scale: float,
) -> Side:
    """Find what readers gave to values, without one fold of their ratings."""
    from toprank.evidence.sources.memberships_kernel import fit_tastes  # numba takes its time to be imported

    lists = readers.lists
    taste = np.zeros((len(readers), len(members.values)))
    fit_tastes(
        taste,
        lists.start,
        lists.item,
        residual,
        fold,
        skip,
        members.start,
        members.value,
        members.weight,
        penalty,
        scale,
    )
    kept = np.flatnonzero(fold != skip)
    weights = members.matrix[lists.item[kept]]
    reader = lists.reader[kept]
    shape = (len(readers), len(kept))
    place = (reader, np.arange(len(kept)))
    every = sparse.csr_array((np.full(len(kept), scale), place), shape=shape) @ weights
    liked = sparse.csr_array((scale * lists.liked[kept], place), shape=shape) @ weights
    return every.toarray(), liked.toarray(), taste


def _of_reader(
    members: Memberships, item: IntArray, row: IntArray, side: Side, liked_share: float, damping: float
) -> list[FloatArray]:
    """Give the three columns of readers and an item's values; NaN where the item has none or the reader rated none."""
    weights = members.matrix[item]
    known = np.diff(weights.indptr) > 0
    every, liked, taste = (_products(weights, column, row) for column in side)
    some = known & (every > 0)
    return [
        np.where(known, np.log1p(every), np.nan),
        np.where(some, (liked + damping * liked_share) / (every + damping), np.nan),
        np.where(some, taste, np.nan),
    ]


def _products(weights: sparse.csr_array, of_reader: FloatArray, row: IntArray) -> FloatArray:
    """Multiply each item's weights with those of its reader (float64[n])."""
    pair = np.repeat(np.arange(len(row)), np.diff(weights.indptr))
    products = weights.data * of_reader[row[pair], weights.indices]
    return np.asarray(np.bincount(pair, products, minlength=len(row)), np.float64)
