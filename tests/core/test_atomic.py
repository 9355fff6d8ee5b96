from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from toprank.core import atomic
from toprank.core.atomic import locked, new_folder, recover


def fill(path: Path, text: str) -> None:
    with new_folder(path, lambda other: False) as fresh:
        (fresh / "text").write_text(text)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(params=["exchange", "two renames"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "two renames":
        monkeypatch.setattr(atomic, "_exchange", lambda one, other: False)
    return str(request.param)


def test_a_folder_is_made_and_replaced(tmp_path: Path, way: str) -> None:
    for text in ("first", "second"):
        fill(tmp_path / "place", text)
        assert (tmp_path / "place" / "text").read_text() == text
        assert names(tmp_path) == ["place"]


def test_an_error_leaves_the_old_folder_and_nothing_else(tmp_path: Path, way: str) -> None:
    fill(tmp_path / "place", "old")
    with pytest.raises(TypeError, match="must be str"):
        fill(tmp_path / "place", 3)  # type: ignore[arg-type]
    assert (tmp_path / "place" / "text").read_text() == "old"
    assert names(tmp_path) == ["place"]


def test_the_place_is_never_empty(tmp_path: Path) -> None:
    path, done, missing = tmp_path / "place", threading.Event(), []
    fill(path, "0")

    def progress() -> None:
        while not done.is_set():
            try:
                (path / "text").read_text()
            except FileNotFoundError:
                # The folder may have been taken away between opening it and its file; it is there all the same.
                missing.append(not path.exists())

    watcher = threading.Thread(target=progress)
    watcher.start()
    for text in range(100):
        fill(path, str(text))
    done.set()
    watcher.join()
    assert not any(missing)


def test_of_two_renames_a_failed_second_puts_the_old_folder_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path / "place", "old")
    monkeypatch.setattr(atomic, "_exchange", lambda one, other: False)
    rename = Path.rename

    def refuse(path: Path, target: Path) -> Path:
        if path.name == "fresh":
            raise OSError("the disk is gone")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(OSError, match="the disk is gone"):
        fill(tmp_path / "place", "new")
    assert (tmp_path / "place" / "text").read_text() == "old"


def killed(path: Path, *, old: bool = True) -> Path:
    """What a process leaves that is killed between two renames."""
    stage = path.with_name(f".{path.name}-abcd_123")
    (stage / "fresh").mkdir(parents=True)
    if old:
        (stage / "old").mkdir()
        (stage / "old" / "text").write_text("old")
    return stage


def test_what_was_killed_between_two_renames_is_put_back(tmp_path: Path) -> None:
    killed(tmp_path / "place")
    recover(tmp_path / "place")
    assert (tmp_path / "place" / "text").read_text() == "old"


def test_what_a_living_process_moves_is_left_to_it(tmp_path: Path) -> None:
    stage = killed(tmp_path / "place")
    with atomic._held(stage) as alone:
        assert alone
        recover(tmp_path / "place")
        assert not (tmp_path / "place").exists()


def test_a_folder_in_place_and_those_of_other_places_are_left_alone(tmp_path: Path) -> None:
    fill(tmp_path / "place", "here")
    killed(tmp_path / "place")
    killed(tmp_path / "model-2")
    recover(tmp_path / "place")
    recover(tmp_path / "model")
    assert (tmp_path / "place" / "text").read_text() == "here"
    assert not (tmp_path / "model").exists()


def test_what_a_killed_process_left_goes_after_a_while(tmp_path: Path) -> None:
    path = tmp_path / "place"
    stage = killed(path, old=False)
    fill(path, "young")
    assert names(tmp_path) == [stage.name, "place"]
    os.utime(stage, (0, 0))
    with atomic._held(stage):
        fill(path, "held")
    assert names(tmp_path) == [stage.name, "place"]
    fill(path, "old")
    assert names(tmp_path) == ["place"]


def test_a_name_with_brackets_is_a_name(tmp_path: Path) -> None:
    fill(tmp_path / "model[1]", "a")
    fill(tmp_path / "model[1]", "b")
    assert names(tmp_path) == ["model[1]"]


def test_a_failing_exchange_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path / "place", "old")

    def refuse(one: Path, other: Path) -> bool:
        raise PermissionError(13, "Permission denied", str(other))

    monkeypatch.setattr(atomic, "_exchange", refuse)
    with pytest.raises(PermissionError):
        fill(tmp_path / "place", "new")
    assert (tmp_path / "place" / "text").read_text() == "old"
    assert names(tmp_path) == ["place"]


def test_a_second_process_waits_for_the_lock(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from toprank.core.atomic import locked\n"
        "with locked(Path(sys.argv[1]), lambda: print('waiting', flush=True)):\n"
        "    count = Path(sys.argv[1], 'count'); n = int(count.read_text()); time.sleep(0.05)\n"
        "    count.write_text(str(n + 1))\n"
    )
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "count").write_text("0", encoding="utf-8")
    command = [sys.executable, "-c", script, str(folder)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    said = [process.communicate()[0] for process in running]
    assert [process.returncode for process in running] == [0] * 4
    assert (folder / "count").read_text(encoding="utf-8") == "4"
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    with locked(folder):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        assert process.stdout.readline() == "waiting\n"
        assert process.poll() is None
    assert process.wait() == 0
    assert set("".join(said).splitlines()) <= {"waiting"}
    process.stdout.close()
