"""How figures and findings are put into words, the same in every page, its drawings and the terminal."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from toprank.core.scale import RatingScale
from toprank.evaluation.measurements import Comparison, Measurement, Report
from toprank.report.table import Style

__all__ = [
    "added_words",
    "against_always",
    "against_strongest",
    "by_words",
    "compared_words",
    "cutoff_words",
    "decimal",
    "in_a_sentence",
    "interval",
    "join_words",
    "liked_words",
    "outcome",
    "outcome_words",
    "percent",
    "pluralise",
    "printable",
    "seed_words",
    "shortened",
    "signed",
    "significant_digits",
    "splits_answer",
    "splits_words",
    "study_answer",
]

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


def join_words(parts: Sequence[str]) -> str:
    """Join some words, at least one: ``a, b and c``."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def cutoff_words(cutoff: float) -> str:
    """Give a cutoff; ``everything`` where it recommends everything, ``nothing`` where it recommends nothing."""
    if math.isinf(cutoff):
        return "everything" if cutoff < 0 else "nothing"
    return decimal(cutoff, 2)


def liked_words(liked: str, scale: RatingScale) -> str:
    """Say which ratings mean that an item is liked; ``liked`` says it for a bar that is not one for all readers.

    Examples
    --------
    >>> liked_words("1 to 5 in steps of 1, liked from 4", RatingScale(1, 5, 4, 1))
    '4 or 5 stars'
    >>> liked_words("1 to 10 in steps of 1, liked from 8", RatingScale(1, 10, 8, 1))
    'a rating of 8 or more, on a scale from 1 to 10'
    """
    if "liked from what" in liked:
        return liked
    if (scale.low, scale.high, scale.step) == (1, 5, 1) and scale.liked_from in (4, 5):
        return "4 or 5 stars" if scale.liked_from == 4 else "5 stars"
    return f"a rating of {scale.liked_from:g} or more, on a scale from {scale.low:g} to {scale.high:g}"


def seed_words(seeds: Sequence[int]) -> str:
    """Name seeds.

    Examples
    --------
    >>> seed_words((13, 14, 15)), seed_words((13, 20)), seed_words((13,))
    ('13 to 15', '13 and 20', '13')
    """
    seeds = list(seeds)
    if len(seeds) > 2 and seeds == list(range(seeds[0], seeds[-1] + 1)):
        return f"{seeds[0]} to {seeds[-1]}"
    return join_words([str(seed) for seed in seeds])


def compared_words(c: Comparison, unit: str = "") -> str:
    """Say how a model stands, briefly: for a column under the name of the other.

    Examples
    --------
    >>> compared_words(Comparison("always", "f1", 0.012, 0.010, 0.014))
    'better by 0.012 (0.010 to 0.014)'
    >>> compared_words(Comparison("always", "f1", 0.001, -0.002, 0.004))
    'no better (−0.002 to 0.004)'
    """
    if c.outcome == "unknown":
        return "too few readers to tell"
    if c.outcome == "same":
        digits = 3 if max(-c.low, c.high) >= 0.0005 else 4
        ends = interval(c, digits)
        return "no better" + ("" if ends == f"{decimal(0, digits)} to {decimal(0, digits)}" else f" ({ends})")
    return f"{c.outcome} by {by_words(c)}{unit}"


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


def in_a_sentence(verdict: str) -> str:
    """Say of toprank what a verdict says.

    Examples
    --------
    >>> in_a_sentence("F1 no higher than user mean"), in_a_sentence("too few readers to tell")
    ('toprank: F1 no higher than user mean', 'There are too few readers to tell')
    """
    return f"There are {verdict}" if verdict.startswith("too few") else f"toprank: {verdict}"


def added_words(comparisons: Sequence[Comparison]) -> str:
    """Say in which of AUC and F1 something adds, or takes, more than chance.

    Examples
    --------
    >>> added_words([Comparison("a", "auc", 0.01, 0.008, 0.012), Comparison("a", "f1", 0.001, -0.001, 0.003)])
    'adds to AUC'
    """
    if any(c.undecided for c in comparisons):
        return "too few readers to tell"
    better, worse = ([c.metric.upper() for c in comparisons if getattr(c, way)] for way in ("better", "worse"))
    said = [f"{verb} {join_words(names)}" for verb, names in (("adds to", better), ("takes from", worse)) if names]
    return ", ".join(said) or "adds no more than chance"


