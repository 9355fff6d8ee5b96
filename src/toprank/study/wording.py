"""How a study's figures and findings are put into words, the same in the page, its drawings and the terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence

from toprank.evaluation.report import Comparison, Measurement, Report
from toprank.study.results import StudyResult

__all__ = [
    "against_always",
    "against_strongest",
    "answer",
    "base_rate",
    "baselines",
    "decimal",
    "interval",
    "percent",
    "printable",
    "shortened",
    "standing",
]

_NAMED = 3


def decimal(value: float, digits: int = 4) -> str:
    """Write a figure; an en dash stands for what is not defined.

    Examples
    --------
    >>> decimal(0.73285), decimal(float("nan"))
    ('0.7329', '–')
    """
    return f"{value:,.{digits}f}".replace("-", "−") if math.isfinite(value) else "–"


def percent(share: float, digits: int = 1) -> str:
    """Write a share.

    Examples
    --------
    >>> percent(0.5762), percent(0.00002997), percent(float("nan"))
    ('57.6 %', '0.003 %', '–')
    """
    if not math.isfinite(share):
        return "–"
    if 0 < abs(share) < 0.5 * 10 ** -(digits + 2):
        return f"{100 * share:.1g} %"
    return f"{100 * share:.{digits}f} %"


def interval(measured: Measurement | Comparison, digits: int = 3) -> str:
    """Write an interval.

    Examples
    --------
    >>> interval(Measurement("f1", 0.75, 0.7512, 0.7634)), interval(Measurement("f1", 0.75))
    ('0.751 to 0.763', '')
    """
    if not (math.isfinite(measured.low) and math.isfinite(measured.high)):
        return ""
    return f"{decimal(measured.low, digits)} to {decimal(measured.high, digits)}"


def printable(text: str) -> str:
    """Replace what is not printable, such as the escape character that steers a terminal; line breaks become spaces.

    Examples
    --------
    >>> printable("red \\x1b[31m")
    'red �[31m'
    """
    return "".join(c if c.isprintable() else " " if c.isspace() else "\ufffd" for c in text)


def shortened(text: str, most: int = 24) -> str:
    """Keep the beginning of a long text.

    Examples
    --------
    >>> shortened("jaccard-adjusted", 8)
    'jaccard…'
    """
    text = printable(text)
    return text if len(text) <= most else text[: most - 1] + "…"


def base_rate(result: StudyResult) -> float:
    """Give the share of the test rows that are liked; NaN without rows."""
    rows = int(result.split["test"])
    return result.liked["test"] / rows if rows else math.nan


def baselines(result: StudyResult) -> frozenset[str]:
    """Give the names of the trivial models: what the others were compared with."""
    return frozenset(c.baseline for report in result.reports for c in report.comparisons)


def against_always(report: Report) -> Comparison | None:
    """Find the comparison of F1 with *always recommend*, if it was made."""
    return next((c for c in report.comparisons if c.baseline == "always" and c.metric == "f1"), None)


def standing(report: Report) -> str:
    """Tell how a model stands against *always recommend*: ``better``, ``worse``, ``same`` or ``unknown``."""
    compared = against_always(report)
    if compared is None:
        return "unknown"
    return "better" if compared.better else "worse" if compared.worse else "same"


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
    line = f"recommending everything (F1 {decimal(result.always['test'])})"
    if not compared:
        return f"No model was compared with {line}, so nothing can be said."
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
    text = f"{len(better)} of {len(compared)} models beat {line} by more than chance: {_listed(named)}."
    return f"{text} Not better: {_listed(_few(rest))}." if rest else text


def against_strongest(result: StudyResult) -> str:
    """Say how the best model stands against the best trivial baseline; empty where that was not compared.

    Parameters
    ----------
    result : StudyResult
        The study.

    Returns
    -------
    str
        Plain text; model names are not escaped.
    """
    f1 = {r.name: r.test_learned["f1"] for r in result.reports if math.isfinite(r.test_learned["f1"])}
    trivial = baselines(result)
    models = [r for r in result.reports if r.name in f1 and r.name not in trivial]
    if not models or not trivial & f1.keys():
        return ""
    strongest = max(sorted(trivial & f1.keys()), key=f1.__getitem__)
    best = max(models, key=lambda r: f1[r.name])
    c = next((c for c in best.comparisons if c.baseline == strongest and c.metric == "f1"), None)
    if c is None:
        return ""
    beside = (
        f"Beside the strongest trivial baseline, {strongest} (F1 {decimal(f1[strongest])}), the best model, {best.name}"
    )
    if not (c.better or c.worse):
        return f"{beside}, is no better by more than chance."
    low, high = sorted((abs(c.low), abs(c.high)))
    by = f"{decimal(abs(c.difference), 3)} ({decimal(low, 3)} to {decimal(high, 3)})"
    return f"{beside}, is {'better' if c.better else 'worse'} by {by}."


def _few(names: Sequence[str], most: int = 6) -> list[str]:
    return list(names) if len(names) <= most else [*names[: most - 1], f"{len(names) - most + 1} others"]


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
