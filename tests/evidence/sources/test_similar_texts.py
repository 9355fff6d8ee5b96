from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from tests.conftest import Make

from toprank.core.dataset import Attributes, Dataset
from toprank.data.text.text_vectors import TextVectors
from toprank.evidence.build import TrainingEvidence, build_evidence
from toprank.evidence.sources.similar_texts import NAMES, NEAR, SimilarTexts, texts_of

WORDS = ["dragon", "wizard", "murder", "detective", "love", "kiss", "pasta", "recipe"]


@pytest.fixture(scope="module")
def vectors() -> TextVectors:
    """Words of four subjects, two alike each."""
    rng = np.random.default_rng(3)
    subject = rng.normal(size=(4, 80))
    return TextVectors(
        {word: number for number, word in enumerate(WORDS)},
        (np.repeat(subject, 2, axis=0) + 0.3 * rng.normal(size=(8, 80))).astype(np.float16),
    )


@pytest.fixture(scope="module")
def data(library: Make) -> Dataset:
    """Titles of words, and an author of an unknown name."""
    found = library()[0]
    rng = np.random.default_rng(4)
    titles = [" ".join(rng.choice(WORDS, 3)) + f" {number}" for number in range(90)]
    table = pa.table({"id": [f"b{i:03d}" for i in range(90)], "title": titles, "author": ["Nn"] * 90})
    return replace(found, items=Attributes(table, np.arange(90, dtype=np.int32)))


def learned(data: Dataset, vectors: TextVectors | None, monkeypatch: pytest.MonkeyPatch) -> TrainingEvidence:
    monkeypatch.setattr("toprank.data.text.text_vectors.load_text_vectors", lambda: vectors)
    return build_evidence(data, folds=2, damping=3.0, rng=np.random.default_rng(1))


def test_columns_are_sums_over_what_the_reader_rated_alike(
    data: Dataset, vectors: TextVectors, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = learned(data, vectors, monkeypatch)
    rows, ratings, evidence = training.rows, training.ratings, training.evidence
    source = evidence.find(SimilarTexts)
    assert source is not None
    known = source.vectors.astype(np.float64)
    matrix = training.matrix[:, [evidence.names.index(name) for name in NAMES]]
    for row in (3, 500, 1999):
        others = (ratings.user == ratings.user[row]) & (rows.fold != rows.fold[row]) & (rows.work != rows.work[row])
        cosine = known[source.place[rows.work[others]]] @ known[source.place[rows.work[row]]]
        left, liked = rows.residual[rows.fold[row], others], ratings.liked[others]
        weight, wide = np.exp((cosine - 1) / 0.15), np.exp((cosine - 1) / 0.4)
        order = np.argsort(-cosine)
        expected = [
            np.log1p(rows.scale * (cosine > NEAR).sum()), rows.scale * weight.sum(), weight @ liked / weight.sum(),
            weight @ left / (weight.sum() + 0.05), wide @ left / (wide.sum() + 0.05), cosine.max(), left[order[0]],
            left[order[:5]].mean(),
        ]  # fmt: skip
        assert matrix[row] == pytest.approx(expected, rel=1e-4, abs=1e-4)


def test_without_vectors_or_texts_it_is_as_before(
    data: Dataset, vectors: TextVectors, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not set(NAMES) & set(learned(data, None, monkeypatch).evidence.names)
    assert not set(NAMES) & set(learned(replace(data, items=None), vectors, monkeypatch).evidence.names)


def test_a_reason_names_books_alike(data: Dataset, vectors: TextVectors, monkeypatch: pytest.MonkeyPatch) -> None:
    training = learned(data, vectors, monkeypatch)
    evidence, ratings = training.evidence, training.ratings
    assert data.items is not None
    titles = data.items.table.column("title").to_pylist()
    told = 0
    for user in range(20):
        pair = evidence.pairs(np.array([user]), np.array([7]))
        row = dict(zip(evidence.names, evidence.matrix(pair)[0].tolist(), strict=True))
        said = evidence.told("similar texts", pair, row, 1.0, lambda item: titles[item])
        if said is None:
            continue
        told += 1
        words = said.words.removeprefix("you gave ").removesuffix(", like it in title and author")
        for named in words.split(" and "):
            name, _, value = named.rpartition(" ")
            item = titles.index(name.removesuffix(":"))
            assert ratings.value[(ratings.user == user) & (ratings.item == item)].tolist() == [float(value)]
            assert float(value) >= 4
    assert told > 5
    nobody = evidence.explain("similar texts", pair, dict.fromkeys(NAMES, np.nan), lambda item: None)
    assert "title and author" in nobody


def test_text_is_title_and_author_or_what_is_prose() -> None:
    row = np.arange(3, dtype=np.int32)
    films = pa.table({"movie": ["a", "b", "c"], "plot": ["A man dies", "Two in love", None], "genre": ["x", "y", "x"]})
    assert texts_of(Attributes(films, row)) == ["A man dies", "Two in love", ""]
    assert texts_of(Attributes(films.select(["movie", "genre"]), row)) is None
    named = pa.table({"title": ["Dune", "Emma", "It"], "author": ["Herbert", "Austen", None]})
    roles = {"title": "title", "author": "author"}
    assert texts_of(Attributes(named, row, roles=roles)) == ["Dune Herbert", "Emma Austen", "It"]


def test_new_works_have_no_text(data: Dataset, vectors: TextVectors, monkeypatch: pytest.MonkeyPatch) -> None:
    from toprank.core.update import Update

    evidence = learned(data, vectors, monkeypatch).evidence
    update = Update.of(data, [3, 3], ["new", "b001"], np.array([5.0, 2.0]))
    more = evidence.updated(evidence.change(update))
    item = update.after.ratings.items.positions(["new"])
    row = dict(zip(more.names, more.matrix(more.pairs(np.array([3]), item))[0].tolist(), strict=True))
    assert row["similar texts: count"] == 0
    assert np.isnan(row["similar texts: likeness"])


def test_nothing_is_read_from_a_folder_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from toprank.data.text.text_vectors import load_text_vectors

    monkeypatch.setenv("TOPRANK_HOME", str(tmp_path))
    assert load_text_vectors() is None
