from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from toprank.errors import OptionError

pytest.importorskip("jax")

from toprank.nets.attention.attention_net import (
    AttentionNet,
    AttentionTraining,
    TrainedAttention,
    log_odds_of,
    train_attention,
)
from toprank.nets.attention.lookup import BookLookup, Inputs, ReaderLookup, group_rows, look_up
from toprank.nets.attention.lookup_kernel import BOOK, RATER

NET = AttentionNet(layers=(16, 8), heads=2, attention=4)
TRAINING = AttentionTraining(epochs=12, batch=128, learning_rate=2e-2)

FOLD = np.array([0, 1, 0])
# Without the first fold there is a 2; without the second a 5 and a 4; means are pulled by three of those of all.
MEAN = np.array([[2, 2], [(5 + 3 * 4.5) / 4, (4 + 3 * 4.5) / 4], [4, 3.4]], np.float32)


def lookups() -> tuple[ReaderLookup, BookLookup]:
    """Reader 0 gave book 0 a 5; reader 1 gave book 0 a 2 and book 1 a 4; nobody rated book 2."""
    user, item = np.array([0, 1, 1]), np.array([0, 0, 1], np.int32)
    rated: dict[str, Any] = {
        "item": item,
        "fold": FOLD,
        "value": np.array([5, 2, 4], np.float32),
        "liked": np.array([True, False, True]),
        "residual": np.array([[0, 1, 0], [2, 0, 0.5], [2, 1, 0.5]], np.float32),
        "mean": MEAN,
        "shared": np.full(2, -1, np.int32),
    }
    vector, histogram = np.ones((3, 3, 4), np.float32) / 2, np.full((3, 3, 5), 0.2, np.float32)
    readers = ReaderLookup(
        user=np.arange(2), start=np.array([0, 1, 3]), vector=vector[:, :2], preference=vector[:, :2],
        histogram=histogram[:, :2], **rated,
    )  # fmt: skip
    by_work, by_kind = group_rows(item, 3), group_rows(np.full(3, -1), 0)
    books = BookLookup(
        work=np.arange(3, dtype=np.int32), kinds=np.empty((3, 0), np.int32), number=np.full(3, np.nan, np.float32),
        spread=1.0, vector=vector, histogram=histogram, of_kind=vector[:, :0], holders=np.array([2, 1, 0], np.float32),
        user=user.astype(np.int32), starts=(by_work[0], by_kind[0]), rows=(by_work[1], by_kind[1]),
        count=np.array([[0, 1], [1, 1], [1, 2]], np.float32), rater_vector=vector[:, :2],
        middle=np.array([2, 4.5, 11 / 3]), **rated,
    )  # fmt: skip
    return readers, books


def test_books_and_raters_of_another_fold_are_looked_up() -> None:
    readers, books = lookups()
    row, item = np.array([0, 1, 1]), np.array([0, 0, 1])
    inputs = look_up(readers, books, np.zeros((3, 2), np.float16), row, item, FOLD, 6, 5)
    assert inputs.books.shape == (3, 6, BOOK)
    assert inputs.raters.shape == (3, 5, RATER)
    assert inputs.dense.shape == (3, 2 + 5 + 5 + 4 * 4 + 2)
    assert all(np.isfinite(part).all() for part in vars(inputs).values())
    # A reader without other ratings has no books.
    assert inputs.books[:, :, 0].sum(axis=1).tolist() == [0, 1, 1]
    # The row (1, 0) is in fold 1; without it user 1 has one rating, a 4, pulled to the mean 4.5 of all such.
    assert inputs.books[1, 0, 1] == pytest.approx(4 - (4 + 3 * 4.5) / 4, abs=1e-3)
    assert inputs.books[1, 0, 2:4].tolist() == pytest.approx([0.5, 0.5], abs=1e-3)
    # Book 0 has one other rater each time, in another fold; book 1 none.
    assert inputs.raters[:, :, 0].sum(axis=1).tolist() == [1, 1, 0]


def test_a_pair_that_hides_nothing_sees_all_folds_but_its_own_rating_of_the_book() -> None:
    readers, books = lookups()
    inputs = look_up(readers, books, np.zeros((2, 0), np.float16), np.array([0, 1]), np.array([1, 2]), None, 6, 5)
    assert inputs.books[:, :, 0].sum(axis=1).tolist() == [1, 2]
    assert inputs.raters[:, :, 0].sum(axis=1).tolist() == [1, 0]
    assert inputs.books[0, 0, 1] == pytest.approx(5 - 4, abs=1e-3)


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
