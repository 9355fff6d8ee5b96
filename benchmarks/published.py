"""Figures that others published on Book-Crossing, each on its own protocol, beside ours on the same rows.

Three protocols (--what):

clicks: as papers on language models for clicks prepare the data. Every row of listed books whose ISBN is of letters and
    digits only counts, and is positive where the rating is 5 or more; zeros are negatives. Of each user with more than
    five such rows one is set apart: the last after random.seed(42) and random.shuffle of the rows of the user, as in
    the file. These 17,714 are shuffled the same way once more, and the last tenth, 1,772 rows, is the test. Everything
    else may be learned from, and ours is, with the settings chosen on other data; nothing is chosen on these rows.
    Published AUC: DeepFM .7496, DCNv2 .7472, SIM .7541, ReLLa .7575 (Lin and others, "ReLLa", WWW 2024). The number of
    users and the first three of the shuffled rows are those that were described; their list of test rows is not
    public, so that every row is the same is not shown.

graphs: as papers on knowledge graphs prepare the data. Every row is positive, whatever its rating; as many books that a
    user has not are drawn as negatives; a fifth of both is the test, a fifth is for choosing, which ours leaves unused.
    What is left of a user's rows is then known from those that were learned from, and trees find that out: their figure
    says more of the protocol than of them. That of a model that does not look there, the factorization, can be read.
    Published AUC: RippleNet .721, KGCN .694, KGAT .731. Theirs are 69,873 rows of the 14,967 books that a graph of
    facts names, a list that is not public; ours are as many listed books drawn at random. So the rows are not the same,
    only as many of them: figures stand beside each other for orientation.

errors: RMSE of ratings, on a random tenth of all ratings. A public contest on a subset of the data reached 2.10; its
    rows are not known, so the two are not of the same rows, and stand beside each other for orientation only.

    python benchmarks/published.py [--what clicks graphs errors] [--deep] [--few]
"""

from __future__ import annotations

import argparse
import csv
import random
import time
from dataclasses import replace

import numpy as np

from toprank.core.arrays import FloatArray, IntArray
from toprank.core.dataset import Dataset
from toprank.core.logistic import expit
from toprank.core.ratings import Ratings
from toprank.core.scale import RatingScale
from toprank.data.datasets.book_crossing import BOOK_CROSSING
from toprank.data.splits import random_split
from toprank.evaluation.bootstrap import UserBootstrap, interval
from toprank.metrics.scores import auc, log_loss, rmse
from toprank.models.base import Model
from toprank.models.baselines import Bias
from toprank.models.blend import Blend
from toprank.models.boosted import Boosted
from toprank.models.factorization import Factorization

SEED = 13
LEAST, TENTH = 5, 10
CLICKS = {"DeepFM": 0.7496, "DCNv2": 0.7472, "SIM": 0.7541, "ReLLa, 13 billion weights": 0.7575}
DESCRIBED = 17_714, [226267, 57863, 95636]
"""Users with a row set apart, and those of the first three rows after the second shuffle."""

GRAPHS = {"RippleNet": 0.721, "KGCN": 0.694, "KGAT": 0.731}
GRAPH_BOOKS = 14_967


def rows_in_file_order() -> tuple[list[int], list[str], list[float]]:
    """Read users, ISBNs and ratings as the file has them, zeros and all."""
    with (BOOK_CROSSING.fetch().folder / "BX-Book-Ratings.csv").open(encoding="latin-1", newline="") as file:
        rows = list(csv.reader(file, delimiter=";", escapechar="\\"))[1:]
    return [int(row[0]) for row in rows], [row[1] for row in rows], [float(row[2]) for row in rows]


def asked_rows(users: list[int], isbns: list[str], listed: set[str]) -> tuple[IntArray, IntArray]:
    """Give the rows that are kept, and those set apart, one of each user, shuffled."""
    kept = [row for row, isbn in enumerate(isbns) if isbn in listed]
    by_user: dict[int, list[int]] = {}
    for row in kept:
        by_user.setdefault(users[row], []).append(row)
    asked = []
    for rows in by_user.values():
        if len(rows) > LEAST:
            random.seed(42)
            random.shuffle(rows)
            asked.append(rows[-1])
    random.seed(42)
    random.shuffle(asked)
    return np.array(kept), np.array(asked)


