"""Why a book is recommended or not: the parts of its log odds, in words, and they add up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from toprank.core.arrays import BoolArray, FloatArray
from toprank.core.logistic import logit
from toprank.evidence.pairs import Pairs
from toprank.evidence.source import Namer
from toprank.models.base import EvidenceModel

__all__ = ["Part", "Reason", "explain"]

SLIGHT = 0.02
"""Log odds that are not worth naming: at most half a hundredth of P(liked)."""

CLEAR = 0.03
"""How far a share of liked ratings is from that of all where it clearly is a reason."""


@dataclass(frozen=True)
class Part:
    """What one part of the evidence adds.

    Parameters
    ----------
    source : str
        The part of the evidence, or of what the network reads beside it.
    words : str
        What is known, with its numbers.
    log_odds : float
        What it adds to the log odds of P(liked): for the book above 0, against it below.
    rank : int
        0 where its words name books or count ratings, and they clearly speak for what it adds; 1 where they hardly do,
        or are true of very many books or readers; 2 for other words; 3 for what is named only where nothing else is
        known; 4 for what is never named: what an unknown reader lacks.
    topic : str
        Of parts that have the same topic one is named.
    items : frozenset of int
        The reader's books that it names; of parts that name the same one, one is named.
    """

    source: str
    words: str
    log_odds: float
    rank: int = 2
    topic: str = ""
    items: frozenset[int] = frozenset()


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
    recommend : bool, optional
        The decision; by default whether P(liked) is at least a half.
    """

    parts: tuple[Part, ...]
    base: float
    calibration: float
    probability: float
    recommend: bool | None = None

    @property
    def sentence(self) -> str:
        """Two or three parts in words: up to two that speak for the decision first, then one on the other side."""
        chosen = self._chosen()
        if not chosen:
            return "nothing is known that speaks for or against it"
        sides = {True: "for it", False: "against it"}
        order = (True, False) if self._yes else (False, True)
        said = [(sides[side], [part.words for part in chosen if (part.log_odds > 0) == side]) for side in order]
        return "; ".join(f"{side}: {', and '.join(words)}" for side, words in said if words)

    @property
    def _yes(self) -> bool:
        return self.probability >= 0.5 if self.recommend is None else self.recommend

    def _chosen(self) -> list[Part]:
        strong = sorted((p for p in self.parts if abs(p.log_odds) > SLIGHT and p.rank < 4), key=lambda part: part.rank)
        topics = [part.topic or part.source for part in strong]
        strong = [part for place, part in enumerate(strong) if topics[place] not in topics[:place]]
        named = [part.items for part in strong]
        strong = [p for k, p in enumerate(strong) if not any(p.items & more for more in named[:k])]
        own, other = ([p for p in strong if ((p.log_odds > 0) == self._yes) == side] for side in (True, False))
        chosen = [part for part in own if part.rank == 0][:2] or own[:1]
        chosen += [part for part in other if part.rank == 0][:1]
        more = [part for part in own + other if part not in chosen and part.rank < 3]
        return chosen + more[: max(0, 2 - len(chosen))]


def explain(
    model: EvidenceModel,
    pairs: Pairs,
    probability: FloatArray,
    title: Namer,
    *,
    recommend: BoolArray | None = None,
) -> list[Reason]:
    """Give the reason for each answer (P(liked), float[n], calibration included; whether to recommend, bool[n])."""
    if not len(pairs):
        return []
    evidence = model.evidence
    matrix = evidence.matrix(pairs)
    shares, base = model.attributions(matrix, pairs)
    names, known = evidence.names, pairs.readers.lists.count[pairs.row] > 0
    reasons = []
    for row in range(len(pairs)):
        pair, columns = pairs.take(np.array([row])), dict(zip(names, matrix[row].tolist(), strict=True))
        parts = []
        for source in sorted(shares, key=lambda part: -abs(shares[part][row])):
            adds = float(shares[source][row])
            told = evidence.told(source, pair, columns, adds, title) or model.told(source, pairs, row, adds, title)
            if told is not None:
                clear = (told.liked - evidence.liked_share) * (1 if adds > 0 else -1)
                rank = 3 if clear <= -CLEAR else 1 if told.broad or clear < CLEAR else 0
                parts.append(Part(source, told.words, adds, rank, told.topic or _topic(source, columns), told.items))
            else:
                words = evidence.explain(source, pair, columns, title)
                about_you = words.startswith(("you ", "no reader with"))
                rank = 2 if words and (known[row] or not about_you) else 3 if known[row] else 4
                parts.append(Part(source, words or _to_you(evidence.describe(source)), adds, rank))
        rest = float(logit(probability[row])) - base - sum(part.log_odds for part in parts)
        yes = None if recommend is None else bool(recommend[row])
        reasons.append(Reason(tuple(parts), base, rest, float(probability[row]), yes))
    return reasons


def _to_you(words: str) -> str:
    """Speak to the reader."""
    for verb in ("rate", "read", "spread", "like"):
        words = words.replace(f"the reader {verb}s", f"you {verb}")
    words = words.replace("the reader has and likes", "you have and like").replace("the reader's", "your")
    return words.replace("the reader", "you")


def _topic(source: str, columns: Mapping[str, float]) -> str:
    """Name what is one thing to a reader: an edition and its book, two ways to be alike, the same ratings twice."""
    if source in ("similar readers", "nearest raters"):
        return "similar readers"
    if source in ("similar works", "nearest books"):
        return "similar books"
    count = columns.get(f"{source}: count", 0.0)
    return f"{count} {columns[f'{source}: liked']}" if count > 0 else source
