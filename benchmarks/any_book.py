"""Whether P(liked) holds for any book, not only for such as readers pick: on generated ratings, whose truth is known.

A recommender is fitted with and without ``about="any"``, and asked about uniformly random pairs that nobody rated. The
generator gives out the chance that each would be liked; the model never sees it. Beside that stand the test rows, which
readers picked. Calibration error is the mean gap between P(liked) and the true chance over twenty bins of equally many
pairs.

    python benchmarks/any_book.py [--seeds 7] [--users 6000] [--items 3000] [--ratings 200000] [--process taste=0.7,...]
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

import toprank as tr
from toprank.core.arrays import FloatArray
from toprank.data.datasets.generated import Process, generate_ratings, generate_truth
from toprank.metrics.scores import auc

PAIRS = 40_000
BINS = 20


def calibration_error(probability: FloatArray, truth: FloatArray) -> float:
    """Give the mean gap between stated and true chances over bins of equally many pairs."""
    parts = np.array_split(np.argsort(probability, kind="stable"), BINS)
    return float(sum(len(part) * abs(probability[part].mean() - truth[part].mean()) for part in parts) / len(truth))


def measure(seed: int, sizes: dict[str, int], process: Process) -> None:
    """Generate, fit both ways, and print a row for each."""
    data = generate_ratings(**sizes, rng=np.random.default_rng(seed), process=process)  # type: ignore[arg-type]
    ratings, n_items = data.ratings, sizes["n_items"]
    of = {name: sizes[name] for name in ("n_users", "n_items")}
    truth = generate_truth(**of, rng=np.random.default_rng(seed), process=process)  # type: ignore[arg-type]
    rng = np.random.default_rng(seed + 1)
    pair = np.unique(rng.integers(sizes["n_users"] * n_items, size=2 * PAIRS))
    pair = rng.permutation(pair[~np.isin(pair, ratings.user.astype(np.int64) * n_items + ratings.item)])[:PAIRS]
    user, item = np.divmod(pair, n_items)
    chance = truth.liked(user, item)
    happened = rng.random(len(chance)) < chance
    for about in ("chosen", "any"):
        model = tr.Recommender(deep=False, about=about).fit(data)
        answered = model.decide(user, item, reasons=False)
        p, yes, tested = answered.probability, answered.recommend, model.tested
        figures = model.measures.figures["toprank"]
        cells = [str(seed), about, f"{p.mean():.3f}", f"{chance.mean():.3f}", f"{calibration_error(p, chance):.3f}"]
        cells += [f"{auc(happened, p):.3f} ({auc(happened, chance):.3f})", f"{100 * yes.mean():.1f}%"]
        cells += [f"{chance[yes].mean():.3f}" if yes.any() else "–", f"{1 - (1 - chance.mean()) / 2:.3f}"]
        cells += [f"{tested.probability.mean():.3f}, {tested.liked.mean():.3f}"]
        cells += [f"{figures[name]:.3f}" for name in ("ece", "auc")]
        cells += ["" if model.exposure is None else f"{model.exposure.taste:.3f}"]
        print(f"| {' | '.join(cells)} |", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", default="7")
    parser.add_argument("--users", type=int, default=6000)
    parser.add_argument("--items", type=int, default=3000)
    parser.add_argument("--ratings", type=int, default=200_000)
    parser.add_argument("--process", default="", help="fields of the generator's process, such as taste=0.7,noise=0.6")
    options = parser.parse_args()
    sizes = {"n_users": options.users, "n_items": options.items, "n_ratings": options.ratings}
    whole = ("factors", "groups")
    fields = dict(one.split("=") for one in options.process.split(",") if one)
    values: dict[str, Any] = {name: int(value) if name in whole else float(value) for name, value in fields.items()}
    process = Process(**values)
    headings = ["seed", "about", "mean P", "true", "calibration error", "AUC (of the truth)", "recommended"]
    headings += ["truly liked of these", "bound of halve", "test rows: mean P, liked", "their calibration error"]
    headings += ["their AUC", "taste"]
    print(f"| {' | '.join(headings)} |\n|{'---|' * len(headings)}")
    for seed in options.seeds.split(","):
        measure(int(seed), sizes, process)


if __name__ == "__main__":
    main()
