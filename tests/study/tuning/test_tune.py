"""The search for hyper-parameters: honest about luck, repeatable, interruptible, blind to the test rows."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pytest

from toprank.core.arrays import FloatArray, IntArray
from toprank.core.dataset import Dataset
from toprank.core.parameters import Tune
from toprank.core.ratings import Ratings
from toprank.data.splits import Split, random_split
from toprank.errors import OptionError
from toprank.models.base import FittedModel, ModelSpec
from toprank.models.baselines import Bias, FittedOffsets
from toprank.models.registry import chosen
from toprank.study.tuning.metric import Metric, ValidationMeasure, parse_metric
from toprank.study.tuning.tune import tune
from toprank.study.tuning.tuned import Tuned
from toprank.study.tuning.tuned_values import read_settings, with_settings


@dataclass(frozen=True)
class Damped(Bias):
    """Damped bias from a bad start."""

    user_damping: Annotated[float, Tune("log", 0.5, 100.0)] = 80.0
    item_damping: Annotated[float, Tune("log", 0.5, 100.0)] = 6.0


@dataclass(frozen=True)
class Noise(Bias):
    """A model that knows nothing, with a hyper-parameter that changes nothing but its luck."""

    luck: Annotated[int, Tune("uniform", 0, 10_000)] = 0

    def fit(self, data: Dataset, **_: object) -> FittedModel:  # type: ignore[override]
        return Guess(self.luck)


@dataclass(frozen=True)
class Guess:
    luck: int

    def scores(self, users: IntArray, items: IntArray) -> FloatArray:
        return np.random.default_rng(self.luck).random(len(users))


DAMPED, NOISE = ModelSpec("damped", Damped(), "A bad start."), ModelSpec("noise", Noise(luck=14), "Knows nothing.")


@pytest.fixture(scope="module")
def split(small: Dataset) -> Split:
    return random_split(small.ratings, seed=13)


def found(data: Dataset, split: Split, journal: Path, entry: ModelSpec = DAMPED, **options: Any) -> Tuned:
    options = {"trials": 12, "replicates": 200, **options}
    return tune(data, split, entry, rng=np.random.default_rng(13), journal=journal, **options)


@pytest.fixture(scope="module")
def tuned(small: Dataset, split: Split, tmp_path_factory: pytest.TempPathFactory) -> Tuned:
    return found(small, split, tmp_path_factory.mktemp("tune") / "journal")


def test_a_bad_start_is_left_by_more_than_chance(tuned: Tuned) -> None:
    assert tuned.values.keys() == {"user_damping", "item_damping"}
    assert 0.5 <= tuned.values["user_damping"] < 40.0
    assert tuned.gain.value == pytest.approx(tuned.best.value - tuned.default.value)
    assert 0.0 < tuned.least <= tuned.gain.value
    assert tuned.gain.low <= tuned.gain.value <= tuned.gain.high
    assert tuned.best.low < tuned.best.value < tuned.best.high
    assert tuned.verdict == "more than chance, even for the best of all settings tried"
    assert (tuned.trials, tuned.failed, tuned.interrupted) == (12, 0, False)
    assert 1 <= tuned.place < 12


def test_the_best_of_many_guesses_is_not_called_better(small: Dataset, split: Split, tmp_path: Path) -> None:
    # The interval of the picked setting alone would call it better; of 60 such searches it does so in nine.
    lucky = found(small, split, tmp_path / "journal", NOISE, trials=25)
    assert lucky.gain.low > 0.05
    assert lucky.least <= 0.0
    assert lucky.verdict.startswith("no more than the best of so many settings may gain by chance")


def test_the_same_seed_finds_the_same(small: Dataset, split: Split, tuned: Tuned, tmp_path: Path) -> None:
    assert found(small, split, tmp_path / "journal").to_dict() == tuned.to_dict()


def test_test_rows_are_not_looked_at(small: Dataset, split: Split, tuned: Tuned, tmp_path: Path) -> None:
    ratings, value = small.ratings, small.ratings.value.copy()
    value[split.test] = 6 - value[split.test]
    turned = Ratings(ratings.user, ratings.item, value, ratings.users, ratings.items, ratings.scale)
    other = found(replace(small, ratings=turned), split, tmp_path / "journal")
    assert other.to_dict() == tuned.to_dict()


@dataclass(frozen=True)
class Stops(Damped):
    """Ctrl-C at one fit."""

    fits: tuple[list[int], int] = field(default=([], 0), repr=False)

    def fit(self, data: Dataset, **options: Any) -> FittedOffsets:
        seen, last = self.fits
        seen.append(1)
        if len(seen) == last:
            raise KeyboardInterrupt
        return super().fit(data, **options)


def test_ctrl_c_keeps_the_best_and_resuming_finds_what_an_undisturbed_search_finds(
    small: Dataset, split: Split, tmp_path: Path
) -> None:
    def entry(last: int) -> ModelSpec:
        return ModelSpec("stops", Stops(fits=([], last)), "Is interrupted.")

    stopped = found(small, split, tmp_path / "journal", entry(5))
    assert (stopped.trials, stopped.interrupted) == (4, True)
    again = found(small, split, tmp_path / "journal", entry(4))
    assert (again.trials, again.interrupted) == (7, True)
    resumed = found(small, split, tmp_path / "journal", entry(0))
    whole = found(small, split, tmp_path / "whole", entry(0))
    assert resumed.to_dict() == whole.to_dict()
    assert whole.trials == 12
    with pytest.raises(KeyboardInterrupt):
        found(small, split, tmp_path / "nothing", entry(1))


def test_no_setting_is_begun_after_the_time_limit(small: Dataset, split: Split, tmp_path: Path) -> None:
    told: list[tuple[int, int, str]] = []
    only = found(small, split, tmp_path / "journal", time_limit=0.0, on_trial=lambda *what: told.append(what))
    assert (only.trials, only.place, only.gain.value) == (1, 0, 0.0)
    assert only.values == {"user_damping": 80.0, "item_damping": 6.0}
    assert only.verdict == "no setting is better than the defaults on the validation rows"
    assert told == [(0, 12, "the defaults")]
    more = found(small, split, tmp_path / "journal", trials=3, on_trial=lambda *what: told.append(what))
    assert more.trials == 3
    assert told[1][2].startswith("best AUC 0.")


@dataclass(frozen=True)
class Fails(Damped):
    """Some settings cannot be fitted."""

    def fit(self, data: Dataset, **options: Any) -> FittedOffsets:
        if self.user_damping < 10.0:
            raise OptionError("the loss is nan")
        return super().fit(data, **options)


def test_a_setting_that_fails_is_counted_and_the_others_go_on(small: Dataset, split: Split, tmp_path: Path) -> None:
    part = found(small, split, tmp_path / "journal", ModelSpec("fails", Fails(), "x"))
    assert part.trials == 12
    assert 0 < part.failed < 12
    assert part.values["user_damping"] >= 10.0
    with pytest.raises(OptionError, match="the defaults of fails cannot be measured: the loss is nan"):
        found(small, split, tmp_path / "other", ModelSpec("fails", Fails(user_damping=5.0), "x"))


def test_another_search_is_not_taken_up(small: Dataset, split: Split, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    found(small, split, journal, trials=2)
    for entry, metric in ((ModelSpec("damped", Damped(sweeps=3), "x"), Metric()), (DAMPED, Metric("log-loss"))):
        with pytest.raises(OptionError, match="is the journal of a search of other data"):
            found(small, split, journal, entry, metric=metric)
    with pytest.raises(OptionError, match="is the journal of a search of other data"):
        found(small, random_split(small.ratings, seed=14), journal)
    journal.write_text("nonsense\nmore\n", encoding="utf-8")
    with pytest.raises(OptionError, match="is no journal of a search"):
        found(small, split, journal)
    with pytest.raises(OptionError, match="cannot be written"):
        found(small, split, tmp_path / "absent" / "journal")


@pytest.mark.parametrize("metric", ["log-loss", "f1", "gain:1,-2"])
def test_other_metrics(small: Dataset, split: Split, tmp_path: Path, metric: str) -> None:
    serves = parse_metric(metric)
    other = found(small, split, tmp_path / "journal", metric=serves)
    assert other.gain.value > 0.0
    assert serves.sign * (other.best.value - other.default.value) == pytest.approx(other.gain.value)
    assert other.default.low < other.default.value < other.default.high


def test_a_metric_without_a_value_in_many_draws_tells_nothing(small: Dataset, split: Split, tmp_path: Path) -> None:
    # A cutoff that just reaches a precision does not reach it in about half of the draws.
    probability_columns = found(small, split, tmp_path / "journal", metric=parse_metric("precision>=0.9"))
    assert probability_columns.place > 0
    assert np.isnan(probability_columns.least)
    assert probability_columns.verdict.startswith("it is not clear")
    with pytest.raises(OptionError, match="the metric 'mcc' is not understood"):
        parse_metric("mcc")


def test_what_cannot_be_searched_is_refused(
    small: Dataset, split: Split, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(OptionError, match="always declares no hyper-parameter to search"):
        found(small, split, tmp_path / "journal", chosen("bias")[0])
    with pytest.raises(OptionError, match="trials is 0"):
        found(small, split, tmp_path / "journal", trials=0)
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(OptionError, match=r"install it with: pip install 'toprank\[tune\]'"):
        found(small, split, tmp_path / "journal")


def test_the_file_says_how_it_was_found_and_sets_the_model(tuned: Tuned, tmp_path: Path) -> None:
    path = tmp_path / "best.json"
    tuned.write(path)
    content = json.loads(path.read_text(encoding="utf-8"))
    about = content["found"]
    assert about["split"] == {"kind": "random", "seed": 13, "train": 1600, "validation": 200}
    assert about["versions"].keys() >= {"optuna", "numpy", "toprank"}
    assert about["searched"]["user_damping"] == ["log", 0.5, 100.0]
    assert about["defaults"]["user_damping"] == 80.0
    assert about["gain"].keys() == {"value", "low", "high"}
    (entry,) = with_settings([DAMPED], [read_settings(path)])
    assert entry.model == Damped(**tuned.values)


def test_measures(small: Dataset, split: Split) -> None:
    rows = small.ratings.take(split.validation)
    rng = np.random.default_rng(13)
    perfect = rows.value.astype(np.float64)

    def measured(metric: str, scores: FloatArray) -> tuple[float, FloatArray]:
        return ValidationMeasure(parse_metric(metric), rows, rng=rng, replicates=300)(scores)

    assert measured("auc", perfect)[0] == measured("f1", perfect)[0] == 1.0
    assert (measured("f1", perfect)[1] == 1.0).all()
    constant, draws = measured("log-loss", np.zeros(len(rows)))
    share = rows.liked.mean()
    assert constant == pytest.approx(-share * np.log(share) - (1 - share) * np.log(1 - share), abs=0.02)
    assert draws.mean() == pytest.approx(constant, abs=0.01)
    assert draws.std() > 0.0
    assert measured("log-loss", perfect)[0] < 0.2
    liked = rows.take(rows.liked)
    with pytest.raises(OptionError, match="all of one kind"):
        ValidationMeasure(Metric(), liked, rng=rng, replicates=10)
