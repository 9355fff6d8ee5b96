"""Lists of toprank beside tuned EASE, RP3beta, SLIM, neighbours and iALS, and what each part of ours adds.

The figures are means over readers with a liked test work that they do not hold; all works that they do not hold are
candidates, none sampled. Whoever holds a work without a rating counts as holding it, for all. Peers' settings have the
best NDCG@10 on the validation rows (--tune prints them all); ours learns its ranking from the same rows. Intervals are
over readers, and differences paired. A reader for whom a model has nothing gets what is popular.

    python benchmarks/list_peers.py [--data book-crossing movielens-100k] [--tune] [--model FOLDER] [--without ials]
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

import toprank as tr
from list_models import Weights, check, ease, neighbours, rp3beta, slim
from toprank.candidates.holdings import Holdings, position_of
from toprank.core.arrays import BoolArray, FloatArray, Int32Array, IntArray
from toprank.core.ratings import Ratings
from toprank.core.readers import ReaderLists
from toprank.data.splits import random_split
from toprank.decisions.ranking import DIVERSITY, MAX_BY_AUTHOR, best_of_each, utilities
from toprank.evaluation.bootstrap import UserBootstrap, interval
from toprank.metrics import list_metrics as ranking
from toprank.recommender.answering import SCORED, decide_known
from toprank.recommender.facade import FittedRecommender
from toprank.recommender.unknown import add_unknown_row

K, BLOCK, SEED = 10, 250, 13
Options = dict[str, Any]


def grid(**choices: Iterable[Any]) -> list[Options]:
    """Give every combination."""
    return [dict(zip(choices, values, strict=True)) for values in product(*choices.values())]


GRIDS: dict[str, list[Options]] = {
    "EASE": grid(given=["held", "liked"], ridge=[30.0, 100.0, 300.0, 1000.0]),
    "RP3beta": grid(given=["held", "liked"], alpha=[0.4, 0.7, 1.0], beta=[0.2, 0.4, 0.6, 0.8], n=[100, 400]),
    "neighbours": grid(given=["held", "liked"], shrinkage=[1.0, 3.0, 10.0, 30.0], n=[100, 400]),
    "SLIM": grid(given=["held", "liked"], l1=[0.1, 0.3, 1.0, 3.0], l2=[10.0, 100.0, 300.0]),
    "iALS": grid(
        given=["held", "liked"],
        factors=[16, 32, 64, 128],
        regularization=[1.0, 10.0, 30.0, 100.0],
        alpha=[1.0, 3.0, 10.0],
    ),
}
"""What is tried: of all that readers hold or only of what they liked."""

LARGE = {
    "EASE": grid(given=["held"], ridge=[100.0, 300.0, 1000.0]),
    "RP3beta": grid(given=["held"], alpha=[0.4, 0.7, 1.0], beta=[0.2, 0.4, 0.6], n=[100]),
    "neighbours": grid(given=["held"], shrinkage=[1.0, 3.0, 10.0], n=[100]),
    "SLIM": grid(given=["held"], l1=[0.3, 1.0, 3.0], l2=[10.0, 100.0]),
    "iALS": grid(given=["held"], factors=[64], regularization=[1.0, 10.0], alpha=[1.0, 10.0]),
}
"""Shorter ones for Book-Crossing, where a fit takes minutes."""

CHOSEN: dict[str, dict[str, Options]] = {
    "book-crossing": {
        "EASE": {"given": "held", "ridge": 100.0},
        "RP3beta": {"given": "held", "alpha": 0.4, "beta": 0.4},
        "SLIM": {"given": "held", "l1": 0.3, "l2": 30.0},
    },
    "movielens-100k": {
        "EASE": {"given": "liked", "ridge": 300.0},
        "RP3beta": {"given": "liked", "alpha": 0.7, "beta": 0.6, "n": 400},
        "neighbours": {"given": "liked", "shrinkage": 1.0, "n": 400},
        "SLIM": {"given": "liked", "l1": 0.1, "l2": 100.0},
        "iALS": {"given": "liked", "factors": 64, "regularization": 30.0, "alpha": 3.0},
    },
}
"""What --tune found best; on Book-Crossing of two ridges of EASE, of all of RP3beta, and the first of SLIM."""

MODELS: dict[str, Callable[..., Weights]] = {
    "EASE": ease,
    "RP3beta": rp3beta,
    "neighbours": neighbours,
    "SLIM": slim,
}


class Asked:
    """Readers who are asked about, and the liked works that they do not hold."""

    def __init__(self, held: Holdings, work: Int32Array, rows: Ratings) -> None:
        key = np.unique(rows.user[rows.liked].astype(np.int64) * held.n_works + work[rows.item[rows.liked]])
        key = key[~held.contains(*np.divmod(key, held.n_works))]
        self.held, self.users = held, np.unique(key // held.n_works)
        liked = Holdings.of(
            held.reader[held.liked], held.work[held.liked], held.rated[held.liked], held.liked[held.liked],
            n_readers=held.n_readers, n_works=held.n_works,
        )  # fmt: skip
        self.given = {"held": held, "liked": liked}
        self.reader, self.work = np.searchsorted(self.users, key // held.n_works), key % held.n_works
        self.popular = self.ranked(np.tile(np.bincount(held.work, minlength=held.n_works), (1, 1)))

    def ranked(self, scores: FloatArray) -> IntArray:
        """Give the best of works by one score for all (float[1, n_works]), less what each reader holds."""
        order = np.argsort(-scores[0], kind="stable")
        lists = np.empty((len(self.users), K), np.int64)
        for row, user in enumerate(self.users):
            own = self.held.work[self.held.start[user] : self.held.start[user + 1]]
            first = order[: K + len(own)]
            lists[row] = first[~np.isin(first, own)][:K]
        return lists

    def figures(self, lists: IntArray) -> tuple[FloatArray, FloatArray]:
        """Give each reader's NDCG and recall."""
        hit, relevant = ranking.hits(lists, self.reader, self.work)
        return ranking.ndcg(hit, relevant), ranking.recall(hit, relevant)

    def filled(self, lists: IntArray) -> IntArray:
        """Give what is popular to readers without a list."""
        return np.where((lists < 0).all(axis=1, keepdims=True), self.popular, lists)


