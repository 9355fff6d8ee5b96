from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from toprank.core.history import TrainingHistory
from toprank.errors import OptionError
from toprank.nets.embedding.batches import Rows
from toprank.nets.embedding.network import build_model
from toprank.nets.embedding.spec import NetSpec, Training
from toprank.nets.embedding.training import TrainedNet, train

RNG = np.random.default_rng(13)
N_USERS, N_ITEMS = 40, 30
USER = RNG.integers(0, N_USERS, 900).astype(np.int32)
ITEM = RNG.integers(0, N_ITEMS, 900).astype(np.int32)
TRUTH = RNG.normal(size=N_USERS)[USER] + RNG.normal(size=N_ITEMS)[ITEM]
TARGET = (5 + TRUTH + 0.3 * RNG.normal(size=900)).astype(np.float32)
TRAIN, VALIDATION = Rows(USER[:700], ITEM[:700], TARGET[:700]), Rows(USER[700:], ITEM[700:], TARGET[700:])


def trained(spec: NetSpec, training: Training, rows: Rows = TRAIN, **options: object) -> TrainedNet:
    validation = options.pop("validation", VALIDATION)
    return train(
        spec,
        training,
        rows,
        validation,  # type: ignore[arg-type]
        n_users=N_USERS,
        n_items=N_ITEMS,
        rng=np.random.default_rng(13),
        **options,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("spec", [NetSpec("8 relu, skip, 4", embedding_size=2), NetSpec("", embedding_size=1)])
def test_it_learns_what_plain_keras_learns(spec: NetSpec) -> None:
    """The same weights to start from and the same batches, without dropout: the losses agree, epoch by epoch."""
    from toprank.core.rng import derive_rng
    from toprank.nets.backend import load_keras
    from toprank.nets.embedding.batches import plan_epoch
    from toprank.nets.embedding.engine import Engine

    keras = load_keras()
    training = Training("mse", batch=64, epochs=3, patience=None)
    rng = np.random.default_rng(13)
    ours = Engine(
        spec,
        training,
        TRAIN,
        n_users=N_USERS,
        n_items=N_ITEMS,
        rng=rng,
        thresholds=np.empty(0, np.float32),
        liked_share=0.5,
    )
    users, items, dense, _, _ = ours.weights
    width = spec.width
    plain = build_model(spec, N_USERS, N_ITEMS)
    plain.get_layer("users").set_weights([users[:, :width]])
    plain.get_layer("items").set_weights([items[:, :width]])
    plain.get_layer("head").set_weights(list(dense[:-1]))
    plain.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse")
    order = derive_rng(rng, "order")
    planned = derive_rng(rng, "order")
    for _ in range(3):
        loss = ours.run_epoch(order)
        plan = plan_epoch(TRAIN.user, TRAIN.item, 64, planned)
        losses = []
        for row, weight in zip(plan.row, plan.weight, strict=True):
            batch = row[weight == 1]
            pair = [TRAIN.user[batch][:, None], TRAIN.item[batch][:, None]]
            losses += [float(plain.train_on_batch(pair, TRAIN.target[batch][:, None]))] * len(batch)
            plain.reset_metrics()
        assert loss == pytest.approx(np.mean(losses), rel=1e-5)
    net = TrainedNet(spec, *ours.settled(ours.weights), TrainingHistory((), (), 0))
    expected = plain.predict([VALIDATION.user[:, None], VALIDATION.item[:, None]], verbose=0)[:, 0]
    assert net.raw(VALIDATION.user, VALIDATION.item) == pytest.approx(expected, rel=2e-4, abs=2e-5)


def test_the_same_seed_gives_the_same_weights_to_the_last_bit() -> None:
    spec, training = NetSpec("drop .5, 16, drop .5", embedding_size=2), Training("mae", epochs=3)
    first, second = trained(spec, training), trained(spec, training)
    assert np.array_equal(first.users, second.users)
    assert all(np.array_equal(a, b) for a, b in zip(first.head, second.head, strict=True))
    assert first.history == second.history


def test_offsets_learn_what_there_is_to_learn() -> None:
    spec = NetSpec(biases=True, offset_penalty=0.1, vector_penalty=1.0)
    net = trained(
        spec, Training("mse", batch=32, epochs=60, learning_rate=0.03, decay=0.93, patience=None, start_at_mean=True)
    )
    raw = net.raw(VALIDATION.user, VALIDATION.item)
    assert np.corrcoef(raw, VALIDATION.target)[0, 1] > 0.9


def test_training_stops_early_and_the_best_weights_come_back() -> None:
    steep = Training("mse", batch=8, epochs=25, learning_rate=0.1, patience=2, min_delta=0.0, start_at_mean=True)
    net = trained(NetSpec(embedding_size=8), steep)
    history = net.history
    assert history.epochs < 25
    assert history.epochs == history.best_epoch + 2
    assert history.validation_loss[history.best_epoch - 1] == min(history.validation_loss)
    raw = net.raw(VALIDATION.user, VALIDATION.item)
    kept = float(np.mean((raw - VALIDATION.target) ** 2))
    assert kept == pytest.approx(history.validation_loss[history.best_epoch - 1], rel=1e-4)


def test_a_watcher_is_told_of_every_epoch() -> None:
    told: list[tuple[int, int]] = []
    trained(NetSpec(), Training("mse", epochs=2), progress=lambda done, total, what: told.append((done, total)))
    assert told == [(1, 2), (2, 2)]


def test_a_loss_that_is_not_finite_is_named_with_its_cure() -> None:
    wild = Rows(TRAIN.user, TRAIN.item, np.full(700, 3e38, np.float32))
    with pytest.raises(OptionError, match=r"training loss of the network .* is (inf|nan) in epoch 1; .* below 0.001"):
        trained(NetSpec(), Training("mse"), wild)


def test_stopping_early_needs_validation_rows() -> None:
    with pytest.raises(OptionError, match="needs validation rows"):
        trained(NetSpec(), Training("mse"), validation=None)
    none = Rows(USER[:0], ITEM[:0], TARGET[:0])
    with pytest.raises(OptionError, match="needs validation rows"):
        trained(NetSpec(), Training("mse"), validation=none)
    net = trained(NetSpec(), Training("mse", epochs=2, patience=None), validation=None)
    assert np.isnan(net.history.validation_loss).all()
    assert net.history.best_epoch == 2


def test_memory_that_runs_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from toprank.nets.embedding import engine

    def exhausted(*_: object, **__: object) -> None:
        raise RuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 1e15 bytes")

    monkeypatch.setattr(engine.Engine, "run_epoch", exhausted)
    with pytest.raises(OptionError, match=r"memory ran out in training the network 'drop \.9, 64'"):
        trained(NetSpec("drop .9, 64"), Training("mse"))


def test_another_process_gives_the_same_weights_to_the_last_bit() -> None:
    code = """
import numpy as np, zlib
from toprank.nets.embedding.batches import Rows
from toprank.nets.embedding.spec import NetSpec
from toprank.nets.embedding.spec import Training
from toprank.nets.embedding.training import train
rng = np.random.default_rng(1)
user, item = (rng.integers(0, size, 900).astype("i4") for size in (40, 30))
rows = Rows(user, item, rng.normal(size=900).astype("f4"))
net = train(NetSpec("drop .5, 64, drop .5"), Training("mse", epochs=2, patience=None), rows, None, n_users=40,
            n_items=30, rng=np.random.default_rng(13))
print(zlib.crc32(net.users.tobytes()), zlib.crc32(net.head[0].tobytes()))
"""
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True) for _ in range(2)]
    assert runs[0].stdout == runs[1].stdout != ""


