"""Simulated months of answers: whoever keeps the promise is seldom accused, and who does not is found out."""

from __future__ import annotations

import numpy as np
import pytest

from toprank.errors import OptionError
from toprank.evaluation.served_promise import (
    ServedOutcomes,
    check_group,
    check_promise,
    compare_delivered,
)

A_DAY = 20
MONTH = 30 * A_DAY
FOUND_OUT = 2500
"""Outcomes in which 0.05 less is found out nine times in ten; docs/promise.md says so."""


def month(
    rng: np.random.Generator, *, shortfall: float = 0.0, size: int = MONTH, returning: float = 0.4
) -> ServedOutcomes:
    """Readers come back, and each is more or less pleased than P says: what they say is anything but independent."""
    new = rng.random(size) >= returning
    new[0] = True
    reader = np.where(new, np.cumsum(new), 0)
    reader[~new] = rng.integers(1, np.cumsum(new)[~new] + 1)
    promised = rng.beta(8, 3, size)
    pleased = rng.choice([-1.0, 1.0], size + 1)[reader]
    truth = promised + 0.8 * pleased * np.minimum(promised, 1 - promised) - shortfall
    return ServedOutcomes(
        day=20_000 + np.arange(size) // A_DAY,
        reader=reader,
        promised=promised,
        liked=rng.random(size) < truth,
        listed=rng.random(size) < 0.7,
    )


def test_who_keeps_the_promise_is_accused_in_at_most_one_month_of_twenty_however_often_one_looks() -> None:
    rng = np.random.default_rng(17)
    # What is found on any day stays found: the end of the month knows of every daily look.
    accused = sum(check_group("", month(rng)).word == "broken" for _ in range(1000))
    assert accused <= 50


def test_looking_daily_finds_it_on_the_day_it_says() -> None:
    outcomes = month(np.random.default_rng(2), shortfall=0.15, size=2000)
    since = check_promise(outcomes).overall.since
    assert since is not None
    before, then = outcomes.take(outcomes.day < since), outcomes.take(outcomes.day <= since)
    assert check_promise(before).overall.word != "broken"
    assert check_promise(then).overall.since == since
    assert check_promise(then).overall.sentence == f"broken since {np.datetime64(since, 'D')}"


def test_five_hundredths_less_are_found_out() -> None:
    rng = np.random.default_rng(5)
    found = [check_group("", month(rng, shortfall=0.05, size=FOUND_OUT)).word == "broken" for _ in range(100)]
    assert np.mean(found) >= 0.9


def test_what_is_said_with_few_and_with_many() -> None:
    rng = np.random.default_rng(7)
    few = check_promise(month(rng, size=20)).overall
    assert few.word == "too few to say"
    assert few.high - few.low > 0.2
    many = check_promise(month(rng, size=6000)).overall
    assert many.sentence == "kept"
    assert many.low <= many.promised <= many.high
    nothing = check_promise(month(rng).take(np.empty(0, np.int64)))
    assert nothing.overall.word == "too few to say"
    assert nothing.weeks == nothing.deciles == ()


def test_groups_are_the_outcomes_apart() -> None:
    outcomes = month(np.random.default_rng(1), size=800)
    report = check_promise(outcomes)
    lists, single = report.kinds
    assert (lists.outcomes, single.outcomes) == (outcomes.listed.sum(), (~outcomes.listed).sum())
    for groups in (report.kinds, report.weeks, report.deciles):
        assert sum(group.outcomes for group in groups) == 800
    assert lists.delivered == pytest.approx(outcomes.liked[outcomes.listed].mean())
    monday = np.datetime64(report.weeks[0].name, "D")
    assert monday.astype(object).weekday() == 0
    assert monday <= np.datetime64(20_000, "D") < monday + 7
    assert [group.name for group in report.deciles][-1] == "0.9 to 1.0"


def test_a_reader_who_says_much_counts_once_a_block() -> None:
    # One reader who dislikes everything proves nothing about the others.
    size = 500
    one = ServedOutcomes(
        np.full(size, 20_000), np.zeros(size, np.int64), np.full(size, 0.8), np.zeros(size, bool), np.ones(size, bool)
    )
    assert check_promise(one).overall.word == "too few to say"
    many = ServedOutcomes(one.day, np.arange(size), one.promised, one.liked, one.listed)
    assert check_promise(many).overall.word == "broken"


def test_two_arms_are_told_apart_only_where_they_differ() -> None:
    rng = np.random.default_rng(9)
    better, worse, few = month(rng, size=3000), month(rng, shortfall=0.15, size=3000), month(rng, size=30)
    found = compare_delivered(better, worse)
    assert found.sentence == "clearly more is liked"
    assert found.low <= 0.15 <= found.high
    assert compare_delivered(worse, better).sentence == "clearly less is liked"
    assert compare_delivered(better, few).sentence == "too few to say"
    assert np.isnan(compare_delivered(better, few.take(np.empty(0, np.int64))).difference)
    accused = [compare_delivered(month(rng), month(rng)).sentence.startswith("clearly") for _ in range(100)]
    assert np.mean(accused) <= 0.05


def test_what_cannot_be_is_refused() -> None:
    outcomes = month(np.random.default_rng(1), size=5)
    with pytest.raises(OptionError, match="order of their days"):
        ServedOutcomes(
            outcomes.day[::-1] - np.arange(5), outcomes.reader, outcomes.promised, outcomes.liked, outcomes.listed
        )
    with pytest.raises(OptionError, match="between 0 and 1"):
        ServedOutcomes(outcomes.day, outcomes.reader, outcomes.promised + 1, outcomes.liked, outcomes.listed)
    with pytest.raises(OptionError, match="different lengths"):
        ServedOutcomes(outcomes.day[:3], outcomes.reader, outcomes.promised, outcomes.liked, outcomes.listed)
    with pytest.raises(OptionError, match="confidence"):
        check_promise(outcomes, confidence=95)
