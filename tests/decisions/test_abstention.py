from __future__ import annotations

import math

import numpy as np
import pytest

from toprank.decisions.abstention import Abstain, parse_abstain
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
