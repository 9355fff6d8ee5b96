from __future__ import annotations

import numpy as np
import pytest

from toprank.errors import OptionError
from toprank.models.attention import AttentionModel
from toprank.models.blend import Blend, fit_weights
from toprank.models.hyperparameters import replaced
from toprank.targets import Original

N = 6000


def answers(seed: int = 3) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """Two models that each see one half of the truth, and one that sees none."""
    rng = np.random.default_rng(seed)
    one, other = rng.normal(size=N), rng.normal(size=N)
    liked = rng.random(N) < 1 / (1 + np.exp(-(one + 0.5 * other)))
    return {"noise": rng.normal(size=N), "one": one, "other": other}, liked, rng.integers(0, 500, N)


def test_weights_are_those_of_the_truth_and_noise_is_dropped() -> None:
    answered, liked, user = answers()
    weights, constant, gains = fit_weights(answered, liked, user)
    assert set(weights) == {"one", "other"}
    assert weights["one"] == pytest.approx(1, abs=0.1)
    assert weights["other"] == pytest.approx(0.5, abs=0.1)
    assert constant == pytest.approx(0, abs=0.1)
    assert [gain.model for gain in gains][:2] == ["one", "other"]
    assert [gain.kept for gain in gains] == [True, True, False]
    assert all(gain.low < gain.log_loss < gain.high for gain in gains)


def test_a_copy_adds_nothing() -> None:
    answered, liked, user = answers()
    weights, _, gains = fit_weights({"one": answered["one"], "copy": answered["one"].copy()}, liked, user)
    assert len(weights) == 1
    assert abs(gains[1].log_loss) < 1e-4


def test_a_model_that_runs_the_wrong_way_gets_no_weight() -> None:
    answered, liked, user = answers()
    weights, _, gains = fit_weights({"one": answered["one"], "backwards": -answered["other"]}, liked, user)
    assert set(weights) == {"one"}
    assert not gains[1].kept


def test_of_models_that_know_nothing_few_are_kept_by_luck() -> None:
    rng = np.random.default_rng(8)
    kept = 0
    for _ in range(60):
        truth = rng.normal(size=1000)
        liked = rng.random(1000) < 1 / (1 + np.exp(-truth))
        _, _, gains = fit_weights({"truth": truth, "noise": rng.normal(size=1000)}, liked, rng.integers(0, 100, 1000))
        kept += gains[1].kept
    assert kept <= 3  # a gain on rows the weight was not learned on is more often below 0 than above


def test_one_user_is_enough() -> None:
    answered, liked, _ = answers()
    weights, _, gains = fit_weights(answered, liked, np.zeros(N, dtype=int))
    assert set(weights) == {"one"}  # nothing is more than chance of one user
    assert gains[1].high == float("inf")


def test_only_probabilities_can_be_blended() -> None:
    with pytest.raises(OptionError, match=r"target is Original\(\); it must be of the class Binary"):
        Blend(target=Original())  # type: ignore[arg-type]


def test_the_trees_alone_say_what_the_evidence_is() -> None:
    for name in ("folds", "damping"):
        with pytest.raises(OptionError, match=f"blend, attention: AttentionLearner has no field '{name}'"):
            replaced(Blend(), {f"attention.{name}": 7}, "blend")
    with pytest.raises(OptionError, match="give attention=AttentionLearner"):
        Blend(attention=AttentionModel(folds=7))
    assert replaced(Blend(), {"boosted.folds": 7, "attention.networks": 3}, "blend").boosted.folds == 7
