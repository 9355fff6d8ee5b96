"""What a model owes to its parts: paired differences, and their words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from toprank.core.dataset import Dataset
from toprank.data.splits import random_split
from toprank.evaluation.measurements import Comparison, Report
from toprank.models.base import ModelSpec
from toprank.models.baselines import Bias
from toprank.models.registry import chosen
from toprank.report.phrases import added_words
from toprank.study.engine.ablations import ablation_groups
from toprank.study.engine.run import run_study
from toprank.study.engine.study_result import Ablation, StudyResult

FAR = 1e9
"""A damping that leaves nothing of an offset."""


@pytest.fixture(scope="module")
def result(small: Dataset) -> StudyResult:
    entries = [
        *chosen("bias"),
        ModelSpec("bias-without-readers", Bias(user_damping=FAR), "No user offsets.", ablates="bias"),
        ModelSpec("bias-without-sweeps", Bias(sweeps=9), "One sweep less.", ablates="bias"),
        ModelSpec("books", Bias(user_damping=FAR), "No user offsets.", ablates="bias"),
        ModelSpec("orphan-without-x", Bias(), "Its model is not there.", ablates="orphan"),
    ]
    split = random_split(small.ratings, seed=13)
    return run_study(small, split, entries, rng=np.random.default_rng(13), replicates=200)


def test_what_is_added_is_the_full_model_minus_the_other(result: StudyResult) -> None:
    reports = {report.name: report for report in result.reports}
    assert [(a.name, a.full) for a in result.ablations] == [
        ("bias-without-readers", "bias"),
        ("bias-without-sweeps", "bias"),
        ("books", "bias"),
    ]
    lost = result.ablations[0].of("auc")
    assert lost.difference == reports["bias"].test["auc"] - reports["bias-without-readers"].test["auc"]
    assert lost.better
    assert 0.1 < lost.low < lost.difference < lost.high
    assert not result.ablations[1].of("auc").better
    assert not result.ablations[1].of("f1").worse


def test_it_is_paired(result: StudyResult) -> None:
    # Equal models never differ in any draw, however wide their own intervals are.
    first, second = result.ablations[0].of("auc"), result.ablations[2].of("auc")
    assert (first.difference, first.low, first.high) == (second.difference, second.low, second.high)


def test_groups_have_the_most_missed_first_and_say_so(result: StudyResult) -> None:
    (group,) = ablation_groups(result)
    assert group.full.name == "bias"
    assert [row.label for row in group.rows] == ["without readers", "books alone", "without sweeps"]
    assert [row.words for row in group.rows][1:] == ["adds to AUC and F1", "adds no more than chance"]


def test_what_is_there_only_to_lack_something_is_set_apart(result: StudyResult) -> None:
    names = [report.name for report in result.whole.reports]
    assert names[-2:] == ["books", "orphan-without-x"]
    assert "bias-without-readers" not in names
    assert len(result.reports) == len(names) + 2


def test_results_have_the_figures(result: StudyResult) -> None:
    first = result.to_dict()["ablations"][0]
    assert (first["name"], first["full"]) == ("bias-without-readers", "bias")
    assert first["adds"].keys() == {"f1", "auc"}
    assert first["adds"]["auc"]["better"] is True
    assert first["adds"]["auc"].keys() == {"difference", "low", "high", "better"}


def test_words() -> None:
    up, level, down = (Comparison("a", "auc", d, d - 0.01, d + 0.01) for d in (0.02, 0.0, -0.02))
    f1 = replace(up, metric="f1")
    assert added_words([up, f1]) == "adds to AUC and F1"
    assert added_words([down, f1]) == "adds to F1, takes from AUC"
    assert added_words([level, replace(f1, low=-0.1)]) == "adds no more than chance"
    assert added_words([replace(level, low=np.nan), f1]) == "too few readers to tell"


def test_a_model_that_is_itself_taken_apart_stays(
    make_report: Callable[..., Report], make_result: Callable[..., StudyResult]
) -> None:
    def adds(name: str, full: str) -> Ablation:
        return Ablation(name, full, tuple(Comparison(name, metric, 0.01, 0.0, 0.02) for metric in ("auc", "f1")))

    names = ("blend", "boosted", "boosted-without-user-author")
    result = replace(
        make_result(*(make_report(name) for name in names)),
        ablations=(adds("boosted", "blend"), adds("boosted-without-user-author", "boosted")),
    )
    assert [report.name for report in result.whole.reports] == ["blend", "boosted"]
    labels = [[row.label for row in group.rows] for group in ablation_groups(result)]
    assert labels == [["boosted alone"], ["without user author"]]
