from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from toprank.core.dataset import Dataset
from toprank.data.datasets.cache import load_cached, save_cached
from toprank.data.reading.read import read

SOURCES = {"r.csv": "digest"}


@pytest.fixture(params=["full", "bare", "no implicit rows"])
def dataset(request: pytest.FixtureRequest) -> Dataset:
    frame = pa.table({"user": [3, 1, 3], "item": ["b", "ä", "ä"], "rating": [4.5, 0.0, 3.0]})
    if request.param == "bare":
        return read(frame, scale="0-5")
    items = pa.table({"item": ["c", "b"], "title": ["C", None], "year": [1999, None]})
    users = pa.table({"user": [9, 3], "age": [18, None]})
    value = 0 if request.param == "full" else -1
    return read(frame, scale="0-5", implicit_value=value, items=items, users=users, name="mine")


def test_what_is_saved_is_loaded(dataset: Dataset, tmp_path: Path) -> None:
    save_cached(dataset, tmp_path / "cache", SOURCES)
    loaded = load_cached(tmp_path / "cache", SOURCES)
    assert loaded is not None
    assert (loaded.name, loaded.notes) == (dataset.name, dataset.notes)
    assert loaded.ratings.scale == dataset.ratings.scale
    assert loaded.ratings.users == dataset.ratings.users
    assert loaded.ratings.items == dataset.ratings.items
    for name in ("user", "item", "value"):
        saved, found = getattr(dataset.ratings, name), getattr(loaded.ratings, name)
        assert saved.dtype == found.dtype
        assert np.array_equal(saved, found)
        assert not found.flags.writeable
    assert (loaded.implicit is None) == (dataset.implicit is None)
    if dataset.implicit is not None and loaded.implicit is not None:
        assert np.array_equal(dataset.implicit.item, loaded.implicit.item)
        assert loaded.implicit.users is loaded.ratings.users
    for name in ("items", "users"):
        saved, found = getattr(dataset, name), getattr(loaded, name)
        assert (saved is None) == (found is None)
        if saved is not None:
            assert saved.table.equals(found.table)
            assert np.array_equal(saved.row, found.row)


def test_saving_again_replaces(dataset: Dataset, tmp_path: Path) -> None:
    save_cached(dataset, tmp_path / "cache", {"other": "digest"})
    save_cached(dataset, tmp_path / "cache", SOURCES)
    assert load_cached(tmp_path / "cache", SOURCES) is not None
    assert [path.name for path in tmp_path.iterdir()] == ["cache"]


@pytest.mark.parametrize("damage", ["missing", "truncated", "flipped", "manifest", "version", "format", "sources"])
def test_a_cache_that_is_not_whole_is_not_loaded(dataset: Dataset, tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "cache"
    save_cached(dataset, folder, SOURCES)
    file, manifest = folder / "ratings.arrow", folder / "manifest.json"
    content = file.read_bytes()
    match damage:
        case "missing":
            file.unlink()
        case "truncated":
            file.write_bytes(content[:-1])
        case "flipped":
            middle = len(content) // 2
            file.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
        case "manifest":
            manifest.write_text("{")
        case "sources":
            assert load_cached(folder, {"r.csv": "another"}) is None
            return
        case _:
            known = json.loads(manifest.read_text())
            manifest.write_text(json.dumps({**known, {"version": "toprank"}.get(damage, damage): "0"}))
    assert load_cached(folder, SOURCES) is None
