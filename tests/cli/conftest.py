"""Somebody's own ratings, small, models that are quick to fit, and one that has something to search."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import pyarrow.csv
import pytest
from annotated_types import Ge
from tests.conftest import Make
from typer.testing import CliRunner, Result

from toprank.cli.main import app
from toprank.core.parameters import Tune
from toprank.core.ratings import Ratings
from toprank.models.base import ModelSpec
from toprank.models.baselines import Bias
from toprank.models.boosted import Boosted
from toprank.models.registry import MODELS
from toprank.recommender.facade import FittedRecommender, Recommender

Run = Callable[..., Result]


@dataclass(frozen=True)
class Damped(Bias):
    """Damped bias from a bad start."""

    user_damping: Annotated[float, Ge(0), Tune("log", 0.5, 100.0)] = 80.0


@pytest.fixture(scope="session")
def stars(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """2,000 ratings of 1 to 5."""
    rng = np.random.default_rng(13)
    pairs = rng.permutation(120 * 60)[:2000]
    user, item = pairs // 60, pairs % 60
    value = 3.4 + rng.normal(size=120)[user] + 0.6 * rng.normal(size=60)[item] + 0.7 * rng.normal(size=2000)
    path = tmp_path_factory.mktemp("ratings") / "stars.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["user", "item", "rating"])
        writer.writerows(zip(user, item, np.clip(np.round(value), 1, 5).astype(int), strict=True))
    return path


@pytest.fixture
def damped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the model, and one that lacks something of it, into the registry."""
    monkeypatch.setitem(MODELS, "damped", ModelSpec("damped", Damped(), "A bad start."))
    lacking = ModelSpec("damped-without-users", Damped(user_damping=1e9), "No user offsets.", ablates="damped")
    monkeypatch.setitem(MODELS, lacking.name, lacking)


@pytest.fixture(scope="session")
def run() -> Run:
    """Run a command of toprank."""

    def invoke(*words: object) -> Result:
        return CliRunner().invoke(app, [str(word) for word in words])

    return invoke


@contextmanager
def few_trees() -> Iterator[None]:
    quick, own = Boosted(folds=2, num_boost_round=12, learning_rate=0.3), Recommender.build_model
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Recommender, "build_model", lambda asked: own(asked) if asked.hyperparameters else quick)
        yield


@pytest.fixture(autouse=True)
def quick_trees() -> Iterator[None]:
    """Let few trees grow, and only here: tests of other folders may come later in the same process."""
    with few_trees():
        yield


@pytest.fixture(scope="session")
def shelf(library: Make, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ratings.csv and books.csv, and new.csv with ratings of the same readers, one new, and books."""
    data, later = library()
    folder = tmp_path_factory.mktemp("shelf")
    _write(folder / "ratings.csv", data.ratings)
    _write(folder / "new.csv", later)
    with (folder / "new.csv").open("a", encoding="utf-8") as file:
        file.write("9001,b001,4\n3,unheard of,2\n")
    assert data.items is not None
    pyarrow.csv.write_csv(data.items.table, folder / "books.csv")
    return folder


def _write(path: Path, ratings: Ratings) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["user", "item", "rating"])
        columns = ratings.users.ids[ratings.user], ratings.items.ids[ratings.item], ratings.value.astype(int)
        writer.writerows(zip(*columns, strict=True))


@pytest.fixture(scope="session")
def fitted(run: Run, shelf: Path) -> Result:
    """What ``toprank fit`` prints."""
    options = ("--items", shelf / "books.csv", "--scale", "1-5", "--no-deep", "--budget", 40, "--objective", "f1")
    with few_trees():
        result = run("fit", shelf / "ratings.csv", "-o", shelf / "model", *options)
    assert result.exit_code == 0, result.output
    return result


@pytest.fixture(scope="session")
def model(fitted: Result, shelf: Path) -> Path:
    """The folder of a fitted model; not to be written to."""
    return shelf / "model"


@pytest.fixture(scope="session")
def loaded(model: Path) -> FittedRecommender:
    return Recommender.load(model)
