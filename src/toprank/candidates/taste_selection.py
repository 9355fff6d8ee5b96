"""How far readers pick what they would like: what no answer that learns from picked books alone can see."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from toprank.core.arrays import BoolArray, FloatArray, IntArray

__all__ = ["TasteSelection", "explained_share", "measure_taste_selection"]

FACTORS = 12
"""Dimensions of taste that are looked for."""

FOLDS = 8
"""Of rows; each is measured by factors that were found in the others."""

RANDOM_PAIRS = 200_000
"""Pairs of the same readers and works, put together at random, beside those that were picked."""

ABOVE_NOISE = 1.02
"""Singular values below so many times the edge of noise are noise."""

LEAST_EXPLAINED = 0.1
"""Factors that hold less than this share of their dimension are left out: dividing by it would blow up noise."""

DAMPING = 5.0
"""Ratings' worth of pull of a reader's and a work's offset towards 0."""


@dataclass(frozen=True)
class TasteSelection:
    """How much more liked picked pairs are than pairs of the same readers and works at random, by taste.

    Parameters
    ----------
    shift : float
        In log odds; 0 where no taste is found, or where it is no more than chance.
    found : float
        What of it the factors that are found account for.
    error : float
        Standard error of the shift, over folds.
    """

    shift: float
    found: float
    error: float


def measure_taste_selection(
    user: IntArray, work: IntArray, value: FloatArray, liked: BoolArray, *, rng: np.random.Generator
) -> TasteSelection:
    r"""Measure from ratings alone how far readers pick what they like.

    Each factor k of who rated what and how, from the singular vectors of

    .. math:: M_{ui} = \frac{1 + e_{ui} / s}{\sqrt{(n_u + 1)(n_i + 1)}} - \frac{\sqrt{(n_u + 1)(n_i + 1)}}{n}

    with the residual e after offsets of reader and work, and its standard deviation s, gives a pair the score
    :math:`x_k`. On rows that it was not found in, with the slope :math:`c_k` of the log odds of liking and the mean of
    the score over picked pairs less that over random ones of the same readers and works, it accounts for a shift

    .. math:: D_k = c_k (\bar x_k^{picked} - \bar x_k^{random})

    Factors are found with noise, so both slope and difference are too small, and :math:`D_k` is the share
    :math:`o_k` of the whole: the squared overlap of noisy singular vectors with the true ones, known from how far the
    singular value lies above the edge of noise (:func:`explained_share`). The shift is :math:`\sum_k D_k / o_k`. A
    dimension that drowns in noise is not seen, so it is rather too small than too large.
    """
    users, works = (np.unique(column, return_inverse=True)[1] for column in (user, work))
    fold = rng.permutation(len(value)) % FOLDS
    shifts = (
        [_measure(users, works, value, liked, fold != one, rng) for one in range(FOLDS)] if len(value) > FOLDS else []
    )
    if not shifts:
        return TasteSelection(0.0, 0.0, 0.0)
    shift, found = np.array(shifts).T
    error = float(shift.std(ddof=1) / np.sqrt(FOLDS))
    mean = float(shift.mean())
    return TasteSelection(mean if mean > 2 * error else 0.0, float(found.mean()), error)


def explained_share(value: FloatArray, edge: float, ratio: float) -> FloatArray:
    r"""Say which share of a low-rank signal the singular vectors of signal plus noise hold (float64[k]).

    With the ratio :math:`\beta \le 1` of the matrix's sides, noise whose largest singular value is the edge, and
    :math:`y = (1 + \sqrt\beta)\, value / edge`, the signal's squared strength z solves
    :math:`y^2 = z + 1 + \beta + \beta / z`, and the squared overlaps of both sides together are

    .. math:: o = \frac{(z^2 - \beta)^2}{z^2 (z + \beta)(z + 1)}

    (Benaych-Georges and Nadakuditi, "The singular values and vectors of low rank perturbations of large rectangular
    random matrices", Journal of Multivariate Analysis 2012); 0 at the edge and below.

    Examples
    --------
    >>> explained_share(np.array([0.9, 1.0, 1.5, 5.0]), edge=1.0, ratio=0.5).round(2).tolist()
    [0.0, 0.0, 0.73, 0.98]
    """
    middle = (value / edge * (1 + np.sqrt(ratio))) ** 2 - 1 - ratio
    z = (middle + np.sqrt(np.maximum(middle**2 - 4 * ratio, 0.0))) / 2
    return np.where(value > edge, (z**2 - ratio) ** 2 / (z**2 * (z + ratio) * (z + 1)), 0.0)


