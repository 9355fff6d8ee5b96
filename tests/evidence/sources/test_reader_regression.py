from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.conftest import Make

from toprank.core.dataset import Dataset
from toprank.core.readers import ReaderLists
from toprank.evidence.build import TrainingEvidence, build_evidence
from toprank.evidence.pairs import Pairs
from toprank.evidence.reason_words import NOTHING_RATED
from toprank.evidence.sources import reader_regression
from toprank.evidence.sources.reader_regression import NAMES, ReaderRegression


@pytest.fixture(scope="module")
def data(library: Make) -> Dataset:
    return library()[0]


def learned(data: Dataset) -> TrainingEvidence:
    return build_evidence(data, folds=2, damping=3.0, rng=np.random.default_rng(1))


@pytest.fixture(scope="module")
def training(data: Dataset) -> TrainingEvidence:
    return learned(data)


def source_of(training: TrainingEvidence) -> ReaderRegression:
    found = training.evidence.find(ReaderRegression)
    assert found is not None
    return found


def common(source: ReaderRegression, training: TrainingEvidence, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """How much items have in common, by the equation."""
    total = np.full((len(one), len(other)), source.strength[0])
    for strength, name in zip(source.strength[1:], source.groups, strict=True):
        code = training.evidence.groupings.item(name).code
        total += strength * ((code[one][:, None] == code[other]) & (code[one][:, None] >= 0))
    return total


def test_pairs_get_what_the_equation_says(data: Dataset, training: TrainingEvidence) -> None:
    source, evidence = source_of(training), training.evidence
    assert (source.strength >= 0).all()
    assert source.strength.max() > 0
    users, items = np.array([3, 3, 8, 140]), np.array([1, 50, 7, 80])
    found = source.columns(evidence.pairs(users, items))
    anybody = source.by_anybody(evidence.groupings, users.astype(np.int64), items.astype(np.int64))
    for row, (user, item) in enumerate(zip(users, items, strict=True)):
        mine = np.flatnonzero(data.ratings.canonical().user == user)
        rated = data.ratings.canonical().item[mine]
        value = np.stack([data.ratings.canonical().value[mine], data.ratings.canonical().liked[mine]], axis=1)
        rest = value - source.by_anybody(evidence.groupings, np.full(len(mine), user), rated)
        weight = np.linalg.inv(np.eye(len(mine)) + common(source, training, rated, rated))
        own = (common(source, training, np.array([item]), rated) @ weight @ rest)[0]
        expected = [anybody[row, 0] + own[0], own[0], anybody[row, 1] + own[1], own[1]]
        assert found[row] == pytest.approx(expected, rel=1e-6)


def test_training_rows_get_what_the_ratings_outside_their_fold_say(training: TrainingEvidence) -> None:
    source, rows, ratings = source_of(training), training.rows, training.ratings
    _, rest, _ = reader_regression._effects(source.keys, source.groups, rows)
    columns = training.matrix[:, [training.evidence.names.index(name) for name in NAMES]]
    for row in (0, 700, 1999):
        seen = np.flatnonzero((ratings.user == ratings.user[row]) & (rows.fold != rows.fold[row]))
        without = rest[:, 2 * rows.fold[row] : 2 * rows.fold[row] + 2]
        rated = ratings.item[seen]
        weight = np.linalg.inv(np.eye(len(seen)) + common(source, training, rated, rated))
        own = (common(source, training, ratings.item[[row]], rated) @ weight @ without[seen])[0]
        expected = -without[row]
        assert columns[row] == pytest.approx(
            [expected[0] + own[0], own[0], expected[1] + own[1], own[1]], rel=1e-4, abs=1e-4
        )


def test_no_row_sees_the_labels_of_its_fold(data: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    # How much groups have in common is found from all ratings, and is not a row's own.
    monkeypatch.setattr(reader_regression, "_strength", lambda blocks, *_: np.full(1 + blocks.code.shape[1], 0.2))
    ratings, before = data.ratings.canonical(), learned(data)
    inside = before.rows.fold == 3
    after = learned(replace(data, ratings=replace(ratings, value=np.where(inside, 6 - ratings.value, ratings.value))))
    columns = [before.evidence.names.index(name) for name in NAMES]
    assert np.array_equal(before.matrix[inside][:, columns], after.matrix[inside][:, columns])
    assert not np.array_equal(before.matrix[~inside][:, columns], after.matrix[~inside][:, columns])


def test_a_long_list_is_cut_into_blocks_that_keep_an_author_together(
    data: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader_regression, "MOST", 4)
    training = learned(data)
    source, readers = source_of(training), training.rows.readers
    blocks, _ = source.of_readers(readers)
    sizes = np.diff(blocks.start)
    assert sizes.max() == 4
    assert sizes.sum() == len(readers.lists.item)
    owner = readers.lists.reader[blocks.order]
    for begin, end in zip(blocks.start[:-1], blocks.start[1:], strict=True):
        assert len(set(owner[begin:end])) == 1
        assert (np.diff(blocks.code[begin:end, 0]) >= 0).all()
    assert np.isfinite(source.columns(training.evidence.pairs(np.arange(50), np.arange(50)))).all()


def test_a_new_reader_and_one_without_ratings_are_answered(training: TrainingEvidence) -> None:
    source, evidence = source_of(training), training.evidence
    code = evidence.groupings.item(source.groups[0]).code
    first = int(np.flatnonzero(code == code[0])[1])
    answers = []
    for value, liked in (([5.0], [True]), ([1.0], [False]), ([], [])):
        lists = ReaderLists.single(np.zeros(len(value), np.int64) + first, np.array(value), np.array(liked, np.bool_))
        pairs = Pairs(evidence.readers(lists), np.zeros(1, np.int64), np.zeros(1, np.int64))
        answers.append(source.columns(pairs)[0])
    assert answers[0][0] > answers[2][0] > answers[1][0]
    assert answers[2][1] == 0


def test_without_groups_of_items_there_is_none(library: Make) -> None:
    data, _ = library(attributes=False, implicit=False)
    assert learned(data).evidence.find(ReaderRegression) is None


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, NOTHING_RATED),
        (1, "your one rating makes it about 7.3"),
        (1200, "your 1,200 ratings together make it about 7.3"),
    ],
)
def test_a_reason_says_of_how_many_ratings_it_speaks(training: TrainingEvidence, count: int, words: str) -> None:
    items = np.arange(count, dtype=np.int64) % len(training.ratings.items)
    lists = ReaderLists.single(items, np.full(count, 4.0), np.ones(count, np.bool_))
    pair = Pairs(training.evidence.readers(lists), np.zeros(1, np.int64), np.zeros(1, np.int64))
    assert source_of(training).explain("regression", pair, {NAMES[0]: 7.3}, str) == words
