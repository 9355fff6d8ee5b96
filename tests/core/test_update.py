from __future__ import annotations

import numpy as np
import pytest

from toprank.core.dataset import Dataset
from toprank.core.ratings import Interactions, Ratings
from toprank.core.scale import RatingScale
from toprank.core.update import Update
from toprank.data.relative_liking import relative_ratings
from toprank.errors import OptionError

SCALE = RatingScale(1, 10, 8, step=1)
RATINGS = Ratings.of([1, 2, 2], ["x", "x", "y"], [9, 3, 8], SCALE)
DATA = Dataset(RATINGS, implicit=Interactions(np.array([0]), np.array([1]), RATINGS.users, RATINGS.items))


def test_positions_stay_and_new_ones_come_behind() -> None:
    update = Update.of(DATA, ["0", 2], ["a", "y"], np.array([7.0, 1.0]))
    after = update.after.ratings
    assert after.users.ids.tolist() == [1, 2, 0]
    assert after.items.ids.tolist() == ["x", "y", "a"]
    assert after.value.tolist() == [9, 3, 7, 1]
    assert (update.added.tolist(), update.removed.tolist()) == ([2, 3], [2])
    assert update.after.implicit is not None
    assert update.after.implicit.users is after.users
    assert DATA.ratings.value.tolist() == [9, 3, 8]


def test_new_readers_get_the_bar_of_most() -> None:
    data = Dataset(relative_ratings(RATINGS, np.arange(3), damping=0))
    bars = Update.of(data, [7], ["x"], np.array([7.0])).after.ratings.bar  # type: ignore[attr-defined]
    assert bars.tolist() == pytest.approx([9, 5.5, 7.25])


@pytest.mark.parametrize(
    ("user", "item", "value", "words"),
    [
        ([1], ["x"], [11.0], "new rating 1, of user 1 and item 'x', is 11, which is not on the scale"),
        ([1, 1], ["x", "x"], [3.0, 4.0], "user 1 rates item 'x' twice"),
        ([1, 2], ["x"], [3.0], "2 users, 1 items and 1 ratings"),
        (["ann"], ["x"], [3.0], "whole numbers, but 'ann' is not one"),
    ],
)
def test_what_cannot_be_added_is_refused(user: list[int], item: list[str], value: list[float], words: str) -> None:
    with pytest.raises(OptionError, match=words):
        Update.of(DATA, user, item, np.array(value))
