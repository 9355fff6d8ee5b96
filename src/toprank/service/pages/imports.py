"""Imports of readers' own exports: read in a thread; the store keeps how far they are."""

from __future__ import annotations

import secrets
import threading
from contextlib import suppress

from fastapi import APIRouter, Request, UploadFile
from sqlalchemy import Connection
from starlette.responses import Response

from toprank.errors import ToprankError
from toprank.recommender.read_shelf import read_shelf
from toprank.service import said
from toprank.service.kept_forms import ImportResult
from toprank.service.pages.rendering import see, show, wanted_part
from toprank.service.pages.visitors import Changing, Visiting
from toprank.service.parts import Parts, parts_of
from toprank.service.problems import Problem
from toprank.service.store.import_rows import begin_import, end_import, find_import, tell_import

__all__ = ["router"]

EVERY = 1.0
"""Seconds after which the store is told how far an import is, and that its process lives."""

router = APIRouter(include_in_schema=False)


@router.post("/import")
def start(request: Request, visitor: Changing, file: UploadFile) -> Response:
    """Take a file."""
    parts, reader, data, name = parts_of(request), visitor.reader, file.file.read(), secrets.token_urlsafe(12)
    if not parts.store.write(lambda connection: begin_import(connection, reader, name)):
        raise Problem(409, "another file of yours is being read", "wait until it is done")
    threading.Thread(target=_read, args=(parts, reader, name, data), name="import", daemon=True).start()
    return see(f"/imports/{name}")


@router.get("/imports/{name}")
def follow(request: Request, response: Response, visitor: Visiting, name: str) -> Response:
    """Show how far it is, and what came of it: whichever process reads it."""
    with parts_of(request).store.read() as connection:
        job = find_import(connection, visitor.reader)
    if job is None or job.name != name:
        raise Problem(404, "this import is not known any more", "look at your books")
    part = "parts/import" if wanted_part(request) == "import" else "import"
    result = None if job.result is None else ImportResult.model_validate_json(job.result)
    return show(request, part, visitor, headers=response.headers, job=job, result=result)


def _read(parts: Parts, reader: str, name: str, data: bytes) -> None:
    """Read a file, and keep it if its reader was not erased meanwhile."""
    seen, over = [0, 0], threading.Event()

    def told(done: int, total: int, words: str) -> None:
        seen[:] = done, total

    def keep(connection: Connection) -> None:
        if end_import(connection, reader, name, result=result.model_dump_json()):
            said.import_shelf(connection, served, reader, shelf)

    trouble = "The file could not be read; tell whoever runs this service"
    threading.Thread(target=_tell, args=(parts, reader, name, seen, over), name="telling", daemon=True).start()
    try:
        served = parts.models.of_reader(reader)
        with parts.heavy_turn():
            shelf = read_shelf(served.recommender, data, progress=told)
        result = ImportResult.of(served.version, reader, shelf)
        parts.store.write(keep)
        trouble = ""
    except (Problem, ToprankError) as error:
        trouble = f"{error.detail}. {error.cure}" if isinstance(error, Problem) else str(error)
    finally:
        over.set()
        if trouble:
            with suppress(Problem):  # else it shows as broken off
                parts.store.write(lambda connection: end_import(connection, reader, name, trouble=trouble))


def _tell(parts: Parts, reader: str, name: str, seen: list[int], over: threading.Event) -> None:
    """Tell the store how far an import is, until it is over."""
    while not over.wait(EVERY):
        with suppress(Problem):  # it is told again in a second
            parts.store.write(lambda connection: tell_import(connection, reader, name, *seen))
