"""What is promised of a cutoff, and the words for it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from toprank.core.stored import stored

__all__ = ["START", "Promise"]

START = 30
"""The search for a cutoff begins where so many disappointments are due if the bound just holds; fewer prove nothing."""

_NUMBERS = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


@stored
@dataclass(frozen=True)
class Promise:
    """What the cutoff keeps on new rows with some confidence.

    Parameters
    ----------
    objective : str
        What was asked for, as :func:`~toprank.decisions.objectives.parse_objective` reads it.
    requested, promised : float
        The bound that was asked for, and the one that is promised: the same one, a weaker one, or NaN for none.
    confidence : float
        How likely the promise is kept on as many new rows as there were validation rows, by other readers.
    share, precision : float
        Of the validation rows: the share recommended, and the share liked of these (NaN where there are none), by
        probabilities that were not learned from the row's own reader.
    liked_share : float
        The share liked of all validation rows: of what readers pick for themselves.
    rows, readers : int
        Validation rows and their readers.
    about : str
        ``chosen``: pairs such as readers choose to rate; ``any``: any pair, and then the shares are weighted.

    Examples
    --------
    >>> print(Promise("halve", 0.79, 0.79, 0.95, 0.4, 0.81, 0.58, 40_000, 15_000))
    Of ten books it recommends, about two disappoint; of ten that readers pick themselves, four.
    >>> print(Promise("halve", 0.74, 0.74, 0.95, 0.2, 0.77, 0.48, 40_000, 15_000, "any"))
    Of ten books it recommends, about two disappoint; of ten taken at random, five.
    >>> print(Promise("precision>=0.9", 0.9, 0.86, 0.95, 0.04, 0.89, 0.58, 900, 400))
    0.9 can't be promised; 0.86 can, for 4% of pairs.
    """

    objective: str
    requested: float
    promised: float
    confidence: float
    share: float
    precision: float
    liked_share: float
    rows: int
    readers: int
    about: str = "chosen"

    @property
    def kept(self) -> bool:
        """Whether what was asked for is promised."""
        return self.promised == self.requested

    @property
    def enough_rows(self) -> bool:
        """Whether there were rows enough to promise anything like the bound."""
        return self.objective.startswith("share") or self.rows * (1 - self.requested) >= START

    def __str__(self) -> str:
        if not self.kept:
            return self._shortfall()
        if self.objective == "halve":
            others = "that readers pick themselves" if self.about == "chosen" else "taken at random"
            return _of_ten(1 - self.precision, 1 - self.liked_share, others)
        sure = f"{_percent(self.confidence)} confidence"
        if self.objective.startswith("share"):
            return f"At most {_percent(self.requested)} of pairs are recommended, promised with {sure}."
        return (
            f"At least {_percent(self.requested)} of what it recommends is liked, promised with {sure}, for "
            f"{_percent(self.share)} of pairs{' of any reader and book' if self.about == 'any' else ''}."
        )

    def _shortfall(self) -> str:
        if not math.isnan(self.promised):
            can = f"{self.requested:.3g} can't be promised; {self.promised:.3g} can"
            return f"{can}, for {_percent(self.share)} of pairs." if self.share else f"{can}. Nothing is recommended."
        if not self.enough_rows:
            why = f"There are too few ratings to promise anything ({self.rows} by {self.readers} readers)"
        else:
            why = (
                f"{self.requested:.3g} can't be promised, nor more than the {self.liked_share:.2f} that is liked anyway"
            )
        return f"{why}. {'The cutoff is the one that looked best.' if self.share else 'Nothing is recommended.'}"


def _percent(share: float) -> str:
    return f"{100 * share:.3g}%"


def _of_ten(recommended: float, picked: float, others: str) -> str:
    """Say both shares of disappointments of the least round number that tells them apart."""
    for of in (10, 20, 100, 1000):
        ours, theirs = round(of * recommended), round(of * picked)
        if 0 < ours < theirs:
            break
    of_words, ours_words, theirs_words = (_NUMBERS[n] if n < len(_NUMBERS) else str(n) for n in (of, ours, theirs))
    verb = "disappoints" if ours == 1 else "disappoint"
    return f"Of {of_words} books it recommends, about {ours_words} {verb}; of {of_words} {others}, {theirs_words}."
