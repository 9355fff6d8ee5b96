"""Tables in the terminal, never wider than it: columns that matter less are left out, then rows become lists."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from toprank.report.phrases import join_words, printable, shortened
from toprank.report.table import Cell, Column, Row, Table

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.table import Table as RichTable
    from rich.text import Text

__all__ = ["TerminalTable", "to_text"]

_STYLES = {"best": "bold", "strong": "bold", "better": "green", "worse": "red", "yes": "green", "no": "red"}
_STYLES |= {"unsure": "yellow", "liked": "blue"}
_NAME, _TEXT, _BAR, _GAP = 30, 24, 36, 2


class TerminalTable:
    """Renders a table with rich; texts of the data are never read as markup or control sequences."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        from rich.text import Text

        table, width = self.table, options.max_width
        if table.title:
            yield Text(printable(table.title), style="bold")
        widths = _fitting(table, width)
        if widths is None:
            yield _as_lists(table)
        elif any(_heading(column) for column in table.columns):
            yield _as_grid(table.columns, (), widths, header=True)
        for group in table.groups if widths is not None else ():
            if group.title and len(table.groups) > 1:
                yield Text(printable(group.title), style="dim")
            yield _as_grid(table.columns, group.rows, widths or {})
        for row in table.rows:
            if row.below is not None:
                style = _STYLES.get(row.below.style, "")
                yield Text.assemble((shortened(row.cells[0].text), style), f": {printable(row.below.text)}")
        left_out = [
            column.name.replace("\n", " ")
            for place, column in enumerate(table.columns)
            if widths and place not in widths
        ]
        if left_out:
            yield Text(f"Left out, for lack of width: {join_words(left_out)}.", style="dim")
        for note in table.notes:
            yield Text(printable(note))
        yield Text()


def to_text(table: Table, width: int = 100) -> str:
    """Render a table as plain text."""
    from rich.console import Console

    console = Console(width=width, force_terminal=False, color_system=None, highlight=False)
    with console.capture() as capture:
        console.print(TerminalTable(table))
    return "\n".join(line.rstrip() for line in capture.get().splitlines())


def _fitting(table: Table, width: int) -> dict[int, int] | None:
    """Choose the columns that there is room for, and their widths; None where even the necessary ones need more."""
    natural = [_natural(column, [row.cells[place] for row in table.rows]) for place, column in enumerate(table.columns)]
    least = [
        min(wide, _TEXT) if column.kind == "text" else wide for wide, column in zip(natural, table.columns, strict=True)
    ]
    kept = list(range(len(natural)))
    while sum(least[place] + _GAP for place in kept) - _GAP > width:
        dropped = max(kept, key=lambda place: (table.columns[place].optional, place))
        if table.columns[dropped].optional == 0:
            return None
        kept.remove(dropped)
    texts = sorted((place for place in kept if table.columns[place].kind == "text"), key=natural.__getitem__)
    room = width - _GAP * (len(kept) - 1) - sum(natural[place] for place in kept if place not in texts)
    widths = dict.fromkeys(kept, 0) | {place: natural[place] for place in kept if place not in texts}
    for number, place in enumerate(texts):
        widths[place] = max(1, min(natural[place], room // (len(texts) - number)))
        room -= widths[place]
    return widths


def _natural(column: Column, cells: Sequence[Cell]) -> int:
    """Give the width that a column has when nothing is broken into lines."""
    from rich.cells import cell_len

    lines = [*_heading(column).split("\n"), *(line for cell in cells for line in _text(column, cell).plain.split("\n"))]
    return max(_BAR + 6 if any(math.isfinite(cell.bar) for cell in cells) else 0, *map(cell_len, lines))


def _as_grid(
    columns: Sequence[Column], rows: Sequence[Row], widths: Mapping[int, int], *, header: bool = False
) -> RichTable:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table as RichTable
    from rich.text import Text

    grid = RichTable(box=SIMPLE_HEAD, show_header=header, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for place, wide in widths.items():
        column = columns[place]
        wraps = column.kind == "text"
        justify: Literal["right", "left"] = "right" if column.kind == "number" else "left"
        overflow: Literal["fold", "ellipsis"] = "fold" if wraps else "ellipsis"
        grid.add_column(Text(_heading(column)), justify=justify, width=wide, no_wrap=not wraps, overflow=overflow)
    for row in rows:
        cells = [_text(columns[place], row.cells[place], wide) for place, wide in widths.items()]
        grid.add_row(*cells, end_section=row.line)
    return grid


def _as_lists(table: Table) -> RichTable:
    """Lay each row out as a list of headings and values, for a terminal that is too narrow for a table."""
    from rich.table import Table as RichTable
    from rich.text import Text

    grid = RichTable.grid(padding=(0, 1))
    grid.add_column(overflow="fold", max_width=14)
    grid.add_column(overflow="fold")
    for row in table.rows:
        for place, (column, cell) in enumerate(zip(table.columns, row.cells, strict=True)):
            if cell.text or cell.note:
                value = _text(column, cell if place else replace(cell, style="strong"), 20)
                grid.add_row(Text(_heading(column).replace("\n", " "), style="dim"), value)
        grid.add_row()
    return grid


def _heading(column: Column) -> str:
    return printable(column.over) + "\n" + column.name if column.over else column.name


def _of(column: Column, cell: Cell) -> str:
    return shortened(cell.text, _NAME) if column.kind == "name" else printable(cell.text)


def _text(column: Column, cell: Cell, width: int = _BAR + 6) -> Text:
    """Write a cell; a bar is as long as ``width`` allows."""
    from rich.text import Text

    text, style = Text(), _STYLES.get(cell.style, "")
    if math.isfinite(cell.bar):
        blocks = "█" * round(max(4, min(_BAR, width - 6)) * cell.bar) or ("▏" if cell.bar > 0 else "")
        text.append(blocks + " " * bool(cell.text), style=style or "bright_black")
        style = ""
    text.append(_of(column, cell), style=style)
    if cell.note:
        text.append((", " if not _heading(column) and cell.text else "\n") + _printable_lines(cell.note), style="dim")
    if cell.body:
        text.append("\n" + printable(cell.body))
    return text


def _printable_lines(text: str) -> str:
    """Replace what is not printable but the ends of lines."""
    return "\n".join(map(printable, text.split("\n")))
