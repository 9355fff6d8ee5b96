"""A source is one class and one line in a list: all else follows from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from tests.conftest import Make

from toprank.core.arrays import FloatArray, IntArray
from toprank.core.dataset import Dataset
from toprank.core.stored import stored
from toprank.core.update import Update
from toprank.errors import OptionError
from toprank.evidence import build
from toprank.evidence.build import Evidence, build_evidence
from toprank.evidence.pairs import Pairs
from toprank.evidence.source import EvidenceUpdate, Learned, Namer, TrainingRows
from toprank.evidence.statistics import without_fold
from toprank.models.boosted import Boosted
from toprank.models.registry import chosen
from toprank.recommender.facade import FittedRecommender, Recommender
from toprank.recommender.importance import importance


@stored("test_sources.Toy")
@dataclass(frozen=True, eq=False)
class Toy:
    """How many ratings of 5 there are of each work (int64[n_works]), and how many the reader gave."""

    fives: IntArray

    @property
    def names(self) -> tuple[str, ...]:
        return ("toy book: fives", "toy reader: fives")

    def columns(self, pairs: Pairs) -> FloatArray:
        lists = pairs.readers.lists
        by_reader = np.bincount(lists.reader[lists.value == 5], minlength=len(lists))
        return np.stack([self.fives[pairs.work], by_reader[pairs.row]], axis=1).astype(np.float64)

    def updated(self, change: EvidenceUpdate) -> Toy:
        size = change.after.work.size
        grown = np.append(self.fives, np.zeros(size - len(self.fives), np.int64))
        return Toy(grown + np.bincount(change.work, change.sign * (change.value == 5), size).astype(np.int64))

    def merged(self, other: Toy) -> Toy:
        return Toy(self.fives + other.fives)

    def describe(self, part: str) -> str:
        return f"how many fives, by the {part}"

    def explain(self, part: str, pair: Pairs, row: Mapping[str, float], title: Namer) -> str:
        return f"{row[f'{part}: fives']:.0f} fives"


class ToySource:
    """Learns :class:`Toy`."""

    name = "toy"
    groups: ClassVar[Mapping[str, str]] = {"toy": "how many fives there are"}

    def learn(self, rows: TrainingRows) -> Learned | None:
        five = (rows.ratings.value == 5).astype(np.float64)
        columns = [
            without_fold(rows.fold, rows.folds, key, size, five)[rows.fold, key]
            for key, size in ((rows.work, rows.groupings.work.size), (rows.ratings.user, len(rows.readers)))
        ]
        fives = np.bincount(rows.work, five, rows.groupings.work.size).astype(np.int64)
        return Learned(Toy(fives), np.stack(columns, axis=1))


NAMES = ["toy book: fives", "toy reader: fives"]


@pytest.fixture(scope="module", autouse=True)
def listed() -> Iterator[None]:
    """The one line in the list."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "SOURCES", [*build.SOURCES, ToySource()])
        yield


@pytest.fixture(scope="module")
def data(library: Make) -> Dataset:
    found, _ = library()
    return found


def toy_of(evidence: Evidence) -> Toy:
    found = evidence.find(Toy)
    assert found is not None
    return found


def fives(data: Dataset, evidence: Evidence) -> IntArray:
    """Count them anew."""
    work = evidence.groupings.work
    return np.bincount(work.code[data.ratings.item[data.ratings.value == 5]], minlength=work.size)


def test_it_has_columns_of_training_rows_and_of_later_pairs(data: Dataset) -> None:
    training = build_evidence(data, folds=2, damping=3.0, rng=np.random.default_rng(1))
    evidence, ratings = training.evidence, training.ratings
    assert evidence.names[-2:] == NAMES
    for row in (0, 700, 1999):
        others = (training.rows.fold != training.rows.fold[row]) & (ratings.value == 5)
        work = training.rows.work
        expected = [(others & (work == work[row])).sum(), (others & (ratings.user == ratings.user[row])).sum()]
        assert training.matrix[row, -2:].tolist() == expected
    later = evidence.matrix(evidence.pairs(ratings.user, ratings.item))
    of_readers = np.bincount(ratings.user[ratings.value == 5], minlength=len(ratings.users))
    assert np.array_equal(later[:, -2], fives(data, evidence)[training.rows.work])
    assert np.array_equal(later[:, -1], of_readers[ratings.user])


