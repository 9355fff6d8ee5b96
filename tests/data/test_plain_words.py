from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from toprank.data.plain_words import spaced


def test_words_are_those_of_a_regular_expression() -> None:
    rng = np.random.default_rng(13)
    letters = np.array(list("aZ09 -.'_\t\n\0éßçЖ本—“ "))
    texts = pa.array(["".join(rng.choice(letters, length)) for length in rng.integers(0, 12, 3000)])
    expected = pc.utf8_trim(pc.replace_substring_regex(texts, r"[^\p{L}\p{N}]+", " "), " ")
    assert spaced(texts).equals(expected)
    assert spaced(texts.slice(1000, 50)).equals(expected.slice(1000, 50))


def test_there_may_be_no_texts_or_empty_ones() -> None:
    for texts in ([], [""], ["", ""], ["-"], ["a"], ["", "b", ""]):
        array = pa.array(texts, pa.string())
        assert spaced(array).to_pylist() == [text.strip("-") for text in texts]
