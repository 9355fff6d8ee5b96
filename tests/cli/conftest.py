"""Somebody's own ratings, small, and a model that is quick to fit and has something to search."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from toprank.models.base import Entry
from toprank.models.baselines import Bias
from toprank.models.registry import MODELS


@dataclass(frozen=True)
class Damped(Bias):
    """Damped bias from a bad start."""

    user_damping: float = field(default=80.0, metadata={"tune": ("log", 0.5, 100.0)})


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
    monkeypatch.setitem(MODELS, "damped", Entry("damped", Damped(), "A bad start."))
    lacking = Entry("damped-without-users", Damped(user_damping=1e9), "No user offsets.", ablates="damped")
    monkeypatch.setitem(MODELS, lacking.name, lacking)
