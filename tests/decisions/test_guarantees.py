from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import beta, binomtest, norm

from toprank.core.arrays import BoolArray, FloatArray, IntArray
from toprank.decisions.guarantees import _Curve, promised_threshold
from toprank.decisions.objectives import HalveDisappointment, PrecisionAtLeast, ShareAtMost
from toprank.errors import OptionError

AS_MANY_NEW_ROWS = float(norm.sf(math.sqrt(2) * norm.isf(0.05)))


def drawn(
    readers: int, rng: np.random.Generator, *, rows: int = 1, mood: float = 0.0
) -> tuple[FloatArray, BoolArray, IntArray]:
    """Draw P(liked), what is liked and users; some users have many rows, and each has a mood."""
    sizes = rng.geometric(1 / rows, readers) if rows > 1 else np.ones(readers, dtype=np.int64)
    user = np.repeat(np.arange(readers), sizes)
    stated = rng.uniform(0.05, 0.98, len(user))
    odds = np.log(stated / (1 - stated)) + mood * rng.normal(size=readers)[user]
    return stated, np.asarray(rng.random(len(user)) < 1 / (1 + np.exp(-odds))), user


def kept(bound: float, *, rows: int, mood: float, by_rows: bool = False, draws: int = 120) -> float:
    """Tell how often a promised precision is kept on as many new readers."""
    outcomes = []
    for seed in range(draws):
        rng = np.random.default_rng(seed)
        (p, liked, user), (new_p, new_liked, _) = (drawn(600, rng, rows=rows, mood=mood) for _ in range(2))
        users = np.arange(len(user)) if by_rows else user
        threshold, _ = promised_threshold(p, liked, users, PrecisionAtLeast(bound), unreachable="nothing")
        yes = threshold.decide(new_p)
        outcomes.append(not yes.any() or new_liked[yes].mean() >= bound)
    return float(np.mean(outcomes))


def test_with_one_row_a_reader_the_limit_is_the_exact_binomial_one() -> None:
    p, liked, user = drawn(500, np.random.default_rng(13))
    curve = _Curve.of_precision(p, liked, user, np.ones(len(p)))
    limits = curve.lower_limit(0.05)
    for n in (30, 100, 300, 500):
        hits = int(liked[np.argsort(-p)[:n]].sum())
        exact = binomtest(hits, n, alternative="greater").proportion_ci(0.95).low
        assert limits[n - 1] == pytest.approx(exact, abs=1e-9)


def test_variance_is_that_of_a_ratio_of_sums_over_readers() -> None:
    p, liked, user = drawn(80, np.random.default_rng(13), rows=6, mood=1.0)
    precision, share = _Curve.of_precision(p, liked, user, np.ones(len(p))), _Curve.of_shares(p, user, np.ones(len(p)))
    order = np.argsort(-p)
    for n in (10, 100, len(p)):
        yes = order[:n]
        sums = [np.bincount(user[yes], liked[yes] - liked[yes].mean(), minlength=80)]
        users = len(np.unique(user[yes]))
        assert precision.variance[n - 1] == pytest.approx(np.sum(sums[0] ** 2) * users / (users - 1) / n**2)
        left = np.bincount(user[order[n:]], minlength=80) - np.bincount(user, minlength=80) * (1 - n / len(p))
        assert share.ratio[n - 1] == pytest.approx(1 - n / len(p))
        assert share.variance[n - 1] == pytest.approx(np.sum(left**2) * 80 / 79 / len(p) ** 2, abs=1e-12)


def test_weighted_variance_is_that_of_a_ratio_of_weighted_sums_over_readers() -> None:
    rng = np.random.default_rng(13)
    p, liked, user = drawn(80, rng, rows=6, mood=1.0)
    weight = rng.uniform(0.2, 5, len(p))
    precision, share = _Curve.of_precision(p, liked, user, weight), _Curve.of_shares(p, user, weight)
    order = np.argsort(-p)
    for n in (10, 100, len(p)):
        yes, no = order[:n], order[n:]
        ratio, users = np.average(liked[yes], weights=weight[yes]), len(np.unique(user[yes]))
        sums = np.bincount(user[yes], weight[yes] * (liked[yes] - ratio))
        assert precision.ratio[n - 1] == pytest.approx(ratio)
        expected = np.sum(sums**2) * users / (users - 1) / weight[yes].sum() ** 2
        assert precision.variance[n - 1] == pytest.approx(expected)
        assert precision.unequal[n - 1] == pytest.approx(n * np.sum(weight[yes] ** 2) / weight[yes].sum() ** 2)
        of_all = np.bincount(user, weight, 80)
        left = np.bincount(user[no], weight[no], 80) - of_all * weight[no].sum() / weight.sum()
        assert share.variance[n - 1] == pytest.approx(np.sum(left**2) * 80 / 79 / weight.sum() ** 2, abs=1e-12)


def test_a_weighted_promise_is_kept_where_rows_are_drawn_as_the_weights_say() -> None:
    outcomes: dict[bool, list[bool]] = {True: [], False: []}
    for seed in range(120):
        rng = np.random.default_rng(seed)
        p, liked, user = drawn(900, rng, rows=8, mood=1.0)
        picked = np.where(liked, 0.6, 0.2) * rng.uniform(0.3, 1, len(p))  # the liked are picked thrice as often
        there = rng.random(len(p)) < picked
        new_p, new_liked, _ = drawn(600, rng, rows=8, mood=1.0)
        for weighted, found in outcomes.items():
            threshold, _ = promised_threshold(
                p[there], liked[there], user[there], PrecisionAtLeast(0.75), unreachable="nothing",
                weight=1 / picked[there] if weighted else None,
            )  # fmt: skip
            yes = threshold.decide(new_p)
            found.append(not yes.any() or new_liked[yes].mean() >= 0.75)
    assert np.mean(outcomes[True]) >= 0.93
    assert np.mean(outcomes[False]) < 0.2