def against_always(report: Report) -> Comparison | None:
    """Find the comparison with *always recommend* that the verdict is about, if it was made."""
    return next((c for c in report.comparisons if c.baseline == "always" and c.metric == report.judged_by), None)


def outcome(report: Report) -> Style:
    """Tell how a model stands against *always recommend*."""
    compared = against_always(report)
    return "unknown" if compared is None else compared.outcome


def outcome_words(report: Report) -> str:
    """Say how a model stands against *always recommend*, briefly; empty for what was not compared."""
    compared = against_always(report)
    unit = "" if report.judged_in == "F1" else f" in {report.judged_in}"
    return "" if compared is None else compared_words(compared, unit)


def study_answer(reports: Sequence[Report], always_f1: float) -> str:
    """Say in a sentence or three which models beat *always recommend* by more than chance, and which do not."""
    compared = [(r.name, c) for r in reports if (c := against_always(r)) is not None]
    line = "recommending everything" + _measured_in(reports, f" (F1 {decimal(always_f1)})")
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


def against_strongest(reports: Sequence[Report]) -> str:
    """Say how the best model stands against the best baseline, both read off the validation rows; else nothing."""
    by_f1 = all(r.judged_by == "f1" for r in reports)
    validation = {r.name: r.validation_learned["f1"] if by_f1 else r.validation["auc"] for r in reports}
    known = {name for name, value in validation.items() if math.isfinite(value)}
    baselines = {c.baseline for report in reports for c in report.comparisons}
    models = [r for r in reports if r.name in known - baselines]
    if not models or not baselines & known:
        return ""
    strongest = max(sorted(baselines & known), key=validation.__getitem__)
    best = max(models, key=lambda r: validation[r.name])
    c = next((c for c in best.comparisons if c.baseline == strongest and c.metric == best.judged_by), None)
    if c is None or c.undecided:
        return ""
    beside = f"Beside the strongest baseline on the validation rows, {strongest}, the best model, {best.name},"
    if not (c.better or c.worse):
        return f"{beside} is no better by more than chance{_measured_in(reports)}."
    return f"{beside} is {c.outcome} by {by_words(c)}{_measured_in(reports, ' in F1')} on the test rows."


def splits_answer(ahead: Mapping[str, Sequence[tuple[str, float]]], unit: str, splits: int) -> str:
    """Say which models beat each baseline by more than chance on every split, given their mean differences."""
    where = {1: "the one split", 2: "both splits"}.get(splits, f"all {splits} splits")
    said = []
    for baseline, models in ahead.items():
        names = [f"{name} (by {decimal(mean, 3)} on average)" for name, mean in models]
        subject = join_words(names) if names else "No model"
        verb = "are" if len(names) > 1 else "is"
        said.append(f"{subject} {verb} better than {baseline} in {unit} by more than chance on {where}.")
    return " ".join(said)


def splits_words(better: int, worse: int, told: int) -> str:
    """Say on how many splits a model is better or worse by more than chance.

    Examples
    --------
    >>> splits_words(2, 0, 2), splits_words(0, 0, 2), splits_words(2, 1, 3), splits_words(0, 0, 0)
    ('2 of 2 better', '0 of 2 better', '2 better, 1 worse', 'too few readers')
    """
    if told == 0:
        return "too few readers"
    if better and worse:
        return f"{better} better, {worse} worse"
    return f"{worse} of {told} worse" if worse else f"{better} of {told} better"


def _measured_in(reports: Sequence[Report], f1: str = "") -> str:
    names = {report.judged_in for report in reports} - {"F1"}
    return f" in {names.pop()}" if names else f1


def _few(names: Sequence[str], most: int = 6) -> list[str]:
    return list(names) if len(names) <= most else [*names[: most - 1], f"{len(names) - most + 1} others"]
