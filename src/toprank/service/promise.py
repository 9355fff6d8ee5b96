"""Promised against delivered, of what was answered and rated since; watched, so that a broken promise is noticed."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from sqlalchemy import Connection, select

from toprank.evaluation.served_promise import (
    ArmDifference,
    PromiseGroup,
    PromiseReport,
    ServedOutcomes,
    check_group,
    check_promise,
    compare_delivered,
)
from toprank.service.models import CHALLENGER, CHAMPION, ModelSource
from toprank.service.parts import Parts
from toprank.service.store.notes import event_rows, note_event
from toprank.service.store.schema import outcomes, served

__all__ = ["ArmPromise", "PromiseBook"]

MAX_OUTCOMES = 200_000
"""Of more outcomes the last count."""

FRESH_SECONDS = 1.0
"""How old what is shown may be, at least."""

FRESH_TIMES = 20
"""How many times as old as it takes to look: of many outcomes it takes seconds."""

RECOMMENDED = "recommended"
"""Name of the group that holds the bound of a yes against what was liked of the recommended."""

log = logging.getLogger("toprank.service")


@dataclass(frozen=True)
class ArmPromise:
    """What one arm promised and delivered.

    Parameters
    ----------
    arm : str
        ``champion`` or ``challenger``.
    model : str
        The version that answers now; empty where none does.
    report : PromiseReport
        P(liked) held against what was liked, of all the arm's models.
    now : PromiseGroup
        Of the version that answers now alone.
    recommended : PromiseGroup
        The share that a yes promises held against the share liked of the recommended.
    against : ArmDifference or None
        Of the challenger: how much more of what it recommended was liked than of what the champion did, since there
        are both.
    """

    arm: str
    model: str
    report: PromiseReport
    now: PromiseGroup
    recommended: PromiseGroup
    against: ArmDifference | None = None

    @property
    def broken(self) -> tuple[PromiseGroup, ...]:
        """What is broken of the two promises."""
        return tuple(one for one in (self.report.overall, self.recommended) if one.word == "broken")


class PromiseBook:
    """Holds promised against delivered, anew whenever outcomes have come.

    Parameters
    ----------
    parts : Parts
    """

    def __init__(self, parts: Parts) -> None:
        self._parts, self._turn = parts, threading.Lock()
        self._arms: tuple[ArmPromise, ...] = ()
        self._state: tuple[Any, ...] = ()
        self._fresh_until = 0.0

    @property
    def broken(self) -> tuple[PromiseGroup, ...]:
        """What was broken of the champion's promises at the last look."""
        return self._arms[0].broken if self._arms else ()

    def arms(self) -> tuple[ArmPromise, ...]:
        """Give the champion's, and the challenger's if there is one."""
        with self._turn:
            started = time.monotonic()
            if started < self._fresh_until:
                return self._arms
            rows = self._rows()
            sources = [(CHAMPION, self._parts.models.champion), (CHALLENGER, self._parts.models.challenger)]
            there = [(arm, _version(source)) for arm, source in sources if source is not None]
            state = (len(rows), rows[-1] if rows else None, tuple(there))
            if state != self._state:
                before = self.broken
                self._arms = _arms(there, rows)
                self._state = state
                self._tell(before)
            ended = time.monotonic()
            self._fresh_until = ended + max(FRESH_SECONDS, FRESH_TIMES * (ended - started))
            return self._arms

    def watch(self, seconds: float = 60.0) -> None:
        """Look every so many seconds, in a thread, until the service stops."""

        def run() -> None:
            while not self._parts.stop.wait(seconds):
                try:
                    self.arms()
                except Exception as error:
                    log.exception("the promise could not be checked (%s)", type(error).__name__)

        threading.Thread(target=run, name="promise", daemon=True).start()

    def _rows(self) -> list[tuple[Any, ...]]:
        """Give the last outcomes, in the order in which they came."""
        asked = (
            select(
                served.c.reader, served.c.item, served.c.arm, served.c.model, served.c.kind, served.c.recommended,
                served.c.probability, served.c.promise, served.c.id, outcomes.c.liked, outcomes.c.time,
                served.c.time.label("said"),
            )
            .join(outcomes, outcomes.c.served == served.c.id)
            .order_by(outcomes.c.time.desc(), served.c.id.desc())
            .limit(MAX_OUTCOMES)
        )  # fmt: skip
        with self._parts.store.read() as connection:
            return [tuple(row) for row in connection.execute(asked)][::-1]

    def _tell(self, before: Sequence[PromiseGroup]) -> None:
        """Set the metrics; of what is newly broken keep an event and a line."""
        names = {one.name for one in before}
        for arm in self._arms[:1]:
            for group in (arm.report.overall, arm.recommended):
                self._parts.figures.promise_broken.labels(group.name).set(float(group.word == "broken"))
        for group in self.broken:
            if group.name not in names:
                finding = f"the promise ({group.name}) is {group.sentence}"
                shares = f"{group.promised:.3f} promised, {group.delivered:.3f} delivered"
                words = f"{finding}: {shares}, in {group.outcomes:,} outcomes"
                log.error("%s", words)
                self._parts.store.write(partial(_note_once, finding=finding, words=words))


