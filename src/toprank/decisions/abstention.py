"""Saying neither yes nor no where it is too close to call."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from toprank.core.arrays import BoolArray, FloatArray
from toprank.core.stored import stored
from toprank.errors import OptionError

__all__ = ["Abstain", "parse_abstain"]


@stored
@dataclass(frozen=True)
class Abstain:
    """When an answer is "unsure".

    With every mistake and every abstention at a fixed price, to abstain near the cutoff is the best there is (Chow, "On
    Optimum Recognition Error and Reject Tradeoff", IEEE Transactions on Information Theory 1970).

    Parameters
    ----------
    band : float
        Unsure where P(liked) is less than this away from the cutoff, 0 (never) to 1.
    interval : bool
        Unsure where the interval of P(liked) holds the cutoff.

    Examples
    --------
    >>> Abstain(band=0.05).unsure(np.array([0.4, 0.52, 0.9]), np.zeros(3), np.ones(3), cutoff=0.5).tolist()
    [False, True, False]
    """

    band: float = 0.0
    interval: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.band <= 1:
            raise OptionError(f"the band of abstention is {self.band:g}; it must be a probability, 0 to 1")

    def unsure(self, probability: FloatArray, low: FloatArray, high: FloatArray, *, cutoff: float) -> BoolArray:
        """Tell where to abstain (bool[n]); with an infinite cutoff no P(liked) is close to it."""
        near = np.abs(probability - cutoff) < self.band
        return np.asarray(near | ((low < cutoff) & (cutoff <= high) & self.interval))

    def __str__(self) -> str:
        return "interval" if self.interval else f"{self.band:g}"


def parse_abstain(text: str) -> Abstain:
    """Read when to abstain as people write it: ``0.05`` (so far around the cutoff), ``interval`` or ``never``.

    Examples
    --------
    >>> parse_abstain("0.05"), parse_abstain("interval")
    (Abstain(band=0.05, interval=False), Abstain(band=0.0, interval=True))
    """
    words = text.strip().lower()
    if words in ("interval", "never"):
        return Abstain(interval=words == "interval")
    if re.fullmatch(r"\d*\.?\d+", words):
        return Abstain(band=float(words))
    raise OptionError(f"abstaining by {text!r} is not understood; write a band like 0.05, interval, or never")