def lists_by_weights(model: Weights, asked: Asked, given: Holdings) -> IntArray:
    """Score what readers do not hold by what is given of them, and list the best."""
    work, weights = model
    x, held = (one.matrix()[asked.users][:, work] for one in (given, asked.held))
    lists = np.full((len(asked.users), K), -1, np.int64)
    for begin in range(0, len(lists), BLOCK):
        scores = x[begin : begin + BLOCK] @ weights
        own = held[begin : begin + BLOCK].nonzero()
        if sparse.issparse(scores):
            scores = sparse.coo_array(scores)
            row, column, value = scores.row, scores.col, scores.data
            kept = position_of(row.astype(np.int64) * len(work) + column, own[0].astype(np.int64) * len(work) + own[1])
            row, column, value = (part[(kept < 0) & (scores.data > 0)] for part in (row, column, value))
        else:
            row, column, value = best_of(scores, own)
        put(lists[begin : begin + BLOCK], row, work[column], value)
    return asked.filled(lists)


def best_of(scores: FloatArray, held: tuple[IntArray, IntArray]) -> tuple[IntArray, IntArray, FloatArray]:
    """Give row, column and value of the largest K of each row that are positive and not held."""
    scores[held] = 0
    best = np.argpartition(-scores, K, axis=1)[:, :K]
    value = np.take_along_axis(scores, best, axis=1).ravel()
    row, column = np.repeat(np.arange(len(scores)), K), best.ravel()
    return row[value > 0], column[value > 0], value[value > 0]


