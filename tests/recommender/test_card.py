"""The model card: complete, honest about what it cannot say, escaped, offline, deterministic."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pyarrow as pa
import pytest

from toprank.core.dataset import Dataset
from toprank.data.datasets.book_crossing import BOOK_CROSSING
from toprank.data.datasets.generated import generate_ratings
from toprank.evaluation.measurements import Measurement
from toprank.evaluation.scorecard import BASELINES
from toprank.models.blend import FittedBlend
from toprank.models.boosted import FittedBoosted
from toprank.recommender.about import about
from toprank.recommender.card import render_card
from toprank.recommender.example_lists import example_lists
from toprank.recommender.facade import FittedRecommender, Recommender

SECTIONS = ["results", "objective", "examples", "slices", "calibration", "importance", "data", "limits", "made"]
VOID = {"meta", "br"}


class Page(HTMLParser):
    """A page taken apart; balanced tags, unique ids and closed references are checked on the way."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.ids: list[str] = []
        self.sections: list[str] = []
        self.cells: list[str] = []
        self.words = ""
        self._open: list[str] = []
        self._references: list[str] = []
        self.feed(html)
        self.close()
        assert not self._open
        assert len(self.ids) == len(set(self.ids))
        assert set(self._references) <= set(self.ids)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        if tag not in VOID:
            self._open.append(tag)
        if tag in ("td", "th"):
            self.cells.append("")
        for name, value in attrs:
            assert name != "src"
            assert not name.startswith("on")
            if name == "href":
                assert str(value).startswith("#")
                self._references.append(str(value)[1:])
            if name == "id":
                self.ids.append(str(value))
                self.sections += [str(value)] * (tag == "section")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data
        if {"td", "th"} & set(self._open[-3:]):
            self.cells[-1] += data

    @property
    def text(self) -> str:
        return " ".join(self.words.split())


def render(fitted: FittedRecommender) -> str:
    return render_card(fitted, about(fitted))


@pytest.fixture(scope="module")
def html(fitted: FittedRecommender) -> str:
    return render(fitted)


def test_the_card_is_complete(fitted: FittedRecommender, html: str) -> None:
    page, measures = Page(html), fitted.measures
    assert page.sections == SECTIONS
    assert page.tags["svg"] == 3 + 3  # the model, and its data
    assert page.tags["script"] == page.tags["link"] == page.tags["img"] == 0
    assert "url(" not in html.replace("url(#", "")
    assert page.text.index(measures.verdict) < page.text.index("Beside the baselines")
    figures = measures.figures["toprank"]
    for measured in measures.intervals["toprank"].values():
        assert f"{measured.value:.4f}{measured.low:.3f} to {measured.high:.3f}" in page.cells
    assert {f"{figures[metric]:.3f}" for metric in ("log_loss", "ece", "precision", "recall")} <= set(page.cells)
    assert {"toprank", *BASELINES.values()} <= {cell.replace("the line to beat", "") for cell in page.cells}
    assert {one.name for one in measures.slices} <= set(page.cells)
    for expected, value in measures.achieved:
        assert expected.beside(value) in page.text
    assert "2,400 were learned from, 300 chose calibration" in page.text
    assert "added to what the model knows" in page.text
    assert "1,500no rating given; never a bad rating" in page.text
    assert "Known of items: author, time, year. Known of readers: country, state, town, age." in page.text
    assert {"objective", "liked_from", "seed"} <= set(page.cells)
    assert "lightgbm" in page.text


def test_three_readers_see_what_it_recommends_and_why(fitted: FittedRecommender, html: str) -> None:
    examples, page = example_lists(fitted), Page(html)
    assert len(examples) == 3
    ratings = fitted.data.ratings
    for one in examples:
        user = int(ratings.users.positions([one.user])[0])
        assert one.ratings == int((ratings.user == user).sum())
        assert f"Reader {one.user}" in page.text
        assert one.best in page.text
        rows = fitted.recommend(ratings.users[user], 5, reasons=True).rows()
        assert [row["title"] in page.text for row in rows] == [True] * len(rows)
        assert [row["reason"] in page.text for row in rows] == [True] * len(rows)


