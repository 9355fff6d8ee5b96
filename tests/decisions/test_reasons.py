from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.special import logit

from toprank.core.dataset import Dataset
from toprank.core.ratings import Ratings
from toprank.core.readers import ReaderLists
from toprank.decisions.reasons import SLIGHT, Part, Reason, explain
from toprank.evidence.pairs import Pairs
from toprank.evidence.reason_words import named_books, points
from toprank.evidence.source import Namer
from toprank.models.boosted import Boosted, FittedBoosted

Make = Callable[..., tuple[Dataset, Ratings]]


@pytest.fixture(scope="module")
def fitted(library: Make) -> tuple[FittedBoosted, Dataset, Ratings]:
    data, later = library()
    model = Boosted(num_boost_round=30, min_data_in_leaf=20, learning_rate=0.2)
    return model.fit(data, rng=np.random.default_rng(13)), data, later


def explained(
    model: FittedBoosted, users: np.ndarray, items: np.ndarray, probability: np.ndarray, title: Namer = lambda _: None
) -> list[Reason]:
    return explain(model, model.evidence.pairs(users, items), probability, title)


def test_a_reason_adds_up(fitted: tuple[FittedBoosted, Dataset, Ratings]) -> None:
    model, _, later = fitted
    users, items = later.user[:40], later.item[:40]
    probability = 0.9 * model.scores(users, items) + 0.02  # some calibration
    for reason, p in zip(explained(model, users, items, probability), probability.tolist(), strict=True):
        parts = sum(part.log_odds for part in reason.parts)
        assert reason.base + parts + reason.calibration == pytest.approx(float(logit(p)))
        assert reason.probability == p
        strength = [abs(part.log_odds) for part in reason.parts]
        assert strength == sorted(strength, reverse=True)


def test_without_calibration_nothing_is_left_over(fitted: tuple[FittedBoosted, Dataset, Ratings]) -> None:
    model, _, later = fitted
    users, items = later.user[:40], later.item[:40]
    for reason in explained(model, users, items, model.scores(users, items)):
        assert reason.calibration == pytest.approx(0, abs=1e-6)


