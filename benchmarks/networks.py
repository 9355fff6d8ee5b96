"""An epoch of two networks at batch 128 on the notebook's training rows.

a0 by plain Keras on two backends and by ours; a2, with a layer of 1024 by 1024, by ours with dense products and on the
units that dropout keeps. "Times as fast" is of the clock; "processors" are seconds of all of them.

The same network, optimizer, batch size and number of updates, each in a process of its own, one after the other.

    pip install 'toprank[bench]'
    python benchmarks/networks.py
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time

import numpy as np

from toprank.data.datasets.book_crossing import BOOK_CROSSING
from toprank.data.splits import random_split
from toprank.models.embedding import Embedding
from toprank.models.registry import MODELS

WAYS = {
    "a0": {
        "plain Keras fit on TensorFlow": ("plain", "tensorflow"),
        "plain Keras fit on JAX": ("plain", "jax"),
        "toprank": ("ours", "jax"),
    },
    "a2": {"toprank, dense products": ("dense", "jax"), "toprank": ("ours", "jax")},
}


def measure(network: str, way: str, epochs: int) -> list[float]:
    """Train, and give the seconds of each epoch, then those of the processors."""
    model = MODELS[network].model
    assert isinstance(model, Embedding)
    data = BOOK_CROSSING.load()
    ratings = data.ratings.take(random_split(data.ratings, seed=13).train)
    target = model.target.transform(ratings.value, ratings.scale).astype(np.float32)
    marks = [(time.perf_counter(), time.process_time())]

    def mark(*_: object) -> None:
        marks.append((time.perf_counter(), time.process_time()))

    if way == "plain":
        import keras

        from toprank.nets.embedding.network import build_model

        # Keras' tables have a row for every user and book that is rated, like the notebook's.
        _, user = np.unique(ratings.user, return_inverse=True)
        _, item = np.unique(ratings.item, return_inverse=True)
        plain = build_model(model.net, int(user.max()) + 1, int(item.max()) + 1)
        plain.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mae")
        progress = keras.callbacks.LambdaCallback(on_epoch_end=mark)
        plain.fit(
            [user[:, None], item[:, None]], target, batch_size=128, epochs=epochs, verbose=0, callbacks=[progress]
        )
    else:
        from toprank.nets.embedding import kept_units
        from toprank.nets.embedding.batches import Rows
        from toprank.nets.embedding.spec import Training
        from toprank.nets.embedding.training import train

        if way == "dense":
            kept_units.fits = lambda spec, training: False
        train(
            model.net,
            Training("mae", epochs=epochs, patience=None),
            Rows(ratings.user, ratings.item, target),
            None,
            n_users=len(ratings.users),
            n_items=len(ratings.items),
            rng=np.random.default_rng(13),
            progress=mark,
        )
    return [float(seconds) for seconds in np.diff(marks, axis=0).T.ravel()]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--networks", nargs="+", choices=tuple(WAYS), default=tuple(WAYS))
    parser.add_argument("--epochs", type=int, default=4, help="epochs each; the first, which compiles, does not count")
    parser.add_argument("--way", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.way:
        print(*measure(arguments.networks[0], arguments.way, arguments.epochs))
        return
    BOOK_CROSSING.load()
    for network in arguments.networks:
        compare(network, arguments.epochs)


def compare(network: str, epochs: int) -> None:
    """Measure a network in each way, and print the ratios."""
    medians = {}
    for name, (way, backend) in WAYS[network].items():
        env = os.environ | {"KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3", "JAX_PLATFORMS": "cpu"}
        command = [sys.executable, __file__, "--networks", network, "--way", way, "--epochs", str(epochs)]
        out = subprocess.run(command, capture_output=True, text=True, check=True, env=env).stdout
        seconds = [float(value) for value in out.split()]
        medians[name] = statistics.median(seconds[1:epochs])
        processors = statistics.median(seconds[epochs + 1 :])
        print(
            f"{network}, {name:32} {medians[name]:6.2f} s an epoch (first: {seconds[0]:.1f} s), "
            f"processors {processors:6.2f} s",
            flush=True,
        )
    ours = medians.pop("toprank")
    for name, median in medians.items():
        print(f"{network}: toprank is {median / ours:5.1f} times as fast as {name}")


if __name__ == "__main__":
    main()
