"""Which works could be recommended to a reader, the most relevant first."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from toprank.candidates.catalogue import LARGEST_GROUP, Catalogue, Lists, catalogue_of
from toprank.candidates.ease import fit_ease
from toprank.candidates.generators import CandidateGenerators, GroupPopularity
from toprank.candidates.holdings import Holdings, found, holdings_of
from toprank.candidates.relevance import Relevance, fit_relevance
from toprank.candidates.similar_works import similar_works
from toprank.core.arrays import BoolArray, FloatArray, Int32Array, IntArray
from toprank.core.dataset import Dataset
from toprank.core.ratings import Ratings
from toprank.core.rng import derive_rng
from toprank.core.stored import stored
from toprank.errors import OptionError
from toprank.evidence.groupings import Groupings, build_groupings
from toprank.models.base import ProgressCallback, no_progress

__all__ = ["Candidates", "FittedRetrieval", "Retrieval"]

BLOCK = 500
"""Readers scored at a time: 18 MB of scores for a budget of 9,000 works."""

KEPT_RANK = 3.25
"""ln(1 + rank) below which a candidate is always learned from: the first 25 of either score."""

KEPT_SHARE = 0.1
"""Share of all other candidates that is learned from."""


@dataclass(frozen=True, eq=False)
class Candidates:
    """Works for readers, best first.

    Parameters
    ----------
    work : int32[n_readers, n]
        -1 where a reader has fewer.
    item : int32[n_readers, n]
        Each work's best-known edition; -1 likewise.
    relevance : float32[n_readers, n]
        Utilities: comparable within a reader; a difference of ln 2 makes a work twice as likely to be the one that the
        reader likes next. NaN where there is no work.
    """

    work: Int32Array
    item: Int32Array
    relevance: FloatArray


@stored
@dataclass(frozen=True, eq=False)
class FittedRetrieval:
    """What readers hold, where candidates come from, and how they are ranked.

    Parameters
    ----------
    held : Holdings
        What the readers of the training data hold.
    work : int32[n_items]
        The work of each item.
    sources : CandidateGenerators
    relevance : Relevance
    """

    held: Holdings
    work: Int32Array
    sources: CandidateGenerators
    relevance: Relevance

    def scores_for(self, users: IntArray, *, n: int = 100, progress: ProgressCallback = no_progress) -> Candidates:
        """Give the most relevant works that readers do not hold.

        Parameters
        ----------
        users : int[b]
            Positions; -1 for a reader of whom nothing is known.
        n : int
            Most works for a reader, at least 1.
        progress : callable, optional
            Called with readers done, their number, and words.

        Returns
        -------
        Candidates
        """
        return self._ranked(self.held, np.asarray(users), np.asarray(users), n, progress)

    def scores_of(self, held: Holdings, *, n: int = 100, progress: ProgressCallback = no_progress) -> Candidates:
        """Do the same for readers who were not trained on; nothing is learned anew.

        Parameters
        ----------
        held : Holdings
            What they hold; :meth:`holdings` makes it of items and ratings.
        n, watch
            See :meth:`scores_for`.

        Returns
        -------
        Candidates
        """
        rows = np.arange(held.n_readers)
        return self._ranked(held, rows, np.full(held.n_readers, -1), n, progress)

    def holdings(self, reader: IntArray, item: IntArray, liked: BoolArray, *, n_readers: int) -> Holdings:
        """Say what new readers rated.

        Parameters
        ----------
        reader : int[m]
            0 to ``n_readers - 1``.
        item : int[m]
            Positions of items; rows with -1, an unknown item, do not count.
        liked : bool[m]
        n_readers : int

        Returns
        -------
        Holdings
        """
        some = item >= 0
        rated = np.ones(int(some.sum()), bool)
        n_works = self.held.n_works
        return Holdings.of(
            reader[some], self.work[item[some]], rated, liked[some], n_readers=n_readers, n_works=n_works
        )

    def updated(self, data: Dataset, known: Groupings) -> FittedRetrieval:
        """Count new ratings among what is held, known and popular.

        Weights, neighbours, and what is popular among users of one group stay.

        Parameters
        ----------
        data : Dataset
            All ratings and implicit rows now; there may be users and items that were not there.
        known : Groupings
            Their groups: those that there were, grown.

        Returns
        -------
        FittedRetrieval
        """
        held = holdings_of(data, known.work.code, known.work.size)
        catalogue = catalogue_of(data, known, held)
        old, n_works = self.sources, held.n_works
        fresh = np.full(n_works - old.similar.shape[0], old.similar.indptr[-1], old.similar.indices.dtype)
        start = np.append(old.similar.indptr.astype(fresh.dtype), fresh)  # or scipy would make all indices wider
        by_name = {group.name: group for group in known.users}
        sources = replace(
            old,
            catalogue=catalogue,
            ease=old.ease.grown(n_works),
            similar=sparse.csr_array((old.similar.data, old.similar.indices, start), (n_works, n_works)),
            tastes=tuple(taste.grown(by_name[taste.users.name], self.held.n_works, n_works) for taste in old.tastes),
            related=related(catalogue, old.each),
            popular=liked_most(catalogue, old.popular_most),
        )
        return FittedRetrieval(held, known.work.code, sources, self.relevance)

    def _ranked(
        self, held: Holdings, rows: IntArray, users: IntArray, n: int, progress: ProgressCallback
    ) -> Candidates:
        if n < 1:
            raise OptionError(f"n is {n}; ask for at least 1 work")
        work = np.full((len(rows), n), -1, np.int32)
        relevance = np.full((len(rows), n), np.nan, np.float32)
        for begin in range(0, len(rows), BLOCK):
            block = slice(begin, begin + BLOCK)
            row, of_row, known = self.sources.pairs(held.take(rows[block]), users[block])
            scores = self.relevance.scores(known)
            order = np.lexsort((of_row, -scores, row))
            rank = np.arange(len(row)) - np.searchsorted(row, row)
            best = rank < n
            work[begin + row[best], rank[best]] = of_row[order[best]]
            relevance[begin + row[best], rank[best]] = scores[order[best]]
            progress(min(begin + BLOCK, len(rows)), len(rows), "ranking candidates")
        return Candidates(work, np.where(work < 0, -1, self.sources.catalogue.edition[work]), relevance)


@stored
@dataclass(frozen=True)
class Retrieval:
    """Implicit collaborative filtering over works, authors and series, popularity; ranked by a conditional logit.

    Penalties and weights were chosen among some fifteen settings on the notebook's validation rows of Book-Crossing;
    no test row was read for them.

    Parameters
    ----------
    budget : int
        Works of the closed-form model, at least 1. It takes 4 bytes x budget², twice that while fitting, and time
        by its cube.
    ridge : float
        Its ridge penalty, above 0.
    liked_weight : float
        What a liked rating counts where any other holding counts 1; at least 1.
    kind_weight : float
        What a work counts in the row of its author; at least 0.
    neighbours : int
        Neighbours of a work, at least 1.
    most : int
        Candidates that the closed form and the neighbours each bring, at least 1.
    related : int
        Works that each author and each series of the reader brings, at least 1.
    popular : int
        Popular works, overall and half as many of each group of users, at least 2.
    """

    budget: int = 9000
    ridge: float = 100.0
    liked_weight: float = 2.0
    kind_weight: float = 2.0
    neighbours: int = 100
    most: int = 80
    related: int = 20
    popular: int = 40

    def __post_init__(self) -> None:
        least = {
            "budget": 1,
            "liked_weight": 1,
            "kind_weight": 0,
            "neighbours": 1,
            "most": 1,
            "related": 1,
            "popular": 2,
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
        progress: ProgressCallback = no_progress,
    ) -> FittedRetrieval:
        """Learn from ratings and implicit rows; how to rank, from the liked validation ratings.

        Parameters
        ----------
        data : Dataset
            Training ratings, and everything else that is known.
        rng : numpy.random.Generator
        validation : Ratings, optional
            Ratings of the same users and items. Without them a tenth of the training ratings is held out first; that
            takes twice as long.
        progress : callable, optional
            Called with steps done, their number, and words.

        Returns
        -------
        FittedRetrieval

        Raises
        ------
        OptionError
            If there are no training ratings.
        """
        if len(data.ratings) == 0:
            raise OptionError("there are no training ratings; give at least one")
        known = build_groupings(data)
        if validation is not None:
            held, sources = self._sources(data, known, progress, 0, 4)
            relevance = _learned(held, sources, validation, known.work.code, rng, progress, 3, 4)
        else:
            draw = derive_rng(rng, "held out").random(len(data.ratings)) < 0.1
            ratings = data.ratings.canonical()
            rest = Dataset(ratings.take(~draw), data.implicit, data.items, data.users)
            held, sources = self._sources(rest, known, progress, 0, 7)
            relevance = _learned(held, sources, ratings.take(draw), known.work.code, rng, progress, 3, 7)
            held, sources = self._sources(data, known, progress, 4, 7)
        return FittedRetrieval(held, known.work.code, sources, relevance)

    def _sources(
        self, data: Dataset, known: Groupings, progress: ProgressCallback, done: int, total: int
    ) -> tuple[Holdings, CandidateGenerators]:
        progress(done, total, "gathering holdings")
        held = holdings_of(data, known.work.code, known.work.size)
        catalogue = catalogue_of(data, known, held)
        groups = [group for group in known.users[1:] if group.crossed and group.size <= LARGEST_GROUP]
        tastes = tuple(GroupPopularity.of(group, held, self.popular // 2) for group in groups)
        progress(done + 1, total, "finding similar works")
        similar = similar_works(held, most=self.neighbours)
        progress(done + 2, total, f"solving for {self.budget:,} works")
        ease = fit_ease(
            held,
            [catalogue.kinds[name].code for name in catalogue.close[:1]],
            budget=self.budget,
            ridge=self.ridge,
            liked_weight=self.liked_weight,
            kind_weight=self.kind_weight,
        )
        close, best = related(catalogue, self.related), liked_most(catalogue, self.popular)
        return held, CandidateGenerators(
            catalogue, ease, similar, tastes, close, best, self.most, self.related, popular_most=self.popular
        )


def liked_most(catalogue: Catalogue, most: int) -> Int32Array:
    """List the works that most readers liked; what nobody holds is not one of them."""
    works = np.flatnonzero(catalogue.numbers[:, 0] > 0)
    return np.asarray(works[np.argsort(-catalogue.light[works], kind="stable")[:most]], np.int32)


def related(catalogue: Catalogue, most: int) -> tuple[Lists, ...]:
    """List the best-known works of each author, of each series."""
    works = np.arange(catalogue.n_works)
    kinds = [catalogue.kinds[name] for name in catalogue.close]
    known = catalogue.numbers[:, 0] + catalogue.numbers[:, 1]
    return tuple(Lists.best(kind.code, works, known, kind.size, most) for kind in kinds)


def _learned(
    held: Holdings,
    sources: CandidateGenerators,
    later: Ratings,
    work: IntArray,
    rng: np.random.Generator,
    progress: ProgressCallback,
    done: int,
    total: int,
) -> Relevance:
    """Learn how to rank from what readers liked later."""
    progress(done, total, "learning to rank")
    draw = derive_rng(rng, "candidates left out")
    liked = later.liked
    wanted = np.unique(later.user[liked].astype(np.int64) * held.n_works + work[later.item[liked]])
    users = np.unique(wanted // held.n_works)
    parts = []
    for begin in range(0, len(users), BLOCK):
        block = users[begin : begin + BLOCK]
        row, of_row, known = sources.pairs(held.take(block), block)
        chosen = found(wanted, block[row] * held.n_works + of_row) >= 0
        near = (known[:, 2] < KEPT_RANK) | (known[:, 6] < KEPT_RANK)
        share = np.where(near, 1.0, KEPT_SHARE)
        # What a reader who found nothing here was offered teaches nothing.
        kept = (chosen | (draw.random(len(row)) < share)) & np.isin(row, row[chosen])
        parts.append((begin + row[kept], known[kept], chosen[kept], share[kept]))
    if not parts:
        nobody = np.array([-1])
        row, _, known = sources.pairs(held.take(nobody), nobody)
        parts.append((row, known, np.zeros(len(row), bool), np.ones(len(row))))
    row, known, chosen, share = (np.concatenate(column) for column in zip(*parts, strict=True))
    return fit_relevance(row, known, chosen, share)