def test_readers_who_agree_with_themselves_are_worth_fewer_rows() -> None:
    p, liked, user = drawn(300, np.random.default_rng(13), rows=8, mood=1.5)
    by_reader = _Curve.of_precision(p, liked, user, np.ones(len(p))).lower_limit(0.05)
    by_row = _Curve.of_precision(p, liked, np.arange(len(user)), np.ones(len(p))).lower_limit(0.05)
    assert by_reader[1000] < by_row[1000]


@pytest.mark.parametrize("bound", [0.7, 0.8, 0.9])
def test_a_promise_is_kept_on_new_readers(bound: float) -> None:
    assert kept(bound, rows=15, mood=1.5) >= 0.93


def test_rows_taken_as_independent_would_break_it() -> None:
    assert kept(0.7, rows=15, mood=1.5, by_rows=True) < 0.85


def test_the_search_over_cutoffs_costs_little_and_promises_what_a_single_test_would() -> None:
    p, liked, user = drawn(20_000, np.random.default_rng(13))
    threshold, promise = promised_threshold(p, liked, user, PrecisionAtLeast(0.8))
    assert promise.kept
    yes = threshold.decide(p)
    limit = beta.ppf(AS_MANY_NEW_ROWS, liked[yes].sum(), (~liked[yes]).sum() + 1)
    assert 0.8 <= limit < 0.803


def test_half_the_disappointments_is_a_precision() -> None:
    p, liked, user = drawn(20_000, np.random.default_rng(13))
    threshold, promise = promised_threshold(p, liked, user, HalveDisappointment())
    bound = 1 - (1 - liked.mean()) / 2
    assert promise.requested == promise.promised == bound
    assert threshold.cutoff == promised_threshold(p, liked, user, PrecisionAtLeast(bound))[0].cutoff


def test_a_share_is_kept_on_new_readers() -> None:
    over = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        (p, liked, user), (new_p, _, _) = (drawn(600, rng, rows=3) for _ in range(2))
        over += int(promised_threshold(p, liked, user, ShareAtMost(0.2))[0].decide(new_p).mean() > 0.2)
    assert over <= 8


def test_where_a_bound_is_out_of_reach_the_best_that_can_be_is_promised_or_nothing_recommended() -> None:
    rng = np.random.default_rng(13)
    p = rng.uniform(0.3, 0.9, 4000)
    liked, user = rng.random(4000) < p, np.arange(4000) // 2
    threshold, promise = promised_threshold(p, liked, user, PrecisionAtLeast(0.97))
    assert liked.mean() < promise.promised < 0.9
    assert not promise.kept
    assert liked[threshold.decide(p)].mean() > promise.promised
    nothing, same = promised_threshold(p, liked, user, PrecisionAtLeast(0.97), unreachable="nothing")
    assert nothing.cutoff == math.inf
    assert (same.promised, same.share) == (promise.promised, 0.0)


def test_of_too_few_ratings_nothing_is_promised() -> None:
    p, liked, user = drawn(30, np.random.default_rng(13))
    threshold, promise = promised_threshold(p, liked, user // 3, HalveDisappointment())
    assert math.isnan(promise.promised)
    assert not promise.enough_rows
    assert threshold.decide(p).any()  # by the point estimate
    assert not promised_threshold(p, liked, user, HalveDisappointment(), unreachable="nothing")[0].decide(p).any()


def test_of_too_few_ratings_something_is_recommended_even_where_no_cutoff_seems_to_keep_the_bound() -> None:
    p, liked = np.linspace(0.3, 0.6, 30), np.arange(30) % 3 == 0
    for unreachable, some in (("best", True), ("nothing", False)):
        threshold, promise = promised_threshold(p, liked, np.arange(30), PrecisionAtLeast(0.9), unreachable=unreachable)
        assert bool(threshold.decide(p).any()) == some
        assert math.isnan(promise.promised)


@pytest.mark.parametrize("liked", [True, False])
def test_outcomes_all_alike_do_no_harm(liked: bool) -> None:
    p = np.linspace(0.1, 0.9, 400)
    for objective in (HalveDisappointment(), PrecisionAtLeast(0.9), PrecisionAtLeast(1.0), ShareAtMost(0.3)):
        threshold, promise = promised_threshold(p, np.full(400, liked), np.zeros(400, dtype=int), objective)
        assert 0 <= promise.share <= 1
        assert not math.isnan(threshold.cutoff)


def test_the_order_of_rows_does_not_matter() -> None:
    rng = np.random.default_rng(13)
    p, liked, user = drawn(500, rng, rows=4, mood=1.0)
    order = rng.permutation(len(p))
    assert promised_threshold(p, liked, user, PrecisionAtLeast(0.8)) == promised_threshold(
        p[order], liked[order], user[order], PrecisionAtLeast(0.8)
    )


def test_bad_options_are_refused() -> None:
    rows = drawn(100, np.random.default_rng(13))
    with pytest.raises(OptionError, match=r"at least 0\.5"):
        promised_threshold(*rows, HalveDisappointment(), confidence=95)
    with pytest.raises(OptionError, match="'best' or 'nothing'"):
        promised_threshold(*rows, HalveDisappointment(), unreachable="all")
    with pytest.raises(OptionError, match="user of each row"):
        promised_threshold(rows[0], rows[1], rows[2][:5], HalveDisappointment())
