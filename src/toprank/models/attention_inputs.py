"""Evidence as what the attention network looks up: of training rows without their own fold, of other pairs in full."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from toprank.core.arrays import FloatArray, Int32Array, IntArray
from toprank.core.scale import RatingScale
from toprank.evidence.statistics import without_fold
from toprank.nets.attention.lookup import BookLookup, Inputs, ReaderLookup, group_rows, look_up

if TYPE_CHECKING:
    from toprank.evidence.build import TrainingEvidence
    from toprank.evidence.groupings import Groupings
    from toprank.evidence.pairs import Readers
    from toprank.evidence.sources.embeddings import CollaborativeEmbeddings
    from toprank.evidence.sources.histograms import RatingHistograms

__all__ = ["book_lookup", "number_spread", "reader_lookup", "training_inputs", "training_lookups"]

MAX_KINDS = 4
"""How many kinds of a book are compared, the finest."""

SMOOTHING = 3.0
"""Ratings' worth of pull on a reader's mean."""

SPREADS = 4.0
"""Ratings are told in quarters of the scale: no spread of their own, which would hold every label."""


def training_inputs(training: TrainingEvidence, scaled: FloatArray, spread: float, books: int, raters: int) -> Inputs:
    """Look the training rows up, each without its fold, or in what was known before it."""
    ratings = training.ratings
    row, item = ratings.user.astype(np.int64), ratings.item.astype(np.int64)
    if training.past is None:
        readers, about = training_lookups(training, spread)
        return look_up(readers, about, scaled, row, item, training.fold, books, raters)
    order, found = [], []
    for rows, part in training.past.parts():
        embeddings = cast("CollaborativeEmbeddings", part.learned("embeddings").source)
        histograms = cast("RatingHistograms", part.learned("histograms").source)
        known = part.evidence.readers(part.evidence.lists)
        about = book_lookup(known, embeddings, histograms, ratings.scale, spread)
        readers = reader_lookup(known, embeddings, histograms, float(about.middle[0]))[0]
        order.append(rows)
        found.append(look_up(readers, about, scaled[rows], row[rows], item[rows], None, books, raters))
    place = np.argsort(np.concatenate(order), kind="stable")
    return Inputs(*(np.concatenate(parts)[place] for parts in zip(*(vars(one).values() for one in found), strict=True)))


def training_lookups(training: TrainingEvidence, spread: float) -> tuple[ReaderLookup, BookLookup]:
    """Give both sides of the training rows, all without each fold."""
    rows, lists = training.rows.coarse, training.rows.readers.lists
    embeddings, histograms = training.learned("embeddings"), training.learned("histograms")
    holders = cast("CollaborativeEmbeddings", embeddings.source).holders
    mean, count, middle = _means(rows.fold, rows.folds, lists.reader, lists.value, len(lists))
    rated: dict[str, Any] = {"fold": rows.fold, "item": lists.item, "value": lists.value, "liked": lists.liked}
    rated["residual"] = rows.residual
    readers = ReaderLookup(
        user=lists.user, start=lists.start, **rated, mean=mean, shared=_shared(rows.groupings),
        vector=embeddings.folded.reader, preference=embeddings.folded.preference,
        histogram=histograms.folded.of_reader,
    )  # fmt: skip
    books = BookLookup(
        **_items(rows.groupings, training.ratings.scale, spread, lists.item), **rated,
        user=lists.reader.astype(np.int32), vector=embeddings.folded.book, of_kind=embeddings.folded.of_kind,
        histogram=histograms.folded.of_book,
        holders=holders, mean=mean, count=count, middle=middle, rater_vector=readers.vector,
        shared=readers.shared,
    )  # fmt: skip
    return readers, books


def reader_lookup(
    readers: Readers, embeddings: CollaborativeEmbeddings, histograms: RatingHistograms, middle: float | None = None
) -> tuple[ReaderLookup, FloatArray, FloatArray]:
    """Give any readers' side, how many ratings each gave (float32[1, r]) and the mean of all (float64[1]).

    ``middle`` is that mean; where None, it is that of these readers.
    """
    lists = readers.lists
    fold = np.full(len(lists.item), -1)
    mean, count, of_all = _means(fold, 0, lists.reader, lists.value, len(lists), middle)
    vector, preference = embeddings.of_readers(readers)
    lookup = ReaderLookup(
        user=lists.user, start=lists.start, item=lists.item, fold=fold, value=lists.value, liked=lists.liked,
        residual=readers.residual.astype(np.float32)[None], mean=mean, shared=_shared(readers.groupings)[lists.user],
        vector=vector[None], preference=preference[None], histogram=histograms.of_readers(readers)[None],
    )  # fmt: skip
    if bool((lists.user < 0).any()):
        lookup.shared[lists.user < 0] = -1
    return lookup, count, of_all


def book_lookup(
    known: Readers, embeddings: CollaborativeEmbeddings, histograms: RatingHistograms, scale: RatingScale, spread: float
) -> BookLookup:
    """Give the books' side; ``known`` are all known readers, who rated them."""
    raters, count, middle = reader_lookup(known, embeddings, histograms)
    return BookLookup(
        **_items(known.groupings, scale, spread, raters.item), user=known.lists.reader.astype(np.int32),
        item=raters.item, fold=raters.fold, value=raters.value, liked=raters.liked, residual=raters.residual,
        vector=embeddings.book[None], of_kind=embeddings.of_kind[None],
        histogram=histograms.shares(histograms.of_book)[None], holders=embeddings.holders,
        mean=raters.mean, count=count, middle=middle, rater_vector=raters.vector, shared=raters.shared,
    )  # fmt: skip


