from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from tests.cli.conftest import Run

from toprank.cli.output import TOP
from toprank.recommender.facade import FittedRecommender


def test_it_recommends_as_the_library_does(run: Run, model: Path, loaded: FittedRecommender) -> None:
    rows = json.loads(run("recommend", model, "--user", 3, "--user", 4, "-n", 3, "--diversity", 0.5, "--json").stdout)
    expected = loaded.recommend(["3", "4"], 3, diversity=0.5, reasons=True).rows()
    assert tuple(rows[0]) == TOP
    assert rows == [{name: one[name] for name in TOP} for one in expected]
    told = run("recommend", model, "--rate", "b001=5", "-n", 3, "--no-reasons", "--csv").stdout
    fields = list(csv.DictReader(io.StringIO(told)))
    assert [row["item"] for row in fields] == loaded.recommend(ratings={"b001": 5}, n=3).items
    assert {row["reason"] for row in fields} == {""}


def test_each_reader_has_a_table(run: Run, model: Path, loaded: FittedRecommender) -> None:
    asked = ("recommend", model, "--user", 3, "--user", 99999, "-n", 2)
    assert "the reader '99999' is not known" in run(*asked).stderr
    result = run(*asked, "--allow-unknown")
    assert result.exit_code == 0
    assert "For reader 3" in result.stdout
    assert "For reader 99999" in result.stdout
    assert "Note: the reader '99999' is not known" in result.stderr
    assert "In the order of how likely you are to pick and to like it." in result.stdout
    for row in loaded.recommend(["3", "99999"], 2, reasons=True):
        assert row["title"] in result.stdout
        assert row["reason"][:40] in result.stdout
    assert "For the new reader" in run("recommend", model, "--rate", "b001=5").stdout


def test_all_is_every_reader_with_a_rating(run: Run, model: Path, loaded: FittedRecommender) -> None:
    fields = list(csv.DictReader(io.StringIO(run("recommend", model, "--all", "-n", 1, "--csv").stdout)))
    ratings = loaded.data.ratings
    readers = ratings.users.ids[np.unique(ratings.user)].tolist()
    expected = loaded.recommend(readers, 1).rows()
    assert [(int(row["user"]), row["item"]) for row in fields] == [(one["user"], one["item"]) for one in expected]


def test_whom_nothing_passes_for_is_counted(run: Run, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recommend = FittedRecommender.recommend

    def for_the_first_only(self: FittedRecommender, user: list[str], *args: int, **options: object) -> object:
        return recommend(self, user[:1], *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(FittedRecommender, "recommend", for_the_first_only)
    assert "for 1 of 2 readers nothing passes" in run("recommend", model, "--user", 3, "--user", 4).stderr


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        ((), 1, "say for whom"),
        (("--user", "3", "--all"), 1, "say for whom"),
        (("--user", "3", "-n", "0"), 2, ""),
        (("--rate", "=5"), 1, "write the item and its rating"),
        (("--user", "3", "--only", "year"), 1, "--only is 'year'; write a column and its value"),
        (("--user", "3", "--only", "year=1960", "--only", "year=1970"), 1, "--only names 'year' twice"),
        (("--user", "3", "--only", "color=red"), 1, "only asks for 'color'; known of items: "),
        (("--user", "3", "--exclude-author", "Nobody"), 1, "exclude_author names 'Nobody', who wrote no item"),
    ],
)
def test_what_cannot_be_asked_is_refused(run: Run, model: Path, options: tuple[str], code: int, said: str) -> None:
    result = run("recommend", model, *options)
    assert result.exit_code == code
    assert said in result.stderr


def test_lists_are_filtered(run: Run, model: Path, tmp_path: Path) -> None:
    (tmp_path / "readers.csv").write_text("who\n3\n4\n", encoding="utf-8")
    stock = "isbn,shelf\nb010,A\nb011,A\nb020,B\nb061,B\nunheard of,C\n"
    (tmp_path / "stock.csv").write_text(stock, encoding="utf-8")

    def rows(*options: object) -> list[dict[str, str]]:
        result = run("recommend", model, "--users", tmp_path / "readers.csv", *options, "--csv")
        assert result.exit_code == 0, result.output
        return list(csv.DictReader(io.StringIO(result.stdout)))

    everything = rows()
    assert {row["user"] for row in everything} <= {"3", "4"}
    stocked = rows("--among", tmp_path / "stock.csv")
    assert {row["item"] for row in stocked} <= {"b010", "b011", "b020", "b061"}
    author = everything[0]["author"]
    assert author not in {row["author"] for row in rows("--exclude-author", author)}
    assert {row["author"] for row in rows("--only", f"author={author}")} <= {author}
    once = rows("--max-by-author", 1)
    assert len({(row["user"], row["author"]) for row in once}) == len(once)
