"""Several seeds: how they are named, and what is averaged."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toprank.errors import OptionError
from toprank.evaluation.measurements import Comparison, Report
from toprank.study.engine.seeds import SeedStudy, Spread, over_seeds, parse_seeds
from toprank.study.engine.study_result import Ablation, StudyResult

Make = Callable[..., Report]
MakeResult = Callable[..., StudyResult]


@pytest.mark.parametrize(
    ("text", "seeds"),
    [("13", (13,)), ("13-17", (13, 14, 15, 16, 17)), ("13,14,20", (13, 14, 20)), (" 9, 3-4 ", (9, 3, 4))],
)
def test_seeds_as_people_write_them(text: str, seeds: tuple[int, ...]) -> None:
    assert parse_seeds(text) == seeds


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not understood at ''"),
        ("13-", "not understood at '13-'"),
        ("13,,14", "not understood at ''"),
        ("-3", "not understood at '-3'"),
        ("1.5", "not understood"),
        ("١٣", "not understood"),
        ("17-13", "must rise"),
        ("4294967296", "at most 4294967295"),
        ("0-1000", "more than 1000"),
        ("1-600,700-1200", "more than 1000"),
        ("13-15,14", "the seed 14 is named twice"),
    ],
)
def test_what_is_no_seed_is_refused(text: str, said: str) -> None:
    with pytest.raises(OptionError, match=said):
        parse_seeds(text)


@given(st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=20, unique=True))
def test_seeds_are_read_as_they_are_written(seeds: list[int]) -> None:
    assert parse_seeds(",".join(map(str, seeds))) == tuple(seeds)


def test_a_figure_that_is_not_defined_is_left_out() -> None:
    figure = Spread((1.0, math.nan, 2.0, 6.0))
    assert figure.mean == 3.0
    assert figure.deviation == pytest.approx(math.sqrt(7))  # (4 + 1 + 9) / 2
    assert math.isnan(Spread((1.0, math.nan)).deviation)
    assert math.isnan(Spread((math.nan,)).mean)


@pytest.fixture(scope="module")
def study(make_report: Make, make_result: MakeResult) -> SeedStudy:
    """Three splits: "model" beats always on all, damped bias on one; "odd" fails on the second."""

    def report(name: str, shift: float, over_bias: float) -> Report:
        found = make_report(name, shift=shift)
        bias = Comparison("bias", "f1", over_bias, over_bias - 0.01, over_bias + 0.01)
        return replace(found, comparisons=(*found.comparisons, bias))

    results = []
    for seed, shift, over_bias in ((13, 0.02, 0.02), (14, 0.03, 0.001), (15, 0.04, 0.0)):
        name = "model-without-x"
        result = make_result(
            make_report("always", shift=0.0, constant=True, alone=True),
            make_report("bias", shift=0.02),
            report("model", shift, over_bias),
            make_report(name),
            *([] if seed == 14 else [report("odd", -0.03, -0.05)]),
        )
        adds = tuple(Comparison(name, metric, shift / 10, shift / 10 - 0.003, 0.1) for metric in ("f1", "auc"))
        failed = {"odd": "the loss is nan"} if seed == 14 else {}
        split = {**result.split, "seed": seed}
        results.append(replace(result, split=split, failed=failed, ablations=(Ablation(name, "model", adds),)))
    return over_seeds(results)


def test_models_are_averaged_over_the_splits(study: SeedStudy) -> None:
    assert study.seeds == (13, 14, 15)
    always, bias, model, _, odd = study.models
    assert model.figures["f1"].mean == pytest.approx(0.78)
    assert model.figures["f1"].deviation == pytest.approx(0.01)
    assert model.figures["auc"].values == pytest.approx((0.6, 0.65, 0.7))
    assert always.differences == ()
    assert bias.figures["f1"].deviation == pytest.approx(0.0)
    assert odd.figures["f1"].mean == pytest.approx(0.72)
    assert math.isnan(odd.figures["f1"].values[1])


def test_differences_are_averaged_and_the_splits_counted(study: SeedStudy) -> None:
    model, odd = study.models[2], study.models[4]
    over_always, over_bias = model.difference("always", "f1"), model.difference("bias", "f1")
    assert over_always is not None
    assert over_bias is not None
    assert over_always.difference.mean == pytest.approx(0.03)
    assert (over_always.better, over_always.worse, over_always.decided) == (3, 0, 3)
    assert (over_bias.better, over_bias.worse, over_bias.decided) == (1, 0, 3)
    below = odd.difference("bias", "f1")
    assert below is not None
    assert (below.worse, below.decided) == (2, 2)
    assert model.difference("item-mean", "f1") is None
    part = model.difference("model-without-x", "auc")
    assert part is not None
    assert part.difference.mean == pytest.approx(0.003)
    assert part.better == 1


def test_the_file_has_every_split(study: SeedStudy, tmp_path: Path) -> None:
    study.write(tmp_path / "seeds.json")
    found = json.loads((tmp_path / "seeds.json").read_text(encoding="utf-8"))
    assert found["seeds"] == [13, 14, 15]
    assert found["failed"] == [{"seed": 14, "name": "odd", "error": "the loss is nan"}]
    model, odd = found["models"][2], found["models"][4]
    assert model["auc"]["by_seed"] == pytest.approx([0.6, 0.65, 0.7])
    assert odd["f1"]["by_seed"][1] is None
    first = model["differences"][0]
    assert (first["than"], first["metric"], first["seeds_better"], first["seeds_decided"]) == ("always", "f1", 3, 3)
    assert {d["than"] for d in model["differences"]} == {"always", "bias", "model-without-x"}


def test_no_study_cannot_be_averaged() -> None:
    with pytest.raises(OptionError, match="give at least one"):
        over_seeds([])
