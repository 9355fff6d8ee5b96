"""The model card: what a recommender learned from, what it achieves, and where its limits are; one HTML page."""

from __future__ import annotations

import math
import platform
from contextlib import suppress
from dataclasses import asdict
from importlib import metadata
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import expit

from toprank.evaluation.measurements import Comparison, Measurement
from toprank.evaluation.scorecard import BASELINES
from toprank.models.blend import FittedBlend
from toprank.recommender.importance import importance, known_attributes
from toprank.recommender.measure import Measures
from toprank.report.html import environment
from toprank.report.phrases import compared_standing, compared_words, cutoff_words
from toprank.report.plots import calibration, f1_by_cutoff, f1_limits, score_histogram

if TYPE_CHECKING:
    from toprank.recommender.fitted import FittedRecommender

__all__ = ["render_card"]

SOURCES = 15
"""Sources of evidence that are named; the rest is summed up."""

_SIZE = (320, 300)
_METRICS = {"f1": "F1", "auc": "AUC", "mcc": "MCC"}
_SECTIONS = {
    "results": "Beside the baselines",
    "objective": "The objective",
    "slices": "By how much is known",
    "calibration": "Calibration and cutoff",
    "importance": "What counts",
    "data": "The data",
    "limits": "Limits",
    "made": "How it was made",
}


def render_card(recommender: FittedRecommender, about: dict[str, Any]) -> str:
    """Make the page that lies in a saved model's folder as ``model.html``.

    Parameters
    ----------
    recommender : FittedRecommender
    about : dict
        Of :func:`toprank.recommender.about.about`.

    Returns
    -------
    str
        An HTML document that refers to nothing outside itself. Equal recommenders give equal documents.
    """
    from markupsafe import Markup

    measures, ratings = recommender.measures, recommender.data.ratings
    cutoff = measures.cutoff
    found, pairs = importance(recommender)
    shares = [(words, moved) for words, moved in found if moved > 0]
    return (
        environment("toprank.recommender")
        .get_template("card.html.j2")
        .render(
            dataset=recommender.data.name,
            sections=_SECTIONS,
            measures=measures,
            certain=math.isfinite(measures.intervals["toprank"]["f1"].low),
            toprank=measures.figures["toprank"],
            headings=_measured(measures),
            answers=_answers(measures),
            compared=_compared(measures),
            cutoff=cutoff_words(cutoff),
            drawings=[Markup(svg) for svg in _drawings(measures)],
            shares=shares[:SOURCES],
            left_out=shares[SOURCES:],
            pairs=pairs,
            moved=float(expit(0.5)),
            data=about["data"],
            scale=ratings.scale,
            liked=float(ratings.liked.mean()),
            readers=len(np.unique(ratings.user)),
            rated=len(np.unique(ratings.item)),
            later=len(ratings) - sum(measures.rows.values()),
            attributes=known_attributes(recommender.model.evidence.known),
            settings={name: _written(value) for name, value in asdict(recommender.settings).items()},
            weights=recommender.model.weights if isinstance(recommender.model, FittedBlend) else {},
            versions=_versions(deep=isinstance(recommender.model, FittedBlend)),
        )
    )


def _drawings(measures: Measures) -> list[str]:
    curves, cutoff = measures.curves, measures.cutoff
    limits = f1_limits([(curves, [cutoff])])
    called: dict[str, Any] = {"name": "toprank", "learned": cutoff, "size": _SIZE}
    return [
        calibration(curves, key="calibrated", name="toprank", size=_SIZE[1]),
        score_histogram(curves, key="probabilities", of="P(liked)", **called),
        f1_by_cutoff(curves, key="cutoffs", of="cutoff on P(liked)", limits=limits, **called),
    ]


def _measured(measures: Measures) -> dict[str, str]:
    """Name the figures that have intervals; the objective comes first where it is another than F1."""
    served = {"objective": measures.objective} if "objective" in measures.intervals["toprank"] else {}
    return served | _METRICS


def _answers(measures: Measures) -> list[tuple[str, list[Measurement], dict[str, float]]]:
    """Give a row of figures for toprank, and for each baseline."""
    none = Measurement("", math.nan)
    return [
        (name, [measures.intervals[key].get(metric, none) for metric in _measured(measures)], measures.figures[key])
        for key, name in {"toprank": "toprank", **BASELINES}.items()
    ]


def _compared(measures: Measures) -> list[tuple[str, list[tuple[str, str]]]]:
    """Say how toprank stands against each baseline, in each metric: a mark and words."""
    compared = {(c.baseline, c.metric): c for c in measures.comparisons}
    return [
        (name, [_standing(compared.get((key, metric))) for metric in _measured(measures) if metric != "mcc"])
        for key, name in BASELINES.items()
    ]


def _standing(c: Comparison | None) -> tuple[str, str]:
    if c is None or math.isnan(c.difference):
        return "unknown", "cannot be compared"
    return compared_standing(c), compared_words(c)


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{name} {one}" for name, one in value.items()) or "their own"
    return "that of the data" if value is None else str(value)


def _versions(*, deep: bool) -> dict[str, str]:
    found = {"Python": platform.python_version()}
    for package in ("toprank", "numpy", "lightgbm", *(("keras", "jax") if deep else ())):
        with suppress(metadata.PackageNotFoundError):
            found[package] = metadata.version(package)
    return found
