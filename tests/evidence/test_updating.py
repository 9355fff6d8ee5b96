from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.conftest import Make

from toprank.core.dataset import Dataset
from toprank.core.ratings import Ratings
from toprank.core.scale import RatingScale
from toprank.core.update import Update
from toprank.evidence.build import Evidence, build_evidence
from toprank.evidence.groupings import build_groupings
from toprank.evidence.sources.keyed_statistics import KeyedStatistics


def learned(data: Dataset, **options: Any) -> Evidence:
    return build_evidence(data, folds=5, damping=3.0, rng=np.random.default_rng(3), **options).evidence


def more(data: Dataset, later: Ratings) -> Update:
    """Ratings of known pairs, of new readers and new books, and some that replace others."""
    rows = range(60)
    known = [(later.users[later.user[r]], later.items[later.item[r]], later.value[r]) for r in rows]
    new = [(777, "b001", 5.0), (777, "b002", 1.0), (778, "c000", 4.0), (3, "c000", 2.0)]
    old = data.ratings
    again = [(old.users[old.user[row]], old.items[old.item[row]], 6.0 - old.value[row]) for row in (5, 90, 400)]
    user, item, value = zip(*known, *new, *again, strict=True)
    return Update.of(data, user, item, np.array(value))


def updated(evidence: Evidence, update: Update) -> Evidence:
    return evidence.updated(evidence.change(update))


def facts(evidence: Evidence, user: int, item: int) -> list[tuple[str, int, float, int]]:
    keyed = evidence.find(KeyedStatistics)
    assert keyed is not None
    found = keyed.facts(evidence.pairs(np.array([user]), np.array([item]))).values()
    return [(f.key.name, f.count, f.mean, f.liked) for f in found]


def columns(evidence: Evidence, update: Update) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(1)
    users = rng.integers(0, len(update.after.ratings.users), 600)
    items = rng.integers(0, len(update.after.ratings.items), 600)
    users[:40], items[:40] = len(update.after.ratings.users) - 1 - np.arange(40) % 2, np.arange(40)
    return dict(zip(evidence.names, evidence.matrix(evidence.pairs(users, items)).T, strict=True))


@pytest.mark.parametrize("attributes", [True, False])
@pytest.mark.parametrize("implicit", [True, False])
def test_adding_equals_learning_from_all(library: Make, attributes: bool, implicit: bool) -> None:
    data, later = library(attributes=attributes, implicit=implicit)
    update = more(data, later)
    added, refitted = updated(learned(data), update), learned(update.after)
    mine, theirs = columns(added, update), columns(refitted, update)
    assert list(mine) == list(theirs)
    plain = [name for name in mine if not name.startswith("likeness")]
    exact = [name for name in plain if name.endswith((": count", ": similarity", ": mean", ": spread", ": held"))]
    exact += [name for name in mine if " ratings: step" in name]
    assert len(exact) >= 20
    for name in exact:
        if "step" in name:  # what all give on average is that of before
            np.testing.assert_allclose(mine[name], theirs[name], atol=0.02, err_msg=name)
        elif name.endswith(": mean"):  # so is what means are pulled to
            np.testing.assert_allclose(mine[name], theirs[name], atol=0.01, err_msg=name)
        else:
            np.testing.assert_allclose(mine[name], theirs[name], rtol=1e-5, atol=1e-5, err_msg=name)
    # Offsets and effects move for whom there are new ratings only.
    for name in ("expected", "expected: rating", "expected: liked"):
        assert np.corrcoef(mine[name], theirs[name])[0, 1] > 0.99
    for user, item in ((150, 1), (151, 90), (3, 90), (10, 10)):
        both = [facts(evidence, user, item) for evidence in (added, refitted)]
        assert both[0] == both[1]
        assert both[0]


def test_the_order_of_additions_does_not_matter_to_counts(library: Make) -> None:
    data, later = library()
    evidence, at_once = learned(data), more(data, later)
    old, new = at_once.before.ratings, at_once.after.ratings
    state, seen = evidence, data
    for rows in np.array_split(at_once.added[::-1], 4):
        user = [new.users[u] for u in new.user[rows]]
        item = [new.items[i] for i in new.item[rows]]
        step = Update.of(seen, user, item, new.value[rows])
        state, seen = updated(state, step), step.after
    once = updated(evidence, at_once)
    assert len(seen.ratings) == len(new) > len(old)
    pairs = [(777, "b001"), (778, "c000"), (3, "c000"), (12, "b012")]
    for asked, book in pairs:
        both = []
        for one, data_of in ((state, seen), (once, at_once.after)):
            users, items = data_of.ratings.users, data_of.ratings.items
            both.append(facts(one, int(users.positions([asked])[0]), int(items.positions([book])[0])))
        assert both[0] == both[1]


def test_evidence_without_groups_can_be_added_to(library: Make) -> None:
    data, later = library()
    evidence = learned(data, without=("neighbours", "embeddings", "histograms", "additive", "implicit"))
    assert updated(evidence, more(data, later)).names == evidence.names


def test_an_update_of_nothing_changes_nothing(library: Make) -> None:
    data, later = library()
    evidence = learned(data)
    nothing = updated(evidence, Update(data, data, np.empty(0, np.int64), np.empty(0, np.int64)))
    before, after = (one.matrix(one.pairs(later.user, later.item)) for one in (evidence, nothing))
    np.testing.assert_array_equal(after, before)


def test_a_new_edition_joins_its_work_and_its_publisher() -> None:
    items = ["0-261-10235-4", "0261102354", "0395489318", "9780261102354"]
    ratings = Ratings.of([1, 2, 3, 4], [*items[:3], "0395489318"], [9, 8, 3, 5], RatingScale(1, 10, 8))
    known = build_groupings(Dataset(ratings))
    grown = known.grown(ratings.users, ratings.items.grown([items[3], "0261999999", "other"]))
    assert grown.works is not None
    assert len(grown.works.isbn) == 6
    work = dict(
        zip([*ratings.items.ids, "0261999999", "9780261102354", "other"], grown.work.code.tolist(), strict=True)
    )
    assert work["9780261102354"] == work["0261102354"] == work["0-261-10235-4"]
    assert len({work["other"], work["0261999999"], work["0395489318"], work["0261102354"]}) == 4
