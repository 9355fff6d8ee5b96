from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit

from toprank.core.arrays import BoolArray, FloatArray, IntArray
from toprank.core.decisions import Support
from toprank.decisions.segments import SEGMENTS, SPREAD, SegmentCalibration, fit_segments
from toprank.errors import OptionError


def known(reader: int, book: int, kind: int = 0, rows: int = 1) -> Support:
    return Support(*(np.full(rows, count) for count in (reader, book, kind, 0)))


def together(*parts: Support) -> Support:
    columns = ("reader", "book", "kind", "reader_kind")
    return Support(*(np.concatenate([getattr(part, name) for part in parts]) for name in columns))


def drawn(
    shift: float, rows: int, *, rng: np.random.Generator, users: int | None = None
) -> tuple[FloatArray, BoolArray, IntArray]:
    """Draw stated probabilities whose log odds are off by ``shift``, what is liked, and users."""
    stated = rng.uniform(0.2, 0.9, rows)
    liked = np.asarray(rng.random(rows) < expit(logit(stated) + shift))
    return stated, liked, rng.integers(users or rows, size=rows)


def test_a_segment_that_is_off_is_put_right_and_others_stay() -> None:
    rng = np.random.default_rng(13)
    (p1, y1, u1), (p2, y2, u2) = drawn(0.0, 8000, rng=rng), drawn(-0.7, 8000, rng=rng)
    rows = together(known(20, 20, rows=8000), known(0, 20, rows=8000))
    segments = fit_segments(np.append(p1, p2), np.append(y1, y2), np.append(u1, 8000 + u2), rows)
    asked = np.array([0.3, 0.6, 0.85])
    right, _, _ = segments(asked, known(20, 20, rows=3))
    moved, _, _ = segments(asked, known(0, 20, rows=3))
    assert right == pytest.approx(asked, abs=0.03)
    assert moved == pytest.approx(expit(logit(asked) - 0.7), abs=0.03)


def test_intervals_hold_what_is_true_about_as_often_as_they_say() -> None:
    inside = []
    for seed in range(80):
        stated, liked, user = drawn(0.3, 400, rng=np.random.default_rng(seed))
        _, low, high = fit_segments(stated, liked, user, known(5, 5, rows=400))(
            np.array([0.4, 0.6]), known(5, 5, rows=2)
        )
        truth = expit(logit(np.array([0.4, 0.6])) + 0.3)
        inside.append((low <= truth) & (truth <= high))
    assert 0.9 < np.mean(inside) <= 1.0


def test_the_interval_is_that_of_a_bootstrap_over_users() -> None:
    rng = np.random.default_rng(13)
    stated, _, user = drawn(0.0, 3000, rng=rng, users=150)
    mood = rng.normal(0, 1, 150)  # a reader's rows are alike, so rows are worth less than they seem
    liked = rng.random(3000) < expit(logit(stated) + mood[user])
    rows = known(20, 20, rows=3000)
    by_user = [np.flatnonzero(user == u) for u in range(150)]
    segments = fit_segments(stated, liked, user, rows)
    middle, low, high = segments(np.array([0.5]), known(20, 20))
    answers = []
    for _ in range(100):
        took = np.concatenate([by_user[u] for u in rng.integers(150, size=150)])
        answers.append(
            fit_segments(stated[took], liked[took], user[took], rows.take(took))(np.array([0.5]), known(20, 20))[0]
        )
    width = float((high - low)[0])
    assert width == pytest.approx(2 * 1.96 * np.std(answers), rel=0.3)
    alone = fit_segments(stated, liked, np.arange(3000), rows)(np.array([0.5]), known(20, 20))
    assert width > 1.5 * float((alone[2] - alone[1])[0])
    assert low[0] < middle[0] < high[0]


def test_the_less_is_seen_of_a_segment_the_wider_its_interval() -> None:
    rng = np.random.default_rng(13)
    sizes = {(20, 20): 5000, (20, 5): 500, (20, 1): 50}
    parts = [drawn(0.0, rows, rng=rng) for rows in sizes.values()]
    stated, liked, _ = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    rows = together(*(known(*counts, rows=n) for counts, n in sizes.items()))
    segments = fit_segments(stated, liked, np.arange(len(stated)), rows)
    widths = []
    for counts in [*sizes, (0, 0)]:
        middle, low, high = segments(np.array([0.6]), known(*counts))
        widths.append(float((high - low)[0]))
    assert widths == sorted(widths)
    assert widths[0] < 0.05
    assert middle[0] == pytest.approx(0.6)  # nothing was seen of the last, so it leans on the rest


