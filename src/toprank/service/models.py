"""The models that answer: loaded from their folders, noticed when these change, swapped in one step."""

from __future__ import annotations

import gc
import hashlib
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from toprank.errors import DataError, ToprankError
from toprank.recommender.reader_input import known_positions
from toprank.service.problems import Problem
from toprank.storage.manifest import MANIFEST

if TYPE_CHECKING:
    from toprank.recommender.facade import FittedRecommender

__all__ = ["CHALLENGER", "CHAMPION", "ModelHolder", "ModelSource", "ServedModel"]

CHAMPION, CHALLENGER = "champion", "challenger"

LOOKS_WITHOUT = 3
"""Looks in a row that find no model folder, until that is said."""

Identity = tuple[int, int, int]
Told = Callable[[str, str], None]
"""Called with a kind of event and words."""

log = logging.getLogger("toprank.service")


@dataclass(frozen=True, eq=False)
class ServedModel:
    """A model that answers; a request holds one from its start to its end.

    Parameters
    ----------
    version : str
        What answers carry: it tells two models apart.
    folder : Path
    recommender : FittedRecommender
    arm : str
        ``champion`` or ``challenger``.
    loaded : float
        Seconds since 1970.
    """

    version: str
    folder: Path
    recommender: FittedRecommender
    arm: str
    loaded: float


class ModelSource:
    """A model's folder, or a folder of such folders, of which the newest whole one is taken.

    Parameters
    ----------
    path : Path
    arm : str
    told : callable
        Hears of what was swapped and refused.
    finish : callable, optional
        What is made of a model before it answers.
    """

    def __init__(
        self, path: Path, arm: str, told: Told, finish: Callable[[ServedModel], ServedModel] | None = None
    ) -> None:
        self.path, self.arm = path, arm
        self.base: ServedModel | None = None  # as it lies in its folder
        self.current: ServedModel | None = None
        self._told, self._finish = told, finish
        self._taken: tuple[Path, Identity] | None = None
        self._refused: set[tuple[Path, Identity]] = set()
        self._gone = 0  # looks that found no folder
        self._turn = threading.Lock()

    def look(self) -> bool:
        """Take what is new; whether the model changed. DataError where nothing answers yet and nothing can."""
        with self._turn:
            found = _folders(self.path)
            self._note_missing(not found)
            for folder, identity in found:
                if (folder, identity) == self._taken:
                    return False
                if (folder, identity) in self._refused:
                    continue
                try:
                    base = _loaded(folder, self.arm)
                    current = base if self._finish is None else self._finish(base)
                except ToprankError as error:
                    if (self.path / MANIFEST).exists() and _folders(self.path) != found:
                        return False  # it is being replaced; the next look finds what is there then
                    self._refuse(folder, identity, error)
                    continue
                before, self.base, self.current = self.current, base, current
                self._taken = (folder, identity)
                if before is not None:
                    self._told("swapped", f"the {self.arm} is now {current.version}, before {before.version}")
                return True
        if self.current is None:
            raise DataError("there is no whole model here", "name a folder that toprank saved", source=self.path)
        return False

    def replace(self, base: ServedModel, updated: ServedModel) -> bool:
        """Let a model answer that was made of ``base``, unless another folder was taken meanwhile."""
        with self._turn:
            if self.base is not base:
                return False
            self.current = updated
            return True

    def _note_missing(self, missing: bool) -> None:
        """Say once that the folder is gone; while it is being replaced one look may not find it."""
        self._gone = self._gone + 1 if missing else 0
        if self.current is not None and self._gone == LOOKS_WITHOUT:
            log.error("the %s's model folder %s is gone; %s serves on", self.arm, self.path.name, self.current.version)
            self._told("missing", f"the {self.arm}'s folder {self.path.name} is gone; {self.current.version} serves on")

    def _refuse(self, folder: Path, identity: Identity, error: ToprankError) -> None:
        if self.current is None and folder == self.path:
            raise error
        self._refused.add((folder, identity))
        serving = "nothing" if self.current is None else self.current.version
        log.error("the model folder %s is refused: %s; %s serves on", folder.name, error, serving)
        self._told("refused", f"{folder.name}: {error}")


