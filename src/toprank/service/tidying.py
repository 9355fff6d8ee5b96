"""What is kept for a time only goes when that is over."""

from __future__ import annotations

import logging
import threading
import time

from sqlalchemy import Connection

from toprank.service import once, sessions
from toprank.service.store.idempotency import delete_done_before
from toprank.service.store.opening import Store
from toprank.service.store.session_rows import delete_sessions_before

__all__ = ["keep_tidy", "tidy"]

EVERY = 3600.0

log = logging.getLogger("toprank.service")


def tidy(connection: Connection) -> None:
    """Delete sessions and remembered answers whose time is over."""
    now = time.time()
    delete_sessions_before(connection, now - sessions.SECONDS)
    delete_done_before(connection, now - once.KEPT)


def keep_tidy(store: Store, stop: threading.Event) -> None:
    """Do so now and every hour, in a thread, until it is to stop."""

    def run() -> None:
        while True:
            try:
                store.write(tidy)
            except Exception as error:
                log.error("tidying up failed (%s)", type(error).__name__)
            if stop.wait(EVERY):
                return

    threading.Thread(target=run, name="tidying", daemon=True).start()
