"""Which works could be recommended to a reader, the most relevant first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from toprank.candidates.catalogue import build_catalogue
from toprank.candidates.ease import fit_ease
from toprank.candidates.generators import (
    CandidateGenerators,
    Gathered,
    GroupPopularity,
    Stock,
    most_liked,
    related_works,
)
from toprank.candidates.holdings import Holdings, position_of
from toprank.candidates.relevance import Relevance, fit_relevance
from toprank.candidates.similar_works import similar_works
from toprank.core.arrays import BoolArray, FloatArray, Int32Array, IntArray
from toprank.core.dataset import Dataset
from toprank.core.ratings import Ratings
from toprank.core.readers import ReaderLists
from toprank.core.rng import derive_rng
from toprank.core.stored import stored
from toprank.core.threads import side_by_side, thread_count
from toprank.errors import OptionError
from toprank.evidence.groupings import Groupings, build_groupings
from toprank.models.base import ProgressCallback, no_progress

__all__ = ["Candidates", "FittedRetrieval", "Retrieval"]

BLOCK = 500
"""Readers scored at a time: 18 MB of scores of 9,000 works."""

KEPT_RANK = 3.25
"""ln(1 + rank) below which a candidate is always learned from: the first 25 of either score."""

ASKED = 5000
"""Readers that some forty weights of the ranking are learned from; of more, evenly spaced ones."""

KEPT_SHARE = 0.1
"""Share of all other candidates that is learned from."""

MAX_GROUPS = 10_000
"""User attributes with more values than this are not asked for what is popular among them."""


@dataclass(frozen=True, eq=False)
class Candidates:
    """Works for readers, best first."""

    work: Int32Array  # int32[n_readers, n]: -1 where a reader has fewer
    item: Int32Array  # int32[n_readers, n]: each work's best-known edition; -1 likewise
    # float32[n_readers, n]: utilities: comparable within a reader; a difference of ln 2 makes a work twice as
    # likely to be the one that the reader likes next. NaN where there is no work.
    relevance: FloatArray


@stored
@dataclass(frozen=True, eq=False)
class FittedRetrieval:
    """Where candidates come from, and how they are ranked."""

    work: Int32Array  # int32[n_items]: the work of each item
    generators: CandidateGenerators
    relevance: Relevance

    @property
    def n_works(self) -> int:
        """How many works there are."""
        return self.generators.catalogue.n_works

    def held_by(self, readers: ReaderLists) -> Holdings:
        """Say which works readers hold, rated or not."""
        return Holdings.of_lists(readers, self.work, self.n_works)

    def gather(self, readers: ReaderLists) -> Gathered:
        """Gather candidates of readers, and what is known of these whichever works are asked about."""
        return self.generators.gather(self.held_by(readers), readers.user)

    def candidates(
        self,
        readers: ReaderLists,
        *,
        n: int = 100,
        gathered: Gathered | None = None,
        allowed: BoolArray | None = None,
        same: Callable[[IntArray], IntArray] | None = None,
        progress: ProgressCallback = no_progress,
    ) -> Candidates:
        """Give each reader the n most relevant works that they do not hold; known and new readers are one case.

        Of the items that may be listed (``allowed``: bool[n_items]) another edition stands in for the best-known one.
        Items of one code (``same``: from positions to int[n], by title and author say; below 0 is like no other) are
        one book, whatever their works: of a code that a reader holds none is a candidate, of others the most relevant.
        What was ``gathered`` of a single reader need not be gathered again.
        """
        if n < 1:
            raise OptionError(f"n is {n}; ask for at least 1 work")
        work = np.full((len(readers), n), -1, np.int32)
        relevance = np.full((len(readers), n), np.nan, np.float32)
        catalogue, stock, done = self.generators.catalogue, None, list[int]()
        if allowed is not None:
            stock = Stock.of(catalogue, self.work, allowed, n=self.generators.n_popular)
        edition = catalogue.edition if stock is None else stock.edition

        def rank(begin: int) -> None:
            end = min(begin + BLOCK, len(readers))
            some = readers.take(np.arange(begin, end))
            found = gathered
            if found is None or stock is not None or len(readers) > 1:
                found = self.generators.gather(self.held_by(some), some.user, stock)
            row, of_row, scores = found.row, found.work, self.relevance.scores(self.generators.of_candidates(found))
            order = np.lexsort((of_row, -scores, row))
            if same is not None:
                order = order[_distinct(row[order], edition[of_row[order]], some, same)]
            row = row[order]
            place = np.arange(len(row)) - np.searchsorted(row, row)
            best = place < n
            work[begin + row[best], place[best]] = of_row[order[best]]
            relevance[begin + row[best], place[best]] = scores[order[best]]
            done.append(end - begin)
            progress(sum(done), len(readers), "ranking candidates")

        side_by_side(rank, range(0, len(readers), BLOCK))
        return Candidates(work, np.where(work < 0, np.int32(-1), edition[work]), relevance)

    def updated(self, data: Dataset, groupings: Groupings) -> FittedRetrieval:
        """Count all ratings that there are now; weights, neighbours and what is popular in groups of users stay."""
        held = Holdings.of_lists(ReaderLists.of(data), groupings.work.code, groupings.work.size)
        generators = self.generators.grown(build_catalogue(data, groupings, held), groupings.users)
        return FittedRetrieval(groupings.work.code, generators, self.relevance)


@stored
@dataclass(frozen=True)
class Retrieval:
    """Implicit collaborative filtering over works, authors and series, popularity; ranked by a conditional logit.

    Penalties and weights were chosen among some fifteen settings on the notebook's validation rows of Book-Crossing;
    no test row was read for them.
    """

    # works of EASE, at least 1. It takes 4 bytes x max_items², twice that while fitting, and time by its cube.
    max_items: int = 9000
    ridge: float = 100.0  # its ridge penalty, above 0
    liked_weight: float = 2.0  # what a liked rating counts where any other holding counts 1; at least 1
    author_weight: float = 2.0  # what a work counts in the row of its author; at least 0
    neighbours: int = 100  # neighbours of a work, at least 1
    n_scored: int = 80  # candidates that EASE and the neighbours each bring, at least 1
    n_related: int = 20  # works that each author and each series of the reader brings, at least 1
    n_popular: int = 40  # popular works, overall and half as many of each group of users, at least 2

    def __post_init__(self) -> None:
        least = {
            "max_items": 1,
            "liked_weight": 1,
            "author_weight": 0,
            "neighbours": 1,
            "n_scored": 1,
            "n_related": 1,
            "n_popular": 2,
        }
        for name, bound in least.items():
            if not bound <= getattr(self, name) < float("inf"):
                raise OptionError(f"{name} is {getattr(self, name)}; it must be at least {bound}")
        if not 0 < self.ridge < float("inf"):
            raise OptionError(f"ridge is {self.ridge}; it must be a finite number above 0")

    def fit(
        self,
        data: Dataset,
        *,
        rng: np.random.Generator,
        validation: Ratings | None = None,
        groupings: Groupings | None = None,
        progress: ProgressCallback = no_progress,
    ) -> FittedRetrieval:
        """Learn from ratings and implicit rows; how to rank, from the liked validation ratings.

        Without these a tenth of the training ratings is held out first; that takes twice as long. Groupings that a
        model has found of the same data are not looked for again.
        """
        if len(data.ratings) == 0:
            raise OptionError("there are no training ratings; give at least one")
        groupings = build_groupings(data) if groupings is None else groupings
        work = groupings.work.code
        if validation is not None:
            generators = self._generators(data, groupings, progress, 0, 4)
            progress(3, 4, "learning to rank")
            relevance = _learn_relevance(generators, work, ReaderLists.of(data), validation, rng)
        else:
            draw = derive_rng(rng, "held out").random(len(data.ratings)) < 0.1
            ratings = data.ratings.canonical()
            rest = Dataset(ratings.take(~draw), data.implicit, data.items, data.users)
            generators = self._generators(rest, groupings, progress, 0, 7)
            progress(3, 7, "learning to rank")
            relevance = _learn_relevance(generators, work, ReaderLists.of(rest), ratings.take(draw), rng)
            generators = self._generators(data, groupings, progress, 4, 7)
        return FittedRetrieval(work, generators, relevance)

    def _generators(
        self, data: Dataset, groupings: Groupings, progress: ProgressCallback, done: int, total: int
    ) -> CandidateGenerators:
        progress(done, total, "gathering holdings")
        held = Holdings.of_lists(ReaderLists.of(data), groupings.work.code, groupings.work.size)
        catalogue = build_catalogue(data, groupings, held)
        users = [group for group in groupings.users[1:] if group.crossed and group.size <= MAX_GROUPS]
        by_group = tuple(GroupPopularity.of(group, held, n=self.n_popular // 2) for group in users)
        progress(done + 1, total, "finding similar works")
        similar = similar_works(held, n=self.neighbours)
        progress(done + 2, total, f"solving for {self.max_items:,} works")
        ease = fit_ease(
            held,
            [catalogue.groups[at].code for at in catalogue.related_groups[:1]],
            max_items=self.max_items,
            ridge=self.ridge,
            liked_weight=self.liked_weight,
            author_weight=self.author_weight,
        )
        return CandidateGenerators(
            catalogue,
            ease,
            similar,
            by_group,
            related_works(catalogue, self.n_related),
            most_liked(catalogue, self.n_popular),
            n_scored=self.n_scored,
            n_related=self.n_related,
            n_popular=self.n_popular,
        )


def _distinct(row: IntArray, item: IntArray, readers: ReaderLists, same: Callable[[IntArray], IntArray]) -> BoolArray:
    """Keep the first of each reader's candidates of one code (int[n]), and none of a code that the reader holds."""
    reader = np.append(readers.reader, readers.holder)
    codes = same(np.concatenate([item, readers.item, readers.held]).astype(np.int64))
    code, of_held = codes[: len(item)], codes[len(item) :]
    size = int(codes.max(initial=-1)) + 1
    held = np.unique(reader[of_held >= 0] * size + of_held[of_held >= 0])
    key = row * size + code
    first = np.zeros(len(key), np.bool_)
    first[np.unique(key, return_index=True)[1]] = True
    return np.asarray((code < 0) | (first & (position_of(key, held) < 0)))


