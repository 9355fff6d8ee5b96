"""A reader's export against a model whose books have ISBNs, titles and authors."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conftest import Make
from tests.recommender.conftest import few_trees

import toprank as tr
from toprank.core.dataset import Attributes
from toprank.core.ids import IdIndex
from toprank.errors import DataError
from toprank.recommender.facade import FittedRecommender, Recommender
from toprank.recommender.shelf import Shelf

WORDS = ["Amber", "Bitter", "Copper", "Distant", "Early", "Fallen", "Golden", "Hidden", "Iron"]
THINGS = ["Harbour", "Orchard", "Lantern", "Mountain", "Voyage", "Garden", "Kingdom", "Winter", "Letter", "Bridge"]
HEAD = "Title,Author,ISBN,My Rating,Exclusive Shelf\n"


def isbn(number: int) -> str:
    core = f"{14_000_000 + number * 7:09d}"
    check = -sum(int(digit) * weight for digit, weight in zip(core, range(10, 1, -1), strict=True)) % 11
    return core + ("X" if check == 10 else str(check))


@pytest.fixture(scope="module")
def books(library: Make) -> FittedRecommender:
    """90 books by ISBN, each of its own title."""
    data, _ = library()
    ids = IdIndex.of(sorted(isbn(k) for k in range(90)))
    titles = [f"The {WORDS[k // 10]} {THINGS[k % 10]}" for k in range(90)]
    table = pa.table(
        {"isbn": ids.ids.tolist(), "title": titles, "author": [f"Anna {WORDS[k % 9]}son" for k in range(90)]}
    )
    assert data.implicit is not None
    data = replace(
        data,
        ratings=replace(data.ratings, items=ids),
        implicit=replace(data.implicit, items=ids, users=data.ratings.users),
        items=Attributes(table, np.arange(90, dtype=np.int32)),
    )
    with few_trees():
        return Recommender(objective="f1", deep=False, budget=60).fit(data)


def read(model: FittedRecommender, rows: str, head: str = HEAD) -> Shelf:
    return tr.read_shelf(model, (head + rows).encode())


def test_books_are_found_by_isbn_then_by_title_and_author(books: FittedRecommender) -> None:
    ids = [isbn(k) for k in range(90)]
    hyphened = f"978-{ids[0][:1]}-{ids[0][1:5]}-{ids[0][5:9]}-"
    twelve = [int(digit) for digit in "978" + ids[0][:9]]
    hyphened += str(-sum(digit * weight for digit, weight in zip(twelve, (1, 3) * 6, strict=True)) % 10)
    shelf = read(
        books,
        f"Whatever,Somebody,{hyphened},5,read\n"
        f'Whatever,Somebody,"=""{ids[1]}""",1,read\n'
        f"Whatever,Somebody,{ids[2].lstrip('0')},4,read\n"
        'AMBER MOUNTAIN: A Novel,"A. Distantson",,3,read\n'
        "The Copper Kingdm,Anna Ironson,,2,read\n"
        "The Amber Garden,Somebody Else,,2,read\n",
    )
    assert shelf.ratings == {ids[0]: 5, ids[1]: 1, ids[2]: 4, ids[3]: 3, ids[26]: 2}
    assert [one.by for one in shelf.matched] == ["ISBN"] * 3 + ["title and author"] * 2
    assert [(row.line, row.reason) for row in shelf.unmatched] == [
        (7, "no book of this title and author is known")
    ]  # that title is another author's
    assert shelf.unmatched_table().rows()[0]["title"] == "The Amber Garden"


def test_held_books_are_never_listed_and_wanted_ones_may_be(books: FittedRecommender) -> None:
    ids = [isbn(k) for k in range(90)]
    rated = f"a,b,{ids[0]},5,read\n"
    best = books.recommend(ratings=read(books, rated), n=3).items
    held = read(books, rated + f"a,b,{best[0]},0,read\na,b,{best[1]},0,to-read\n")
    assert held.held == (best[0],)
    listed = books.recommend(ratings=held, n=20).items
    assert best[0] not in listed
    assert best[1] in listed
    assert "1 book that is only wanted left out" in held.notes
    only = read(books, f"a,b,{best[0]},0,read\n")
    assert not only.ratings
    assert best[0] not in books.recommend(ratings=only, n=20).items
    decided = books.decide(item=[ids[0], best[2]], ratings=held).rows()
    assert decided[0]["rated"] == 5
    assert decided[0]["answer"] == "yes"


def test_of_two_rows_of_one_book_the_rated_one_counts(books: FittedRecommender) -> None:
    shelf = read(books, f"x,y,{isbn(5)},0,read\nx,y,{isbn(5)},4,read\nx,y,{isbn(5)},2,read\n")
    assert shelf.ratings == {isbn(5): 4}
    assert shelf.held == ()
    assert [(row.line, row.reason) for row in shelf.unmatched] == [
        (2, "it is the book of line 3"),
        (4, "it is the book of line 3"),
    ]


def test_a_plain_list_is_on_the_models_scale(books: FittedRecommender) -> None:
    shelf = read(books, f"{isbn(1)},4.5\n{isbn(2)},\nnobody,3\n", "item,rating\n")
    assert shelf.ratings == {isbn(1): 4.5}
    assert shelf.held == (isbn(2),)
    assert [row.reason for row in shelf.unmatched] == ["the id nobody is not known"]
    with pytest.raises(DataError, match=r"line 2: the rating 9 is not on the model's scale, 1 to 5"):
        read(books, f"{isbn(1)},9\n", "item,rating\n")


def test_a_model_without_titles_says_so(plain: FittedRecommender) -> None:
    shelf = read(plain, "Emma,Jane Austen,0141439580,5,read\n")
    assert not shelf
    assert [row.reason for row in shelf.unmatched] == ["no book with its ISBN is known, and the model has no titles"]


def test_progress_is_told_to_the_end(books: FittedRecommender, tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text(HEAD + "The Amber Harbour,Anna Ambson,,5,read\n" * 600, encoding="utf-8")
    seen: list[tuple[int, int]] = []
    shelf = tr.read_shelf(books, path, progress=lambda done, total, words: seen.append((done, total)))
    assert seen == [(250, 600), (500, 600), (600, 600)]
    assert len(shelf.unmatched) == 600


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.lists(st.text(st.characters(codec="utf-8"), max_size=25), min_size=5, max_size=5), max_size=8))
def test_whatever_the_titles_every_row_is_accounted_for(books: FittedRecommender, rows: list[list[str]]) -> None:
    text = "".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) + "\n" for row in rows)
    try:
        shelf = read(books, text)
    except DataError:
        return
    assert len(shelf.matched) + len(shelf.unmatched) <= len(rows)
    assert all(books.data.ratings.scale.contains(np.array([one])) for one in shelf.values())


@pytest.mark.parametrize("letters", ["(", "(a", "[", "vol. 1 ", ", ", "&", "-", " a", "é", "the "])
def test_endless_titles_and_authors_end_soon(books: FittedRecommender, letters: str) -> None:
    endless = letters * 200_000
    shelf = read(books, f'"{endless}","{endless}",,5,read\n"The Amber Harbour","{endless}",,4,read\n')
    assert [row.line for row in shelf.unmatched] == [2, 3]
