"""Evidence as columns of numbers: the list of sources, learned together and asked together."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from typing import Any, TypeVar

import numpy as np

from toprank.core.arrays import FloatArray, IntArray
from toprank.core.dataset import Dataset
from toprank.core.decisions import Support
from toprank.core.engine import each_task, elsewhere
from toprank.core.memory import give_back
from toprank.core.ratings import Ratings
from toprank.core.readers import ReaderLists
from toprank.core.stored import stored
from toprank.core.threads import side_by_side
from toprank.core.update import Update
from toprank.errors import OptionError
from toprank.evidence.bias import ItemBias
from toprank.evidence.groupings import Groupings, build_groupings
from toprank.evidence.keys import READER
from toprank.evidence.pairs import Pairs, Readers
from toprank.evidence.past import PastRows, by_past, time_blocks
from toprank.evidence.reason_words import Told
from toprank.evidence.source import (
    DividedSource,
    EvidenceSource,
    EvidenceUpdate,
    FittedSource,
    Learned,
    Namer,
    TrainingRows,
    gained_interactions,
    part_of,
)
from toprank.evidence.sources.additive import AdditiveSource
from toprank.evidence.sources.attributes import AttributeSource
from toprank.evidence.sources.embeddings import EmbeddingSource
from toprank.evidence.sources.factors import FactorSource
from toprank.evidence.sources.histograms import HistogramSource
from toprank.evidence.sources.implicit_counts import ImplicitSource
from toprank.evidence.sources.keyed_statistics import KeyedSource, KeyedStatistics
from toprank.evidence.sources.memberships import MembershipSource
from toprank.evidence.sources.neighbours import Neighbours, NeighbourSource
from toprank.evidence.sources.reader_regression import ReaderRegressionSource
from toprank.evidence.sources.reader_times import ReaderTimesSource
from toprank.evidence.sources.recency import RecencySource
from toprank.evidence.sources.similar_texts import SimilarTexts, SimilarTextSource
from toprank.evidence.training_rows import sample_rows, training_rows

__all__ = ["SOURCES", "Evidence", "TrainingEvidence", "build_evidence", "evidence_groups"]

SOURCES: list[EvidenceSource] = [
    AdditiveSource(),
    KeyedSource(),
    NeighbourSource(),
    HistogramSource(),
    EmbeddingSource(),
    FactorSource(),
    ReaderRegressionSource(),
    SimilarTextSource(),
    ImplicitSource(),
    AttributeSource(),
    MembershipSource(),
    RecencySource(),
    ReaderTimesSource(),
]
"""Every source, in the order of the columns. A new one is a new file and a line here."""

FINER = 4
"""Into how many folds of the evidence each fold is cut that models leave out. The fewer ratings a training row lacks,
the more it looks like later ones; trees that leave out a fifth still see when to stop."""

FEW = 500
"""Of so few pairs columns are found one source after the other; of so few new ratings no memory is given back."""

OTHER_PARTS = {
    "nearest books": "the reader's ratings of the books most like it",
    "nearest raters": "its ratings by those most like the reader",
}
"""Parts of an answer that no source of evidence has."""

S = TypeVar("S")


def evidence_groups() -> dict[str, str]:
    """Give the groups of evidence, each of which can be left out, and what each is in words."""
    return {name: words for source in SOURCES for name, words in source.groups.items()}


@stored
@dataclass(frozen=True, eq=False)
class Evidence:
    """All that training ratings and interactions say, ready to be asked about any reader and any item.

    Parameters
    ----------
    groupings : Groupings
        The groups of users and items.
    bias : ItemBias
        Over works, learned from all training ratings.
    lists : ReaderLists
        The lists of the known readers.
    sources : dict of str to FittedSource
        What each source learned, by its name, in the order of the columns.
    """

    groupings: Groupings
    bias: ItemBias
    lists: ReaderLists
    sources: Mapping[str, FittedSource]

    @cached_property
    def names(self) -> list[str]:
        """Names of the columns of :meth:`matrix`."""
        return [name for source in self.sources.values() for name in source.names]

    def readers(self, lists: ReaderLists) -> Readers:
        """Prepare readers, known or new, to be asked about; nothing of the model is copied or changed."""
        return Readers(lists, self.groupings, self.bias)

    def pairs(self, users: IntArray, items: IntArray) -> Pairs:
        """Give pairs of known users and items by their positions, of which none is -1."""
        known, row = np.unique(users, return_inverse=True)
        return Pairs(self.readers(self.lists.take(known)), row.astype(np.int64), np.asarray(items, np.int64))

    def matrix(self, pairs: Pairs) -> FloatArray:
        """Give the evidence of pairs that are not among the training ratings (float32[n, n_columns]).

        NaN where nothing is known. It is built once for pairs that are asked about again.
        """
        return pairs.once(f"matrix of {id(self)}", lambda: self._matrix(pairs))

    def _matrix(self, pairs: Pairs) -> FloatArray:
        matrix = np.empty((len(pairs), len(self.names)), dtype=np.float32, order="F")
        ends = np.cumsum([len(source.names) for source in self.sources.values()])

        def fill(source: FittedSource, end: int) -> None:
            matrix[:, end - len(source.names) : end] = source.columns(pairs)

        if len(pairs) <= FEW:
            for source, end in zip(self.sources.values(), ends, strict=True):
                fill(source, int(end))
        else:
            _ = pairs.readers.holdings, pairs.readers.residual  # found once, before the sources ask side by side
            side_by_side(fill, self.sources.values(), ends.tolist())
        return matrix

    def support(self, pairs: Pairs) -> Support:
        """Count the ratings behind an answer about each pair.

        A book's kind is the finest group that it shares with a rated book: its author before its publisher, say.
        """
        keyed = self.find(KeyedStatistics)
        nothing = np.zeros(len(pairs), np.int64)
        return Support(nothing, nothing, nothing, nothing) if keyed is None else keyed.support(pairs)

    def find(self, kind: type[S]) -> S | None:
        """Give the source of a kind; None where it is left out."""
        return next((source for source in self.sources.values() if isinstance(source, kind)), None)

    def describe(self, part: str) -> str:
        """Say what a part of the evidence is, of any reader and any item."""
        words = [source.describe(part) for source in reversed(self._with(part))]
        return next((one for one in words if one), OTHER_PARTS.get(part, part))

    def explain(self, part: str, pair: Pairs, row: Mapping[str, float], title: Namer) -> str:
        """Say what a part of the evidence says of one pair, whose columns are ``row``."""
        words = [source.explain(part, pair, row, title) for source in self._with(part)]
        return ", ".join(one for one in words if one)

    def told(self, part: str, pair: Pairs, row: Mapping[str, float], effect: float, title: Namer) -> Told | None:
        """Say it where there are ratings behind it, and of the reader or of books, not of a group of readers alone."""
        of_readers = part in [group.name for group in self.groupings.users if group.name != READER]
        if of_readers or not row.get(f"{part}: count", 0.0) > 0:  # NaN where a side is unknown
            return None
        for source in self._with(part):
            if isinstance(source, KeyedStatistics | Neighbours | SimilarTexts):
                return source.told(part, pair, effect, title)
        return Told(self.explain(part, pair, row, title), row[f"{part}: liked"])

    @property
    def liked_share(self) -> float:
        """Share of all ratings that are liked; a half where nobody counted."""
        keyed = self.find(KeyedStatistics)
        return 0.5 if keyed is None else keyed.liked_share

    @cached_property
    def _by_part(self) -> dict[str, list[FittedSource]]:
        found: dict[str, list[FittedSource]] = {}
        for source in self.sources.values():
            for part in dict.fromkeys(map(part_of, source.names)):
                found.setdefault(part, []).append(source)
        return found

    def _with(self, part: str) -> list[FittedSource]:
        return self._by_part.get(part, [])

    def updated(self, change: EvidenceUpdate) -> Evidence:
        """Add ratings to the evidence, and take away those that they replace, without retraining.

        The readers' side follows from their lists, so it is that of learning from all ratings at once, and so are
        counts, sums, liked counts, histograms and neighbours. Offsets and effects of items move for the items of the
        new ratings only; vectors of books stay, or what models learned about them would mean nothing.
        """
        sources = {}
        for name, source in self.sources.items():
            if len(change.sign) > FEW:
                give_back()  # or what was needed until here would be held meanwhile
            sources[name] = source.updated(change)
        lists = ReaderLists.of(change.update.after)
        return Evidence(change.after, change.readers.bias, lists, sources)

    def change(self, update: Update) -> EvidenceUpdate:
        """Prepare new ratings for the sources."""
        groupings = self.groupings.grown(update.after.ratings.users, update.after.ratings.items)
        come, go = update.after.ratings.take(update.added), update.before.ratings.take(update.removed)
        user, item, value, liked = (
            np.concatenate([getattr(come, name), getattr(go, name)]) for name in ("user", "item", "value", "liked")
        )
        sign, value = np.repeat([1.0, -1.0], [len(come), len(go)]), value.astype(np.float64)
        work = groupings.work.code[item].astype(np.int64)
        each, reader = np.unique(user, return_inverse=True)
        lists = ReaderLists.of(update.after).take(each)
        room = np.zeros(0)
        wider = self.bias.updated(room, room.astype(np.int64), room, room, groupings.work.size)
        before = Readers(lists, groupings, wider)
        bias = wider.updated(before.offset[reader], work, value, sign, groupings.work.size)
        readers = Readers(lists, groupings, bias)
        residual = value - bias.expected(readers.offset[reader], work)
        return EvidenceUpdate(
            update, self.groupings, groupings, readers, reader.astype(np.int64), user.astype(np.int64),
            item.astype(np.int64), work, value, liked, residual, sign, gained_interactions(update, each, groupings),
        )  # fmt: skip

    def merged(self, other: Evidence) -> Evidence:
        """Add what another shard saw: other readers of the same indexes, with the same groups and biases.

        Keyed statistics, histograms, neighbours and implicit counts are then those of learning from both at once;
        effects and vectors are weighed by their ratings and holders.
        """
        sources = {name: source.merged(other.sources[name]) for name, source in self.sources.items()}
        return replace(self, sources=sources, lists=self.lists.merged(other.lists))


@dataclass(frozen=True, eq=False)
class TrainingEvidence:
    """What a model learns from: the training ratings, and the evidence of each without its own fold.

    Parameters
    ----------
    evidence : Evidence
        For any other pair.
    rows : TrainingRows
        The training ratings, their folds, and what is left of each after a bias without its fold.
    matrix : float32[m, n_columns]
        One row for each of those that models learn from.
    past : PastRows or None
        Where the evidence of each comes from its past alone: their blocks, and how to learn from the past of each.
    """

    evidence: Evidence
    rows: TrainingRows
    matrix: FloatArray
    past: PastRows | None = None
    _learned: dict[str, Learned] = field(default_factory=dict)

    @property
    def ratings(self) -> Ratings:
        """The ratings that models learn from, in canonical order."""
        return self.rows.sampled

    @property
    def fold(self) -> IntArray:
        """The fold of each (int64[m]); a model that leaves a fold out when it learns can be asked about it honestly."""
        return self.rows.coarse.sampled_fold if self.past is None else self.past.fold

    @property
    def folds(self) -> int:
        """How many folds there are."""
        return self.rows.left_out if self.past is None else self.past.folds

    def learned(self, name: str) -> Learned:
        """Give what a source learned, be it among the columns or not."""
        if name not in self._learned:
            source = next(source for source in SOURCES if source.name == name)
            found = source.learn(self.rows)
            if found is None:
                raise OptionError(f"there is no evidence of the source {name!r}")
            self._learned[name] = found
        return self._learned[name]

    def forget_folds(self) -> None:
        """Let go of what networks look up without each fold, once they have: it takes more room than the matrix."""
        for name, one in self._learned.items():
            self._learned[name] = replace(one, folded=None)
        give_back()


def build_evidence(
    data: Dataset,
    *,
    folds: int,
    damping: float,
    rng: np.random.Generator,
    finer: int = FINER,
    without: Collection[str] = (),
    max_rows: int | None = None,
    keep_folds: bool = True,
) -> TrainingEvidence:
    """Build the evidence, that of each training row without its own fold.

    Where all that is asked about comes later (``data.asked_later``), that of each training row is from earlier rows
    only; see :mod:`toprank.evidence.past`.

    Parameters
    ----------
    data : Dataset
        Its ratings are the training ratings.
    folds : int
        Number of folds that models leave out, at least 2 and at most the number of ratings.
    damping : float
        Ratings' worth of pull on every mean, above 0.
    rng : numpy.random.Generator
        Draws the folds.
    finer : int
        Into how many folds of the evidence each is cut: a training row lacks its own alone. 1 where there are too few
        ratings, or so many that it makes no difference.
    without : collection of str
        Groups of evidence to leave out, of :func:`evidence_groups`.
    max_rows : int, optional
        Most training rows that models learn from, drawn at random; all go into the evidence. By default all.
    keep_folds : bool
        Whether what networks look up without each fold is kept.
    """
    groups = evidence_groups()
    if unknown := sorted(set(without) - set(groups)):
        raise OptionError(f"there is no evidence {unknown[0]!r} to leave out; there is {', '.join(groups)}")
    if len(data.ratings) < folds:
        raise OptionError(f"there are {len(data.ratings)} training ratings for {folds} folds; give more ratings")
    if "implicit" in without:
        data = replace(data, implicit=None)
    data, groupings = replace(data, ratings=data.ratings.canonical()), build_groupings(data)
    block = time_blocks(data.ratings) if data.asked_later else None
    if block is None:
        sample = sample_rows(np.arange(len(data.ratings)), max_rows, rng)
        return _learned(
            training_rows(data, groupings, folds, finer, damping, rng, frozenset(without), sample, keep_folds)
        )
    nothing, levels = np.empty(0, np.int64), data.ratings.value[block == 0].astype(np.float64)

    def learn(past: Dataset, whole: TrainingEvidence | None = None) -> TrainingEvidence:
        # No row is asked about in its fold, so few folds do; the first block says which levels of ratings there are.
        rows = training_rows(past, groupings, 2, 1, damping, rng, frozenset(without), nothing, False)
        return _learned(replace(rows, levels=levels), whole)

    whole, asked = learn(data), sample_rows(np.flatnonzero(block > 0), max_rows, rng)
    past, matrix = by_past(data, block, asked, folds, whole.evidence, lambda known: learn(known, whole))
    return replace(whole, matrix=matrix, past=past, rows=replace(whole.rows, sample=asked))


def _learned(rows: TrainingRows, whole: TrainingEvidence | None = None) -> TrainingEvidence:
    """Let each source learn; where ``whole`` is what the same sources learned of more rows, in the same terms."""
    _ = rows.coarse  # found once, before sources ask side by side
    give_back()
    parts: dict[str, Sequence[int]] = {source.name: _parts(source, rows) for source in SOURCES}
    found = each_task(_learn, [(name, part) for name, some in parts.items() for part in some], rows)
    learned: dict[str, Learned] = {}
    matrix = np.empty(0, np.float32)
    for source in SOURCES:
        some, one = parts[source.name], None
        if some == (WHOLE,):
            one = next(found)
        elif some and isinstance(source, DividedSource):
            one = source.joined(rows, list(islice(found, len(some))))
        else:
            one = source.learn(rows)
        if one is None:
            continue
        if source.name not in rows.without:
            matrix = _with_columns(matrix, one.columns)
        learned[source.name] = _kept(one, None if whole is None else whole.learned(source.name))
        del one  # or its columns would be held while the next are found
        give_back()
    rows.forget()
    sources = {name: one.source for name, one in learned.items() if name not in rows.without}
    evidence = Evidence(rows.groupings, rows.readers.bias, rows.readers.lists, sources)
    shape = len(rows.sample), len(evidence.names)
    return TrainingEvidence(evidence, rows, matrix.reshape(shape, order="F"), _learned=learned)


def _kept(one: Learned, whole: Learned | None) -> Learned:
    """Drop the columns; turn vectors that lie in a space of their own into that of the whole."""
    turn = getattr(one.source, "turned", None)
    source = one.source if turn is None or whole is None else turn(whole.source)
    return replace(one, source=source, columns=np.empty((0, 0)))


def _with_columns(matrix: FloatArray, columns: FloatArray) -> FloatArray:
    """Append columns to those that stand one behind the other; what is there is moved by pages, not copied."""
    before, (n, width) = len(matrix), columns.shape
    matrix.resize(before + n * width, refcheck=False)
    for column in range(width):
        matrix[before + column * n : before + (column + 1) * n] = columns[:, column]
    return matrix


WHOLE = -1
"""A part that is all of a source."""


def _parts(source: EvidenceSource, rows: TrainingRows) -> Sequence[int]:
    """List the parts that are tasks: all of a source in one go, or those it names; of one that sums shards none."""
    if getattr(source, "summed", False):
        return ()
    return range(source.parts(rows)) if elsewhere() and isinstance(source, DividedSource) else (WHOLE,)


def _learn(what: tuple[str, int], rows: TrainingRows) -> Any:
    name, part = what
    source = next(source for source in SOURCES if source.name == name)
    return source.part(part, rows) if isinstance(source, DividedSource) and part != WHOLE else source.learn(rows)
