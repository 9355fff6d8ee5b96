"""The compiled loop behind :mod:`toprank.evidence.sources.embeddings`."""

from __future__ import annotations

import numba

from toprank.core.arrays import FloatArray, IntArray

__all__ = ["place_rows"]

BLOCK = 256
"""Rows that are looked at together: few enough to stay near the processor while column after column is written."""


@numba.njit(cache=True, nogil=True)
def place_rows(columns: FloatArray, rows: IntArray, first: int, part: FloatArray) -> None:
    """Write vectors (float32[m, d], row by row) as columns from ``first`` on, which lie one behind the other."""
    for begin in range(0, len(rows), BLOCK):
        for k in range(part.shape[1]):
            for at in range(begin, min(begin + BLOCK, len(rows))):
                columns[rows[at], first + k] = part[at, k]
