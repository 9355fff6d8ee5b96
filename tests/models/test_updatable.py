from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import cast

import numpy as np
import pytest
from tests.conftest import Make

from toprank.core.update import Update
from toprank.models.attention import AttentionLearner, AttentionModel
from toprank.models.base import EvidenceModel, Model
from toprank.models.blend import Blend
from toprank.models.boosted import Boosted
from toprank.nets.attention.attention_net import AttentionNet, AttentionTraining

pytest.importorskip("jax")

TREES = replace(Boosted(), num_boost_round=15, min_data_in_leaf=20)
NET, TRAINING = AttentionNet((8,), heads=2, attention=4), AttentionTraining(2, 256, 1e-2)
NETWORK = AttentionModel(networks=2, books=5, raters=4, net=NET, training=TRAINING)
LEARNER = AttentionLearner(networks=2, books=5, raters=4, net=NET, training=TRAINING)
MODELS: dict[str, Model] = {"boosted": TREES, "attention": NETWORK, "blend": Blend(TREES, LEARNER)}

Grow = Callable[[str], tuple[EvidenceModel, Update]]


@pytest.fixture(scope="module")
def grow(library: Make) -> Grow:
    data, later = library()
    rows = [(later.users[later.user[r]], later.items[later.item[r]], later.value[r]) for r in range(40)]
    # A reader whom nobody has seen, who likes what others do not; and a book.
    rows += [(901, f"b{i:03d}", 1.0 + 4 * (i % 2)) for i in range(12)] + [(901, "new", 5.0), (3, "new", 1.0)]
    user, item, value = zip(*rows, strict=True)
    update = Update.of(data, user, item, np.array(value))
    fitted = {}

    def model(name: str) -> tuple[EvidenceModel, Update]:
        if name not in fitted:
            fitted[name] = cast(EvidenceModel, MODELS[name].fit(data, rng=np.random.default_rng(1)))
        return fitted[name], update

    return model


@pytest.mark.parametrize("name", MODELS)
def test_an_update_without_ratings_changes_no_score(grow: Grow, name: str) -> None:
    model, update = grow(name)
    users, items = update.before.ratings.user[:300], update.before.ratings.item[:300][::-1]
    nothing = Update(update.before, update.before, np.empty(0, np.int64), np.empty(0, np.int64))
    same = model.updated(nothing)
    np.testing.assert_allclose(same.scores(users, items), model.scores(users, items), rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", MODELS)
def test_new_readers_and_books_are_scored_by_what_was_added(grow: Grow, name: str) -> None:
    model, update = grow(name)
    more = model.updated(update)
    ratings = update.after.ratings
    user = np.full(90, ratings.users.positions([901])[0])
    items = ratings.items.positions([*(f"b{i:03d}" for i in range(89)), "new"])
    scores = more.scores(user, items)
    assert np.isfinite(scores).all()
    assert len(set(scores.tolist())) > 5
    nothing = Update(update.after, update.after, np.empty(0, np.int64), np.empty(0, np.int64))
    again = more.updated(nothing)
    np.testing.assert_allclose(again.scores(user, items), scores, rtol=0, atol=1e-6)
    # Whoever has nothing to do with the new ratings is judged much as before.
    users, others = update.before.ratings.user[:200], update.before.ratings.item[:200][::-1]
    assert np.abs(more.scores(users, others) - model.scores(users, others)).mean() < 0.05


def test_a_network_is_told_of_new_ratings_where_evidence_has_no_embeddings(library: Make) -> None:
    data, _ = library()
    trees = replace(TREES, without=("embeddings", "histograms"))
    training = trees.build_evidence(data, rng=np.random.default_rng(1), keep_folds=True)
    network, _ = LEARNER.learn(training, rng=np.random.default_rng(1))
    assert not {"embeddings", "histograms"} & training.evidence.sources.keys()
    update = Update.of(data, [901, 901], ["b001", "new"], np.array([5.0, 1.0]))
    more = network.updated(update)
    assert more.histograms.of_book.sum() == network.histograms.of_book.sum() + 2
    assert len(more.embeddings.book) == more.evidence.groupings.work.size == len(network.embeddings.book) + 1
    pair = update.after.ratings.user[-2:], update.after.ratings.item[[0, 1]]
    assert np.isfinite(more.scores(*pair)).all()