def clicks(few: bool, deep: bool) -> None:
    """Fit on what may be learned from, read the test rows once, and print."""
    data = BOOK_CROSSING.load()
    assert data.items is not None
    index = data.ratings.items
    with_row = np.flatnonzero(data.items.row >= 0)
    listed = {str(index[int(item)]) for item in with_row if str(index[int(item)]).isalnum()}
    users, isbns, values = rows_in_file_order()
    kept, asked = asked_rows(users, isbns, listed)
    first = [users[row] for row in asked[:3].tolist()]
    print(
        f"{len(kept):,} rows of listed books, {len(asked):,} users with more than five of them, the first three {first}"
    )
    if (len(asked), first) != DESCRIBED:
        raise SystemExit(f"these are not the rows that were described: {DESCRIBED}")
    user = data.ratings.users.positions([users[row] for row in kept.tolist()])
    item = index.positions([isbns[row] for row in kept.tolist()])
    scale = RatingScale(0, 10, liked_from=LEAST, step=1)
    value = np.array(values)[kept].astype(np.float32)
    ratings = Ratings(user.astype(np.int32), item.astype(np.int32), value, data.ratings.users, index, scale)
    test_rows = asked[len(asked) * (TENTH - 1) // TENTH :]
    test = ratings.take(np.searchsorted(kept, test_rows))
    train = np.flatnonzero(~np.isin(kept, test_rows))
    learned = replace(data, ratings=ratings.take(train[:: len(train) // 20_000 if few else 1]), implicit=None)
    compare(learned, test, CLICKS, deep)


def graphs(few: bool, deep: bool) -> None:
    """Draw the books and the negatives, fit on three fifths, read the test rows once, and print."""
    data = BOOK_CROSSING.load()
    assert data.items is not None
    assert data.implicit is not None
    rng = np.random.default_rng(SEED)
    books = np.sort(rng.choice(np.flatnonzero(data.items.row >= 0), GRAPH_BOOKS, replace=False))
    user, item = (
        np.concatenate([getattr(data.ratings, column), getattr(data.implicit, column)]) for column in ("user", "item")
    )
    some = np.isin(item, books)
    key = np.unique(user[some].astype(np.int64) * GRAPH_BOOKS + np.searchsorted(books, item[some]))
    size = np.bincount(key // GRAPH_BOOKS)
    drawn = []
    for reader in np.flatnonzero(size):
        own = key[np.searchsorted(key, reader * GRAPH_BOOKS) :][: size[reader]]
        others = np.setdiff1d(reader * GRAPH_BOOKS + np.arange(GRAPH_BOOKS), own)
        drawn.append(rng.choice(others, min(len(own), len(others)), replace=False))
    both = np.concatenate([key, *drawn])
    value = (np.arange(len(both)) < len(key)).astype(np.float32)
    print(f"{len(key):,} rows of {GRAPH_BOOKS:,} books and {np.count_nonzero(size):,} users, and as many negatives")
    ratings = Ratings(
        (both // GRAPH_BOOKS).astype(np.int32), books[both % GRAPH_BOOKS].astype(np.int32), value, data.ratings.users,
        data.ratings.items, RatingScale(0, 1, liked_from=1, step=1),
    )  # fmt: skip
    order = rng.permutation(len(both))
    learned, test = (
        ratings.take(np.sort(rows)) for rows in (order[: len(order) * 3 // 5], order[len(order) * 4 // 5 :])
    )
    # As many negatives as positives for each user: what is drawn of them for learning tells what is left.
    surplus = np.bincount(learned.user, np.where(learned.liked, -1.0, 1.0), len(data.ratings.users))
    alone = auc(test.liked, surplus[test.user].astype(np.float64))
    print(f"a user's training negatives less positives, and nothing else: AUC {alone:.4f}")
    compare(
        replace(data, ratings=learned.take(np.arange(0, len(learned), 5 if few else 1)), implicit=None),
        test,
        GRAPHS,
        deep,
    )


def compare(learned: Dataset, test: Ratings, published: dict[str, float], deep: bool) -> None:
    """Fit ours, read the test rows once, and print."""
    print(
        f"{len(learned.ratings):,} rows to learn from, {len(test):,} to test, {test.liked.mean():.1%} of them positive"
    )
    draws = UserBootstrap(test.user, test.liked, rng=np.random.default_rng(SEED))
    for name, figure in published.items():
        print(f"{name:28} AUC {figure:.4f} (published)")

    def told(name: str, scores: FloatArray) -> None:
        low, high = interval(draws.auc(scores))
        print(f"{name:28} AUC {auc(test.liked, scores):.4f} ({low:.3f} to {high:.3f})", end="")
        if scores.min() > 0 and scores.max() < 1:
            print(f", log loss {log_loss(test.liked, scores):.4f}", end="")
        print(f", {time.process_time():.0f} s of the processors so far", flush=True)

    models: dict[str, Model] = {"toprank bias": Bias(), "toprank factorization": Factorization()}
    for name, model in models.items():
        told(name, model.fit(learned, rng=np.random.default_rng(SEED)).scores(test.user, test.item))
    if not deep:
        told("toprank, trees", Boosted().fit(learned, rng=np.random.default_rng(SEED)).scores(test.user, test.item))
        return
    blend = Blend().fit(learned, rng=np.random.default_rng(SEED))  # its trees are the same
    pairs = blend.evidence.pairs(test.user, test.item)
    matrix = blend.evidence.matrix(pairs)
    for name, label in (("boosted", "trees"), ("attention", "network")):
        if name in blend.learners:
            told(f"toprank, {label}", expit(blend.learners[name].decision_function(matrix, pairs)))
    told("toprank, both", blend.probabilities(pairs))


def errors(few: bool, deep: bool) -> None:
    """Print the error of expected ratings."""
    data: Dataset = BOOK_CROSSING.load()
    split = random_split(data.ratings, seed=SEED)
    train, test = data.with_ratings(split.train[:20_000] if few else split.train), data.ratings.take(split.test)
    print("a public contest, other rows    RMSE 2.10 (published)")
    for name, model in (("toprank bias", Bias()), ("toprank factorization", Factorization())):
        scores = model.fit(train, rng=np.random.default_rng(SEED)).scores(test.user, test.item)
        print(f"{name:30}  RMSE {rmse(test.value, np.nan_to_num(scores, nan=float(train.ratings.value.mean()))):.3f}")


WHAT = {"clicks": clicks, "graphs": graphs, "errors": errors}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--what", nargs="+", choices=tuple(WHAT), default=tuple(WHAT))
    parser.add_argument("--deep", action="store_true", help="with the network")
    parser.add_argument("--few", action="store_true", help="learn from some rows only, to see that all runs")
    arguments = parser.parse_args()
    for what in arguments.what:
        WHAT[what](arguments.few, arguments.deep)


if __name__ == "__main__":
    main()
