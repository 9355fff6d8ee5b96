"""Saving and loading where the system offers less: no handles of folders, no exchange of folders, no locks."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from toprank.errors import DataError
from toprank.storage.folder import read_folder, write_folder


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what Windows lacks: folders cannot be opened, nor files by them; only writers can be synchronised."""
    for name in ("O_DIRECTORY", "O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC"):
        monkeypatch.delattr(os, name)
    monkeypatch.setattr(os, "supports_dir_fd", set())
    monkeypatch.setattr(os, "supports_fd", set())
    monkeypatch.setattr(shutil, "_use_fd_functions", False)
    monkeypatch.setitem(sys.modules, "fcntl", None)
    opened, cdll = os.open, ctypes.CDLL

    def refuse(path: Any, flags: int, mode: int = 0o777, *, dir_fd: None = None) -> int:
        assert dir_fd is None
        if Path(path).is_dir():
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, flags, mode)

    def load(name: str | None, *args: Any, **options: Any) -> Any:
        if name is None:
            raise TypeError("argument of type 'NoneType' is not iterable")
        return cdll(name, *args, **options)

    monkeypatch.setattr(os, "open", refuse)
    monkeypatch.setattr(ctypes, "CDLL", load)


def test_a_model_is_saved_loaded_and_replaced(tmp_path: Path) -> None:
    for number in (1, 2):
        write_folder(tmp_path / "model", [np.full(3, number)], about={"number": number})
        (array,), about = read_folder(tmp_path / "model", list)
        assert array.tolist() == [number] * 3
        assert about == {"number": number}
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_damage_is_found(tmp_path: Path) -> None:
    write_folder(tmp_path / "model", [np.zeros(3)], about={})
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match=r"file: there is no model folder here"):
        read_folder(tmp_path / "file", list)
    (tmp_path / "model" / "arrays-0.safetensors").unlink()
    (tmp_path / "model" / "arrays-0.safetensors").symlink_to(tmp_path / "file")
    with pytest.raises(DataError, match=r"arrays-0.safetensors: .* cannot be read \(it is a link\)"):
        read_folder(tmp_path / "model", list)


def test_what_a_killed_writer_left_is_put_back(tmp_path: Path) -> None:
    write_folder(tmp_path / "model", [1], about={})
    stage = tmp_path / ".model-abcd_123"
    stage.mkdir()
    (tmp_path / "model").rename(stage / "old")
    assert read_folder(tmp_path / "model", list)[0] == [1]
