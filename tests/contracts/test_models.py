"""What every model promises, over the whole registry."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TypeVar

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from toprank.core.dataset import Dataset
from toprank.core.ids import IdIndex
from toprank.core.ratings import Interactions, Ratings
from toprank.core.scale import RatingScale
from toprank.errors import OptionError
from toprank.models.attention import AttentionLearner, AttentionModel
from toprank.models.base import FittedModel, Model
from toprank.models.blend import Blend
from toprank.models.boosted import Boosted
from toprank.models.embedding import Embedding, FittedEmbedding
from toprank.models.factorization import FittedFactorization
from toprank.models.registry import MODELS as STUDIED
from toprank.models.registry import ablations
from toprank.nets.attention.attention_net import AttentionNet, AttentionTraining
from toprank.nets.embedding.spec import Dense, Skip

Learner = TypeVar("Learner", bound=AttentionLearner)


def quick_trees(model: Boosted) -> Boosted:
    return replace(model, num_boost_round=25, min_data_in_leaf=20)


def quick_attention(model: Learner) -> Learner:
    net = AttentionNet((16, 8), heads=2, attention=4)
    training = AttentionTraining(epochs=4, batch=256, learning_rate=1e-2)
    return replace(model, networks=2, books=6, raters=5, net=net, training=training)


def quick(model: Model) -> Model:
    """A wide network is tested with narrow layers, and every network with few epochs: the promises are the same."""
    if isinstance(model, Boosted):
        return quick_trees(model)
    if isinstance(model, AttentionModel):
        return quick_attention(model)
    if isinstance(model, Blend):
        return replace(model, boosted=quick_trees(model.boosted), attention=quick_attention(model.attention))
    if not isinstance(model, Embedding):
        return model
    shape = re.sub(r"(1024|256)", "24", model.net.shape)
    training = replace(model.training, epochs=2, batch=256)
    return replace(model, net=replace(model.net, shape=shape), training=training)


ALIKE = ("grid-", "slip-")
"""The grid is one network with nine transforms, an ablation the boosted evidence with less: one of each is enough."""

MODELS = {name: quick(entry.model) for name, entry in STUDIED.items() if not name.startswith(ALIKE)}
MODELS |= {
    name: quick((STUDIED | ablations())[name].model)
    for name in ("grid-4-0.5", "slip-6-2.5", "boosted-without-additive")
}

pytestmark = pytest.mark.parametrize("name", MODELS)

SCALE = RatingScale(1, 5, liked_from=4)
N_USERS, N_ITEMS = 120, 60


def ratings(n: int = 2600) -> Ratings:
    """Readers and items that differ, so that there is something to learn."""
    rng = np.random.default_rng(13)
    pairs = rng.permutation(N_USERS * N_ITEMS)[:n]
    user, item = (pairs // N_ITEMS).astype(np.int32), (pairs % N_ITEMS).astype(np.int32)
    value = 3 + rng.normal(size=N_USERS)[user] + rng.normal(size=N_ITEMS)[item] + 0.5 * rng.normal(size=n)
    users, items = IdIndex.of(np.arange(N_USERS)), IdIndex.of(np.arange(N_ITEMS))
    return Ratings(user, item, np.clip(np.round(value), 1, 5), users, items, SCALE)


ALL = ratings()
TRAIN, TEST = ALL.take(np.arange(2000)), ALL.take(np.arange(2000, 2500))
VALIDATION = ALL.take(np.arange(2500, 2600))


def fitted_on(name: str, data: Dataset) -> FittedModel:
    return MODELS[name].fit(data, rng=np.random.default_rng(13), validation=VALIDATION)


def scores(name: str, train: Ratings, test: Ratings = TEST, implicit: Interactions | None = None) -> np.ndarray:
    fitted = fitted_on(name, Dataset(train, implicit))
    return fitted.scores(test.user, test.item)


def test_the_same_seed_gives_the_same_scores(name: str) -> None:
    first, second = scores(name, TRAIN), scores(name, TRAIN)
    assert first.dtype == np.float64
    assert first.shape == (500,)
    assert np.array_equal(first, second, equal_nan=True)


def test_the_number_of_threads_does_not_matter(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for threads in ("1", "2", "4"):
        monkeypatch.setenv("TOPRANK_THREADS", threads)
        found.append(scores(name, TRAIN))
    assert np.array_equal(found[0], found[1], equal_nan=True)
    assert np.array_equal(found[0], found[2], equal_nan=True)


def test_the_order_of_rows_does_not_matter(name: str) -> None:
    shuffled = TRAIN.take(np.random.default_rng(7).permutation(2000))
    assert np.array_equal(scores(name, shuffled), scores(name, TRAIN), equal_nan=True)


def test_each_pair_is_scored_on_its_own(name: str) -> None:
    order = np.random.default_rng(7).permutation(500)[:50]
    assert np.array_equal(scores(name, TRAIN, TEST.take(order)), scores(name, TRAIN)[order], equal_nan=True)


def test_nothing_is_changed(name: str) -> None:
    before = [column.copy() for column in (TRAIN.user, TRAIN.item, TRAIN.value)]
    model = MODELS[name]
    description = repr(model)
    scores(name, TRAIN)
    assert all(np.array_equal(a, b) for a, b in zip(before, (TRAIN.user, TRAIN.item, TRAIN.value), strict=True))
    assert repr(model) == description


def test_an_unknown_id_cannot_be_scored(name: str) -> None:
    fitted = fitted_on(name, Dataset(TRAIN))
    answered = fitted.scores(np.array([-1, 0, -1, 0]), np.array([0, -1, -1, 0]))
    assert np.isnan(answered).tolist()[:3] == [True, True, True]


def test_positions_that_do_not_exist_are_refused(name: str) -> None:
    fitted = fitted_on(name, Dataset(TRAIN))
    with pytest.raises(OptionError, match="users holds the position 120"):
        fitted.scores(np.array([N_USERS]), np.array([0]))
    with pytest.raises(OptionError, match="items holds the position -2"):
        fitted.scores(np.array([0]), np.array([-2]))
    with pytest.raises(OptionError, match="equally long"):
        fitted.scores(np.array([0]), np.array([0, 1]))
    with pytest.raises(OptionError, match="integer positions"):
        fitted.scores(np.array([0.0]), np.array([0]))


def test_a_hand_worked_case_of_three_readers_and_four_books(name: str) -> None:
    # Rows are readers, columns books; a dot is not rated.   4 . 2 .
    #                                                        4 5 . .
    #                                                        . 1 2 .   (nobody rated the last book)
    small = Ratings(
        np.array([0, 0, 1, 1, 2, 2]),
        np.array([0, 2, 0, 1, 1, 2]),
        np.array([4, 2, 4, 5, 1, 2]),
        IdIndex.of([1, 2, 3]),
        IdIndex.of([1, 2, 3, 4]),
        SCALE,
    )
    fitted = MODELS[name].fit(Dataset(small), rng=np.random.default_rng(13), validation=small)
    answered = fitted.scores(np.array([0, 0]), np.array([1, 3]))
    rated, unrated = answered.tolist()
    if isinstance(fitted, FittedEmbedding):
        assert (rated, unrated) == pytest.approx((by_hand(fitted, 0, 1), by_hand(fitted, 0, 3)), rel=1e-5)
        return
    if isinstance(fitted, FittedFactorization):
        factors, reader = fitted.factors, fitted.readers.mean[0]
        inner = [reader[0] + book[0] + reader[1:] @ book[1:] for book in factors.item[[1, 3]]]
        assert (rated, unrated) == pytest.approx(tuple(factors.center + factors.scale * np.array(inner)))
        return
    if name in ("attention", "blend"):  # tests/models holds their parts to their equations
        assert 0 < rated < 1
        assert 0 < unrated < 1
        return
    mean = 3.0
    rest = small.value - mean
    item, user = np.zeros(4), np.zeros(3)
    for _ in range(10):
        item = np.bincount(small.item, rest - user[small.user], minlength=4) / (np.array([2, 2, 2, 0]) + 6)
        user = np.bincount(small.user, rest - item[small.item], minlength=3) / (np.array([2, 2, 2]) + 3)
    damped = {"rated": mean + user[0] + item[1], "unrated": mean + user[0]}
    # Reader 0 agrees with readers 1 and 2 on one book each, of three that either rated: weights 1/3 and 1/3.
    adjusted = MODELS["jaccard-adjusted"].target.transform(np.array([5.0, 1.0, 4.0, 2.0]), SCALE)
    expected = {
        "always": (1.0, 1.0),
        "global-mean": (3.0, 3.0),
        "user-mean": (3.0, 3.0),
        "item-mean": (3.0, float("nan")),
        "bias": (damped["rated"], damped["unrated"]),
        "boosted": (0.5, 0.5),  # six rows are too few for trees, so it gives the share liked
        "boosted-without-additive": (0.5, 0.5),
        "jaccard-original": ((5 + 1) / 2, 3.0),
        "jaccard-adjusted": (adjusted[:2].mean(), adjusted[2:].mean()),
    }[name]
    assert (rated, unrated) == pytest.approx(expected, nan_ok=True)


def by_hand(fitted: FittedEmbedding, user: int, item: int) -> float:
    """A network's equation, written out with its weights."""
    net = fitted.net
    size = net.spec.embedding_size
    p, q = net.users[user].astype(float), net.items[item].astype(float)
    activations = {"linear": lambda x: x, "relu": lambda x: np.maximum(x, 0), "sigmoid": lambda x: 1 / (1 + np.exp(-x))}
    x = np.array([p[:size] @ q[:size]])
    weights = list(net.head)
    for step in net.spec.steps:
        if isinstance(step, Dense):
            kernel, constant = weights.pop(0), weights.pop(0)
            x = activations[step.activation](x @ kernel + constant)
        elif isinstance(step, Skip):
            x = np.concatenate([x, q[:size], p[:size]])
    kernel, constant = weights
    raw = float((x @ kernel + constant)[0]) + p[size:].sum() + q[size:].sum()
    if net.spec.output == "ordinal":
        raw -= float(net.thresholds[fitted.liked_threshold])
    return raw if net.spec.output == "linear" else float(1 / (1 + np.exp(-raw)))


def test_shuffled_labels_teach_nothing(name: str) -> None:
    """A model that is better than chance on ratings without meaning has seen the answers."""
    aucs = []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        shuffled = Ratings(ALL.user, ALL.item, rng.permutation(ALL.value), ALL.users, ALL.items, SCALE)
        train, test = shuffled.take(np.arange(2000)), shuffled.take(np.arange(2000, 2500))
        answered = scores(name, train, test)
        aucs.append(roc_auc_score(test.liked, np.nan_to_num(answered, nan=3.0)))
    # The AUC of noise on 500 rows has a standard deviation of about 0.026, a mean of ten of 0.008.
    assert abs(np.mean(aucs) - 0.5) < 0.033


def test_implicit_rows_are_never_ratings(name: str) -> None:
    implicit = Interactions(TEST.user, TEST.item, ALL.users, ALL.items)
    with_them, without = scores(name, TRAIN, implicit=implicit), scores(name, TRAIN)
    # Evidence counts them as interactions; tests/models/test_boosted.py holds what it knows of ratings to be the same.
    assert isinstance(MODELS[name], Boosted | AttentionModel | Blend) or np.array_equal(
        with_them, without, equal_nan=True
    )
