"""What the terminal shows: fits its width, and never obeys the data."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from rich.console import Console, RenderableType

from toprank.core.dataset import Dataset
from toprank.core.ratings import Ratings
from toprank.core.scale import RatingScale
from toprank.data.summary import DatasetSummary, summarize
from toprank.evaluation.report import Report
from toprank.study.results import StudyResult
from toprank.study.terminal import results_table, summary_renderables


def printed(*parts: RenderableType, width: int) -> str:
    console = Console(width=width, file=io.StringIO(), force_terminal=False)
    for part in parts:
        console.print(part)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert max(len(line) for line in text.splitlines()) <= width
    return str(text)


def test_summary(summary: DatasetSummary) -> None:
    text = printed(*summary_renderables(summary), width=80)
    for said in (
        "5 on a scale of 1 to 10",
        "60.00 % (3)",
        "█",
        "liked",
        "Ages of 1 users",
        "year after 2005",
        "7 rows read",
    ):
        assert said in text
    assert "…" not in text


def test_summary_of_bare_ratings() -> None:
    bare = Dataset(Ratings.of([1, 2], [7, 8], [1, 10], RatingScale(1, 10, 8, 1)))
    text = printed(*summary_renderables(summarize(bare)), width=80)
    assert "implicit" not in text
    assert "Table" not in text
    empty = Dataset(bare.ratings.take(np.empty(0, np.int64)))
    assert "–" in printed(*summary_renderables(summarize(empty)), width=80)


def test_data_is_neither_markup_nor_control_sequence(summary: DatasetSummary) -> None:
    hostile = replace(summary, name="[red]x[/red]", notes=("[bold]\x1b[2J",))
    text = printed(*summary_renderables(hostile), width=80)
    assert "[red]x[/red]" in text
    assert "[bold]" in text
    assert "\x1b" not in text


def test_results(make_report: Callable[..., Report], make_result: Callable[..., StudyResult]) -> None:
    result = make_result(
        make_report("always", shift=0.0, constant=True, alone=True),
        make_report("jaccard-adjusted", shift=0.03),
        make_report("[red]broken", empty=True),
    )
    text = printed(results_table(result), width=100)
    assert "Always recommend has F1 0.7500 on the 10 test rows" in text
    assert "0.7800 ±0.010" in text
    assert "[red]broken" in text
    assert "jaccard-adjusted: the verdict on jaccard-adjusted" in text
    assert text.index("jaccard-adjusted  ") < text.index("always  ")  # the baselines come last


def test_verdicts_of_many_models_are_summed_up(
    make_report: Callable[..., Report], make_result: Callable[..., StudyResult]
) -> None:
    level = [make_report(f"level-{k}", shift=0.001) for k in range(8)]
    better, worse = make_report("better", shift=0.03), make_report("worse", shift=-0.03)
    always = make_report("always", shift=0.0, constant=True, alone=True)
    text = printed(results_table(make_result(always, better, worse, *level)), width=100)
    assert "better: the verdict on better" in text
    assert text.count("the verdict on") == 1
    found = " ".join(text.split())
    assert f"9 models are no better than always recommend: {', '.join(r.name for r in level)}, worse" in found
    short = printed(results_table(make_result(always, better, worse, *level[:7])), width=100)
    assert short.count("the verdict on") == 10
    unknown = [replace(r, comparisons=tuple(replace(c, low=np.nan, high=np.nan) for c in r.comparisons)) for r in level]
    found = " ".join(printed(results_table(make_result(always, better, worse, *unknown)), width=100).split())
    assert "1 model is no better than always recommend: worse" in found
    assert "8 models with too few readers to tell: level-0" in found
