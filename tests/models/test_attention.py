from __future__ import annotations

import re

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from toprank.core.dataset import Dataset
from toprank.core.ids import IdIndex
from toprank.core.ratings import Interactions, Ratings
from toprank.core.readers import ReaderLists
from toprank.core.rng import derive_rng
from toprank.core.scale import RatingScale
from toprank.data.relative_liking import relative_ratings
from toprank.errors import OptionError
from toprank.evidence.build import build_evidence
from toprank.evidence.pairs import Pairs
from toprank.models.attention import AttentionModel, FittedAttention
from toprank.models.ordinal import FeatureScaler, OrdinalLevels
from toprank.nets.attention.attention_net import AttentionNet, AttentionTraining
from toprank.targets import Original

pytest.importorskip("jax")

SCALE = RatingScale(1, 5, liked_from=4)
N_USERS, N_ITEMS = 120, 60
QUICK = AttentionModel(
    folds=4, networks=2, books=6, raters=5, net=AttentionNet((16, 8), heads=2, attention=4),
    training=AttentionTraining(epochs=6, batch=128, learning_rate=1e-2),
)  # fmt: skip


def ratings(n: int = 2600) -> Ratings:
    """The readers and items of the contract suite."""
    rng = np.random.default_rng(13)
    pairs = rng.permutation(N_USERS * N_ITEMS)[:n]
    user, item = (pairs // N_ITEMS).astype(np.int32), (pairs % N_ITEMS).astype(np.int32)
    value = 3 + rng.normal(size=N_USERS)[user] + rng.normal(size=N_ITEMS)[item] + 0.5 * rng.normal(size=n)
    users, items = IdIndex.of(np.arange(N_USERS)), IdIndex.of(np.arange(N_ITEMS))
    return Ratings(user, item, np.clip(np.round(value), 1, 5), users, items, SCALE)


ALL = ratings()
TRAIN, TEST = ALL.take(np.arange(2000)), ALL.take(np.arange(2000, 2600))


def fit(train: Ratings = TRAIN, implicit: Interactions | None = None, seed: int = 13) -> FittedAttention:
    return QUICK.fit(Dataset(train, implicit), rng=np.random.default_rng(seed))


def learn(train: Ratings = TRAIN, seed: int = 13) -> tuple[FittedAttention, np.ndarray]:
    """The same, with the log odds of each training row from the network that left its fold out."""
    rng = np.random.default_rng(seed)
    training = build_evidence(Dataset(train), folds=QUICK.folds, damping=QUICK.damping, rng=derive_rng(rng, "evidence"))
    return QUICK.learn(training, rng=rng)


@pytest.fixture(scope="module")
def learned() -> tuple[FittedAttention, np.ndarray]:
    return learn()


@pytest.fixture(scope="module")
def fitted(learned: tuple[FittedAttention, np.ndarray]) -> FittedAttention:
    return learned[0]


def test_it_learns_whether_and_how_much(fitted: FittedAttention) -> None:
    scores = fitted.scores(TEST.user, TEST.item)
    assert scores.dtype == np.float64
    assert ((scores > 0) & (scores < 1)).all()
    assert roc_auc_score(TEST.liked, scores) > 0.9
    expected = fitted.expected_rating(TEST.user, TEST.item)
    assert ((expected >= 1) & (expected <= 5)).all()
    assert np.mean((expected - TEST.value) ** 2) < 0.6 * np.var(TEST.value)


def test_to_fit_is_to_learn_from_evidence_of_its_own(fitted: FittedAttention) -> None:
    assert np.array_equal(fit().scores(TEST.user, TEST.item), fitted.scores(TEST.user, TEST.item))


def test_out_of_fold_answers_are_of_networks_that_did_not_learn_from_the_row(
    learned: tuple[FittedAttention, np.ndarray],
) -> None:
    fitted, out_of_fold = learned
    assert out_of_fold.shape == (2000,)
    liked = TRAIN.canonical().liked
    outside = roc_auc_score(liked, out_of_fold)
    assert 0.88 < outside < 0.98
    assert len(fitted.networks) == 2


def test_the_evidence_may_be_at_hand(fitted: FittedAttention) -> None:
    pairs = fitted.evidence.pairs(TEST.user, TEST.item)
    log_odds = fitted.decision_function(fitted.evidence.matrix(pairs), pairs)
    assert 1 / (1 + np.exp(-log_odds)) == pytest.approx(fitted.scores(TEST.user, TEST.item))


def test_the_same_seed_gives_the_same_scores_and_the_order_of_rows_does_not_matter(fitted: FittedAttention) -> None:
    shuffled = fit(TRAIN.take(np.random.default_rng(7).permutation(2000)))
    assert np.array_equal(shuffled.scores(TEST.user, TEST.item), fitted.scores(TEST.user, TEST.item))


def test_unknown_ids_cannot_be_scored_and_others_are_refused(fitted: FittedAttention) -> None:
    users, items = np.array([-1, 0, -1, 0]), np.array([0, -1, -1, 0])
    assert np.isnan(fitted.scores(users, items)).tolist() == [True, True, True, False]
    assert np.isnan(fitted.expected_rating(users, items)).tolist() == [True, True, True, False]
    assert fitted.scores(users[:0], items[:0]).shape == (0,)
    with pytest.raises(OptionError, match="users holds the position 120"):
        fitted.scores(np.array([N_USERS]), np.array([0]))


def test_shuffled_labels_teach_nothing() -> None:
    outside, later = [], []
    for seed in range(5):
        values = np.random.default_rng(seed).permutation(ALL.value)
        shuffled = Ratings(ALL.user, ALL.item, values, ALL.users, ALL.items, SCALE)
        test = shuffled.take(np.arange(2000, 2600))
        model, out_of_fold = learn(shuffled.take(np.arange(2000)), seed=seed)
        outside.append(roc_auc_score(shuffled.take(np.arange(2000)).canonical().liked, out_of_fold))
        later.append(roc_auc_score(test.liked, model.scores(test.user, test.item)))
    # Standard deviations of the means are about 0.006 and 0.011.
    assert abs(np.mean(outside) - 0.5) < 0.03
    assert abs(np.mean(later) - 0.5) < 0.04


def test_without_neighbourhoods_and_with_implicit_rows() -> None:
    implicit = Interactions(TEST.user, TEST.item, ALL.users, ALL.items)
    assert roc_auc_score(TEST.liked, fit(implicit=implicit).scores(TEST.user, TEST.item)) > 0.88
    rng = np.random.default_rng(13)
    training = build_evidence(Dataset(TRAIN), folds=4, damping=3.0, rng=rng, without=("neighbours",))
    model, _ = QUICK.learn(training, rng=rng)
    assert roc_auc_score(TEST.liked, model.scores(TEST.user, TEST.item)) > 0.88


def test_ratings_of_one_kind_give_their_share() -> None:
    fitted, out_of_fold = learn(TRAIN.take(TRAIN.liked))
    assert fitted.scores(np.array([0, -1]), np.array([0, 0])).tolist() == pytest.approx([1.0, np.nan], nan_ok=True)
    assert out_of_fold.tolist() == [0.0] * int(TRAIN.liked.sum())


def test_six_ratings_are_enough() -> None:
    small = Ratings(
        np.array([0, 0, 1, 1, 2, 2]), np.array([0, 2, 0, 1, 1, 2]), np.array([4, 2, 4, 5, 1, 2]),
        IdIndex.of([1, 2, 3]), IdIndex.of([1, 2, 3, 4]), SCALE,
    )  # fmt: skip
    scores = fit(small).scores(np.array([0, 0]), np.array([1, 3]))
    assert ((scores > 0) & (scores < 1)).all()


def test_steps_of_continuous_ratings_are_few_and_hold_the_bar() -> None:
    values = np.linspace(0, 1, 1001)
    steps = OrdinalLevels.of(values, liked_from=0.77)
    assert len(steps.at) <= 21
    assert steps.at[steps.liked_level] == 0.77
    assert ((values >= 0.77) == (steps.bins(values) > steps.liked_level)).all()
    assert (np.diff(steps.level) > 0).all()
    between = OrdinalLevels.of(np.array([1.0, 2.0, 5.0]), liked_from=4.0)
    assert between.at.tolist() == [2.0, 4.0]
    assert between.level.tolist() == [1.0, 2.0, 5.0]


def test_unknown_evidence_is_zero_and_said() -> None:
    matrix = np.array([[1, np.nan], [3, 4]], np.float32)
    assert FeatureScaler.of(matrix)(matrix).tolist() == [[-1, 0, 1], [1, 0, 0]]


@pytest.mark.parametrize(("name", "value"), [("folds", 1), ("networks", 1), ("books", 0)])
def test_settings_that_cannot_be_are_refused(name: str, value: int) -> None:
    with pytest.raises(OptionError, match=f"{name} is {value}"):
        AttentionModel(**{name: value})  # type: ignore[arg-type]


def test_what_else_cannot_be_is_refused() -> None:
    with pytest.raises(OptionError, match=r"target is Original\(\); it must be of the class Binary"):
        AttentionModel(target=Original())  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="damping is 0"):
        AttentionModel(damping=0.0)
    with pytest.raises(OptionError, match="no training ratings"):
        fit(TRAIN.take(np.arange(0)))


