"""The drawings: well-formed, deterministic, and unbroken by odd data."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pytest

from toprank.core.scale import RatingScale
from toprank.data.summary import DatasetSummary
from toprank.evaluation.measurements import Report
from toprank.report import data_plots, plots
from toprank.study import dot_plots
from toprank.study.engine.study_result import StudyResult

Make = Callable[..., Report]
MakeResult = Callable[..., StudyResult]


def parsed(svg: str) -> ElementTree.Element:
    """Check what every drawing must be."""
    root = ElementTree.fromstring(svg)
    assert root.tag == "svg"
    assert root.get("role") == "img"
    assert root.get("aria-label") == root.findtext("title") != ""
    ids = re.findall(r'\sid="([^"]+)"', svg)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'(?:url\(|href=")#([^)"]+)', svg)) == set(ids)
    assert "http" not in svg
    assert "<style" not in svg
    return root


def texts(svg: str) -> list[str]:
    return ["".join(node.itertext()) for node in parsed(svg).iter("text")]


def cut(report: Report) -> dict[str, Any]:
    return {"name": report.name, "learned": report.learned_cutoff, "fixed": report.fixed_cutoff}


def all_of(result: StudyResult) -> list[str]:
    reports = result.reports
    limits = plots.f1_limits([(r.curves, [r.learned_cutoff]) for r in reports])
    return [
        dot_plots.f1_dots(result),
        dot_plots.auc_dots(result),
        plots.roc(reports),
        plots.precision_recall(reports, 0.6),
        *(plots.calibration(r.curves, key=f"calibration-{k}", name=r.name) for k, r in enumerate(reports)),
        *(plots.score_histogram(r.curves, key=f"scores-{k}", of="score", **cut(r)) for k, r in enumerate(reports)),
        *(
            plots.f1_by_cutoff(r.curves, key=f"cutoffs-{k}", of="cutoff", limits=limits, **cut(r))
            for k, r in enumerate(reports)
        ),
    ]


def test_drawings_of_a_study(make_report: Make, make_result: MakeResult) -> None:
    result = make_result(
        make_report("always", shift=0.0, constant=True), make_report("bias"), make_report("none", empty=True)
    )
    drawn = all_of(result)
    assert len(drawn) == 4 + 3 * 3
    for svg in drawn:
        parsed(svg)
    assert {"always", "bias", "none", "always recommend 0.750"} <= set(texts(drawn[0]))
    assert "no probabilities" in texts(drawn[6])
    assert "no scores" in texts(drawn[9])
    assert "no cutoffs" in texts(drawn[12])


def test_a_study_of_one_model_and_of_none(make_report: Make, make_result: MakeResult) -> None:
    for reports in ([make_report()], [make_report(empty=True)], []):
        for svg in all_of(make_result(*reports)):
            parsed(svg)


def test_thirty_models_are_summed_up_in_the_legend(make_report: Make) -> None:
    reports = [make_report(f"m{k:02}", shift=k / 1000) for k in range(30)]
    found = texts(plots.roc(reports))
    assert "24 others" in found
    assert "m29 0.645" in found
    assert not [text for text in found if text.startswith("m23")]


def test_drawings_are_deterministic_and_leave_matplotlib_alone(make_report: Make, make_result: MakeResult) -> None:
    result = make_result(make_report())
    before = dict(mpl.rcParams)
    first = all_of(result)
    with mpl.rc_context({"font.size": 30, "text.parse_math": True}):
        assert all_of(result) == first
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "$x^2", 'a"b&c', "本", "\x1b[31m\x00", "n" * 300])
def test_hostile_names(name: str, make_report: Make, make_result: MakeResult) -> None:
    for svg in all_of(make_result(make_report(name))):
        parsed(svg)
        assert "<script" not in svg


def test_models_are_coloured_by_their_standing(make_report: Make, make_result: MakeResult) -> None:
    svg = dot_plots.f1_dots(make_result(make_report("worse", shift=-0.1)))
    assert "var(--accent" in svg
    assert "var(--liked" not in svg


def test_precision_of_a_constant_is_flat(make_report: Make) -> None:
    recall, precision = plots._steps(make_report(constant=True).curves)
    assert recall.tolist() == [0.0, 1.0]
    assert precision.tolist() == [0.6, 0.6]


def test_f1_limits_hold_always_recommend_and_the_peaks(make_report: Make) -> None:
    low, high = plots.f1_limits([(r.curves, [r.learned_cutoff]) for r in (make_report(), make_report(empty=True))])
    assert 0.55 <= low < 0.75
    assert high > 0.78
    assert plots.f1_limits([(make_report(empty=True).curves, [])]) == (0.0, 1.0)


def test_drawings_of_the_data(summary: DatasetSummary) -> None:
    assert "liked, 60.0 %" in texts(data_plots.rating_histogram(summary))
    assert {"users", "items"} <= set(texts(data_plots.long_tails(summary)))
    assert summary.ages is not None
    parsed(data_plots.age_histogram(summary.ages))
    parsed(data_plots.age_histogram(replace(summary.ages, rows=(0,) * 20)))


def test_transform_curve() -> None:
    x = np.linspace(1, 10, 50)
    for step in (1, None):
        svg = data_plots.transform_curve(RatingScale(1, 10, 8, step), x, 9 / (1 + np.exp(5 - x)) + 1)
        assert "liked from 8" in texts(svg)
