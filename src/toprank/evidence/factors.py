"""Latent factors with what is not known of them: the posterior of a Bayesian matrix factorisation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from toprank.core.arrays import FloatArray, Int32Array, IntArray
from toprank.core.stored import stored
from toprank.core.threads import cut, side_by_side

__all__ = ["Factors", "Normal", "ReaderFactors", "learn_factors"]

PARTS = 32
"""In how many parts rows are solved; that changes no figure, as every row is solved by one thread."""

ROUNDS = 2
"""How often a reader's noise and position are found in turn."""

HELD = 5
FIRST_NOISE = 0.5
FIRST_SHAPE = 50.0
"""In the first sweeps the noise is no more than half of the variance, so that factors grow before they are judged."""

JUDGED = 10
AGAIN = 5
WORTH = 0.0015
"""After so many sweeps, and after so many more each time, factors that explain less than this share of the ratings'
variance go."""

FIRST_OFFSET = 0.25
FIRST_STRENGTH = 2.0
"""First guesses at the variance of offsets and of products of factors, of standardised ratings."""

LEAST = 1e-4
"""Least variance of a factor, so that one which the data do not support can be inverted."""

FEW = 1000
"""Pairs that one thread answers at once."""


@stored
@dataclass(frozen=True, eq=False)
class Normal:
    """A normal distribution: of what readers, or items, are (mean float64[1 + k], precision float64[1 + k, 1 + k])."""

    mean: FloatArray
    precision: FloatArray

    @property
    def pull(self) -> FloatArray:
        """What the precision makes of the mean; sums of ours, as a library's may depend on its threads."""
        return np.asarray((self.precision * self.mean).sum(axis=1))

    def turned(self, by: FloatArray) -> Normal:
        """Give the same in another basis (float64[1 + k', 1 + k])."""
        return Normal(by @ self.mean, np.linalg.inv(by @ np.linalg.inv(self.precision) @ by.T))

    @cached_property
    def packed(self) -> FloatArray:
        """Mean, and lower triangle of the covariance, as two rows of a table (float64[2, (1 + k)(2 + k) / 2])."""
        spread = np.linalg.inv(self.precision)[np.tril_indices(len(self.mean))]
        return np.stack([np.append(self.mean, np.zeros(len(spread) - len(self.mean))), spread])


@dataclass(frozen=True, eq=False)
class ReaderFactors:
    """Posteriors of some readers.

    Parameters
    ----------
    mean : float64[n, 1 + k]
        Offset and factors.
    covariance : float32[n, (1 + k)(2 + k) / 2]
        Lower triangles, row by row.
    weight : float64[n]
        Each reader's precision: how little their ratings are led by chance.
    """

    mean: FloatArray
    covariance: FloatArray
    weight: FloatArray


