"""Generated ratings without attributes: readers and items that differ, tastes in groups, and a long tail."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from scipy.special import ndtr

from toprank.core.arrays import FloatArray, Int32Array, IntArray
from toprank.core.dataset import Dataset
from toprank.core.ids import IdIndex
from toprank.core.ratings import Ratings
from toprank.core.rng import derive_rng
from toprank.core.scale import RatingScale
from toprank.errors import OptionError

__all__ = ["STARS", "Process", "Truth", "generate_ratings", "generate_truth"]

STARS = RatingScale(1, 5, liked_from=4, step=1)
"""One to five stars, liked from four."""

MAX_RATED_SHARE = 0.25
"""Largest share of all pairs that can be rated: beyond it, drawing new pairs at random takes ever longer."""


@dataclass(frozen=True)
class Process:
    r"""How ratings come about.

    .. math:: r_{ui} = round\big(\mu + a_u + c_i + \tau \, \hat p_u \cdot \hat q_i \sqrt{k} + \epsilon\big), \qquad
              p_u = m_{g(u)} + x_u

    where offsets a and c and the noise are normal, :math:`\hat p` and :math:`\hat q` are directions in k dimensions,
    each user belongs to a group g of like taste m, and x is the user's own normal deviation from it. A pair is rated
    with a chance proportional to the user's activity (log-normal) times the item's popularity (a power of its rank),
    and more likely where the taste fits: what is rated is not a random sample, as in life.
    """

    # the rating that a middling user gives a middling item, before rounding, in points of a 1-to-5 scale
    mean: float = 3.6
    # user, item, taste, noise: standard deviations of the four parts, in the same points; at least 0
    user: float = 0.45
    item: float = 0.4
    taste: float = 0.55
    noise: float = 0.75
    factors: int = 4  # dimensions of taste, at least 1
    groups: int = 8  # groups of like taste, at least 1
    # length of a group's taste beside its members' own deviations, which have length about 1; at least 0
    likeness: float = 2.0
    tail: float = 0.9  # power by which popularity falls with rank; at least 0, which makes all items alike
    activity: float = 1.0  # standard deviation of the logarithm of the users' activity; at least 0

    def __post_init__(self) -> None:
        for field in fields(self):
            value, least = getattr(self, field.name), 1 if field.name in ("factors", "groups") else 0
            if field.name != "mean" and not least <= value < float("inf"):
                raise OptionError(f"{field.name} is {value}; it must be a finite number, at least {least}")
        if not 1 <= self.mean <= 5:
            raise OptionError(f"mean is {self.mean}; it must lie on the scale 1 to 5")


@dataclass(frozen=True, eq=False)
class Truth:
    """What lies behind generated ratings: see :func:`generate_truth`.

    Parameters
    ----------
    process : Process
    scale : RatingScale
    user_offset, item_offset : float64[n_users], float64[n_items]
        In points of a 1-to-5 scale.
    user_taste, item_taste : float64[n_users, factors], float64[n_items, factors]
        Directions, of length 1.
    """

    process: Process
    scale: RatingScale
    user_offset: FloatArray
    item_offset: FloatArray
    user_taste: FloatArray
    item_taste: FloatArray

    def expected_stars(self, user: IntArray, item: IntArray) -> FloatArray:
        """Give the mean rating of pairs before noise and rounding (float64[n], points of a 1-to-5 scale)."""
        fits = self.process.taste * _fit(self.user_taste[user], self.item_taste[item])
        return self.process.mean + self.user_offset[user] + self.item_offset[item] + fits

    def liked(self, user: IntArray, item: IntArray) -> FloatArray:
        r"""Give the chance that pairs would be liked, rated or not.

        .. math:: P(r_{ui} \ge b) = \Phi\big((\mu_{ui} - b') / \sigma\big)

        with the mean :math:`\mu` before noise, its standard deviation :math:`\sigma`, and b' where rounding up to the
        bar b begins.

        Parameters
        ----------
        user, item : int[n]
            Any pairs, by their positions from 0, which are the ids of the generated ratings.

        Returns
        -------
        float64[n]
        """
        scale = self.scale
        bar = scale.liked_from
        if scale.step is not None:  # the least rating of the grid that is liked; half a step below it is rounded up
            bar = scale.low + (np.ceil((bar - scale.low) / scale.step - 1e-9) - 0.5) * scale.step
        above = self.expected_stars(user, item) - (1 + 4 * (bar - scale.low) / (scale.high - scale.low))
        return np.asarray(ndtr(above / max(self.process.noise, 1e-12)))


def generate_truth(
    *, n_users: int, n_items: int, rng: np.random.Generator, scale: RatingScale = STARS, process: Process | None = None
) -> Truth:
    """Give out what :func:`generate_ratings` makes ratings from, so that answers about pairs nobody rated can be held
    against it.

    Parameters
    ----------
    n_users, n_items, rng, scale, process
        Those that the ratings are generated with; a generator of the same seed, drawn from or not.

    Returns
    -------
    Truth

    Examples
    --------
    >>> of = {"n_users": 50, "n_items": 40}
    >>> data = generate_ratings(**of, n_ratings=300, rng=np.random.default_rng(13))
    >>> chance = generate_truth(**of, rng=np.random.default_rng(13)).liked(data.ratings.user, data.ratings.item)
    >>> round(float(data.ratings.liked.mean()), 2), round(float(chance.mean()), 2)
    (0.56, 0.58)
    """
    process = process or Process()
    values = derive_rng(rng, "values")
    user_offset, item_offset = values.normal(0.0, process.user, n_users), values.normal(0.0, process.item, n_items)
    return Truth(process, scale, user_offset, item_offset, *_tastes(n_users, n_items, process, rng))


def generate_ratings(
    *,
    n_users: int,
    n_items: int,
    n_ratings: int,
    rng: np.random.Generator,
    scale: RatingScale = STARS,
    process: Process | None = None,
) -> Dataset:
    """Generate ratings that hold more than offsets: there is taste for a model to find.

    Parameters
    ----------
    n_users, n_items : int
        How many there are, at least 1; some may come out without ratings.
    n_ratings : int
        How many ratings, of as many different pairs; at least 1, at most a quarter of all pairs.
    rng : numpy.random.Generator
        Source of all randomness.
    scale : RatingScale
        Ratings are rounded to its steps and cut off at its ends.
    process : Process, optional
        How they come about.

    Returns
    -------
    Dataset
        Integer ids from 0; no attributes and no implicit interactions. :func:`generate_truth` says what lies behind.

    Raises
    ------
    OptionError
        If a number is not usable.

    Examples
    --------
    >>> data = generate_ratings(n_users=50, n_items=40, n_ratings=300, rng=np.random.default_rng(13))
    >>> len(data.ratings), np.unique(data.ratings.value).tolist()
    (300, [1.0, 2.0, 3.0, 4.0, 5.0])
    """
    process = process or Process()
    for name, value in (("n_users", n_users), ("n_items", n_items), ("n_ratings", n_ratings)):
        if value < 1:
            raise OptionError(f"{name} is {value}; at least 1 is needed")
    if n_ratings > MAX_RATED_SHARE * n_users * n_items:
        raise OptionError(
            f"n_ratings is {n_ratings:,}; of {n_users:,} users and {n_items:,} items at most a quarter of the pairs, "
            f"{int(MAX_RATED_SHARE * n_users * n_items):,}, can be rated: ask for fewer, or give more users or items"
        )
    truth = generate_truth(n_users=n_users, n_items=n_items, rng=rng, scale=scale, process=process)
    user, item = _rated_pairs(n_ratings, truth.user_taste, truth.item_taste, process, rng)
    values = derive_rng(rng, "values")
    values.normal(size=n_users + n_items)  # the offsets, which the truth has drawn already
    stars = truth.expected_stars(user, item) + values.normal(0.0, process.noise, n_ratings)
    points = scale.low + (stars - 1.0) * (scale.high - scale.low) / 4.0
    if scale.step is not None:
        points = scale.low + np.round((points - scale.low) / scale.step) * scale.step
    users, items = IdIndex.of(np.arange(n_users)), IdIndex.of(np.arange(n_items))
    ratings = Ratings(user, item, np.clip(points, scale.low, scale.high).astype(np.float32), users, items, scale)
    return Dataset(ratings, name="generated")


def _tastes(n_users: int, n_items: int, process: Process, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Give a direction to each user and each item (float64[n, factors])."""
    tastes = derive_rng(rng, "tastes")
    groups = _directions(tastes.normal(size=(process.groups, process.factors))) * process.likeness
    own = tastes.normal(0.0, process.factors**-0.5, (n_users, process.factors))
    user = groups[tastes.integers(process.groups, size=n_users)] + own
    return _directions(user), _directions(tastes.normal(size=(n_items, process.factors)))


def _rated_pairs(
    n_ratings: int, user_taste: FloatArray, item_taste: FloatArray, process: Process, rng: np.random.Generator
) -> tuple[Int32Array, Int32Array]:
    """Draw different pairs until there are enough."""
    pairs = derive_rng(rng, "pairs")
    n_users, n_items = len(user_taste), len(item_taste)
    activity = np.exp(pairs.normal(0.0, process.activity, n_users))
    # A few more than its rank, or the first item would be rated by everybody.
    popularity: FloatArray = (10.0 + pairs.permutation(np.arange(n_items))) ** -process.tail
    found: IntArray = np.empty(0, np.int64)
    while len(found) < n_ratings:
        size = 2 * (n_ratings - len(found)) + 100
        user = pairs.choice(n_users, size, p=activity / activity.sum())
        item = pairs.choice(n_items, size, p=popularity / popularity.sum())
        fits = pairs.random(size) < 1.0 / (1.0 + np.exp(-_fit(user_taste[user], item_taste[item])))
        both = np.append(found, user[fits] * n_items + item[fits])
        found = both[np.sort(np.unique(both, return_index=True)[1])]
    found = found[:n_ratings]
    return (found // n_items).astype(np.int32), (found % n_items).astype(np.int32)


def _directions(vectors: FloatArray) -> FloatArray:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def _fit(user: FloatArray, item: FloatArray) -> FloatArray:
    """Give how well tastes fit, with a standard deviation of about 1."""
    return np.asarray((user * item).sum(axis=1) * user.shape[1] ** 0.5)
