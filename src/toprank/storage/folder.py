"""A state as a folder, written whole or not at all, and read back with every byte checked."""

from __future__ import annotations

import errno
import hashlib
import mmap
import os
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from toprank.core.atomic import new_folder, recover
from toprank.errors import DataError, OptionError
from toprank.storage.decoding import decode, unplain
from toprank.storage.encoding import encode, plain
from toprank.storage.manifest import MANIFEST, MAX_BYTES, FileRecord, Manifest, installed, is_plain
from toprank.storage.parquet import write_ids, write_table
from toprank.storage.tensors import write_tensors

__all__ = ["read_folder", "write_folder"]

THREADS = 2
TRIES = 5
"""How often a folder is opened that another process is about to replace."""

T = TypeVar("T")


def write_folder(
    place: Path, state: object, *, about: dict[str, Any], pages: Mapping[str, str] = MappingProxyType({})
) -> None:
    """Write a state; a model that stands there is replaced.

    Parameters
    ----------
    place : Path
        The folder; its parent exists. What stands there must be a model folder, or empty.
    state : object
        See :func:`toprank.storage.encoding.encode`.
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
    TypeError
        If the state holds what a folder cannot.

    Examples
    --------
    >>> import tempfile
    >>> from toprank.targets import Adjusted
    >>> with tempfile.TemporaryDirectory() as parent:
    ...     write_folder(Path(parent, "model"), Adjusted(inflection=6.0), about={"auc": 0.75})
    ...     read_folder(Path(parent, "model"), Adjusted)
    (Adjusted(inflection=6.0, steepness=1.0), {'auc': 0.75})
    """
    place = Path(os.path.realpath(place))
    _refuse_strangers(place)
    encoded, words = encode(state), plain(about)
    kinds: tuple[tuple[Mapping[str, Any], Callable[[Path, Any], None]], ...] = (
        (encoded.arrays, write_tensors),
        (encoded.tables, write_table),
        (encoded.ids, write_ids),
        (encoded.texts, _write_text),
        (pages, _write_text),
    )
    names = [name for contents, _ in kinds for name in contents]
    for name in pages:
        if not is_plain(name) or names.count(name) > 1:
            raise TypeError(
                f"a page cannot be called {name!r}; use letters, digits and ._-, and no name of the model's"
            )
    try:
        with new_folder(place, lambda other: False) as fresh:
            records = {}
            for contents, write in kinds:
                for name, content in contents.items():
                    write(fresh / name, content)
                    records[name] = _record(fresh / name)
            manifest = Manifest(installed(), words, encoded.state, encoded.objects, records)
            (fresh / MANIFEST).write_bytes(manifest.text())
            for name in (*names, MANIFEST):
                (fresh / name).chmod(fresh.stat().st_mode & 0o666)  # safetensors would keep it to its writer
                _sync(fresh / name)
            _sync(fresh)
            _refuse_strangers(place)  # writing takes a while
    except OSError as error:
        raise OptionError(f"{place} cannot be written ({error.strerror}); name another place") from error


def read_folder(place: Path, expected: type[T]) -> tuple[T, dict[str, Any]]:
    """Read a state that :func:`write_folder` wrote.

    Sizes and digests of all files are verified before any of them is parsed; that keeps from damage, and from an
    alteration that does not put the digests right. Against somebody who does, structures are checked (see
    :mod:`~toprank.storage.checks` and :mod:`~toprank.storage.trees`) and nothing is executed; the answers of such
    a model are whatever its author wants.

    Arrays stay in the files, mapped into memory: do not write to the files of a loaded model in place. To replace the
    folder, as :func:`write_folder` does, or to remove it does no harm.

    Parameters
    ----------
    place : Path
    expected : type
        Of the state.

    Returns
    -------
    state : object
    about : dict

    Raises
    ------
    DataError
        If there is no model, a file is missing, altered or not from here, the format is newer, or the state is not
        what is expected.
    """
    place = Path(place)
    recover(place)
    for left in range(TRIES, 0, -1):
        with _opened(place) as folder:
            try:
                return _read(folder, place, expected)
            except DataError:
                # Another process may have replaced the folder that was opened.
                if left == 1 or _same(folder, place):
                    raise
    raise AssertionError  # the last try returns or raises


