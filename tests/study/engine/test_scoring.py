from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from toprank.core.dataset import Dataset
from toprank.core.history import TrainingHistory
from toprank.core.ratings import Interactions, Ratings
from toprank.core.scale import RatingScale
from toprank.data.splits import Split, random_split
from toprank.errors import OptionError
from toprank.evaluation.measurements import Report
from toprank.evidence.keys import GroupKey
from toprank.evidence.sources.keyed_statistics import KeyedStatistics
from toprank.models.baselines import Bias, FittedOffsets
from toprank.models.boosted import Boosted, FittedBoosted
from toprank.models.registry import ModelSpec, chosen
from toprank.study.engine.run import run_study
from toprank.study.engine.scoring import ScoreCache, Scored, fit_and_score, update_or_refit
from toprank.study.engine.study_result import StudyResult

RNG = np.random.default_rng(13)
PAIRS = RNG.permutation(40 * 30)[:400]
RATINGS = Ratings.of(
    (PAIRS // 30).tolist(), (PAIRS % 30).tolist(), RNG.integers(1, 6, 400).tolist(), RatingScale(1, 5, 4)
)
SPLIT = random_split(RATINGS, seed=13)
DATA = Dataset(RATINGS)
ENTRY = chosen("bias")[-1]


def scored(split: Split = SPLIT) -> Scored:
    parts = [RATINGS.take(part) for part in (split.validation, split.test)]
    train = Dataset(RATINGS).with_ratings(split.train)
    return fit_and_score(ENTRY, train, *parts, rng=np.random.default_rng(13), progress=lambda done, total, what: None)


def test_what_is_kept_comes_back_to_the_last_bit(tmp_path: Path) -> None:
    cache = ScoreCache(tmp_path / "finished", DATA, SPLIT, np.random.default_rng(13))
    assert cache.load(ENTRY) is None
    kept = replace(scored(), history=TrainingHistory((1.5, 1.25), (1.75, 1.5), 2))
    cache.save(kept)
    loaded = ScoreCache(tmp_path / "finished", DATA, SPLIT, np.random.default_rng(13)).load(ENTRY)
    assert loaded is not None
    assert np.array_equal(loaded.test, kept.test)
    assert np.array_equal(loaded.validation, kept.validation)
    assert replace(loaded, validation=kept.validation, test=kept.test) == kept or loaded.history == kept.history
    assert (loaded.unscored_as, loaded.fit_seconds) == (kept.unscored_as, kept.fit_seconds)
    cache.clear()
    assert not (tmp_path / "finished").exists()


def test_another_study_is_not_loaded_up(tmp_path: Path) -> None:
    ScoreCache(tmp_path, DATA, SPLIT, np.random.default_rng(13)).save(scored())
    assert ScoreCache(tmp_path, DATA, random_split(RATINGS, seed=14), np.random.default_rng(13)).load(ENTRY) is None
    assert (
        ScoreCache(tmp_path, DATA, SPLIT, np.random.default_rng(13)).load(replace(ENTRY, model=Bias(sweeps=3))) is None
    )
    assert ScoreCache(tmp_path, DATA, SPLIT, np.random.default_rng(14)).load(ENTRY) is None
    moved = replace(SPLIT, train=np.append(SPLIT.train, SPLIT.validation[:1]), validation=SPLIT.validation[1:])
    assert ScoreCache(tmp_path, DATA, moved, np.random.default_rng(13)).load(ENTRY) is None
    implicit = Interactions(RATINGS.user[:1], RATINGS.item[:1], RATINGS.users, RATINGS.items)
    more = replace(DATA, implicit=implicit)
    assert ScoreCache(tmp_path, more, SPLIT, np.random.default_rng(13)).load(ENTRY) is None
    (tmp_path / "bias.npz").write_bytes(b"damaged")
    assert ScoreCache(tmp_path, DATA, SPLIT, np.random.default_rng(13)).load(ENTRY) is None


@dataclass(frozen=True)
class Stops(Bias):
    """A model that is interrupted, or fails, while it learns."""

    error: type[BaseException] = KeyboardInterrupt

    def fit(self, data: Dataset, **_: object) -> FittedOffsets:
        raise self.error("the training loss is nan")


def test_an_interrupted_study_goes_on_with_what_is_finished(tmp_path: Path) -> None:
    cache = ScoreCache(tmp_path, DATA, SPLIT, np.random.default_rng(13))
    stops = ModelSpec("stops", Stops(), "Is interrupted.")
    with pytest.raises(KeyboardInterrupt):
        run_study(Dataset(RATINGS), SPLIT, [*chosen("bias"), stops], rng=np.random.default_rng(13), finished=cache)
    assert len(list(tmp_path.glob("*.npz"))) == 5
    fitted: list[str] = []
    resumed = run_study(
        Dataset(RATINGS),
        SPLIT,
        chosen("jaccard-original"),
        rng=np.random.default_rng(13),
        finished=cache,
        on_step=lambda done, total, what: fitted.append(what),
        replicates=50,
    )
    fresh = run_study(Dataset(RATINGS), SPLIT, chosen("jaccard-original"), rng=np.random.default_rng(13), replicates=50)
    for one, other in zip(resumed.reports, fresh.reports, strict=True):
        assert one.test == other.test or np.isnan(one.test["rmse"])
        assert one.verdict == other.verdict


def test_a_model_that_fails_is_named_and_the_others_go_on() -> None:
    fails = ModelSpec("fails", Stops(error=OptionError), "Fails.")
    result = run_study(Dataset(RATINGS), SPLIT, [*chosen("bias"), fails], rng=np.random.default_rng(13), replicates=50)
    assert result.failed == {"fails": "the training loss is nan"}
    assert [report.name for report in result.reports][-1] == "bias"
    assert result.to_dict()["failed"] == [{"name": "fails", "error": "the training loss is nan"}]


def test_a_study_without_a_baseline_is_refused() -> None:
    with pytest.raises(OptionError, match="item-mean, bias are missing"):
        run_study(Dataset(RATINGS), SPLIT, chosen("bias")[:3], rng=np.random.default_rng(13))


def test_what_has_only_ratings_is_fitted_on_all() -> None:
    train, validation = DATA.with_ratings(SPLIT.train), RATINGS.take(SPLIT.validation)
    fitted = Bias().fit(train, rng=np.random.default_rng(13))
    knows = update_or_refit(Bias(), fitted, train, validation, rng=np.random.default_rng(13))
    whole = Bias().fit(DATA.with_ratings(np.r_[SPLIT.train, SPLIT.validation]), rng=np.random.default_rng(13))
    pair = RATINGS.take(SPLIT.test).user, RATINGS.take(SPLIT.test).item
    assert np.array_equal(knows.scores(*pair), whole.scores(*pair), equal_nan=True)
    assert not np.array_equal(knows.scores(*pair), fitted.scores(*pair), equal_nan=True)


def test_models_of_evidence_get_more_of_it_without_retraining() -> None:
    train, validation = DATA.with_ratings(SPLIT.train), RATINGS.take(SPLIT.validation)
    model = Boosted(folds=2, num_boost_round=5, min_data_in_leaf=10, feature_fraction=1.0)
    fitted = model.fit(train, rng=np.random.default_rng(13))
    knows = update_or_refit(model, fitted, train, validation, rng=np.random.default_rng(13))
    assert isinstance(knows, FittedBoosted)
    more = knows.evidence.lists.count - fitted.evidence.lists.count
    assert np.array_equal(more, np.bincount(validation.user, minlength=len(RATINGS.users)))
    known, before = (one.evidence.find(KeyedStatistics) for one in (knows, fitted))
    assert known is not None
    assert before is not None
    of_items = before.index.of_key(0)
    assert before.index.keys[0] == GroupKey(None, "item", "book")
    added = known.statistics.count[of_items] - before.statistics.count[of_items]
    assert np.array_equal(added, np.bincount(validation.item, minlength=len(RATINGS.items)))
    assert knows.trees is fitted.trees


def test_a_network_that_validation_rows_stopped_is_not_update_or_refit() -> None:
    train, validation = DATA.with_ratings(SPLIT.train), RATINGS.take(SPLIT.validation)

    class Network(FittedOffsets):
        history = TrainingHistory((1.5,), (1.75,), 1)

    network = object.__new__(Network)
    assert update_or_refit(Bias(), network, train, validation, rng=np.random.default_rng(13)) is network


def test_a_study_chooses_before_it_adds_the_validation_ratings(tmp_path: Path) -> None:
    def run(add_validation: bool) -> tuple[StudyResult, dict[str, Report]]:
        result = run_study(
            DATA, SPLIT, chosen("bias"), rng=np.random.default_rng(13), add_validation=add_validation, replicates=50
        )
        return result, {report.name: report for report in result.reports}

    (plain, before), (more, after) = run(False), run(True)
    assert (plain.validation_added, more.validation_added) == (False, True)
    assert before["bias"].validation == after["bias"].validation
    assert before["bias"].learned_cutoff == after["bias"].learned_cutoff
    assert before["bias"].test != after["bias"].test
    assert more.to_dict()["validation_added"]
    kept = scored()
    ScoreCache(tmp_path, DATA, SPLIT, np.random.default_rng(13)).save(kept)
    assert ScoreCache(tmp_path, DATA, SPLIT, np.random.default_rng(13), add_validation=True).load(ENTRY) is None