def _note_once(connection: Connection, *, finding: str, words: str) -> None:
    """Keep an event, unless another process, or this one before it was started anew, has kept it."""
    if not any(str(one["words"]).startswith(finding) for one in event_rows(connection, limit=1000)):
        note_event(connection, "promise", words)


def _version(source: ModelSource) -> str:
    return "" if source.current is None else source.current.version


def _arms(there: Sequence[tuple[str, str]], rows: list[tuple[Any, ...]]) -> tuple[ArmPromise, ...]:
    """Check each arm; the challenger also against the champion."""
    mine = {arm: _first_answers(arm, rows) for arm, _ in there}
    found = [_checked(arm, version, mine[arm]) for arm, version in there]
    if CHALLENGER in mine:
        since = min((row[11] for row in mine[CHALLENGER]), default=float("inf"))
        said = [[row for row in mine[arm] if row[5] and row[11] >= since] for arm in (CHALLENGER, CHAMPION)]
        one, other = (_outcomes(part, [0.0] * len(part)) for part in said)
        found[-1] = replace(found[-1], against=compare_delivered(one, other))
    return tuple(found)


def _first_answers(arm: str, rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Give an arm's outcomes; of a pair that was answered several times the first answer counts."""
    first: dict[tuple[str, str], tuple[Any, ...]] = {}
    for row in rows:
        if row[2] == arm:
            known = first.setdefault((row[0], row[1]), row)
            if row[8] < known[8]:
                first[row[0], row[1]] = row
    return sorted(first.values(), key=lambda row: (row[10], row[8]))


def _checked(arm: str, version: str, mine: list[tuple[Any, ...]]) -> ArmPromise:
    found = _outcomes(mine, [row[6] for row in mine])
    bound = [row for row in mine if row[5] and row[7] is not None]
    return ArmPromise(
        arm,
        version,
        check_promise(found),
        check_group("the model that answers now", found.take(np.array([row[3] == version for row in mine], np.bool_))),
        check_group(RECOMMENDED, _outcomes(bound, [row[7] for row in bound])),
    )


def _outcomes(rows: list[tuple[Any, ...]], promised: list[float]) -> ServedOutcomes:
    readers = {name: code for code, name in enumerate(dict.fromkeys(row[0] for row in rows))}
    return ServedOutcomes(
        day=np.array([int(row[10] // 86_400) for row in rows], np.int64),
        reader=np.array([readers[row[0]] for row in rows], np.int64),
        promised=np.clip(np.array(promised, np.float64), 0, 1),
        liked=np.array([row[9] for row in rows], np.bool_),
        listed=np.array([row[4] == "list" for row in rows], np.bool_),
    )
