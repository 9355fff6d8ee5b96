"""Folders that are there whole, or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

__all__ = ["new_folder", "recover"]

_LEFT_BEHIND_SECONDS = 24 * 3600

_TRIES = 100

_UNSUPPORTED = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP)


@contextlib.contextmanager
def new_folder(place: Path, is_complete: Callable[[Path], bool]) -> Iterator[Path]:
    """Fill a folder beside its place, then put it in place with one rename; on any error nothing is left.

    What stands at the place is exchanged for the new folder in one step, so that at any moment there is one or the
    other. A file system that cannot exchange (NFS, say) takes two renames: whoever is killed between them leaves no
    folder at the place, and :func:`recover` puts the old one back.

    A process that is killed leaves its hidden folder behind: whoever comes a day later removes it.

    Parameters
    ----------
    place : Path
        Where the folder goes; its parent exists. What stands there goes.
    is_complete : callable
        Tells whether a folder is as good as the new one: where two renames are needed, another process may put one in
        place between them.

    Yields
    ------
    Path
        The folder to fill.
    """
    recover(place)
    for stage in _stages(place, ".*"):
        with _held(stage) as alone, contextlib.suppress(OSError):  # another process may remove it as well
            if alone and time.time() - stage.stat().st_mtime > _LEFT_BEHIND_SECONDS:
                shutil.rmtree(stage, ignore_errors=True)
    with (
        tempfile.TemporaryDirectory(prefix=f".{place.name}-", dir=place.parent, ignore_cleanup_errors=True) as name,
        _held(Path(name)),
    ):
        fresh = Path(name, "fresh")
        fresh.mkdir()
        yield fresh
        _put(fresh, place, Path(name, "old"), is_complete)
        _sync(place.parent)


def recover(place: Path) -> None:
    """Put back the folder that a process, killed between two renames, left beside its place.

    Parameters
    ----------
    place : Path
        Where it belongs. If something stands there, nothing is done.
    """
    if os.path.lexists(place):
        return
    # The end of the name is tempfile's; a place called model-2 has stages that begin like those of model.
    for stage in _stages(place, "[a-z0-9_]{8}"):
        with _held(stage) as alone, contextlib.suppress(OSError):  # it may hold none, or another process is faster
            if alone and not os.path.lexists(place):
                Path(stage, "old").rename(place)


def _put(fresh: Path, place: Path, old: Path, is_complete: Callable[[Path], bool]) -> None:
    for _ in range(_TRIES):
        try:
            if os.path.lexists(place):
                if _exchange(fresh, place):
                    return
                break
            fresh.rename(place)
            return
        except OSError as error:  # another process may have put a folder there, or taken one away, in between
            if error.errno not in (errno.ENOENT, errno.EEXIST, errno.ENOTEMPTY) or not fresh.exists():
                raise
    with contextlib.suppress(FileNotFoundError):
        place.rename(old)
    try:
        fresh.rename(place)
    except OSError:
        if is_complete(place):
            return
        with contextlib.suppress(OSError):
            old.rename(place)
        raise


def _exchange(one: Path, other: Path) -> bool:
    """Let two folders change places in one step; False where the system or the file system cannot."""
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    paths = os.fsencode(one), os.fsencode(other)
    if hasattr(libc, "renameat2"):  # Linux; -100 is the working directory, 2 is RENAME_EXCHANGE
        failed = libc.renameat2(-100, paths[0], -100, paths[1], 2)
    elif hasattr(libc, "renamex_np"):  # macOS; 2 is RENAME_SWAP
        failed = libc.renamex_np(paths[0], paths[1], 2)
    else:
        return False
    if not failed:
        return True
    number = ctypes.get_errno()
    if number in _UNSUPPORTED:
        return False
    raise OSError(number, os.strerror(number), str(other))


def _stages(place: Path, ending: str) -> list[Path]:
    """Folders beside a place that are named as those that were filled for it; the newest first."""
    spelled = re.compile(re.escape(f".{place.name}-") + ending)
    found = []
    with contextlib.suppress(OSError):
        for path in place.parent.iterdir():
            if spelled.fullmatch(path.name):
                with contextlib.suppress(OSError):  # another process may remove it meanwhile
                    found.append((path.stat().st_mtime, path))
    return [path for _, path in sorted(found, reverse=True)]


@contextlib.contextmanager
def _held(stage: Path) -> Iterator[bool]:
    """Hold a stage, so that others know that its process lives; False where another process holds it."""
    try:
        import fcntl

        handle = os.open(stage, os.O_RDONLY)
    except (ImportError, OSError):
        yield False
        return
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            alone = True
        except OSError:
            alone = False
        yield alone
    finally:
        os.close(handle)


def _sync(folder: Path) -> None:
    with contextlib.suppress(OSError):  # not every file system lets a folder be written through
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
