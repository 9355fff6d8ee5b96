"""Ratings as numbers, however they are written."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from toprank.data.reading.id_columns import dictionary
from toprank.data.reading.quoting import quoted
from toprank.errors import DataError

__all__ = ["as_numbers", "rating_problem"]

# Python's float() also takes "nan", "inf" and "1_000".
_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)


def as_numbers(column: pa.ChunkedArray, *, source: str, name: str) -> npt.NDArray[np.float64]:
    """Take a column as numbers (float64[n]); NaN where a value is none, is not finite or does not fit float32.

    Examples
    --------
    >>> as_numbers(pa.chunked_array([["4", " 3.5", "NaN", ""]]), source="r.csv", name="rating").tolist()
    [4.0, 3.5, nan, nan]
    """
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = column.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind) or pa.types.is_null(kind):
        numbers = np.array(column.cast(pa.float64(), safe=False).fill_null(np.nan).to_numpy(), np.float64)
    elif pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        values, codes = dictionary(column)
        spelled = [float(v) if _NUMBER.fullmatch(v) else np.nan for v in values.to_pylist()]
        numbers = np.array([*spelled, np.nan])[codes]
    else:
        raise DataError(
            f"it holds values of type {kind}", "give ratings as numbers, or name another column", source=source,
            column=name,
        )  # fmt: skip
    numbers[~(np.abs(numbers) <= np.finfo(np.float32).max)] = np.nan
    return numbers


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