@stored
@dataclass(frozen=True, eq=False)
class Factors:
    r"""Posteriors of items; those of readers follow from their lists.

    .. math:: z_{ui} \sim N(b_u + c_i + p_u \cdot q_i, \; 1 / \beta_u), \qquad
              (b_u, p_u) \sim N(\mu_U, \Sigma_U), \quad (c_i, q_i) \sim N(\mu_I, \Sigma_I), \quad
              \beta_u \sim \Gamma(a, a \nu)

    of ratings standardised by their mean and standard deviation, :math:`z = (r - m) / s`. Each user and each item has a
    normal posterior, found in closed form given those of the other side (variational Bayes: Lim and Teh, "Variational
    Bayesian Approach to Movie Rating Prediction", KDD Cup 2007), and each user a noise of their own. What users and
    items are on average, how much they vary, and the noise are estimated along the way (empirical Bayes). So a factor
    that the ratings do not support ends near 0 and is dropped, and nothing needs tuning.

    Parameters
    ----------
    center, scale : float
        m and s.
    item : float64[n, 1 + k]
        Means of offsets and factors.
    covariance : float32[n, (1 + k)(2 + k) / 2]
        Lower triangles, row by row.
    of_readers, of_items : Normal
        What is known of a reader, or an item, without ratings.
    noise : float64[2]
        a and :math:`\nu`.
    """

    center: float
    scale: float
    item: FloatArray
    covariance: FloatArray
    of_readers: Normal
    of_items: Normal
    noise: FloatArray

    def readers(self, start: IntArray, item: Int32Array | IntArray, value: FloatArray) -> ReaderFactors:
        """Find the posteriors of readers from their lists: what one rated begins at ``start`` (int64[n + 1])."""
        return _solve_readers(self, start, item, (value - self.center) / self.scale)

    def expected(self, readers: ReaderFactors, row: IntArray, item: IntArray) -> FloatArray:
        """Give, for pairs, the sum of offsets, the product of factors, and the spread of both together (float64[n, 3]).

        In the units of ratings; the mean is in the first.
        """
        from toprank.evidence.factors_kernel import ask

        answer = np.empty((len(row), 3))
        ends = np.linspace(0, len(row), 1 + len(row) // FEW).astype(int) if len(row) >= FEW else np.array([0, len(row)])
        given = np.asarray(row, np.int64), np.asarray(item, np.int64), readers.mean, readers.covariance

        def part(begin: int, end: int) -> None:
            ask(answer, begin, end, *given, self.item, self.covariance)

        side_by_side(part, ends[:-1].tolist(), ends[1:].tolist())
        answer[:, 0] = self.center + self.scale * answer[:, 0]
        answer[:, 1] *= self.scale
        answer[:, 2] = self.scale * np.sqrt(np.maximum(0.0, answer[:, 2]))
        return answer

    def grown(self, n_items: int) -> Factors:
        """Make room for items at the end, of which nothing is known."""
        more = n_items - len(self.item)
        if more == 0:
            return self
        mean, spread = self.of_items.mean, self.of_items.packed[1].astype(np.float32)
        return replace(
            self,
            item=np.vstack([self.item, np.tile(mean, (more, 1))]),
            covariance=np.vstack([self.covariance, np.tile(spread, (more, 1))]),
        )

    def spread(self, items: IntArray, n_items: int) -> Factors:
        """Put these items in their places among so many; of the others nothing is known."""
        known = replace(self, item=self.item[:0], covariance=self.covariance[:0]).grown(n_items)
        known.item[items], known.covariance[items] = self.item, self.covariance
        return known

    def updated(
        self, readers: ReaderFactors, row: IntArray, item: IntArray, value: FloatArray, sign: FloatArray
    ) -> Factors:
        """Add ratings to the posteriors of their items, or take them away (sign 1 or -1), given those of readers.

        A rating that is replaced was its reader's too, so what goes is what came.
        """
        each, place = np.unique(item, return_inverse=True)
        precision, pull = _precise(self.item[each], self.covariance[each])
        mean, spread = readers.mean[row], _full(readers.covariance[row])
        rest = (value - self.center) / self.scale - mean[:, 0]
        known = mean * rest[:, None] - spread[:, 0]
        known[:, 0] = rest
        square = spread + mean[:, :, None] * mean[:, None, :]
        square[:, 0] = square[:, :, 0] = mean
        square[:, 0, 0] = 1.0
        weight = sign * readers.weight[row]
        np.add.at(precision, place, weight[:, None, None] * square)
        np.add.at(pull, place, weight[:, None] * known)
        return self._with(each, precision, pull)

    def merged(self, other: Factors) -> Factors:
        """Add what the ratings of another shard say of the items, given readers in the same space."""
        precision, pull = _precise(self.item, self.covariance)
        more, pulled = _precise(other.item, other.covariance)
        precision += more - other.of_items.precision
        pull += pulled - other.of_items.pull
        return self._with(np.arange(len(self.item)), precision, pull)

    def _with(self, items: IntArray, precision: FloatArray, pull: FloatArray) -> Factors:
        spread = np.linalg.inv(precision)
        item, covariance = self.item.copy(), self.covariance.copy()
        item[items] = (spread * pull[:, None, :]).sum(axis=2)
        covariance[items] = spread[:, *np.tril_indices(spread.shape[1])]
        return replace(self, item=item, covariance=covariance)


def learn_factors(
    user: IntArray,
    item: IntArray,
    value: FloatArray,
    *,
    n_users: int,
    n_items: int,
    factors: int,
    sweeps: int,
    rng: np.random.Generator,
    progress: Callable[[int, int, str], None] | None = None,
) -> Factors:
    """Learn from ratings in canonical order: positions and values of n each.

    Examples
    --------
    >>> user, item = np.repeat(np.arange(40), 20), np.tile(np.arange(20), 40)
    >>> likes = (user % 2 == item % 2) & ((user + item // 2) % 3 > 0)  # two tastes, and some pairs left out
    >>> rated = (user + item // 2) % 3 > 0
    >>> found = learn_factors(
    ...     user[rated], item[rated], np.where(user % 2 == item % 2, 9.0, 3.0)[rated],
    ...     n_users=40, n_items=20, factors=2, sweeps=20, rng=np.random.default_rng(1),
    ... )
    >>> start = np.array([0, 2])  # one who liked two even items
    >>> readers = found.readers(start, np.array([0, 2]), np.array([9.0, 9.0]))
    >>> offsets, products, _ = found.expected(readers, np.array([0, 0]), np.array([4, 5])).T
    >>> (offsets + products).round().tolist()
    [9.0, 3.0]
    """
    from toprank.evidence.factors_kernel import expectations  # numba takes its time to be imported

    center, scale = float(value.mean()), float(value.std()) or 1.0
    start = rng.normal(size=(n_users, factors))
    (users, user), (items, item) = _compact(user, n_users), _compact(item, n_items)
    by_user = _lists(user, item, (value - center) / scale, len(users))
    by_item = _lists(item, user, (value - center) / scale, len(items))
    size = 1 + factors
    width = size * (size + 1) // 2
    first = np.full(size, factors / FIRST_STRENGTH)
    first[0] = 1 / FIRST_OFFSET
    each = np.ones(size)
    each[0] = 1 / FIRST_OFFSET
    found = Factors(
        center, scale, np.zeros((len(items), size)), np.zeros((len(items), width), np.float32),
        Normal(np.zeros(size), np.diag(each)), Normal(np.zeros(size), np.diag(first)),
        np.array([FIRST_SHAPE, FIRST_NOISE]),
    )  # fmt: skip
    mean = np.zeros((len(users), size))
    mean[:, 1:] = start[users]
    readers = ReaderFactors(mean, np.zeros((len(users), width), np.float32), np.full(len(users), 1 / FIRST_NOISE))
    theirs = expectations(readers.mean, readers.covariance)
    for sweep in range(sweeps):
        if progress is not None:
            progress(sweep, sweeps, f"sweep {sweep + 1}")
        _solve(
            found.item, found.covariance, np.empty(0), np.empty(0), by_item, (theirs, readers.weight),
            found.of_items, found.noise, 0,
        )  # fmt: skip
        theirs = expectations(found.item, found.covariance)
        found = replace(found, of_items=_fitted(theirs, found.item.shape[1]))
        if sweep == sweeps - 1:
            break  # readers follow from their lists
        error = np.zeros(len(users))
        readers = _solve_readers(found, *by_user, error, theirs)
        noise = _noise(found.noise, np.diff(by_user[0]), error, held=sweep < HELD)
        theirs = expectations(readers.mean, readers.covariance)
        found = replace(found, of_readers=_fitted(theirs, found.item.shape[1]), noise=noise)
        if sweep + 1 >= JUDGED and (sweep + 1) % AGAIN == 0 and found.item.shape[1] > 2:
            found, readers = _without_weak(found, readers, by_user[0], by_item[0])
            theirs = expectations(readers.mean, readers.covariance)
    return found.spread(items, n_items)


Lists = tuple[IntArray, Int32Array, FloatArray]
"""Where each row's ratings begin, the row of the other side, and the standardised value."""


def _lists(row: IntArray, other: Int32Array, target: FloatArray, size: int) -> Lists:
    from toprank.evidence.crossfit_kernel import rows_by_key  # numba takes its time to be imported

    start, order = rows_by_key(row, size)
    return start, other[order], target[order]


def _compact(position: IntArray, size: int) -> tuple[IntArray, Int32Array]:
    """Give the positions that come, ascending, and the number of each among them: what takes a sort of all else."""
    place = np.zeros(size, np.int32)
    place[position] = 1
    some = np.flatnonzero(place)
    place[some] = np.arange(len(some))
    return some, place[position]


def _solve(
    mean: FloatArray, covariance: FloatArray, weight: FloatArray, error: FloatArray, lists: Lists,
    theirs: tuple[FloatArray, FloatArray], prior: Normal, noise: FloatArray, rounds: int,
) -> None:  # fmt: skip
    from toprank.evidence.factors_kernel import solve  # numba takes its time to be imported

    given = (*lists, *theirs, prior.precision, prior.pull, prior.packed, noise, rounds)

    def part(begin: int, end: int) -> None:
        solve(mean, covariance, weight, error, begin, end, *given)

    side_by_side(part, *cut(len(mean), max(1, min(PARTS, len(mean) // 8))))


def _solve_readers(
    found: Factors, start: IntArray, item: Int32Array | IntArray, target: FloatArray, error: FloatArray | None = None,
    theirs: FloatArray | None = None,
) -> ReaderFactors:  # fmt: skip
    from toprank.evidence.factors_kernel import expectations  # numba takes its time to be imported

    n = len(start) - 1
    mean, covariance = np.empty((n, found.item.shape[1])), np.empty((n, found.covariance.shape[1]), np.float32)
    weight = np.empty(n)
    error = np.empty(n) if error is None else error
    if theirs is None:
        each, item = np.unique(item, return_inverse=True)
        theirs = expectations(found.item[each], found.covariance[each])
    lists = np.asarray(start, np.int64), np.asarray(item, np.int32), np.asarray(target, np.float64)
    _solve(mean, covariance, weight, error, lists, (theirs, np.empty(0)), found.of_readers, found.noise, ROUNDS)
    return ReaderFactors(mean, covariance, weight)


def _fitted(theirs: FloatArray, size: int) -> Normal:
    """Estimate what rows are on average, and how much they vary, from what is expected of them."""
    from toprank.evidence.factors_kernel import moments

    center, spread = moments(theirs, size)
    return Normal(center, np.linalg.inv(spread + LEAST * np.eye(len(spread))))


def _without_weak(
    found: Factors, readers: ReaderFactors, of_user: IntArray, of_item: IntArray
) -> tuple[Factors, ReaderFactors]:
    """Turn factors so that each explains what it can on its own, and keep those that are worth it, at least one.

    Of items only what the next sweep needs is turned: what they are on average, and how many factors they have.
    """
    from toprank.evidence.factors_kernel import products, turn

    size = found.item.shape[1] - 1
    low = np.linalg.cholesky(products(readers.mean, of_user) + 1e-12 * np.eye(size))
    share, basis = np.linalg.eigh(low.T @ products(found.item, of_item) @ low)
    best = basis[:, ::-1][:, : max(1, int((share > WORTH).sum()))]
    for_users, for_items = (np.eye(1 + size)[: 1 + best.shape[1]] for _ in range(2))
    for_users[1:, 1:] = np.linalg.solve(low.T, best).T
    for_items[1:, 1:] = (low @ best).T
    mean, covariance = turn(readers.mean, readers.covariance, for_users)
    item, spread = (np.zeros((len(found.item), width), kind) for width, kind in
                    ((mean.shape[1], np.float64), (covariance.shape[1], np.float32)))  # fmt: skip
    found = replace(
        found, item=item, covariance=spread, of_readers=found.of_readers.turned(for_users),
        of_items=found.of_items.turned(for_items),
    )  # fmt: skip
    return found, ReaderFactors(mean, covariance, readers.weight)


def _noise(noise: FloatArray, count: IntArray, error: FloatArray, *, held: bool) -> FloatArray:
    """Estimate how much readers' noise varies (a shape), and what it is, from expected squared errors."""
    from scipy.special import digamma

    shape, level = noise
    rows, rate = shape + count / 2, shape * level + error / 2
    level = max(1e-6, float((error / rate).sum() / (count / rate).sum()))
    level = min(level, FIRST_NOISE) if held else level
    own = rows / (shape * level + error / 2)
    gap = float(np.log(own.mean()) - (digamma(rows) - np.log(shape * level + error / 2)).mean())
    gap = max(gap, 1e-3)
    return np.array([(3 - gap + np.sqrt((gap - 3) ** 2 + 24 * gap)) / (12 * gap), level])


def _full(packed: FloatArray) -> FloatArray:
    """Give whole matrices for lower triangles (float64[n, 1 + k, 1 + k])."""
    size = int(np.sqrt(2 * packed.shape[1]))
    rows, columns = np.tril_indices(size)
    full = np.empty((len(packed), size, size))
    full[:, rows, columns] = full[:, columns, rows] = packed
    return full


def _precise(mean: FloatArray, covariance: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give precisions, and what they make of means (float64[n, 1 + k, 1 + k], float64[n, 1 + k])."""
    precision = np.linalg.inv(_full(covariance))
    return precision, (precision * mean[:, None, :]).sum(axis=2)