def test_every_part_of_its_log_odds_is_named_and_they_add_up(fitted: FittedAttention) -> None:
    evidence = fitted.evidence
    pairs = evidence.pairs(TEST.user[:70], TEST.item[:70])
    matrix = evidence.matrix(pairs)
    shares, base = fitted.attributions(matrix, pairs)
    assert "attention" not in shares
    assert {"nearest books", "nearest raters", "user", "item", "reader ratings", "likeness"} <= set(shares)
    assert base + np.sum(list(shares.values()), axis=0) == pytest.approx(
        fitted.decision_function(matrix, pairs), abs=1e-5
    )
    # A pair's shares do not hang on its company.
    alone, same = fitted.attributions(matrix[3:4], pairs.take(np.array([3])))
    assert same == base
    assert {part: float(share[0]) for part, share in alone.items()} == pytest.approx(
        {part: float(share[3]) for part, share in shares.items()}
    )
    assert fitted.attributions(matrix[:0], pairs.take(np.arange(0))) == ({}, 0.0)


def test_the_books_and_raters_it_looked_at_are_told(fitted: FittedAttention) -> None:
    pairs = fitted.evidence.pairs(TEST.user[:20], TEST.item[:20])
    named = 0
    for place in range(20):
        user, item = TEST.user[place], TEST.item[place]
        raters = fitted.told("nearest raters", pairs, place, 1.0, str)
        assert raters is not None
        n = min(5, int((TRAIN.item == item).sum()))
        liked = round(raters.liked * n)
        count = {0: "none", n: "all"}.get(liked, liked)
        assert raters.words == f"{count} of the {n} readers most like you who rated it liked it"
        book = fitted.told("nearest books", pairs, place, -1.0, lambda item: f"Book {item}")
        if book is not None:
            named += 1
            number, value = re.findall(r"\d+", book.words)
            assert book.words == f"you gave Book {number}: {value}, which its readers also read"
            mine = (TRAIN.user == user) & (TRAIN.item == int(number))
            assert TRAIN.value[mine].tolist() == [float(value)]
            assert not TRAIN.liked[mine].any()
    assert named > 5
    assert fitted.told("item", pairs, 0, 1.0, str) is None
    new = Pairs(fitted.evidence.readers(ReaderLists.single([], [], [])), np.array([0]), np.array([3]))
    assert fitted.told("nearest books", new, 0, 1.0, str) is None
    told = fitted.told("nearest raters", new, 0, 1.0, str)
    assert told is not None
    assert "like you" not in told.words


def test_each_reader_may_have_a_bar_of_their_own() -> None:
    relative = relative_ratings(ALL, np.arange(2000))
    fitted = QUICK.fit(Dataset(relative.take(np.arange(2000))), rng=np.random.default_rng(13))
    later = relative.take(np.arange(2000, 2600))
    scores = fitted.scores(later.user, later.item)
    absolute = fit().scores(later.user, later.item)
    assert roc_auc_score(later.liked, scores) > roc_auc_score(later.liked, absolute) + 0.05
