from __future__ import annotations

import pyarrow as pa
import pytest

from toprank.data.reading.mojibake import repair, repair_column


@pytest.mark.parametrize(
    ("damaged", "repaired"),
    [
        ("Violet &amp; Claire", "Violet & Claire"),
        ("twice &amp;amp; thrice &amp;amp;amp;", "twice & thrice &"),
        ("Josef SkvoreckÃ½", "Josef Skvorecký"),
        ("505 fets bÃ\xa0sics de Catalunya", "505 fets bàsics de Catalunya"),
        ("Wir pfeifen auf den GurkenkÃ?Â¶nig. ( Ab 9 J.).", "Wir pfeifen auf den Gurkenkönig. ( Ab 9 J.)."),
        ("Alles flieÃ?Â?t, sagt Heraklit.", "Alles fließt, sagt Heraklit."),
        ("BittersÃ?Â¼Ã?Â?e Schokolade.", "Bittersüße Schokolade."),
        ("Die Memoiren einer Ã?Â?berlebenden.", "Die Memoiren einer Überlebenden."),
        ("Ã?ditions du Seuil", "Éditions du Seuil"),
        ("L' homme qui voulut Ã?Âªtre roi", "L' homme qui voulut être roi"),
    ],
)
def test_damaged(damaged: str, repaired: str) -> None:
    assert repair(damaged) == repaired


@pytest.mark.parametrize(
    "text",
    [
        "What Color Is Your Parachute?",
        "Château d'Âme",
        "Karl Müller",
        "a < b &amp; c",
        "AT&T; R&D",
        "I; Robot & you",
        "IchirÃ?O. Kawasaki",
        "LÃ?Â?Assassin royal",
        "“curly” – dash",
    ],
)
def test_what_is_right_or_beyond_repair_stays(text: str) -> None:
    assert repair(text) == text


def test_columns() -> None:
    column = pa.chunked_array([["plain", "JosÃ©"], ["", "R &amp; D", "JosÃ©"]])
    assert repair_column(column).to_pylist() == ["plain", "José", "", "R & D", "José"]
    assert repair_column(pa.chunked_array([["plain"]])).to_pylist() == ["plain"]
