from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from toprank.core.dataset import Dataset
from toprank.core.ids import IdIndex
from toprank.core.ratings import Ratings
from toprank.core.scale import RatingScale
from toprank.errors import OptionError
from toprank.models.embedding import Embedding
from toprank.nets.embedding.spec import NetSpec, Training
from toprank.targets import Adjusted, Binary, Original

SCALE = RatingScale(1, 5, liked_from=4)


def ratings(n: int = 3000) -> Ratings:
    rng = np.random.default_rng(13)
    pairs = rng.permutation(100 * 60)[:n]
    user, item = (pairs // 60).astype(np.int32), (pairs % 60).astype(np.int32)
    value = np.clip(np.round(3.3 + rng.normal(size=100)[user] + 0.7 * rng.normal(size=60)[item]), 1, 5)
    return Ratings(user, item, value, IdIndex.of(np.arange(100)), IdIndex.of(np.arange(60)), SCALE)


ALL = ratings()
TRAIN, VALIDATION, TEST = ALL.take(np.arange(2200)), ALL.take(np.arange(2200, 2600)), ALL.take(np.arange(2600, 3000))


@pytest.mark.parametrize(
    ("output", "loss"),
    [("sigmoid", "bce"), ("sigmoid", "balanced-bce"), ("sigmoid", "soft-f1"), ("ordinal", "ordinal")],
)
def test_networks_with_offsets_give_probabilities_that_tell(output: str, loss: str) -> None:
    penalty = 0.02 if loss == "soft-f1" else 0.3
    net = NetSpec(embedding_size=2, output=output, biases=True, offset_penalty=penalty, vector_penalty=3 * penalty)  # type: ignore[arg-type]
    training = Training(loss, batch=64, learning_rate=0.03, decay=0.8, min_delta=1e-4, start_at_mean=True)  # type: ignore[arg-type]
    fitted = Embedding(net, training, Binary()).fit(
        Dataset(TRAIN), rng=np.random.default_rng(13), validation=VALIDATION
    )
    scores = fitted.scores(TEST.user, TEST.item)
    assert np.all((scores > 0) & (scores < 1))
    assert roc_auc_score(TEST.liked, scores) > 0.85


def test_an_ordinal_score_is_the_probability_of_liking() -> None:
    net = NetSpec(output="ordinal", biases=True, offset_penalty=0.5, vector_penalty=5)
    training = Training("ordinal", batch=64, learning_rate=0.03, decay=0.85, min_delta=1e-4)
    fitted = Embedding(net, training, Binary()).fit(
        Dataset(TRAIN), rng=np.random.default_rng(13), validation=VALIDATION
    )
    scores = fitted.scores(TEST.user, TEST.item)
    assert scores.mean() == pytest.approx(TEST.liked.mean(), abs=0.06)


def test_without_validation_rows_all_epochs_are_trained_when_asked_for() -> None:
    model = Embedding(NetSpec(), Training("mae", epochs=2, patience=None), Original())
    assert model.fit(Dataset(TRAIN), rng=np.random.default_rng(13)).history.epochs == 2


@pytest.mark.parametrize(
    ("output", "loss", "target"),
    [
        ("sigmoid", "mse", Binary()),
        ("sigmoid", "bce", Original()),
        ("linear", "bce", Binary()),
        ("ordinal", "bce", Binary()),
        ("linear", "ordinal", Adjusted()),
    ],
)
def test_losses_that_do_not_fit_are_refused(output: str, loss: str, target: Binary | Original | Adjusted) -> None:
    with pytest.raises(OptionError, match=f"the loss '{loss}' does not fit a {output} output"):
        Embedding(NetSpec(output=output), Training(loss), target)  # type: ignore[arg-type]


def test_an_ordinal_output_needs_both_outcomes() -> None:
    liked = TRAIN.take(TRAIN.liked)
    model = Embedding(NetSpec(output="ordinal"), Training("ordinal", patience=None, epochs=1), Binary())
    with pytest.raises(OptionError, match="one kind only"):
        model.fit(Dataset(liked), rng=np.random.default_rng(13))


@pytest.mark.parametrize("loss", ["bce", "balanced-bce", "soft-f1"])
@pytest.mark.parametrize("liked", [True, False])
def test_one_outcome_only_is_learned_as_it_is(loss: str, liked: bool) -> None:
    rows = TRAIN.take(TRAIN.liked == liked)
    training = Training(loss, epochs=2, patience=None, start_at_mean=True)  # type: ignore[arg-type]
    fitted = Embedding(NetSpec(output="sigmoid"), training, Binary()).fit(Dataset(rows), rng=np.random.default_rng(13))
    scores = fitted.scores(TEST.user, TEST.item)
    assert np.all((scores > 0.9) if liked else (scores < 0.1))


def test_an_ordinal_output_needs_few_different_ratings() -> None:
    values = np.linspace(1, 5, len(TRAIN), dtype=np.float32)
    many = Ratings(TRAIN.user, TRAIN.item, values, TRAIN.users, TRAIN.items, SCALE)
    model = Embedding(NetSpec(output="ordinal"), Training("ordinal", patience=None, epochs=1), Binary())
    with pytest.raises(OptionError, match="at most 64 different ratings, and there are 2,200"):
        model.fit(Dataset(many), rng=np.random.default_rng(13))


def test_ratings_that_training_has_not_seen_are_placed_among_those_it_has() -> None:
    rows = TRAIN.take((TRAIN.value != 1) & (TRAIN.value != 3))
    model = Embedding(NetSpec(output="ordinal"), Training("ordinal", epochs=2), Binary())
    fitted = model.fit(Dataset(rows), rng=np.random.default_rng(13), validation=VALIDATION)
    assert len(fitted.net.thresholds) == 2  # between 2, 4 and 5
    assert fitted.liked_threshold == 0  # liked is what lies above the one between 2 and 4
