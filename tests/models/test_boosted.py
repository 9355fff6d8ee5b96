from __future__ import annotations

import sys

import numpy as np
import pyarrow as pa
import pytest
from sklearn.metrics import roc_auc_score

from toprank.core.dataset import Attributes, Dataset
from toprank.core.ids import IdIndex
from toprank.core.ratings import Interactions, Ratings
from toprank.core.scale import RatingScale
from toprank.errors import OptionError
from toprank.models.boosted import Boosted, FittedBoosted
from toprank.targets import Original

pytest.importorskip("lightgbm")

SCALE = RatingScale(1, 5, liked_from=4)
N_USERS, N_ITEMS = 120, 60
QUICK = Boosted(folds=5, num_boost_round=25, min_data_in_leaf=20, learning_rate=0.15)


def ratings(n: int = 2600) -> Ratings:
    """The readers and items of the contract suite."""
    rng = np.random.default_rng(13)
    pairs = rng.permutation(N_USERS * N_ITEMS)[:n]
    user, item = (pairs // N_ITEMS).astype(np.int32), (pairs % N_ITEMS).astype(np.int32)
    value = 3 + rng.normal(size=N_USERS)[user] + rng.normal(size=N_ITEMS)[item] + 0.5 * rng.normal(size=n)
    users, items = IdIndex.of(np.arange(N_USERS)), IdIndex.of(np.arange(N_ITEMS))
    return Ratings(user, item, np.clip(np.round(value), 1, 5), users, items, SCALE)


ALL = ratings()
TRAIN, TEST, VALIDATION = ALL.take(np.arange(2000)), ALL.take(np.arange(2000, 2500)), ALL.take(np.arange(2500, 2600))


def fit(train: Ratings = TRAIN, implicit: Interactions | None = None, model: Boosted = QUICK) -> FittedBoosted:
    return model.fit(Dataset(train, implicit), rng=np.random.default_rng(13), validation=VALIDATION)


@pytest.fixture(scope="module")
def fitted() -> FittedBoosted:
    return fit()


def test_it_learns(fitted: FittedBoosted) -> None:
    scores = fitted.scores(TEST.user, TEST.item)
    assert scores.dtype == np.float64
    assert ((scores > 0) & (scores < 1)).all()
    assert roc_auc_score(TEST.liked, scores) > 0.94


def test_the_same_seed_gives_the_same_scores_and_the_order_of_rows_does_not_matter(fitted: FittedBoosted) -> None:
    shuffled = fit(TRAIN.take(np.random.default_rng(7).permutation(2000)))
    assert np.array_equal(shuffled.scores(TEST.user, TEST.item), fitted.scores(TEST.user, TEST.item))


def test_each_pair_is_scored_on_its_own(fitted: FittedBoosted) -> None:
    order = np.random.default_rng(7).permutation(500)[:50]
    whole = fitted.scores(TEST.user, TEST.item)
    assert np.array_equal(fitted.scores(TEST.user[order], TEST.item[order]), whole[order])
    assert fitted.scores(TEST.user[:0], TEST.item[:0]).shape == (0,)


def test_unknown_ids_cannot_be_scored_and_others_are_refused(fitted: FittedBoosted) -> None:
    answered = fitted.scores(np.array([-1, 0, -1, 0]), np.array([0, -1, -1, 0]))
    assert np.isnan(answered).tolist() == [True, True, True, False]
    with pytest.raises(OptionError, match="users holds the position 120"):
        fitted.scores(np.array([N_USERS]), np.array([0]))


def test_shuffled_labels_teach_nothing() -> None:
    aucs = []
    for seed in range(10):
        values = np.random.default_rng(seed).permutation(ALL.value)
        shuffled = Ratings(ALL.user, ALL.item, values, ALL.users, ALL.items, SCALE)
        train, test = shuffled.take(np.arange(2000)), shuffled.take(np.arange(2000, 2500))
        model = QUICK.fit(Dataset(train), rng=np.random.default_rng(seed))
        aucs.append(roc_auc_score(test.liked, model.scores(test.user, test.item)))
    # The AUC of noise on 500 rows has a standard deviation of about 0.026, a mean of ten of 0.008.
    assert abs(np.mean(aucs) - 0.5) < 0.033


def test_implicit_rows_are_never_ratings() -> None:
    implicit = Interactions(TEST.user, TEST.item, ALL.users, ALL.items)
    evidence = fit(implicit=implicit).evidence
    plain = fit().evidence
    for one, other in zip(evidence.statistics, plain.statistics, strict=True):
        assert np.array_equal(one.count, other.count)
        assert np.array_equal(one.total, other.total)
    assert "user: held" in evidence.names


def test_too_few_ratings_give_their_share() -> None:
    small = Ratings(
        np.array([0, 0, 1, 1, 2, 2]),
        np.array([0, 2, 0, 1, 1, 2]),
        np.array([4, 2, 4, 5, 1, 5]),
        IdIndex.of([1, 2, 3]),
        IdIndex.of([1, 2, 3, 4]),
        SCALE,
    )
    fitted = Boosted().fit(Dataset(small), rng=np.random.default_rng(13))
    assert fitted.scores(np.array([0, 0]), np.array([1, 3])).tolist() == pytest.approx([4 / 6, 4 / 6])
    assert not fitted.contributions(fitted.evidence.matrix(np.array([0]), np.array([1]))).any()


def test_ratings_of_one_kind_give_their_share() -> None:
    fitted = QUICK.fit(Dataset(TRAIN.take(TRAIN.liked)), rng=np.random.default_rng(13))
    assert fitted.scores(np.array([0, -1]), np.array([0, 0])).tolist() == pytest.approx([1.0, np.nan], nan_ok=True)


def test_a_booster_for_each_fold_is_stopped_by_it_and_their_log_odds_are_averaged() -> None:
    model = Boosted(folds=4, num_boost_round=300, min_data_in_leaf=20, learning_rate=0.3, early_stopping_rounds=5)
    fitted = fit(model=model)
    assert len(fitted.trees) == 4
    assert all(0 < trees.best_iteration < 300 for trees in fitted.trees)
    matrix = fitted.evidence.matrix(TEST.user, TEST.item)
    raw = np.mean([trees.predict(matrix, raw_score=True) for trees in fitted.trees], axis=0)
    assert fitted.scores(TEST.user, TEST.item) == pytest.approx(1 / (1 + np.exp(-raw)))
    assert sum(fitted.importance().values()) == pytest.approx(1)


def test_out_of_fold_answers_are_those_of_the_trees_grown_without_the_row() -> None:
    gathered = QUICK.gather(Dataset(TRAIN), rng=np.random.default_rng(13))
    fitted = QUICK.learn(gathered, rng=np.random.default_rng(13))
    liked = gathered.ratings.liked
    of_all = fitted.judge(gathered.matrix, gathered.ratings.user, gathered.ratings.item)
    assert 0.9 < roc_auc_score(liked, fitted.out_of_fold) < roc_auc_score(liked, of_all)
    for number, trees in enumerate(fitted.trees):
        inside = gathered.fold == number
        assert np.array_equal(trees.predict(gathered.matrix[inside], raw_score=True), fitted.out_of_fold[inside])


def test_contributions_add_up(fitted: FittedBoosted) -> None:
    matrix = fitted.evidence.matrix(TEST.user, TEST.item)
    shares = fitted.contributions(matrix)
    assert shares.shape == (500, matrix.shape[1] + 1)
    assert shares.sum(axis=1) == pytest.approx(fitted.judge(matrix, TEST.user, TEST.item))
    by_column = np.abs(shares[:, :-1]).mean(axis=0)
    assert fitted.evidence.names[int(by_column.argmax())].split(":")[0] in ("expected", "user", "item")


def test_validation_ratings_are_not_looked_at(fitted: FittedBoosted) -> None:
    without = QUICK.fit(Dataset(TRAIN), rng=np.random.default_rng(13))
    assert np.array_equal(without.scores(TEST.user, TEST.item), fitted.scores(TEST.user, TEST.item))


def test_attributes_help() -> None:
    rng = np.random.default_rng(5)
    pairs = rng.permutation(150 * 400)[:3500]
    user, item = (pairs // 400).astype(np.int32), (pairs % 400).astype(np.int32)
    author = rng.integers(0, 15, 400)
    value = 3 + rng.normal(size=150)[user] + rng.normal(size=15)[author][item] + rng.normal(size=3500)
    users, items = IdIndex.of(np.arange(150)), IdIndex.of([f"b{i:03d}" for i in range(400)])
    written = Ratings(user, item, np.clip(np.round(value), 1, 5), users, items, SCALE)
    train, later = written.take(np.arange(1000)), written.take(np.arange(1000, 3500))
    table = pa.table({"id": items.ids.tolist(), "author": [f"writer {chr(65 + a)}" for a in author]})
    plain = Dataset(train)
    attributes = Dataset(train, items=Attributes(table, np.arange(400, dtype=np.int32)))
    model = Boosted(folds=5, num_boost_round=60, min_data_in_leaf=20)
    auc = {}
    for name, data in (("with", attributes), ("without", plain)):
        fitted = model.fit(data, rng=np.random.default_rng(13))
        auc[name] = roc_auc_score(later.liked, fitted.scores(later.user, later.item))
    assert auc["with"] > auc["without"] + 0.01


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("folds", 1),
        ("num_boost_round", 0),
        ("num_leaves", 1),
        ("learning_rate", 0.0),
        ("feature_fraction", 1.1),
        ("damping", 0.0),
    ],
)
def test_settings_that_cannot_be_are_refused(name: str, value: float) -> None:
    with pytest.raises(OptionError, match=f"{name} is {value}"):
        Boosted(**{name: value})  # type: ignore[arg-type]


def test_what_else_cannot_be_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OptionError, match=r"target is Original\(\); it must be of the class Binary"):
        Boosted(target=Original())  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="no training ratings"):
        fit(TRAIN.take(np.arange(0)))
    with pytest.raises(OptionError, match="no evidence 'weather' to leave out"):
        fit(model=Boosted(without=("weather",)))
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    with pytest.raises(OptionError, match=r"pip install 'toprank\[boosted\]'"):
        fit()
