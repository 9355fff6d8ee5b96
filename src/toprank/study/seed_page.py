"""The page of a study on several splits: one table, two drawings, and links to the splits' own reports."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from toprank.data.summary import DatasetSummary
from toprank.report.axes import plain_ticks
from toprank.report.phrases import decimal, shortened
from toprank.report.svg import INK, LIKED, MUTED, inline_svg
from toprank.study.engine.seeds import SeedStudy, Spread
from toprank.study.seed_words import (
    HEADINGS,
    ablation_rows,
    difference_headings,
    model_rows,
    seeds_answer,
    seeds_named,
)
from toprank.study.study_html import environment

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["render_seeds", "seed_points"]

_WIDTH = 460


def render_seeds(study: SeedStudy, summary: DatasetSummary, links: Sequence[str]) -> str:
    """Make the page of a study on several splits.

    Parameters
    ----------
    study : SeedStudy
        The study.
    summary : DatasetSummary
        The dataset it ran on.
    links : sequence of str
        Where each split's own report is, relative to the page.

    Returns
    -------
    str
        An HTML document that loads nothing. Equal arguments give equal documents.
    """
    from markupsafe import Markup

    always = Spread(tuple(result.always["test"] for result in study.results))
    drawn = [
        (seed_points(study, "f1", always.mean, "always recommend"), "F1 at the learned cutoff, on each split."),
        (seed_points(study, "auc", 0.5, "chance"), "AUC on each split."),
    ]
    template = environment().get_template("seeds.html.j2")
    return template.render(
        study=study,
        summary=summary,
        dataset=study.results[0].dataset,
        answer=seeds_answer(study),
        seeds_named=seeds_named(study.seeds),
        headings=["model", *HEADINGS.values(), *difference_headings(study)],
        rows=model_rows(study),
        ablated=ablation_rows(study),
        figures=[(Markup(svg), caption) for svg, caption in drawn],
        splits=list(zip(study.seeds, study.results, links, strict=True)),
    )


def seed_points(study: SeedStudy, figure: str, line: float, meaning: str) -> str:
    """Draw each model's figure on each split, and their mean.

    Parameters
    ----------
    study : SeedStudy
        The study. Models come in descending order of the mean F1.
    figure : str
        ``"f1"`` or ``"auc"``.
    line : float
        The line to beat.
    meaning : str
        What it is.

    Returns
    -------
    str
        An ``<svg>`` element.
    """
    trivial = {row.name for row in model_rows(study) if row.trivial}
    shown = [model for model in study.models if model.name not in study.lacking]
    shown.sort(key=lambda model: -mean if math.isfinite(mean := model.figures["f1"].mean) else math.inf)

    def paint(axes: Axes) -> None:
        for place, model in enumerate(shown):
            values = model.figures[figure]
            colour = MUTED if model.name in trivial else LIKED
            axes.plot(values.defined, [place] * len(values.defined), "o", color=colour, markersize=6, alpha=0.5)
            if values.defined:
                axes.plot([values.mean] * 2, [place - 0.3, place + 0.3], color=colour, linewidth=2)
            words = decimal(values.mean, 3)
            axes.text(1.02, place, words, transform=axes.get_yaxis_transform(), va="center", fontsize=11)
        if math.isfinite(line):
            axes.axvline(line, color=INK, linewidth=1.2, linestyle="--")
            words = f"{meaning} {decimal(line, 3)}"
            axes.text(line, 1.01, words, transform=axes.get_xaxis_transform(), ha="center", fontsize=11)
        axes.margins(x=0.08)
        axes.set_ylim(len(shown) - 0.4, -0.6)
        axes.set_yticks(range(len(shown)), [shortened(model.name) for model in shown])
        axes.tick_params(axis="y", labelcolor=INK)
        axes.spines.left.set_visible(False)
        axes.locator_params(axis="x", nbins=5)
        plain_ticks(axes, "x")
        axes.set_xlabel(HEADINGS[figure])

    label = f"{HEADINGS[figure]} of each model on each split, with the mean"
    height = 90 + 24 * max(len(shown), 1)
    return inline_svg(paint, key=f"seeds-{figure}", label=label, width=_WIDTH, height=height)
