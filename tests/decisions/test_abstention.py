from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toprank.decisions.abstention import Abstain, learn_abstain, measure_answered, parse_abstain
from toprank.errors import OptionError

P = np.array([0.1, 0.45, 0.5, 0.56, 0.9])
LOW, HIGH = P - 0.08, P + 0.04


def test_a_band_lies_around_the_cutoff() -> None:
    assert Abstain(band=0.051).unsure(P, LOW, HIGH, cutoff=0.5).tolist() == [False, True, True, False, False]


def test_an_interval_that_holds_the_cutoff_is_unsure() -> None:
    assert Abstain(interval=True).unsure(P, LOW, HIGH, cutoff=0.5).tolist() == [False, False, True, True, False]


def test_without_a_band_every_pair_is_answered() -> None:
    assert not Abstain().unsure(P, LOW, HIGH, cutoff=0.5).any()


@pytest.mark.parametrize("cutoff", [math.inf, -math.inf])
def test_where_all_or_nothing_is_recommended_nothing_is_close(cutoff: float) -> None:
    assert not Abstain(band=0.2, interval=True).unsure(P, LOW, HIGH, cutoff=cutoff).any()
    assert learn_abstain(P, cutoff, 0.5) == Abstain()


@given(st.lists(st.integers(0, 10), min_size=1, max_size=40), st.floats(0, 0.99), st.integers(0, 10))
def test_a_learned_band_leaves_no_more_open_than_it_may_and_no_wider_one_does(
    tenths: list[int], share: float, cutoff: int
) -> None:
    probability = np.array(tenths) / 10
    abstain = learn_abstain(probability, cutoff / 10, share)
    unsure = abstain.unsure(probability, probability, probability, cutoff=cutoff / 10)
    assert unsure.mean() <= share + 1e-12
    wider = np.abs(probability - cutoff / 10) <= abstain.band
    assert wider.mean() > share - 1e-12


@pytest.mark.parametrize(
    ("text", "abstain"),
    [("0.05", Abstain(0.05)), (".1", Abstain(0.1)), (" Interval", Abstain(interval=True)), ("never", Abstain())],
)
def test_it_is_read_as_people_write_it(text: str, abstain: Abstain) -> None:
    assert parse_abstain(text) == abstain


@pytest.mark.parametrize("text", ["", "maybe", "-0.1", "1.5", "5%"])
def test_others_are_refused(text: str) -> None:
    with pytest.raises(OptionError):
        parse_abstain(text)


def test_what_is_read_is_written_back() -> None:
    for text in ("0.05", "interval"):
        assert str(parse_abstain(text)) == text


def test_a_share_of_all_is_refused() -> None:
    with pytest.raises(OptionError, match="below 1"):
        learn_abstain(P, 0.5, 1.0)


def test_only_answers_are_measured() -> None:
    liked = np.array([True, True, False, False, True])
    recommend, unsure = np.array([True, False, True, False, False]), np.array([False, True, False, False, False])
    measured = measure_answered(liked, recommend, unsure)
    assert measured["answered"] == 0.8
    assert measured["f1"] == pytest.approx(2 / 4)
    assert measured["always_f1"] == pytest.approx(4 / 6)
    assert measured["accuracy"] == 0.5


def test_where_nothing_is_answered_nothing_is_measured() -> None:
    measured = measure_answered(np.array([True]), np.array([False]), np.array([True]))
    assert measured["answered"] == 0.0
    assert math.isnan(measured["f1"])
