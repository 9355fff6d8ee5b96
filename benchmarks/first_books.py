"""What a new reader's first answers are worth: log loss by how many, asked about chosen, popular or random books.

Readers are kept out of the model whole: it is fitted without them, or, where a fitted one is given, their ratings are
taken out of its statistics (what its trees learned of them stays). Half of the ratings of each are what they could
answer, the other half is what is then predicted. Books are named in an order until the reader has answered 3, 6 or 12
of them, and, as on a first visit, 12 are named and those that the reader has rated count.

    python benchmarks/first_books.py [--data book-crossing | --model FOLDER] [--readers 300]
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

import toprank as tr
from toprank.core.arrays import FloatArray, IntArray
from toprank.core.dataset import Dataset
from toprank.core.ratings import Ratings
from toprank.core.readers import ReaderLists
from toprank.core.rng import derive_rng
from toprank.core.update import Update
from toprank.evidence.pairs import Pairs
from toprank.metrics.scores import auc, log_loss
from toprank.recommender.answering import decide_pairs
from toprank.recommender.facade import FittedRecommender
from toprank.recommender.first_books import first_items

NAMED = 100
"""Books that are named at most, until a reader has answered enough."""

DRAWS = 5
"""Of random orders the mean over so many is printed."""

SEED = 13


def predicted(
    model: FittedRecommender, told: list[tuple[IntArray, FloatArray]], row: IntArray, item: IntArray
) -> FloatArray:
    """Give P(liked) of pairs, each reader having told these ratings."""
    scale = model.data.ratings.scale
    start = np.append(0, np.cumsum([len(items) for items, _ in told]))
    order = [np.argsort(items) for items, _ in told]
    items = np.concatenate([items[at] for (items, _), at in zip(told, order, strict=True)]).astype(np.int32)
    value = np.concatenate([value[at] for (_, value), at in zip(told, order, strict=True)]).astype(np.float32)
    nothing = np.zeros(len(told) + 1, np.int64)
    lists = ReaderLists(np.full(len(told), -1), start, items, value, scale.liked(value), nothing, np.empty(0, np.int32))
    return decide_pairs(model.model, model.policy, Pairs(model.model.evidence.readers(lists), row, item)).probability


def drawn_readers(ratings: Ratings, n: int, rng: np.random.Generator) -> IntArray:
    """Draw readers with ratings enough."""
    count = np.bincount(ratings.user, minlength=len(ratings.users))
    return np.sort(derive_rng(rng, "readers").permutation(np.flatnonzero(count >= 30))[:n])


def without(data: Dataset, readers: IntArray) -> FittedRecommender:
    """Fit a model that has never seen these readers."""
    implicit = data.implicit
    if implicit is not None:
        implicit = implicit.take(~np.isin(implicit.user, readers))
    ratings = data.ratings.take(~np.isin(data.ratings.user, readers))
    return tr.Recommender(deep=False).fit(replace(data, ratings=ratings, implicit=implicit))


def taken_out(model: FittedRecommender, readers: IntArray) -> FittedRecommender:
    """Take these readers' ratings out of what a model knows."""
    theirs = np.isin(model.data.ratings.user, readers)
    after = model.data.with_ratings(~theirs)
    update = Update(model.data, after, np.empty(0, np.int64), np.flatnonzero(theirs))
    return replace(model, data=after, model=model.model.updated(update))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="movielens-100k", choices=["movielens-100k", "book-crossing"])
    parser.add_argument("--model", type=Path, help="a fitted model, in place of fitting one")
    parser.add_argument("--readers", type=int, default=300, help="how many are kept out")
    asked = parser.parse_args()
    rng = np.random.default_rng(SEED)
    if asked.model is None:
        data = tr.load(asked.data)
        kept_out = drawn_readers(data.ratings, asked.readers, rng)
        model = without(data, kept_out)
        ratings, shift = data.ratings, 1  # behind the unknown item
    else:
        fitted = tr.Recommender.load(asked.model)
        ratings, shift = fitted.data.ratings, 0
        kept_out = drawn_readers(ratings, asked.readers, rng)
        model = taken_out(fitted, kept_out)
    work, size = model.retrieval.work, int(model.retrieval.work.max()) + 1
    chosen = work[first_items(model, NAMED)]
    known = np.bincount(work[model.data.ratings.item], minlength=size)
    well_known = np.argsort(-known, kind="stable")
    orders: dict[str, list[IntArray]] = {
        "chosen": [chosen],
        "popular": [well_known[:NAMED]],
        "random of the 200 best known": [
            derive_rng(rng, f"random {k}").permutation(well_known[:200])[:NAMED] for k in range(DRAWS)
        ],
        "random": [derive_rng(rng, f"all {k}").permutation(np.flatnonzero(known >= 5))[:NAMED] for k in range(DRAWS)],
    }
    answerable, rows, items, liked = [], [], [], []
    for k, reader in enumerate(kept_out.tolist()):
        of_reader = derive_rng(rng, f"half {reader}").permutation(np.flatnonzero(ratings.user == reader))
        position = ratings.item[of_reader].astype(np.int64) + shift
        half = len(of_reader) // 2
        answerable.append((position[:half], ratings.value[of_reader[:half]].astype(np.float64)))
        rows.append(np.full(len(of_reader) - half, k))
        items.append(position[half:])
        liked.append(ratings.liked[of_reader[half:]])
    row, item, truth = np.concatenate(rows), np.concatenate(items), np.concatenate(liked)

    def loss(told: list[tuple[IntArray, FloatArray]], some: IntArray) -> tuple[float, float]:
        place = np.full(len(told), -1)
        place[some] = np.arange(len(some))
        of_some = place[row] >= 0
        p = predicted(model, [told[k] for k in some.tolist()], place[row[of_some]], item[of_some])
        return log_loss(truth[of_some], p), auc(truth[of_some], p)

    def answers(order: IntArray, at_most: int) -> list[tuple[IntArray, FloatArray]]:
        rank = np.full(size, len(order))
        rank[order[::-1]] = np.arange(len(order))[::-1]
        told = []
        for position, value in answerable:
            by_rank = np.argsort(rank[work[position]], kind="stable")[:at_most]
            by_rank = by_rank[rank[work[position[by_rank]]] < len(order)]
            told.append((position[by_rank], value[by_rank]))
        return told

    everybody = np.arange(len(kept_out))
    nothing = loss([(position[:0], value[:0]) for position, value in answerable], everybody)
    print(f"{model.data.name}: {len(kept_out)} readers kept out, {len(row):,} ratings to predict")
    print(f"log loss without any answer {nothing[0]:.4f}, AUC {nothing[1]:.4f}")
    whole = loss(answerable, everybody)
    print(f"with all answers {whole[0]:.4f}, AUC {whole[1]:.4f}")
    print(f"\n{'12 books named':30s}{'answered':>10s}{'log loss':>10s}{'drop':>8s}{'AUC':>8s}")
    for words, drawn in orders.items():
        found = np.array([loss(told, everybody) for told in (answers(order[:12], 12) for order in drawn)]).mean(axis=0)
        mean = np.mean([len(items) for order in drawn for items, _ in answers(order[:12], 12)])
        print(f"{words:30s}{mean:10.2f}{found[0]:10.4f}{nothing[0] - found[0]:8.4f}{found[1]:8.4f}", flush=True)
    print(f"\n{'until so many are answered':30s}{'answers':>10s}{'readers':>9s}{'drop':>8s}{'named':>7s}")
    for n in (3, 6, 12):
        # The same readers for each order, or the figures say who answers, not what.
        able = {words: [answers(order, n) for order in drawn] for words, drawn in orders.items() if words != "random"}
        full = [[len(items) == n for items, _ in told] for drawn in able.values() for told in drawn]
        some = np.flatnonzero(np.all(full, axis=0))
        if len(some) < 20:
            continue
        before = loss([(position[:0], value[:0]) for position, value in answerable], some)[0]
        for words, several in able.items():
            drop = before - np.mean([loss(told, some)[0] for told in several])
            named = []
            for order, told in zip(orders[words], several, strict=True):
                rank = np.full(size, NAMED)
                rank[order[::-1]] = np.arange(len(order))[::-1]
                named += [1 + rank[work[told[k][0]]].max() for k in some.tolist()]
            print(f"{words:30s}{n:10d}{len(some):9d}{drop:8.4f}{np.mean(named):7.0f}", flush=True)


if __name__ == "__main__":
    main()
