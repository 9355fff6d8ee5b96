"""The pages: complete, escaped, offline, deterministic."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from toprank.core.arrays import FloatArray
from toprank.data.summary import DatasetSummary
from toprank.evaluation.measurements import Comparison, Report
from toprank.study.engine.study_result import Ablation, StudyResult
from toprank.study.pages import render_report, render_summary

Make = Callable[..., Report]
MakeResult = Callable[..., StudyResult]
VOID = {"meta", "br", "link", "img"}
SECTIONS = ["reading", "results", "beside", "data", "transform", "roc", "precision-recall", "calibration"]
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


@pytest.fixture(scope="module")
def networks(
    make_report: Make,
    make_network: Make,
    make_result: MakeResult,
    of_the_notebook: Callable[[StudyResult], StudyResult],
) -> StudyResult:
    """Thirteen models, which is many, with everything that has a section of its own."""
    names = ("o-simple", "a0", "a1", "a2", "a3", "s2", "grid-4-0.5", "slip-4-0.5")
    result = make_result(
        make_report("always", shift=0.0, constant=True, alone=True),
        make_report("jaccard-adjusted", shift=0.03),
        *(make_network(name, line=2 * 25029 / (43367 + 25029)) for name in names),
        make_network("ordinal", coverage=0.4, shift=0.03),
        make_network("sunk", coverage=0.4, shift=-0.03),
        make_report("level", shift=0.001),
    )
    return replace(of_the_notebook(result), failed={"<b>a2c</b>": "the loss is nan & more"})


@pytest.fixture(scope="module")
def many(networks: StudyResult, summary: DatasetSummary) -> str:
    return render_report(networks, summary, transform=None)


def test_networks_have_their_sections(many: str, networks: StudyResult, summary: DatasetSummary) -> None:
    page = Page(many)
    text = " ".join(page.text.split())
    place = page.sections.index("beside")
    assert page.sections[place + 1 : place + 6] == ["networks", "losses", "grid", "fixed", "data"]
    assert "8 of the 10 networks recommend everything at the fixed cutoff" in text
    assert "10 of the notebook's networks print the validation F1 0.7318849055500322" in text
    assert "by a slip" in text
    assert "a0epoch 3 of 4: 2.5000; printed, 5 of 10: 1.1849" in text
    assert "o-simpleepoch 3 of 4: 2.5000; printed, 5 of 5: 3.6967" in text
    assert "validation loss2.50002.50001.5672" in text
    assert "0.7317879" not in text  # in the page, four digits are enough
    assert "0.731788" in text
    # Failed models: with their error, after the results and escaped.
    assert "<b>a2c</b>the loss is nan & more" in text
    assert text.index("1 model could not be trained") > text.index("baselines")
    assert page.tags["script"] == page.tags["link"] == page.tags["img"] == 0
    assert "url(" not in many.replace("url(#", "")
    assert many == render_report(networks, summary, transform=None)


def test_many_models_are_no_wall(many: str, networks: StudyResult) -> None:
    page = Page(many)
    text = " ".join(page.text.split())
    # The grid of the results, what the models are, the grid of the networks, five more networks in three sections,
    # and the other networks by what is known.
    assert page.tags["details"] == 1 + 1 + 1 + 3 + 1
    drawn = len(networks.reports) - 2  # the grid is left out
    # Two of bars, three of the data, ROC and precision-recall; eight networks' losses, one of the grid, one of bars.
    assert page.tags["svg"] == 2 + 3 + 2 + 3 * drawn + 8 + 2 + 1
    assert "The transform grid (2 runs) is left out here." in text
    assert "5 more networks" in text
    # Who is better has a verdict spelled out, the others a word.
    assert "the verdict on ordinal" in text
    assert "the verdict on a0" not in text
    assert "adjusted; no better" in text
    assert "adjusted; worse by 0.030 (0.020 to 0.040)" in text
    assert "only the baselines are drawn, in grey" in text


def test_elsewhere_the_notebook_is_not_mentioned(networks: StudyResult, summary: DatasetSummary) -> None:
    few = replace(networks, dataset="mine", reports=networks.reports[2:4], failed={})
    page = Page(render_report(few, replace(summary, name="mine"), transform=None))
    place = page.sections.index("beside")
    assert page.sections[place + 1 : place + 5] == ["networks", "losses", "fixed", "data"]
    text = page.text.partition("The networks beside recommending everything")[2].partition("The data")[0]
    assert "2 of the 2 networks recommend everything" in text
    for word in ("rinted", "notebook's networks", "slip"):
        assert word not in text
    assert page.tags["details"] == 0
    assert "could not be trained" not in page.text


def test_printed_figures_without_networks(networks: StudyResult, summary: DatasetSummary) -> None:
    page = Page(render_report(replace(networks, reports=networks.reports[:2]), summary, transform=None))
    assert page.sections[page.sections.index("beside") + 1 :][:2] == ["fixed", "data"]
    assert "printed in the notebook" in page.text


def test_the_grid_alone(networks: StudyResult, summary: DatasetSummary) -> None:
    runs = [replace(networks.reports[8], name=f"grid-{k}-1.5") for k in range(1, 12)]
    page = Page(render_report(replace(networks, reports=tuple(runs)), summary, transform=None))
    place = page.sections.index("beside")
    assert page.sections[place + 1 : place + 5] == ["networks", "grid", "fixed", "data"]
    assert "The transform grid (11 runs) is left out here." in page.text


def test_hostile_networks_are_escaped(networks: StudyResult, summary: DatasetSummary) -> None:
    hostile = replace(networks.reports[3], name="<script>alert('x')</script>{{ 7 * 7 }}\x1b[31m")
    html = render_report(replace(networks, reports=(hostile,)), summary, transform=None)
    page = Page(html)
    assert page.tags["script"] == 0
    assert "{{ 7 * 7 }}" in page.text
    assert "\x1b" not in html


def test_summary_page(summary: DatasetSummary) -> None:
    page = Page(render_summary(summary))
    assert page.sections == ["data"]
    assert page.tags["svg"] == 3
    for said in ("7 rows read", "2 of the 3 items with ratings (66.7 %)", "all 3 users", "year after 2005", "WWW 2005"):
        assert said in " ".join(page.text.split())


def test_what_each_part_adds_has_a_section(make_report: Make, make_result: MakeResult, summary: DatasetSummary) -> None:
    name = "boosted-without-<b>"
    adds = (Comparison(name, "f1", 0.001, -0.001, 0.003), Comparison(name, "auc", 0.0123, 0.0104, 0.0141))
    always, full = make_report("always", shift=0.0, constant=True, alone=True), make_report("boosted", shift=0.03)
    result = make_result(always, full, replace(make_report(name), description="Lacks it."))
    page = Page(render_report(replace(result, ablations=(Ablation(name, "boosted", adds),)), summary, transform=None))
    assert page.sections[page.sections.index("beside") + 1] == "ablations"
    text = " ".join(page.text.split())
    assert "boostedwith everything0.65000.7800 without <b>0.6000+0.01230.0104 to 0.0141" in text
    assert "−0.0010 to 0.0030adds to AUC" in text
    # It is described, but it has no row among the models, and no panels.
    assert "Lacks it." in text
    assert f"the verdict on {name}" not in text
    assert page.tags["svg"] == 2 + 1 + 3 + 2 + 3 * 2
    without = Page(render_report(result, summary, transform=None))
    assert "ablations" not in without.sections
