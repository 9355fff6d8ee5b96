"""What an attribute table holds, what is missing from it, and what in it cannot be true."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from toprank.core.arrays import BoolArray, FloatArray
from toprank.core.dataset import Attributes
from toprank.data.reading.odd_items import FIRST_YEAR
from toprank.data.reading.roles import roles_of

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Ages", "ColumnSummary", "Implausible", "TableSummary", "age_histogram", "describe_table"]

AGES = (5, 100)
"""Ages outside this range are implausible."""
_PLACEHOLDERS = r"(?i)^[\s,]*(n/a|null)([\s,]+(n/a|null))*[\s,]*$"


@dataclass(frozen=True)
class ColumnSummary:
    """One attribute."""

    name: str
    # ``"number"``, ``"text"`` (truth values and dates are read as text), or ``"other"`` for nested values, of
    # which only ``filled`` and ``missing`` are counted
    kind: str
    # filled, missing: rows with and without a value. NaN and text of nothing but white space are missing.
    filled: int
    missing: int
    distinct: int = 0  # different values among the filled
    # low, median, high: of numbers
    low: float | None = None
    median: float | None = None
    high: float | None = None
    # of texts: up to five values and their rows, the most common first. Values that occur once, or less than once
    # in 100,000 rows, are nothing common and are left out.
    common: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Implausible:
    """Values that cannot be true."""

    # column, rule: where, and what is wrong with them
    column: str
    rule: str
    rows: int
    example: str


@dataclass(frozen=True)
class TableSummary:
    """An attribute table."""

    id_column: str
    # rows, distinct: rows, and different ids among them
    rows: int
    distinct: int
    # rated, rated_found: ids with an explicit rating, and how many of them the table has
    rated: int
    rated_found: int
    # interacted, interacted_found: the same of ids with a rating or an implicit interaction
    interacted: int
    interacted_found: int
    columns: tuple[ColumnSummary, ...]
    implausible: tuple[Implausible, ...]  # what cannot be true: rules that found nothing are left out


@dataclass(frozen=True)
class Ages:
    """Histogram of the attribute ``age`` of users, in bins of five years from 0 to 100."""

    edges: tuple[int, ...]  # the 21 edges; a bin holds its lower edge, the last bin both
    rows: tuple[int, ...]  # users in each of the 20 bins
    outside: int  # users with an age below 0 or above 100, in no bin


def describe_table(
    attributes: Attributes | None, rated: BoolArray, interacted: BoolArray, last_year: int
) -> TableSummary | None:
    """Describe an attribute table."""
    if attributes is None:
        return None
    import pyarrow.compute as pc

    found = attributes.row >= 0
    year = roles_of(attributes).get("year")
    columns, implausible = [], []
    for name in attributes.names:
        column, faults = _column(name, attributes.table[name], last_year if name == year else None)
        columns.append(column)
        implausible.extend(faults)
    return TableSummary(
        id_column=attributes.id_column,
        rows=attributes.table.num_rows,
        distinct=int(pc.count_distinct(attributes.table[attributes.id_column], mode="only_valid").as_py()),
        rated=int(rated.sum()),
        rated_found=int((rated & found).sum()),
        interacted=int(interacted.sum()),
        interacted_found=int((interacted & found).sum()),
        columns=tuple(columns),
        implausible=tuple(implausible),
    )


def _column(name: str, values: pa.ChunkedArray, last_year: int | None) -> tuple[ColumnSummary, list[Implausible]]:
    import pyarrow as pa
    import pyarrow.types as kinds

    kind = values.type.value_type if kinds.is_dictionary(values.type) else values.type
    if kinds.is_integer(kind) or kinds.is_floating(kind) or kinds.is_decimal(kind):
        return _numbers(name, values, last_year)
    if (
        kinds.is_nested(kind)
        or kinds.is_binary(kind)
        or kinds.is_large_binary(kind)
        or kinds.is_fixed_size_binary(kind)
    ):
        return ColumnSummary(name, "other", len(values) - values.null_count, values.null_count), []
    return _texts(name, values.cast(pa.string()))


def _numbers(name: str, values: pa.ChunkedArray, last_year: int | None) -> tuple[ColumnSummary, list[Implausible]]:
    numbers = _filled_numbers(values)
    filled = len(numbers)
    if filled == 0:
        return ColumnSummary(name, "number", 0, len(values)), []
    summary = ColumnSummary(
        name,
        "number",
        filled,
        len(values) - filled,
        distinct=len(np.unique(numbers)),
        low=float(numbers.min()),
        median=float(np.median(numbers)),
        high=float(numbers.max()),
    )
    return summary, [
        Implausible(name, rule, int(wrong.sum()), f"{numbers[wrong][0]:.15g}")
        for rule, wrong in _number_rules(name, numbers, last_year)
        if wrong.any()
    ]


def _number_rules(name: str, numbers: FloatArray, last_year: int | None) -> Iterator[tuple[str, BoolArray]]:
    if name.lower() == "age":
        yield f"age outside {AGES[0]} to {AGES[1]}", (numbers < AGES[0]) | (numbers > AGES[1])
    if last_year is not None:
        yield "year is 0", numbers == 0
        yield f"year before {FIRST_YEAR}", (numbers < FIRST_YEAR) & (numbers != 0)
        yield f"year after {last_year}", numbers > last_year


def _texts(name: str, values: pa.ChunkedArray) -> tuple[ColumnSummary, list[Implausible]]:
    import pyarrow.compute as pc

    counted = pc.value_counts(values.drop_null())
    texts, rows = counted.field("values"), counted.field("counts").to_numpy()
    blank = pc.equal(pc.utf8_trim_whitespace(texts), "").to_numpy(zero_copy_only=False).astype(bool)
    placeholder = pc.match_substring_regex(texts, _PLACEHOLDERS).to_numpy(zero_copy_only=False).astype(bool)
    filled = int(rows[~blank].sum())
    counts = np.where(blank, 0, rows)
    busiest = [k for k in np.argsort(-counts, kind="stable")[:5] if counts[k] > max(1, filled / 100_000)]
    summary = ColumnSummary(
        name,
        "text",
        filled,
        len(values) - filled,
        distinct=int((~blank).sum()),
        common=tuple((texts[k].as_py(), int(rows[k])) for k in busiest),
    )
    return summary, [
        Implausible(name, rule, int(rows[wrong].sum()), texts[int(wrong.argmax())].as_py())
        for rule, wrong in (("blank text", blank), ('says "n/a" or "null"', placeholder))
        if wrong.any()
    ]


def age_histogram(users: Attributes | None) -> Ages | None:
    """Count the users in bins of five years."""
    import pyarrow.types as kinds

    name = next((n for n in users.names if n.lower() == "age"), None) if users is not None else None
    if users is None or name is None:
        return None
    kind = users.table[name].type
    if not (kinds.is_integer(kind) or kinds.is_floating(kind) or kinds.is_decimal(kind)):
        return None
    numbers = _filled_numbers(users.table[name])
    rows, edges = np.histogram(numbers, bins=20, range=(0, 100))
    outside = len(numbers) - int(rows.sum())
    return Ages(tuple(int(e) for e in edges), tuple(int(r) for r in rows), outside)


def _filled_numbers(values: pa.ChunkedArray) -> FloatArray:
    import pyarrow as pa

    numbers: FloatArray = values.drop_null().cast(pa.float64(), safe=False).to_numpy()
    return numbers[~np.isnan(numbers)]
