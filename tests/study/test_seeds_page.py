"""The page of several splits: one table, two drawings, a link to each split's report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from toprank.evaluation.measurements import Comparison, Report
from toprank.study.dot_plots import seed_dots
from toprank.study.engine.seeds import SeedStudy, over_seeds
from toprank.study.engine.study_result import Ablation, StudyResult
from toprank.study.pages import render_seeds
from toprank.study.study_tables import baselines

Make = Callable[..., Report]
MakeResult = Callable[..., StudyResult]
HOSTILE = "<script>alert('x')</script>{{ 7 * 7 }}\x1b[31m"


class Links(HTMLParser):
    """The links and the texts of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str | None] = []
        self.tags: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name == "href" and tag == "a"]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def study(make_report: Make, make_result: MakeResult) -> SeedStudy:
    always = make_report("always", shift=0.0, constant=True, alone=True)
    lacking = "model-without-neighbours"
    adds = tuple(Comparison(lacking, metric, 0.004, 0.001, 0.006) for metric in ("auc", "f1"))
    results = [
        replace(
            make_result(always, make_report("model", shift=shift), make_report(lacking), make_report("", empty=True)),
            split={**make_result().split, "seed": seed},
            ablations=(Ablation(lacking, "model", adds),),
        )
        for seed, shift in ((13, 0.02), (14, 0.03))
    ]
    return over_seeds(results)


def test_the_page_shows_means_and_links(study: SeedStudy) -> None:
    html = render_seeds(study, ["seed-13/report.html", "seed-14/report.html"])
    page = Links(html)
    text = " ".join(page.text.split())
    assert page.links == ["seed-13/report.html", "seed-14/report.html"]
    assert page.tags.count("svg") == 2
    for said in (
        "On 2 splits",
        "seeds 13 and 14",
        "0.7750",
        "±0.0071",
        "2 of 2 better",
        "without neighbours",
        "+0.0040",
    ):
        assert said in text
    assert "better than always recommend in F1 by more than chance on both splits" in text
    assert "WWW 2005" in text
    assert html == render_seeds(study, ["seed-13/report.html", "seed-14/report.html"])


def test_names_are_data(study: SeedStudy) -> None:
    results = [
        replace(r, dataset=HOSTILE, failed={HOSTILE: "x"}, reports=(*r.reports, replace(r.reports[1], name=HOSTILE)))
        for r in study.results
    ]
    page = Links(render_seeds(over_seeds(results), ["a", "b"]))
    assert "script" not in page.tags
    assert "{{ 7 * 7 }}" in page.text
    assert "\x1b" not in page.text


def test_points_are_those_of_the_splits(study: SeedStudy) -> None:
    root = ElementTree.fromstring(seed_dots(study, "f1", "F1", baselines(study.results[0].reports)))
    texts = ["".join(node.itertext()) for node in root.iter("text")]
    assert "0.775" in texts  # the mean
    assert "always recommend 0.750" in texts
    assert "model-without-neighbou…" not in texts
    assert len(list(root.iter("use"))) >= 4  # two dots for each of two models