def _read(folder: int, place: Path, expected: type[T]) -> tuple[T, dict[str, Any]]:
    manifest = Manifest.parse(_small(folder, place), str(place / MANIFEST))
    _refuse_others(manifest, os.listdir(folder), place)
    contents = {name: _mapped(folder, name, record, place) for name, record in manifest.files.items()}
    # The largest first, so that the threads end together.
    names = sorted(contents, key=lambda name: -manifest.files[name].size)
    with ThreadPoolExecutor(THREADS) as pool:
        for name, digest in zip(names, pool.map(lambda name: _digest(contents[name]), names), strict=True):
            if digest != manifest.files[name].sha256:
                raise _damaged(
                    place / name, f"the file was altered: its sha256 is {digest}, not what the manifest says"
                )
    state = decode(manifest.state, manifest.objects, contents, str(place / MANIFEST))
    if not isinstance(state, expected):
        raise _damaged(place / MANIFEST, f"the folder holds a {type(state).__name__}, not a {expected.__name__}")
    try:
        return state, unplain(manifest.about)
    except (KeyError, TypeError, RecursionError):
        raise _damaged(place / MANIFEST, "what it says about the model is not valid") from None


def _refuse_strangers(place: Path) -> None:
    """Refuse to replace what is neither a model folder nor empty."""
    if not os.path.lexists(place):
        return
    cure = "name another place, or move it away"
    if not place.is_dir():
        raise DataError("this is not a folder", cure, source=place)
    names = sorted(path.name for path in place.iterdir())
    if not names:
        return
    if MANIFEST not in names:
        raise DataError(f"this folder holds {names[0]!r}, and no {MANIFEST} of toprank's", cure, source=place)
    try:
        with _opened(place) as folder:
            manifest = Manifest.parse(_small(folder, place), str(place / MANIFEST))
    except DataError as error:
        raise DataError(error.problem, cure, source=error.source) from error
    if strange := sorted(set(names) - {*manifest.files, MANIFEST}):
        raise DataError("the model that stands here does not hold this file", cure, source=place / strange[0])


def _refuse_others(manifest: Manifest, names: list[str], place: Path) -> None:
    wanted = {*manifest.files, MANIFEST}
    if missing := sorted(wanted - set(names)):
        raise _damaged(place / missing[0], "this file of the model is missing")
    if strange := sorted(set(names) - wanted):
        raise DataError("this file does not belong to the model", "move it elsewhere", source=place / strange[0])


@contextmanager
def _opened(place: Path) -> Iterator[int]:
    """Open a folder: its files are then those of one model, whatever takes its place meanwhile."""
    for wait in (0.01, 0.1, None):
        try:
            folder = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            break
        except OSError as error:
            if isinstance(error, FileNotFoundError) and wait is not None and place.parent.is_dir():
                time.sleep(wait)  # it may be about to be replaced, on a file system that takes two steps for it
                recover(place)
                continue
            raise DataError(
                f"there is no model folder here ({error.strerror})", "name a folder that toprank saved", source=place
            ) from error
    try:
        yield folder
    finally:
        os.close(folder)


def _same(folder: int, place: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(folder), place.stat())
    except OSError:
        return False


def _file(folder: int, name: str, place: Path) -> int:
    """Open a regular file of a folder; no link is followed, and no pipe is waited for."""
    try:
        file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except OSError as error:
        if name == MANIFEST and error.errno == errno.ENOENT:
            raise DataError(
                f"there is no model in this folder: it has no {MANIFEST}",
                "name a folder that toprank saved",
                source=place,
            ) from error
        raise _damaged(place / name, f"this file of the model cannot be read ({error.strerror})") from error
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise _damaged(place / name, "this is not a file")
    return file


def _small(folder: int, place: Path) -> bytes:
    """Read the manifest, unless it is larger than any."""
    with open(_file(folder, MANIFEST, place), "rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise _damaged(place / MANIFEST, f"the manifest takes more than {MAX_BYTES:,} bytes")
    return content


def _mapped(folder: int, name: str, record: FileRecord, place: Path) -> Any:
    """Map a file privately: what is written to its arrays stays in this process."""
    file = _file(folder, name, place)
    try:
        size = os.fstat(file).st_size
        if size != record.size:
            raise _damaged(place / name, f"the file was altered: it takes {size:,} bytes, not {record.size:,}")
        return mmap.mmap(file, size, access=mmap.ACCESS_COPY) if size else b""
    except OSError as error:
        raise _damaged(place / name, f"this file of the model cannot be read ({error.strerror})") from error
    finally:
        os.close(file)


def _digest(content: Any) -> str:
    return hashlib.sha256(content).hexdigest()


def _record(path: Path) -> FileRecord:
    with path.open("rb") as file:
        return FileRecord(path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())


def _write_text(path: Path, text: str) -> None:
    path.write_bytes(text.encode())


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _damaged(path: Path, problem: str) -> DataError:
    return DataError(problem, "save the model again, or get it anew from where it came from", source=path)
