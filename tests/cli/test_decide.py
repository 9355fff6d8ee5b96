from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from tests.cli.conftest import Run

from toprank.cli.output import DECIDED, DECISIONS
from toprank.recommender.facade import FittedRecommender


def test_it_answers_as_the_library_does(run: Run, model: Path, loaded: FittedRecommender) -> None:
    items = ["b001", "b002", "b003"]
    asked = ("decide", model, "--user", 3, *(word for item in items for word in ("--item", item)))
    expected = loaded.decide("3", items).rows()
    rows = json.loads(run(*asked, "--json").stdout)
    assert tuple(rows[0]) == DECIDED
    for row, one in zip(rows, expected, strict=True):
        assert {name: row[name] for name in DECISIONS if name != "rated"} == {
            name: one[name] for name in DECISIONS if name != "rated"
        }
        assert row["cutoff"] == loaded.policy.threshold.cutoff
        assert row["promise"] == (loaded.policy.promise and str(loaded.policy.promise))
    fields = list(csv.DictReader(io.StringIO(run(*asked, "--csv").stdout)))
    assert [float(row["probability"]) for row in fields] == [one["probability"] for one in expected]
    assert {row["recommend"] for row in fields} <= {"true", "false"}


def test_tables_show_titles_and_authors_and_fit_the_terminal(run: Run, model: Path, loaded: FittedRecommender) -> None:
    shown = run("decide", model, "--user", "3", "--item", "b004").stdout
    row = loaded.decide("3", "b004").rows()[0]
    for text in (row["title"], row["author"], "b004", f"{row['probability']:.2f}", row["reason"][:40]):
        assert text in shown
    assert max(map(len, shown.splitlines())) <= 160


def test_a_new_reader_is_answered_from_their_ratings(run: Run, model: Path, loaded: FittedRecommender) -> None:
    told = ("--rate", "b001=5", "--rate", "b010=2")
    (row,) = json.loads(run("decide", model, *told, "--item", "b003", "--json").stdout)
    expected = loaded.decide(item="b003", ratings={"b001": 5, "b010": 2}).rows()[0]
    assert row["probability"] == expected["probability"]
    assert row["reader_ratings"] == 2


def test_unknown_ids_are_answered_and_said(run: Run, model: Path) -> None:
    refused = run("decide", model, "--user", "nobody", "--item", "zzz", "--json")
    assert refused.exit_code == 1
    assert "the reader 'nobody' is not known" in refused.stderr
    assert refused.stdout == ""
    result = run("decide", model, "--user", "nobody", "--item", "zzz", "--json", "--allow-unknown")
    assert result.exit_code == 0
    (row,) = json.loads(result.stdout)
    assert row["answer"] == "no"
    assert row["known"] == row["reason"] == "neither the reader nor the book is known"
    assert row["title"] is None
    assert "Note: the reader 'nobody' is not known" in result.stderr
    assert f"toprank find {model}" in result.stderr


def test_pairs_come_from_a_file(run: Run, model: Path, loaded: FittedRecommender, tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text("reader,book\n3,b001\n4,b002\n4,b003\n", encoding="utf-8")
    rows = json.loads(run("decide", model, "--pairs", path, "--json").stdout)
    expected = loaded.decide(["3", "4", "4"], ["b001", "b002", "b003"])
    assert [row["probability"] for row in rows] == expected.probability.tolist()
    assert [row["user"] for row in rows] == ["3", "4", "4"]
    assert "reader" in run("decide", model, "--pairs", path).stdout


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("who,item\n3,b001\n", "none is the column of users"),
        ("user,item,book\n3,b001,b002\n", "'item', 'book' could each be the column of items"),
        ("user,item\n3,b001\n3,\n", "line 3: the item id is empty"),
        ("user,item\n", "no rows"),
    ],
)
def test_pairs_that_cannot_be_read_are_named(run: Run, model: Path, tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text(text, encoding="utf-8")
    result = run("decide", model, "--pairs", path)
    assert result.exit_code == 1
    assert said in result.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--user", "3"), "name the items to decide on with --item"),
        (("--item", "b001"), "say who is asked about"),
        (("--item", "b001", "--user", "3", "--rate", "b002=4"), "with --rate; not both"),
        (("--item", "b001", "--user", "3", "--user", "4"), "--user is given 2 times; ask about one reader at a time"),
        (("--item", "b001", "--pairs", "pairs.csv"), "leave out --user, --item, --rate and --shelf"),
        (("--item", "b001", "--rate", "b002"), "write the item and its rating"),
        (("--item", "b001", "--rate", "b002=6"), "not on the scale 1 to 5"),
        (("--item", "b001", "--rate", "b002=4", "--rate", "b002=5"), "twice"),
        (("--item", "b001", "--user", "3", "--json", "--csv"), "--json and --csv are both given"),
    ],
)
def test_what_cannot_be_asked_is_refused(run: Run, model: Path, options: tuple[str], said: str) -> None:
    result = run("decide", model, *options)
    assert result.exit_code == 1
    assert said in result.stderr
    assert result.stdout == ""


def test_a_folder_without_a_model_is_refused(run: Run, tmp_path: Path) -> None:
    result = run("decide", tmp_path / "none", "--user", "3", "--item", "b001")
    assert result.exit_code == 1
    assert "there is no model folder here" in result.stderr


def test_a_book_just_rated_is_answered_by_that_rating(run: Run, model: Path) -> None:
    shown = run("decide", model, "--rate", "b000=3", "--item", "b000", "--item", "b001").stdout
    assert " yes " not in shown
    assert "you gave it 3" in shown
    assert "you gave another edition of it 3" in shown
    assert "you gave another edition of it 3" in run("explain", model, "--rate", "b000=3", "--item", "b001").stdout


def test_it_says_from_where_on_the_answer_is_yes(run: Run, model: Path, loaded: FittedRecommender) -> None:
    shown = run("decide", model, "--user", "3", "--item", "b004").stdout
    assert f"It recommends from P(liked) {loaded.policy.threshold.cutoff:.2f} on." in shown
