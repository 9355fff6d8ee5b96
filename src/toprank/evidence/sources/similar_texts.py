"""Neighbours by meaning: what the reader gave books whose title and author say something alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from toprank.core.arrays import FloatArray, Int32Array, IntArray
from toprank.core.dataset import Attributes
from toprank.core.stored import stored
from toprank.core.threads import cut, side_by_side
from toprank.evidence.pairs import Pairs
from toprank.evidence.reason_words import Told, rated
from toprank.evidence.source import EvidenceUpdate, Learned, Namer, TrainingRows

__all__ = ["NAMES", "SimilarTextSource", "SimilarTexts", "texts_of"]

PART = "similar texts"
WHAT = ("count", "weight", "liked", "residual", "wide residual", "likeness", "nearest", "nearest five")
NAMES = tuple(f"{PART}: {what}" for what in WHAT)
"""The columns: ln(1 + near ones), the sum of weights, the share of liked and the shrunken mean residual by them, that
by the wider weights, the largest cosine, the residual of that one, and the mean of the nearest five."""

NEAR = 0.5
"""Cosine above which texts are called alike."""

SHARP, WIDE = 0.15, 0.4
"""How fast weights fall with the cosine."""

DAMPING = 0.05
"""Weight's worth of pull on mean residuals."""

PARTS, FEW = 32, 512

NAMED = 2
"""How many books a reason names."""


