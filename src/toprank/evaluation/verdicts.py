"""Comparisons with the baselines in words."""

from __future__ import annotations

from collections.abc import Sequence

from toprank.evaluation.measurements import Comparison

__all__ = ["difference_words", "verdict"]


def verdict(comparisons: Sequence[Comparison], *, names: dict[str, str], metric: str = "f1", called: str = "F1") -> str:
    """Say how a model stands to the baselines, by one metric; and by AUC, where that one is not clearly higher.

    Named are the first baseline of ``names``; then each other one that the model does not clearly beat, the strongest
    first, or the strongest alone where it beats them all.

    Examples
    --------
    >>> clear = Comparison("always", "f1", 0.025, 0.021, 0.029)
    >>> level = [Comparison("bias", "f1", 0.032, -0.002, 0.065), Comparison("bias", "auc", 0.067, 0.041, 0.09)]
    >>> print(verdict([clear, *level], names={"always": "always recommend", "bias": "damped bias"}))
    F1 clearly higher than always recommend by 0.025 (0.021 to 0.029). \
F1 0.032 higher than damped bias, not clearly (-0.002 to 0.065); AUC clearly higher by 0.067
    """
    compared = {c.baseline: c for c in comparisons if c.metric == metric and c.baseline in names}
    by_auc = {c.baseline: c for c in comparisons if c.metric == "auc" and metric != "auc"}
    first, *others = [compared[baseline] for baseline in names if baseline in compared]
    if first.undecided:
        return f"too few readers to tell whether it is better than {names[first.baseline]}"
    others.sort(key=lambda c: c.difference)
    said = []
    for c in (first, *([c for c in others if not c.better] or others[:1])):
        words = difference_words(c, called, names[c.baseline])
        if not c.better and c.baseline in by_auc:
            words += f"; {difference_words(by_auc[c.baseline], 'AUC', short=True)}"
        said.append(words)
    return ". ".join(said)


def difference_words(c: Comparison, called: str, than: str = "", *, digits: int = 3, short: bool = False) -> str:
    """Say how far one figure is above or below another, and whether that is more than chance.

    ``called`` names the figure, ``than`` what it is compared with; ``short`` leaves the interval out where the
    difference is clear.

    Examples
    --------
    >>> difference_words(Comparison("bias", "auc", -0.011, -0.014, -0.008), "AUC", "damped bias")
    'AUC clearly lower than damped bias by 0.011 (0.008 to 0.014)'
    """
    than = f" than {than}" if than else ""
    if c.undecided:
        return f"{called} cannot be compared"
    higher = "higher" if c.difference > 0 else "lower"
    if c.better or c.worse:
        low, high = sorted((abs(c.low), abs(c.high)))
        # An end that is not zero must not read as zero.
        digits = next((d for d in range(digits, 6) if low >= 0.5 * 10**-d), 6)
        ends = "" if short else f" ({low:.{digits}f} to {high:.{digits}f})"
        return f"{called} clearly {higher}{than} by {abs(c.difference):.{digits}f}{ends}"
    if c.low == c.high == 0.0:
        return f"{called} no higher{than}"
    # Adding zero turns the -0.0 of a rounded small loss into 0.0.
    low, high = round(c.low, digits) + 0.0, round(c.high, digits) + 0.0
    why = f"({low:.{digits}f} to {high:.{digits}f})" if c.told_apart else "since its scores rank no better than chance"
    return f"{called} {abs(c.difference):.{digits}f} {higher}{than}, not clearly {why}"
