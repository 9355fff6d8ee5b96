"""Logistic and normal distribution functions: scipy.special has them, and a first answer would wait for its import."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

__all__ = ["expit", "logit", "normal_cdf"]


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


def normal_cdf(value: Any) -> Any:
    """Give the chance that a standard normal number is below a value (float64[...]).

    Examples
    --------
    >>> normal_cdf(np.array([-np.inf, 0.0, np.inf])).tolist()
    [0.0, 0.5, 1.0]
    """
    return 0.5 * np.asarray(_erfc(-np.asarray(value) / math.sqrt(2.0)), np.float64)


_erfc = np.frompyfunc(math.erfc, 1, 1)
"""Takes 0.1 µs a number."""