def put(lists: IntArray, row: IntArray, work: IntArray, value: FloatArray) -> None:
    """Write the works of largest value of each row; of equal ones the first."""
    order = np.lexsort((work, -value, row))
    row = row[order]
    place = np.arange(len(row)) - np.searchsorted(row, row)
    best = place < lists.shape[1]
    lists[row[best], place[best]] = work[order[best]]


def lists_by_ials(asked: Asked, given: Holdings, options: Options) -> IntArray:
    """Ask iALS of the package ``implicit``, of works that at least two hold."""
    from implicit.als import AlternatingLeastSquares  # type: ignore[import-untyped,import-not-found,unused-ignore]

    work = np.flatnonzero(np.bincount(given.work, minlength=given.n_works) >= 2)
    matrix, held = (sparse.csr_matrix(one.matrix()[:, work]) for one in (given, asked.held))  # it takes the older kind
    model = AlternatingLeastSquares(**options, iterations=15, random_state=SEED, num_threads=1)
    model.fit(matrix, show_progress=False)
    lists = np.full((len(asked.users), K), -1, np.int64)
    for begin in range(0, len(lists), BLOCK):
        users = asked.users[begin : begin + BLOCK]
        scores = model.user_factors[users] @ model.item_factors.T
        row, column, value = best_of(scores, held[users].nonzero())
        put(lists[begin : begin + BLOCK], row, work[column], value)
    return asked.filled(lists)


def ask_peer(name: str, asked: Asked, options: Options) -> IntArray:
    """Fit a peer and ask it for lists."""
    options = dict(options)
    given = asked.given[options.pop("given")]
    if name == "iALS":
        return lists_by_ials(asked, given, options)
    return lists_by_weights(MODELS[name](given, **options), asked, given)


def ours(model: FittedRecommender, asked: Asked) -> dict[str, IntArray]:
    """Give our lists, part by part: what is added to each is what the next one has besides."""
    retrieval = model.retrieval
    readers = ReaderLists.of(model.data).take(asked.users)
    held = retrieval.held_by(readers)
    answer: dict[str, IntArray] = {
        name: np.full((len(asked.users), K), -1, np.int64) for name in ("our EASE alone", "our neighbours alone")
    }
    for begin in range(0, len(readers), BLOCK):
        rows = np.arange(begin, min(begin + BLOCK, len(readers)))
        some = readers.take(rows)
        row, work, features = retrieval.generators.pairs(retrieval.held_by(some), some.user)
        for name, column in (("our EASE alone", 0), ("our neighbours alone", 4)):
            said = features[:, column] > 0
            put(answer[name][rows[0] : rows[-1] + 1], row[said], work[said], features[said, column])
    answer = {name: asked.filled(lists) for name, lists in answer.items()}
    assert held.n_works == asked.held.n_works
    answer["candidates by relevance"] = retrieval.candidates(readers, n=K).work.astype(np.int64)

    found = retrieval.candidates(readers, n=max(SCORED, 5 * K), same=model.titles.book_codes)
    row, place = np.nonzero(found.item >= 0)
    decided = decide_known(model.model, model.policy, asked.users[row], found.item[row, place])
    probability, passes = np.full(found.item.shape, 0.5), np.zeros(found.item.shape, np.bool_)
    probability[row, place], passes[row, place] = decided.probability, decided.recommend
    everything: BoolArray = found.item >= 0
    value = utilities(found.relevance, probability, model.like_weight)
    author = None if model.author is None else model.titles.author_codes(found.item)
    kept = {"max_by_author": MAX_BY_AUTHOR, "diversity": DIVERSITY if author is not None else None, "author": author}
    steps: dict[str, tuple[FloatArray, BoolArray, Options]] = {
        "+ one book of a title": (found.relevance.astype(np.float64), everything, {}),
        f"+ P(liked), counted {model.like_weight:g}": (value, everything, {}),
        "+ what passes the cutoff": (value, passes, {}),
        "+ authors held back: toprank": (value, passes, kept),
    }
    for name, (worth, allowed, options) in steps.items():
        at = best_of_each(worth, allowed, K, **options)
        answer[name] = np.where(at >= 0, np.take_along_axis(found.work, np.maximum(at, 0), axis=1), -1).astype(np.int64)
    return answer


