"""Peers side by side: whose scores decide best, from the ratings alone, and how long they take.

Every model gets the training rows of the same split (at random, seed 13, or with --split time by time) as users, items
and ratings: no attributes, no implicit rows. Each of its scores is treated alike: a cutoff for F1 learned on the
validation rows, then AUC and F1 on the test rows, and how far toprank's boosted evidence is ahead of it, with 95 %
intervals of a bootstrap over users (paired: the same draws for all). A pair that a model cannot score gets the training
mean. Seconds are those of fit, and of scoring the validation and test rows, with two threads; no compilation, no
imports.

Book-Crossing (1 to 10, liked from 8), MovieLens 100K (1 to 5, liked from 4), and generated ratings (the same).

The settings of every peer are those with the best validation AUC of its grid below, found with --tune, once for
each dataset. toprank's own are at their defaults everywhere. LensKit needs pandas before
3, so it gets an environment of its own, in the cache folder, made when first needed; it brings PyTorch (--without
lenskit leaves it out). Left out are models for implicit feedback, which predict no rating, and, on Book-Crossing,
Surprise's neighbourhoods, which keep every similarity: 37 GB for its readers.

    pip install scikit-surprise cornac myfm cmfrec catboost   # PEERS_PYTHON names a Python that has them
    python benchmarks/peers.py
    python benchmarks/peers.py --data movielens-100k --split time
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from toprank.core.arrays import BoolArray, FloatArray
from toprank.core.dataset import Dataset
from toprank.core.ratings import Ratings
from toprank.core.threads import thread_count
from toprank.data.datasets.generated import generate_ratings
from toprank.data.datasets.load import load
from toprank.data.datasets.wheel import data_folder
from toprank.data.splits import Split, random_split, time_split
from toprank.decisions.objectives import FBeta
from toprank.decisions.thresholds import learn_threshold
from toprank.evaluation.bootstrap import UserBootstrap, interval
from toprank.metrics.decision import decision_metrics
from toprank.metrics.scores import auc
from toprank.models.base import Model
from toprank.models.baselines import Bias
from toprank.models.boosted import Boosted
from toprank.models.factorization import Factorization
from toprank.models.jaccard import Jaccard
from toprank.targets import Adjusted

SEED = 13
DATA = ("book-crossing", "movielens-100k", "generated")
LENSKIT = ("lenskit==2025.8.1", "torch==2.13.0")
Options = dict[str, Any]


def grid(**choices: Iterable[Any]) -> list[Options]:
    """Give every combination."""
    return [dict(zip(choices, values, strict=True)) for values in product(*choices.values())]


def als(reg_u: float, reg_i: float) -> Options:
    """Spell Surprise's options of a baseline."""
    return {"method": "als", "n_epochs": 10, "reg_u": reg_u, "reg_i": reg_i}


DAMPING = {"user": 3.0, "item": 8.0}
GRIDS: dict[str, tuple[str, str, list[Options]]] = {
    "Surprise baseline": (
        "surprise",
        "BaselineOnly",
        grid(bsl_options=[als(u, i) for u in (2, 3, 5) for i in (3, 6, 10)], verbose=[False]),
    ),
    "Surprise SVD": ("surprise", "SVD", grid(n_factors=[20, 100], n_epochs=[20, 50, 100], reg_all=[0.02, 0.06, 0.2])),
    "Surprise KNN": (
        "surprise",
        "KNNBaseline",
        grid(
            k=[20, 40, 80],
            sim_options=[{"name": "pearson_baseline", "user_based": side} for side in (False, True)],
            verbose=[False],
        ),
    ),
    "LensKit bias": ("lenskit", "basic.BiasScorer", grid(damping=[1.0, 3.0, 5.0, 10.0, DAMPING])),
    "LensKit biased MF": (
        "lenskit",
        "als.BiasedMFScorer",
        grid(embedding_size=[8, 32], regularization=[0.03, 0.1, 0.3, 1.0, 3.0], damping=[DAMPING]),
    ),
    "LensKit item KNN": ("lenskit", "knn.ItemKNNScorer", grid(max_nbrs=[20, 50], min_sim=[1e-6, 0.1])),
    "LensKit user KNN": ("lenskit", "knn.UserKNNScorer", grid(max_nbrs=[20, 50, 100])),
    "Cornac MF": ("cornac", "MF", grid(k=[8, 32, 64], max_iter=[20, 60, 120], lambda_reg=[0.02, 0.1, 0.3])),
    "Cornac PMF": ("cornac", "PMF", grid(k=[5, 10, 20], lambda_reg=[0.0001, 0.001, 0.01, 0.1])),
    "cmfrec ALS": (
        "cmfrec",
        "CMF",
        grid(k=[8, 32], lambda_=[5.0, 10.0, 20.0, 40.0]) + grid(k=[8, 32], lambda_=[0.1, 0.3, 1.0], scale_lam=[True]),
    ),
    "myFM regression": ("myfm", "MyFMRegressor", grid(rank=[4, 8, 16, 32], n_iter=[200])),
    "myFM ordinal": ("myfm", "MyFMOrderedProbit", grid(rank=[4, 8, 16, 32], n_iter=[200])),
    "CatBoost": (
        "catboost",
        "CatBoostClassifier",
        grid(iterations=[300, 1000], depth=[4, 6], learning_rate=[0.03, 0.1], model_size_reg=[0.0]),
    ),
    "DCN-v2": (
        "keras",
        "DCNv2",
        grid(size=[8, 16], crosses=[2], dropout=[0.3], l2=[1e-6, 1e-5, 1e-4], rate=[0.001], epochs=[5, 10, 20]),
    ),
}
"""Library, model and grid of each peer."""

