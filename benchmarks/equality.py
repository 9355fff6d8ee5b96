"""Scores and lists to the last bit: what must stay as it is when the code is built anew.

Save them with one version of the code, then with another, and compare. The house was rebuilt on commit 716fdf9:

    git worktree add before 716fdf9
    PYTHONPATH=before/src python benchmarks/equality.py save before.npz
    PYTHONPATH=src python benchmarks/equality.py save after.npz
    python benchmarks/equality.py compare before.npz after.npz

``--models`` names some models, ``--lists`` adds the lists of 300 readers and 2,000 decisions of a recommender without
the network, fitted for F1 and without the held-out ratings added.
"""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path
from typing import Any

import numpy as np

SEED = 13
MODELS = ("jaccard-original", "jaccard-adjusted", "bias", "factorization", "boosted", "attention", "blend")
ONCE = {"attention": "profile", "toprank.data.datasets.generated": "toprank.data.synthetic"}
"""What had another name on that commit."""


def imported(module: str) -> Any:
    """Import a module, under its old name where there is no other."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError:
        return importlib.import_module(ONCE[module])


def save(file: Path, datasets: list[str], names: list[str], *, lists: bool) -> None:
    """Fit the models on the training rows of the notebook's split, and keep their scores of the others."""
    tr, splits = importlib.import_module("toprank"), importlib.import_module("toprank.data.splits")
    models = importlib.import_module("toprank.models.registry").MODELS
    found: dict[str, Any] = {}
    for dataset in datasets:
        if dataset == "generated":
            generate, rng = imported("toprank.data.datasets.generated").generate_ratings, np.random.default_rng(SEED)
            data = generate(n_users=2000, n_items=1500, n_ratings=60000, rng=rng)
        else:
            data = tr.load(dataset)
        split = splits.random_split(data.ratings, seed=SEED)
        for name in names:
            model = models[name if name in models else ONCE[name]].model
            fitted = model.fit(data.with_ratings(split.train), rng=np.random.default_rng(SEED))
            for part in ("validation", "test"):
                rows = data.ratings.take(getattr(split, part))
                found[f"{dataset} {name} {part}"] = fitted.scores(rows.user, rows.item)
            np.savez(file, **found)
            print(f"{dataset}: {name}", flush=True)
        if lists:
            model = tr.Recommender(objective="f1", deep=False, seed=SEED, add_held_out=False).fit(data)
            users = np.unique(data.ratings.user)
            asked = users[:: max(1, len(users) // 300)][:300]
            top = model.recommend(data.ratings.users.ids[asked].tolist(), n=10).to_arrow()
            for column in ("user", "rank", "item", "probability", "relevance"):
                found[f"{dataset} lists {column}"] = np.array(top.column(column).to_pylist())
            test = data.ratings.take(split.test[:2000])
            pairs = data.ratings.users.ids[test.user].tolist(), data.ratings.items.ids[test.item].tolist()
            decided = model.decide(*pairs, reasons=False)
            found[f"{dataset} decisions"] = decided.probability
            np.savez(file, **found)
            print(f"{dataset}: lists", flush=True)


def compare(before: Path, after: Path) -> bool:
    """Say of each array whether it is the same, bit for bit."""
    one, other = np.load(before), np.load(after)
    same = []
    for name in sorted(set(one.files) & set(other.files)):
        mine, theirs = one[name], other[name]
        equal = mine.shape == theirs.shape and np.array_equal(mine, theirs, equal_nan=mine.dtype.kind == "f")
        apart = ""
        if not equal and mine.shape == theirs.shape and mine.dtype.kind == "f":
            apart = f", at most {np.nanmax(np.abs(mine - theirs)):.3g} apart"
        print(f"{name}: {'equal' if equal else 'different' + apart}")
        same.append(equal)
    return all(same)


def main() -> None:
    """Save, or compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("save", "compare"))
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--data", default="book-crossing,generated")
    parser.add_argument("--models", default=",".join(MODELS))
    parser.add_argument("--lists", action="store_true")
    arguments = parser.parse_args()
    if arguments.what == "compare":
        raise SystemExit(not compare(*arguments.files))
    names = [name for name in arguments.models.split(",") if name]
    save(arguments.files[0], arguments.data.split(","), names, lists=arguments.lists)


if __name__ == "__main__":
    main()
