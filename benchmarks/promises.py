"""Whether promises are kept, what they cost, and whether intervals of P(liked) cover what they say.

The trees are fitted once to the training rows of each data set (seed 13). Its held-out rows are then split again and
again, by reader, into halves: calibration and cutoff are learned on one, and the other tells whether the bound was kept
and how much of the point estimate's recall was given up. Splitting by reader is the hard case: the other half holds
nobody of the first.

    python benchmarks/promises.py [--data book-crossing,movielens-100k,generated] [--liked relative] [--splits 20]
        [--scores FOLDER] [--what promises,intervals] [--by rows]

With ``--scores`` what was fitted is kept in the folder and not fitted again.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from sklearn.isotonic import IsotonicRegression

import toprank as tr
from toprank.core.arrays import BoolArray, FloatArray, IntArray
from toprank.core.dataset import Dataset
from toprank.core.decisions import Support
from toprank.core.rng import derive_rng
from toprank.data.datasets.generated import generate_ratings
from toprank.data.relative_liking import relative_ratings
from toprank.data.splits import random_split
from toprank.decisions.guarantees import promised_threshold
from toprank.decisions.intervals import fit_intervals
from toprank.decisions.objectives import BoundedObjective, ShareAtMost, parse_objective
from toprank.decisions.policy import cross_fitted_probability, fit_probability
from toprank.decisions.thresholds import learn_threshold
from toprank.models.boosted import Boosted

SEED = 13
OBJECTIVES = ("halve", *(f"precision>={bound}" for bound in (0.7, 0.75, 0.8, 0.85, 0.9, 0.95)), "share<=0.2")
FEWEST = 50
"""Rows of a group whose share liked is held against its interval."""

GRID = 40
"""Scores at which Venn-Abers intervals are computed; others take the nearest."""


@dataclass(frozen=True)
class HeldOut:
    """Rows that the model was not fitted on, what it says of them, and what happened."""

    user: IntArray
    liked: BoolArray
    scores: FloatArray
    known: Support

    def take(self, rows: IntArray) -> HeldOut:
        return HeldOut(self.user[rows], self.liked[rows], self.scores[rows], self.known.take(rows))


def load(name: str) -> Dataset:
    """Load a data set, or generate one."""
    if name == "generated":
        return generate_ratings(n_users=6000, n_items=3000, n_ratings=200_000, rng=np.random.default_rng(7))
    return tr.load(name)


def held_out(name: str, liked: str, folder: Path | None) -> HeldOut:
    """Fit the trees, and score the rows that they were not fitted on."""
    path = None if folder is None else folder / f"{name}-{liked}.npz"
    if path is not None and path.exists():
        kept = np.load(path)
        return HeldOut(kept["user"], kept["liked"], kept["scores"], Support(*kept["known"]))
    data = load(name)
    split = random_split(data.ratings, seed=SEED)
    if liked == "relative":
        data = replace(data, ratings=relative_ratings(data.ratings, split.train))
    model = Boosted().fit(data.with_ratings(split.train), rng=np.random.default_rng(SEED))
    rows = data.ratings.take(np.concatenate([split.validation, split.test]))
    known = model.evidence.support(model.evidence.pairs(rows.user, rows.item))
    found = HeldOut(rows.user, rows.liked, model.scores(rows.user, rows.item), known)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        counts = [known.reader, known.book, known.kind, known.reader_kind]
        np.savez(path, user=found.user, liked=found.liked, scores=found.scores, known=np.stack(counts))
    return found


def halves(rows: HeldOut, splits: int, by: str) -> Iterator[tuple[HeldOut, HeldOut]]:
    """Split rows into halves by reader, or row by row."""
    _, group = np.unique(rows.user if by == "readers" else np.arange(len(rows.user)), return_inverse=True)
    size = int(group.max()) + 1
    for number in range(splits):
        rng = derive_rng(np.random.default_rng(SEED), f"halves {number}")
        first = (rng.permutation(size) < size // 2)[group]
        yield rows.take(np.flatnonzero(first)), rows.take(np.flatnonzero(~first))


def promises(rows: HeldOut, splits: int, by: str, confidence: float) -> None:
    """Print for each objective how often its bound is kept, and what that costs."""
    found: dict[str, list[tuple[bool, bool, bool, float, float]]] = {name: [] for name in OBJECTIVES}
    for validation, test in halves(rows, splits, by):
        liked = validation.liked
        calibration, segments = fit_probability(validation.scores, liked, validation.user, validation.known)
        own, _, _ = segments(calibration(validation.scores), validation.known)
        others = cross_fitted_probability(validation.scores, liked, validation.user, validation.known, segments)
        asked, _, _ = segments(calibration(test.scores), test.known)
        for name in OBJECTIVES:
            objective = parse_objective(name)
            if not isinstance(objective, BoundedObjective):
                raise TypeError(f"{name} has no bound")
            point = learn_threshold(own, liked, objective).decide(asked)
            honest = own if isinstance(objective, ShareAtMost) else others
            threshold, promise = promised_threshold(honest, liked, validation.user, objective, confidence=confidence)
            yes = threshold.decide(asked)
            bound = promise.promised
            if name == "halve" and promise.kept:
                bound = objective.bound(float(test.liked.mean()))
            cost = 1 - float(np.sum(test.liked & yes)) / max(1, int(np.sum(test.liked & point)))
            point_bound = objective.bound(float(test.liked.mean()))
            found[name].append(
                (_kept(name, bound, yes, test.liked), promise.kept, _kept(name, point_bound, point, test.liked), cost,
                 float(yes.mean()))
            )  # fmt: skip
    print("| objective | kept | promised as asked | point estimate kept | recall given up | share recommended |")
    print("|---|---|---|---|---|---|")
    for name, outcomes in found.items():
        kept, asked_for, point_kept, cost, share = np.array(outcomes, dtype=float).T
        full = asked_for > 0
        given_up = f"{100 * cost[full].mean():.1f}%" if full.any() else "–"
        print(
            f"| `{name}` | {int(kept.sum())} of {len(kept)} | {int(asked_for.sum())} | {int(point_kept.sum())} | "
            f"{given_up} | {100 * share.mean():.1f}% |"
        )


def _kept(name: str, bound: float, yes: BoolArray, liked: BoolArray) -> bool:
    if name.startswith("share"):
        return bool(yes.mean() <= bound)
    return bool(np.isnan(bound) or not yes.any() or liked[yes].mean() >= bound)


def intervals(rows: HeldOut, splits: int, by: str) -> None:
    """Print how often the share liked of a group of test rows lies within the group's interval."""
    inside: dict[str, list[float]] = {"of pairs (served)": [], "of the line alone": [], "Venn-Abers": []}
    width: dict[str, list[float]] = {name: [] for name in inside}
    for validation, test in halves(rows, splits, by):
        calibration, segments = fit_probability(validation.scores, validation.liked, validation.user, validation.known)
        served = fit_intervals(
            *segments(calibration(validation.scores), validation.known), liked=validation.liked, user=validation.user
        )
        probability, *line = segments(calibration(test.scores), test.known)
        ends = {
            "of pairs (served)": served(probability, *line),
            "of the line alone": (line[0], line[1]),
            "Venn-Abers": venn_abers(validation.scores, validation.liked, test.scores),
        }
        for name, (lower, upper) in ends.items():
            for members in groups(probability, upper - lower):
                share = float(test.liked[members].mean())
                inside[name].append(lower[members].mean() <= share <= upper[members].mean())
                width[name].append(float((upper - lower)[members].mean()))
    print("| interval | groups | share liked within | mean width |")
    print("|---|---|---|---|")
    for name, covered in inside.items():
        print(f"| {name} | {len(covered)} | {np.mean(covered):.3f} | {np.mean(width[name]):.3f} |")


