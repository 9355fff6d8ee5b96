"""What handlers work with."""

from __future__ import annotations

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
    """

    settings: Settings
    store: Store
    models: ModelHolder
    figures: Figures
    stop: threading.Event = field(default_factory=threading.Event)
    heavy: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(HEAVY))

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


def parts_of(request: Request) -> Parts:
    """Give the parts of the service that a request came to."""
    parts: Parts = request.app.state.parts
    return parts
