"""Small drawings of one model each, to be laid side by side, as inline SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence

from toprank.evaluation.measurements import Report
from toprank.report import plots as curves
from toprank.report.phrases import shortened

__all__ = ["calibration", "f1_by_cutoff", "f1_limits", "score_histogram"]


def calibration(report: Report, key: str) -> str:
    """Draw the share of liked test rows against the predicted probability; see :mod:`toprank.report.plots`.

    Parameters
    ----------
    report : Report
        One model.
    key : str
        Unique in the page.

    Returns
    -------
    str
        An ``<svg>`` element.
    """
    return curves.calibration(report.curves, key=key, name=report.name)


def score_histogram(report: Report, key: str) -> str:
    """Draw how many liked and how many other test rows have each score, with both cutoffs.

    Parameters
    ----------
    report : Report
        One model.
    key : str
        Unique in the page.

    Returns
    -------
    str
        An ``<svg>`` element.
    """
    return curves.score_histogram(
        report.curves,
        key=key,
        name=report.name,
        learned=report.learned_cutoff,
        fixed=report.fixed_cutoff,
        of=f"score ({_target(report)})",
    )


def f1_limits(reports: Sequence[Report]) -> tuple[float, float]:
    """Give the range of F1 that the drawings of F1 against the cutoff share.

    Parameters
    ----------
    reports : sequence of Report
        The models.

    Returns
    -------
    tuple of float
        See :func:`toprank.report.plots.f1_limits`.
    """
    return curves.f1_limits([(report.curves, _cutoffs(report)) for report in reports])


def f1_by_cutoff(report: Report, key: str, limits: tuple[float, float]) -> str:
    """Draw F1 on the validation rows against the cutoff, with both cutoffs and the line of always recommending.

    Parameters
    ----------
    report : Report
        One model.
    key : str
        Unique in the page.
    limits : tuple of float
        Range of F1, see :func:`f1_limits`.

    Returns
    -------
    str
        An ``<svg>`` element.
    """
    return curves.f1_by_cutoff(
        report.curves,
        key=key,
        name=report.name,
        learned=report.learned_cutoff,
        fixed=report.fixed_cutoff,
        of=f"cutoff ({_target(report)})",
        limits=limits,
    )


def _target(report: Report) -> str:
    """Give a model's target for an axis."""
    return shortened(report.target, 18)


def _cutoffs(report: Report) -> list[float]:
    return [c for c in (report.fixed_cutoff, report.learned_cutoff) if math.isfinite(c)]
