"""Readers and pairs as the evidence sees them: lists of works, with what is left of each rating after the bias."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from toprank.core.arrays import FloatArray, Int32Array, IntArray
from toprank.core.readers import ReaderLists
from toprank.evidence.adjacency import Rows
from toprank.evidence.bias import ItemBias
from toprank.evidence.groupings import Groupings, at, distinct
from toprank.evidence.keys import KeyIndex, ReaderKeys

__all__ = ["Pairs", "Readers"]

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Readers:
    """Some readers' lists, with what every source needs of them.

    Parameters
    ----------
    lists : ReaderLists
    groupings : Groupings
        The groups of users and items.
    bias : ItemBias
        What is expected of a rating before the reader's own offset.
    sides : dict of str to object
        What was made of these readers, by name; filled when first asked for.
    """

    lists: ReaderLists
    groupings: Groupings
    bias: ItemBias
    sides: dict[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.lists)

    def once(self, name: str, find: Callable[[], T]) -> T:
        """Make something of these readers once."""
        if name not in self.sides:
            self.sides[name] = find()
        found: T = self.sides[name]
        return found

    @cached_property
    def work(self) -> IntArray:
        """The work of each rating (int32[m])."""
        return self.groupings.work.code[self.lists.item]

    @cached_property
    def value(self) -> FloatArray:
        """The ratings (float64[m], rating points)."""
        return self.lists.value.astype(np.float64)

    @cached_property
    def offset(self) -> FloatArray:
        """What each reader adds to what is expected of a work (float64[n])."""
        return self.bias.reader_offsets(self.lists.reader, self.work, self.value, len(self))

    @cached_property
    def residual(self) -> FloatArray:
        """What is left of each rating after the bias (float64[m])."""
        return self.value - self.bias.expected(self.offset[self.lists.reader], self.work)

    @cached_property
    def by_work(self) -> tuple[Rows, IntArray]:
        """The works that each reader rated, ascending, several editions one after the other, and whence each came."""
        return Rows.of(self.lists.reader, self.work, len(self))

    @cached_property
    def holdings(self) -> tuple[IntArray, IntArray]:
        """Readers and the works they rated or hold, each pair once, ascending (int64[h] both)."""
        lists, n_works = self.lists, self.groupings.work.size
        held = self.groupings.work.code[lists.held]
        key = np.concatenate([lists.reader * n_works + self.work, lists.holder * n_works + held])
        pair = distinct(key.astype(np.int64))
        return pair // n_works, pair % n_works

    def sorted_groups(self, keys: ReaderKeys, *, held: bool = False) -> tuple[IntArray, IntArray]:
        """Give the groups of the rated items (or of those held without a rating) in each of the reader's keys.

        int32[m, k], and int64[k, m]: each reader's entries sorted by them, key by key.
        """

        def find() -> tuple[IntArray, IntArray]:
            lists = self.lists
            code = keys.codes(self.groupings, lists.held if held else lists.item)
            return code, _order(lists.holder if held else lists.reader, code.T)

        return self.once(f"groups of {keys.name}, held {held}", find)

    def anew(self) -> Readers:
        """Give the same readers with nothing made of them yet: for a source that has changed."""
        return Readers(self.lists, self.groupings, self.bias)

    def codes(self, group: str) -> IntArray:
        """Give the group of each reader (int64[n]); -1 where it is unknown, as it is of a new reader."""
        return at(self.groupings.user(group).code, self.lists.user, -1).astype(np.int64)


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of a reader and an item to be asked about.

    Parameters
    ----------
    readers : Readers
    row : int64[n]
        The reader of each pair.
    item : int64[n]
        The position of its item.
    """

    readers: Readers
    row: IntArray
    item: IntArray
    _found: dict[str, Any] = field(default_factory=dict)

    def once(self, name: str, find: Callable[[], T]) -> T:
        """Find what several ask for once."""
        if name not in self._found:
            self._found[name] = find()
        found: T = self._found[name]
        return found

    @cached_property
    def user(self) -> IntArray:
        """The position of each reader in the index of users (int64[n]); -1 for a new one."""
        return self.readers.lists.user[self.row]

    @cached_property
    def work(self) -> Int32Array:
        """The work of each item (int32[n])."""
        return self.readers.groupings.work.code[self.item]

    @property
    def rated(self) -> IntArray:
        """How many ratings each pair's reader has given (int64[n])."""
        start = self.readers.lists.start
        return start[self.row + 1] - start[self.row]

    def matches(self, keys: ReaderKeys, *, held: bool = False) -> tuple[IntArray, IntArray]:
        """Find the reader's entries in the item's group of each of the reader's keys; see ``sorted_groups``.

        They are ``order[k, first:last]`` with ``first`` and ``last`` int64[k, n].
        """

        def find() -> tuple[IntArray, IntArray]:
            from toprank.evidence.reader_kernel import match_ranges

            code, order = self.readers.sorted_groups(keys, held=held)
            lists = self.readers.lists
            first, last = (np.empty((len(order), len(self)), np.int64) for _ in range(2))
            start = lists.held_start if held else lists.start
            match_ranges(first, last, self.row, self.codes(keys), start, code, order)
            return first, last

        return self.once(f"matches of {keys.name}, held {held}", find)

    def codes(self, keys: ReaderKeys) -> Int32Array:
        """Give the groups of the items in each of the reader's keys (int32[n, k])."""
        return self.once(f"codes of {keys.name}", lambda: keys.codes(self.readers.groupings, self.item))

    def numbers(self, index: KeyIndex) -> IntArray:
        """Number the pairs in the keys of an index (int64[k, n])."""
        return self.once(f"{id(index)}", lambda: index.numbers(self.readers.groupings, self.user, self.item))

    def __len__(self) -> int:
        return len(self.row)

    def take(self, rows: IntArray | slice) -> Pairs:
        """Keep some pairs; the readers stay."""
        return Pairs(self.readers, self.row[rows], self.item[rows])


def _order(reader: IntArray, code: Int32Array) -> IntArray:
    """Sort entries (int64[m]) by reader and by each row of codes (int32[k, m], from -1 on); equal ones stay in order.

    Many by counting, few as one number each where there is room for it, which sort in a fifth of the time.
    """
    width, size, bits = int(code.max(initial=0)) + 2, int(reader.max(initial=0)) + 1, len(reader).bit_length()
    if len(reader) > width + size:
        from toprank.evidence.crossfit_kernel import rows_by_key  # numba takes its time to be imported

        answer = np.empty(code.shape, np.int64)
        for place, one in enumerate(code):
            by_code = rows_by_key(one + 1, width)[1]
            answer[place] = by_code[rows_by_key(reader[by_code], size)[1]]
        return answer
    if (size * width).bit_length() + bits > 63:
        return np.lexsort((code, np.broadcast_to(reader, code.shape)))
    packed = ((reader * width + (code + 1)) << bits) | np.arange(len(reader))
    packed.sort(axis=1)
    return np.asarray(packed & ((1 << bits) - 1))
