"""How the pages say things to readers."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime

from toprank.core.scale import RatingScale
from toprank.service.forms import Promised

__all__ = ["chance", "date_of", "interval", "promised", "rating_steps", "reason_list"]

MAX_BUTTONS = 11
"""A scale of more steps is written into a field."""

_CLAUSE = re.compile(r", (?:and )?(?=(?:you|all|none|no|the one reader|readers|books|other books|how|it|\d[\d,]* of) )")
"""What stands between two parts of a reason; a title may hold commas, and what follows these begins otherwise."""


def chance(probability: float) -> str:
    """Say P(liked) as so many of ten readers.

    Examples
    --------
    >>> chance(0.81), chance(0.02), chance(0.99)
    ('8 of 10', 'fewer than 1 of 10', 'almost 10 of 10')
    """
    of_ten = round(10 * probability)
    return "fewer than 1 of 10" if of_ten == 0 else "almost 10 of 10" if of_ten == 10 else f"{of_ten} of 10"


def promised(promise: Promised) -> str:
    """Say to readers what a yes promises.

    Examples
    --------
    >>> promised(Promised(words="…", promised=0.67, requested=0.71, kept=False, confidence=0.95, objective="halve"))
    'Of 100 books that it says yes to, at least 67 are liked; that is promised with 95 % certainty.'
    """
    if promise.objective.startswith("share") or (promise.objective == "halve" and promise.kept):
        return promise.words.replace("pairs are", "books are")
    if promise.promised is None:
        return "How many of the books that it says yes to are liked can't be promised yet."
    least = math.floor(100 * promise.promised + 1e-9)
    sure = f"{100 * promise.confidence:g} % certainty"
    return f"Of 100 books that it says yes to, at least {least} are liked; that is promised with {sure}."


def interval(low: float, high: float) -> str:
    """Say an interval of P(liked) in hundredths.

    Examples
    --------
    >>> interval(0.744, 0.861)
    '74 to 86 of 100'
    """
    return f"{round(100 * low)} to {round(100 * high)} of 100"


def reason_list(sentence: str | None) -> list[tuple[str, list[str]]]:
    """Take a reason apart: what speaks for it, what against it.

    Examples
    --------
    >>> reason_list("for it: you gave Emma, by the same author, 9, and 20 of the 22 readers who rated it liked it")
    [('For it', ['you gave Emma, by the same author, 9', '20 of the 22 readers who rated it liked it'])]
    >>> reason_list("against it: you gave The Lion, the Witch, and the Wardrobe 2, which its readers also read")
    [('Against it', ['you gave The Lion, the Witch, and the Wardrobe 2, which its readers also read'])]
    >>> reason_list("you gave it 3")
    [('', ['you gave it 3'])]
    """
    if not sentence:
        return []
    found = []
    for part in re.split(r"; (?=(?:for|against) it: )", sentence):
        side, colon, words = part.partition(" it: ")
        known = bool(colon) and side in ("for", "against")
        found.append((f"{side.capitalize()} it" if known else "", _CLAUSE.split(words if known else part)))
    return found


def rating_steps(scale: RatingScale) -> list[tuple[float, str]]:
    """Give the ratings that one touch gives; none where there are too many.

    Examples
    --------
    >>> rating_steps(RatingScale(1, 5, liked_from=4, step=1))[-1]
    (5.0, '5')
    """
    if scale.step is None or (scale.high - scale.low) / scale.step + 1 > MAX_BUTTONS + 1e-6:
        return []
    count = round((scale.high - scale.low) / scale.step) + 1
    return [(scale.low + k * scale.step, f"{scale.low + k * scale.step:g}") for k in range(count)]


def date_of(seconds: float) -> str:
    """Give the day and the minute, in UTC.

    Examples
    --------
    >>> date_of(0)
    '1970-01-01 00:00 UTC'
    """
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