def test_several_devices_share_the_rows_and_give_the_same_network() -> None:
    code = """
import numpy as np, jax
from toprank.nets.embedding.spec import NetSpec
from toprank.nets.embedding.spec import Training
from toprank.nets.embedding.batches import Rows
from toprank.nets.embedding.training import train
rng = np.random.default_rng(1)
user, item = (rng.integers(0, size, 900).astype("i4") for size in (40, 30))
rows = Rows(user, item, rng.normal(size=900).astype("f4"))
net = train(NetSpec("8"), Training("mse", epochs=3, patience=None), rows, None, n_users=40, n_items=30,
            rng=np.random.default_rng(13))
print(len(jax.devices()), *net.history.loss)
"""
    losses = []
    for devices in (1, 2):
        env = os.environ | {"XLA_FLAGS": f"--xla_force_host_platform_device_count={devices}", "JAX_PLATFORMS": "cpu"}
        out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env).stdout
        found, *values = out.split()
        assert int(found) == devices
        losses.append([float(value) for value in values])
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)


def test_another_backend_is_refused_with_the_cure() -> None:
    code = """
import os
os.environ["KERAS_BACKEND"] = "numpy"
import keras
from toprank.nets.backend import require_jax
try:
    require_jax()
except Exception as error:
    print(type(error).__name__, error)
"""
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.startswith("OptionError Keras runs on numpy")
    assert "KERAS_BACKEND=jax" in out


def test_a_missing_backend_is_named_with_the_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    from toprank.nets.backend import load_keras

    monkeypatch.setitem(sys.modules, "keras", None)
    with pytest.raises(OptionError, match=r"pip install 'toprank\[nets\]'"):
        load_keras()
