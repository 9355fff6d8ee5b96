"""Folders that are damaged, strange or hostile are refused, with the file's name, what is wrong and the cure."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from toprank.errors import DataError, OptionError
from toprank.storage import manifest
from toprank.storage.folder import read_folder, write_folder

Change = Callable[[dict[str, Any]], object]
Altered = Callable[[Change], Path]
FILES = ("arrays-0.safetensors", "ids-0.parquet", "table-0.parquet", "model.html")


def refused(folder: Path, problem: str, expected: type = list) -> None:
    with pytest.raises(DataError, match=problem) as caught:
        read_folder(folder, expected)
    assert caught.value.cure
    assert caught.value.source


def entry_of(body: dict[str, Any], kind: str) -> dict[str, Any]:
    found: dict[str, Any] = next(entry for entry in body["objects"] if next(iter(entry)) == kind)
    return found


def nothing(body: dict[str, Any]) -> None:
    """The files change; the manifest is put right."""


def test_nothing_is_refused_of_an_unaltered_folder(folder: Path, altered: Altered) -> None:
    assert read_folder(folder, list)[1] == {"auc": 0.75}
    assert read_folder(altered(nothing), list)[1] == {"auc": 0.75}


@pytest.mark.parametrize("name", [*FILES, "manifest.json"])
def test_a_missing_file(folder: Path, name: str) -> None:
    (folder / name).unlink()
    refused(folder, re.escape(name))


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("where", [0, 0.5, 1])
def test_an_altered_byte(folder: Path, name: str, where: float) -> None:
    content = bytearray((folder / name).read_bytes())
    content[int(where * (len(content) - 1))] ^= 1
    (folder / name).write_bytes(content)
    refused(folder, f"{re.escape(name)}: the file was altered: its sha256 is")


@pytest.mark.parametrize("name", FILES)
def test_a_truncated_file(folder: Path, name: str) -> None:
    (folder / name).write_bytes((folder / name).read_bytes()[:-1])
    refused(folder, f"{re.escape(name)}: the file was altered: it takes")


def test_a_file_too_many(folder: Path) -> None:
    (folder / "notes.txt").write_text("mine")
    refused(folder, "notes.txt: this file does not belong to the model.*move it elsewhere")


def test_an_altered_manifest(folder: Path) -> None:
    text = (folder / "manifest.json").read_text()
    (folder / "manifest.json").write_text(text.replace("1.25", "1.26"))
    refused(folder, "manifest.json: the manifest is damaged or was altered: its digest is")


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 100_000, b'{"format": NaN}'])
def test_a_manifest_that_is_not_json(folder: Path, content: bytes) -> None:
    (folder / "manifest.json").write_bytes(content)
    refused(folder, "the manifest is damaged or was altered")


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.99])
def test_a_truncated_manifest(folder: Path, keep: float) -> None:
    content = (folder / "manifest.json").read_bytes()
    (folder / "manifest.json").write_bytes(content[: int(keep * len(content))])
    refused(folder, "it is not JSON")


def test_a_manifest_larger_than_any(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("toprank.storage.folder.MAX_BYTES", 100)
    refused(folder, "takes more than 100 bytes")


@pytest.mark.parametrize("content", ["[]", "{}", '"toprank-model"', '{"format": "other"}'])
def test_another_programs_folder(folder: Path, content: str) -> None:
    (folder / "manifest.json").write_text(content)
    refused(folder, "this is not the manifest of a toprank model.*name a folder that toprank saved")


def test_a_newer_format(altered: Altered) -> None:
    folder = altered(lambda body: body.update(version=manifest.VERSION + 1, toprank="9.1", layers=[]))
    read = f"which reads version {manifest.VERSION}.*a newer"
    refused(folder, f"version {manifest.VERSION + 1}, written by toprank 9.1; .*{read}")


@pytest.mark.parametrize("version", [0, manifest.VERSION - 1, float(manifest.VERSION), None, "1", [1]])
def test_an_older_format(altered: Altered, version: Any) -> None:
    problem = "this model was made by an older toprank.*Cure: fit the model again"
    refused(altered(lambda body: body.update(version=version)), problem)


def test_no_folder(tmp_path: Path) -> None:
    refused(tmp_path / "nowhere", r"there is no model folder here \(No such file")
    (tmp_path / "file").write_text("")
    refused(tmp_path / "file", r"there is no model folder here \(Not a directory")


def test_another_kind_of_state(folder: Path) -> None:
    refused(folder, "the folder holds a list, not a dict", dict)


TRICKS = ["../secret", "/etc/passwd", "a/b", "..", ".", "", ".hidden", "manifest.json", "a\0b", "a\nb", "x" * 200]


@pytest.mark.parametrize("name", TRICKS)
def test_a_name_that_is_a_path(altered: Altered, name: str) -> None:
    record = {"size": 1, "sha256": "0" * 64}
    refused(altered(lambda body: body["files"].update({name: record})), "which is not a plain name in the folder")


RECORDS = [{}, 3, {"size": -1, "sha256": "0" * 64}, {"size": True, "sha256": "0" * 64}, {"size": 1, "sha256": "zz"}]


@pytest.mark.parametrize("record", RECORDS)
def test_a_record_that_makes_no_sense(altered: Altered, record: Any) -> None:
    refused(altered(lambda body: body["files"].update({"model.html": record})), "it says of the file 'model.html'")


@pytest.mark.parametrize("key", ["about", "state", "objects", "files", "extra"])
def test_a_manifest_without_its_parts(altered: Altered, key: str) -> None:
    refused(altered(lambda body: body.pop(key, None) or body.update({key: 3})), "the manifest is damaged or was")


@pytest.mark.parametrize("name", [*FILES, "manifest.json"])
def test_a_link(folder: Path, name: str) -> None:
    shutil.move(folder / name, folder.parent / name)
    (folder / name).symlink_to(folder.parent / name)
    refused(folder, f"{re.escape(name)}: this file of the model cannot be read")


@pytest.mark.parametrize("name", ["model.html", "manifest.json"])
def test_a_pipe_is_not_waited_for(folder: Path, name: str) -> None:
    (folder / name).unlink()
    os.mkfifo(folder / name)
    refused(folder, f"{re.escape(name)}: this is not a file")


def test_a_folder_in_place_of_a_file(folder: Path) -> None:
    (folder / "model.html").unlink()
    (folder / "model.html").mkdir()
    refused(folder, "model.html: this is not a file")


ABSTAIN = "toprank.decisions.abstention:Abstain"
LISTS = "toprank.candidates.catalogue:TopWorks"

OBJECTS: dict[str, tuple[Change, str]] = {
    "no object": (lambda b: b["objects"].append(3), "3 is no kind of object"),
    "a strange kind": (lambda b: b["objects"].append({"pickle": "x"}), "is no kind of object"),
    "an unknown class": (
        lambda b: b["objects"].append({"class": "os.system", "fields": {}}),
        r"object \d+ \(os.system\) is not valid: 'os.system' is no class",
    ),
    "another program's class": (
        lambda b: b["objects"].append({"class": "subprocess:Popen", "fields": {"args": "ls"}}),
        "'subprocess:Popen' is no class",
    ),
    "a class that is not marked": (
        lambda b: b["objects"].append({"class": "toprank.core.update:Update", "fields": {}}),
        "'toprank.core.update:Update' is no class",
    ),
    "a function": (
        lambda b: b["objects"].append({"class": "toprank.core.atomic:write_whole", "fields": {}}),
        "'toprank.core.atomic:write_whole' is no class",
    ),
    "a module that is not there": (
        lambda b: b["objects"].append({"class": "toprank.nowhere:Nothing", "fields": {}}),
        "'toprank.nowhere:Nothing' is no class",
    ),
    "a class that is no name": (lambda b: b["objects"].append({"class": [LISTS], "fields": {}}), "is no class"),
    "no fields": (lambda b: b["objects"].append({"class": LISTS}), "KeyError"),
    "fields that are a list": (lambda b: b["objects"].append({"class": LISTS, "fields": []}), "AttributeError"),
    "a field too many": (lambda b: entry_of(b, "class")["fields"].update(more=1), "they must be ..start., .work.."),
    "a field too few": (lambda b: entry_of(b, "class")["fields"].pop("work"), "they must be ..start., .work.."),
    "a number for an array": (lambda b: entry_of(b, "class")["fields"].update(start=1), "start is int, not ndarray"),
    "a number beyond an enum": (
        lambda b: b["objects"].append({"class": ABSTAIN, "fields": {"band": 7.0, "interval": False}}),
        "the band of abstention is 7",
    ),
    "a later object": (lambda b: entry_of(b, "class")["fields"].update(start={"ref": 99}), "it refers to object 99"),
    "a negative object": (lambda b: entry_of(b, "class")["fields"].update(start={"ref": -1}), "it refers to object -1"),
    "a nested value": (lambda b: entry_of(b, "list")["list"].append([1]), "is no value"),
    "a strange float": (lambda b: entry_of(b, "list")["list"].append({"float": "1e5"}), "KeyError"),
    "a strange state": (lambda b: b.update(state={"ref": 10_000}), "its state is not valid"),
    "a file that is not there": (lambda b: entry_of(b, "array").update(file="other"), "there is no file 'other'"),
    "a file that is none": (lambda b: entry_of(b, "array").update(file=["x"]), "unhashable"),
    "another kind of file": (lambda b: entry_of(b, "array").update(file="model.html"), "not a safetensors file"),
    "a page as a table": (lambda b: entry_of(b, "table").update(table="model.html"), "not a Parquet file"),
    "a page as trees": (lambda b: b["objects"].append({"trees": "model.html"}), "these are not trees"),
    "a table as ids": (lambda b: entry_of(b, "ids").update(ids="table-0.parquet"), "ids are one column"),
    "an array that is not there": (lambda b: entry_of(b, "array").update(array="x"), "has no array 'x'"),
    "a strange shape": (lambda b: entry_of(b, "sparse").update(sparse=[3, "3"]), "is not the shape of a matrix"),
    "a small shape": (lambda b: entry_of(b, "sparse").update(sparse=[3, 2]), "indices must be <"),
    "a large shape": (lambda b: entry_of(b, "sparse").update(sparse=[2**40, 2**40]), "index pointer size"),
    "no arrays": (lambda b: entry_of(b, "sparse").update(data=3), "it needs an array, not int"),
    "a scalar of nothing": (lambda b: b["objects"].append({"scalar": 1}), "it needs an array, not int"),
}


@pytest.mark.parametrize("what", OBJECTS)
def test_an_object_that_makes_no_sense(altered: Altered, what: str) -> None:
    change, problem = OBJECTS[what]
    refused(altered(change), problem)


def test_an_array_of_another_kind(altered: Altered) -> None:
    def change(body: dict[str, Any]) -> None:
        floats = next(k for k, entry in enumerate(body["objects"]) if entry.get("array") == "state.1")
        body["objects"].insert(0, body["objects"].pop(floats))
        for entry in body["objects"]:
            if "class" in entry:
                entry["fields"] = {"start": {"ref": 0}, "work": {"ref": 0}}

    refused(
        altered(change),
        r"TopWorks\) is not valid: start is an array of float64, not ndarray",
    )


def header(size: int, **entry: Any) -> bytes:
    whole = {"state.1": {"dtype": "F64", "shape": [3], "data_offsets": [0, 24], **entry}}
    text = json.dumps(whole).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + bytes(size)


HEADERS: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "its header is said to take 0 bytes of a file of 0"),
    "huge": ((2**63).to_bytes(8, "little") + b"{}", "its header is said to take 9,223,372,036,854,775,808 bytes"),
    "nested": ((50_000).to_bytes(8, "little") + b"[" * 50_000, "its header is not valid"),
    "a list": (header(24)[:8] + b"[" + header(24)[9:], "its header is not valid"),
    "a huge shape": (header(24, shape=[2**40, 2**40]), "state.1.*is said to lie at 0 to 24"),
    "a huge shape and offsets": (header(24, shape=[2**40], data_offsets=[0, 2**43]), "is said to lie at 0 to"),
    "beyond all numbers": (header(24, shape=[2**70]), "must be whole numbers"),
    "a negative shape": (header(24, shape=[-3]), "must be whole numbers"),
    "a shape that overflows": (header(24, shape=[2**33, 2**31 + 1]), "is said to lie at"),
    "a shape of truth": (header(24, shape=[True, 3]), "must be whole numbers"),
    "many dimensions": (header(24, shape=[1] * 40 + [3]), "dimensions"),
    "another dtype": (header(24, dtype="I32"), "is said to lie at"),
    "an unknown dtype": (header(24, dtype="O"), "its header is not valid"),
    "a hole": (header(32, data_offsets=[8, 32]), "is said to lie at 8 to 32"),
    "bytes left over": (header(32), "its arrays take 24 bytes, and there are 32"),
    "too few bytes": (header(16), "is said to lie at 0 to 24"),
}


@pytest.mark.parametrize("what", HEADERS)
def test_a_hostile_array_file(folder: Path, altered: Altered, what: str) -> None:
    content, problem = HEADERS[what]
    (folder / "arrays-0.safetensors").write_bytes(content)
    refused(altered(nothing), f"arrays-0.safetensors: this is not a safetensors file that toprank wrote: .*{problem}")


def test_a_compressed_table(folder: Path, altered: Altered) -> None:
    table = pa.table({"id": ["a", "b"], "year": [1999, None]})
    pq.write_table(table, folder / "table-0.parquet", compression="zstd")
    refused(altered(nothing), "table-0.parquet.*the column .* is not plain")


def test_a_table_of_more_rows_than_bytes(folder: Path, altered: Altered) -> None:
    table = pa.table({"id": pa.nulls(10_000_000, pa.int64())})
    pq.write_table(table, folder / "table-0.parquet", compression="none", use_dictionary=False)
    refused(altered(nothing), "table-0.parquet.*10,000,000 rows of 1 columns are said to take")


@pytest.mark.parametrize("ids", [["a", "a"], ["a", None]])
def test_ids_that_are_none(folder: Path, altered: Altered, ids: list[str | None]) -> None:
    table = pa.table({"id": pa.array(ids, pa.string())})
    pq.write_table(table, folder / "ids-0.parquet", compression="none", use_dictionary=False)
    refused(altered(nothing), "ids-0.parquet.*(comes twice|are missing)")


@pytest.mark.parametrize("name", ["table-0.parquet", "ids-0.parquet"])
@pytest.mark.parametrize("seed", range(10))
def test_damaged_parquet_with_its_digest_put_right(folder: Path, altered: Altered, name: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    content = bytearray((folder / name).read_bytes())
    for at in rng.integers(0, len(content), 20):
        content[at] = rng.integers(256)
    (folder / name).write_bytes(content)
    altered(nothing)
    try:
        read_folder(folder, list)
    except DataError as error:
        assert name in str(error)  # noqa: PT017 - where the damage hits no structure, other values are read


STRANGERS: dict[str, Callable[[Path], object]] = {
    "files": lambda path: (path / "novel.txt").write_text("mine"),
    "another manifest": lambda path: (path / "manifest.json").write_text('{"name": "my site"}'),
    "a manifest that is none": lambda path: (path / "manifest.json").write_text("{"),
    "a folder": lambda path: (path / "src").mkdir(),
}


@pytest.mark.parametrize("what", STRANGERS)
def test_a_strangers_folder_is_not_replaced(tmp_path: Path, what: str) -> None:
    path = tmp_path / "place"
    path.mkdir()
    STRANGERS[what](path)
    before = sorted(one.name for one in path.rglob("*"))
    with pytest.raises(DataError, match=r"place.*Cure: name another place, or move it away"):
        write_folder(path, [1], about={})
    assert sorted(one.name for one in path.rglob("*")) == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_model_with_a_file_of_the_users_is_not_replaced(folder: Path) -> None:
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(DataError, match=r"notes.txt: the model that stands here does not hold this file"):
        write_folder(folder, [1], about={})
    assert (folder / "notes.txt").read_text() == "mine"


def test_a_file_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "place").write_text("mine")
    with pytest.raises(DataError, match="this is not a folder"):
        write_folder(tmp_path / "place", [1], about={})
    assert (tmp_path / "place").read_text() == "mine"


def test_an_empty_folder_and_a_damaged_model_are_replaced(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "empty").mkdir()
    (folder / "arrays-0.safetensors").write_bytes(b"damaged")
    for path in (tmp_path / "empty", folder):
        write_folder(path, [1], about={})
        assert read_folder(path, list)[0] == [1]


def test_a_link_to_a_folder_stays_a_link(folder: Path) -> None:
    link = folder.parent / "current"
    link.symlink_to(folder)
    write_folder(link, [2], about={})
    assert link.is_symlink()
    assert read_folder(folder, list)[0] == read_folder(link, list)[0] == [2]


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"cannot be written \(No such file or directory\); name another place"):
        write_folder(tmp_path / "no" / "model", [1], about={})


@pytest.mark.parametrize("name", ["../../page.html", "manifest.json", ".page", "arrays-0.safetensors"])
def test_a_page_that_cannot_be_called_so(tmp_path: Path, name: str) -> None:
    with pytest.raises(TypeError, match="a page cannot be called"):
        write_folder(tmp_path / "model", [np.zeros(1)], about={}, pages={name: ""})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("about", [{"a": object()}, {"a": {1: 2}}, {"float": 1}])
def test_what_is_said_about_a_model_is_plain(tmp_path: Path, about: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        write_folder(tmp_path / "model", [1], about=about)


def test_a_folder_without_a_model_is_called_so(tmp_path: Path) -> None:
    refused(tmp_path, "there is no model in this folder")