class ModelHolder:
    """Gives each request its model.

    Parameters
    ----------
    champion : ModelSource
    challenger : ModelSource, optional
    share : float
        Of the readers, whom the challenger answers.
    """

    def __init__(self, champion: ModelSource, challenger: ModelSource | None = None, share: float = 0.0) -> None:
        self.champion, self.challenger, self.share = champion, challenger, share
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def ready(self) -> bool:
        """Whether there is a model."""
        return self.champion.current is not None

    def of_reader(self, reader: str | None) -> ServedModel:
        """Give the model that answers a reader: which one, their id decides. A Problem of 503 before it is loaded."""
        source = self.champion
        if reader is not None and self.challenger is not None and self.challenger.current is not None:
            source = self.challenger if dealt(reader) < self.share else source
        if source.current is None:
            raise Problem(503, "the model is being loaded", "ask again in a moment", headers={"Retry-After": "2"})
        return source.current

    def load(self) -> None:
        """Load what there is; an error of a challenger only leaves it out."""
        self.champion.look()
        if self.challenger is not None:
            self.challenger.look()

    def watch(self, seconds: float) -> None:
        """Look for new folders every so many seconds, in a thread."""

        def run() -> None:
            while not self._stop.wait(seconds):
                for source in (self.champion, self.challenger):
                    try:
                        if source is not None:
                            source.look()
                    except Exception as error:
                        log.exception("looking at the models' folders failed (%s)", type(error).__name__)

        self._thread = threading.Thread(target=run, name="models", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Look no more."""
        self._stop.set()


def dealt(reader: str) -> float:
    """Give the place of a reader between 0 and 1: the same in every process, at any time.

    Examples
    --------
    >>> 0 <= dealt("ann") < 1, dealt("ann") == dealt("ann")
    (True, True)
    """
    digest = hashlib.sha256(b"challenger\0" + reader.encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def _folders(path: Path) -> list[tuple[Path, Identity]]:
    """Find model folders, the newest first."""
    if (path / MANIFEST).exists():
        places = [path]
    elif path.is_dir():
        places = [one for one in path.iterdir() if not one.name.startswith(".") and (one / MANIFEST).exists()]
    else:
        places = []
    found = []
    for place in places or [path]:
        try:
            seen = (place / MANIFEST).stat()
        except OSError:
            continue
        found.append((place, (seen.st_ino, seen.st_mtime_ns, seen.st_size)))
    return sorted(found, key=lambda one: (-one[1][1], one[0].name))


def _loaded(folder: Path, arm: str) -> ServedModel:
    """Load a model, and make what its first answers need."""
    from toprank.recommender.facade import Recommender

    recommender = Recommender.load(folder)
    try:
        version = hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()[:12]
    except OSError as error:
        raise DataError(f"the manifest is gone ({error.strerror})", "wait until it is there", source=folder) from None
    warm(recommender)
    _settle()
    return ServedModel(version, folder, recommender, arm, time.time())


def _settle() -> None:
    """Let the collector of garbage forget what lasts: each time it went through all of it, answers waited 0.1 s."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


NEVER_GIVEN = "9799999999990"
"""An ISBN that no book has: to look it up all ids are read as ISBNs."""


def warm(recommender: FittedRecommender) -> None:
    """Ask once, so that nothing has to be made by the first who asks."""
    ratings = recommender.data.ratings
    item = ratings.items[min(1, len(ratings.items) - 1)]
    recommender.decide("", [item], reasons=True)
    recommender.decide("", [item], ratings={item: float(ratings.scale.high)})
    recommender.recommend("", 1, reasons=True)
    known_positions(recommender, [NEVER_GIVEN], "item")
    _ = recommender.work_ratings, recommender.item_ratings