def _measure(
    user: IntArray, work: IntArray, value: FloatArray, liked: BoolArray, learn: BoolArray, rng: np.random.Generator
) -> tuple[float, float]:
    """Give the whole shift, and what factors that are found in some rows account for on the others."""
    from sklearn.linear_model import LogisticRegression

    n_users, n_works = int(user.max()) + 1, int(work.max()) + 1
    expected = _offsets(user, work, value, learn, n_users, n_works)
    residual = (value - expected)[learn]
    # The scale of a constant residual is nothing, and so is what it adds.
    entry = 1 + residual / max(float(residual.std()), 1e-9)
    of_user, of_work, strength, edge, ratio = _factors(user[learn], work[learn], entry, n_users, n_works)
    explained = explained_share(strength, edge, ratio)
    kept = (strength > ABOVE_NOISE * edge) & (explained > LEAST_EXPLAINED)
    asked = ~learn
    if not kept.any() or liked[asked].all() or not liked[asked].any():
        return 0.0, 0.0
    draw = rng.integers(int(asked.sum()), size=(2, RANDOM_PAIRS))
    pair = user[asked][draw[0]] * n_works + work[asked][draw[1]]
    pair = pair[~np.isin(pair, np.unique(user * n_works + work))]
    if len(pair) == 0:
        return 0.0, 0.0
    of_user, of_work = of_user[:, kept], of_work[:, kept]
    picked = of_user[user[asked]] * of_work[work[asked]]
    random = of_user[pair // n_works] * of_work[pair % n_works]
    widest = np.maximum(np.quantile(np.abs(picked), 0.995, axis=0), 1e-12)  # a few light readers have huge scores
    picked, random = (np.clip(scores, -widest, widest) / widest for scores in (picked, random))
    scale = np.maximum(picked.std(axis=0), 1e-12)
    design = np.column_stack([expected[asked], picked / scale])
    slope = LogisticRegression(C=1.0).fit(design, liked[asked]).coef_[0, 1:] / scale
    found = slope * (picked.mean(axis=0) - random.mean(axis=0))
    return float(np.sum(found / explained[kept])), float(found.sum())


def _offsets(
    user: IntArray, work: IntArray, value: FloatArray, learn: BoolArray, n_users: int, n_works: int
) -> FloatArray:
    """Give what is expected of each rating (float64[n]) by damped offsets of works and readers."""
    mean = float(value[learn].mean())
    left = value - mean
    for code, size in ((work, n_works), (user, n_users)):
        count = np.bincount(code[learn], minlength=size) + DAMPING
        left = left - (np.bincount(code[learn], left[learn], size) / count)[code]
    return np.asarray(value - left)


def _factors(
    user: IntArray, work: IntArray, entry: FloatArray, n_users: int, n_works: int
) -> tuple[FloatArray, FloatArray, FloatArray, float, float]:
    """Find factors of readers and works, how strong they are, and the edge of noise and the ratio of sides."""
    from scipy.sparse.linalg import LinearOperator, svds

    n = len(entry)
    counts = [np.bincount(code, minlength=size) for code, size in ((user, n_users), (work, n_works))]
    roots = [np.sqrt(count + 1.0) for count in counts]
    table = sparse.csr_array((entry / (roots[0][user] * roots[1][work]), (user, work)), (n_users, n_works))
    left, right = (root / np.sqrt(n) for root in roots)
    turned = sparse.csr_array(table.T)

    def by_work(vectors: FloatArray) -> FloatArray:
        return np.asarray(table @ vectors - np.multiply.outer(left, right @ vectors))

    def by_user(vectors: FloatArray) -> FloatArray:
        return np.asarray(turned @ vectors - np.multiply.outer(right, left @ vectors))

    matrix = LinearOperator(
        table.shape, dtype=np.float64, matmat=by_work, rmatmat=by_user,
        matvec=lambda one: by_work(one.ravel()), rmatvec=lambda one: by_user(one.ravel()),
    )  # fmt: skip
    width = min(FACTORS, n_users - 1, n_works - 1)
    # A side counts by how many have ratings enough to make noise.
    sides = sorted(float(np.sum(count / (count + 1.0))) for count in counts)
    edge = float(np.sqrt(np.mean(entry**2) / n)) * (np.sqrt(sides[0]) + np.sqrt(sides[1]))
    if width < 1:
        return np.empty((n_users, 0)), np.empty((n_works, 0)), np.empty(0), edge, sides[0] / sides[1]
    of_user, strength, of_work = svds(matrix, k=width, random_state=0, tol=1e-3)
    return of_user / roots[0][:, None], of_work.T / roots[1][:, None], strength, edge, sides[0] / sides[1]
