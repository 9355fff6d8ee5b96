from __future__ import annotations

import pytest

from toprank.core.arrays import AnyArray, IntArray
from toprank.core.ids import IdIndex
from toprank.data.isbn import normalised_isbns
from toprank.data.resolve_ids import nearest_ids, resolve_ids

BOOKS = IdIndex.of(["0261102354", "043935806X", "9780395489314", "B00005WZ75", "0000913154", "b007"])


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("0261102354", "0261102354"),
        ("0-261-10235-4", "0261102354"),
        ("0 261 10235 4", "0261102354"),
        ("9780261102354", "0261102354"),
        ("978-0-261-10235-4", "0261102354"),
        ("261102354", "0261102354"),
        (261102354, "0261102354"),
        ("043935806x", "043935806X"),
        ("43935806x", "043935806X"),
        ("0395489318", "9780395489314"),
        ("913154", "0000913154"),
        (" b007 ", "b007"),
    ],
)
def test_an_isbn_is_understood_in_every_form(typed: str | int, meant: str) -> None:
    (position,) = resolve_ids(BOOKS, [typed])
    assert position >= 0
    assert BOOKS[int(position)] == meant


@pytest.mark.parametrize("typed", ["0261102355", "261102355", "B007", "0000000000", "0", "", "7"])
def test_what_is_not_there_is_not_guessed(typed: str) -> None:
    assert resolve_ids(BOOKS, [typed]).tolist() == [-1]


def test_two_ids_of_one_isbn_are_told_apart_only_as_they_stand() -> None:
    index = IdIndex.of(["0261102354", "9780261102354"])
    assert resolve_ids(index, ["9780261102354", "0261102354", "0-261-10235-4"]).tolist() == [1, 0, -1]


def test_integers_stay_integers() -> None:
    index = IdIndex.of([3, 17, 261102354])
    assert resolve_ids(index, [17, "17", " 3 ", "four", 5, "0261102354"]).tolist() == [1, 1, 0, -1, -1, -1]


def test_the_nearest_ids_are_offered() -> None:
    index = IdIndex.of(["anna-01", "anna-03", "bert-03", "Zoe"])
    assert nearest_ids(index, "ana-03")[0] == "anna-03"
    assert nearest_ids(index, "zoé") == ["Zoe"]
    assert nearest_ids(index, "qqqq") == []
    assert nearest_ids(IdIndex.of([1234, 99]), "1235") == [1234]


def test_all_ids_are_read_as_isbns_once(monkeypatch: pytest.MonkeyPatch) -> None:
    index = IdIndex.of(["0-261-10235-4", "no isbn", "nor this", "nor that"])
    sizes: list[int] = []

    def counted(texts: AnyArray) -> IntArray:
        sizes.append(len(texts))
        return normalised_isbns(texts)

    monkeypatch.setattr("toprank.data.resolve_ids.normalised_isbns", counted)
    for _ in range(3):
        assert resolve_ids(index, ["9780261102354", "9780140449136"]).tolist() == [0, -1]
    assert sizes.count(len(index)) == 1
