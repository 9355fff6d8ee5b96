"""What a recommender achieved on rows that nothing was chosen on: values, and how a notebook shows them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from toprank.core.arrays import BoolArray, FloatArray, Int32Array
from toprank.core.stored import stored
from toprank.errors import OptionError
from toprank.evaluation.achieved import Achieved
from toprank.evaluation.measurements import Comparison, Curves, Measurement, Slice
from toprank.report.phrases import pluralise

__all__ = ["Drawing", "Measures", "TestPredictions", "figures_html"]


@stored
@dataclass(frozen=True, eq=False)
class TestPredictions:
    """What was answered about rows that nothing was chosen on, before they were added to what is known.

    Parameters
    ----------
    user, item : int32[n]
        Positions.
    liked : bool[n]
        What happened.
    probability : float64[n]
        P(liked), as answered.
    recommend : bool[n]
        The decision.
    """

    user: Int32Array
    item: Int32Array
    liked: BoolArray
    probability: FloatArray
    recommend: BoolArray


@stored
@dataclass(frozen=True, eq=False, repr=False)
class Measures:
    """Figures on test rows.

    Parameters
    ----------
    rows : dict of str to int
        Rows by part: train, validation, test.
    liked : float
        Share of the test rows that are liked.
    objective : str
        What the cutoff serves.
    cutoff : float
        On P(liked).
    figures : dict of str to dict of str to float
        Of "toprank" and of each baseline: ``auc``, ``average_precision``, ``log_loss``, ``brier``, ``ece``, ``rmse``,
        ``mae`` and those of the decisions: ``f1``, ``precision``, ``recall``, ``mcc``, ``coverage`` and more.
    intervals : dict of str to dict of str to Measurement
        Of each: ``f1``, ``auc``, ``mcc`` with their 95 % intervals, users drawn at random.
    comparisons : tuple of Comparison
        Of toprank with each baseline.
    verdict : str
        These in words.
    slices : tuple of Slice
        By how much is known.
    curves : Curves
        What to draw.
    achieved : tuple of (Achieved, float)
        What was predicted of the objective's figures, and what they came out at.
    split : str, optional
        How the rows were kept aside, in words.
    any_book : dict of str to dict of str to float
        Where answers are about any book: of the test rows as readers ``chosen`` them, and weighted for ``any`` pair,
        the mean ``probability``, the share ``liked``, ``ece``, ``auc``, the share ``recommended``, and ``precision``.
    """

    rows: dict[str, int]
    liked: float
    objective: str
    cutoff: float
    figures: dict[str, dict[str, float]]
    intervals: dict[str, dict[str, Measurement]]
    comparisons: tuple[Comparison, ...]
    verdict: str
    slices: tuple[Slice, ...]
    curves: Curves
    achieved: tuple[tuple[Achieved, float], ...]
    split: str = ""
    any_book: dict[str, dict[str, float]] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Measures on {self._rows}: {self.verdict}"

    def _repr_html_(self) -> str:
        return figures_html(self._rows, self.figures, self.intervals, self.objective, self.verdict)

    @property
    def _rows(self) -> str:
        return f"{pluralise(self.rows['test'], 'rating')} kept aside for testing"

    def plot(self, kind: str = "calibration") -> Drawing:
        """Draw what was measured; a notebook shows the drawing.

        Parameters
        ----------
        kind : str
            ``calibration`` (share liked against P(liked)), ``precision`` (share liked of the recommended test rows
            against the cutoff), ``f1`` (F1 on the validation rows against the cutoff), ``probability`` (how P(liked)
            is distributed among liked and other test rows) or ``roc``.

        Returns
        -------
        Drawing
            A text, an ``<svg>`` element.

        Raises
        ------
        OptionError
            If there is no such drawing.
        """
        from toprank.report import plots

        if kind == "roc":
            return Drawing(plots.roc([_Curve("toprank", self.figures["toprank"], self.curves)]))
        of: dict[str, Any] = {"name": "toprank", "key": kind}
        if kind == "calibration":
            return Drawing(plots.calibration(self.curves, size=300, **of))
        of |= {"learned": self.cutoff, "size": (320, 300)}
        if kind == "f1":
            limits = plots.f1_limits([(self.curves, [self.cutoff])])
            return Drawing(plots.f1_by_cutoff(self.curves, of="cutoff on P(liked)", limits=limits, **of))
        if kind == "precision":
            return Drawing(plots.precision_by_cutoff(self.curves, of="cutoff on P(liked)", **of))
        if kind == "probability":
            return Drawing(plots.score_histogram(self.curves, of="P(liked)", **of))
        raise OptionError(f"there is no drawing {kind!r}; it must be calibration, precision, f1, probability or roc")


@dataclass(frozen=True)
class _Curve:
    name: str
    test: dict[str, float]
    curves: Curves


class Drawing(str):
    """An ``<svg>`` element that a notebook shows."""

    __slots__ = ()

    def _repr_svg_(self) -> str:
        return str(self)


def figures_html(
    title: str,
    figures: dict[str, dict[str, float]],
    intervals: dict[str, dict[str, Measurement]],
    objective: str,
    verdict: str,
) -> str:
    """Lay figures out beside those of the baselines, for a notebook."""
    from html import escape

    from toprank.recommender.score_tables import figures_table
    from toprank.report.html import to_html

    table = figures_table(title, figures, intervals, objective=objective)
    return f"<p>{escape(title)}</p>{to_html(table)}<p>{escape(verdict)}</p>"
