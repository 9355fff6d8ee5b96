"""What is kept for a time only goes when that is over."""

from __future__ import annotations

import logging
import threading
import time

from sqlalchemy import Connection

from toprank.service import once, sessions
from toprank.service.store.answered import delete_served_before
from toprank.service.store.idempotency import delete_done_before
from toprank.service.store.import_rows import delete_imports_before
from toprank.service.store.opening import Store
from toprank.service.store.session_rows import delete_sessions_before

__all__ = ["keep_tidy", "tidy"]

EVERY, DAY = 3600.0, 86_400.0

log = logging.getLogger("toprank.service")


def tidy(connection: Connection, log_days: float | None = None) -> None:
    """Delete sessions, remembered answers, imports, and rows of the decision log whose time is over."""
    now = time.time()
    delete_sessions_before(connection, now - sessions.SECONDS)
    delete_done_before(connection, now - once.KEPT)
    delete_imports_before(connection, now - DAY)
    if log_days is not None:
        delete_served_before(connection, now - DAY * log_days)


def keep_tidy(store: Store, stop: threading.Event, log_days: float | None = None) -> None:
    """Do so now and every hour, in a thread, until it is to stop."""

    def run() -> None:
        while True:
            try:
                store.write(lambda connection: tidy(connection, log_days))
            except Exception as error:
                log.error("tidying up failed (%s)", type(error).__name__)
            if stop.wait(EVERY):
                return

    threading.Thread(target=run, name="tidying", daemon=True).start()
