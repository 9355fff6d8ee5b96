"""What a first answer need not wait for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from toprank.recommender.facade import FittedRecommender

SLOW = [
    "jax", "keras", "lightgbm", "matplotlib", "narwhals", "optuna", "pandas", "polars",
    "scipy.optimize", "scipy.special", "scipy.stats", "sklearn", "tensorflow",
]  # fmt: skip

PROGRAM = """
import sys
from toprank.cli.main import app
app(sys.argv[2:], standalone_mode=False)
slow = sorted(set(sys.argv[1].split(",")) & set(sys.modules))
sys.exit(f"imported {', '.join(slow)}" if slow else 0)
"""


@pytest.mark.parametrize("command", [["decide", "--item", "b001"], ["recommend"]], ids=["decide", "recommend"])
def test_a_saved_model_answers_without_what_takes_long_to_import(
    fitted: FittedRecommender, reader: int, tmp_path: Path, command: list[str]
) -> None:
    words = [command[0], str(fitted.save(tmp_path / "model")), "--user", str(reader), *command[1:]]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, ",".join(SLOW), *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "P(liked)" in done.stdout
