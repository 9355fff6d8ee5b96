"""Keras and JAX, asked for by several threads at once in a process that has not used them."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

PROGRAM = """
import os, sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from toprank.nets.backend import load_jax, load_keras

together = Barrier(8)

def ask(_):
    together.wait()
    return load_jax(), load_keras()

sys.setswitchinterval(1e-5)
with ThreadPoolExecutor(8) as pool:
    assert len(set(pool.map(ask, range(8)))) == 1
assert os.environ.get("NPROC") == (sys.argv[1] if len(sys.argv) > 1 else None)
"""


@pytest.mark.parametrize("given", [[], ["3"]], ids=["NPROC unset", "NPROC given"])
def test_threads_that_ask_at_once_all_get_it(given: list[str]) -> None:
    pytest.importorskip("jax")
    environment = {name: value for name, value in os.environ.items() if name != "NPROC"}
    environment |= {"NPROC": given[0]} if given else {}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *given], capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr
