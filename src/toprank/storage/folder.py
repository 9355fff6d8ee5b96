"""A state as a folder, written whole or not at all, and read back with every byte checked."""

from __future__ import annotations

import hashlib
import mmap
import os
import stat
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO, TypeVar

from toprank.core.atomic import new_folder, recover, sync
from toprank.core.threads import side_by_side
from toprank.errors import DataError, OptionError
from toprank.storage.damage import damaged
from toprank.storage.decoding import decode, unplain
from toprank.storage.encoding import encode, plain, write_text
from toprank.storage.manifest import MANIFEST, MAX_BYTES, FileRecord, Manifest, installed, is_plain

__all__ = ["read_folder", "write_folder"]

TRIES = 5
"""How often a folder is read that another process replaces meanwhile."""

T = TypeVar("T")


def write_folder(
    path: Path, state: object, *, about: dict[str, Any], pages: Mapping[str, str] = MappingProxyType({})
) -> None:
    """Write a state; a model that stands there is replaced.

    Parameters
    ----------
    path : Path
        The folder; its parent exists. What stands there must be a model folder, or empty.
    state : object
        See :func:`toprank.storage.encoding.encode`, which raises TypeError of what cannot be kept.
    about : dict
        What people and programs may want to know without reading the state: JSON, NaN and infinity allowed.
    pages : mapping of str to str
        Text files by name, such as ``model.html``.

    Raises
    ------
    DataError
        If something else stands there. Nothing is touched.
    OptionError
        If it cannot be written there.

    Examples
    --------
    >>> import tempfile
    >>> from toprank.targets import Adjusted
    >>> with tempfile.TemporaryDirectory() as parent:
    ...     write_folder(Path(parent, "model"), Adjusted(inflection=6.0), about={"auc": 0.75})
    ...     read_folder(Path(parent, "model"), Adjusted)
    (Adjusted(inflection=6.0, steepness=1.0), {'auc': 0.75})
    """
    path = Path(os.path.realpath(path))
    _refuse_strangers(path)
    encoded, words = encode(state), plain(about)
    for name in pages:
        if not is_plain(name) or name in encoded.files:
            raise TypeError(f"a page cannot be called {name!r}; use letters, digits, ._- and no name of the model's")
    files = {**encoded.files, **{name: (write_text, text) for name, text in pages.items()}}
    try:
        with new_folder(path, lambda other: False) as fresh:
            for name, (write, content) in files.items():
                write(fresh / name, content)
            records = {name: _record(fresh / name) for name in files}
            manifest = Manifest(installed(), words, encoded.state, encoded.objects, records)
            (fresh / MANIFEST).write_bytes(manifest.text())
            for name in (*files, MANIFEST):
                (fresh / name).chmod(fresh.stat().st_mode & 0o666)  # safetensors would keep it to its writer
                sync(fresh / name)
            sync(fresh)
            _refuse_strangers(path)  # writing takes a while
    except OSError as error:
        raise OptionError(f"{path} cannot be written ({error.strerror}); name another place") from error


def read_folder(
    path: Path, expected: type[T], *, meanwhile: Callable[[set[str]], object] = lambda _: None
) -> tuple[T, dict[str, Any]]:
    """Read a state that :func:`write_folder` wrote.

    Sizes and digests of all files are verified before any of them is parsed: that keeps from damage. Whoever puts the
    digests right as well can write any values, which compiled loops trust: load models of people you trust.

    Arrays stay in the files, mapped into memory: do not write to the files of a loaded model in place. To replace the
    folder, as :func:`write_folder` does, or to remove it does no harm.

    Parameters
    ----------
    path : Path
    expected : type
        Of the state.
    meanwhile : callable
        Called with the names of the state's classes while digests are computed, which leaves the interpreter free.

    Returns
    -------
    state : object
    about : dict

    Raises
    ------
    DataError
        If there is no model, a file is missing, altered or not from here, the format is another, or the state is not
        what is expected.
    """
    path = Path(path)
    recover(path)
    for left in range(TRIES, 0, -1):
        identity = _identity(path)
        try:
            return _read(path, expected, meanwhile)
        except DataError:
            # If the folder was replaced meanwhile, some of the files were the old model's and some the new one's.
            if left == 1 or _identity(path) == identity:
                raise
    raise AssertionError  # the last try returns or raises


