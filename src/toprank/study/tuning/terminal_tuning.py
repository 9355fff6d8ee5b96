"""What a search for hyper-parameters found, as a table for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from toprank.evaluation.measurements import Measurement
from toprank.report.phrases import decimal, interval, pluralise, shortened, signed
from toprank.study.terminal import plain_table
from toprank.study.tuning.tuned import Tuned

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["tuning_table"]


def tuning_table(found: Tuned) -> Table:
    """Lay out what a search found for a terminal of 80 columns.

    Parameters
    ----------
    found : Tuned
        What it found.

    Returns
    -------
    rich.table.Table
        One row a hyper-parameter; below it the metric on the validation rows, and whether the gain is more than chance.
    """
    from rich.text import Text

    title = f"{shortened(found.model)}: the best of {pluralise(found.trials, 'setting')} on the validation rows"
    shown = plain_table(title, "hyper-parameter", "default", "best", text=("searched",))
    for name, searched in found.space.items():
        shown.add_row(Text(name), _written(searched.default), _written(found.values[name]), Text(str(searched)))
    lines = [
        f"{found.metric.words} with the defaults {_measured(found.default)}",
        f"{found.metric.words} with the best {_measured(found.best)}",
    ]
    if found.place:
        lines.append(
            f"gain {signed(found.gain.value)}{_ends(found.gain)}, at least {signed(found.least)} as the best of all"
        )
    if found.failed:
        lines.append(f"{pluralise(found.failed, 'setting')} could not be measured")
    lines.append(found.verdict)
    shown.caption = Text("\n".join(lines))
    shown.caption_justify = "left"
    shown.caption_style = "default"
    shown.min_width = min(80, max(map(len, lines)))
    return shown


def _written(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _measured(figure: Measurement) -> str:
    return f"{decimal(figure.value)}{_ends(figure)}"


def _ends(figure: Measurement) -> str:
    return f" ({ends})" if (ends := interval(figure, 4)) else ""
