"""New ratings in evidence that judges have learned from: added to what there is, and nothing is learned anew."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from toprank.core.arrays import IntArray
from toprank.core.dataset import Dataset
from toprank.core.update import Update
from toprank.evidence.bias import DampedBias
from toprank.evidence.build import Evidence
from toprank.evidence.embeddings import Places
from toprank.evidence.groupings import Groupings, GroupKey, distinct
from toprank.evidence.implicit_counts import ImplicitCounts
from toprank.evidence.statistics import Statistics

__all__ = ["placed", "settled", "updated"]


def settled(evidence: Evidence) -> Evidence:
    """Drop what only learning needed: everything without a fold."""
    return replace(
        evidence,
        neighbours=None if evidence.neighbours is None else evidence.neighbours.whole,
        places=None if evidence.places is None else evidence.places.whole,
    )


def updated(evidence: Evidence, update: Update) -> Evidence:
    r"""Add ratings to the evidence, and take away those that they replace.

    Counts, sums and liked counts are those of learning from all ratings at once, exactly; so are neighbours, the
    places of readers among the vectors of books, and histograms. Offsets of the damped bias and additive effects move
    for the users, items and keys of the new ratings only; residuals of older ratings stay what they were. Vectors of
    books stay: what the judges learned about them would mean nothing otherwise.

    Parameters
    ----------
    evidence : Evidence
        Of ``update.before``.
    update : Update

    Returns
    -------
    Evidence
        Of ``update.after``; what it says without a fold is gone.
    """
    before, after = update.before.ratings, update.after.ratings
    known = evidence.known.grown(after.users, after.items)
    come, go = after.take(update.added), before.take(update.removed)
    user, item, value, liked = (
        np.concatenate([getattr(come, name), getattr(go, name)]) for name in ("user", "item", "value", "liked")
    )
    sign = np.repeat([1.0, -1.0], [len(come), len(go)])
    added = np.arange(len(come))
    value = value.astype(np.float64)
    work = known.work.code[item].astype(np.int64)
    bias = evidence.bias.updated(user, work, value, sign, n_users=len(after.users), n_items=known.work.size)
    residual = value - bias.expected(user, work)
    groups = {
        id(old): new
        for old, new in zip(evidence.known.users + evidence.known.items, known.users + known.items, strict=True)
    }

    def of_grown(key: GroupKey) -> GroupKey:
        user, item = (None if side is None else groups[id(side)] for side in (key.user, key.item))
        return GroupKey(user, item, key.group)

    grown = [keyed.grown(of_grown(keyed.key), user, item) for keyed in evidence.keyed]
    numbers = [keyed.numbers(user, item) for keyed, _ in grown]
    opened = [old.opened(at) for old, (_, at) in zip(evidence.statistics, grown, strict=True)]

    def summed(rows: IntArray, number: IntArray, size: int) -> Statistics:
        return Statistics.of(number[rows], value[rows], liked[rows], residual[rows], size=size)

    statistics = []
    for old, number in zip(opened, numbers, strict=True):
        size = len(old.count)
        # What goes is taken away last: it may go where something comes.
        found = old.merge(summed(added, number, size))
        statistics.append(found.minus(summed(np.arange(len(come), len(user)), number, size)) if len(go) else found)
    held = []
    for one in evidence.held:
        keyed, at = one.keyed.grown(of_grown(one.keyed.key), user[:0], item[:0])
        held.append(ImplicitCounts(keyed, np.insert(one.count, at, 0)))
    additive = evidence.additive
    if additive is not None:
        counts = [old.count for old in opened]
        additive = additive.updated(numbers, [at for _, at in grown], counts, np.stack([value, liked], axis=1), sign)
    around = evidence.neighbours
    if around is not None:
        around = around.whole.updated(
            _gained(update, known), (come.user, work[added]), liked[added], residual[added],
            (go.user, work[len(come) :], go.liked), n_users=len(after.users), n_works=known.work.size,
        )  # fmt: skip
    return replace(
        evidence,
        known=known,
        keyed=tuple(keyed for keyed, _ in grown),
        statistics=tuple(statistics),
        held=tuple(held),
        bias=bias,
        additive=additive,
        neighbours=around,
        places=None if evidence.places is None else placed(evidence.places, update, known, bias),
    )


def placed(places: Places, update: Update, known: Groupings, bias: DampedBias) -> Places:
    """Place the readers of new ratings anew, and count the ratings of their books.

    Parameters
    ----------
    places : Places
        Of ``update.before``.
    update : Update
    known : Groupings
    bias : DampedBias
        Both of ``update.after``.

    Returns
    -------
    Places
    """
    ratings, work = update.after.ratings, known.work.code
    user, _ = held = _divided(_held(update, update.after, known), known)
    mine = np.zeros(len(ratings.users), np.bool_)
    mine[user] = True
    books = np.zeros(known.work.size, np.bool_)
    for part, rows in ((ratings, update.added), (update.before.ratings, update.removed)):
        books[work[part.item[rows]]] = True
    by_me, of_book = ratings.take(mine[ratings.user]), ratings.take(books[work[ratings.item]])
    value = by_me.value.astype(np.float64)
    return places.updated(
        held,
        (by_me.user, work[by_me.item], value, value - bias.expected(by_me.user, work[by_me.item])),
        (work[of_book.item], of_book.value),
        _gained(update, known)[1],
        work=work,
        kind=known.kinds[0].code if known.kinds else np.full(len(work), -1, np.int32),
        n_users=len(ratings.users),
        n_works=known.work.size,
    )


def _gained(update: Update, known: Groupings) -> tuple[IntArray, IntArray]:
    """Give readers and works of interactions that there were not."""
    after, before = (_held(update, data, known) for data in (update.after, update.before))
    return _divided(np.setdiff1d(after, before, assume_unique=True), known)


def _held(update: Update, data: Dataset, known: Groupings) -> IntArray:
    """Give what the readers of new ratings hold: user x works + work, each once, ascending."""
    mine = np.zeros(len(update.after.ratings.users), np.bool_)
    mine[update.after.ratings.user[update.added]] = True
    key = [np.empty(0, np.int64)]
    for part in (data.ratings, data.implicit):
        if part is not None:
            rows = np.flatnonzero(mine[part.user])
            key.append(part.user[rows].astype(np.int64) * known.work.size + known.work.code[part.item[rows]])
    return distinct(np.concatenate(key))


def _divided(key: IntArray, known: Groupings) -> tuple[IntArray, IntArray]:
    return key // known.work.size, key % known.work.size
