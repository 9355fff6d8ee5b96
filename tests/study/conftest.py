"""Hand-made studies and datasets: small, and with everything in them that could break a page."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from toprank.core.dataset import Dataset
from toprank.core.history import TrainingHistory
from toprank.core.ratings import Ratings
from toprank.core.scale import RatingScale
from toprank.evaluation.measurements import Comparison, Curves, Measurement, Report, Slice
from toprank.study.engine.study_result import StudyResult

NAN = math.nan
MakeReport = Callable[..., Report]
MakeResult = Callable[..., StudyResult]


def _curves(*, constant: bool, empty: bool) -> Curves:
    """Curves as they come: cutoffs fall, and a constant score has one point of each."""
    if empty:
        none, nothing = np.empty(0), np.empty(0, np.int64)
        return Curves(none, none, none, none, none, none, nothing, none, nothing, nothing, none, none, NAN)
    if constant:
        corner = np.array([0.0, 1.0])
        one, rows = np.array([0.6]), np.array([10])
        edges = np.array([7.0, 8.0])
        precision = np.array([1.0, 0.6])
        return Curves(
            corner,
            corner,
            corner,
            precision,
            one,
            one,
            rows,
            edges,
            rows,
            rows,
            np.array([7.5]),
            np.array([0.75]),
            0.75,
        )
    x = np.linspace(0, 1, 20)
    bins = np.arange(1, 11)
    f1 = np.interp(x, [0, 0.5, 1], [0.75, 0.78, 0.1])
    return Curves(
        x,
        np.sqrt(x),
        x,
        1 - 0.4 * x,
        x[::2],
        x[::2] ** 1.1,
        bins,
        1 + 0.9 * bins,
        bins[:-1],
        bins[::-1][:-1],
        10 - 9 * x,
        f1[::-1],
        0.75,
    )


@pytest.fixture(scope="session")
def make_report() -> MakeReport:
    """Build a report; ``shift`` is how much better than always recommending its F1 is."""

    def make(
        name: str = "model", *, shift: float = 0.02, constant: bool = False, empty: bool = False, alone: bool = False
    ) -> Report:
        f1 = NAN if empty else 0.75 + shift
        decided = dict.fromkeys(("accuracy", "balanced_accuracy", "precision", "recall", "mcc", "coverage"), 0.5)
        scored = dict.fromkeys(("average_precision", "log_loss", "brier", "ece", "rmse", "mae"), NAN if empty else 0.25)
        scores = {"auc": NAN if empty else 0.5 + 5 * shift, **scored}
        learned, fixed = {"f1": f1, **decided}, {"f1": 0.6, **decided}
        return Report(
            name=name,
            target="original",
            description=f"What {name} does.",
            objective="f1",
            fixed_cutoff=8.0,
            learned_cutoff=NAN if empty else 6.5,
            validation=scores,
            test=scores,
            validation_fixed=fixed,
            validation_learned=learned,
            test_fixed=fixed,
            test_learned=learned,
            intervals={
                "f1_fixed": Measurement("f1_fixed", 0.6, 0.59, 0.61),
                "f1": Measurement("f1", f1) if empty else Measurement("f1", f1, f1 - 0.01, f1 + 0.01),
                "auc": Measurement("auc", scores["auc"]),
            },
            comparisons=()
            if alone
            else (
                Comparison("always", "f1", shift, shift - 0.01, shift + 0.01),
                Comparison("always", "auc", 5 * shift, 5 * shift, 5 * shift),
            ),
            slices=(
                Slice("new user", 4, 3, {"f1": f1, "auc": NAN, "always_f1": 0.85}),
                Slice("many ratings", 0, 0, {"f1": NAN, "auc": NAN, "always_f1": NAN}),
            ),
            unscored={"validation": 0, "test": 3},
            seconds={"fit": 1.25, "score": 0.5},
            verdict=f"the verdict on {name}",
            curves=_curves(constant=constant, empty=empty),
        )

    return make


@pytest.fixture(scope="session")
def make_network(make_report: MakeReport) -> MakeReport:
    """Build the report of a network; with ``coverage`` 1 it does what recommending everything does."""

    def make(name: str = "a0", *, shift: float = 0.0, coverage: float = 1.0, line: float = 0.75) -> Report:
        report = make_report(name, shift=shift)
        return replace(
            report,
            target="adjusted",
            validation_fixed={**report.validation_fixed, "coverage": coverage, "f1": line if coverage == 1.0 else 0.6},
            spread={"lowest": 9.547, "highest": 9.603, "deviation": 0.0017},
            history=TrainingHistory((18.5, 2.5, 2.25, 2.0), (3.0, 2.75, 2.5, 2.625), 3),
        )

    return make


@pytest.fixture(scope="session")
def of_the_notebook() -> Callable[[StudyResult], StudyResult]:
    """Put a study on the rows of the notebook."""

    def move(result: StudyResult) -> StudyResult:
        return replace(
            result,
            split={"kind": "random", "seed": 13, "train": 346937, "validation": 43367, "test": 43367},
            liked={"train": 199772, "validation": 25029, "test": 25086},
            always={"validation": 2 * 25029 / (43367 + 25029), "test": 2 * 25086 / (43367 + 25086)},
        )

    return move


@pytest.fixture(scope="session")
def make_result() -> MakeResult:
    """Build a study of some reports."""

    def make(*reports: Report, dataset: str = "book-crossing") -> StudyResult:
        return StudyResult(
            dataset=dataset,
            scale="1 to 10 in steps of 1, liked from 8",
            split={"kind": "random", "seed": 13, "train": 80, "validation": 10, "test": 10},
            liked={"train": 48, "validation": 6, "test": 6},
            always={"validation": 0.75, "test": 0.75},
            reports=reports,
        )

    return make


@pytest.fixture(scope="session")
def small() -> Dataset:
    """Readers and items that differ, so that there is something to learn: 120 by 60, 2,000 ratings of 1 to 5."""
    rng = np.random.default_rng(13)
    pairs = rng.permutation(120 * 60)[:2000]
    user, item = pairs // 60, pairs % 60
    value = 3.4 + rng.normal(size=120)[user] + 0.6 * rng.normal(size=60)[item] + 0.7 * rng.normal(size=2000)
    stars = np.clip(np.round(value), 1, 5)
    return Dataset(Ratings.of(user.tolist(), item.tolist(), stars.tolist(), RatingScale(1, 5, 4)), name="small")
