from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from toprank.data.datasets.built_in import BUILT_IN
from toprank.data.datasets.load import load
from toprank.errors import DataError, OptionError


def test_built_in(dump_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOPRANK_HOME", str(tmp_path / "home"))
    BUILT_IN["book-crossing"].fetch(source=dump_folder)
    for dataset in (load("book-crossing"), load("book-crossing", encoding="-".join(["utf", "8"]))):
        assert dataset.name == "book-crossing"
        assert dataset.ratings.value.tolist() == [9, 3, 8]
    assert load("book-crossing", liked_from=9).ratings.liked.tolist() == [True, False, False]
    named = load("book-crossing", item_attributes="author,title").items
    assert named is not None
    assert named.learn_from == ("author", "title")
    with pytest.raises(OptionError, match="names 'genre'; the attributes are 'title', 'author'"):
        load("book-crossing", item_attributes="genre")
    with pytest.raises(OptionError, match="delimiter cannot be set for book-crossing"):
        load("book-crossing", delimiter=";")


def test_path_and_unknown(csv_folder: Path) -> None:
    dataset = load(csv_folder / "Ratings.csv", implicit_value=0, scale="1-10")
    assert np.array_equal(dataset.ratings.value, [9, 3, 8])
    with pytest.raises(DataError, match="no such file"):
        load("none.csv")
    with pytest.raises(DataError, match=r"'books'.*'book-crossing'"):
        load("books")
