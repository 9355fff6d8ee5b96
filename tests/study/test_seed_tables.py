"""The tables and the answer of a study on several splits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from toprank.evaluation.measurements import Comparison, Report
from toprank.report.phrases import seed_words, splits_words
from toprank.study.engine.seeds import SeedStudy, over_seeds
from toprank.study.engine.study_result import Ablation, StudyResult
from toprank.study.seed_tables import means_table, seed_ablation_tables, seeds_answer, splits_table

Make = Callable[..., Report]
MakeResult = Callable[..., StudyResult]


@pytest.fixture(scope="module")
def study(make_report: Make, make_result: MakeResult) -> SeedStudy:
    """Three splits: one model always ahead of the constant, but of damped bias on one only; another behind it twice."""

    def on(seed: int, ahead: bool) -> StudyResult:
        low = 0.001 if ahead else -0.005
        against = (Comparison("always", "f1", 0.03, 0.02, 0.04), Comparison("bias", "f1", 0.005, low, 0.01))
        behind = (Comparison("always", "f1", 0.01, -0.01, 0.02), Comparison("bias", "f1", -0.02, -0.03, -0.01))
        reports = [
            make_report("always", shift=0.0, constant=True, alone=True),
            replace(make_report("bias", shift=0.02), comparisons=against[:1]),
            replace(make_report("model", shift=0.03), comparisons=against),
            make_report("model-without-x"),
            *([] if seed == 3 else [replace(make_report("odd"), comparisons=behind)]),
        ]
        result = make_result(*reports)
        adds = tuple(Comparison("model-without-x", metric, 0.003, 0.001, 0.004) for metric in ("auc", "f1"))
        return replace(
            result, split={**result.split, "seed": seed}, ablations=(Ablation("model-without-x", "model", adds),)
        )

    return over_seeds([on(1, True), on(2, False), on(3, False)])


def test_the_answer(study: SeedStudy) -> None:
    assert seeds_answer(study) == (
        "model (by 0.030 on average) is better than always recommend in F1 by more than chance on all 3 splits. "
        "No model is better than damped bias in F1 by more than chance on all 3 splits."
    )


def test_the_table_of_means(study: SeedStudy) -> None:
    models, baselines = means_table(study).groups
    assert (models.title, baselines.title) == ("models", "baselines")
    assert [row.cells[0].text for row in (*models.rows, *baselines.rows)] == ["model", "odd", "always", "bias"]
    model, odd = models.rows
    assert [cell.note for cell in model.cells][-2:] == ["3 of 3 better", "1 of 3 better"]
    assert odd.cells[-1].note == "2 of 2 worse"
    assert model.cells[2].text == "0.7800"
    assert baselines.rows[0].cells[-2].text == ""  # not beside itself


def test_the_table_of_what_each_part_adds(study: SeedStudy) -> None:
    (table,) = seed_ablation_tables(study)
    assert table.title == "What each part of model adds"
    assert [cell.text for cell in table.rows[0].cells] == ["without x", "+0.0030", "+0.0030"]


def test_the_table_of_splits_has_links(study: SeedStudy) -> None:
    rows = splits_table(study, ["a", "b", "c"]).rows
    assert [row.cells[0].href for row in rows] == ["a", "b", "c"]
    assert [row.cells[1].text for row in rows] == ["10"] * 3


def test_words() -> None:
    assert splits_words(0, 0, 0) == "too few readers"
    assert splits_words(1, 1, 2) == "1 better, 1 worse"
    assert seed_words((3, 4)) == "3 and 4"
