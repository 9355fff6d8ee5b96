from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from toprank.core.decisions import SUPPORT_WORDS, Decisions, Support, SupportLevel
from toprank.errors import OptionError

KNOWN = Support(
    reader=np.array([0, 0, 0, 5, 5, 5]),
    book=np.array([0, 0, 2, 0, 0, 2]),
    kind=np.array([0, 9, 9, 0, 9, 9]),
    reader_kind=np.zeros(6, dtype=np.int64),
)
DECISIONS = Decisions(
    user=np.arange(6, dtype=np.int32),
    item=np.arange(6, dtype=np.int32),
    probability=np.full(6, 0.6),
    low=np.full(6, 0.5),
    high=np.full(6, 0.7),
    expected=np.full(6, np.nan),
    recommend=np.arange(6) < 2,
    unsure=np.arange(6) == 2,
    known=KNOWN,
)


def test_every_rung_is_reached_in_order_and_has_words() -> None:
    assert KNOWN.level.tolist() == list(SupportLevel)
    assert KNOWN.level.dtype == np.int8
    assert set(SUPPORT_WORDS) == set(SupportLevel)


def test_a_book_that_has_ratings_is_known_whatever_its_kind() -> None:
    known = Support(*np.array([[0], [1], [0], [0]]))
    assert known.level.tolist() == [SupportLevel.BOOK]


def test_rows_are_taken_together() -> None:
    taken = KNOWN.take(np.array([5, 1]))
    assert taken.level.tolist() == [SupportLevel.READER_AND_BOOK, SupportLevel.KIND]
    assert len(taken) == 2


@pytest.mark.parametrize("counts", [[[1], [1], [1], [1, 2]], [[1], [-1], [1], [1]], [[1], [1], [0.5], [1]]])
def test_counts_that_are_none_are_refused(counts: list[list[float]]) -> None:
    with pytest.raises(OptionError):
        Support(*(np.array(column) for column in counts))


def test_answers_are_yes_no_or_unsure() -> None:
    assert DECISIONS.answer == ["yes", "yes", "unsure", "no", "no", "no"]
    assert DECISIONS.level.tolist() == KNOWN.level.tolist()
    assert len(DECISIONS) == 6
    assert DECISIONS.user.dtype == np.int32


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"low": np.full(6, 0.65)}, "row 0 .* outside its interval"),
        ({"high": np.full(6, 1.0)}, "not within 0 and 1"),
        ({"probability": np.full(6, np.nan)}, "outside its interval"),
        ({"unsure": np.ones(6, dtype=bool)}, "both recommended and unsure"),
        ({"expected": np.zeros(5)}, "different lengths"),
    ],
)
def test_decisions_that_contradict_themselves_are_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(OptionError, match=words):
        replace(DECISIONS, **change)
