from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from toprank.core.dataset import Attributes, Dataset
from toprank.core.ids import IdIndex
from toprank.core.ratings import Ratings
from toprank.core.scale import RatingScale
from toprank.core.update import Update
from toprank.evidence.build import TrainingEvidence, build_evidence
from toprank.evidence.sources.memberships import MembershipEvidence
from toprank.evidence.sources.memberships_kernel import fit_tastes
from toprank.metrics.scores import auc

READERS, FILMS, GENRES = 60, 80, 6


def made(forms: str = "text") -> tuple[Dataset, Ratings]:
    """Make ratings that follow readers' tastes for single genres; some are held out."""
    rng = np.random.default_rng(3)
    has = np.zeros((FILMS, GENRES))
    for film in range(FILMS):
        has[film, rng.choice(GENRES, rng.integers(1, 4), replace=False)] = 1
    taste = rng.normal(size=(READERS, GENRES))
    pair = rng.permutation(READERS * FILMS)[:2400]
    user, item = (pair // FILMS).astype(np.int32), (pair % FILMS).astype(np.int32)
    liking = (has[item] * taste[user]).sum(axis=1) / np.sqrt(has[item].sum(axis=1))
    value = np.clip(np.round(3.2 + liking + 0.5 * rng.normal(size=len(pair))), 1, 5)
    names = [f"g{k}" for k in range(GENRES)]
    columns: dict[str, Any] = {"genres": ["|".join(np.array(names)[row > 0]) for row in has]}
    if forms == "flags":
        columns = {name: has[:, k].astype(int) for k, name in enumerate(names)}
    table = pa.table({"film": np.arange(FILMS), **columns})
    users, items = IdIndex.of(np.arange(READERS)), IdIndex.of(np.arange(FILMS))
    ratings = Ratings(user, item, value, users, items, RatingScale(1, 5, 4))
    data = Dataset(ratings.take(np.arange(1600)), items=Attributes(table, np.arange(FILMS, dtype=np.int32)))
    return data, ratings.take(np.arange(1600, 2400))


def evidence(data: Dataset, **options: Any) -> TrainingEvidence:
    return build_evidence(data, folds=4, damping=5.0, rng=np.random.default_rng(5), **options)


def column(found: TrainingEvidence, rows: Ratings, name: str) -> Any:
    matrix = found.evidence.matrix(found.evidence.pairs(rows.user.astype(np.int64), rows.item.astype(np.int64)))
    return matrix[:, found.evidence.names.index(name)]


def test_tastes_are_the_ridge_regression() -> None:
    rng = np.random.default_rng(1)
    weights = rng.random((3, 4)) * (rng.random((3, 4)) < 0.7)
    residual, item = rng.normal(size=5), np.array([0, 1, 2, 1, 0])
    x = weights[item]
    start = np.append(0, np.cumsum((weights > 0).sum(axis=1)))
    member = np.nonzero(weights)[1].astype(np.int32)
    for fold, kept in ((-1, np.arange(5)), (1, np.array([0, 1, 4]))):
        taste = np.zeros((2, 4))
        fit_tastes(
            taste, np.array([0, 5, 5]), item, residual, np.array([0, 0, 1, 1, 0]), fold, start, member,
            weights[weights > 0], 2.0, 1.5,
        )  # fmt: skip
        gram = 1.5 * x[kept].T @ x[kept] + 2.0 * np.eye(4)
        assert taste[0] == pytest.approx(np.linalg.solve(gram, 1.5 * x[kept].T @ residual[kept]))
        assert taste[1].tolist() == [0.0] * 4


@pytest.mark.parametrize("forms", ["text", "flags"])
def test_readers_by_genre_tell_what_is_liked(forms: str) -> None:
    data, held_out = made(forms)
    found = evidence(data)
    (members,) = found.evidence.groupings.members
    assert len(members.values) == GENRES
    for what, least in (("residual", 0.8), ("liked", 0.65)):
        assert auc(held_out.liked, np.nan_to_num(column(found, held_out, f"user x {members.name}: {what}"))) > least
    assert not {"genres", "g0"} & {group.name for group in found.evidence.groupings.items}


def test_no_training_row_sees_its_own_label(monkeypatch: pytest.MonkeyPatch) -> None:
    # How much tastes are pulled towards 0 is one number, chosen by what is expected of all held-out rows.
    monkeypatch.setattr("toprank.evidence.sources.memberships.PENALTIES", (3.0,))
    data, _ = made()
    found = evidence(data)
    ratings, inside = data.ratings.canonical(), found.rows.fold == 2
    turned = np.where(inside, 6 - ratings.value, ratings.value)
    other = Ratings(ratings.user, ratings.item, turned, ratings.users, ratings.items, ratings.scale)
    after = evidence(Dataset(other, items=data.items))
    own = [found.evidence.names.index(f"{name}genres: {what}") for name in ("", "user x ") for what in ("count",)]
    own.append(found.evidence.names.index("user x genres: residual"))
    assert after.matrix[inside][:, own] == pytest.approx(found.matrix[inside][:, own], abs=1e-5, nan_ok=True)
    rest = after.matrix[~inside][:, own[-1]]
    assert not np.allclose(rest, found.matrix[~inside][:, own[-1]], equal_nan=True)


def test_an_update_is_learning_from_all() -> None:
    data, held_out = made()
    found = evidence(data).evidence
    update = Update.of(data, held_out.user, held_out.item, held_out.value)
    updated = found.updated(found.change(update)).find(MembershipEvidence)
    whole = evidence(update.after).evidence.find(MembershipEvidence)
    assert updated is not None
    assert whole is not None
    assert updated.sums[0].count == pytest.approx(whole.sums[0].count)
    assert updated.sums[0].liked == pytest.approx(whole.sums[0].liked)


def test_groups_left_out() -> None:
    data, _ = made()
    names = evidence(data, without=["kind"]).evidence.names
    assert "genres: liked" not in names
    assert "user x genres: liked" in names
    names = evidence(data, without=["reader-by-kind"]).evidence.names
    assert "genres: liked" in names
    assert not any("x genres" in name for name in names)


def test_it_is_said_in_words() -> None:
    data, held_out = made()
    found = evidence(data).evidence
    pair = found.pairs(held_out.user[:1].astype(np.int64), held_out.item[:1].astype(np.int64))
    row = dict(zip(found.names, found.matrix(pair)[0].tolist(), strict=True))
    said = found.explain("user x genres", pair, row, lambda _: None)
    assert said.startswith("you gave ")
    assert " of g" in said
    assert "% are liked" in found.explain("genres", pair, row, lambda _: None)
    assert found.describe("user x genres") == "what the reader gave others of its genres"
    assert found.describe("genres") == "how others of its genres are rated"
