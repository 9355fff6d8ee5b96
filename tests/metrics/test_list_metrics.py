from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toprank.errors import OptionError
from toprank.metrics import list_metrics as ranking

LISTS = np.array([[3, 1, 2], [5, -1, -1], [0, 4, 1]])
READER = np.array([0, 0, 1, 2, 2, 2, 2])
ITEM = np.array([1, 9, 4, 0, 1, 7, 8])


def test_hand_worked_values() -> None:
    hit, relevant = ranking.hits(LISTS, READER, ITEM)
    assert hit.tolist() == [[False, True, False], [False] * 3, [True, False, True]]
    assert relevant.tolist() == [2, 1, 4]
    second = 1 / math.log2(3)
    assert ranking.ndcg(hit, relevant) == pytest.approx([second / (1 + second), 0, 1.5 / (1 + second + 0.5)])
    assert ranking.recall(hit, relevant).tolist() == [0.5, 0, 0.5]
    assert ranking.precision(hit) == pytest.approx([1 / 3, 0, 2 / 3])
    assert ranking.hit_rate(hit) == pytest.approx(2 / 3)
    assert ranking.coverage(LISTS, 10) == 0.6
    # Counts 0 0 0 0 1 1 1 1 1 2: the weights -9, -7, ..., 9 times them.
    assert ranking.gini(LISTS, 10) == pytest.approx((-1 + 1 + 3 + 5 + 7 + 2 * 9) / 70)
    assert ranking.novelty(LISTS[1:2], np.array([0, 0, 0, 0, 0, 2]), 16) == 3
    assert ranking.novelty(LISTS[1:2], np.zeros(6, int), 16) == 4


def test_a_reader_without_relevant_items_has_no_figure() -> None:
    hit, relevant = ranking.hits(LISTS, READER[:2], ITEM[:2])
    assert np.isnan(ranking.ndcg(hit, relevant)).tolist() == [False, True, True]
    assert np.isnan(ranking.recall(hit, relevant)).tolist() == [False, True, True]


def test_nothing_recommended() -> None:
    empty = np.full((2, 3), -1)
    assert math.isnan(ranking.gini(empty, 4))
    assert math.isnan(ranking.novelty(empty, np.ones(4, int), 4))
    assert ranking.coverage(empty, 4) == 0
    assert math.isnan(ranking.hit_rate(np.empty((0, 3), bool)))


def test_a_reader_without_a_list_is_refused() -> None:
    with pytest.raises(OptionError, match="reader holds 0 to 3, but there are 3 lists"):
        ranking.hits(LISTS, np.array([0, 3]), np.array([1, 1]))


@given(st.permutations(range(8)), st.sets(st.integers(0, 7), min_size=1))
def test_the_ideal_order_has_ndcg_1_and_no_order_more(order: list[int], relevant: set[int]) -> None:
    ideal = sorted(range(8), key=lambda item: item not in relevant)
    lists = np.array([order, ideal])
    asked = np.array(sorted(relevant))
    reader = np.repeat([0, 1], len(asked))
    some, best = ranking.ndcg(*ranking.hits(lists, reader, np.tile(asked, 2)))
    assert 0 < some <= best
    assert best == pytest.approx(1)


def test_ranx_agrees() -> None:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own and its dependencies' deprecations
        import ranx  # type: ignore[import-untyped,import-not-found,unused-ignore]
    rng = np.random.default_rng(7)
    lists = np.stack([rng.permutation(40)[:10] for _ in range(50)])
    sets = [rng.choice(40, size=rng.integers(1, 15), replace=False) for _ in range(50)]
    wanted = {f"u{row:02d}": {f"i{item}": 1 for item in items} for row, items in enumerate(sets)}
    given_: dict[str, Any] = {
        f"u{row:02d}": {f"i{item}": 10.0 - rank for rank, item in enumerate(items)} for row, items in enumerate(lists)
    }
    names = ["ndcg@10", "recall@10", "precision@10", "hit_rate@10"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = ranx.evaluate(ranx.Qrels(wanted), ranx.Run(given_), names)
    reader = np.repeat(np.arange(50), [len(items) for items in sets])
    hit, relevant = ranking.hits(lists, reader, np.concatenate(sets))
    ours = (
        ranking.ndcg(hit, relevant).mean(),
        ranking.recall(hit, relevant).mean(),
        ranking.precision(hit).mean(),
        ranking.hit_rate(hit),
    )
    assert ours == pytest.approx([theirs[name] for name in names], abs=1e-12)
