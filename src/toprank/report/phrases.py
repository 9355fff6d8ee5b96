"""How figures are put into words, the same in every page, its drawings and the terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence

from toprank.evaluation.measurements import Comparison, Measurement

__all__ = [
    "by_words",
    "compared_standing",
    "compared_words",
    "cutoff_words",
    "decimal",
    "interval",
    "join_words",
    "percent",
    "pluralise",
    "printable",
    "shortened",
    "signed",
    "significant_digits",
]


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


def significant_digits(value: float, width: float) -> str:
    """Write a figure with as many digits as a difference of ``width`` needs.

    Examples
    --------
    >>> significant_digits(9.55268, 0.03962), significant_digits(13.7712, 16.1), significant_digits(7.5, 0)
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


def pluralise(number: int, thing: str) -> str:
    """Give a number with its thing: ``1 user``, ``2,000 users``."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def cutoff_words(cutoff: float) -> str:
    """Give a cutoff; ``everything`` where it recommends everything, ``nothing`` where it recommends nothing."""
    if math.isinf(cutoff):
        return "everything" if cutoff < 0 else "nothing"
    return decimal(cutoff, 2)


def join_words(parts: Sequence[str]) -> str:
    """Join some words, at least one: ``a, b and c``."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def compared_standing(c: Comparison) -> str:
    """Tell how a model stands against what it was compared with: ``better``, ``worse``, ``same`` or ``unknown``."""
    if c.undecided:
        return "unknown"
    return "better" if c.better else "worse" if c.worse else "same"


def compared_words(c: Comparison, unit: str = "") -> str:
    """Say the same with figures, briefly: for a column under the name of the other.

    Parameters
    ----------
    c : Comparison
    unit : str
        What to say behind a difference that is more than chance, such as ``" in AUC"``.

    Returns
    -------
    str

    Examples
    --------
    >>> compared_words(Comparison("always", "f1", 0.012, 0.010, 0.014))
    'better by 0.012 (0.010 to 0.014)'
    >>> compared_words(Comparison("always", "f1", 0.001, -0.002, 0.004))
    'no better (−0.002 to 0.004)'
    """
    standing = compared_standing(c)
    if standing == "unknown":
        return "too few readers to tell"
    if standing == "same":
        digits = 3 if max(-c.low, c.high) >= 0.0005 else 4
        ends = interval(c, digits)
        return "no better" + ("" if ends == f"{decimal(0, digits)} to {decimal(0, digits)}" else f" ({ends})")
    return f"{standing} by {by_words(c)}{unit}"


def by_words(c: Comparison) -> str:
    """Write how large a difference is that is more than chance; an end that is not zero does not read as zero.

    Examples
    --------
    >>> by_words(Comparison("always", "f1", -0.012, -0.014, -0.00003))
    '0.0120 (above 0 to 0.0140)'
    """
    low, high = sorted((abs(c.low), abs(c.high)))
    digits = 3 if round(low, 3) > 0 else 4
    least = decimal(low, digits) if round(low, digits) > 0 else "above 0"
    return f"{decimal(abs(c.difference), digits)} ({least} to {decimal(high, digits)})"
