"""How sure an answer may be: P(liked) and its interval, apart for segments of pairs of which as much is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from toprank.core.arrays import BoolArray, FloatArray, IntArray
from toprank.core.decisions import Support
from toprank.core.logistic import expit, logit
from toprank.core.stored import stored
from toprank.core.threads import one_blas_thread
from toprank.errors import OptionError

__all__ = ["SegmentCalibration", "fit_segments", "segment_of"]

BANDS = (1, 3, 10)
"""A segment ends where the reader, or the book, has this many ratings: few ratings make another answer than many."""

SEGMENTS = (len(BANDS) + 1) * (len(BANDS) + 2)
"""By the reader's ratings (none, and three bands) and the book's (none, only its kind's, and three bands)."""

SPREAD = 0.2
"""How far segments are off one calibration for all, in log odds, before any is seen. Measured on validation rows of
Book-Crossing: 0.03 for boosted trees, 0.17 for damped bias, 0.22 for the user mean."""

PRIOR_SEGMENTS = 3
"""This many segments that are off by SPREAD are imagined beside those that are seen."""

Z = 1.959964
"""97.5 % point of the normal distribution."""

_EDGE = 1e-6


@stored
@dataclass(frozen=True, eq=False)
class SegmentCalibration:
    r"""P(liked) and its interval for pairs of which different amounts are known.

    One calibration for all pairs may be off where little is known. So each segment k, pairs whose reader and book have
    about as many ratings, moves the log odds x of the global P(liked) by a line of its own:

    .. math:: \operatorname{logit} P = x + a_k + b_k (x - c_k), \qquad
              \pm\, 1.96 \sqrt{V_{aa} + 2 V_{ab} (x - c_k) + V_{bb} (x - c_k)^2}

    The interval is about the share liked among such pairs, not about one reader's mood.

    Parameters
    ----------
    centre : float64[segments]
        Mean log odds of the validation pairs of each segment.
    line : float64[segments, 2]
        a and b.
    covariance : float64[segments, 3]
        Vaa, Vab and Vbb.
    rows : float64[segments]
        Validation pairs of each segment.
    spread : float64[2]
        How far lines are off from segment to segment: the variances of a and b before a segment is seen.
    """

    centre: FloatArray
    line: FloatArray
    covariance: FloatArray
    rows: FloatArray
    spread: FloatArray

    def __post_init__(self) -> None:
        shapes = {"centre": (SEGMENTS,), "line": (SEGMENTS, 2), "covariance": (SEGMENTS, 3)}
        shapes |= {"rows": (SEGMENTS,), "spread": (2,)}
        for name, shape in shapes.items():
            values = np.asarray(getattr(self, name), dtype=np.float64)
            if values.shape != shape or not bool(np.isfinite(values).all()):
                raise OptionError(f"{name} of the segments must be {shape} finite numbers, not of shape {values.shape}")

    def __call__(self, probability: FloatArray, known: Support) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Give P(liked) and both ends of its 95 % interval (float64[n]), above 0 and below 1.

        A pair without a score (NaN) is answered as the middle pair of its segment.
        """
        _check_lengths(probability=len(probability), known=len(known))
        segment = segment_of(known)
        away = _log_odds(probability) - self.centre[segment]
        away[np.isnan(away)] = 0.0
        middle = self.centre[segment] + away + self.line[segment, 0] + self.line[segment, 1] * away
        var_a, cov, var_b = self.covariance[segment].T
        reach = Z * np.sqrt(np.maximum(var_a + 2 * cov * away + var_b * away**2, 0.0))
        low, middle, high = (np.clip(expit(at), _EDGE, 1 - _EDGE) for at in (middle - reach, middle, middle + reach))
        return middle, low, high


@one_blas_thread()
def fit_segments(
    probability: FloatArray, liked: BoolArray, user: IntArray, known: Support, *,
    weight: FloatArray | None = None, like: SegmentCalibration | None = None,
) -> SegmentCalibration:  # fmt: skip
    r"""Learn from validation rows how far each segment is off, and how surely that is known.

    Lines are shrunken towards no move at all: :math:`a_k \sim N(0, \tau_a^2), b_k \sim N(0, \tau_b^2)`, with the two
    spreads learned from all segments by expectation maximisation. A segment with few rows so leans on the global
    calibration, and one without any gets the interval of a segment that may be off as others are. The covariance is
    :math:`H^{-1} (M + T^{-1}) H^{-1}`, with :math:`T = diag(\tau_a^2, \tau_b^2)`, the penalised Hessian H, and M the
    sum over readers of the products of their scores (Liang and Zeger, "Longitudinal Data Analysis Using Generalized
    Linear Models", Biometrika 1986): what a bootstrap over users comes to when users are many, without its noise.
    Rows count by ``weight`` (float64[n], all alike by default), which should add up to what the rows are worth.
    ``like`` was fitted to about the same rows; its spread is taken over, which saves most of the time.

    Examples
    --------
    >>> known = Support(*np.array([[0] * 100 + [20] * 100, [5] * 200, [9] * 200, [0] * 200]))
    >>> liked = np.arange(200) % 10 < np.repeat([4, 8], 100)  # of unknown readers' pairs 40 %, of others 80 %
    >>> segments = fit_segments(np.full(200, 0.6), liked, np.arange(200), known)
    >>> p, low, high = segments(np.array([0.6, 0.6]), known.take([0, 199]))
    >>> p.round(1).tolist()
    [0.4, 0.8]
    """
    _check_lengths(probability=len(probability), liked=len(liked), user=len(user), known=len(known))
    if len(probability) == 0 or bool(np.isnan(probability).any()):
        raise OptionError(
            "segments need rows, and a probability for each; say first how pairs without one are answered"
        )
    log_odds, segment = _log_odds(probability), segment_of(known)
    rows = np.bincount(segment, minlength=SEGMENTS)
    centre = np.full(SEGMENTS, log_odds.mean())
    seen = np.flatnonzero(rows)
    centre[seen] = np.bincount(segment, log_odds, minlength=SEGMENTS)[seen] / rows[seen]
    members = [np.flatnonzero(segment == k) for k in seen]
    weight = np.ones(len(liked)) if weight is None else weight
    parts = [(log_odds[m], log_odds[m] - centre[k], liked[m], weight[m]) for k, m in zip(seen, members, strict=True)]
    lines: list[FloatArray] = [np.zeros(2) if like is None else like.line[k] for k in seen]
    spread = np.full(2, SPREAD**2) if like is None else like.spread
    for _ in range(100 if like is None else 0):
        fits = [_shrunken_line(*part, line, spread) for part, line in zip(parts, lines, strict=True)]
        lines = [line for line, _ in fits]
        squares = np.sum([line**2 + np.diag(inverse) for line, inverse in fits], axis=0)
        before, spread = spread, (squares + PRIOR_SEGMENTS * SPREAD**2) / (len(seen) + PRIOR_SEGMENTS)
        if float(np.abs(spread / before - 1).max()) < 1e-3:
            break
    line, covariance = np.zeros((SEGMENTS, 2)), np.tile([spread[0], 0.0, spread[1]], (SEGMENTS, 1))
    for k, m, part, start in zip(seen, members, parts, lines, strict=True):
        line[k], inverse = _shrunken_line(*part, start, spread)
        found = inverse @ (_score_products(*part, line[k], user[m]) + np.diag(1 / spread)) @ inverse
        covariance[k] = found[0, 0], found[0, 1], found[1, 1]
    return SegmentCalibration(centre, line, covariance, rows.astype(np.float64), spread)


def _shrunken_line(
    log_odds: FloatArray, away: FloatArray, liked: BoolArray, weight: FloatArray, start: FloatArray, spread: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Find the most probable line by Newton's method, and the inverse of the Hessian there."""
    design, line = np.stack([np.ones_like(away), away]), start

    def probable(line: FloatArray) -> float:
        at = log_odds + line @ design
        likely = np.sum((weight * at)[liked]) - np.sum(weight * np.logaddexp(0, at))
        return float(likely - np.sum(line**2 / spread) / 2)

    for _ in range(50):
        p = expit(log_odds + line @ design)
        inverse = np.linalg.inv((design * (weight * p * (1 - p))) @ design.T + np.diag(1 / spread))
        step = inverse @ (design @ (weight * (liked - p)) - line / spread)
        if float(np.abs(step).max()) < 1e-9:
            break
        # Where stated probabilities of nearly 0 or 1 come out wrong, a whole step may lead away.
        here = probable(line)
        line = next((near for n in range(30) if probable(near := line + step / 2**n) >= here), line)
    return line, inverse


def _score_products(
    log_odds: FloatArray, away: FloatArray, liked: BoolArray, weight: FloatArray, line: FloatArray, user: IntArray
) -> FloatArray:
    design = np.stack([np.ones_like(away), away])
    p = expit(log_odds + line @ design)
    independent: FloatArray = (design * (weight**2 * p * (1 - p))) @ design.T
    _, group = np.unique(user, return_inverse=True)
    groups = int(group.max()) + 1
    if groups == 1:
        return independent
    scores = np.stack([np.bincount(group, column) for column in design * (weight * (liked - p))])
    clustered: FloatArray = scores @ scores.T * (groups / (groups - 1))
    # The scores of a few users may cancel by chance; surer than with independent rows nobody is.
    return max(clustered, independent, key=lambda products: float(np.trace(np.linalg.pinv(independent) @ products)))


def segment_of(known: Support) -> IntArray:
    """Give the number of each pair's segment (int64[n])."""
    reader = np.searchsorted(BANDS, known.reader, side="right")
    book = np.searchsorted(BANDS, known.book, side="right")
    place = np.where(known.book > 0, book + 1, (known.kind > 0).astype(np.int64))
    return np.asarray(reader * (len(BANDS) + 2) + place)


def _log_odds(probability: FloatArray) -> FloatArray:
    return np.asarray(logit(np.clip(np.asarray(probability, dtype=np.float64), _EDGE, 1 - _EDGE)))


def _check_lengths(**lengths: int) -> None:
    if len(set(lengths.values())) > 1:
        raise OptionError(f"segments need columns of one length, not {lengths}")
