"""What a search for hyper-parameters found, as a table."""

from __future__ import annotations

from typing import Any

from toprank.evaluation.measurements import Measurement
from toprank.report.phrases import decimal, interval, pluralise, signed
from toprank.report.table import Column, Heading, Table, table_of
from toprank.study.tuning.tuned import Tuned

__all__ = ["tuning_table"]


def tuning_table(found: Tuned) -> Table:
    """Lay out what a search found: one row a hyper-parameter; below, the metric, and whether the gain is chance."""
    title = f"{found.model}: the best of {pluralise(found.trials, 'setting')} on the validation rows"
    columns: list[Heading] = ["hyper-parameter", "default", "best", Column("searched", "text")]
    rows = [
        [name, _written(searched.default), _written(found.values[name]), str(searched)]
        for name, searched in found.space.items()
    ]
    notes = [
        f"{found.metric.words} with the defaults {_measured(found.default)}",
        f"{found.metric.words} with the best {_measured(found.best)}",
    ]
    if found.place:
        notes.append(
            f"gain {signed(found.gain.value)}{_ends(found.gain)}, at least {signed(found.least)} as the best of all"
        )
    if found.failed:
        notes.append(f"{pluralise(found.failed, 'setting')} could not be measured")
    return table_of(columns, rows, title=title, notes=[*notes, found.verdict])


def _written(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _measured(figure: Measurement) -> str:
    return f"{decimal(figure.value)}{_ends(figure)}"


def _ends(figure: Measurement) -> str:
    return f" ({ends})" if (ends := interval(figure, 4)) else ""