LARGE: dict[str, list[Options]] = {
    "Surprise SVD": grid(n_factors=[20], n_epochs=[20, 50], reg_all=[0.06, 0.2, 0.4]),
    "LensKit bias": grid(damping=[3.0, 5.0, 10.0, DAMPING]),
    "LensKit biased MF": grid(embedding_size=[8], regularization=[0.3, 1.0, 3.0], damping=[DAMPING]),
    "LensKit item KNN": grid(max_nbrs=[20, 50]),
    "LensKit user KNN": grid(max_nbrs=[20, 50]),
    "Cornac MF": grid(k=[8, 32], max_iter=[20, 60], lambda_reg=[0.02, 0.1, 0.3]),
    "Cornac PMF": grid(k=[5], lambda_reg=[0.001, 0.01, 0.1]),
    "cmfrec ALS": grid(k=[8], lambda_=[10.0, 20.0, 40.0, 80.0])
    + grid(k=[8], lambda_=[0.3, 1.0, 3.0], scale_lam=[True]),
    "myFM regression": grid(rank=[4, 8], n_iter=[200]),
    "myFM ordinal": grid(rank=[4, 8], n_iter=[200]),
}
"""Other grids for Book-Crossing, where every fit takes longer and wants a heavier penalty."""

CHOSEN: dict[str, dict[str, Options]] = {
    "book-crossing": {
        "Surprise baseline": {
            "bsl_options": {"method": "als", "n_epochs": 10, "reg_u": 3, "reg_i": 6},
            "verbose": False,
        },
        "Surprise SVD": {"n_factors": 20, "n_epochs": 20, "reg_all": 0.4},
        "LensKit bias": {"damping": DAMPING},
        "LensKit biased MF": {"embedding_size": 8, "regularization": 3.0, "damping": DAMPING},
        "LensKit item KNN": {"max_nbrs": 50},
        "LensKit user KNN": {"max_nbrs": 20},
        "Cornac MF": {"k": 8, "max_iter": 20, "lambda_reg": 0.02},
        "Cornac PMF": {"k": 5, "lambda_reg": 0.01},
        "cmfrec ALS": {"k": 8, "lambda_": 20.0},
        "myFM regression": {"rank": 8, "n_iter": 200},
        "myFM ordinal": {"rank": 4, "n_iter": 200},
    },
    "movielens-100k": {
        "Surprise baseline": {
            "bsl_options": {"method": "als", "n_epochs": 10, "reg_u": 5, "reg_i": 3},
            "verbose": False,
        },
        "Surprise SVD": {"n_factors": 100, "n_epochs": 50, "reg_all": 0.06},
        "Surprise KNN": {"k": 40, "sim_options": {"name": "pearson_baseline", "user_based": False}, "verbose": False},
        "LensKit bias": {"damping": 3.0},
        "LensKit biased MF": {"embedding_size": 32, "regularization": 0.1, "damping": DAMPING},
        "LensKit item KNN": {"max_nbrs": 20, "min_sim": 1e-06},
        "LensKit user KNN": {"max_nbrs": 50},
        "Cornac MF": {"k": 64, "max_iter": 60, "lambda_reg": 0.1},
        "Cornac PMF": {"k": 5, "lambda_reg": 0.001},
        "cmfrec ALS": {"k": 8, "lambda_": 10.0},
        "myFM regression": {"rank": 8, "n_iter": 200},
        "myFM ordinal": {"rank": 4, "n_iter": 200},
        "CatBoost": {"iterations": 300, "depth": 4, "learning_rate": 0.1, "model_size_reg": 0.0},
        "DCN-v2": {"size": 8, "crosses": 2, "dropout": 0.3, "l2": 0.0001, "rate": 0.001, "epochs": 10},
    },
    "generated": {
        "Surprise SVD": {"n_factors": 20, "n_epochs": 100, "reg_all": 0.06},
        "Cornac MF": {"k": 32, "max_iter": 60, "lambda_reg": 0.1},
        "myFM regression": {"rank": 4, "n_iter": 200},
        "myFM ordinal": {"rank": 8, "n_iter": 200},
    },
}
"""What --tune found best, for each dataset; for generated ratings those that find structure, on a part of the grids; of
the grids of CatBoost and DCN-v2 a part too."""


