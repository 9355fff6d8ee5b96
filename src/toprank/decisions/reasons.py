"""Why a book is recommended or not: the parts of its log odds, in words, and they add up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import logit

from toprank.core.arrays import FloatArray
from toprank.evidence.readers import Pairs
from toprank.evidence.source import Namer
from toprank.models.base import EvidenceModel

__all__ = ["Part", "Reason", "explain"]

SHOWN = 3
"""How many parts a sentence names."""

SLIGHT = 0.02
"""Log odds that are not worth naming: at most half a hundredth of P(liked)."""


@dataclass(frozen=True)
class Part:
    """What one part of the evidence adds.

    Parameters
    ----------
    source : str
        The part of the evidence, or the model it comes from.
    words : str
        What is known, with its numbers.
    log_odds : float
        What it adds to the log odds of P(liked): for the book above 0, against it below.
    """

    source: str
    words: str
    log_odds: float


@dataclass(frozen=True)
class Reason:
    """Why P(liked) is what it is.

    Parameters
    ----------
    parts : tuple of Part
        From the strongest to the weakest.
    base : float
        The starting point: log odds before anything is known of reader and book.
    calibration : float
        What calibration adds to the models' log odds.
    probability : float
        P(liked). Its log odds are ``base``, plus all parts, plus ``calibration``.
    """

    parts: tuple[Part, ...]
    base: float
    calibration: float
    probability: float

    @property
    def sentence(self) -> str:
        """The strongest parts in words, those for the book apart from those against it."""
        strong = [part for part in self.parts if abs(part.log_odds) > SLIGHT][:SHOWN]
        if not strong:
            return "nothing is known that speaks for or against it"
        sides = [
            (side, [part.words for part in strong if (part.log_odds > 0) == (side == "for")])
            for side in ("for", "against")
        ]
        return "; ".join(f"{side} it: {', '.join(words)}" for side, words in sides if words)


def explain(
    model: EvidenceModel, pairs: Pairs, probability: FloatArray, title: Namer, *, all_parts: bool = True
) -> list[Reason]:
    """Give the reason for each answer (P(liked), float[n], calibration included).

    Without ``all_parts`` only those that a sentence names are put into words; the others have none.
    """
    if not len(pairs):
        return []
    evidence = model.evidence
    matrix = evidence.matrix(pairs)
    shares, base = model.attributions(matrix, pairs)
    names = evidence.names
    reasons = []
    for row in range(len(pairs)):
        pair, columns = pairs.take(np.array([row])), dict(zip(names, matrix[row].tolist(), strict=True))
        strongest = sorted(shares, key=lambda part: -abs(shares[part][row]))
        said = strongest if all_parts else strongest[:SHOWN]
        words = {part: evidence.explain(part, pair, columns, title) or evidence.describe(part) for part in said}
        parts = tuple(Part(part, words.get(part, ""), float(shares[part][row])) for part in strongest)
        rest = float(logit(probability[row])) - base - sum(part.log_odds for part in parts)
        reasons.append(Reason(parts, base, rest, float(probability[row])))
    return reasons
