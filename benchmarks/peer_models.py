"""Other libraries behind one door: fit one of their models on some ratings and score some pairs.

It runs in a process of its own for benchmarks/peers.py, if need be in another environment; so it needs numpy, pandas
and the library alone.

    python benchmarks/peer_models.py LIBRARY MODEL OPTIONS RATINGS.npz ANSWERS.npz
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
import warnings
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Scorer = Callable[[Array, Array], Array]
"""From users and items, int[n] each, to scores, float64[n]; NaN where a pair cannot be scored."""


def surprise(model: str, options: dict[str, Any], data: Mapping[str, Array]) -> Scorer:
    """Fit a model of scikit-surprise."""
    library: Any = import_module("surprise")
    reader = library.Reader(rating_scale=tuple(data["scale"].tolist()))
    trainset = library.Dataset.load_from_df(_frame(data), reader).build_full_trainset()
    fitted = getattr(library, model)(**options).fit(trainset)

    def scores(users: Array, items: Array) -> Array:
        pairs = zip(users.tolist(), items.tolist(), strict=True)
        return np.array([fitted.predict(user, item, clip=False).est for user, item in pairs])

    return scores


def lenskit(model: str, options: dict[str, Any], data: Mapping[str, Array]) -> Scorer:
    """Fit a model of LensKit in its own pipeline for predictions, which falls back on its bias model."""
    scorer = getattr(import_module(f"lenskit.{model.split('.')[0]}"), model.split(".")[1])(**options)
    pipeline: Any = import_module("lenskit.pipeline").predict_pipeline(scorer)
    pipeline.train(import_module("lenskit.data").from_interactions_df(_frame(data)))

    def scores(users: Array, items: Array) -> Array:
        import pandas as pd

        asked = pd.DataFrame({"user_id": users, "item_id": items})
        answered = import_module("lenskit.batch").predict(pipeline, asked, n_jobs=1).to_df()
        joined = asked.merge(answered, on=["user_id", "item_id"], how="left")
        return np.asarray(joined["score"], np.float64)

    return scores


def cornac(model: str, options: dict[str, Any], data: Mapping[str, Array]) -> Scorer:
    """Fit a model of Cornac."""
    triples = zip(data["user"].tolist(), data["item"].tolist(), data["value"].tolist(), strict=True)
    train = import_module("cornac.data").Dataset.from_uir(list(triples), seed=13)
    fitted = getattr(import_module("cornac.models"), model)(seed=13, **options).fit(train)

    def scores(users: Array, items: Array) -> Array:
        # A position behind the last one is what Cornac calls unknown.
        us = [train.uid_map.get(user, train.num_users) for user in users.tolist()]
        items_ = [train.iid_map.get(item, train.num_items) for item in items.tolist()]
        return np.array([fitted.rate(user, item, clipping=False) for user, item in zip(us, items_, strict=True)])

    return scores


def myfm(model: str, options: dict[str, Any], data: Mapping[str, Array]) -> Scorer:
    """Fit a Bayesian factorisation machine of myFM on users and items."""
    from scipy.sparse import csr_matrix

    users, items = np.unique(data["user"]), np.unique(data["item"])

    def design(user: Array, item: Array) -> Any:
        """Give one column to each known user and item."""
        rows, columns = [], []
        for asked, known, first in ((user, users, 0), (item, items, len(users))):
            place = np.minimum(np.searchsorted(known, asked), len(known) - 1)
            found = known[place] == asked
            rows.append(np.flatnonzero(found))
            columns.append(first + place[found])
        row, column = np.concatenate(rows), np.concatenate(columns)
        return csr_matrix((np.ones(len(row)), (row, column)), (len(user), len(users) + len(items)))

    fitted: Any = getattr(import_module("myfm"), model)(rank=options["rank"], random_seed=13)
    liked_from, low, step = data["liked_from"].item(), data["scale"][0], data["step"].item()
    ordinal = model == "MyFMOrderedProbit"
    target = np.round((data["value"] - low) / step).astype(np.int64) if ordinal else data["value"].astype(np.float64)
    fitted.fit(
        design(data["user"], data["item"]),
        target,
        group_shapes=[len(users), len(items)],
        n_iter=options["n_iter"],
        n_kept_samples=options["n_iter"] // 2,
    )
    first_liked = round((liked_from - low) / step)

    def scores(user: Array, item: Array) -> Array:
        asked = design(user, item)
        if ordinal:
            return np.asarray(fitted.predict_proba(asked)[:, first_liked:].sum(axis=1))
        return np.asarray(fitted.predict(asked))

    return scores


def cmfrec(model: str, options: dict[str, Any], data: Mapping[str, Array]) -> Scorer:
    """Fit a model of cmfrec."""
    fitted: Any = getattr(import_module("cmfrec"), model)(verbose=False, nthreads=2, **options)
    fitted.fit(_frame(data).rename(columns={"user_id": "UserId", "item_id": "ItemId", "rating": "Rating"}))
    return lambda users, items: np.asarray(fitted.predict(users, items), np.float64)


def catboost(model: str, options: dict[str, Any], data: Mapping[str, Array]) -> Scorer:
    """Fit CatBoost on users and items as categories."""
    fitted: Any = getattr(import_module("catboost"), model)(
        cat_features=[0, 1], max_ctr_complexity=1, random_seed=13, thread_count=2, verbose=False,
        allow_writing_files=False, **options,
    )  # fmt: skip
    fitted.fit(np.stack([data["user"], data["item"]], axis=1), data["value"] >= data["liked_from"])
    return lambda users, items: np.asarray(fitted.predict_proba(np.stack([users, items], axis=1))[:, 1])


def implicit(model: str, options: dict[str, Any], data: Mapping[str, Array]) -> Scorer:
    """Fit a model of implicit, for which each rating is a holding; a score is a product of factors, no rating."""
    from scipy.sparse import csr_array

    held = csr_array((np.ones(len(data["user"]), np.float32), (data["user"], data["item"])))
    fitted: Any = getattr(import_module(f"implicit.{model.split('.')[0]}"), model.split(".")[1])(**options)
    fitted.fit(held, show_progress=False)
    return lambda users, items: (fitted.user_factors[users] * fitted.item_factors[items]).sum(axis=1)


def keras(model: str, options: dict[str, Any], data: Mapping[str, Array]) -> Scorer:
    """Train DCN-v2 (Wang and others, WWW 2021) on users and items: crosses beside layers, of embeddings of both."""
    assert model == "DCNv2"
    library: Any = import_module("keras")
    library.utils.set_random_seed(13)
    layers = library.layers
    known = [np.unique(data[column]) for column in ("user", "item")]

    def positions(users: Array, items: Array) -> list[Array]:
        """Give each known id its number, counted from 1, and others 0."""
        found = []
        for ids, given in zip((users, items), known, strict=True):
            place = np.minimum(np.searchsorted(given, ids), len(given) - 1)
            found.append(np.where(given[place] == ids, place + 1, 0).astype(np.int32))
        return found

    inputs = [library.Input((), dtype="int32") for _ in known]
    penalty = library.regularizers.L2(options["l2"])
    x0 = layers.Concatenate()(
        [
            layers.Embedding(len(ids) + 1, options["size"], embeddings_regularizer=penalty)(ids_in)
            for ids, ids_in in zip(known, inputs, strict=True)
        ]
    )
    crossed, deep = x0, x0
    for _ in range(options["crosses"]):
        crossed = layers.Add()([layers.Multiply()([x0, layers.Dense(2 * options["size"])(crossed)]), crossed])
    for units in (64, 32):
        deep = layers.Dropout(options["dropout"])(layers.Dense(units, activation="relu")(deep))
    network = library.Model(inputs, layers.Dense(1, activation="sigmoid")(layers.Concatenate()([crossed, deep])))
    network.compile(optimizer=library.optimizers.Adam(options["rate"]), loss="binary_crossentropy")
    liked = (data["value"] >= data["liked_from"]).astype(np.float32)
    network.fit(
        positions(data["user"], data["item"]), liked, batch_size=512, epochs=options["epochs"], verbose=0
    )  # fmt: skip
    return lambda users, items: np.asarray(
        network.predict(positions(users, items), batch_size=8192, verbose=0)[:, 0], np.float64
    )


LIBRARIES = {
    "surprise": surprise,
    "lenskit": lenskit,
    "cornac": cornac,
    "myfm": myfm,
    "cmfrec": cmfrec,
    "catboost": catboost,
    "implicit": implicit,
    "keras": keras,
}


def main() -> None:
    """Fit, score, and write the scores, with the seconds that both took and the most memory there was."""
    library, model, options, given, answers = sys.argv[1:]
    warnings.simplefilter("ignore")
    os.environ["KERAS_BACKEND"] = "jax"
    import_module(library)  # not timed
    with np.load(given) as archive:
        data = dict(archive)
    started = time.perf_counter()
    scorer = LIBRARIES[library](model, json.loads(options), data)
    fitted = time.perf_counter()
    scores = scorer(data["asked_user"], data["asked_item"])
    seconds = np.array([fitted - started, time.perf_counter() - fitted])
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    np.savez(answers, scores=scores, seconds=seconds, memory=memory)


def _frame(data: Mapping[str, Array]) -> Any:
    import pandas as pd

    return pd.DataFrame({"user_id": data["user"], "item_id": data["item"], "rating": data["value"].astype(np.float64)})


if __name__ == "__main__":
    main()