def test_its_numbers_are_those_of_the_ratings(fitted: tuple[FittedBoosted, Dataset, Ratings]) -> None:
    model, data, _ = fitted
    user, item = 7, 11
    (reason,) = explained(model, np.array([user]), np.array([item]), np.array([0.5]))
    words = {part.source: part.words for part in reason.parts}
    ratings = data.ratings
    own = ratings.value[ratings.user == user]
    likes, average = ratings.liked[ratings.user == user].sum(), points(own.mean())
    assert words["user"] == f"you liked {likes} of the {len(own)} books you rated ({average} on average)"
    given = ratings.value[ratings.item // 2 == item // 2]  # two editions are one book
    liked = ratings.liked[ratings.item // 2 == item // 2].sum()
    who = f"{liked} of the {len(given)} readers who rated it"
    assert words["work"] == f"{who} liked it ({points(given.mean())} on average)"
    assert data.items is not None
    author = np.array(data.items.table.column("author").to_pylist())
    by_author = ratings.value[(ratings.user == user) & (author[ratings.item] == author[item])]
    many = len(by_author)
    assert words["user x author"].startswith(
        f"you gave {many} book{'s' * (many > 1)} by the same author {points(by_author.mean())}"
    )
    assert "in your country" in words["location: last x work"]
    assert words["expected"].startswith("all told we expect a rating of ")


def test_a_sentence_names_what_speaks_for_and_against_it() -> None:
    parts = (Part("a", "many liked it", 0.7), Part("b", "you rate low", -0.4), Part("c", "its author", 0.001))
    reason = Reason(parts, 0.1, 0.0, 0.6)
    assert reason.sentence == "for it: many liked it; against it: you rate low"
    assert Reason(parts, 0.1, 0.0, 0.6, recommend=False).sentence == "against it: you rate low; for it: many liked it"
    assert "nothing is known" in Reason((), 0.1, 0.0, 0.5).sentence


def test_a_sentence_prefers_facts_and_says_nothing_twice() -> None:
    parts = (
        Part("book embedding", "what its readers also read", 0.9, 3),
        Part("work", "8 of the 11 readers who rated it liked it", 0.5, 0, "work"),
        Part("item", "6 of the 9 readers who rated this edition liked it", 0.4, 0, "work"),
        Part("user x author", "you gave Emma, by the same author, 9", 0.3, 0, items=frozenset([3])),
        Part("nearest books", "you gave Emma 9, which its readers also read", 0.25, 0, items=frozenset([3])),
        Part("expected", "all told we expect a rating of 7.9", -0.3, 2),
        Part("year", "no rating for the year", -0.2, 3),
    )  # fmt: skip
    said = "for it: 8 of the 11 readers who rated it liked it, and you gave Emma, by the same author, 9"
    assert Reason(parts, 0.0, 0.0, 0.8, recommend=True).sentence == said
    against = Reason(parts, 0.0, 0.0, 0.3, recommend=False).sentence
    assert (
        against == "against it: all told we expect a rating of 7.9; for it: 8 of the 11 readers who rated it liked it"
    )
    same = parts[3:5]
    assert Reason(same, 0.0, 0.0, 0.8, recommend=True).sentence == "for it: you gave Emma, by the same author, 9"
    only = Reason(parts[:1], 0.0, 0.0, 0.8, recommend=True).sentence
    assert only == "for it: what its readers also read"


@pytest.mark.parametrize("recommend", [True, False])
def test_a_decision_has_a_reason_on_its_side(fitted: tuple[FittedBoosted, Dataset, Ratings], recommend: bool) -> None:
    model, _, later = fitted
    pairs = model.evidence.pairs(later.user[:40], later.item[:40])
    decided = np.full(40, recommend)
    side, facts = "for it: " if recommend else "against it: ", 0
    for reason in explain(model, pairs, np.full(40, 0.5), lambda item: f"Book {item}", recommend=decided):
        there = any((part.log_odds > 0) == recommend for part in reason.parts if abs(part.log_odds) > SLIGHT)
        assert reason.sentence.startswith(side) == there
        facts += any(part.rank == 0 and part.words in reason.sentence for part in reason.parts)
    assert facts == 40


def test_an_unrated_book_says_so(library: Make) -> None:
    data, _ = library()
    rated = data.ratings.item != 5
    model = Boosted(num_boost_round=2, min_data_in_leaf=20).fit(data.with_ratings(rated), rng=np.random.default_rng(1))
    words = {p.source: p.words for p in explained(model, np.array([0]), np.array([5]), np.array([0.5]))[0].parts}
    assert words["item"].startswith("nobody has rated this edition")


def test_what_a_reader_has_not_rated_is_said_plainly(fitted: tuple[FittedBoosted, Dataset, Ratings]) -> None:
    model, *_ = fitted
    evidence = model.evidence
    pair = Pairs(evidence.readers(ReaderLists.single([], [], [])), np.array([0]), np.array([3]))
    row = dict(zip(evidence.names, evidence.matrix(pair)[0].tolist(), strict=True))

    def words(part: str) -> str:
        return evidence.explain(part, pair, row, lambda _: None)

    assert words("user x author").startswith("you rated no other book by the same author")
    assert words("user x year band") == "you rated no other book of the same years"
    assert words("preference") == "you have rated no book to go by"
    assert words("user").startswith("you have rated no book")


def test_raters_like_the_reader_are_counted_and_books_named(
    fitted: tuple[FittedBoosted, Dataset, Ratings],
) -> None:
    model, data, later = fitted
    evidence, ratings = model.evidence, data.ratings
    work = evidence.groupings.work.code
    for user, item in zip(later.user[:10].tolist(), later.item[:10].tolist(), strict=True):
        pair = evidence.pairs(np.array([user]), np.array([item]))
        row = dict(zip(evidence.names, evidence.matrix(pair)[0].tolist(), strict=True))
        raters = evidence.told("similar readers", pair, row, 1.0, str)
        assert raters is not None
        n = min(12, int(((work[ratings.item] == work[item]) & (ratings.user != user)).sum()))
        liked = round(raters.liked * n)
        count = {0: "none", n: "all"}.get(liked, liked)
        assert raters.words == f"{count} of the {n} readers most like you who rated it liked it"
        for effect in (1.0, -1.0):
            books = evidence.told("similar works", pair, row, effect, lambda item: f"Book {item}")
            assert books is not None
            if books.words.startswith("you gave Book"):
                assert books.liked == (effect > 0)
                number, value = books.words.split()[3:5]
                mine = (ratings.user == user) & (ratings.item == int(number))
                assert ratings.value[mine].tolist() == [float(value.rstrip(","))]
                assert bool(ratings.liked[mine][0]) == (effect > 0)


def test_an_unknown_reader_hears_what_all_readers_think(fitted: tuple[FittedBoosted, Dataset, Ratings]) -> None:
    evidence = fitted[0].evidence
    pairs = Pairs(evidence.readers(ReaderLists.single([], [], [])), np.zeros(20, np.int64), np.arange(20))
    for reason in explain(fitted[0], pairs, np.full(20, 0.5), str):
        assert "liked" in reason.sentence
        assert "you" not in reason.sentence.split()


def test_books_are_named(fitted: tuple[FittedBoosted, Dataset, Ratings]) -> None:
    evidence = fitted[0].evidence
    author = evidence.groupings.item("author").code
    target = 0
    same = np.flatnonzero(
        (author == author[target]) & (evidence.groupings.work.code != evidence.groupings.work.code[0])
    )
    readers = evidence.readers(ReaderLists.single([int(same[0])], [5.0], [True]))
    pair = Pairs(readers, np.array([0]), np.array([target]))
    row = dict(zip(evidence.names, evidence.matrix(pair)[0].tolist(), strict=True))
    said = evidence.explain("user x author", pair, row, lambda item: f"Book {item}")
    assert said.split(", 0 held")[0] == f"you gave Book {same[0]}, by the same author, 5"


def test_the_best_books_speak_for_and_the_worst_against() -> None:
    items, values, title = np.arange(4), np.array([9.0, 3.0, 10.0, 4.0]), lambda item: f"Book {item}"
    said, named = named_books("author", 6.5, items, values, title)
    assert said == "you gave 4 books by the same author 6.5 on average, Book 2: 10 and Book 0: 9 among them"
    assert named == {0, 2}
    said, named = named_books("author", 6.5, items, values, title, best=False)
    assert said.endswith("Book 1: 3 and Book 3: 4 among them")
    assert named == {1, 3}
    assert named_books("author", 9.5, items[[0, 2]], values[[0, 2]], title)[0] == (
        "you gave Book 2: 10 and Book 0: 9, both by the same author"
    )
    assert named_books("isbn block", 9.0, items[:1], values[:1], lambda _: None)[0] == (
        "you gave 1 book from the same publisher 9"
    )


def test_what_holds_of_nearly_all_the_readers_books_is_said_of_the_reader(
    fitted: tuple[FittedBoosted, Dataset, Ratings],
) -> None:
    evidence = fitted[0].evidence
    band = evidence.groupings.item("year band").code
    same = np.flatnonzero(band == band[0])[1:6]
    assert len(same) == 5
    readers = evidence.readers(ReaderLists.single(same.tolist(), [2.0, 2, 2, 1, 5], [False] * 4 + [True]))
    pair = Pairs(readers, np.array([0]), np.array([0]))
    row = dict(zip(evidence.names, evidence.matrix(pair)[0].tolist(), strict=True))
    told = evidence.told("user x year band", pair, row, -1.0, str)
    assert told is not None
    assert told.words == "you liked 1 of the 5 books you rated (2.4 on average)"
    assert told.topic == "reader"