def _read(path: Path, expected: type[T], meanwhile: Callable[[set[str]], object]) -> tuple[T, dict[str, Any]]:
    manifest, source = _manifest(path), path / MANIFEST
    _refuse_others(path, {*manifest.files, MANIFEST})
    contents = {name: _mapped(path / name, record) for name, record in manifest.files.items()}
    # The largest first, so that the threads end together.
    names = sorted(contents, key=lambda name: -manifest.files[name].size)
    with ThreadPoolExecutor(1) as aside:
        checked = aside.submit(side_by_side, lambda name: hashlib.sha256(contents[name]).hexdigest(), names)
        meanwhile({str(entry["class"]) for entry in manifest.objects if isinstance(entry, dict) and "class" in entry})
        digests = checked.result()
    for name, digest in zip(names, digests, strict=True):
        if digest != manifest.files[name].sha256:
            raise damaged(f"the file was altered: its sha256 is {digest}, not what the manifest says", path / name)
    state = decode(manifest.state, manifest.objects, contents, str(source))
    if not isinstance(state, expected):
        raise damaged(f"the folder holds a {type(state).__name__}, not a {expected.__name__}", source)
    try:
        return state, unplain(manifest.about)
    except (KeyError, TypeError, RecursionError):
        raise damaged("what it says about the model is not valid", source) from None


def _refuse_strangers(path: Path) -> None:
    """Refuse to replace what is neither a model folder nor empty."""
    if not os.path.lexists(path):
        return
    cure = "name another place, or move it away"
    if not path.is_dir():
        raise DataError("this is not a folder", cure, source=path)
    names = sorted(one.name for one in path.iterdir())
    if not names:
        return
    if MANIFEST not in names:
        raise DataError(f"this folder holds {names[0]!r}, and no {MANIFEST} of toprank's", cure, source=path)
    try:
        manifest = _manifest(path)
    except DataError as error:
        raise DataError(error.problem, cure, source=error.source) from error
    if strange := sorted(set(names) - {*manifest.files, MANIFEST}):
        raise DataError("the model that stands here does not hold this file", cure, source=path / strange[0])


def _refuse_others(path: Path, wanted: set[str]) -> None:
    try:
        names = {one.name for one in path.iterdir()}
    except OSError:  # it is being replaced
        names = set()
    if missing := sorted(wanted - names):
        raise damaged("this file of the model is missing", path / missing[0])
    if strange := sorted(names - wanted):
        raise DataError("this file does not belong to the model", "move it elsewhere", source=path / strange[0])


def _identity(path: Path) -> tuple[int, int, int]:
    """What tells a folder from another that takes its place: device, inode, and when it was last filled."""
    for wait in (0.01, 0.1, None):
        try:
            found = path.stat()
            next(path.iterdir(), None)  # an error, if it is a file
        except OSError as error:
            if isinstance(error, FileNotFoundError) and wait is not None and path.parent.is_dir():
                time.sleep(wait)  # it may be about to be replaced, on a file system that takes two steps for it
                recover(path)
                continue
            problem = f"there is no model folder here ({error.strerror})"
            raise DataError(problem, "name a folder that toprank saved", source=path) from error
        return found.st_dev, found.st_ino, found.st_mtime_ns
    raise AssertionError  # the last round returns or raises


def _manifest(path: Path) -> Manifest:
    with _open(path / MANIFEST) as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise damaged(f"the manifest takes more than {MAX_BYTES:,} bytes", path / MANIFEST)
    return Manifest.parse(content, str(path / MANIFEST))


def _mapped(path: Path, record: FileRecord) -> Any:
    """Map a file privately: what is written to its arrays stays in this process."""
    with _open(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size != record.size:
            raise damaged(f"the file was altered: it takes {size:,} bytes, not {record.size:,}", path)
        try:
            return mmap.mmap(file.fileno(), size, access=mmap.ACCESS_COPY) if size else b""
        except OSError as error:
            raise damaged(f"this file of the model cannot be read ({error.strerror})", path) from error


def _open(path: Path) -> BinaryIO:
    """Open a file; no link is followed, and no pipe is waited for."""
    try:
        mode = path.lstat().st_mode
        if stat.S_ISREG(mode):
            return path.open("rb")
        problem = "this file of the model cannot be read (it is a link)" if stat.S_ISLNK(mode) else "this is not a file"
    except OSError as error:
        if path.name == MANIFEST and isinstance(error, FileNotFoundError):
            problem = f"there is no model in this folder: it has no {MANIFEST}"
            raise DataError(problem, "name a folder that toprank saved", source=path.parent) from error
        raise damaged(f"this file of the model cannot be read ({error.strerror})", path) from error
    raise damaged(problem, path)


def _record(path: Path) -> FileRecord:
    with path.open("rb") as file:
        return FileRecord(path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())
