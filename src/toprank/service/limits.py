"""How often somebody may ask: a bucket of tokens for each key and each address."""

from __future__ import annotations

import time
from collections import OrderedDict

from toprank.service.problems import Problem

__all__ = ["RateLimit"]

KEPT = 10_000
"""Buckets that are remembered; the one unused for longest is forgotten."""


class RateLimit:
    """So many requests a second, twice that at once.

    Parameters
    ----------
    rate : float
        A second.

    Examples
    --------
    >>> limit = RateLimit(2)
    >>> [limit.take("ann", now=0.0) for _ in range(5)][:4]
    [None, None, None, None]
    >>> limit.take("ann", now=0.0)
    0.5
    """

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str, *, cost: float = 1.0, now: float | None = None) -> float | None:
        """Take a token; None, or after how many seconds there will be one."""
        now = time.monotonic() if now is None else now
        full = max(1.0, 2 * self.rate)
        left, then = self._buckets.pop(name, (full, now))
        left = min(full, left + (now - then) * self.rate)
        wait = None if left >= cost else (cost - left) / self.rate
        self._buckets[name] = (left - cost if wait is None else left, now)
        if len(self._buckets) > KEPT:
            self._buckets.popitem(last=False)
        return wait

    def check(self, *names: str) -> None:
        """Take a token of each; a Problem of 429 where there is none."""
        for name in names:
            wait = self.take(name)
            if wait is not None:
                seconds = str(max(1, round(wait + 0.5)))
                cure = f"wait {seconds} seconds"
                raise Problem(429, "too many requests", cure, headers={"Retry-After": seconds})
