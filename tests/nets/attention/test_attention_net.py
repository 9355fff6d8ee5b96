from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from toprank.core.ids import IdIndex
from toprank.core.ratings import Ratings
from toprank.core.scale import RatingScale
from toprank.errors import OptionError

pytest.importorskip("jax")

from toprank.evidence.embeddings import Places
from toprank.nets.attention.attention_net import (
    AttentionNet,
    AttentionTraining,
    TrainedAttention,
    log_odds_of,
    train_attention,
)
from toprank.nets.attention.lookup import Catalogue, Inputs, RatingLookup
from toprank.nets.attention.lookup_kernel import BOOK, RATER

SCALE = RatingScale(1, 5, liked_from=4)
USERS, ITEMS, ROWS = 30, 20, 300
NET = AttentionNet(layers=(16, 8), heads=2, attention=4)
TRAINING = AttentionTraining(epochs=12, batch=128, learning_rate=2e-2)


def rated() -> Ratings:
    rng = np.random.default_rng(3)
    pairs = np.sort(rng.permutation(USERS * ITEMS)[:ROWS])
    users, items = IdIndex.of(np.arange(USERS)), IdIndex.of(np.arange(ITEMS))
    user, item = (pairs // ITEMS).astype(np.int32), (pairs % ITEMS).astype(np.int32)
    return Ratings(user, item, rng.integers(1, 6, ROWS).astype(np.float32), users, items, SCALE)


RATED = rated()
FOLD = np.random.default_rng(4).permutation(ROWS) % 3


def shelves(ratings: Ratings = RATED, fold: np.ndarray = FOLD) -> RatingLookup:
    kinds = np.stack([np.arange(ITEMS) // 4, np.arange(ITEMS) % 2], axis=1).astype(np.int32)
    kinds[3] = -1
    about = Catalogue(
        work=np.arange(ITEMS, dtype=np.int32),
        n_works=ITEMS,
        kinds=kinds,
        number=np.linspace(0, 3, ITEMS).astype(np.float32),
        spread=1.0,
        shared=(np.arange(USERS) % 3 - 1).astype(np.int32),
    )
    pair = ratings.user.astype(np.int64), ratings.item.astype(np.int64)
    residual = np.stack([np.where(fold == leave, 0, ratings.value - 3) for leave in range(4)]).astype(np.float32)
    places = Places.of(
        pair, pair, ratings.value, residual, fold,
        work=about.work, kind=kinds[:, 0], n_users=USERS, n_works=ITEMS, seed=1, width=4,
    )  # fmt: skip
    return RatingLookup.of(about, ratings, fold, 3, residual, places)


def look_up(found: RatingLookup, fold: np.ndarray | None = FOLD) -> Inputs:
    evidence = np.zeros((ROWS, 2), np.float16)
    return found.inputs(evidence, RATED.user, RATED.item, fold, 6, 5)


def test_shapes() -> None:
    inputs = look_up(shelves())
    assert inputs.books.shape == (ROWS, 6, BOOK)
    assert inputs.raters.shape == (ROWS, 5, RATER)
    assert inputs.dense.shape == (ROWS, 2 + 5 + 5 + 5 * 4 + 2)
    assert all(np.isfinite(part).all() for part in (inputs.dense, inputs.books, inputs.raters))
    assert (inputs.books[:, :, 0].sum(axis=1) > 0).mean() > 0.9


@pytest.mark.parametrize("fold", [0, 2])
def test_the_labels_of_a_fold_say_nothing_about_it(fold: int) -> None:
    inside = fold == FOLD
    flipped = replace(RATED, value=np.where(inside, 6 - RATED.value, RATED.value))
    before, after = look_up(shelves()), look_up(shelves(flipped))
    for one, other in zip(vars(before).values(), vars(after).values(), strict=True):
        assert np.array_equal(one[inside], other[inside])
        assert not np.array_equal(one[~inside], other[~inside])


def test_a_reader_without_other_ratings_has_no_books() -> None:
    alone = np.array([0, 1, 1], np.int32)
    users, items = IdIndex.of(np.arange(2)), IdIndex.of(np.arange(3))
    ratings = Ratings(alone, np.array([0, 0, 1], np.int32), np.array([5, 2, 4], np.float32), users, items, SCALE)
    fold = np.array([0, 1, 0])
    about = Catalogue(
        np.arange(3, dtype=np.int32), 3, np.empty((3, 0), np.int32), np.full(3, np.nan, np.float32),
        1.0, np.full(2, -1, np.int32),
    )  # fmt: skip
    residual = np.array([[0, 1, 0], [2, 0, 0.5], [2, 1, 0.5]], np.float32)
    pair = alone.astype(np.int64), np.array([0, 0, 1])
    places = Places.of(
        pair, pair, ratings.value, residual, fold,
        work=about.work, kind=np.full(3, -1, np.int32), n_users=2, n_works=3, seed=0, width=2,
    )  # fmt: skip
    found = RatingLookup.of(about, ratings, fold, 2, residual, places)
    inputs = found.inputs(np.zeros((3, 0), np.float16), alone, ratings.item, fold, 3, 3)
    assert inputs.books[:, :, 0].sum(axis=1).tolist() == [0, 1, 1]
    spread = (5 - 1) / 4
    # The row (1, 0) is in fold 1; without it user 1 has one rating, a 4, pulled to the mean 4.5 of all such.
    assert inputs.books[1, 0, 1] == pytest.approx((4 - (4 + 3 * 4.5) / 4) / spread, abs=1e-3)
    assert inputs.books[1, 0, 2:4].tolist() == pytest.approx([0.5 / spread, 0.5], abs=1e-3)
    # Book 0 has one other rater each time, in another fold; book 1 none.
    assert inputs.raters[:, :, 0].sum(axis=1).tolist() == [1, 1, 0]


def planted(n: int = 2000) -> tuple[Inputs, np.ndarray]:
    """Who likes it is said by the books alone, and only by those with a mark."""
    rng = np.random.default_rng(5)
    books = rng.normal(size=(n, 4, BOOK)).astype(np.float16)
    books[:, :, 0] = 1
    marked = rng.integers(0, 4, n)
    books[:, :, 5] = np.arange(4) == marked[:, None]
    truth = 2 * books[np.arange(n), marked, 1].astype(np.float64)
    reached = truth[:, None] + rng.logistic(size=(n, 1)) > np.array([-1.0, 0.5])
    dense, raters = rng.normal(size=(n, 3)).astype(np.float16), np.zeros((n, 2, RATER), np.float16)
    return Inputs(dense, books, raters), reached.astype(np.float32)


def trained(seed: int = 1, reached: np.ndarray | None = None) -> tuple[TrainedAttention, np.ndarray, np.ndarray]:
    inputs, truth = planted()
    labels = truth if reached is None else reached
    learn, check = np.arange(1500), np.arange(1500, 2000)
    net = train_attention(NET, TRAINING, inputs, labels, 1, learn, check, rng=np.random.default_rng(seed))
    return net, net.log_odds(inputs, check), labels[check]


def area(score: np.ndarray, liked: np.ndarray) -> float:
    ranks = np.argsort(np.argsort(score)) + 1
    positive = liked.sum()
    return float((ranks[liked > 0].sum() - positive * (positive + 1) / 2) / (positive * (len(liked) - positive)))


def test_attention_finds_the_book_that_matters_and_a_seed_gives_the_same_weights() -> None:
    net, log_odds, reached = trained()
    assert log_odds.shape == (500, 2)
    assert area(log_odds[:, 1], reached[:, 1]) > 0.8
    assert len(net.loss) == 12
    again, _, _ = trained()
    assert all(np.array_equal(net.weights[name], again.weights[name]) for name in net.weights)
    other, _, _ = trained(seed=2)
    assert not np.array_equal(net.weights["out"], other.weights["out"])


def test_shuffled_labels_teach_nothing() -> None:
    _, reached = planted()
    areas = []
    for seed in range(4):
        shuffled = np.random.default_rng(seed).permutation(reached)
        _, log_odds, labels = trained(seed, shuffled)
        areas.append(area(log_odds[:, 1], labels[:, 1]))
    # The AUC of noise on 500 rows has a standard deviation of about 0.026, a mean of four of 0.013.
    assert abs(np.mean(areas) - 0.5) < 0.045


def test_several_networks_answer_as_each_alone_whatever_a_pairs_company() -> None:
    inputs, _ = planted(1100)  # two whole blocks, and part of one
    networks = [trained(seed)[0] for seed in (1, 2)]
    both = log_odds_of(networks, inputs)
    assert both.shape == (2, 1100, 2)
    for network, answer in zip(networks, both, strict=True):
        assert np.array_equal(answer, network.log_odds(inputs))
    some = np.array([1099, 3, 700])
    assert np.array_equal(log_odds_of(networks, inputs, some), both[:, some])


def test_a_learning_rate_that_is_too_high_is_refused() -> None:
    inputs, reached = planted(200)
    with pytest.raises(OptionError, match="use a learning rate below 1e\\+30"):
        train_attention(
            NET, replace(TRAINING, learning_rate=1e30), inputs, reached, 1, np.arange(150), np.arange(150, 200),
            rng=np.random.default_rng(1),
        )  # fmt: skip


@pytest.mark.parametrize(
    ("made", "given"),
    [
        (AttentionNet, {"layers": (64, 0)}),
        (AttentionNet, {"heads": 0}),
        (AttentionNet, {"attention": 0}),
        (AttentionNet, {"dropout": 1.0}),
        (AttentionNet, {"input_dropout": -0.1}),
        (AttentionTraining, {"epochs": 0}),
        (AttentionTraining, {"batch": 0}),
        (AttentionTraining, {"learning_rate": -0.1}),
        (AttentionTraining, {"decay": -1.0}),
        (AttentionTraining, {"liked_weight": 0.0}),
    ],
)
def test_networks_that_cannot_be_are_refused(made: type[Any], given: dict[str, Any]) -> None:
    with pytest.raises(OptionError, match=next(iter(given))):
        made(**given)
