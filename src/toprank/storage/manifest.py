"""The manifest of a model folder: what it is, what it holds, and the digest of every file and of itself."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib import metadata
from typing import Any

from toprank.errors import DataError
from toprank.storage.damage import damaged

__all__ = ["FORMAT", "MANIFEST", "MAX_BYTES", "VERSION", "FileRecord", "Manifest", "installed", "is_plain"]

MANIFEST = "manifest.json"
"""Its name."""

FORMAT = "toprank-model"
VERSION = 3
"""Raise it whenever an older toprank would not read what this one writes, or would read something else in it."""

MAX_BYTES = 64 * 2**20
"""A manifest is not read beyond this size."""

_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_KEYS = ("format", "version", "toprank", "about", "state", "objects", "files")


@dataclass(frozen=True)
class FileRecord:
    """A file of the folder: its bytes, and their SHA-256, where processors help the fastest digest there is."""

    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a model folder says of itself.

    Parameters
    ----------
    toprank : str
        The version that wrote it.
    about : dict
        What people and programs may want to know of the model; JSON.
    state, objects : JSON, list of dict
        See :mod:`toprank.storage.encoding`.
    files : dict of str to FileRecord
        Every other file of the folder.
    """

    toprank: str
    about: dict[str, Any]
    state: Any
    objects: list[Any]
    files: Mapping[str, FileRecord]

    def text(self) -> bytes:
        """Write it as JSON, with a digest of the rest as its last entry."""
        body = {"format": FORMAT, "version": VERSION, **asdict(self)}
        text = json.dumps({**body, "sha256": _digest(body)}, indent=1, allow_nan=False).encode()
        if len(text) > MAX_BYTES:
            raise TypeError(f"the manifest takes {len(text):,} bytes; {MAX_BYTES:,} are allowed")
        return text

    @classmethod
    def parse(cls, text: bytes, source: str) -> Manifest:
        """Read it; DataError if it is another program's, of another format, altered, or names files by paths."""
        body = _json(text, source)
        if not isinstance(body, dict) or body.get("format") != FORMAT:
            found = body.get("format") if isinstance(body, dict) else None
            problem = f"this is not the manifest of a toprank model (its format is {found!r})"
            raise DataError(problem, "name a folder that toprank saved", source=source)
        _refuse_version(body.get("version"), body.get("toprank"), source)
        digest = body.pop("sha256", None)
        if digest != _digest(body):
            raise _altered(f"its digest is {_digest(body)}, not {digest}, as it says", source)
        if tuple(body) != _KEYS or not isinstance(body["about"], dict) or not isinstance(body["objects"], list):
            raise _altered(f"it holds {', '.join(body)[:200]}; it must hold {', '.join(_KEYS)}", source)
        return cls(str(body["toprank"]), body["about"], body["state"], body["objects"], _files(body["files"], source))


def is_plain(name: str) -> bool:
    """Tell whether a file may be called so: in the folder itself, not hidden, not the manifest."""
    return _PLAIN_NAME.fullmatch(name) is not None and name != MANIFEST


def installed() -> str:
    """Give the version of toprank that runs; empty where it is not installed."""
    try:
        return metadata.version("toprank")
    except metadata.PackageNotFoundError:
        return ""


def _json(text: bytes, source: str) -> Any:
    def refuse(token: str) -> None:
        raise ValueError(f"{token} is not JSON")

    try:
        return json.loads(text.decode("utf-8"), parse_constant=refuse)
    except RecursionError:
        raise _altered("it is nested too deeply", source) from None
    except ValueError as error:
        raise _altered(f"it is not JSON ({error})", source) from None


def _refuse_version(version: Any, toprank: Any, source: str) -> None:
    if version == VERSION and type(version) is int:
        return
    newer = isinstance(version, int) and version > VERSION
    raise DataError(
        f"this model was made by {'a newer' if newer else 'an older'} toprank: its format is version {version!r}, "
        f"written by toprank {toprank}; this is toprank {installed()}, which reads version {VERSION}",
        "install a newer toprank" if newer else "fit the model again",
        source=source,
    )


def _files(files: Any, source: str) -> dict[str, FileRecord]:
    found = {}
    for name, record in files.items() if isinstance(files, dict) else ():
        if not is_plain(name):
            raise _altered(f"it names a file {name!r}, which is not a plain name in the folder", source)
        if (
            not isinstance(record, dict)
            or record.keys() != {"size", "sha256"}
            or type(record["size"]) is not int
            or record["size"] < 0
            or not isinstance(record["sha256"], str)
            or not _DIGEST.fullmatch(record["sha256"])
        ):
            raise _altered(f"it says of the file {name!r}: {str(record)[:200]}", source)
        found[name] = FileRecord(**record)
    return found


def _digest(body: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, separators=(",", ":")).encode()).hexdigest()


def _altered(problem: str, source: str) -> DataError:
    return damaged(f"the manifest is damaged or was altered: {problem}", source)
