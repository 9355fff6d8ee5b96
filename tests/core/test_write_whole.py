from __future__ import annotations

import os
from pathlib import Path

import pytest

from toprank.core.atomic import write_whole
from toprank.errors import OptionError


@pytest.mark.parametrize(("content", "written"), [("é\r\n", "é\r\n".encode()), (b"\0\xff", b"\0\xff")])
def test_text_is_utf8_and_bytes_stay(tmp_path: Path, content: str | bytes, written: bytes) -> None:
    path = tmp_path / "page.html"
    path.write_text("old and longer")
    write_whole(path, content)
    assert path.read_bytes() == written
    assert [file.name for file in tmp_path.iterdir()] == ["page.html"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "file")
    write_whole(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_text() == "new"


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_whole(pipe, "through")
        assert os.read(reader, 99) == b"through"
    finally:
        os.close(reader)
    assert pipe.is_fifo()


@pytest.mark.parametrize("path", ["", "none/page.html", "file/page.html"])
def test_a_place_that_cannot_be_written(tmp_path: Path, path: str) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(OptionError, match=r"cannot be written \(.*\); name another place") as caught:
        write_whole(tmp_path / path, "x")
    assert str(tmp_path / path) in str(caught.value)


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_an_error_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    path = tmp_path / "results.json"
    path.write_text("old")

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OptionError if isinstance(error, OSError) else KeyboardInterrupt):
        write_whole(path, "new")
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["results.json"]