@stored
@dataclass(frozen=True, eq=False)
class SimilarTexts:
    """Vectors of works that have texts.

    Parameters
    ----------
    place : int32[n_works]
        Which vector each work has; -1 for none.
    vectors : float16[m, d]
        Of length 1.
    """

    place: Int32Array
    vectors: FloatArray

    @property
    def names(self) -> tuple[str, ...]:
        return NAMES

    @cached_property
    def wide(self) -> FloatArray:
        """The vectors in the precision that is computed with (float32[m, d])."""
        return self.vectors.astype(np.float32)

    def columns(self, pairs: Pairs) -> FloatArray:
        readers = pairs.readers
        nowhere = np.full(len(readers.lists.item), -1)
        residual = readers.residual[None].astype(np.float64)
        return self.ask(pairs, np.zeros(len(pairs), np.int64), nowhere, residual, 1.0)

    def ask(self, pairs: Pairs, fold: IntArray, rated_fold: IntArray, residual: FloatArray, scale: float) -> FloatArray:
        """Ask what readers gave works like these, a pair not about the labels of its own fold (float64[n, 8])."""
        from toprank.evidence.sources.similar_texts_kernel import COLUMNS, gather

        lists = pairs.readers.lists
        sums = np.empty((len(pairs), COLUMNS))
        order = np.argsort(pairs.row, kind="stable")
        given: tuple[Any, ...] = (
            *(np.asarray(one, np.int64)[order] for one in (pairs.row, pairs.work, fold)), lists.start,
            pairs.readers.work.astype(np.int64), np.asarray(rated_fold, np.int64), lists.liked, residual, self.wide,
            self.place, NEAR, SHARP, WIDE,
        )  # fmt: skip
        parts = cut(len(pairs), min(PARTS, 1 + len(pairs) // FEW))
        side_by_side(lambda begin, end: gather(sums, begin, end, *given), *parts)
        answer = np.empty((len(pairs), len(NAMES)))
        answer[order] = _means(sums, scale)
        return answer

    def updated(self, change: EvidenceUpdate) -> SimilarTexts:
        """Make room for new works, of whose texts nothing is known."""
        more = change.after.work.size - len(self.place)
        return replace(self, place=np.append(self.place, np.full(more, -1, np.int32)))

    def merged(self, other: SimilarTexts) -> SimilarTexts:
        """Texts are those of the items, which all shards share."""
        return self

    def describe(self, part: str) -> str:
        return "what the reader gave books of like title and author"

    def explain(self, part: str, pair: Pairs, row: Mapping[str, float], title: Namer) -> str:
        told = self.told(part, pair, row[NAMES[3]], title)
        return "you rated no book of like title and author" if told is None else told.words

    def told(self, part: str, pair: Pairs, effect: float, title: Namer) -> Told | None:
        """Name books of the reader that are like it, the most alike first."""
        readers, me, work = pair.readers, int(pair.row[0]), int(pair.work[0])
        begin, end = readers.lists.start[me : me + 2]
        theirs = readers.work[begin:end]
        place = self.place[theirs]
        rows = np.flatnonzero((place >= 0) & (theirs != work))
        if self.place[work] < 0 or not len(rows):
            return None
        alike = self.wide[place[rows]] @ self.wide[self.place[work]]
        liked, value = readers.lists.liked[begin:end], readers.lists.value[begin:end]
        near = rows[np.argsort(-alike, kind="stable")][: int((alike > NEAR).sum())]
        named = [
            (title(int(readers.lists.item[begin + row])), value[row]) for row in near if liked[row] == (effect > 0)
        ]
        listed = " and ".join([rated(name, value) for name, value in named if name is not None][:NAMED])
        if not listed:
            return None
        return Told(f"you gave {listed}, like it in title and author", float(effect > 0))


class SimilarTextSource:
    """Learns :class:`SimilarTexts`, where text vectors have been fetched and items have texts."""

    name = "similar texts"
    groups: ClassVar[Mapping[str, str]] = {
        "similar-texts": "what the reader gave books of like title and author, where text vectors have been fetched"
    }

    def learn(self, rows: TrainingRows) -> Learned | None:
        if "similar-texts" in rows.without or rows.data.items is None:
            return None
        texts = texts_of(rows.data.items)
        if texts is None:
            return None
        from toprank.data.text.text_vectors import load_text_vectors

        known = load_text_vectors()
        if known is None:
            return None
        found = _of_works(known.of_texts(texts).astype(np.float16), rows.data.items.row, rows.groupings.work.code)
        residual = rows.residual.astype(np.float64)
        return Learned(found, found.ask(rows.asked, rows.sampled_fold, rows.fold, residual, rows.scale))


def texts_of(items: Attributes) -> list[str] | None:
    """Give the text of each row of a table of items: title and author where they are known, else all that is prose.

    None where no column is.
    """
    from toprank.data.reading.roles import is_text, plain_column, roles_of

    roles = roles_of(items)
    if "title" in roles:
        names = [roles[role] for role in ("title", "author") if role in roles]
    else:
        names = [name for name in items.table.column_names if is_text(items.table.column(name).type)]
        names = [name for name in names if _is_prose(plain_column(items.table.column(name)).to_pylist())]
    columns = [plain_column(items.table.column(name)).to_pylist() for name in names]
    return [" ".join(str(part) for part in row if part) for row in zip(*columns, strict=True)] if columns else None


def _is_prose(values: list[str | None]) -> bool:
    """Tell texts of several words, mostly different ones, from ids and groups."""
    told = [value for value in values if value]
    return len(set(told)) * 2 > len(told) > 0 and sum(" " in value.strip() for value in told) * 2 > len(told)


def _of_works(vectors: FloatArray, row: Int32Array, work: Int32Array) -> SimilarTexts:
    """Give each work the vector of its first item that has one."""
    items = np.flatnonzero(row >= 0)
    items = items[vectors[row[items]].any(axis=1)]
    works, first = np.unique(work[items], return_index=True)
    place = np.full(int(work.max()) + 1, -1, np.int32)
    place[works] = np.arange(len(works))
    return SimilarTexts(place, vectors[row[items[first]]])


def _means(sums: FloatArray, scale: float) -> FloatArray:
    near, weight, left, liked, wide, wide_left, likeness, nearest, five = sums.T
    some = weight > 0
    return np.stack(
        [
            np.log1p(scale * near), np.where(some, scale * weight, np.nan), liked / np.where(some, weight, np.nan),
            left / (weight + DAMPING), wide_left / (wide + DAMPING), np.where(some, likeness, np.nan),
            np.where(some, nearest, np.nan), np.where(some, five, np.nan),
        ],
        axis=1,
    )  # fmt: skip
