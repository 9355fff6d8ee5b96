"""A study on several splits as rows of words and figures, the same in the page and the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from toprank.report.phrases import decimal, join_words, signed
from toprank.study.engine.ablations import METRICS, label
from toprank.study.engine.seeds import FIGURES, SeedDifference, SeedStudy, Spread
from toprank.study.result_tables import Cell
from toprank.study.study_phrases import baselines

__all__ = [
    "HEADINGS",
    "SeedRow",
    "ablation_rows",
    "difference_headings",
    "gap_words",
    "model_rows",
    "seeds_answer",
    "seeds_named",
]

HEADINGS = {"auc": "AUC", "f1": "F1 learned", "log_loss": "log loss", "brier": "Brier", "mcc": "MCC", "ece": "ECE"}
"""How to call what is averaged."""

THAN = {"always": "always recommend", "bias": "damped bias"}
"""The baselines that models are compared with, and how to call them."""


@dataclass(frozen=True)
class SeedRow:
    """One model: its name, its figures, its differences.

    Parameters
    ----------
    name : str
        The model, or what is lacking.
    cells : list of Cell
        Figures, with their deviation as the small print; then differences, with the number of splits.
    trivial : bool
        Whether it is one of the trivial baselines.
    """

    name: str
    cells: list[Cell]
    trivial: bool = False


def model_rows(study: SeedStudy) -> list[SeedRow]:
    """Lay out each model's figures and its differences to the baselines.

    Parameters
    ----------
    study : SeedStudy
        The study.

    Returns
    -------
    list of SeedRow
        The trivial baselines last; without the models that are there only to lack something.
    """
    metric = study.judged[0]
    trivial = _trivial(study)
    rows = [
        SeedRow(
            model.name,
            [_figure(model.figures[key]) for key in FIGURES]
            + [_difference(model.gap(than, metric), than == model.name) for than in THAN],
            model.name in trivial,
        )
        for model in study.models
        if model.name not in study.lacking
    ]
    return sorted(rows, key=lambda row: row.trivial)


def difference_headings(study: SeedStudy) -> list[str]:
    """Give the headings of the differences, the metric among them."""
    return [f"{study.judged[1]} over {words}" for words in THAN.values()]


def ablation_rows(study: SeedStudy) -> list[tuple[str, list[SeedRow]]]:
    """Lay out what each part of a model adds, to AUC and to F1.

    Parameters
    ----------
    study : SeedStudy
        The study.

    Returns
    -------
    list of (str, list of SeedRow)
        For each full model its parts, the most missed in AUC first.
    """
    known = {(a.full, a.name): a for result in study.results for a in result.ablations}
    models = {model.name: model for model in study.models}
    found = []
    for full in dict.fromkeys(full for full, _ in known):
        parts = [
            (a, [models[full].gap(a.name, metric) for metric in METRICS]) for (f, _), a in known.items() if f == full
        ]
        parts.sort(key=lambda pair: -(pair[1][0].difference.mean if pair[1][0] else 0.0))
        found.append((full, [SeedRow(label(a), [_difference(gap) for gap in gaps]) for a, gaps in parts]))
    return found


def gap_words(gap: SeedDifference) -> str:
    """Say on how many splits a model is better or worse by more than chance.

    Examples
    --------
    >>> gap_words(Gap("bias", "f1", Spread((0.1, 0.2)), better=2, worse=0, told=2))
    '2 of 2 better'
    >>> gap_words(Gap("bias", "f1", Spread((0.1, 0.2)), better=0, worse=0, told=2))
    '0 of 2 better'
    """
    if gap.told == 0:
        return "too few readers"
    if gap.better and gap.worse:
        return f"{gap.better} better, {gap.worse} worse"
    return f"{gap.worse} of {gap.told} worse" if gap.worse else f"{gap.better} of {gap.told} better"


def seeds_named(seeds: Sequence[int]) -> str:
    """Name seeds.

    Examples
    --------
    >>> seeds_named((13, 14, 15)), seeds_named((13, 20)), seeds_named((13,))
    ('13 to 15', '13 and 20', '13')
    """
    seeds = list(seeds)
    if len(seeds) > 2 and seeds == list(range(seeds[0], seeds[-1] + 1)):
        return f"{seeds[0]} to {seeds[-1]}"
    return join_words([str(seed) for seed in seeds])


def seeds_answer(study: SeedStudy) -> str:
    """Say which models beat the baselines by more than chance on every split.

    Parameters
    ----------
    study : SeedStudy
        The study.

    Returns
    -------
    str
        Plain text; model names are not escaped.
    """
    metric, unit = study.judged
    splits = {1: "the one split", 2: "both splits"}.get(len(study.seeds), f"all {len(study.seeds)} splits")
    said = []
    for than, words in THAN.items():
        gaps = [(m.name, m.gap(than, metric)) for m in study.models if m.name not in _trivial(study) | study.lacking]
        ahead = sorted(
            ((gap.difference.mean, name) for name, gap in gaps if gap and gap.better == len(study.seeds)), reverse=True
        )
        if not ahead:
            said.append(f"No model is better than {words} in {unit} by more than chance on {splits}.")
            continue
        names = join_words([f"{name} (by {decimal(mean, 3)} on average)" for mean, name in ahead])
        verb = "is" if len(ahead) == 1 else "are"
        said.append(f"{names} {verb} better than {words} in {unit} by more than chance on {splits}.")
    return " ".join(said)


def _trivial(study: SeedStudy) -> frozenset[str]:
    return baselines(study.results[0])


def _figure(figure: Spread) -> Cell:
    return Cell(decimal(figure.mean), f"±{decimal(figure.deviation)}")


def _difference(gap: SeedDifference | None, itself: bool = False) -> Cell:
    if gap is None or itself:
        return Cell("")
    return Cell(signed(gap.difference.mean), gap_words(gap))
