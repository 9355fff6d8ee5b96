"""What handlers work with."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from starlette.requests import Request

from toprank.service.figures import Figures
from toprank.service.models import ModelHolder
from toprank.service.settings import Settings
from toprank.service.store.opening import Store

__all__ = ["Parts", "parts_of"]


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


def parts_of(request: Request) -> Parts:
    """Give the parts of the service that a request came to."""
    parts: Parts = request.app.state.parts
    return parts
