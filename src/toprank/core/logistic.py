"""The logistic function and its inverse: scipy.special has both, but a first answer would wait for its import."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["expit", "logit"]


def expit(log_odds: Any) -> Any:
    """Give probabilities of log odds, without overflow (a scalar, or float64[...]).

    Examples
    --------
    >>> expit(np.array([-1000.0, 0.0, 1000.0])).tolist()
    [0.0, 0.5, 1.0]
    """
    small = np.exp(-np.abs(log_odds))
    return np.where(np.greater_equal(log_odds, 0), 1.0, small) / (1.0 + small)


def logit(probability: Any) -> Any:
    """Give the log odds of probabilities; -inf of 0, inf of 1 (a scalar, or float64[...]).

    Examples
    --------
    >>> logit(np.array([0.0, 0.5, 1.0])).tolist()
    [-inf, 0.0, inf]
    """
    with np.errstate(divide="ignore"):
        return np.log(probability) - np.log1p(-np.asarray(probability))