def test_a_segment_never_seen_may_be_off_as_others_are() -> None:
    rng = np.random.default_rng(13)
    counts = [(reader, book) for reader in (1, 5, 20) for book in (1, 5, 20)]
    widths = []
    for off in (0.0, 0.8):
        parts = [drawn(off * (-1) ** n, 2000, rng=rng) for n in range(len(counts))]
        stated, liked, _ = (np.concatenate(columns) for columns in zip(*parts, strict=True))
        rows = together(*(known(*count, rows=2000) for count in counts))
        _, low, high = fit_segments(stated, liked, np.arange(len(stated)), rows)(np.array([0.5]), known(0, 0))
        widths.append(float((high - low)[0]))
    assert widths[0] < 2 * 1.96 * SPREAD / 4 < 0.5 < widths[1]


def test_a_pair_without_a_score_is_answered_as_the_middle_of_its_segment() -> None:
    rng = np.random.default_rng(13)
    liked = rng.random(4000) < np.repeat([0.3, 0.8], 2000)
    rows = together(known(0, 0, rows=2000), known(20, 20, rows=2000))
    segments = fit_segments(np.full(4000, liked.mean()), liked, np.arange(4000), rows)
    middle, low, high = segments(np.full(2, np.nan), together(known(0, 0), known(20, 20)))
    assert middle == pytest.approx([0.3, 0.8], abs=0.03)
    assert np.all((low < middle) & (middle < high))


@given(
    st.lists(
        st.tuples(st.floats(0, 1), st.booleans(), st.integers(0, 3), st.integers(0, 12), st.integers(0, 12)),
        min_size=1,
        max_size=30,
    )
)
def test_whatever_is_seen_intervals_hold_their_middle_and_stay_within_0_and_1(
    rows: list[tuple[float, bool, int, int, int]],
) -> None:
    stated, liked, user, reader, book = (np.array(column) for column in zip(*rows, strict=True))
    seen = Support(reader, book, np.zeros_like(book), np.zeros_like(book))
    segments = fit_segments(stated, liked, user, seen)
    asked = np.array([0.0, 0.01, 0.5, 0.99, 1.0, np.nan])
    for counts in ((0, 0), (1, 0), (12, 12)):
        middle, low, high = segments(asked, known(*counts, rows=6))
        assert np.all((low > 0) & (low <= middle) & (middle <= high) & (high < 1))


def test_stated_certainties_that_come_out_wrong_do_no_harm() -> None:
    stated, liked = np.array([0.0, 0.0, 0.0, 0.5]), np.array([False, True, True, False])
    segments = fit_segments(stated, liked, np.arange(4), known(0, 0, rows=4))
    middle, low, high = segments(np.array([0.0, 0.5]), known(0, 0, rows=2))
    assert low[0] < 0.5 < high[0]
    assert np.all((low <= middle) & (middle <= high))


def test_lines_like_those_of_the_same_rows_are_the_same() -> None:
    rng = np.random.default_rng(13)
    stated, liked, user = drawn(-0.4, 3000, rng=rng)
    rows = together(known(20, 20, rows=1500), known(0, 1, rows=1500))
    learned = fit_segments(stated, liked, user, rows)
    again = fit_segments(stated, liked, user, rows, like=learned)
    assert again.line == pytest.approx(learned.line, abs=1e-6)
    assert again.covariance == pytest.approx(learned.covariance, abs=1e-6)


def test_it_is_nothing_but_arrays_of_numbers() -> None:
    segments = fit_segments(np.array([0.5, 0.6]), np.array([True, False]), np.array([0, 1]), known(1, 1, rows=2))
    again = SegmentCalibration(
        *(np.array(getattr(segments, name).tolist()) for name in ("centre", "line", "covariance", "rows", "spread"))
    )
    for one, other in zip(segments(np.array([0.7]), known(1, 0)), again(np.array([0.7]), known(1, 0)), strict=True):
        assert np.array_equal(one, other)
    assert segments.rows.sum() == 2


def test_bad_input_is_refused() -> None:
    with pytest.raises(OptionError, match="need rows"):
        fit_segments(np.empty(0), np.empty(0, bool), np.empty(0, int), known(1, 1, rows=0))
    with pytest.raises(OptionError, match="need rows, and a probability for each"):
        fit_segments(np.array([np.nan]), np.array([True]), np.array([0]), known(1, 1))
    with pytest.raises(OptionError, match="one length"):
        fit_segments(np.array([0.5]), np.array([True]), np.array([0]), known(1, 1, rows=2))
    with pytest.raises(OptionError, match="line of the segments"):
        SegmentCalibration(
            np.zeros(SEGMENTS), np.zeros((SEGMENTS, 3)), np.zeros((SEGMENTS, 3)), np.zeros(SEGMENTS), np.zeros(2)
        )