def groups(probability: FloatArray, width: FloatArray) -> Iterator[IntArray]:
    """Give groups of rows that are no further apart in P(liked) than their intervals are wide, of FEWEST or more."""
    order = np.argsort(probability, kind="stable")
    ranked, width = probability[order], width[order]
    begin = 0
    while begin < len(order):
        wide = ranked[begin] + float(np.median(width[begin : begin + FEWEST]))
        end = max(begin + 1, int(np.searchsorted(ranked, wide, side="right")))
        if end - begin >= FEWEST:
            yield order[begin:end]
        begin = end


def venn_abers(scores: FloatArray, liked: BoolArray, asked: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give both probabilities of Vovk and Petej's "Venn-Abers predictors" (UAI 2014), at the nearest of some scores."""
    grid = np.unique(np.nanquantile(asked, np.linspace(0, 1, GRID)))
    ends = np.empty((2, len(grid)))
    for outcome in (0, 1):
        for number, score in enumerate(grid):
            with_it = IsotonicRegression(out_of_bounds="clip").fit(np.append(scores, score), np.append(liked, outcome))
            ends[outcome, number] = with_it.predict([score])[0]
    nearest = np.abs(np.nan_to_num(asked)[:, None] - grid).argmin(axis=1)
    return ends[0, nearest], ends[1, nearest]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="book-crossing,movielens-100k,generated")
    parser.add_argument("--liked", choices=("absolute", "relative"), default="absolute")
    parser.add_argument("--splits", type=int, default=20)
    parser.add_argument("--by", choices=("readers", "rows"), default="readers")
    parser.add_argument("--confidence", type=float, default=0.95)
    parser.add_argument("--what", default="promises,intervals")
    parser.add_argument("--scores", type=Path)
    options = parser.parse_args()
    for name in options.data.split(","):
        rows = held_out(name, options.liked, options.scores)
        size = f"{len(rows.user):,} held-out rows, {options.splits} splits by {options.by}"
        print(f"\n{name}, liked: {options.liked}, {size}\n", flush=True)
        if "promises" in options.what:
            promises(rows, options.splits, options.by, options.confidence)
            print()
        if "intervals" in options.what:
            intervals(rows, options.splits, options.by)


if __name__ == "__main__":
    main()
