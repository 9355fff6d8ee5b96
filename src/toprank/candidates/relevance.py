"""How relevant a candidate is: a conditional logit over what is known of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from toprank.core.arrays import BoolArray, FloatArray, IntArray
from toprank.core.stored import stored
from toprank.core.threads import one_blas_thread

__all__ = ["Relevance", "fit_relevance"]


@stored
@dataclass(frozen=True, eq=False)
class Relevance:
    """A linear score."""

    # mean, scale, weight: of each column: what is subtracted, what it is then divided by, what it counts
    mean: FloatArray  # float32[f]
    scale: FloatArray  # float32[f]
    weight: FloatArray  # float32[f]

    def scores(self, features: FloatArray) -> FloatArray:
        """Score candidates (float32[n]) by their features (float32[n, f]); NaN counts as the mean."""
        from toprank.candidates.features_kernel import weigh  # numba takes its time to be imported

        # Column by column: a matrix product rounds a row differently by which rows stand beside it.
        found: FloatArray = weigh(np.ascontiguousarray(features.T), self.mean, self.weight / self.scale)
        return found


@one_blas_thread()
def fit_relevance(
    row: IntArray, features: FloatArray, chosen: BoolArray, share: FloatArray, *, penalty: float = 1.0
) -> Relevance:
    r"""Learn what makes readers like one candidate and not the others.

    .. math::
        \max_w \sum_u \frac{1}{\sqrt{|C_u|}} \sum_{i \in C_u} \ln
        \frac{\exp(w^T x_{ui})}{\sum_j \exp(w^T x_{uj} - \ln q_{uj})} - \lambda \lVert w \rVert^2

    McFadden's conditional logit ("Conditional logit analysis of qualitative choice behavior", 1974), with the
    correction for candidates that were left out at random: :math:`q` is the chance to be kept if not chosen. A reader
    counts by the root of how many he chose, between one vote each and one vote a choice.
    ``row`` (int64[n], ascending) is the reader of each candidate, ``chosen`` (bool[n]) whether they liked it later, and
    ``share`` is :math:`q`, of a chosen candidate too. All weights are 0 where nobody chose anything.
    """
    from scipy.optimize import minimize

    columns = features.shape[1]
    mean = np.zeros(columns) if len(features) == 0 else np.nan_to_num(np.nanmean(features, axis=0, dtype=np.float64))
    filled = np.where(np.isnan(features), mean, features) - mean
    scale = np.sqrt(np.mean(filled**2, axis=0)) if len(features) else np.ones(columns)
    scale = np.where(scale > 1e-6, scale, 1.0)
    some = np.isin(row, row[chosen])
    if not some.any():
        return Relevance(mean.astype(np.float32), scale.astype(np.float32), np.zeros(columns, np.float32))
    x, row, chosen = filled[some] / scale, row[some], chosen[some].astype(np.float64)
    start = np.flatnonzero(np.append(True, row[1:] != row[:-1]))
    group = np.repeat(np.arange(len(start)), np.diff(np.append(start, len(row))))
    offset = -np.log(share[some])
    votes = np.add.reduceat(chosen, start)
    gain = chosen / np.sqrt(votes)[group]

    def loss(weight: FloatArray) -> tuple[float, FloatArray]:
        utility = x @ weight + offset
        utility -= np.maximum.reduceat(utility, start)[group]
        power = np.exp(utility)
        total = np.add.reduceat(power, start)
        likelihood = gain @ utility - np.sqrt(votes) @ np.log(total)
        slope = x.T @ (gain - power * (np.sqrt(votes) / total)[group])
        return -float(likelihood - penalty * weight @ weight), -(slope - 2 * penalty * weight)

    best = minimize(loss, np.zeros(columns), jac=True, method="L-BFGS-B", options={"maxiter": 100})
    return Relevance(mean.astype(np.float32), scale.astype(np.float32), best.x.astype(np.float32))
