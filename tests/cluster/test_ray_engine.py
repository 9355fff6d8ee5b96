"""Tasks by Ray: the same answers, lost workers, errors, and nothing left behind."""

from __future__ import annotations

import functools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from tests.conftest import Make

from toprank.cluster.ray_engine import RayEngine, ray_engine
from toprank.core.dataset import Dataset
from toprank.core.engine import merge_tasks, run_tasks, using
from toprank.data.splits import random_split
from toprank.errors import OptionError
from toprank.evidence import source
from toprank.models.attention import AttentionLearner
from toprank.models.blend import Blend
from toprank.models.boosted import Boosted
from toprank.models.registry import chosen
from toprank.nets.attention.attention_net import AttentionNet, AttentionTraining
from toprank.recommender import answering
from toprank.recommender.facade import FittedRecommender, Recommender
from toprank.study.engine.run import run_study

pytestmark = pytest.mark.xdist_group("ray")

ASKED = Recommender(objective="f1", budget=60)

NETWORK = AttentionLearner(
    networks=2, books=4, raters=3, net=AttentionNet((8, 4), heads=2, attention=4),
    training=AttentionTraining(epochs=1, batch=256),
)  # fmt: skip
QUICK = Blend(boosted=Boosted(folds=2, num_boost_round=8, min_data_in_leaf=20), attention=NETWORK)


@pytest.fixture(scope="module", autouse=True)
def quick() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Recommender, "build_model", lambda _: QUICK)
        patch.setattr(answering, "READERS", 40)
        patch.setattr(answering, "BLOCK", 500)
        patch.setattr(source, "SHARD", 1000)
        yield


@pytest.fixture(scope="module")
def data(library: Make) -> Dataset:
    return library()[0]


@pytest.fixture(scope="module")
def here(data: Dataset) -> FittedRecommender:
    return ASKED.fit(data)


def answers(model: FittedRecommender) -> dict[str, Any]:
    """Give all that a model says, with the texts of its trees and its statistics."""
    users, items = model.data.ratings.users.ids[1:].tolist(), model.data.ratings.items.ids[1:].tolist()
    decided = model.decide(users * 6, [item for item in items[:6] for _ in users], reasons=False)
    boosted = cast(Any, model.model).learners["boosted"]
    return {
        "lists": repr(model.recommend(users, 5).to_arrow().to_pydict()),
        "decisions": repr(decided.to_arrow().to_pydict()),
        "trees": [tree.model_to_string() for tree in boosted.trees],
        "matrix": model.model.evidence.matrix(model.model.evidence.pairs(np.arange(50), np.arange(50))).tobytes(),
        "figures": model.measures.figures,
    }


