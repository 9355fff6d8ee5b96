"""A small shop as its owner tries it: what was once answered wrongly."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from toprank.cli.main import app
from toprank.recommender.facade import FittedRecommender, Recommender

READERS, BOOKS = 160, 60
"""Each book has a hardcover (h) and a paperback (p)."""


def toprank(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ratings of 1 to 5 with a taste for authors, and the books' table."""
    folder, rng = tmp_path_factory.mktemp("shop"), np.random.default_rng(11)
    author = rng.integers(0, 12, BOOKS)
    taste, good = rng.normal(size=(READERS, 12)), rng.normal(size=BOOKS)
    pairs = rng.permutation(READERS * BOOKS)[:3600]
    with (folder / "ratings.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["user", "item", "rating"])
        for reader, book in zip(pairs // BOOKS, pairs % BOOKS, strict=True):
            value = 3.4 + taste[reader, author[book]] + 0.5 * good[book] + 0.5 * rng.normal()
            writer.writerow(
                [f"anna-{reader:03d}", f"{'hp'[rng.integers(2)]}{book:02d}", int(np.clip(round(value), 1, 5))]
            )
    with (folder / "books.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["item", "title", "author", "genre"])
        for book in range(BOOKS):
            title, writers, genre = (
                f"Story {book}",
                f"Writer {chr(65 + author[book])}son",
                ("fantasy", "crime")[book % 2],
            )
            writer.writerow([f"h{book:02d}", title, writers, genre])
            writer.writerow([f"p{book:02d}", f"{title}: A Novel", writers, genre])
    return folder


@pytest.fixture(scope="module")
def fitted(shop: Path) -> Result:
    options = ("--items", shop / "books.csv", "--scale", "1-5", "--no-deep", "--budget", 60)
    return toprank("fit", shop / "ratings.csv", "-o", shop / "model", *options)


@pytest.fixture(scope="module")
def model(fitted: Result, shop: Path) -> FittedRecommender:
    assert fitted.exit_code == 0, fitted.output
    return Recommender.load(shop / "model")


def test_by_default_half_as_much_disappoints_and_that_is_said(fitted: Result, model: FittedRecommender) -> None:
    promise = model.policy.promise
    assert promise is not None
    assert promise.objective == "halve"
    assert str(promise) in " ".join(fitted.stdout.split())
    picked, recommended = model.tested.liked.mean(), model.tested.liked[model.tested.recommend].mean()
    assert 1 - recommended < 0.6 * (1 - picked)


def test_a_book_just_rated_low_is_a_no_in_both_editions(shop: Path, model: FittedRecommender) -> None:
    asked = ("decide", shop / "model", "--rate", "h01=3", "--rate", "h05=5", "--item", "h01", "--item", "p01")
    rows: list[dict[str, Any]] = json.loads(toprank(*asked, "--json").stdout)
    assert [row["answer"] for row in rows] == ["no", "no"]
    assert [row["reason"] for row in rows] == ["you gave it 3", "you gave another edition of it 3"]


def test_lists_name_no_book_twice_and_none_that_the_reader_has(model: FittedRecommender) -> None:
    ratings = model.data.ratings
    readers = ratings.users.ids[1:].tolist()
    rated = {(ratings.users[u], str(ratings.items[i])[1:]) for u, i in zip(ratings.user, ratings.item, strict=True)}
    rows = model.recommend(readers).rows()
    listed = [(row["user"], row["item"][1:]) for row in rows]
    assert len(rows) > READERS
    assert len(set(listed)) == len(listed)
    assert not set(listed) & rated
    assert max(Counter((row["user"], row["author"]) for row in rows).values()) <= 3


def test_a_mistyped_id_is_an_error_with_the_nearest_ones(shop: Path, model: FittedRecommender) -> None:
    for options, said in (
        (("--user", "ana-003", "--item", "h01"), "did you mean anna-003"),
        (("--user", "anna-003", "--item", "h0l"), "the item 'h0l' is not known; did you mean h0"),
    ):
        result = toprank("decide", shop / "model", *options)
        assert result.exit_code == 1
        assert said in result.stderr
    mistyped = ("--user", "nobody", "--item", "nothing", "--json", "--allow-unknown")
    (row,) = json.loads(toprank("decide", shop / "model", *mistyped).stdout)
    assert row["answer"] == "no"


def test_lists_are_filtered_and_say_their_order(shop: Path, model: FittedRecommender) -> None:
    asked = ("recommend", shop / "model", "--user", "anna-003", "--only", "genre=fantasy", "--no-reasons")
    shown = toprank(*asked)
    assert shown.exit_code == 0, shown.output
    assert "In the order of how likely you are to pick and to like it." in shown.stdout
    items = [row["item"] for row in json.loads(toprank(*asked, "--json").stdout)]
    assert items
    assert all(int(item[1:]) % 2 == 0 for item in items)


JARGON = ("network", "embedding", "factor", "latent", "residual", "odds", "prior", "feature", "shrunk", "group", "held")


def test_reasons_begin_with_the_side_that_decided_and_name_books_or_counts(model: FittedRecommender) -> None:
    readers = model.data.ratings.users.ids[1:11].tolist()
    items = [f"h{book:02d}" for book in range(0, BOOKS, 6)]
    users = [reader for reader in readers for _ in items]
    rows = model.decide(users, items * len(readers), reasons=True).rows()
    named = 0
    for row in rows:
        reason = row["reason"]
        own = reason.startswith(("you gave it ", "you gave another edition of it "))
        assert own or reason.startswith("for it: " if row["recommend"] else "against it: "), reason
        assert not [word for word in JARGON if word in reason], reason
        assert any(letter.isdigit() for letter in reason), reason
        named += "Story" in reason
        books = [part.split(" and ")[0] for part in reason.split("Story ")[1:]]
        assert len(books) == len(set(books)), reason
    assert named > len(rows) / 3  # the others count raters or ratings


def test_whoever_likes_other_books_is_answered_otherwise(model: FittedRecommender) -> None:
    """No cutoff at which nearly everything is recommended to everybody."""
    readers = model.data.ratings.users.ids[1:41].tolist()
    items = [f"h{book:02d}" for book in range(BOOKS)]
    users = [reader for reader in readers for _ in items]
    share = model.decide(users, items * len(readers), reasons=False).recommend.reshape(len(readers), -1).mean(axis=1)
    assert share.mean() < 0.7
    assert share.std() > 0.05