def test_it_can_be_left_out(data: Dataset) -> None:
    ablation = chosen("boosted-without-toy")[-1]
    assert (ablation.ablates, ablation.model) == ("boosted", Boosted(without=("toy",)))
    assert ablation.description == "The boosted evidence without how many fives there are."
    with_it, without = (
        build_evidence(data, folds=2, damping=3.0, rng=np.random.default_rng(1), without=names)
        for names in ((), ("toy",))
    )
    assert without.evidence.names == with_it.evidence.names[:-2]
    assert np.array_equal(without.matrix, with_it.matrix[:, :-2], equal_nan=True)
    with pytest.raises(OptionError, match=r"no evidence 'toys' to leave out.* implicit,.* toy"):
        build_evidence(data, folds=2, damping=3.0, rng=np.random.default_rng(1), without=("toys",))


@pytest.fixture(scope="module")
def fitted(data: Dataset) -> FittedRecommender:
    # Few columns for each tree, and few beside it: so that some tree looks at it.
    quick: dict[str, Any] = {"num_boost_round": 60, "folds": 2, "min_data_in_leaf": 20, "feature_fraction": 0.05}
    quick["without"] = ("additive", "neighbours", "histograms", "embeddings")
    told = {f"boosted.{name}": value for name, value in quick.items()}
    return Recommender(deep=False, hyperparameters=told, budget=50, add_held_out=False).fit(data)


def test_it_says_what_it_is_and_what_it_found(fitted: FittedRecommender) -> None:
    evidence = fitted.model.evidence
    assert evidence.describe("toy book") == "how many fives, by the toy book"
    pair = evidence.pairs(np.array([3]), np.array([5]))
    row = dict(zip(evidence.names, evidence.matrix(pair)[0].tolist(), strict=True))
    found = int(fives(fitted.data, evidence)[evidence.groupings.work.code[5]])
    assert evidence.explain("toy book", pair, row, lambda item: None) == f"{found} fives"


def test_its_importance_is_measured(fitted: FittedRecommender) -> None:
    moved, pairs = importance(fitted)
    assert pairs > 100
    by_name = dict(moved)
    assert by_name["how many fives, by the toy reader"] + by_name["how many fives, by the toy book"] > 0


def test_it_is_updated(fitted: FittedRecommender) -> None:
    data, model = fitted.data, fitted.model
    have = data.ratings
    user, item = int(have.user[0]), int(have.item[0])
    # A rating that is replaced, a reader's further one, and a reader and a book that are new.
    update = Update.of(
        data, [have.users[user], 901, 901], [have.items[item], "b001", "new"],
        np.array([1.0 if have.value[0] == 5 else 5.0, 5.0, 5.0]),
    )  # fmt: skip
    more = model.updated(update).evidence
    assert np.array_equal(toy_of(more).fives, fives(update.after, more))
    new = update.after.ratings
    pair = more.pairs(new.users.positions([901]), new.items.positions(["b003"]))
    assert more.matrix(pair)[0, -1] == 2


def test_it_is_saved_and_loaded(fitted: FittedRecommender, tmp_path: Path) -> None:
    loaded = Recommender.load(fitted.save(tmp_path / "model"))
    assert loaded.model.evidence.names[-2:] == NAMES
    assert np.array_equal(toy_of(loaded.model.evidence).fives, toy_of(fitted.model.evidence).fives)
    users, items = np.arange(1, 100), np.arange(1, 100) % 80 + 1
    assert np.array_equal(loaded.model.scores(users, items), fitted.model.scores(users, items))


def test_shards_are_merged(data: Dataset) -> None:
    evidence = build_evidence(data, folds=2, damping=3.0, rng=np.random.default_rng(1)).evidence
    toy = toy_of(evidence)
    half = replace(toy, fives=toy.fives // 2)
    rest = replace(toy, fives=toy.fives - half.fives)
    assert np.array_equal(half.merged(rest).fives, fives(data, evidence))


def test_of_what_has_no_editions_none_are_spoken_of(library: Make) -> None:
    data, _ = library(attributes=False)
    found = build_evidence(data, folds=3, damping=5.0, rng=np.random.default_rng(5)).evidence
    words = [found.describe(name.rpartition(": ")[0]) for name in found.names]
    assert "how it is rated" in words
    assert not any("edition" in one for one in words)
