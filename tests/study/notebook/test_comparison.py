"""What is said of the networks: who is a constant, who hits the notebook's figure, and how to call a difference."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import pytest

from toprank.core.history import TrainingHistory
from toprank.evaluation.measurements import Comparison, Report
from toprank.report.phrases import decimal, outcome_words, significant_digits
from toprank.report.terminal import to_text
from toprank.study.engine.study_result import StudyResult
from toprank.study.notebook.comparison import is_grid, kept_loss, network_table, notebook_comparison
from toprank.study.notebook.printed import printed

Make = Callable[..., Report]
MakeResult = Callable[..., StudyResult]
Move = Callable[[StudyResult], StudyResult]
ALWAYS = 0.7318849055500322


@pytest.fixture(scope="module")
def result(make_report: Make, make_network: Make, make_result: MakeResult, of_the_notebook: Move) -> StudyResult:
    names = ("a0", "a3", "grid-4-0.5", "slip-4-0.5", "slip-5-1.5")
    networks = [make_network(name, line=ALWAYS) for name in names]
    learned = make_network("o0", coverage=0.4)
    return of_the_notebook(make_result(make_report("always", alone=True), *networks, learned, make_report("bias")))


def test_who_is_a_constant(result: StudyResult) -> None:
    found = notebook_comparison(result)
    assert [row.report.name for row in found.rows] == ["a0", "a3", "o0"]
    assert [row.report.name for row in found.grid_rows] == ["grid-4-0.5", "slip-4-0.5", "slip-5-1.5"]
    assert "5 of the 6 networks recommend everything" in found.constants
    assert "a0, a3 and 3 runs of the transform grid" in found.constants
    assert repr(ALWAYS) in found.constants
    a0, a3, o0 = found.rows
    assert (a0.level, a0.printed_level) == (True, True)
    assert (a3.level, a3.printed_level) == (True, False)
    assert not o0.level
    shown = [line.split("  ") for line in to_text(network_table(found.rows, result), 160).splitlines()]
    rows = {line[0]: [part.strip() for part in line if part.strip()] for line in shown}
    assert rows["a0"][1:3] + rows["a0"][4:6] == ["1.0000", "0.0017", "■ 0.731885", "■ 0.731885"]
    assert rows["o0"][1:3] + rows["o0"][4:6] == ["0.4000", "0.0017", "0.600000", "0.600063"]
    assert rows["a3"][4:6] == ["■ 0.731885", "0.6000"]  # the notebook prints none
    text = to_text(network_table(found.rows, result), 160)
    assert "9.547 to 9.603" in text
    assert "printed 0.7329" in text


def test_what_the_notebook_says(result: StudyResult) -> None:
    said = notebook_comparison(result).notebook
    assert said.startswith(f"10 of the notebook's networks print the validation F1 {ALWAYS!r}")
    assert "43,367 validation rows, 25,029 of them liked" in said
    assert said.endswith("Of ours, exactly those that recommend everything hit that figure.")
    none = replace(result, reports=tuple(r for r in result.reports if r.name == "o0"))
    assert notebook_comparison(none).notebook.endswith("None of ours hits exactly that figure.")
    assert notebook_comparison(none).constants == "None of the 1 network recommends everything at its fixed cutoff."


def test_by_chance_the_figure_is_named(result: StudyResult, make_network: Make) -> None:
    lucky = make_network("lucky", coverage=0.5)
    lucky = replace(lucky, validation_fixed={**lucky.validation_fixed, "f1": ALWAYS})
    said = notebook_comparison(replace(result, reports=(lucky,))).notebook
    assert said.endswith("Ours with exactly that figure: lucky.")


def test_elsewhere_nothing_printed_is_shown(result: StudyResult) -> None:
    found = notebook_comparison(replace(result, dataset="mine"))
    assert not found.printed
    assert found.notebook == ""
    assert "5 of the 6 networks" in found.constants
    assert not any(row.printed or row.printed_level for row in found.rows)
    assert all(panel.printed is None for panel in found.grid)


def test_without_networks_there_is_nothing_to_say(result: StudyResult, make_report: Make) -> None:
    found = notebook_comparison(replace(result, reports=(make_report("bias"), make_report("jaccard-original"))))
    assert (found.rows, found.grid, found.constants, found.notebook) == ([], [], "", "")
    assert list(found.printed) == ["jaccard-original"]


def test_the_grid_is_put_together(result: StudyResult, make_report: Make, make_network: Make) -> None:
    first, second = notebook_comparison(result).grid
    assert (first.transform.inflection, first.transform.steepness) == (4.0, 0.5)
    assert first.meant is not None
    assert first.slip is not None
    assert first.printed is not None
    assert first.printed.validation_f1 == 0.7317879341864717
    assert second.meant is None
    assert not is_grid(make_report("grid-4-0.5"))  # not trained by epochs
    assert not is_grid(make_network("grid-x-0.5"))
    flat = replace(result, reports=(make_network("grid-4-0"),))
    assert notebook_comparison(flat).grid == []  # no such transform


def test_the_loss_of_the_weights_that_were_kept(make_report: Make, make_network: Make) -> None:
    assert kept_loss(make_network()) == 2.5
    assert kept_loss(printed()["a0"]) == 1.18489
    assert kept_loss(printed()["o-simple"]) == 3.6967
    cut = replace(make_network(), history=TrainingHistory((), (), 0))
    assert all(math.isnan(kept_loss(none)) for none in (None, make_report(), cut, printed()["jaccard-original"]))


def compared(low: float, high: float) -> Comparison:
    return Comparison("always", "f1", (low + high) / 2, low, high)


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.01, 0.014, "better by 0.012 (0.010 to 0.014)"),
        (0.0001, 0.0013, "better by 0.0007 (0.0001 to 0.0013)"),
        (0.00002, 0.00014, "better by 0.0001 (above 0 to 0.0001)"),
        (-0.014, -0.01, "worse by 0.012 (0.010 to 0.014)"),
        (-0.002, 0.004, "no better (−0.002 to 0.004)"),
        (-0.0002, 0.0001, "no better (−0.0002 to 0.0001)"),
        (-0.00001, 0.00002, "no better"),
        (0.0, 0.0, "no better"),
        (float("nan"), float("nan"), "too few readers to tell"),
    ],
)
def test_standing_in_words(low: float, high: float, said: str, make_report: Make) -> None:
    assert outcome_words(replace(make_report(), comparisons=(compared(low, high),))) == said


def test_standing_for_another_objective(make_report: Make) -> None:
    report = replace(make_report(), comparisons=(replace(compared(0.01, 0.014), metric="auc"),))
    assert outcome_words(report) == ""
    assert outcome_words(replace(report, judged_by="auc", judged_in="AUC")).endswith("in AUC")


def test_figures_that_are_zero_have_no_sign() -> None:
    assert decimal(-0.00004) == decimal(0.0) == "0.0000"
    assert significant_digits(float("nan"), float("nan")) == "–"
    assert significant_digits(9.5573, 1e-12) == "9.5573000"
