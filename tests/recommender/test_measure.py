from __future__ import annotations

from dataclasses import replace

import pytest

from toprank.errors import OptionError
from toprank.recommender.compare import compare
from toprank.recommender.facade import FittedRecommender


def test_measures_show_themselves_in_a_line_and_in_a_table(fitted: FittedRecommender) -> None:
    measures = replace(fitted.measures, verdict="a <verdict>")
    assert repr(measures) == "Measures on 300 ratings kept aside for testing: a <verdict>"
    html = measures._repr_html_()
    assert "<table" in html
    assert "damped bias" in html
    assert "a &lt;verdict&gt;" in html


def test_a_comparison_shows_itself(fitted: FittedRecommender) -> None:
    found = compare(fitted, fitted)
    assert repr(found).startswith("Compared on 300 ratings by ")
    assert "log loss" in found._repr_html_()


@pytest.mark.parametrize("kind", ["calibration", "precision", "f1", "probability", "roc"])
def test_measures_are_drawn(fitted: FittedRecommender, kind: str) -> None:
    drawing = fitted.measures.plot(kind)
    assert drawing._repr_svg_().startswith("<svg")
    assert drawing == fitted.measures.plot(kind)


def test_an_unknown_drawing_is_refused(fitted: FittedRecommender) -> None:
    with pytest.raises(OptionError, match="there is no drawing 'lift'; it must be calibration, precision, f1"):
        fitted.measures.plot("lift")
