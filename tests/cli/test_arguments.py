from __future__ import annotations

from pathlib import Path

import pytest

from toprank.cli.arguments import check_known, parse_ratings
from toprank.errors import OptionError
from toprank.recommender.facade import FittedRecommender


def test_an_item_may_hold_an_equals_sign() -> None:
    assert parse_ratings(["a=b=7.5", "c=-1"]) == {"a=b": 7.5, "c": -1.0}
    assert parse_ratings(None) is None
    assert parse_ratings([]) is None


@pytest.mark.parametrize("word", ["x", "x=", "=5", "x=good", "x=nan", ""])
def test_other_words_are_refused(word: str) -> None:
    with pytest.raises(OptionError, match="write the item and its rating"):
        parse_ratings([word])


def test_known_ids_are_not_mentioned(
    loaded: FittedRecommender, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    check_known(loaded, model, users=["3"], items=["b001"])
    assert capsys.readouterr().err == ""
    check_known(loaded, model, users=["3", "x", "y", "z", "x", "v"], items=["u"], allow=True)
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "Note: the readers 'x', 'y', 'z' and 1 more are not known; answered by what is known without them"
    assert said[1].startswith("Note: the item 'u' is not known; answered by what is known without it; toprank find ")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"items": ["b0011"]}, r"the item 'b0011' is not known; did you mean b001 or b011\?; toprank find "),
        ({"users": ["1490"]}, r"the reader '1490' is not known; did you mean 149 or"),
        ({"users": ["x"], "items": ["b001"]}, r"the reader 'x' is not known; --allow-unknown answers all the same"),
    ],
)
def test_unknown_ids_are_refused_with_the_nearest_ones(
    loaded: FittedRecommender, model: Path, asked: dict[str, list[str]], said: str
) -> None:
    with pytest.raises(OptionError, match=said):
        check_known(loaded, model, **asked)  # type: ignore[arg-type]
