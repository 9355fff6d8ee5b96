"""The drawings of training: well-formed, deterministic, and unbroken by losses that are odd or missing."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from toprank.core.history import TrainingHistory
from toprank.core.scale import RatingScale
from toprank.evaluation.measurements import Report
from toprank.study.engine.study_result import StudyResult
from toprank.study.notebook import network_plots as drawn
from toprank.study.notebook.printed import printed
from toprank.targets import Adjusted

Make = Callable[..., Report]
MakeResult = Callable[..., StudyResult]


def texts(svg: str) -> list[str]:
    root = ElementTree.fromstring(svg)
    assert root.get("aria-label") == root.findtext("title") != ""
    ids = re.findall(r'\sid="([^"]+)"', svg)
    assert len(ids) == len(set(ids))
    assert "http" not in svg
    return ["".join(node.itertext()) for node in root.iter("text")]


def test_a_first_loss_above_the_frame_is_told(make_network: Make) -> None:
    report = make_network("o-simple")
    assert "↑ 18.5" in texts(drawn.loss_curves(report, "x"))
    assert "↑ 18.5, printed 18.5" in texts(drawn.loss_curves(report, "x", printed()["o-simple"]))
    level = replace(report, history=TrainingHistory((3.0, 2.0), (2.5, 2.25), 2))
    assert not [text for text in texts(drawn.loss_curves(level, "x", printed()["a0"])) if text.startswith("↑")]


def test_what_is_printed_is_open_and_of_another_colour(make_network: Make) -> None:
    report = make_network()
    assert "--accent" not in drawn.loss_curves(report, "x")
    assert drawn.loss_curves(report, "x", printed()["a0"]).count("<use") >= 2
    assert "--accent" in drawn.loss_curves(report, "x", printed()["a0"])


@pytest.mark.parametrize(
    "history",
    [
        None,
        TrainingHistory((), (), 0),
        TrainingHistory((math.nan,), (math.inf,), 1),
        TrainingHistory((1.0,), (1.0,), 1),
        TrainingHistory((0.0, 0.0), (0.0, 0.0), 7),
        TrainingHistory((1e9, 2.0), (math.nan, 2.0), 2),
    ],
)
def test_odd_histories(history: TrainingHistory | None, make_network: Make) -> None:
    report = replace(make_network(), history=history)
    found = texts(drawn.loss_curves(report, "x"))
    if history is None or not [value for value in history.validation_loss if math.isfinite(value)]:
        assert found == ["no losses"]
    texts(drawn.grid_losses(report, None, "x"))
    texts(drawn.grid_losses(None, report, "x", printed()["slip-4-0.5"]))
    texts(drawn.grid_losses(None, None, "x"))


def test_transforms_on_any_scale() -> None:
    assert {"1", "10", "rating", "f(x)"} <= set(texts(drawn.transform_small(RatingScale(1, 10, 8, 1), Adjusted(), "x")))
    assert {"0.5", "5"} <= set(texts(drawn.transform_small(RatingScale(0.5, 5, 4), Adjusted(4, 2.5), "x")))


def test_bars_are_sorted_and_show_both(make_report: Make, make_network: Make, make_result: MakeResult) -> None:
    result = make_result(make_network("o0", coverage=0.4), make_network("a0"), make_report("mine"))
    (svg,) = drawn.fixed_dots(result, printed())
    found = texts(svg)
    assert found.index("a0") < found.index("o0")
    assert {"ours", "printed", "0.7500", "0.7319", "0.6001", "always recommend 0.7500"} <= set(found)
    (svg,) = drawn.fixed_dots(result, {})
    assert "printed" not in texts(svg)
    assert drawn.fixed_dots(result, printed()) == drawn.fixed_dots(result, printed())


def test_many_bars_are_halved_on_one_scale(make_report: Make, make_result: MakeResult) -> None:
    reports = [make_report(f"m{k:02}") for k in range(25)]
    reports[7] = replace(reports[7], validation_fixed={**reports[7].validation_fixed, "f1": math.nan})
    first, second = drawn.fixed_dots(make_result(*reports), {})
    assert (len([t for t in texts(first) if t[0] == "m"]), len([t for t in texts(second) if t[0] == "m"])) == (13, 12)
    assert "m07" in texts(second)
    (svg,) = drawn.fixed_dots(make_result(), {})
    texts(svg)


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "$x^2", 'a"b&c', "\x1b[31m\x00", "n" * 300])
def test_hostile_names(name: str, make_network: Make, make_result: MakeResult) -> None:
    report = make_network(name)
    svgs = [
        drawn.loss_curves(report, "x"),
        drawn.grid_losses(report, report, "x"),
        *drawn.fixed_dots(make_result(report), {}),
    ]
    for svg in svgs:
        texts(svg)
        assert "<script" not in svg
