"""How a study's findings are put into words, the same in the page, its drawings and the terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence

from toprank.evaluation.measurements import Comparison, Report
from toprank.report.phrases import by_words, compared_standing, compared_words, decimal, interval, join_words
from toprank.study.engine.study_result import StudyResult

__all__ = [
    "MANY",
    "against_always",
    "against_strongest",
    "answer",
    "base_rate",
    "baselines",
    "standing",
    "standing_words",
]

MANY = 10
"""A study of more models than this is shown in short: what only a few readers look for is folded away or left out."""

_NAMED = 3


def base_rate(result: StudyResult) -> float:
    """Give the share of the test rows that are liked; NaN without rows."""
    rows = int(result.split["test"])
    return result.liked["test"] / rows if rows else math.nan


def baselines(result: StudyResult) -> frozenset[str]:
    """Give the names of the trivial models: what the others were compared with."""
    return frozenset(c.baseline for report in result.reports for c in report.comparisons)


def against_always(report: Report) -> Comparison | None:
    """Find the comparison with *always recommend* that the verdict is about, if it was made."""
    return next((c for c in report.comparisons if c.baseline == "always" and c.metric == report.judged_by), None)


def standing(report: Report) -> str:
    """Tell how a model stands against *always recommend*: ``better``, ``worse``, ``same`` or ``unknown``."""
    compared = against_always(report)
    return "unknown" if compared is None else compared_standing(compared)


def standing_words(report: Report) -> str:
    """Say how a model stands against *always recommend*, briefly: for a column under that heading.

    Parameters
    ----------
    report : Report
        One model.

    Returns
    -------
    str
        Such as ``better by 0.012 (0.010 to 0.014)``; empty for what was not compared.
    """
    compared = against_always(report)
    unit = "" if report.judged_in == "F1" else f" in {report.judged_in}"
    return "" if compared is None else compared_words(compared, unit)


def answer(result: StudyResult) -> str:
    """Say in a sentence or three which models beat *always recommend* by more than chance, and which do not.

    Parameters
    ----------
    result : StudyResult
        The study.

    Returns
    -------
    str
        Plain text; model names are not escaped.
    """
    compared = [(r.name, c) for r in result.reports if (c := against_always(r)) is not None]
    line = "recommending everything" + _measured_in(result, f" (F1 {decimal(result.always['test'])})")
    if not compared:
        return f"No model was compared with {line}, so nothing can be said."
    if all(c.undecided for _, c in compared):
        return f"There are too few readers in the test rows to tell whether any model beats {line}."
    better = sorted((pair for pair in compared if pair[1].better), key=lambda pair: -pair[1].difference)
    rest = [name for name, c in compared if not c.better]
    if not better:
        return f"None of the {len(compared)} models beats {line} by more than chance."
    if len(compared) == 1:
        name, c = better[0]
        return f"{name} beats {line} by {decimal(c.difference, 3)} ({interval(c)}), more than chance."
    named = [f"{name} by {decimal(c.difference, 3)} ({interval(c)})" for name, c in better[:_NAMED]]
    if len(better) > _NAMED:
        named.append(f"{len(better) - _NAMED} more by less")
    text = f"{len(better)} of {len(compared)} models beat {line} by more than chance: {join_words(named)}."
    return f"{text} Not better: {join_words(_few(rest))}." if rest else text


def against_strongest(result: StudyResult) -> str:
    """Say how the best model stands against the best trivial baseline; empty where that was not compared.

    Which is the best is read off the validation rows, as everything that is chosen.

    Parameters
    ----------
    result : StudyResult
        The study.

    Returns
    -------
    str
        Plain text; model names are not escaped.
    """
    by_f1 = all(r.judged_by == "f1" for r in result.reports)
    validation = {r.name: r.validation_learned["f1"] if by_f1 else r.validation["auc"] for r in result.reports}
    known = {name for name, value in validation.items() if math.isfinite(value)}
    trivial = baselines(result)
    models = [r for r in result.reports if r.name in known - trivial]
    if not models or not trivial & known:
        return ""
    strongest = max(sorted(trivial & known), key=validation.__getitem__)
    best = max(models, key=lambda r: validation[r.name])
    c = next((c for c in best.comparisons if c.baseline == strongest and c.metric == best.judged_by), None)
    if c is None or c.undecided:
        return ""
    beside = f"Beside the strongest trivial baseline on the validation rows, {strongest}, the best model, {best.name},"
    if not (c.better or c.worse):
        return f"{beside} is no better by more than chance{_measured_in(result)}."
    return f"{beside} is {compared_standing(c)} by {by_words(c)}{_measured_in(result, ' in F1')} on the test rows."


def _measured_in(result: StudyResult, f1: str = "") -> str:
    names = {report.judged_in for report in result.reports} - {"F1"}
    return f" in {names.pop()}" if names else f1


def _few(names: Sequence[str], most: int = 6) -> list[str]:
    return list(names) if len(names) <= most else [*names[: most - 1], f"{len(names) - most + 1} others"]
