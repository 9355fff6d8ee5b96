from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from toprank.core.dataset import Attributes
from toprank.core.ids import IdIndex
from toprank.data.isbn import isbn_blocks, normalised_isbns
from toprank.data.works import Works, find_works


def isbns(*ids: str) -> list[int]:
    return [int(found) for found in normalised_isbns(np.array(ids, dtype=object))]


def works(books: dict[str, tuple[str | None, str | None]], *others: str) -> tuple[dict[str, int], Works]:
    index = IdIndex.of([*books, *others])
    table = pa.table(
        {
            "isbn": list(books),
            "title": pa.array([title for title, _ in books.values()], pa.string()),
            "author": pa.array([author for _, author in books.values()], pa.string()),
        }
    )
    row = np.full(len(index), -1, np.int32)
    row[index.positions(list(books))] = np.arange(len(books))
    found = find_works(index, Attributes(table, row))
    return dict(zip(index.ids.tolist(), found.work.tolist(), strict=True)), found


def test_an_isbn_is_one_however_it_is_written() -> None:
    expected = 978_043_935_806
    assert isbns("043935806X", " 0-439-35806-x", "43935806X", "978-0-439-35806-4") == [expected] * 4
    assert isbns("155404295X", "155404295x") == [978_155_404_295] * 2


@pytest.mark.parametrize("id_", ["0439358067", "9780439358062", "0000000000", "B00005WZ75", "", "WEAREWITNESSE", "8"])
def test_a_wrong_check_digit_is_no_isbn(id_: str) -> None:
    assert isbns(id_) == [-1]


def test_check_digits_agree_with_isbnlib() -> None:
    isbnlib = pytest.importorskip("isbnlib")
    rng = np.random.default_rng(13)
    ids = [
        f"{n:09d}{'0123456789X'[d]}" for n, d in zip(rng.integers(1, 10**9, 500), rng.integers(0, 11, 500), strict=True)
    ]
    ids += [isbnlib.to_isbn13(i) for i in ids if isbnlib.is_isbn10(i)]
    assert [found >= 0 for found in isbns(*ids)] == [bool(isbnlib.is_isbn10(i) or isbnlib.is_isbn13(i)) for i in ids]


def test_blocks_of_the_english_groups_agree_with_isbnlib() -> None:
    isbnlib = pytest.importorskip("isbnlib")
    for isbn, parts in (("0306406152", 3), ("0140449132", 2), ("1585670081", 5), ("0899500013", 5)):
        group, block = isbn_blocks(normalised_isbns(np.array([isbn], object)))
        masked = isbnlib.mask(isbn).split("-")
        assert str(group[0]) == f"978{masked[0]}"
        assert len(masked[1]) == parts
        assert str(block[0]) == f"978{masked[0]}{masked[1]}{parts}"


def test_editions_with_one_isbn_share_work_and_attributes() -> None:
    of, found = works({"043935806X": ("A Title", "Ann Author")}, " 043935806x", "978-0439358064", "other")
    assert of["043935806X"] == of[" 043935806x"] == of["978-0439358064"] != of["other"]
    assert sorted(found.row.tolist()) == [-1, 0, 0, 0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("The Orphan Game : A Novel", "Ann Darby"), ("Orphan Game", "ANN DARBY")),
        (("Emma (Penguin Classics)", "Jane Austen"), ("EMMA", "Jane Austen")),
        (("I'm Not Scared", "J.R.R. Tolkien"), ("Im not scared!", "J. R. R. Tolkien")),
        (("Good Omens", "Neil Gaiman & Terry Pratchett"), ("Good Omens", "Neil Gaiman")),
        (("Nethergate", "Norah Lofts"), ("Nethergate", "Norah Robinson Lofts")),
        (("Theory of Relativity, A", "Jacquelyn Mitchard"), ("A Theory of Relativity", "Jacquelyn Mitchard")),
        (("Protector", "Niven"), ("Protector", "Larry Niven")),
        (("The Road to Oz", "Frank L. Baum"), ("Road to Oz (Books of Wonder (Cloth))", "L. Frank Baum")),
        (("Emma", "Austen, Jane"), ("Emma", "Jane Austen")),
        (("The Dispossessed", "Ursula K. Le Guin"), ("The Dispossessed", "Ursula LeGuin")),
        (("Salambó", "Gustave Flaubert"), ("Salambo", "Gustave Flaubert")),
        (("Women on Top", "Nancy Friday"), ("Women on Top: How Real Life Has Changed Fantasies", "Nancy Friday")),
        (("Echt zauberhaft. Ein Scheibenwelt- Roman.", "Terry Pratchett"), ("Echt zauberhaft.", "Terry Pratchett")),
        (("George Orwell's 1984", "George Orwell"), ("1984", "George Orwell")),
        (("Goosebumps #22: Ghost Beach", "R. L. Stine"), ("Ghost Beach (Goosebumps, No 22)", "R. L. Stine")),
        (("Democracy in America", "Alexis De Tocqueville"), ("Democracy in America", "Alexis De Tocquevil")),
        (("The Colour of Blood", "Brian Moore"), ("The Color of Blood", "Brian Moore")),
        (("Love Hina, Vol. 2", "Ken Akamatsu"), ("Love Hina, Volume II", "Ken Akamatsu")),
    ],
)
def test_editions_are_joined_by_title_and_author(one: tuple[str, str], other: tuple[str, str]) -> None:
    of, _ = works({"x1": one, "x2": other})
    assert of["x1"] == of["x2"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Poems", "Dylan Thomas"), ("Poems", "R. S. Thomas")),
        (("Emma", "Jane Austen"), ("Persuasion", "Jane Austen")),
        (("Emma", None), ("Emma", None)),
        (("(untitled)", "Jane Austen"), ("(no title)", "Jane Austen")),
        (("Love Hina (Book 5)", "Ken Akamatsu"), ("Love Hina (Book 6)", "Ken Akamatsu")),
        (("Magic Eye, Vol. 1", "N. E. Thing"), ("Magic Eye, Vol. 2", "N. E. Thing")),
        (("The Dark Is Rising", "Susan Cooper"), ("The Dark Is Rising (Boxed Set)", "Susan Cooper")),
        (("Mrs Dalloway", "Virginia Woolf"), ("Mrs. Dalloway (Cliffs Notes)", "Virginia Woolf")),
        (("Psychology", "David G. Myers"), ("Psychology 5th Edition Study Guide", "David G. Myers")),
        (("Saucer", "Stephen Coonts"), ("Saucer: The Conquest", "Stephen Coonts")),
        (("Look Back in Anger", "John Osborne"), ("Look Back in Anger: And Other Plays", "John Osborne")),
        (("Best Food Writing 2003", "Holly Hughes"), ("Best Food Writing 2001", "Holly Hughes")),
        (("Death of an Irish Sinner", "B. Gill"), ("Death of an Irish Tinker", "B. Gill")),
        (
            ("Spectrum 7: The Best in Fantastic Art", "A. Fenner"),
            ("Spectrum 8: The Best in Fantastic Art", "A. Fenner"),
        ),
        (("There and Back Again", "Pat Murphy"), ("There and Back Again", "Harold Jones")),
    ],
)
def test_other_books_are_not(one: tuple[str, str | None], other: tuple[str, str | None]) -> None:
    of, _ = works({"x1": one, "x2": other})
    assert of["x1"] != of["x2"]


