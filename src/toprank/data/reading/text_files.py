"""Take the bytes of a text as valid UTF-8, or say which byte of which line stands in the way."""

from __future__ import annotations

import codecs
import io
import re
from typing import IO

from toprank.errors import DataError

__all__ = ["PlainText", "as_utf8"]

# UTF-32 first: its little-endian mark begins with that of UTF-16.
_BYTE_ORDER_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"\xef\xbb\xbf", "utf-8"),
)


def as_utf8(data: bytes, encoding: str, label: str) -> tuple[bytes, tuple[str, ...]]:
    """Turn the file's bytes into valid UTF-8 without byte order mark and NUL."""
    notes: tuple[str, ...] = ()
    mark, marked = next((m for m in _BYTE_ORDER_MARKS if data.startswith(m[0])), (b"", ""))
    plain = re.sub(r"[-_]", "", encoding).lower()
    if mark and not plain.startswith(marked.replace("-", "")):
        raise DataError(
            f"the file starts with a byte order mark of {marked.upper()} ({mark.hex(' ')}) but is read as {encoding}",
            f"read it with --encoding {marked}, or save it as UTF-8",
            source=label,
        )
    if marked == "utf-8":
        data = data[len(mark) :]
        notes = ("the file starts with a byte order mark, which is left out",)
    if not plain.startswith(("utf16", "utf32")):
        # Before decoding: what holds NUL is no text of another encoding, and to name one would be no cure.
        _refuse_nul(data, label)
    if plain not in ("utf8", "utf8sig") or not data.isascii():
        try:
            text = data.decode(encoding)
            if plain not in ("utf8", "utf8sig"):
                data = text.encode()
        except UnicodeDecodeError as error:
            around = data[max(error.start - 15, 0) : error.start + 15]
            raise DataError(
                f"byte 0x{data[error.start]:02x} is not valid {encoding}, near {around!r}",
                "name the file's encoding, for example --encoding latin-1",
                source=label,
                line=_line_at(data, error.start),
            ) from error
        except UnicodeError as error:
            raise DataError(
                f"the file is not valid {encoding} ({error})", "name the file's encoding", source=label
            ) from error
    _refuse_nul(data, label)
    return data, notes


class PlainText(io.RawIOBase):
    """A stream of valid UTF-8 without NUL, with an end of line at its end; ValueError where it is none.

    ``no_escapes`` says that no backslash stands before a quote either; ``start`` is how many bytes are left out first.
    """

    def __init__(self, stream: IO[bytes], start: int, *, no_escapes: bool) -> None:
        super().__init__()
        self._stream, self._no_escapes, self._last = stream, no_escapes, stream.read(start)[-1:]
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        if not data:
            self._decoder.decode(b"", final=True)
            data = b"" if self._last in b"\r\n" else b"\n"
        elif b"\0" in data or (self._no_escapes and b'\\"' in self._last + data):
            raise ValueError
        elif not data.isascii() or self._decoder.getstate()[0]:
            self._decoder.decode(data)
        self._last = data[-1:]
        return data


def _refuse_nul(data: bytes, label: str) -> None:
    if (nul := data.find(b"\0")) >= 0:
        raise DataError(
            "the file holds a NUL byte, which text does not",
            "check that it is delimited text and not damaged; UTF-16 is read with --encoding utf-16",
            source=label,
            line=_line_at(data, nul),
        )


def _line_at(data: bytes, offset: int) -> int:
    return len(re.findall(rb"\r\n|\r|\n", data[:offset])) + 1
