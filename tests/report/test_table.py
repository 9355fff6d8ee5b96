"""One table value, two renderers: the terminal's is never too wide, the page's is escaped, and both show the same."""

from __future__ import annotations

import re

import pytest

from toprank.report.html import to_html
from toprank.report.table import Cell, Column, Group, Row, Table, best_of, mark_best, table_of
from toprank.report.terminal import to_text

TABLE = Table(
    (Column("model", "name"), Column("F1"), Column("log loss", optional=1), Column("words", "text")),
    (
        Group((Row((Cell("always"), Cell("0.7500"), Cell("0.6800"), Cell()), line=True),)),
        Group(
            (
                Row(
                    (Cell("trees", "original"), Cell("0.7800", "0.770 to 0.790", style="best"), Cell("0.5500"),
                     Cell("better by more than chance " * 2, style="better")),
                    Cell("the verdict on trees", style="better"),
                ),
            ),
            "models",
        ),
        Group((Row((Cell("<b>[red]\x1b[31m"), Cell("–"), Cell("–"), Cell("$x^2 {{ 7 * 7 }}"))),), "baselines"),
    ),
    title="Results",
    notes=("A note.",),
)  # fmt: skip


@pytest.mark.parametrize("width", [120, 80, 60, 40, 24])
def test_the_terminal_is_never_overrun_and_nothing_is_cut(width: int) -> None:
    text = to_text(TABLE, width)
    assert max(map(len, text.splitlines())) <= width
    assert "\x1b" not in text
    words = " ".join(re.sub(r"[^\w.–<>\[\]$^{}*]+", " ", text).split())
    for said in ("Results", "trees", "original", "0.7800", "770", "790", "the verdict on trees", "A note", "[red]"):
        assert said in words
    assert "…" not in text


def test_what_matters_less_is_left_out_first_and_named() -> None:
    assert "Left out" not in to_text(TABLE, 120)
    assert "0.5500" in to_text(TABLE, 120)
    narrow = to_text(TABLE, 58)
    assert "0.5500" not in narrow
    assert "Left out, for lack of width: log loss." in narrow
    assert "better by more than chance" in " ".join(narrow.split())


def test_where_even_that_is_too_wide_rows_become_lists() -> None:
    text = to_text(TABLE, 30)
    assert "log loss" in text
    assert "Left out" not in text
    assert text.index("trees") < text.index("0.7800") < text.index("–")


def test_a_page_shows_the_same() -> None:
    html = to_html(TABLE)
    assert '<tr class="line"><th class="text">always</th><td>0.7500</td>' in html
    assert '<td class="best">0.7800<small>0.770 to 0.790</small></td>' in html
    assert '<span class="mark better"></span>the verdict on trees' in html
    assert "&lt;b&gt;[red]" in html
    assert "\x1b" not in html
    assert "{{ 7 * 7 }}" in html
    assert "<caption>Results</caption>" in html
    assert '<p class="quiet">A note.</p>' in html
    assert 'class="scroll" tabindex="0"' in html


def test_headings_over_several_columns() -> None:
    table = table_of([Column("model", "name"), Column("F1", over="new"), Column("AUC", over="new")], [["a", "1", "2"]])
    assert '<th colspan="2" class="over">new</th>' in to_html(table)
    assert to_text(table).splitlines()[0].split() == ["new", "new"]


def test_bars_and_links() -> None:
    table = table_of(["split", Column("", "text")], [[Cell("13", href="a/b.html"), Cell("liked", bar=0.5)]])
    assert '<a href="a/b.html">13</a>' in to_html(table)
    assert '<i class="bar" style="width: 40.0%">' in to_html(table)
    assert "█" * 18 + " liked" in to_text(table)


@pytest.mark.parametrize(
    ("values", "good", "best"),
    [
        ([0.7, 0.8, 0.8], 1, []),  # most are alike
        ([0.7, 0.8, 0.6], 1, [1]),
        ([0.7, 0.8, 0.6], -1, [2]),
        ([0.7, float("nan"), 0.6], 1, [0]),
        ([0.7, 0.8, 0.6], 0, []),
    ],
)
def test_the_best_of_a_column(values: list[float], good: int, best: list[int]) -> None:
    found = mark_best([Cell(str(value)) for value in values], best_of(values, good))
    assert [place for place, cell in enumerate(found) if cell.style == "best"] == best
    assert best_of([0.74, 0.7], 1, line=0.75) == [False, False]
