"""Imports of readers' own exports: read in a thread, their progress shown, their unmatched rows listed."""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field

from fastapi import APIRouter, Request, UploadFile
from sqlalchemy import Connection
from starlette.responses import Response

from toprank.errors import ToprankError
from toprank.recommender.read_shelf import read_shelf
from toprank.recommender.shelf import Shelf
from toprank.service import said
from toprank.service.pages.rendering import see, show, wanted_part
from toprank.service.pages.visitors import Changing, Visiting
from toprank.service.parts import Parts, parts_of
from toprank.service.problems import Problem

__all__ = ["ImportJob", "Imports", "router"]

KEPT = 200
"""Imports whose result can still be looked at."""

MAX_SHOWN = 500
"""Of more unmatched rows the first are shown."""

router = APIRouter(include_in_schema=False)


@dataclass
class ImportJob:
    """One import.

    Parameters
    ----------
    reader : str
    done, total : int
        Rows looked at, and rows in all; 0 before that is known.
    shelf : Shelf, optional
        What came of it, once it is kept.
    trouble : str
        Why nothing came of it.
    """

    reader: str
    made: float = field(default_factory=time.time)
    done: int = 0
    total: int = 0
    shelf: Shelf | None = None
    trouble: str = ""

    @property
    def running(self) -> bool:
        """Whether it is still being read."""
        return self.shelf is None and not self.trouble


class Imports:
    """The imports of this process, the newest ones."""

    def __init__(self) -> None:
        self._jobs: OrderedDict[str, ImportJob] = OrderedDict()
        self._turn = threading.Lock()

    def start(self, parts: Parts, reader: str, data: bytes) -> str:
        """Read a file in a thread; gives the import's name."""
        name, job = secrets.token_urlsafe(12), ImportJob(reader)
        with self._turn:
            if any(one.reader == reader and one.running for one in self._jobs.values()):
                raise Problem(409, "another file of yours is being read", "wait until it is done")
            self._jobs[name] = job
            while len(self._jobs) > KEPT:
                self._jobs.popitem(last=False)
        threading.Thread(target=_read, args=(parts, job, data), name="import", daemon=True).start()
        return name

    def of(self, name: str, reader: str) -> ImportJob:
        """Give an import of this reader."""
        job = self._jobs.get(name)
        if job is None or job.reader != reader:
            raise Problem(404, "this import is not known any more", "look at your books")
        return job

    def forget(self, reader: str) -> None:
        """Keep nothing of a reader's imports; one that is still being read will not be kept."""
        with self._turn:
            for name in [name for name, job in self._jobs.items() if job.reader == reader]:
                self._jobs.pop(name).trouble = "you erased what is kept of you"


def _read(parts: Parts, job: ImportJob, data: bytes) -> None:
    def told(done: int, total: int, words: str) -> None:
        job.done, job.total = done, total

    try:
        served = parts.models.of_reader(job.reader)
        with parts.heavy_turn():
            shelf = read_shelf(served.recommender, data, progress=told)

        def keep(connection: Connection) -> None:
            if job.running:  # else erased meanwhile; erasing comes after this in the writer's order, or before
                said.import_shelf(connection, served, job.reader, shelf)

        parts.store.write(keep)
        job.shelf = shelf
    except (Problem, ToprankError) as error:
        job.trouble = f"{error.detail}. {error.cure}" if isinstance(error, Problem) else str(error)
    except Exception:
        job.trouble = "the file could not be read; tell whoever runs this service"
        raise


@router.post("/import")
def start(request: Request, visitor: Changing, file: UploadFile) -> Response:
    """Take a file."""
    data = file.file.read()
    imports: Imports = request.app.state.imports
    return see(f"/imports/{imports.start(parts_of(request), visitor.reader, data)}")


@router.get("/imports/{name}")
def follow(request: Request, response: Response, visitor: Visiting, name: str) -> Response:
    """Show how far it is, and what came of it."""
    imports: Imports = request.app.state.imports
    job = imports.of(name, visitor.reader)
    part = "parts/import" if wanted_part(request) == "import" else "import"
    return show(
        request, part, visitor, headers=response.headers, job=job, name=name,
        unmatched=() if job.shelf is None else job.shelf.unmatched[:MAX_SHOWN],
    )  # fmt: skip
