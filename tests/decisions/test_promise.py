from __future__ import annotations

import math

import pytest

from toprank.decisions.promise import Promise


def promise(
    objective: str = "precision>=0.9", requested: float = 0.9, promised: float = 0.9, **other: float
) -> Promise:
    known = {"confidence": 0.95, "share": 0.23, "precision": 0.91, "liked_share": 0.576, "rows": 5000, "readers": 900}
    return Promise(objective, requested, promised, **(known | other))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (promise(), "At least 90% of what it recommends is liked, promised with 95% confidence, for 23% of pairs."),
        (
            promise("share<=0.2", 0.2, 0.2),
            "At most 20% of pairs are recommended, promised with 95% confidence.",
        ),
        (
            promise("halve", 0.788, 0.788, precision=0.803),
            "Of ten books it recommends, about two disappoint; of ten that readers pick themselves, four.",
        ),
        (
            promise("halve", 0.97, 0.97, precision=0.9765, liked_share=0.94),
            "Of 100 books it recommends, about two disappoint; of 100 that readers pick themselves, six.",
        ),
        (promise(promised=0.86, share=0.04), "0.9 can't be promised; 0.86 can, for 4% of pairs."),
        (promise(promised=0.86, share=0.0), "0.9 can't be promised; 0.86 can. Nothing is recommended."),
        (
            promise(promised=math.nan, rows=30, readers=12),
            "There are too few ratings to promise anything (30 by 12 readers). The cutoff is the one that looked best.",
        ),
        (
            promise(promised=math.nan, share=0.0),
            "0.9 can't be promised, nor more than the 0.58 that is liked anyway. Nothing is recommended.",
        ),
    ],
)
def test_a_promise_is_a_plain_sentence(made: Promise, words: str) -> None:
    assert str(made) == words
