from __future__ import annotations

import pickle
from dataclasses import replace

from toprank.recommender.facade import FittedRecommender
from toprank.recommender.recent import Recent
from toprank.recommender.state import RECENT_READERS


def test_so_many_are_kept_and_copies_begin_empty() -> None:
    recent = Recent[int](2)
    for key in "abacab":
        recent.get(key, lambda key=key: ord(key))  # type: ignore[misc]
    assert [recent.get(key, lambda: 0) for key in "ab"] == [97, 98]
    assert recent.get("c", lambda: 0) == 0
    again = pickle.loads(pickle.dumps(recent))
    assert again.most == 2
    assert again.get("a", lambda: 1) == 1


def test_who_is_asked_about_again_is_answered_the_same(fitted: FittedRecommender) -> None:
    users, items = (index.ids[1:40].tolist() for index in (fitted.data.ratings.users, fitted.data.ratings.items))
    given = {items[0]: 5.0, items[1]: 3.0, items[2]: None}

    def asked(model: FittedRecommender, user: str) -> list[str]:
        answers = [
            model.decide(user, items[5:9]).rows(),
            model.decide(user, items[5:9], ratings=given).rows(),
            model.recommend(user, 5, reasons=True).rows(),
            model.recommend(user, 3, ratings=given, among=items[:30]).rows(),
            model.recommend(user, 5, ratings=given | {items[0]: 2.0}).rows(),
        ]
        return [repr(one) for one in answers]  # where NaN is NaN

    first = [asked(fitted, user) for user in users[:8]]
    assert len(fitted.recent_readers._kept) <= RECENT_READERS
    assert [asked(fitted, user) for user in users[:8]] == first
    assert [asked(replace(fitted), user) for user in users[:8]] == first
    together = fitted.decide([user for user in users[:8] for _ in range(4)], items[5:9] * 8).rows()
    assert [repr(together[at : at + 4]) for at in range(0, 32, 4)] == [one[0] for one in first]


def test_a_changed_list_is_another(fitted: FittedRecommender) -> None:
    user, items = str(fitted.data.ratings.users.ids[3]), fitted.data.ratings.items.ids[1:30].tolist()
    given: dict[str, float | None] = {}
    for item in items[:6]:
        given[item] = 5.0
        fresh = replace(fitted).decide(user, items[10:], ratings=given).probability
        assert (fitted.decide(user, items[10:], ratings=given).probability == fresh).all()
