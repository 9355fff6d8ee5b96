"""At any moment of a save there is one whole model, the old one or the new."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from toprank.core import atomic
from toprank.errors import OptionError
from toprank.storage import encoding
from toprank.storage import folder as module
from toprank.storage.folder import read_folder, write_folder
from toprank.storage.manifest import Manifest

SIZE = 200_000

WRITER = f"""
import sys, numpy as np
from pathlib import Path
from toprank.storage.folder import write_folder
for number in range(1, 10_000):
    state = [np.full({SIZE}, number), number]
    write_folder(Path(sys.argv[1]), state, about={{"number": number}}, pages={{"model.html": str(number)}})
    print(number, flush=True)
"""


def save(path: Path, number: int) -> None:
    pages = {"model.html": str(number)}
    write_folder(path, [np.full(SIZE, number), number], about={"number": number}, pages=pages)


def whole(path: Path) -> int:
    """Check that all parts are of one save, and give its number."""
    (array, number), about = read_folder(path, list)
    assert about == {"number": number}
    assert array.min() == array.max() == number
    return int(number)


def test_a_writer_killed_at_any_moment_leaves_a_whole_model(tmp_path: Path) -> None:
    path, rng, last = tmp_path / "model", np.random.default_rng(), 0
    save(path, 0)
    for _ in range(5):
        with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE) as writer:
            assert writer.stdout
            assert int(writer.stdout.readline()) == 1
            time.sleep(float(rng.random()) * 0.1)
            writer.kill()
            printed = [1, *map(int, writer.stdout.read().split())]
        last = whole(path)
        # What it said to have written is there, or what it was about to say.
        assert last - printed[-1] in (0, 1)
    for stage in tmp_path.glob(".model-*"):
        os.utime(stage, (0, 0))
    save(path, 7)
    assert whole(path) == 7
    assert list(tmp_path.iterdir()) == [path]


STEPS: list[tuple[Any, str]] = [
    (module, "encode"),
    (encoding, "write_tensors"),
    (module, "_record"),
    (Manifest, "text"),
    (module, "sync"),
    (module, "_refuse_strangers"),
    (atomic, "_put"),
    (atomic, "_exchange"),
]


@pytest.mark.parametrize(("owner", "step"), STEPS)
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), MemoryError(), KeyboardInterrupt()])
def test_an_error_at_any_step_leaves_the_old_model_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owner: Any, step: str, error: BaseException
) -> None:
    save(tmp_path / "model", 1)

    def fail(*_: object) -> None:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(owner, step, fail)
        with pytest.raises((type(error), OptionError)):
            save(tmp_path / "model", 2)
    assert whole(tmp_path / "model") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


@pytest.mark.parametrize("after", ["the first rename", "the second rename"])
def test_without_an_exchange_a_killed_writer_leaves_a_model_to_recover(tmp_path: Path, after: str) -> None:
    save(tmp_path / "model", 1)
    first = after == "the first rename"
    killed = f"""
import os, sys
from pathlib import Path
from toprank.core import atomic
from toprank.errors import OptionError
atomic._exchange = lambda one, other: False
rename = Path.rename
def renamed(path, target):
    if path.name == "fresh" and {first}: os._exit(9)
    rename(path, target)
    if path.name == "fresh": os._exit(9)
Path.rename = renamed
"""
    done = subprocess.run([sys.executable, "-c", killed + WRITER, str(tmp_path / "model")], check=False)
    assert done.returncode == 9
    if first:
        assert not (tmp_path / "model").exists()
    (array, number), _ = read_folder(tmp_path / "model", list)
    assert array.tolist() == [1] * SIZE
    assert number == 1


@pytest.mark.parametrize("exchange", [atomic._exchange, lambda one, other: False], ids=["exchange", "two renames"])
def test_readers_meet_one_whole_model_while_it_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exchange: Callable[[Path, Path], bool]
) -> None:
    monkeypatch.setattr(atomic, "_exchange", exchange)
    path, done, failures, seen = tmp_path / "model", threading.Event(), [], set()
    save(path, 0)

    def read() -> None:
        while not done.is_set():
            try:
                seen.add(whole(path))
            except BaseException as error:
                failures.append(error)
                return

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(1, 40):
        save(path, number)
    done.set()
    reader.join()
    assert failures == []
    assert seen
