from __future__ import annotations

from pathlib import Path

import pytest

from toprank.cli.paths import check_model_folder, make_parent
from toprank.errors import OptionError


def test_a_model_or_nothing_may_be_replaced(tmp_path: Path) -> None:
    check_model_folder(tmp_path / "new" / "model")
    check_model_folder(tmp_path)
    (tmp_path / "manifest.json").touch()
    (tmp_path / "arrays").touch()
    check_model_folder(tmp_path)


def test_anything_else_may_not(tmp_path: Path) -> None:
    (tmp_path / "letters").touch()
    with pytest.raises(OptionError, match="holds 'letters' and no model; name another folder with --out"):
        check_model_folder(tmp_path)
    for place in (tmp_path / "letters", tmp_path / "letters" / "model"):
        with pytest.raises(OptionError, match="name another"):
            check_model_folder(place)


def test_a_folder_that_cannot_be_made_is_said_in_words(tmp_path: Path) -> None:
    make_parent(tmp_path / "new" / "model")
    assert (tmp_path / "new").is_dir()
    (tmp_path / "file").touch()
    with pytest.raises(OptionError, match="cannot be made"):
        make_parent(tmp_path / "file" / "below" / "model")
