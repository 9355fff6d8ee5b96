"""The attention network asked: plain arrays, so that an answer waits for no JAX and comes in a forked process too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from toprank.core.arrays import AnyArray, FloatArray, IntArray
from toprank.core.threads import side_by_side
from toprank.nets.attention.lookup import Inputs

__all__ = ["forward"]

BLOCK = 64
"""Pairs scored at once, fewer filled up; they stand in the last axis, and each is summed alike wherever it stands."""

PART = 512
"""Pairs that a thread scores at a time."""


def forward(networks: Sequence[Mapping[str, FloatArray]], inputs: Inputs, rows: IntArray | None = None) -> FloatArray:
    """Give the log odds of several networks (float32[k, m, steps]), of some rows (int[m]) or all, without dropout."""
    n = len(inputs.dense) if rows is None else len(rows)
    answer = np.empty((len(networks), n, len(networks[0]["out b"])), np.float32)
    turned = [{name: np.ascontiguousarray(one.T) for name, one in weights.items()} for weights in networks]

    def fill(first: int) -> None:
        for begin in range(first, min(first + PART, n), BLOCK):
            end = min(begin + BLOCK, n)
            some: AnyArray = np.zeros(BLOCK, np.int64)
            some[: end - begin] = np.arange(begin, end) if rows is None else rows[begin:end]
            dense, books, raters = (
                np.ascontiguousarray(column[some].T, np.float32)
                for column in (inputs.dense, inputs.books, inputs.raters)
            )
            for number, weights in enumerate(turned):
                read = [dense, _attended("books", books, weights), _attended("raters", raters, weights)]
                values, layer = np.concatenate(read), 0
                while f"layer {layer}" in weights:
                    values = _silu(_affine(f"layer {layer}", values, weights))
                    layer += 1
                answer[number, begin:end] = _affine("out", values, weights).T[: end - begin]

    side_by_side(fill, range(0, n, PART))
    return answer


def _attended(name: str, tokens: FloatArray, weights: Mapping[str, FloatArray]) -> FloatArray:
    """Average what is told (float32[f, l, n]) by each head's attention (float32[heads x f, n])."""
    told, length, n = tokens.shape
    hidden = _silu(_affine(f"{name} in", tokens.reshape(told, -1), weights))
    logits = _affine(f"{name} heads", hidden, weights).reshape(-1, length, n)
    # The first number says whether there is anything at a place. The place that holds nothing has the logit 0.
    logits = np.where(tokens[0] > 0, logits, np.float32(-1e9))
    most = np.maximum(logits.max(axis=1, keepdims=True), 0)
    share = np.exp(logits - most)
    share /= share.sum(axis=1, keepdims=True) + np.exp(-most)
    return np.asarray((share[:, None] * tokens).sum(axis=2).reshape(-1, n))


def _affine(name: str, values: FloatArray, weights: Mapping[str, FloatArray]) -> FloatArray:
    from toprank.nets.attention.forward_kernel import affine  # numba takes its time to be imported

    constants = weights[f"{name} b"]
    answer = np.empty((len(constants), values.shape[1]), np.float32)
    affine(answer, values, weights[name], constants)
    return answer


def _silu(values: FloatArray) -> FloatArray:
    with np.errstate(over="ignore"):  # far below 0 it is 0
        bent = np.exp(-values)
    bent += 1
    np.divide(values, bent, out=bent)
    return bent
