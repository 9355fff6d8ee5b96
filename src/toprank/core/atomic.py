"""Files and folders that are there whole, or not at all."""

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

from toprank.errors import OptionError

__all__ = ["locked", "new_folder", "recover", "sync", "write_whole"]

_LEFT_BEHIND_SECONDS = 24 * 3600

_TRIES = 100

_UNSUPPORTED = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP)


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file beside its final name, then rename it into place; text becomes UTF-8, OptionError if that fails.

    A link stays a link, and what is no file, such as ``/dev/null`` or a pipe, is written to, not replaced.
    """
    data = content.encode() if isinstance(content, str) else content
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(data)
        else:
            _replace(path.resolve(), data)
    except OSError as error:
        raise OptionError(f"{path} cannot be written ({error.strerror}); name another place") from error


@contextlib.contextmanager
def new_folder(path: Path, is_complete: Callable[[Path], bool]) -> Iterator[Path]:
    """Fill a folder beside its path, then put it there with one rename; on any error nothing is left.

    What stands there is exchanged for the new folder in one step, so that at any moment there is one or the other. A
    system that cannot exchange takes two renames: whoever is killed between them leaves no folder at the path, and
    :func:`recover` puts the old one back. A process that is killed leaves its hidden folder behind: whoever comes a
    day later removes it.

    Parameters
    ----------
    path : Path
        Where the folder goes; its parent exists. What stands there goes.
    is_complete : callable
        Tells whether a folder is as good as the new one: where two renames are needed, another process may put one in
        place between them.

    Yields
    ------
    Path
        The folder to fill.
    """
    recover(path)
    for stage in _stages(path, ".*"):
        with _held(stage) as alone, contextlib.suppress(OSError):  # another process may remove it as well
            if alone and time.time() - stage.stat().st_mtime > _LEFT_BEHIND_SECONDS:
                shutil.rmtree(stage, ignore_errors=True)
    with (
        tempfile.TemporaryDirectory(prefix=f".{path.name}-", dir=path.parent, ignore_cleanup_errors=True) as name,
        _held(Path(name)),
    ):
        fresh = Path(name, "fresh")
        fresh.mkdir()
        yield fresh
        _put(fresh, path, Path(name, "old"), is_complete)
        sync(path.parent)


@contextlib.contextmanager
def locked(path: Path, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Let one process at a time change what stands at a path: others wait, and are told so.

    The lock is a hidden file beside the path, which goes with the last who holds it. A process that ends lets go of it.
    A system without such locks has none.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    place = path.with_name(f".{path.name}.lock")
    while True:
        handle = os.open(place, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                waiting()
                fcntl.flock(handle, fcntl.LOCK_EX)
            # Whoever held it may have removed it meanwhile: then it locks nothing.
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(handle), place.stat()):
                    try:
                        yield
                    finally:
                        place.unlink(missing_ok=True)
                    return
        finally:
            os.close(handle)


def recover(path: Path) -> None:
    """Put back the folder that a process, killed between two renames, left beside its path, if nothing stands there."""
    if os.path.lexists(path):
        return
    # The end of the name is tempfile's; a path called model-2 has stages that begin like those of model.
    for stage in _stages(path, "[a-z0-9_]{8}"):
        with _held(stage) as alone, contextlib.suppress(OSError):  # it may hold none, or another process is faster
            if alone and not os.path.lexists(path):
                Path(stage, "old").rename(path)


def sync(path: Path) -> None:
    """Write a file or a folder through to the disk; not every system lets a folder be."""
    if not path.is_dir():
        with path.open("rb+") as file:
            os.fsync(file.fileno())
        return
    with contextlib.suppress(OSError):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _replace(path: Path, data: bytes) -> None:
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        partial.write_bytes(data)
        partial.replace(path)
    finally:
        with contextlib.suppress(OSError):  # renamed, or never there
            partial.unlink()


def _put(fresh: Path, path: Path, old: Path, is_complete: Callable[[Path], bool]) -> None:
    for _ in range(_TRIES):
        try:
            if os.path.lexists(path):
                if _exchange(fresh, path):
                    return
                break
            fresh.rename(path)
            return
        except OSError as error:  # another process may have put a folder there, or taken one away, in between
            if error.errno not in (errno.ENOENT, errno.EEXIST, errno.ENOTEMPTY) or not fresh.exists():
                raise
    with contextlib.suppress(FileNotFoundError):
        path.rename(old)
    try:
        fresh.rename(path)
    except OSError:
        if is_complete(path):
            return
        with contextlib.suppress(OSError):
            old.rename(path)
        raise


def _exchange(one: Path, other: Path) -> bool:
    """Let two folders change places in one step; False where the system or the file system cannot."""
    import ctypes

    try:
        libc = ctypes.CDLL(None, use_errno=True)
    except (OSError, TypeError):  # Windows has no library of the process's own
        return False
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


def _stages(path: Path, ending: str) -> list[Path]:
    """Folders beside a path that are named as those that were filled for it; the newest first."""
    spelled = re.compile(re.escape(f".{path.name}-") + ending)
    found = []
    with contextlib.suppress(OSError):
        for beside in path.parent.iterdir():
            if spelled.fullmatch(beside.name):
                with contextlib.suppress(OSError):  # another process may remove it meanwhile
                    found.append((beside.stat().st_mtime, beside))
    return [stage for _, stage in sorted(found, reverse=True)]


@contextlib.contextmanager
def _held(stage: Path) -> Iterator[bool]:
    """Hold a stage, so that others know that its process lives; False where another process holds it."""
    try:
        import fcntl
    except ImportError:  # nobody can hold one, so nobody does
        yield True
        return
    try:
        handle = os.open(stage, os.O_RDONLY)
    except OSError:
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
