"""A sentence encoder asked about single words, so that it is needed once: its forward pass in plain numpy."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from toprank.core.arrays import FloatArray, IntArray
from toprank.core.threads import one_blas_thread, side_by_side

__all__ = ["encode_words"]

BATCH = 64
"""Words at once: what they need stays in the processor's cache."""

HEADS = 12
"""Heads of the encoder's attention (Wang and others, "MiniLM", NeurIPS 2020)."""


def encode_words(
    weights: Mapping[str, FloatArray], words: IntArray, first: int, last: int, progress: Callable[[], None]
) -> FloatArray:
    """Encode each word alone, between the marks ``first`` and ``last``: the mean of what the last layer says.

    ``weights`` are those of a BERT encoder by their usual names (Devlin and others, "BERT", NAACL 2019). Gives
    float32[n, width]; ``progress`` is called after each batch.
    """

    def batch(begin: int) -> FloatArray:
        some = words[begin : begin + BATCH]
        ids = np.stack([np.full(len(some), first), some, np.full(len(some), last)], axis=1)
        found = _encode(weights, ids)
        progress()
        return found

    with one_blas_thread():
        return np.concatenate(side_by_side(batch, range(0, len(words), BATCH)))


def _encode(weights: Mapping[str, FloatArray], ids: IntArray) -> FloatArray:
    """Run the layers over texts of equal length (int64[n, words]), and take the mean over the words."""

    def dense(x: FloatArray, name: str) -> FloatArray:
        return np.asarray(x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"])

    def norm(x: FloatArray, name: str) -> FloatArray:
        x = x - x.mean(axis=-1, keepdims=True)
        x /= np.sqrt((x * x).mean(axis=-1, keepdims=True) + np.float32(1e-12))
        return np.asarray(x * weights[f"{name}.weight"] + weights[f"{name}.bias"])

    n, words = ids.shape
    x: FloatArray = (
        weights["embeddings.word_embeddings.weight"][ids] + weights["embeddings.position_embeddings.weight"][:words]
    )
    x = norm(x + weights["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
    width = x.shape[2]
    layer = 0
    while (name := f"encoder.layer.{layer}") + ".output.dense.weight" in weights:
        query, key, value = (
            dense(x, f"{name}.attention.self.{part}").reshape(n, words, HEADS, -1).transpose(0, 2, 1, 3)
            for part in ("query", "key", "value")
        )
        score = query @ key.transpose(0, 1, 3, 2) / np.float32(np.sqrt(width / HEADS))
        score = np.exp(score - score.max(axis=-1, keepdims=True))
        score /= score.sum(axis=-1, keepdims=True)
        seen = (score @ value).transpose(0, 2, 1, 3).reshape(n, words, width)
        x = norm(x + dense(seen, f"{name}.attention.output.dense"), f"{name}.attention.output.LayerNorm")
        x = norm(x + dense(_gelu(dense(x, f"{name}.intermediate.dense")), f"{name}.output.dense"),
                 f"{name}.output.LayerNorm")  # fmt: skip
        layer += 1
    return np.asarray(x.mean(axis=1))


def _gelu(x: FloatArray) -> FloatArray:
    from scipy.special import erf

    return np.asarray(x * np.float32(0.5) * (1 + erf(x / np.float32(np.sqrt(2)))))
