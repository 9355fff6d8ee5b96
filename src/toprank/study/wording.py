"""How a study's figures and findings are put into words, the same in the page, its drawings and the terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence

from toprank.evaluation.report import Comparison, Measurement, Report
from toprank.study.results import StudyResult

__all__ = [
    "MANY",
    "against_always",
    "against_strongest",
    "answer",
    "base_rate",
    "baselines",
    "counted",
    "cutoff_words",
    "decimal",
    "interval",
    "listed",
    "percent",
    "printable",
    "shortened",
    "signed",
    "standing",
    "standing_words",
    "tellingly",
]

MANY = 10
"""A study of more models than this is shown in short: what only a few readers look for is folded away or left out."""

_NAMED = 3


def decimal(value: float, digits: int = 4) -> str:
    """Write a figure; an en dash stands for what is not defined.

    Examples
    --------
    >>> decimal(0.73285), decimal(-0.00001), decimal(float("nan"))
    ('0.7329', '0.0000', '–')
    """
    if not math.isfinite(value):
        return "–"
    return f"{round(value, digits) + 0.0:,.{digits}f}".replace("-", "−")  # -0.0 + 0.0 is 0.0


def signed(value: float, digits: int = 4) -> str:
    """Write a difference with its sign.

    Examples
    --------
    >>> signed(0.01634), signed(-0.5, 1), signed(0.00001), signed(float("nan"))
    ('+0.0163', '−0.5', '0.0000', '–')
    """
    return ("+" if math.isfinite(value) and round(value, digits) > 0 else "") + decimal(value, digits)


def tellingly(value: float, width: float) -> str:
    """Write a figure with as many digits as a difference of ``width`` needs.

    Examples
    --------
    >>> tellingly(9.55268, 0.03962), tellingly(13.7712, 16.1), tellingly(7.5, 0)
    ('9.553', '13.8', '7.5')
    """
    digits = 1 - math.floor(math.log10(width)) if math.isfinite(width) and width > 0 else 1
    return decimal(value, min(max(digits, 1), 7))


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


def counted(number: int, thing: str) -> str:
    """Give a number with its thing: ``1 user``, ``2,000 users``."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


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
    if compared is None or compared.undecided:
        return "unknown"
    return "better" if compared.better else "worse" if compared.worse else "same"


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
    if compared is None:
        return ""
    if compared.undecided:
        return "too few readers to tell"
    if not (compared.better or compared.worse):
        digits = 3 if max(-compared.low, compared.high) >= 0.0005 else 4
        ends = interval(compared, digits)
        return "no better" + ("" if ends == f"{decimal(0, digits)} to {decimal(0, digits)}" else f" ({ends})")
    unit = "" if report.judged_in == "F1" else f" in {report.judged_in}"
    return f"{'better' if compared.better else 'worse'} by {_by(compared)}{unit}"


def _by(c: Comparison) -> str:
    """Write how large a difference is that is more than chance; an end that is not zero does not read as zero."""
    low, high = sorted((abs(c.low), abs(c.high)))
    digits = 3 if round(low, 3) > 0 else 4
    least = decimal(low, digits) if round(low, digits) > 0 else "above 0"
    return f"{decimal(abs(c.difference), digits)} ({least} to {decimal(high, digits)})"


def cutoff_words(cutoff: float) -> str:
    """Give a cutoff; ``everything`` where it recommends everything, ``nothing`` where it recommends nothing."""
    if math.isinf(cutoff):
        return "everything" if cutoff < 0 else "nothing"
    return decimal(cutoff, 2)


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
    text = f"{len(better)} of {len(compared)} models beat {line} by more than chance: {listed(named)}."
    return f"{text} Not better: {listed(_few(rest))}." if rest else text


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
    return (
        f"{beside} is {'better' if c.better else 'worse'} by {_by(c)}{_measured_in(result, ' in F1')} on the test rows."
    )


def _measured_in(result: StudyResult, f1: str = "") -> str:
    names = {report.judged_in for report in result.reports} - {"F1"}
    return f" in {names.pop()}" if names else f1


def _few(names: Sequence[str], most: int = 6) -> list[str]:
    return list(names) if len(names) <= most else [*names[: most - 1], f"{len(names) - most + 1} others"]


def listed(parts: Sequence[str]) -> str:
    """Join some words, at least one: ``a, b and c``."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
