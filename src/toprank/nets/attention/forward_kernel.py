"""The compiled loop behind :mod:`toprank.nets.attention.forward`."""

from __future__ import annotations

import numba

from toprank.core.arrays import FloatArray

__all__ = ["affine"]


@numba.njit(cache=True, nogil=True, fastmath={"contract"})
def affine(answer: FloatArray, values: FloatArray, weights: FloatArray, constants: FloatArray) -> None:
    """Write a dense layer's sums (float32[m, n]) of n pairs' values (float32[d, n]); weights are float32[m, d].

    A pair's sum is made in the same order wherever the pair stands, which libraries of linear algebra do not promise.
    """
    d, n = values.shape
    m = len(weights)
    for j in range(0, m, 2):
        other = min(j + 1, m - 1)
        one, two = answer[j], answer[other]
        a, b = weights[j], weights[other]
        two[:] = constants[other]
        one[:] = constants[j]
        whole = d - d % 4
        for k in range(0, whole, 4):
            a0, a1, a2, a3 = a[k], a[k + 1], a[k + 2], a[k + 3]
            b0, b1, b2, b3 = b[k], b[k + 1], b[k + 2], b[k + 3]
            v0, v1, v2, v3 = values[k], values[k + 1], values[k + 2], values[k + 3]
            if other == j:
                for r in range(n):
                    one[r] += v0[r] * a0 + v1[r] * a1 + v2[r] * a2 + v3[r] * a3
            else:
                for r in range(n):
                    one[r] += v0[r] * a0 + v1[r] * a1 + v2[r] * a2 + v3[r] * a3
                    two[r] += v0[r] * b0 + v1[r] * b1 + v2[r] * b2 + v3[r] * b3
        for k in range(whole, d):
            for r in range(n):
                one[r] += values[k, r] * a[k]
            if other != j:
                for r in range(n):
                    two[r] += values[k, r] * b[k]