CHOSEN_BY_TIME: dict[str, Options] = {
    "Surprise SVD": {"n_factors": 20, "n_epochs": 50, "reg_all": 0.06},
    "Cornac MF": {"k": 8, "max_iter": 60, "lambda_reg": 0.1},
}
"""What was best on the validation rows of MovieLens 100K by time, where it is not as above. Of the
grids a few settings were tried: of ten rows eight are of new readers, of whom hardly any setting says other things."""

WITHOUT_TIMES = "toprank boosted, no times"
"""Folds at random and no evidence that knows time: what the time is worth."""


@dataclass(frozen=True, eq=False)
class Answer:
    """Scores of the rows asked about, the seconds that fit and scoring took, and the most memory there was, in GB."""

    scores: FloatArray
    fit: float
    score: float
    memory: float = float("nan")


def ours(name: str) -> dict[str, Model]:
    """Give toprank's models."""
    return {
        "toprank bias": Bias(),
        "toprank jaccard-adjusted": Jaccard(Adjusted()),
        "toprank factorization": Factorization(),
        "toprank boosted": Boosted(),
    }


def ask_ours(model: Model, train: Dataset, validation: Ratings, asked: Ratings) -> Answer:
    """Fit one of toprank's models, and score."""
    started = time.perf_counter()
    fitted = model.fit(train, rng=np.random.default_rng(SEED), validation=validation)
    done = time.perf_counter()
    scores = fitted.scores(asked.user, asked.item)
    return Answer(scores, done - started, time.perf_counter() - done)


def ask_peer(name: str, options: Options, train: Ratings, asked: Ratings) -> Answer:
    """Fit a peer in a process of its own, and score."""
    library, model, _ = GRIDS[name]
    return run_peer(library, model, options, train, asked)


def run_peer(library: str, model: str, options: Options, train: Ratings, asked: Ratings) -> Answer:
    """Fit a model of another library in a process of its own, and score."""
    python = lenskit_python() if library == "lenskit" else os.environ.get("PEERS_PYTHON", sys.executable)
    scale = train.scale
    with tempfile.TemporaryDirectory() as folder:
        given, answers = Path(folder, "given.npz"), Path(folder, "answers.npz")
        np.savez(
            given,
            user=train.user,
            item=train.item,
            value=train.value,
            scale=np.array([scale.low, scale.high]),
            step=np.array(scale.step),
            liked_from=np.array(scale.liked_from),
            asked_user=asked.user,
            asked_item=asked.item,
        )
        script = Path(__file__).with_name("peer_models.py")
        command = [python, str(script), library, model, json.dumps(options), str(given), str(answers)]
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "LK_NUM_THREADS"), str(thread_count()))
        ran = subprocess.run(command, capture_output=True, text=True, env=os.environ | threads, check=False)
        if ran.returncode:
            raise SystemExit(f"{library} {model} {options} failed:\n{ran.stderr[-2000:]}")
        with np.load(answers) as archive:
            fit, score = archive["seconds"].tolist()
            return Answer(archive["scores"], fit, score, float(archive["memory"]))


def lenskit_python() -> str:
    """Give the Python of LensKit's own environment, which is made where it is missing."""
    folder = data_folder("bench-lenskit")
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    done = folder / ".installed"
    if not done.exists():
        print(f"installing {', '.join(LENSKIT)} into {folder}", file=sys.stderr, flush=True)
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *LENSKIT], check=True, stdout=sys.stderr)
        done.touch()
    return str(python)


def tune(name: str, ratings: Ratings, split: Split, peers: list[str]) -> None:
    """Print the validation AUC of every setting; no test row is read."""
    train, asked = ratings.take(split.train), ratings.take(split.validation)
    for peer in peers:
        found: list[tuple[float, Options]] = []
        for options in LARGE.get(peer, GRIDS[peer][2]) if name == "book-crossing" else GRIDS[peer][2]:
            scores = answered(ask_peer(peer, options, train, asked).scores, train)
            found.append((auc(asked.liked, scores), options))
            print(f"{name:16} {peer:20} {found[-1][0]:.5f} {json.dumps(options)}", flush=True)
        best = max(found, key=lambda pair: pair[0])
        print(f"{name:16} {peer:20} best: {best[0]:.5f} {json.dumps(best[1])}", flush=True)


