"""The notebook's figures: complete, as printed, and shown only beside a study of the same rows."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from importlib import resources

import pytest

from toprank.evaluation.measurements import Report
from toprank.models.notebook_networks import GRID
from toprank.models.registry import MODELS
from toprank.study.engine.study_result import StudyResult
from toprank.study.notebook.printed import always_f1, comparable, printed, source

ALWAYS = 2 * 25029 / (43367 + 25029)


def test_every_figure_of_the_file_is_given() -> None:
    content = json.loads(
        resources.files("toprank.study.notebook").joinpath("notebook.json").read_text(encoding="utf-8")
    )
    assert source() == content["source"]
    assert set(printed()) == set(content["models"])
    for name, figures in content["models"].items():
        given = printed()[name]
        for key in ("printed_as", "target", "validation_f1", "test_f1", "best_epoch", "stopped"):
            assert getattr(given, key) == figures.get(key)
        assert list(given.loss) == figures.get("loss", [])
        assert list(given.validation_loss) == figures.get("validation_loss", [])
        assert len(given.epochs) == len(given.loss) == len(given.validation_loss)


def test_they_are_those_of_models_here_and_of_the_same_target() -> None:
    assert {name: figures.target for name, figures in printed().items()} == {
        name: MODELS[name].model.target.name for name in printed()
    }
    assert {name for name in printed() if name.startswith("slip")} == {f"slip-{i:g}-{s:g}" for i, s in GRID}
    assert not [name for name in printed() if name.startswith("grid")]  # they ran on the dot product alone
    assert "a3" not in printed()


@pytest.mark.parametrize(
    ("name", "validation_f1", "test_f1", "loss", "validation_loss", "epochs"),
    [
        ("jaccard-adjusted", 0.7379134860050891, 0.7428949764131424, (), (), ()),
        ("a-simple-mae", 0.6753602580331906, None, (3.4261, 0.8871, 0.8139), (1.6206, 1.5472, 1.5518), (1, 2, 3)),
        ("o0", 0.6000629392636107, 0.549578, (1.424113,), (1.436637,), (4,)),
        ("a2b", 0.7325508125613635, None, (1.639872,), (1.48753,), (1,)),
        ("slip-6-0.5", 0.0, None, (2.87435,), (2.83057,), (4,)),
    ],
)
def test_some_of_them_by_hand(
    name: str,
    validation_f1: float,
    test_f1: float | None,
    loss: tuple[float, ...],
    validation_loss: tuple[float, ...],
    epochs: tuple[int, ...],
) -> None:
    given = printed()[name]
    assert (given.validation_f1, given.test_f1) == (validation_f1, test_f1)
    assert (given.loss, given.validation_loss, given.epochs) == (loss, validation_loss, epochs)


def test_ten_networks_print_the_f1_of_recommending_everything() -> None:
    level = [name for name, figures in printed().items() if figures.validation_f1 == ALWAYS]
    assert level == ["a0", "a1", "a2c", "a2d", "s0", "s1", "s1b", "s2", "slip-4-1.5", "slip-4-2.5"]
    assert always_f1() == ALWAYS


def test_only_the_same_rows_are_comparable(
    make_report: Callable[..., Report],
    make_result: Callable[..., StudyResult],
    of_the_notebook: Callable[[StudyResult], StudyResult],
) -> None:
    result = of_the_notebook(make_result(make_report()))
    assert comparable(result)
    others = [
        replace(result, dataset="mine"),
        replace(result, split={**result.split, "seed": 14}),
        replace(result, split={**result.split, "kind": "leave-one-out"}),
        replace(result, split={**result.split, "test": 43366}),
        replace(result, liked={**result.liked, "validation": 24000}),  # another bar for "liked"
    ]
    assert not any(comparable(other) for other in others)