def test_the_card_is_deterministic(fitted: FittedRecommender, html: str) -> None:
    assert render(fitted) == html


def test_names_are_data_and_terms_are_shown(fitted: FittedRecommender) -> None:
    hostile = "<script>alert(1)</script>{{ 7 * 7 }}\x1b[31m"
    page = Page(render(replace(fitted, data=replace(fitted.data, name=hostile))))
    assert page.tags["script"] == 0
    assert "{{ 7 * 7 }}" in page.text
    assert "\x1b" not in page.words
    assert BOOK_CROSSING.terms not in page.text
    assert "whatever their terms are" in page.text
    assert BOOK_CROSSING.terms in Page(render(replace(fitted, data=replace(fitted.data, name="book-crossing")))).text


def test_later_ratings_are_told_apart(fitted: FittedRecommender) -> None:
    later = fitted.update(pa.table({"user": [0], "item": ["a new book"], "rating": [5.0]}))
    assert "1 rating more came later by updates, and is in no figure" in Page(render(later)).text
    assert "came later" not in Page(render(fitted)).text


def test_another_objective_stands_first(shelf: Dataset, quick_trees: None) -> None:
    bare = replace(shelf, items=None, users=None, implicit=None)
    other = Recommender(objective="precision>=0.8", liked="relative", deep=False, budget=60).fit(bare)
    page = Page(render(other))
    headings = page.cells[: page.cells.index("MCC") + 1]
    assert headings == ["model", "precision>=0.8", "F1", "AUC", "MCC"]
    assert "The cutoff serves precision>=0.8" in page.text
    assert "so it need not lie at the peak" in page.text
    assert "liked from what the reader usually gives" in page.text
    assert "Known of items: nothing but their ids" in page.text
    # To recommend everything does not keep the bound, so there is nothing to compare.
    assert "cannot be compared" in page.cells


def test_too_few_readers_are_said(quick_trees: None) -> None:
    few = generate_ratings(n_users=20, n_items=20, n_ratings=95, rng=np.random.default_rng(3))
    page = Page(render(Recommender(deep=False, budget=10, validation=0.2, test=0.2).fit(few)))
    assert page.sections == SECTIONS
    assert "too few readers to tell whether it is better than always recommend" in page.text
    assert "of which there are none here: there are too few readers" in page.text
    assert "too few readers to predict it" in page.text
    assert "too few readers to tell" in page.cells
    assert "Nothing: there were too few ratings to learn from." in page.text
    assert "nan" not in page.text


def test_nothing_is_invented(fitted: FittedRecommender) -> None:
    """Where a figure is not defined there is a dash; where everything is recommended the cutoff has a word."""
    measures = fitted.measures
    undefined = {name: dict.fromkeys(figures, math.nan) for name, figures in measures.figures.items()}
    intervals = {
        name: {metric: Measurement(metric, math.nan) for metric in found} for name, found in measures.intervals.items()
    }
    bare = replace(
        measures,
        figures={**undefined, "toprank": {**undefined["toprank"], "coverage": 0.0}},
        intervals=intervals,
        cutoff=-math.inf,
        slices=(),
        achieved=(),
    )
    page = Page(render(replace(fitted, measures=bare)))
    assert "It recommends 0.0 % of the test rows. Liked means" in page.text
    assert "it recommends everything" in page.text
    assert page.cells.count("–") >= 5 * len(BASELINES)
    assert "nan" not in page.text


def test_the_models_of_a_blend_are_named(fitted: FittedRecommender) -> None:
    trees = fitted.model
    assert isinstance(trees, FittedBoosted)
    blend = FittedBlend(trees.evidence, {"boosted": trees}, {"boosted": 0.875}, 0.1, ())
    text = Page(render(replace(fitted, model=blend))).text
    assert "beside them a deep network" in text
    assert "Weights of the models: boosted 0.88." in text
    assert "jax" in text
    assert "deep network" not in Page(render(fitted)).text
