"""What a file holds, wherever it lies and however it is packed: found by its first bytes, not by its name."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Any

from toprank.errors import DataError

__all__ = ["BROKEN_ZIP", "DAMAGED", "Content", "content_of", "members_of", "unpacked"]

BROKEN_ZIP = zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError
"""What :mod:`zipfile` raises of archives that are damaged, encrypted, or packed in a way that it does not know."""

DAMAGED = EOFError, OSError, ValueError, zlib.error, lzma.LZMAError
"""What is raised of packed files that are damaged."""

_HEAD = 512
_PACKED = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\0": "xz", b"\x28\xb5\x2f\xfd": "Zstandard"}
_ENDINGS = (".gz", ".bz2", ".xz", ".zst", ".zstd")
_REFUSED = {
    b"\xd0\xcf\x11\xe0": ("an old Excel file", "save the sheet as CSV"),
    b"SQLite format 3\0": ("an SQLite database", "give sqlite:///PATH, and what to read with --query"),
    b"\x89HDF": ("an HDF5 file", "read it with pandas and pass the frame, or save it as Parquet"),
    b"%PDF": ("a PDF", "export the table as CSV"),
    b"\x80\x04": ("a pickle, which is never opened", "save the table as CSV or Parquet"),
    b"\x80\x05": ("a pickle, which is never opened", "save the table as CSV or Parquet"),
    b"FEA1": ("a Feather file of version 1", "write it again with a pandas of the last years, or as Parquet"),
}
_MAX_DEPTH = 3


@dataclass(frozen=True, eq=False)
class Content:
    """A file on disk, in an archive, or in memory.

    Parameters
    ----------
    label : str
        What messages call it.
    name : str
        Its bare name, without the ending of what it is packed with.
    path : Path or None
        Where it lies, as it stands there.
    read : callable
        Gives all its bytes.
    stream : callable or None
        Opens a packed one to be read while it is unpacked.
    """

    label: str
    name: str
    path: Path | None
    read: Callable[[], bytes]
    stream: Callable[[], IO[bytes]] | None = None

    @property
    def head(self) -> bytes:
        """Its first bytes."""
        if self.stream is not None:
            with suppress(*DAMAGED), self.stream() as stream:  # what is damaged is said when all is read
                return stream.read(_HEAD)
        if self.path is None:
            return self.read()[:_HEAD]
        return _reading(self.path, lambda: _head(self.path))  # type: ignore[arg-type]

    @property
    def kind(self) -> str:
        """What it is: ``parquet``, ``arrow``, ``stream``, ``json``, ``zip``, ``tar``, ``text``, or how it is packed."""
        head = self.head
        for mark, kind in ((b"PAR1", "parquet"), (b"ARROW1", "arrow"), (b"\xff\xff\xff\xff", "stream")):
            if head.startswith(mark):
                return kind
        if head[257:262] == b"ustar":
            return "tar"
        if head.startswith((b"PK\3\4", b"PK\5\6")):
            return "zip"
        for mark, (what, cure) in _REFUSED.items():
            if head.startswith(mark):
                raise DataError(f"this is {what}", cure, source=self.label)
        packed = next((kind for mark, kind in _PACKED.items() if head.startswith(mark)), None)
        if packed is not None:
            return packed
        # A table of text may begin with a bracket in quotes, never with a bare one.
        return "json" if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[") else "text"


def content_of(source: Any, label: str | None = None) -> Content:
    """Take a path, or an object with ``read`` as open files have it."""
    if isinstance(source, str | Path):
        path = Path(source)
        return Content(label or str(path), path.name, path, partial(_reading, path, path.read_bytes))
    named = str(getattr(source, "name", "") or "the file object")
    data = source.read()
    held = data.encode() if isinstance(data, str) else bytes(data)
    return Content(label or named, PurePosixPath(named).name, None, lambda: held)


def unpacked(content: Content) -> tuple[Content, str]:
    """Undo gzip, bzip2, xz and Zstandard; say what kind of content is inside. Text is unpacked when it is read."""
    for _ in range(_MAX_DEPTH):
        kind = content.kind
        if kind not in _PACKED.values():
            return content if kind == "text" or content.stream is None else _held(content), kind
        name = content.name
        if name.lower().endswith(".tgz"):
            name = f"{name[:-4]}.tar"
        elif name.lower().endswith(_ENDINGS):
            name = name[: name.rindex(".")]
        read, stream = partial(_decompressed, content, kind), partial(_stream, content, kind)
        content = replace(content, name=name, path=None, read=read, stream=stream)
    raise DataError("the file is packed over and over", "unpack it yourself", source=content.label)


def _held(content: Content) -> Content:
    data = content.read()
    return replace(content, read=lambda: data, stream=None)


def members_of(content: Content, kind: str) -> dict[str, Content]:
    """Give the files of a zip or tar archive by their paths in it; none is unpacked before it is read."""
    try:
        return _zipped(content) if kind == "zip" else _tarred(content)
    except (*BROKEN_ZIP, tarfile.TarError, OSError) as error:
        raise DataError(
            f"the archive cannot be unpacked ({error})", "fetch it again, or unpack it and name what is inside",
            source=content.label,
        ) from error  # fmt: skip


def _zipped(content: Content) -> dict[str, Content]:
    archive = zipfile.ZipFile(content.path or io.BytesIO(content.read()))
    names = [one.filename for one in archive.infolist() if not one.is_dir()]
    if "[Content_Types].xml" in names:
        raise DataError("this is an Excel workbook", "save the sheet as CSV", source=content.label)

    def read(name: str) -> bytes:
        try:
            return archive.read(name)
        except BROKEN_ZIP as error:
            raise DataError(
                f"{name} cannot be unpacked ({error})", "fetch the archive again, or unpack it yourself",
                source=content.label,
            ) from error  # fmt: skip

    return {name: _member(content, name, partial(read, name)) for name in names if not _is_hidden(name)}


def _tarred(content: Content) -> dict[str, Content]:
    def opened() -> tarfile.TarFile:
        return tarfile.open(content.path, fileobj=None if content.path else io.BytesIO(content.read()))

    def read(name: str) -> bytes:
        with opened() as archive:
            file = archive.extractfile(name)
            return b"" if file is None else file.read()

    with opened() as archive:
        names = [one.name for one in archive.getmembers() if one.isfile() and not _is_hidden(one.name)]
    return {name: _member(content, name, partial(read, name)) for name in names}


def _member(content: Content, name: str, read: Callable[[], bytes]) -> Content:
    return Content(f"{content.label}/{name}", PurePosixPath(name).name, None, read)


def _is_hidden(name: str) -> bool:
    """What a Mac puts into archives beside the files themselves."""
    return "__MACOSX" in name or PurePosixPath(name).name.startswith(".")


def _decompressed(content: Content, kind: str) -> bytes:
    data = content.read()
    try:
        if kind == "Zstandard":
            import pyarrow as pa

            return bytes(pa.input_stream(pa.py_buffer(data), compression="zstd").read())
        return {"gzip": gzip.decompress, "bzip2": bz2.decompress, "xz": lzma.decompress}[kind](data)
    except DAMAGED as error:
        raise DataError(
            f"the {kind} file is damaged ({error})", "fetch or make it again", source=content.label
        ) from error


def _stream(content: Content, kind: str) -> IO[bytes]:
    if kind == "xz":
        return lzma.open(content.path or io.BytesIO(content.read()))
    import pyarrow as pa

    source = pa.py_buffer(content.read()) if content.path is None else str(content.path)
    opened: IO[bytes] = pa.input_stream(source, compression={"bzip2": "bz2", "Zstandard": "zstd"}.get(kind, kind))
    return opened


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEAD)


def _reading(path: Path, read: Callable[[], bytes]) -> bytes:
    try:
        return read()
    except FileNotFoundError:
        raise DataError("there is no such file", "check the path", source=path) from None
    except OSError as error:
        if path.is_dir():  # Windows says "permission denied"
            raise DataError("this is a folder, not a file", "name the file inside it", source=path) from None
        raise DataError(f"the file cannot be read ({error.strerror})", "check its permissions", source=path) from error
