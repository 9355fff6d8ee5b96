"""Pairs as lists: for each left position, the right ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from toprank.core.arrays import BoolArray, IntArray
from toprank.core.stored import stored

__all__ = ["Rows"]


@stored
@dataclass(frozen=True, eq=False)
class Rows:
    """Interactions as lists: for each left position, the right ones, ascending.

    Parameters
    ----------
    start : int64[n + 1]
    right : int32[m]
    """

    start: IntArray
    right: IntArray

    @classmethod
    def of(cls, left: IntArray, right: IntArray, size: int) -> tuple[Rows, IntArray]:
        """Sort pairs by left, then by right position, and say where each came from (int64[m])."""
        width = int(right.max(initial=0)) + 1
        order: IntArray
        start: IntArray = np.zeros(size + 1, np.int64)
        if width + size > len(left):  # few pairs: a sort of them
            order = np.argsort(left.astype(np.int64) * width + right, kind="stable")
            np.cumsum(np.bincount(left, minlength=size), out=start[1:])
        else:
            from toprank.evidence.crossfit_kernel import rows_by_key  # numba takes its time to be imported

            order = rows_by_key(right, width)[1]
            start, by_left = rows_by_key(left[order], size)
            order = order[by_left]
        return cls(start, right[order].astype(np.int32)), order

    def __len__(self) -> int:
        return len(self.start) - 1

    @property
    def left(self) -> IntArray:
        """The left position of each pair (int64[m])."""
        return np.repeat(np.arange(len(self.start) - 1), np.diff(self.start))

    def joined(self, left: IntArray, right: IntArray, size: int) -> tuple[Rows, IntArray, IntArray]:
        """Add pairs; say in which order they stand now, and before which old pairs, as numpy.insert takes it."""
        width = max(int(self.right.max(initial=0)), int(right.max(initial=0))) + 1
        key = left.astype(np.int64) * width + right
        order = np.argsort(key, kind="stable")
        at = np.searchsorted(self.left * width + self.right, key[order], side="right")
        count = np.bincount(left, minlength=size)
        count[: len(self.start) - 1] += np.diff(self.start)
        start = np.append(0, np.cumsum(count))
        return Rows(start, np.insert(self.right, at, right[order].astype(np.int32))), order, at

    def without(self, gone: BoolArray) -> Rows:
        """Take pairs away (bool[m])."""
        count = np.diff(self.start) - np.bincount(self.left[gone], minlength=len(self.start) - 1)
        return Rows(np.append(0, np.cumsum(count)), self.right[~gone])
