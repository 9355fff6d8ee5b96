from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from toprank.core.dataset import Dataset
from toprank.core.ratings import Ratings
from toprank.core.scale import RatingScale
from toprank.data.relative_liking import relative_ratings
from toprank.errors import DataError, OptionError
from toprank.evaluation.scorecard import BASELINES
from toprank.recommender.evaluate import NewRatings, evaluate, rows_for
from toprank.recommender.facade import FittedRecommender

SCALE = RatingScale(1, 5, liked_from=4)


@pytest.fixture(scope="module")
def new(fitted: FittedRecommender) -> Ratings:
    """300 ratings of pairs that are not known, and two of ids that are not."""
    known = fitted.data.ratings
    seen = set(zip(known.user.tolist(), known.item.tolist(), strict=True))
    rng = np.random.default_rng(3)
    pairs = [(user, item) for user in range(1, 151) for item in range(1, 91) if (user, item) not in seen]
    chosen = [pairs[place] for place in rng.permutation(len(pairs))[:300]]
    users = [int(known.users[user]) for user, _ in chosen]
    items = [str(known.items[item]) for _, item in chosen]
    values = rng.integers(1, 6, 302).astype(float)
    return Ratings.of([*users, 7777, 3], [*items, "b001", "unheard of"], values, SCALE)


def test_figures_are_those_of_its_decisions(fitted: FittedRecommender, new: Ratings) -> None:
    found = evaluate(fitted, Dataset(new))
    decided = fitted.decide(new.users.ids[new.user], new.items.ids[new.item], reasons=False)
    yes, liked = decided.recommend, new.liked
    assert found.figures["toprank"]["f1"] == pytest.approx(2 * np.sum(yes & liked) / (yes.sum() + liked.sum()))
    assert found.figures["toprank"]["brier"] == pytest.approx(np.mean((decided.probability - liked) ** 2))
    assert found.figures["always"]["coverage"] == 1.0
    assert (found.rows, found.left_out, found.new_readers, found.new_items) == (302, 0, 1, 1)
    assert found.readers == len(np.unique(new.user))
    assert found.liked == liked.mean()
    assert [c.baseline for c in found.comparisons if c.metric == "f1"] == list(BASELINES)
    assert sum(one.rows for one in found.slices) == 302
    assert found.slices[0].rows == 1


def test_what_is_known_is_left_out(fitted: FittedRecommender, new: Ratings) -> None:
    known = fitted.data.ratings.take([0, 5, 9])
    mixed = Ratings.of(
        [*new.users.ids[new.user].tolist(), *known.users.ids[known.user].tolist()],
        [*new.items.ids[new.item].tolist(), *known.items.ids[known.item].tolist()],
        np.concatenate([new.value, known.value]),
        SCALE,
    )
    found = evaluate(fitted, Dataset(mixed))
    assert found.left_out == 3
    alone = evaluate(fitted, Dataset(new))
    assert all(found.figures[name] == alone.figures[name] for name in ("toprank", "user-mean", "item-mean", "bias"))
    with pytest.raises(OptionError, match="knows the rating of each of the 3 pairs already"):
        evaluate(fitted, Dataset(known))


def test_new_ratings_choose_nothing(fitted: FittedRecommender, new: Ratings) -> None:
    other = replace(new, value=6 - new.value)
    one, two = evaluate(fitted, Dataset(new)), evaluate(fitted, Dataset(other))
    for name in ("toprank", *BASELINES):
        assert one.figures[name]["coverage"] == two.figures[name]["coverage"]
    assert one.figures["toprank"]["auc"] != two.figures["toprank"]["auc"]


def test_another_scale_is_refused(fitted: FittedRecommender, new: Ratings) -> None:
    for scale in (RatingScale(1, 5, liked_from=3), RatingScale(0, 5, liked_from=4)):
        with pytest.raises(OptionError, match="give ratings on the model's"):
            evaluate(fitted, Dataset(replace(new, scale=scale)))


def test_a_new_reader_likes_from_the_bar_of_all(fitted: FittedRecommender, new: Ratings) -> None:
    relative = relative_ratings(fitted.data.ratings, np.arange(len(fitted.data.ratings)))
    recommender = replace(fitted, data=replace(fitted.data, ratings=relative))
    asked = NewRatings.of(recommender, new)
    bar = np.append(relative.bar, relative.bar.mean(dtype=np.float64))
    position = relative.users.positions(new.users.ids[new.user])
    assert np.array_equal(asked.rated.liked, new.value >= bar[position].astype(np.float32))
    assert position.min() == -1


def test_ratings_are_read_on_the_models_scale(fitted: FittedRecommender) -> None:
    frame = pa.table({"user": [1, 2], "item": ["b001", "b002"], "rating": [3, 0]})
    rows = rows_for(fitted, frame, implicit_value=0)
    assert (rows.ratings.scale.low, rows.ratings.scale.high, rows.ratings.scale.liked_from) == (1, 5, 4)
    assert (len(rows.ratings), rows.implicit) == (1, None)
    assert any("1 rows without a rating are left out" in note for note in rows.notes)
    with pytest.raises(DataError, match="the rating 0 is not on the scale 1 to 5"):
        rows_for(fitted, frame)
