"""Saying neither yes nor no where it is too close to call."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from toprank.core.arrays import BoolArray, FloatArray
from toprank.errors import OptionError
from toprank.metrics.decision import decision_metrics

__all__ = ["Abstain", "learn_abstain", "measure_answered", "parse_abstain"]


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
        """Tell where to abstain.

        Parameters
        ----------
        probability, low, high : float[n]
            P(liked) and its interval.
        cutoff : float
            On the axis of the probability. Infinite, everything or nothing is recommended, and nothing is close.

        Returns
        -------
        bool[n]
        """
        near = np.abs(probability - cutoff) < self.band
        return np.asarray(near | ((low < cutoff) & (cutoff <= high) & self.interval))

    def __str__(self) -> str:
        return "interval" if self.interval else f"{self.band:g}"


def learn_abstain(probability: FloatArray, cutoff: float, share: float) -> Abstain:
    """Find the widest band that leaves at most a share of the pairs without an answer.

    Parameters
    ----------
    probability : float[n]
        P(liked) of validation rows, no NaN.
    cutoff : float
        On the same axis.
    share : float
        0 to 1, exclusive of 1.

    Returns
    -------
    Abstain

    Examples
    --------
    >>> learn_abstain(np.array([0.1, 0.4, 0.625, 0.9]), 0.5, share=0.25).band
    0.125
    """
    if not 0 <= share < 1 or len(probability) == 0:
        raise OptionError(f"abstaining needs some pairs, and a share of at least 0 and below 1, not {share:g}")
    if not np.isfinite(cutoff):
        return Abstain()
    away = np.sort(np.abs(probability - cutoff))
    return Abstain(band=float(away[int(share * len(away) * (1 + 1e-12))]))


def parse_abstain(text: str) -> Abstain:
    """Read when to abstain as people write it.

    Parameters
    ----------
    text : str
        ``0.05``, so far around the cutoff; ``interval``, where the interval of P(liked) holds the cutoff; ``never``.

    Returns
    -------
    Abstain

    Raises
    ------
    OptionError
        If the text is none of these.

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


def measure_answered(liked: BoolArray, recommend: BoolArray, unsure: BoolArray) -> dict[str, float]:
    """Measure the decisions where there is an answer.

    Parameters
    ----------
    liked, recommend, unsure : bool[n]
        What happened, the yes, and where there is no answer.

    Returns
    -------
    dict of str to float
        ``answered``, the share of rows with an answer; the metrics of
        :func:`~toprank.metrics.decision.decision_metrics` among them; and ``always_f1``, that of recommending all of
        them: what is easy is often what is liked, so F1 rises for everybody.

    Examples
    --------
    >>> liked = np.array([True, False, True, False])
    >>> recommend, unsure = np.array([True, True, False, False]), np.array([False, True, True, False])
    >>> measured = measure_answered(liked, recommend, unsure)
    >>> measured["answered"], measured["accuracy"]
    (0.5, 1.0)
    """
    answered = ~unsure
    return {
        "answered": float(answered.mean()) if len(answered) else float("nan"),
        **decision_metrics(liked[answered], recommend[answered]),
        "always_f1": decision_metrics(liked[answered], np.ones(int(answered.sum()), dtype=np.bool_))["f1"],
    }