class Killing:
    """Lets the first worker of some kinds of tasks die."""

    def __init__(self, engine: RayEngine, phases: Sequence[str], folder: Path) -> None:
        self.engine, self.phases, self.folder = engine, phases, folder

    def run(
        self,
        task: Callable[..., Any],
        arguments: Sequence[Any],
        shared: tuple[Any, ...],
        done: Callable[[int, Any], object],
    ) -> list[Any]:
        return self.engine.run(self._killed(task), arguments, shared, done)

    def merge(self, task: Callable[..., Any], arguments: Sequence[Any], shared: tuple[Any, ...]) -> Any:
        return self.engine.merge(self._killed(task), arguments, shared)

    def _killed(self, task: Callable[..., Any]) -> Callable[..., Any]:
        def die_once(marker: str, task: Callable[..., Any], *values: Any) -> Any:
            import os
            import signal

            try:
                os.close(os.open(marker, os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                return task(*values)
            return os.kill(os.getpid(), signal.SIGKILL)

        name = task.__name__
        return functools.partial(die_once, str(self.folder / name), task) if name in self.phases else task


def test_models_and_answers_by_ray_are_those_of_one_process(
    engine: RayEngine, here: FittedRecommender, data: Dataset
) -> None:
    with using(engine):
        assert answers(ASKED.fit(data)) == answers(here)


@pytest.mark.parametrize("phases", [("_learn", "_sum_shard", "_grow", "_train"), ("_block", "_decide_block")])
def test_workers_that_die_in_any_phase_change_nothing(
    engine: RayEngine, here: FittedRecommender, data: Dataset, tmp_path: Path, phases: tuple[str, ...]
) -> None:
    with using(Killing(engine, phases, tmp_path)):
        found = answers(ASKED.fit(data) if "_learn" in phases else here)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(phases)
    assert found == answers(here)


def test_a_study_by_ray_is_that_of_one_process(engine: RayEngine, data: Dataset) -> None:
    split = random_split(data.ratings, seed=3)
    entries = chosen("bias,jaccard-adjusted")

    def figures() -> dict[str, Any]:
        result = run_study(data, split, entries, rng=np.random.default_rng(3), replicates=20)
        return {report.name: (report.test, report.test_learned, report.intervals) for report in result.reports}

    with using(engine):
        by_ray = figures()
    assert by_ray == figures()


def test_a_worker_that_dies_while_it_merges_changes_nothing(engine: RayEngine, tmp_path: Path) -> None:
    class Total:
        def __init__(self, rows: range, marker: Path) -> None:
            self.total, self.marker = np.bincount(rows, rows, 1000), marker

        def merged(self, other: Total) -> Total:
            import os
            import signal

            try:
                self.marker.touch(exist_ok=False)
            except FileExistsError:
                self.total = self.total + other.total
                return self
            os.kill(os.getpid(), signal.SIGKILL)
            raise AssertionError

    with using(engine):
        found = merge_tasks(Total, [range(begin, begin + 100) for begin in range(0, 1000, 100)], tmp_path / "merging")
    assert (tmp_path / "merging").exists()
    assert found.total.tolist() == list(range(1000))


def test_arrays_arrive_as_they_were_so_that_no_kernel_is_compiled_for_others(engine: RayEngine) -> None:
    def writable(_: int, *arrays: np.ndarray) -> list[bool]:
        return [array.flags.writeable for array in arrays]

    ours, frozen = np.arange(100_000), np.arange(100_000)
    frozen.flags.writeable = False
    with using(engine):
        assert run_tasks(writable, [1, 2], ours, frozen) == [[True, False]] * 2


def test_an_error_of_a_task_arrives_as_it_was(engine: RayEngine) -> None:
    def refuse(value: int) -> int:
        raise OptionError(f"{value} is refused; give another")

    for start in cast(Any, (run_tasks, merge_tasks)):
        with using(engine), pytest.raises(OptionError, match="7 is refused; give another"):
            start(refuse, [7, 7])


def test_workers_that_always_die_are_an_error_in_words(engine: RayEngine, data: Dataset, tmp_path: Path) -> None:
    def die(value: int) -> int:
        import os
        import signal

        os.kill(os.getpid(), signal.SIGKILL)
        return value

    with using(engine), pytest.raises(OptionError, match="workers were lost 4 times"):
        run_tasks(die, [1, 2])
    with using(engine):
        assert run_tasks(pow, [2, 3], 2) == [4, 9]


SCRIPT = """
import sys, time
from toprank.cluster.ray_engine import ray_engine
from toprank.core.engine import run_tasks, using

def sleep(value):
    import time
    time.sleep(60)

with ray_engine() as engine, using(engine):
    print(engine._ray._private.worker._global_node.get_temp_dir_path(), flush=True)
    run_tasks(sleep, [1, 2])
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_process_that_is_stopped_leaves_no_files_behind(how: signal.Signals) -> None:
    environment = os.environ | {"TOPRANK_THREADS": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        folder = Path(process.stdout.readline().strip())
        assert folder.is_dir()
        time.sleep(1.0)  # let the tasks begin
        process.send_signal(how)
    end = time.monotonic() + 60
    while folder.exists() and time.monotonic() < end:
        time.sleep(0.1)
    assert not folder.exists()
    assert process.returncode != 0


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("127.0.0.1:1", "'127.0.0.1:1', where no Ray cluster answers"),
        ("ray://127.0.0.1:1", "'ray://127.0.0.1:1', where no Ray cluster answers"),
        ("nowhere", "'nowhere'; write it as host:port"),
        ("127.0.0.1:99999", "where no Ray cluster answers"),
    ],
)
def test_an_address_where_no_cluster_answers_is_named(address: str, said: str) -> None:
    with ray_engine(address) as engine, using(engine), pytest.raises(OptionError, match=said):
        run_tasks(pow, [1, 2], 2)
