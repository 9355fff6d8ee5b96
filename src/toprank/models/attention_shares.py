"""What a network's log odds come from: each part of what it reads, left out of all and put in alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from toprank.core.arrays import FloatArray, IntArray
from toprank.nets.attention.lookup import Inputs

__all__ = ["BOOKS", "RATERS", "part_shares", "token_effects"]

BOOKS, RATERS = "nearest books", "nearest raters"
"""The parts that are no part of the evidence: the ratings that are looked at one by one."""

AT_ONCE = 64
"""Pairs shared out at once; a bound on memory."""

Answer = Callable[[Inputs], FloatArray]
"""The network: from n pairs to the log odds that their ratings reach each step (float64[n, steps])."""


def part_shares(
    answer: Answer, inputs: Inputs, parts: Sequence[str], plain: FloatArray, level: IntArray, base_level: int
) -> tuple[dict[str, FloatArray], float]:
    r"""Share each pair's log odds f out among the parts of its inputs (float64[n] each); give the base as well.

    .. math:: \phi_g \propto \tfrac12 \big(f(all) - f(all \setminus g)\big) + \tfrac12 \big(f(g) - f(nothing)\big)

    This is the Shapley value wherever no more than two parts act together. What else is left goes to all in proportion
    to their size, so that the parts and the base f(nothing) add up to f(all). ``parts`` names the part of each dense
    column; what is left out is ``plain`` (float16[d]) there, and no book or rater at all.
    """
    names = [*dict.fromkeys(parts), BOOKS, RATERS]
    group = np.array([names.index(part) for part in parts], np.int64)
    k, n = len(names), len(inputs.dense)
    shown = np.concatenate([~np.eye(k, dtype=np.bool_), np.eye(k, dtype=np.bool_), np.ones((1, k)), np.zeros((1, k))])
    shown = shown.astype(np.bool_)
    shares, base = np.empty((k, n)), 0.0
    for begin in range(0, n, AT_ONCE):
        some = slice(begin, begin + AT_ONCE)
        tried = _joined(
            np.where(shown[:, None, group], inputs.dense[some], plain),
            inputs.books[some] * shown[:, k - 2, None, None, None],
            inputs.raters[some] * shown[:, k - 1, None, None, None],
        )
        exceeds = answer(tried).reshape(len(shown), len(level[some]), -1)
        base = float(exceeds[-1, 0, base_level])
        found = np.take_along_axis(exceeds, level[None, some, None], axis=2)[:, :, 0]
        share = (found[-2] - found[:k] + found[k : 2 * k] - found[-1]) / 2
        size = np.abs(share) + 1e-12
        shares[:, some] = share + size / size.sum(axis=0) * (found[-2] - base - share.sum(axis=0))
    return dict(zip(names, shares, strict=True)), base


def token_effects(answer: Answer, inputs: Inputs, level: IntArray) -> tuple[FloatArray, FloatArray]:
    """Give what each book and each rater adds when all else is there (float64[n, books] and [n, raters])."""
    n, books, raters = len(inputs.dense), inputs.books.shape[1], inputs.raters.shape[1]
    effects = np.empty((books + raters + 1, n))
    kept = np.concatenate([~np.eye(books + raters, dtype=np.bool_), np.ones((1, books + raters), np.bool_)])
    for begin in range(0, n, AT_ONCE):
        some = slice(begin, begin + AT_ONCE)
        tried = _joined(
            np.broadcast_to(inputs.dense[some], (len(kept), *inputs.dense[some].shape)),
            inputs.books[some] * kept[:, None, :books, None],
            inputs.raters[some] * kept[:, None, books:, None],
        )
        exceeds = answer(tried).reshape(len(kept), len(level[some]), -1)
        effects[:, some] = np.take_along_axis(exceeds, level[None, some, None], axis=2)[:, :, 0]
    added = (effects[-1] - effects[:-1]).T
    return added[:, :books], added[:, books:]


def _joined(*columns: FloatArray) -> Inputs:
    """Put the variants of pairs ([v, n, ...]) one below the other."""
    return Inputs(*(np.ascontiguousarray(one.reshape(-1, *one.shape[2:]), np.float16) for one in columns))
