"""What was made lately, kept for when it is asked for again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

__all__ = ["Recent"]

T = TypeVar("T")


class Recent(Generic[T]):
    """So many values by their keys; the one unused for longest goes first. Copies and pickles begin empty.

    Examples
    --------
    >>> recent = Recent[str](1)
    >>> recent.get("ann", lambda: "made"), recent.get("ann", lambda: "again"), recent.get("bo", lambda: "made too")
    ('made', 'made', 'made too')
    >>> recent.get("ann", lambda: "again")
    'again'
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._kept: OrderedDict[Hashable, T] = OrderedDict()
        self._turn = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Give the value of a key, and make it where there is none; two who ask at once may both make it."""
        with self._turn:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = make()
        with self._turn:
            made = self._kept.setdefault(key, made)
            while len(self._kept) > self.most:
                self._kept.popitem(last=False)
        return made

    def __reduce__(self) -> tuple[type[Recent[T]], tuple[int]]:
        return type(self), (self.most,)
