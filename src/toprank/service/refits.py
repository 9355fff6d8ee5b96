"""A refit every so many seconds, by one of the processes of a store."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
import time
from dataclasses import asdict

from sqlalchemy import Connection

from toprank.core.threads import VARIABLE
from toprank.service.parts import Parts
from toprank.service.refit_process import RefitRequest, RefitResult, place_for
from toprank.service.store.notes import fact, note_event, note_refit, set_fact

__all__ = ["Refitting"]

LAST = "last refit"
"""The fact that says when one began, in any process."""

LOOKS = 60.0
"""Seconds at most between two looks at whether it is time."""

log = logging.getLogger("toprank.service")


class Refitting:
    """Waits, and has a refit done.

    Parameters
    ----------
    parts : Parts
    seconds : float
        Between two refits.
    """

    def __init__(self, parts: Parts, seconds: float) -> None:
        self._parts, self._seconds = parts, seconds
        self._process: subprocess.Popen[str] | None = None
        self._turn = threading.Lock()
        threading.Thread(target=self._run, name="refits", daemon=True).start()

    def close(self) -> None:
        """Stop a refit that is under way; nothing is left half-written."""
        with self._turn:
            if self._process is not None:
                self._process.terminate()

    def _run(self) -> None:
        try:
            self._parts.store.write(lambda connection: set_fact(connection, LAST, repr(time.time()), replace=False))
        except Exception as error:
            log.error("the first refit could not be planned (%s)", type(error).__name__)
        while not self._parts.stop.wait(min(LOOKS, self._seconds / 4)):
            try:
                if self._parts.store.write(self._is_due):
                    self.once()
            except Exception as error:
                log.error("a refit could not be begun (%s)", type(error).__name__)

    def _is_due(self, connection: Connection) -> bool:
        """Tell whether it is time, and that no other process has taken it on; if so, it is this one's."""
        last = float(fact(connection, LAST) or 0)
        if time.time() - last < self._seconds:
            return False
        set_fact(connection, LAST, repr(time.time()))
        return True

    def once(self) -> RefitResult:
        """Have a refit done now, and note how it went; the models' folder is watched, so the rest follows."""
        parts = self._parts
        served = parts.models.of_reader(None)
        asked = RefitRequest(
            str(served.folder), parts.store.address.render_as_string(hide_password=False),
            str(place_for(parts.settings.model)), parts.settings.refit_memory,
        )  # fmt: skip
        with self._turn:
            if parts.stop.is_set():
                return RefitResult("failed", "the service is stopping")
            self._process = subprocess.Popen(
                [sys.executable, "-m", "toprank.service.refit_process"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL, text=True, env={**os.environ, VARIABLE: ""},
            )  # fmt: skip
        began = time.time()
        parts.store.write(lambda connection: note_refit(connection, began))
        out, _ = self._process.communicate(json.dumps(asdict(asked)))
        with self._turn:
            code, self._process = self._process.returncode, None
        try:
            result = RefitResult(**json.loads(out.splitlines()[-1]))
        except (ValueError, IndexError, TypeError):
            words = f"the process ended with code {code}; it may have taken more than {asked.memory:g} GB"
            result = RefitResult("failed", words)
        parts.figures.refits.labels(result.outcome).inc()
        log.info("refit %s: %s", result.outcome, result.words)
        if not parts.stop.is_set():
            parts.store.write(lambda connection: note_event(connection, "refit", f"{result.outcome}: {result.words}"))
            parts.store.write(lambda connection: note_refit(connection, began, ended=time.time(), **asdict(result)))
        return result
