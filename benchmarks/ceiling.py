"""How far the evidence carries: the boosted judge on ever more of Book-Crossing's training ratings, and where it errs.

Nested random parts of the notebook's training rows (seed 13) are learned from, everything else (implicit rows,
attributes) stays; AUC, F1 at the best cutoff and log loss are those of the validation rows. No test row is read. A
power law, AUC = a - b n^-c, is put through the AUCs; what it says of more ratings than there are is a guess. Below, the
validation AUC by how much is known of the pair, learned from all training rows.

    python benchmarks/ceiling.py
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import curve_fit

from toprank.core.arrays import BoolArray, FloatArray, IntArray
from toprank.core.rng import derive_rng
from toprank.data.datasets.book_crossing import BOOK_CROSSING
from toprank.data.splits import random_split
from toprank.decisions.calibration import fit_calibration
from toprank.decisions.objectives import FBeta
from toprank.decisions.thresholds import learn_threshold
from toprank.evaluation.bootstrap import UserBootstrap, interval
from toprank.metrics.scores import auc
from toprank.models.boosted import Boosted, FittedBoosted

SEED = 13
PARTS = (0.125, 0.25, 0.5, 0.75, 1.0)
BANDS = ((0, 1), (1, 3), (3, 10), (10, 10**9))
WORDS = ("none", "1 to 2", "3 to 9", "10 or more")


def power_law(n: FloatArray, a: float, b: float, c: float) -> FloatArray:
    """Give the AUC with n thousand ratings."""
    return np.asarray(a - b * n**-c)


def log_loss(probability: FloatArray, liked: BoolArray) -> float:
    """Give the mean log loss."""
    return float(-np.mean(np.log(np.where(liked, probability, 1 - probability))))


def main() -> None:
    """Measure and print."""
    data = BOOK_CROSSING.load()
    split = random_split(data.ratings, seed=SEED)
    validation = data.ratings.take(split.validation)
    liked, rng = validation.liked, np.random.default_rng(SEED)
    draws = UserBootstrap(validation.user, liked, rng=derive_rng(rng, "bootstrap"))
    order = derive_rng(rng, "order").permutation(split.train)
    sizes, found = [], []
    fitted: FittedBoosted | None = None
    scores: FloatArray = np.empty(0)
    print(f"{'training ratings':>16} {'AUC':24}{'F1':8}{'log loss':8}")
    for part in PARTS:
        rows = np.sort(order[: round(part * len(order))])
        fitted = Boosted().fit(data.with_ratings(rows), rng=derive_rng(rng, "boosted"))
        scores = fitted.scores(validation.user, validation.item)
        low, high = interval(draws.auc(scores))
        sizes.append(len(rows) / 1000)
        found.append(auc(liked, scores))
        f1 = learn_threshold(scores, liked, FBeta(1)).achieved
        loss = log_loss(fit_calibration(scores, liked)(scores), liked)
        print(f"{len(rows):16,} {f'{found[-1]:.4f} ({low:.3f} to {high:.3f})':24}{f1:.4f}  {loss:.4f}", flush=True)
    (a, b, c), _ = curve_fit(power_law, np.array(sizes), np.array(found), p0=(0.85, 0.3, 0.3), maxfev=20_000)
    twice = float(power_law(np.array(2 * sizes[-1]), a, b, c))
    print(f"\nAUC = {a:.3f} - {b:.3f} n^-{c:.3f}, n in thousands of ratings; with twice as many: {twice:.4f}")
    if a > 0.79:
        print(f"0.790 would take {(b / (a - 0.79)) ** (1 / c) / 1000:.1f} million ratings of these readers and books")
    assert fitted is not None
    by_known(fitted, scores, validation.user, validation.item, liked)


def by_known(fitted: FittedBoosted, scores: FloatArray, users: IntArray, items: IntArray, liked: BoolArray) -> None:
    """Print the AUC and the share of rows by how many ratings the reader and the book have."""
    known = fitted.evidence.support(fitted.evidence.pairs(users, items))
    print(f"\n{'AUC (share of rows)':22}" + "".join(f"{f'book: {words}':20}" for words in WORDS))
    for (low, high), words in zip(BANDS, WORDS, strict=True):
        line = f"{f'reader: {words}':22}"
        for book_low, book_high in BANDS:
            rows = (known.reader >= low) & (known.reader < high) & (known.book >= book_low) & (known.book < book_high)
            line += f"{f'{auc(liked[rows], scores[rows]):.3f} ({rows.mean():.1%})':20}"
        print(line)


if __name__ == "__main__":
    main()
