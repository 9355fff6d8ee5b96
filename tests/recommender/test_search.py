from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from toprank.errors import OptionError
from toprank.recommender.search import SearchIndex
from toprank.recommender.titles import Titles

BOOKS = [
    ("Cien a\u00f1os de soledad", "Gabriel Garci\u0301a M\u00e1rquez", 5, 0),
    ("The Da Vinci Code", "Dan Brown", 800, 1),
    ("Cracking the Da Vinci Code", "Simon Cox", 10, 2),
    ("The Hobbit", "J. R. R. Tolkien", 250, 3),
    ("The Hobbit : The Enchanting Prelude", "J.R.R. TOLKIEN", 280, 3),
    ("The Annotated Hobbit", "Douglas Anderson", 4, 4),
    ("Letters", "J. R. R. Tolkein", 1, 5),
    ("It", "Stephen King", 90, 6),
    ("Pay It Forward", "Catherine Ryan Hyde", 160, 7),
    (None, "Nobody", 3, 8),
]


@pytest.fixture
def index() -> SearchIndex:
    title, author, known, work = zip(*BOOKS, strict=True)
    titles = Titles(pa.array(title), pa.array(author), np.arange(len(BOOKS)))
    return SearchIndex.of(titles, np.array(work), np.array(known))


@pytest.mark.parametrize(
    ("words", "item"),
    [
        ("cien anos", 0),
        ("GARC\u00cdA M\u00c1RQUEZ", 0),
        ("garcia soledad", 0),
        ("da vinci code", 1),
        ("davinci code", 1),
        ("dan brwon", 1),
        ("hobbit", 4),
        ("hobit", 4),
        ("Tolkein", 4),
        ("annotated hobbit", 5),
        ("it", 7),
        ("stephen king it", 7),
        ("soled", 0),
    ],
)
def test_what_one_means_comes_first(index: SearchIndex, words: str, item: int) -> None:
    assert index.find(words)[0] == item


def test_each_work_is_found_once_in_its_best_known_edition(index: SearchIndex) -> None:
    found = index.find("hobbit").tolist()
    assert found == [4, 5]
    assert index.find("hobbit", n=1).tolist() == [4]


@pytest.mark.parametrize("words", ["quixotic", "zzz", "the quixotic xyzzy"])
def test_nothing_that_is_not_like_it(index: SearchIndex, words: str) -> None:
    assert index.find(words).tolist() == []


def test_a_text_without_words_is_refused_and_so_is_a_model_without_titles(index: SearchIndex) -> None:
    with pytest.raises(OptionError, match="no word"):
        index.find("?!")
    with pytest.raises(OptionError, match="no titles"):
        SearchIndex.of(Titles(None, None, np.arange(3)), np.arange(3), np.ones(3, np.int64))


def test_no_title_at_all_and_no_authors() -> None:
    index = SearchIndex.of(Titles(pa.array([], pa.string()), None, np.full(2, -1)), np.arange(2), np.ones(2, np.int64))
    assert index.find("anything").tolist() == []
    index = SearchIndex.of(Titles(pa.array(["Emma"]), None, np.zeros(1, np.int64)), np.arange(1), np.ones(1, np.int64))
    assert index.find("ema").tolist() == []
    assert index.find("emma").tolist() == [0]
