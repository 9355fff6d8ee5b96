"""Figures that others published on Book-Crossing, each on its own protocol, beside ours on the same rows.

Two protocols (--what):

clicks: as papers on language models for clicks prepare the data. Every row of listed books whose ISBN is of letters and
    digits only counts, and is positive where the rating is 5 or more; zeros are negatives. Of each user with more than
    five such rows one is set apart: the last after random.seed(42) and random.shuffle of the rows of the user, as in
    the file. These 17,714 are shuffled the same way once more, and the last tenth, 1,772 rows, is the test. Everything
    else may be learned from, and ours is. Published AUC: DeepFM .7496, DCNv2 .7472, SIM .7541, ReLLa .7575 (Lin and
    others, "ReLLa", WWW 2024). The number of users and the first three of the shuffled rows are those that were
    described; their list of test rows is not public, so that every row is the same is not shown.

errors: RMSE of ratings, on a random tenth of all ratings. A public contest on a subset of the data reached 2.10; its
    rows are not known, so the two are not of the same rows, and stand beside each other for orientation only.

    python benchmarks/published.py [--what clicks errors] [--few]
"""

from __future__ import annotations

import argparse
import csv
import random
import time
from dataclasses import replace

import numpy as np

from toprank.core.arrays import IntArray
from toprank.core.dataset import Dataset
from toprank.core.ratings import Ratings
from toprank.core.scale import RatingScale
from toprank.data.datasets.book_crossing import BOOK_CROSSING
from toprank.data.splits import random_split
from toprank.evaluation.bootstrap import UserBootstrap, interval
from toprank.metrics.scores import auc, log_loss, rmse
from toprank.models.base import Model
from toprank.models.baselines import Bias
from toprank.models.boosted import Boosted
from toprank.models.factorization import Factorization

SEED = 13
LEAST, TENTH = 5, 10
PUBLISHED = {"DeepFM": 0.7496, "DCNv2": 0.7472, "SIM": 0.7541, "ReLLa, 13 billion weights": 0.7575}


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


def clicks(few: bool) -> None:
    """Fit on what may be learned from, read the test rows once, and print."""
    data = BOOK_CROSSING.load()
    assert data.items is not None
    index = data.ratings.items
    with_row = np.flatnonzero(data.items.row >= 0)
    listed = {str(index[int(item)]) for item in with_row if str(index[int(item)]).isalnum()}
    users, isbns, values = rows_in_file_order()
    kept, asked = asked_rows(users, isbns, listed)
    print(f"{len(kept):,} rows of listed books, {len(asked):,} users with more than five of them")
    print(f"the first three: {[users[row] for row in asked[:3].tolist()]}")
    user = data.ratings.users.positions([users[row] for row in kept.tolist()])
    item = index.positions([isbns[row] for row in kept.tolist()])
    scale = RatingScale(0, 10, liked_from=LEAST, step=1)
    value = np.array(values)[kept].astype(np.float32)
    ratings = Ratings(user.astype(np.int32), item.astype(np.int32), value, data.ratings.users, index, scale)
    test_rows = asked[len(asked) * (TENTH - 1) // TENTH :]
    test = ratings.take(np.searchsorted(kept, test_rows))
    train = np.flatnonzero(~np.isin(kept, test_rows))
    if few:
        train = train[:: len(train) // 20_000]
    learned = replace(data, ratings=ratings.take(train), implicit=None)
    print(f"{len(train):,} rows to learn from, {len(test):,} test rows, {test.liked.mean():.1%} of them positive\n")
    draws = UserBootstrap(test.user, test.liked, rng=np.random.default_rng(SEED))
    for name, published in PUBLISHED.items():
        print(f"{name:28} AUC {published:.4f} (published)")
    models: dict[str, Model] = {"toprank bias": Bias(), "toprank factorization": Factorization()}
    for name, model in (models | {"toprank boosted": Boosted()}).items():
        started = time.perf_counter()
        scores = model.fit(learned, rng=np.random.default_rng(SEED)).scores(test.user, test.item)
        low, high = interval(draws.auc(scores))
        line = f"{name:28} AUC {auc(test.liked, scores):.4f} ({low:.3f} to {high:.3f})"
        if isinstance(model, Boosted):
            line += f", log loss {log_loss(test.liked, scores):.4f}"
        print(f"{line}, {time.perf_counter() - started:.0f} s", flush=True)


def errors(few: bool) -> None:
    """Print the error of expected ratings."""
    data: Dataset = BOOK_CROSSING.load()
    split = random_split(data.ratings, seed=SEED)
    train, test = data.with_ratings(split.train[:20_000] if few else split.train), data.ratings.take(split.test)
    print("a public contest, other rows    RMSE 2.10 (published)")
    for name, model in (("toprank bias", Bias()), ("toprank factorization", Factorization())):
        scores = model.fit(train, rng=np.random.default_rng(SEED)).scores(test.user, test.item)
        print(f"{name:30}  RMSE {rmse(test.value, np.nan_to_num(scores, nan=float(train.ratings.value.mean()))):.3f}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--what", nargs="+", choices=("clicks", "errors"), default=("clicks", "errors"))
    parser.add_argument("--few", action="store_true", help="learn from some rows only, to see that all runs")
    arguments = parser.parse_args()
    for what in arguments.what:
        {"clicks": clicks, "errors": errors}[what](arguments.few)


if __name__ == "__main__":
    main()