def run(name: str, folder: Path | None, tune: bool, peers: list[str]) -> None:
    """Tune on validation rows, or measure on test rows."""
    data = tr.load(name)
    started = time.process_time()
    if folder is not None:
        model = tr.Recommender.load(folder)
    else:
        model = tr.Recommender(objective="f1", deep=False, split="random", add_held_out=False, seed=SEED).fit(data)
    whole = add_unknown_row(data).ratings
    split = random_split(whole, seed=SEED)
    held, work = model.retrieval.held_by(ReaderLists.of(model.data)), model.retrieval.work
    print(f"{name}: {held.n_works:,} works; ours fitted in {time.process_time() - started:.0f} s of the processors")
    if tune:
        asked = Asked(held, work, whole.take(split.validation))
        for peer in peers:
            grids = LARGE.get(peer, GRIDS[peer]) if name == "book-crossing" else GRIDS[peer]
            found = []
            for options in grids:
                started = time.process_time()
                found.append(float(asked.figures(ask_peer(peer, asked, options))[0].mean()))
                print(
                    f"{peer:12} {found[-1]:.5f} {json.dumps(options)} {time.process_time() - started:.0f} s", flush=True
                )
            print(f"{peer:12} best: {max(found):.5f} {json.dumps(grids[int(np.argmax(found))])}", flush=True)
        return
    asked = Asked(held, work, whole.take(split.test))
    print(f"{len(asked.users):,} readers have {len(asked.work):,} liked works to find\n")
    lists = {"popularity": asked.popular}
    for peer in (peer for peer in peers if peer in CHOSEN[name]):
        started = time.process_time()
        label = f"{peer} {' '.join(f'{key}={value}' for key, value in CHOSEN[name][peer].items())}"
        lists[label] = ask_peer(peer, asked, CHOSEN[name][peer])
        print(f"{label}: {time.process_time() - started:.0f} s of the processors", flush=True)
    lists |= ours(model, asked)
    draws = UserBootstrap(asked.users, np.ones(len(asked.users), np.bool_), rng=np.random.default_rng(SEED))
    figures = {label: asked.figures(found) for label, found in lists.items()}
    last = figures[label := next(reversed(figures))]
    print(f"\n{'':44}{'NDCG@10':>27}{'recall@10':>27}   toprank ahead in NDCG, in recall")
    for label, (ndcg, recall) in figures.items():
        line = f"{label:44}" + "".join(f"{told(draws, values):>27}" for values in (ndcg, recall))
        print(
            line
            + "".join(f"   {told(draws, ours - theirs)}" for ours, theirs in zip(last, (ndcg, recall), strict=True))
        )


def told(draws: UserBootstrap, values: FloatArray) -> str:
    """Say a mean over readers with its interval."""
    low, high = interval(draws.mean(values))
    return f"{values.mean():.4f} ({low:.4f} to {high:.4f})"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", nargs="+", default=["book-crossing", "movielens-100k"])
    parser.add_argument("--tune", action="store_true", help="print the validation NDCG of every setting instead")
    parser.add_argument("--model", type=Path, help="a recommender that was fitted like ours here, with one dataset")
    parser.add_argument("--only", nargs="*", choices=tuple(GRIDS), default=tuple(GRIDS), help="these peers alone")
    arguments = parser.parse_args()
    check()
    for name in arguments.data:
        run(name, arguments.model, arguments.tune, list(arguments.only))


if __name__ == "__main__":
    main()
