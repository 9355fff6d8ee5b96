from __future__ import annotations

from typing import Any

import pytest

from toprank.evaluation.measurements import Measurement
from toprank.evaluation.scorecard import Difference
from toprank.recommender.answer_tables import decisions_layout, top_layout
from toprank.recommender.score_tables import compared_table, figures_table
from toprank.report.table import Table
from toprank.report.terminal import to_text

ROW: dict[str, Any] = {
    "user": "ann", "item": "0316666343", "title": "The [bold]Lovely[/bold] Bones\x1b[31m", "author": "Alice Sebold",
    "answer": "yes", "probability": 0.78, "low": 0.71, "high": 0.84, "expected": 8.25, "rated": 9.0, "rank": 1,
    "known": "the reader and the book are known", "reason": "for it: " + "you gave 4 other books 9.3 on average, " * 4,
}  # fmt: skip


def shown(table: Table, width: int = 60) -> str:
    return to_text(table, width)


@pytest.mark.parametrize("width", [70, 80, 120])
def test_a_table_fits_its_terminal_and_nothing_is_cut(width: int) -> None:
    for text in (shown(decisions_layout([ROW]), width), shown(top_layout([ROW], "For reader ann"), width)):
        assert max(map(len, text.splitlines())) <= width
        words = " ".join(text.split())
        assert "Alice Sebold, 0316666343, rated 9" in words
        assert words.count("books") == 4
        assert "0.71 to 0.84" in words


def test_titles_are_text_not_markup_nor_control_sequences() -> None:
    text = shown(decisions_layout([ROW]), 100)
    assert "The [bold]Lovely[/bold] Bones\ufffd[31m" in text


def test_what_is_not_known_is_left_out() -> None:
    bare = ROW | {"title": None, "author": None, "rated": float("nan"), "reason": None}
    text = shown(decisions_layout([bare, bare | {"user": "bob"}]), 100)
    assert text.count("0316666343") == 2
    assert "rated" not in text.replace("rated by", "")
    assert "the reader and the book are known" in text
    assert "bob" in text


def test_figures_fit_a_terminal_of_80_columns() -> None:
    of = {"f1": 0.7726, "auc": 0.779, "log_loss": 0.548, "ece": 0.007, "coverage": float("nan")}
    table = figures_table(
        "Measured on 43,367 test ratings",
        {"toprank": of, "always": of},
        {name: {"f1": Measurement("f1", 0.7726, 0.764, 0.784)} for name in ("toprank", "always")},
        extra=[("notebook's best", "0.7429")],
    )
    text = shown(table, 80)
    assert max(map(len, text.splitlines())) <= 80
    assert "…" not in text
    assert "0.764 to 0.784" in text
    assert "notebook's best" in text
    assert "recommended" in text


def test_what_is_compared_is_put_into_words() -> None:
    differences = (
        Difference("f1", 0.77, 0.75, 0.01, 0.03),
        Difference("auc", 0.77, 0.78, -0.02, -0.001),
        Difference("log_loss", 0.54, 0.55, -0.02, -0.001),
        Difference("brier", 0.2, 0.2, float("nan"), float("nan")),
    )
    text = shown(compared_table("1 rating by 1 reader", differences), 80)
    assert text.count("the first is better") == 2
    assert text.count("the second is better") == 1
    assert "too few readers to tell" in text
    assert "1 rating by 1 reader" in text
