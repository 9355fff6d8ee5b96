"""The pages: complete, escaped, offline, deterministic."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from toprank.core.arrays import FloatArray
from toprank.data.summary import DatasetSummary
from toprank.errors import OptionError
from toprank.evaluation.report import Report
from toprank.study.pages import render_report, render_summary, write_page
from toprank.study.results import StudyResult

Make = Callable[..., Report]
MakeResult = Callable[..., StudyResult]
VOID = {"meta", "br", "link", "img"}
SECTIONS = ["reading", "results", "bars", "data", "transform", "roc", "precision-recall", "calibration"]
SECTIONS += ["scores", "cutoffs", "slices", "split"]


class Page(HTMLParser):
    """A page taken apart; balanced tags, unique ids and closed references are checked on the way."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.ids: list[str] = []
        self.sections: list[str] = []
        self.references: list[str] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert not self._open
        assert len(self.ids) == len(set(self.ids))
        assert all(reference[1:] in self.ids for reference in self.references)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        for name, value in attrs:
            assert not name.startswith("on")
            assert name != "src"
            if name in ("href", "xlink:href"):
                assert value is not None
                assert value.startswith("#")
                self.references.append(value)
            if name == "id":
                assert value is not None
                self.ids.append(value)
                if tag == "section":
                    self.sections.append(value)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def transform() -> tuple[FloatArray, FloatArray]:
    x = np.linspace(1, 10, 50)
    return x, 9 / (1 + np.exp(5 - x)) + 1


@pytest.fixture(scope="module")
def html(result: StudyResult, summary: DatasetSummary, transform: tuple[FloatArray, FloatArray]) -> str:
    return render_report(result, summary, transform=transform)


@pytest.fixture(scope="module")
def result(make_report: Make, make_result: MakeResult) -> StudyResult:
    return make_result(
        make_report("always", shift=0.0, constant=True, alone=True),
        make_report("jaccard", shift=0.03),
        make_report("level", shift=0.001),
        make_report("broken", empty=True),
    )


def test_report_is_complete(html: str, result: StudyResult) -> None:
    page = Page(html)
    assert page.sections == SECTIONS
    # Two of bars, three of the data, the transform, ROC and precision-recall; three of each model.
    assert page.tags["svg"] == 2 + 3 + 1 + 2 + 3 * len(result.reports)
    assert page.tags["script"] == page.tags["link"] == page.tags["img"] == 0
    assert "url(" not in html.replace("url(#", "")
    assert "@import" not in html
    for report in result.reports:
        assert f"the verdict on {report.name}" in page.text
        assert f"What {report.name} does." in page.text
    assert "WWW 2005" in page.text
    assert "the line to beat" in page.text


def test_report_answers_first(html: str) -> None:
    text = Page(html).text
    assert "jaccard by 0.030 (0.020 to 0.040)" in text
    assert "Not better: level" in text
    assert "jaccard, is better by 0.030 (0.020 to 0.040) in F1 on the test rows." in text
    assert text.index("beat recommending everything (F1 0.7500)") < text.index("How to read this")


def test_best_figures_are_bold(html: str) -> None:
    assert '<td class="best">0.7800<small>0.770 to 0.790</small></td>' in html
    assert '<td class="best">0.7500' not in html


def test_pages_are_deterministic(
    html: str, result: StudyResult, summary: DatasetSummary, transform: tuple[FloatArray, FloatArray]
) -> None:
    assert render_report(result, summary, transform=transform) == html
    assert render_summary(summary) == render_summary(summary)


def test_hostile_names_are_escaped(make_report: Make, make_result: MakeResult, summary: DatasetSummary) -> None:
    hostile = "<script>alert('x')</script>{{ 7 * 7 }}\x1b[31m"
    result = make_result(make_report(hostile), dataset=hostile)
    items = summary.items
    assert items is not None
    column = replace(items.columns[0], name=hostile, common=((hostile, 2),))
    dirty = replace(summary, name=hostile, notes=(hostile,), items=replace(items, columns=(column,)))
    for html in (render_report(result, dirty, transform=None), render_summary(dirty)):
        page = Page(html)
        assert page.tags["script"] == 0
        assert "{{ 7 * 7 }}" in page.text
        assert "\x1b" not in html


def test_a_study_of_nothing_much(make_report: Make, make_result: MakeResult, summary: DatasetSummary) -> None:
    bare = replace(summary, implicit=None, items=None, users=None, ages=None, notes=(), name="mine")
    alone = replace(make_report(alone=True), slices=())
    for reports in ([], [alone]):
        page = Page(render_report(make_result(*reports, dataset="mine"), bare, transform=None))
        assert "transform" not in page.sections
        assert "No slices were measured" in page.text
        assert "nothing can be said" in page.text
        assert "WWW 2005" not in page.text


def test_summary_page(summary: DatasetSummary) -> None:
    page = Page(render_summary(summary))
    assert page.sections == ["data"]
    assert page.tags["svg"] == 3
    for said in ("7 rows read", "2 of the 3 items with ratings (66.7 %)", "all 3 users", "year after 2005", "WWW 2005"):
        assert said in " ".join(page.text.split())


def test_write_page_leaves_nothing_beside(tmp_path: Path) -> None:
    write_page("old", tmp_path / "report.html")
    write_page("grün", tmp_path / "report.html")
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == "grün"
    with pytest.raises(OptionError, match="cannot be written"):
        write_page("x", tmp_path / "absent" / "report.html")