def test_series_are_read_from_parentheses() -> None:
    _, found = works(
        {
            "x1": ("The Eye of the World (The Wheel of Time, Book 1)", "Robert Jordan"),
            "x2": ("The Great Hunt (The Wheel of Time, Book 2)", "Robert Jordan"),
            "x3": ("Once (Paperback)", "A"),
            "x4": ("Twice (Paperback)", "B"),
            "x5": ("Alone (Its Own Series)", "C"),
        }
    )
    assert found.series[0] == found.series[1] >= 0
    assert found.series[2:].tolist() == [-1, -1, -1]


def test_ids_without_attributes_are_their_own_works() -> None:
    found = find_works(IdIndex.of([3, 5, 9]), None)
    assert found.work.tolist() == [0, 1, 2]
    assert found.n_works == 3
    assert found.isbn.tolist() == found.series.tolist() == found.row.tolist() == [-1, -1, -1]


def test_there_may_be_no_title_or_no_author() -> None:
    index = IdIndex.of(["a", "b"])
    row = np.arange(2, dtype=np.int32)
    for table in (pa.table({"id": ["a", "b"], "genre": ["x", "x"]}), pa.table({"id": ["a", "b"], "title": ["x", "x"]})):
        assert find_works(index, Attributes(table, row)).work.tolist() == [0, 1]


@pytest.mark.parametrize("names", [("title", "author"), ("Book-Title", "Book-Author"), ("Name", "writers")])
def test_columns_may_have_other_names_and_be_dictionaries(names: tuple[str, str]) -> None:
    index = IdIndex.of(["a", "b"])
    texts = [pa.array(["Emma", "EMMA"]).dictionary_encode(), pa.array(["Jane Austen"] * 2).dictionary_encode()]
    table = pa.table({"id": ["a", "b"], names[0]: texts[0], names[1]: texts[1]})
    assert find_works(index, Attributes(table, np.arange(2, dtype=np.int32))).work.tolist() == [0, 0]


def test_a_series_with_several_books_is_none_of_them() -> None:
    author = "J. R. R. Tolkien"
    of, _ = works(
        {
            "a": ("Le Seigneur des Anneaux", author),
            "b": ("Le Seigneur des Anneaux: La Communaute de l'Anneau", author),
            "c": ("Le Seigneur des Anneaux: Les Deux Tours", author),
            "d": ("La Communaute de l'Anneau", author),
        }
    )
    assert len({of["a"], of["b"], of["c"]}) == 3


def test_a_missing_title_comes_from_another_edition() -> None:
    _, found = works({"043935806X": (None, None), "9780439358064": ("A Title", "Ann Author"), "x": (None, None)})
    assert found.row.tolist() == [1, 1, 2]


def test_isbns_may_stand_in_a_column_of_their_own() -> None:
    index = IdIndex.of([1, 2, 3])
    table = pa.table({"book": [1, 2, 3], "isbn13": ["978-0439358064", "043935806X", None], "title": ["A", "B", "C"]})
    found = find_works(index, Attributes(table, np.arange(3, dtype=np.int32)))
    assert found.work.tolist() == [0, 0, 1]


@pytest.mark.parametrize("titles", [[], [""], [None, "!?"], ["Emma"]])
def test_few_or_no_titles_are_no_trouble(titles: list[str | None]) -> None:
    table = pa.table(
        {
            "isbn": pa.array([str(k) for k in range(len(titles))], pa.string()),
            "title": pa.array(titles, pa.string()),
            "author": pa.array(["Jane Austen"] * len(titles), pa.string()),
        }
    )
    found = find_works(IdIndex.of(["a", "b"]), Attributes(table, np.full(2, -1, np.int32)))
    assert found.n_works == 2