def answered(scores: FloatArray, train: Ratings) -> FloatArray:
    """Answer what cannot be scored with the training mean, as everywhere in toprank."""
    return np.where(np.isnan(scores), np.mean(train.value, dtype=np.float64), scores)


def measure(name: str, ratings: Ratings, split: Split, peers: list[str]) -> None:
    """Fit every model once, read the test rows once, and print the table."""
    train, validation, test = (ratings.take(part) for part in (split.train, split.validation, split.test))
    asked = ratings.take(np.concatenate([split.validation, split.test]))
    few = train.take(np.arange(2000))
    for model in ours(name).values():
        ask_ours(model, Dataset(few), few, few)  # compiles
    given = Dataset(train, asked_later=split.kind == "time")
    answers = {label: ask_ours(model, given, validation, asked) for label, model in ours(name).items()}
    if split.kind == "time":
        plain = Dataset(replace(train, time=None))
        answers[WITHOUT_TIMES] = ask_ours(Boosted(), plain, validation, asked)
    chosen = CHOSEN[name] | (CHOSEN_BY_TIME if split.kind == "time" else {})
    answers |= {peer: ask_peer(peer, chosen[peer], train, asked) for peer in peers if peer in chosen}

    draws = UserBootstrap(test.user, test.liked, rng=np.random.default_rng(SEED))
    values: dict[str, dict[str, float]] = {}
    drawn: dict[str, dict[str, FloatArray]] = {}
    for label, answer in answers.items():
        scores = answered(answer.scores, train)
        for_validation, for_test = scores[: len(validation)], scores[len(validation) :]
        yes = learn_threshold(for_validation, validation.liked, FBeta(1)).decide(for_test)
        values[label] = {"auc": auc(test.liked, for_test), "f1": decision_metrics(test.liked, yes)["f1"]}
        drawn[label] = {"auc": draws.auc(for_test), "f1": draws.decisions(yes)["f1"]}

    print(f"\n{name}: {len(train):,} training rows, {len(test):,} test rows, {test.liked.mean():.1%} of them liked")
    print(f"{'':26}{'AUC':23}{'F1':23}{'boosted ahead, AUC':26}{'boosted ahead, F1':26}{'fit':>8} {'score':>7}")
    best = "toprank boosted"
    for label, answer in answers.items():
        line = f"{label:26}"
        for figure in ("auc", "f1"):
            low, high = interval(drawn[label][figure])
            line += f"{f'{values[label][figure]:.4f} ({low:.3f} to {high:.3f})':23}"
        for figure in ("auc", "f1"):
            low, high = interval(drawn[best][figure] - drawn[label][figure])
            ahead = f"{values[best][figure] - values[label][figure]:+.4f} ({low:+.4f} to {high:+.4f})"
            line += f"{'' if label == best else ahead:26}"
        print(f"{line}{answer.fit:7.1f}s {answer.score:6.1f}s", flush=True)
    if WITHOUT_TIMES in answers:
        with_times, without = (
            log_losses(answers[label].scores[len(validation) :], test.liked) for label in (best, WITHOUT_TIMES)
        )
        low, high = interval(draws.mean(without - with_times))
        print(
            f"log loss of boosted {with_times.mean():.4f}, without times {without.mean():.4f}: less by "
            f"{(without - with_times).mean():.4f} ({low:+.4f} to {high:+.4f})"
        )


def log_losses(probability: FloatArray, liked: BoolArray) -> FloatArray:
    """Give the log loss of each row."""
    return -np.log(np.where(liked, probability, 1 - probability))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", nargs="+", choices=DATA, default=DATA)
    parser.add_argument("--without", nargs="+", choices=sorted({spec[0] for spec in GRIDS.values()}), default=[])
    parser.add_argument("--split", choices=("random", "time"), default="random")
    parser.add_argument("--tune", action="store_true", help="print the validation AUC of every setting instead")
    arguments = parser.parse_args()
    for name in arguments.data:
        ratings = the_ratings(name)
        split = random_split(ratings, seed=SEED) if arguments.split == "random" else time_split(ratings)
        peers = [peer for peer, spec in GRIDS.items() if spec[0] not in arguments.without]
        if name == "book-crossing":
            peers.remove("Surprise KNN")
        (tune if arguments.tune else measure)(name, ratings, split, peers)


def the_ratings(name: str) -> Ratings:
    """Load ratings, or generate them."""
    if name != "generated":
        return load(name).ratings
    rng = np.random.default_rng(SEED)
    return generate_ratings(n_users=4_000, n_items=3_000, n_ratings=120_000, rng=rng).ratings


if __name__ == "__main__":
    main()
