from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from toprank.recommender.titles import Titles


@pytest.mark.parametrize("words", ["cien anos", "GARCÍA MÁRQUEZ", "garcia soledad"])
def test_accents_do_not_count(words: str) -> None:
    titles = Titles(
        pa.array(["One Hundred Years", "Cien años de soledad", None]),
        pa.array(["Somebody Else", "Gabriel Garci\u0301a Márquez", "Nobody"]),
        np.arange(3),
    )
    assert titles.find(words, np.ones(3, np.int64)).tolist() == [1]
