"""What handlers work with."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from starlette.requests import Request

from toprank.service.figures import Figures
from toprank.service.models import ModelHolder
from toprank.service.problems import Problem
from toprank.service.settings import Settings
from toprank.service.store.opening import Store

__all__ = ["Parts", "parts_of"]

HEAVY = 2
"""Imports that are read at a time."""


@dataclass(frozen=True, eq=False)
class Parts:
    """One running service.

    Parameters
    ----------
    settings : Settings
    store : Store
    models : ModelHolder
    figures : Figures
    stop : threading.Event
        Set when it ends.
    heavy, working : threading.BoundedSemaphore
        Turns for imports, and for asking the model: more threads than CPUs only get in each other's way there.
    """

    settings: Settings
    store: Store
    models: ModelHolder
    figures: Figures
    stop: threading.Event = field(default_factory=threading.Event)
    heavy: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(HEAVY))
    working: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(_cpus()))

    @contextmanager
    def heavy_turn(self) -> Iterator[None]:
        """Take one of few turns for what takes seconds; a Problem of 503 where all are taken."""
        if not self.heavy.acquire(timeout=10):
            raise Problem(
                503, "other imports are being read", "send it again in a moment", headers={"Retry-After": "5"}
            )
        try:
            yield
        finally:
            self.heavy.release()


def _cpus() -> int:
    """Give how many CPUs this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def parts_of(request: Request) -> Parts:
    """Give the parts of the service that a request came to."""
    parts: Parts = request.app.state.parts
    return parts
