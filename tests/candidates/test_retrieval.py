from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tests.candidates.conftest import GENRES, N_USERS

from toprank.candidates.retrieval import FittedRetrieval, Retrieval
from toprank.core.dataset import Attributes, Dataset
from toprank.core.ratings import Ratings
from toprank.core.readers import ReaderLists
from toprank.core.update import Update
from toprank.errors import OptionError
from toprank.evidence.groupings import build_groupings
from toprank.metrics import list_metrics as ranking

EVERYONE = np.arange(N_USERS)


def test_nothing_held_nothing_twice_and_the_best_first(fitted: FittedRetrieval, readers: ReaderLists) -> None:
    found, holdings = fitted.candidates(readers, n=30), fitted.held_by(readers)
    for user in EVERYONE:
        works = found.work[user][found.work[user] >= 0]
        held = holdings.work[holdings.start[user] : holdings.start[user + 1]]
        assert len(works) > 5
        assert len(set(works.tolist())) == len(works)
        assert not set(works.tolist()) & set(held.tolist())
        assert (np.diff(found.relevance[user][: len(works)]) <= 0).all()
    assert np.array_equal(np.isnan(found.relevance), found.work < 0)


def test_readers_get_books_of_their_genre(fitted: FittedRetrieval, readers: ReaderLists) -> None:
    found = fitted.candidates(readers, n=3)
    genre = np.where(found.item >= 0, found.item // 2 % GENRES, -1)
    assert (genre == EVERYONE[:, None] % GENRES).mean() > 0.9


def test_it_beats_popularity(fitted: FittedRetrieval, shelf: tuple[Dataset, Ratings], readers: ReaderLists) -> None:
    _, later = shelf
    held = fitted.held_by(readers)
    key = np.unique(later.user[later.liked].astype(np.int64) * 40 + fitted.work[later.item[later.liked]])
    key = key[~held.contains(*np.divmod(key, 40))]
    popular = np.argsort(-np.bincount(held.work, minlength=40), kind="stable")
    of_popularity = np.full((N_USERS, 10), -1)
    for user in EVERYONE:
        free = popular[~held.contains(np.full(40, user), popular)][:10]
        of_popularity[user, : len(free)] = free
    figures = [
        np.nanmean(ranking.ndcg(*ranking.hits(lists, *np.divmod(key, 40))))
        for lists in (fitted.candidates(readers, n=10).work, of_popularity)
    ]
    assert figures[0] > 1.5 * figures[1]


def test_the_edition_is_the_most_used_one(fitted: FittedRetrieval, shelf: tuple[Dataset, Ratings]) -> None:
    data, _ = shelf
    assert data.implicit is not None
    uses = np.bincount(np.concatenate([data.ratings.item, data.implicit.item]), minlength=80).reshape(40, 2)
    assert fitted.generators.catalogue.edition.tolist() == (2 * np.arange(40) + (uses[:, 1] > uses[:, 0])).tolist()


def test_a_new_reader_is_answered_as_the_same_one_known(
    fitted: FittedRetrieval, shelf: tuple[Dataset, Ratings], readers: ReaderLists
) -> None:
    known = fitted.candidates(readers)
    for user in range(0, N_USERS, 11):
        mine = readers.take(np.array([user]))
        new = ReaderLists.single(mine.item, mine.value, mine.liked, held=mine.held)
        found = fitted.candidates(new)
        assert np.array_equal(found.work[0], known.work[user])
        assert np.array_equal(found.relevance[0], known.relevance[user], equal_nan=True)
    found = fitted.candidates(ReaderLists.single([0, 8, -1], [5.0, 5.0, 5.0], [True, True, True]), n=3)
    assert (found.item // 2 % GENRES == 0).all()


def test_a_changed_reader_is_answered_from_the_list_and_from_their_groups(shelf: tuple[Dataset, Ratings]) -> None:
    data, later = shelf
    table = pa.table({"id": list(range(N_USERS)), "country": [f"c{user % GENRES}" for user in range(N_USERS)]})
    data = replace(data, users=Attributes(table, np.arange(N_USERS, dtype=np.int32)))
    fitted = Retrieval(max_items=30, ridge=5.0).fit(data, rng=np.random.default_rng(1), validation=later)
    alone, of_country = (fitted.candidates(ReaderLists.single([], [], [], user=user), n=10) for user in (-1, 2))
    assert (of_country.item[0] // 2 % GENRES == 2).mean() > (alone.item[0] // 2 % GENRES == 2).mean()
    changed = ReaderLists.single([0, 8], [5.0, 5.0], [True, True], user=2)
    assert not set(fitted.candidates(changed, n=30).work[0].tolist()) & set(fitted.work[[0, 8]].tolist())


def test_a_reader_alone_gets_the_same_as_among_others(fitted: FittedRetrieval, readers: ReaderLists) -> None:
    together = fitted.candidates(readers).relevance
    alone = [fitted.candidates(readers.take(np.array([user]))).relevance for user in range(0, N_USERS, 7)]
    assert np.array_equal(np.concatenate(alone), together[::7], equal_nan=True)


def test_a_reader_of_whom_nothing_is_known_gets_what_is_popular(fitted: FittedRetrieval, readers: ReaderLists) -> None:
    found = fitted.candidates(readers.take(np.array([-1, 5])), n=10)
    assert (found.work[0] >= 0).all()
    assert np.array_equal(found.work[1], fitted.candidates(readers.take(np.array([5])), n=10).work[0])


def test_without_validation_some_ratings_are_held_out_and_all_are_used_in_the_end(
    shelf: tuple[Dataset, Ratings], fitted: FittedRetrieval
) -> None:
    data, _ = shelf
    steps: list[tuple[int, int]] = []
    alone = Retrieval(max_items=30, ridge=5.0).fit(
        data, rng=np.random.default_rng(1), progress=lambda done, total, words: steps.append((done, total))
    )
    assert np.array_equal(alone.generators.ease.weights, fitted.generators.ease.weights)
    assert alone.relevance.weight.any()
    assert [done for done, _ in steps] == list(range(7))


def test_the_same_seed_gives_the_same_and_row_order_does_not_matter(
    shelf: tuple[Dataset, Ratings], fitted: FittedRetrieval, readers: ReaderLists
) -> None:
    data, later = shelf
    shuffled = data.with_ratings(np.random.default_rng(0).permutation(len(data.ratings)))
    again = Retrieval(max_items=30, ridge=5.0).fit(shuffled, rng=np.random.default_rng(1), validation=later)
    one, other = (retrieval.candidates(readers).relevance for retrieval in (again, fitted))
    assert np.array_equal(one, other, equal_nan=True)


def test_bare_ratings_are_enough() -> None:
    from toprank.core.scale import RatingScale

    rng = np.random.default_rng(4)
    user, item = np.nonzero(rng.random((30, 20)) < 0.3)
    ratings = Ratings.of(user, item, rng.integers(1, 6, len(user)).astype(float), RatingScale(1, 5, 4))
    data = Dataset(ratings)
    found = Retrieval(max_items=50).fit(data, rng=rng).candidates(ReaderLists.of(data), n=5)
    assert (found.work[:, 0] >= 0).all()


@pytest.mark.parametrize(("name", "value"), [("max_items", 0), ("ridge", 0.0), ("liked_weight", 0.5), ("n_scored", 0)])
def test_unusable_options_are_refused(name: str, value: Any) -> None:
    with pytest.raises(OptionError, match=f"{name} is {value}"):
        replace(Retrieval(), **{name: value})


def test_at_least_one_work_must_be_asked_for(fitted: FittedRetrieval, readers: ReaderLists) -> None:
    with pytest.raises(OptionError, match="n is 0"):
        fitted.candidates(readers, n=0)


def test_an_update_counts_new_ratings_and_new_works(
    fitted: FittedRetrieval, shelf: tuple[Dataset, Ratings], readers: ReaderLists
) -> None:
    data, later = shelf
    known = build_groupings(data)
    nothing = fitted.updated(data, known)
    for name in ("work", "item", "relevance"):
        before, after = (getattr(one.candidates(readers, n=20), name) for one in (fitted, nothing))
        np.testing.assert_array_equal(before, after)
    mine = fitted.candidates(readers.take(np.array([4])), n=1).item[0, 0]
    rows = [(4, later.items[mine], 5.0), (500, "b00", 5.0), (500, "b08", 5.0), (500, "a new one", 4.0)]
    user, item, value = zip(*rows, strict=True)
    update = Update.of(data, user, item, np.array(value))
    index = update.after.ratings.items
    more = fitted.updated(update.after, known.grown(update.after.ratings.users, index))
    found = more.candidates(ReaderLists.of(update.after).take(np.array([4, N_USERS])), n=30)
    assert mine not in found.item[0]
    works = set(found.work[1].tolist())
    assert not works & {int(more.work[i]) for i in index.positions(["b00", "b08", "a new one"])}
    assert (found.item[1, :3] // 2 % GENRES == 0).all()


def test_only_what_is_allowed_and_lists_stay_full(fitted: FittedRetrieval, readers: ReaderLists) -> None:
    allowed = np.arange(80) % 8 < 4  # genres 0 and 1
    found = fitted.candidates(readers, n=5, allowed=allowed)
    assert allowed[found.item[found.item >= 0]].all()
    held = fitted.held_by(readers)
    free = 20 - np.bincount(held.reader[allowed[2 * held.work]], minlength=N_USERS)
    assert ((found.item >= 0).sum(axis=1) == np.minimum(5, free)).all()
    unfiltered = fitted.candidates(readers, n=5)
    same = fitted.candidates(readers, n=5, allowed=np.ones(80, np.bool_))
    assert (same.work == unfiltered.work).mean() > 0.9  # all that is allowed is a candidate of everybody here


def test_within_a_small_stock_all_are_found_each_in_the_edition_that_is_there(fitted: FittedRetrieval) -> None:
    other = fitted.generators.catalogue.edition[[5, 9]] ^ 1  # not the best-known editions
    allowed = np.zeros(80, np.bool_)
    allowed[[*other, 40]] = True
    found = fitted.candidates(ReaderLists.single([40], [5.0], [True]), n=5, allowed=allowed)
    assert sorted(found.item[0].tolist()) == [-1, -1, -1, *sorted(other.tolist())]
    nothing = fitted.candidates(ReaderLists.single([], [], []), n=5, allowed=np.zeros(80, np.bool_))
    assert (nothing.item == -1).all()


def test_of_items_that_are_the_same_book_one_is_a_candidate_and_none_that_is_held(
    fitted: FittedRetrieval, readers: ReaderLists
) -> None:
    same = np.where(np.arange(80) < 40, np.arange(80) // 2 % 10, -1)  # works 0 and 10 are one book, 1 and 11, …
    found = fitted.candidates(readers, n=40, same=lambda items: same[items])
    plain = fitted.candidates(readers, n=40)
    for user in range(0, N_USERS, 5):
        held = np.append(readers.item[readers.reader == user], readers.held[readers.holder == user])
        gone, expected = set(same[held].tolist()) - {-1}, []
        for item in plain.item[user][plain.item[user] >= 0].tolist():
            if same[item] not in gone:
                expected.append(item)
                gone |= {same[item]} - {-1}
        assert found.item[user][found.item[user] >= 0].tolist() == expected
