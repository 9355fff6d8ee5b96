"""Ratings as numbers, however they are written."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from toprank.core.arrays import FloatArray, IntArray
from toprank.data.reading.id_columns import dictionary
from toprank.data.reading.quoting import quoted
from toprank.errors import DataError

__all__ = ["as_numbers", "counted", "rating_problem"]

# Python's float() also takes "nan", "inf" and "1_000".
_NUMBER = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*", re.ASCII)
# Three digits behind a comma may be thousands: such a value is no number.
_DECIMAL_COMMA = re.compile(r"\s*([+-]?\d+),(\d{1,2})\s*", re.ASCII)
_STARS = re.compile(r"\s*(\d+(?:[.,]\d{1,2})?) *stars?\s*", re.ASCII | re.IGNORECASE)


def as_numbers(column: pa.ChunkedArray, *, source: str, name: str) -> tuple[npt.NDArray[np.float64], list[str]]:
    """Take a column as numbers (float64[n]), and say what was read of values that are not plain numbers.

    NaN where a value is none, is not finite or does not fit float32.

    Examples
    --------
    >>> as_numbers(pa.chunked_array([["4", " 3.5", "4,5", "NaN", ""]]), source="r.csv", name="rating")
    (array([4. , 3.5, 4.5, nan, nan]), ["ratings like '4,5' are read as 4.5"])
    """
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = column.type
    notes: list[str] = []
    if pa.types.is_boolean(kind):
        column = column.cast(pa.int8())
        kind = column.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind) or pa.types.is_null(kind):
        numbers, begin = np.empty(len(column)), 0
        for chunk in column.chunks:
            numbers[begin : begin + len(chunk)] = chunk.cast(pa.float64(), safe=False).fill_null(np.nan).to_numpy()
            begin += len(chunk)
    elif pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        values, codes = dictionary(column)
        spelled, read = _spelled(values.to_pylist())
        numbers = np.array([*spelled, np.nan])[codes]
        notes = [f"ratings like {quoted(value)} are read as {number:g}" for value, number in read]
    else:
        raise DataError(
            f"it holds values of type {kind}", "give ratings as numbers, or name another column", source=source,
            column=name,
        )  # fmt: skip
    most = np.finfo(np.float32).max
    numbers[~((numbers <= most) & (numbers >= -most))] = np.nan
    return numbers, notes


def counted(values: FloatArray) -> tuple[FloatArray, IntArray]:
    """Give the distinct values in ascending order, and how often each comes; numpy's own way copies all.

    Examples
    --------
    >>> counted(np.array([4.0, 3.5, 4.0]))
    (array([3.5, 4. ]), array([1, 2]))
    """
    found = pa.array(values).value_counts()
    distinct, count = found.field("values").to_numpy(), found.field("counts").to_numpy()
    order = np.argsort(distinct)
    return distinct[order], count[order]


def _spelled(values: list[str]) -> tuple[list[float], list[tuple[str, float]]]:
    """Give each text's number (NaN where it has none), and the first of each kind that is no plain number."""
    numbers: list[float] = []
    read: dict[str, tuple[str, float]] = {}
    for value in values:
        plain, comma, stars = (pattern.fullmatch(value) for pattern in (_NUMBER, _DECIMAL_COMMA, _STARS))
        text = plain[1] if plain else f"{comma[1]}.{comma[2]}" if comma else stars[1].replace(",", ".") if stars else ""
        numbers.append(float(text) if text else np.nan)
        if text and not plain:
            read.setdefault("comma" if comma else "stars", (value, numbers[-1]))
    return numbers, list(read.values())


def rating_problem(value: object) -> str:
    """Say why a value is no rating.

    Examples
    --------
    >>> rating_problem("abc"), rating_problem("")
    ("the rating 'abc' is not a finite number", 'the rating is empty')
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return "the rating is empty"
    return f"the rating {quoted(str(value))} is not a finite number"