def number_spread(groupings: Groupings) -> float:
    """Give the standard deviation of the first number of items, by which it is scaled; 1 where there is none."""
    number = next(iter(groupings.item_numbers.values()), np.empty(0))
    finite = number[np.isfinite(number)]
    return max(float(finite.std()), 1e-6) if len(finite) else 1.0


def _items(groupings: Groupings, scale: RatingScale, spread: float, rated: IntArray) -> dict[str, Any]:
    """What is known of items, and who rated works and kinds."""
    kinds = groupings.kinds[:MAX_KINDS]
    n_items = groupings.items[0].size
    number = next(iter(groupings.item_numbers.values()), np.full(n_items, np.nan))
    work = groupings.work.code.astype(np.int32)
    kind = kinds[0].code if kinds else np.full(n_items, -1, np.int32)
    by = [
        group_rows(key[rated], size)
        for key, size in ((work, groupings.work.size), (kind, int(kind.max(initial=0)) + 1))
    ]
    return {
        "work": work,
        "kinds": np.stack([c.code for c in kinds], axis=1) if kinds else np.empty((n_items, 0), np.int32),
        "number": (number / spread).astype(np.float32),
        "spread": (scale.high - scale.low) / SPREADS,
        "starts": (by[0][0], by[1][0]),
        "rows": (by[0][1], by[1][1]),
    }


def _shared(groupings: Groupings) -> Int32Array:
    """Give one group of each user, the first that is crossed with books; -1 where unknown."""
    unknown = np.full(groupings.users[0].size, -1, np.int32)
    return next((c.code for c in groupings.users[1:] if c.crossed), unknown).astype(np.int32)


def _means(
    fold: IntArray, folds: int, reader: IntArray, value: FloatArray, size: int, middle: float | None = None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Give readers' damped means and counts (float32[folds + 1, size]), and the mean of all (float64[folds + 1])."""

    def summed(weight: FloatArray) -> FloatArray:
        if folds == 0:
            return np.bincount(reader, weight, size)[None].astype(np.float32)
        return without_fold(fold, folds, reader, size, weight).astype(np.float32)

    count, total = summed(np.ones(len(reader))), summed(value)
    # What everybody is pulled to leaves the fold out as well.
    rows = count.sum(axis=1, keepdims=True, dtype=np.float64)
    of_all = total.sum(axis=1, keepdims=True, dtype=np.float64) / np.maximum(rows, 1)
    if middle is not None:
        of_all = np.full_like(of_all, middle)
    mean = (total + SMOOTHING * of_all) / (count + SMOOTHING)
    return mean.astype(np.float32), count, of_all[:, 0]