def _learn_relevance(
    generators: CandidateGenerators, work: Int32Array, readers: ReaderLists, later: Ratings, rng: np.random.Generator
) -> Relevance:
    """Learn how to rank from what readers liked later."""
    draw, n_works = derive_rng(rng, "candidates left out"), generators.catalogue.n_works
    wanted = np.unique(later.user[later.liked].astype(np.int64) * n_works + work[later.item[later.liked]])
    users = np.unique(wanted // n_works)
    users = users[:: -(-len(users) // ASKED) or 1]
    parts = []

    def gather(block: IntArray) -> tuple[IntArray, IntArray, FloatArray]:
        return generators.pairs(Holdings.of_lists(readers.take(block), work, n_works), block)

    blocks = [users[begin : begin + BLOCK] for begin in range(0, len(users), BLOCK)]
    some = thread_count()  # at once; what is drawn of them is drawn in order
    found = (one for at in range(0, len(blocks), some) for one in side_by_side(gather, blocks[at : at + some]))
    for begin, block, (row, of_row, features) in zip(range(0, len(users), BLOCK), blocks, found, strict=True):
        chosen = position_of(block[row] * n_works + of_row, wanted) >= 0
        near = (features[:, 2] < KEPT_RANK) | (features[:, 6] < KEPT_RANK)
        share = np.where(near, 1.0, KEPT_SHARE)
        # What a reader who found nothing here was offered teaches nothing.
        taught = np.zeros(len(block), np.bool_)
        taught[row[chosen]] = True
        kept = (chosen | (draw.random(len(row)) < share)) & taught[row]
        parts.append((begin + row[kept], features[kept], chosen[kept], share[kept]))
    if not parts:
        new = readers.take(np.array([-1]))
        row, _, features = generators.pairs(Holdings.of_lists(new, work, n_works), new.user)
        parts.append((row, features, np.zeros(len(row), bool), np.ones(len(row))))
    row, features, chosen, share = (np.concatenate(column) for column in zip(*parts, strict=True))
    return fit_relevance(row, features, chosen, share)
