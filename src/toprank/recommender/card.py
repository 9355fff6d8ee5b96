"""The model card: what a recommender learned from, what it achieves, and where its limits are; one HTML page."""

from __future__ import annotations

import math
import platform
from contextlib import suppress
from dataclasses import asdict
from importlib import metadata
from typing import TYPE_CHECKING, Any

from toprank.core.logistic import expit
from toprank.data.summary import summarize
from toprank.models.blend import FittedBlend
from toprank.recommender.example_lists import example_lists
from toprank.recommender.importance import importance, known_attributes
from toprank.recommender.measures import Measures
from toprank.recommender.score_tables import (
    any_book_table,
    beside_baselines_table,
    figures_table,
    importance_table,
    settings_table,
    slices_table,
)
from toprank.report.html import environment
from toprank.report.phrases import cutoff_words, liked_words
from toprank.report.plots import calibration, f1_by_cutoff, f1_limits, score_histogram
from toprank.report.summary_tables import data_section

if TYPE_CHECKING:
    from toprank.recommender.state import FittedState

__all__ = ["render_card"]

SOURCES = 15
"""Sources of evidence that are named; the rest is summed up."""

_SIZE = (320, 300)
_SECTIONS = {
    "results": "Beside the baselines",
    "objective": "The objective",
    "examples": "Three readers",
    "slices": "By how much is known",
    "calibration": "Calibration and cutoff",
    "importance": "What counts",
    "data": "The data",
    "limits": "Limits",
    "made": "How it was made",
}


def render_card(recommender: FittedState, about: dict[str, Any]) -> str:
    """Make the page that lies in a saved model's folder as ``model.html``; equal recommenders give equal documents.

    ``about`` is that of :func:`toprank.recommender.about.about`.
    """
    from markupsafe import Markup

    measures, ratings = recommender.measures, recommender.data.ratings
    found, pairs = importance(recommender)
    shares = [(words, moved) for words, moved in found if moved > 0]
    blend = recommender.model if isinstance(recommender.model, FittedBlend) else None
    title = "Figures on the test rows"
    return (
        environment("toprank.recommender")
        .get_template("card.html.j2")
        .render(
            dataset=recommender.data.name,
            sections=_SECTIONS,
            measures=measures,
            certain=math.isfinite(measures.intervals["toprank"]["f1"].low),
            toprank=measures.figures["toprank"],
            figures=figures_table(title, measures.figures, measures.intervals, objective=measures.objective),
            beside=beside_baselines_table(measures.comparisons, measures.objective),
            slices=slices_table(measures.slices),
            any_book=any_book_table(measures.any_book) if measures.any_book else None,
            cutoff=cutoff_words(measures.cutoff),
            promise=recommender.policy.promise,
            examples=example_lists(recommender),
            drawings=[Markup(svg) for svg in _drawings(measures)],
            shares=importance_table(shares, SOURCES) if shares else None,
            pairs=pairs,
            moved=float(expit(0.5)),
            fingerprint=about["data"]["fingerprint"],
            liked=liked_words(about["data"]["liked"], ratings.scale),
            later=len(ratings) - sum(measures.rows.values()),
            attributes=known_attributes(recommender.model.evidence.groupings),
            seed=recommender.config.seed,
            settings=settings_table(asdict(recommender.config)),
            weights={} if blend is None else blend.weights,
            versions=_versions(deep=blend is not None),
            **data_section(summarize(recommender.data)),
        )
    )


def _drawings(measures: Measures) -> list[str]:
    curves, cutoff = measures.curves, measures.cutoff
    limits = f1_limits([(curves, [cutoff])])
    called: dict[str, Any] = {"name": "toprank", "learned": cutoff, "size": _SIZE}
    return [
        calibration(curves, key="calibrated", name="toprank", size=_SIZE[1]),
        score_histogram(curves, key="probabilities", of="P(liked)", **called),
        f1_by_cutoff(curves, key="f1-cutoffs", of="cutoff on P(liked)", limits=limits, **called),
    ]


def _versions(*, deep: bool) -> dict[str, str]:
    found = {"Python": platform.python_version()}
    for package in ("toprank", "numpy", "lightgbm", *(("keras", "jax") if deep else ())):
        with suppress(metadata.PackageNotFoundError):
            found[package] = metadata.version(package)
    return found
