"""Lists on real titles: none holds a book twice, or one that the reader has, and at most three are by one author."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from toprank.core.dataset import Dataset
from toprank.recommender.facade import Recommender

pytestmark = [pytest.mark.book_crossing, pytest.mark.xdist_group("book-crossing")]

READERS, LISTS = 6000, 1000


def short_name(title: str, author: str) -> tuple[str, str]:
    """What a book is called on its spine: the title before a colon or bracket, its author's initial and last name."""
    head = re.sub(r"^\W*(the|an?)\s", "", re.split(r"[:(\[]", title.casefold())[0])
    words = re.findall(r"[^\W_]+", author.casefold())
    return re.sub(r"[\W_]+", "", head), f"{words[0][0]} {words[-1]}" if words else ""


def test_no_list_of_a_thousand_names_a_book_twice_or_one_that_its_reader_has(book_crossing: Dataset) -> None:
    rng = np.random.default_rng(1)
    assert book_crossing.implicit is not None
    some = rng.choice(np.unique(book_crossing.ratings.user), READERS, replace=False)
    implicit = book_crossing.implicit.take(np.flatnonzero(np.isin(book_crossing.implicit.user, some)))
    data = replace(book_crossing.with_ratings(np.isin(book_crossing.ratings.user, some)), implicit=implicit)
    few_trees = {"boosted.folds": 2, "boosted.num_boost_round": 10}
    model = Recommender(objective="f1", deep=False, budget=800, hyperparameters=few_trees).fit(data)
    ratings = model.data.ratings
    readers = rng.choice(np.unique(ratings.user), LISTS, replace=False)
    rows = model.recommend([ratings.users[int(user)] for user in readers]).rows()
    assert len(rows) > 5 * LISTS
    books = Counter((row["user"], short_name(row["title"], row["author"])) for row in rows if row["title"])
    assert max(books.values()) == 1
    by_author = Counter((row["user"], short_name("", row["author"])) for row in rows if row["author"])
    assert max(by_author.values()) <= 3
    held = model.data.implicit
    assert held is not None
    user, item = np.append(ratings.user, held.user), np.append(ratings.item, held.item)
    asked = np.flatnonzero(np.isin(user, readers))
    names = model.titles.columns(item[asked].astype(np.int64))
    had = {
        (ratings.users[int(one)], short_name(title, author))
        for one, title, author in zip(
            user[asked].tolist(), names["title"].to_pylist(), names["author"].to_pylist(), strict=True
        )
        if title and author
    }
    assert not had & set(books)
