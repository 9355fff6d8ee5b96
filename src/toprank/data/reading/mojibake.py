"""Repair of text that was decoded wrongly or holds HTML entities.

Book-Crossing's titles come from shop pages. Some were encoded as UTF-8 and read as Latin-1 (``JosÃ©``), which ftfy
undoes. Others went through that twice, and on the way every byte from 0x80 to 0x9F became a question mark: ``König`` is
``KÃ?Â¶nig``. There the letter can be told from what is left, except for those whose last byte is lost too.
"""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["repair", "repair_column"]

# UTF-8 of U+00E0 to U+00FF is C3 A0 to C3 BF; read as Latin-1 and encoded again it is C3 83, C2 A0 to C2 BF.
_TWICE_ENCODED = re.compile("Ã\\?Â([\xa0-\xbf])")
# Of the letters whose last byte is lost (À to ß) only ß is lower case; in German it follows a vowel.
_SHARP_S = re.compile(r"(?<=[aeiouyäöü])Ã\?(?:Â\?)?(?![A-ZÂ])")
# The others are capitals: only known words tell which.
_CAPITAL = re.compile(r"\bÃ\?(?:Â\?)?(?=(ber|bung|rger|gypt|sterreich|kono|ditions))")
# UTF-8 read as Latin-1 always holds one of these (or, with its no-break space made a space, these two capitals).
_MOJIBAKE = re.compile("[\x80-\xbf\u0100-\U0010ffffÂÃ]")
_CAPITAL_OF = {"ber": "Ü", "bung": "Ü", "rger": "Ä", "gypt": "Ä", "sterreich": "Ö", "kono": "Ö", "ditions": "É"}


def repair(text: str) -> str:
    """Repair one text.

    Examples
    --------
    >>> repair("JosÃ© &amp; RenÃ©"), repair("Der GurkenkÃ?Â¶nig"), repair("Die StraÃ?Â?e"), repair("Ã?ber Uns")
    ('José & René', 'Der Gurkenkönig', 'Die Straße', 'Über Uns')
    """
    import ftfy

    text = _unescape(text)
    if text.isascii():
        return text
    text = _TWICE_ENCODED.sub(lambda match: chr(ord(match[1]) + 0x40), text)
    text = _CAPITAL.sub(lambda match: _CAPITAL_OF[match[1]], _SHARP_S.sub("ß", text))
    if not _MOJIBAKE.search(text):
        return text
    return ftfy.fix_text(text, uncurl_quotes=False, replace_lossy_sequences=False)


def repair_column(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Repair a column of text without nulls."""
    # Text of ASCII letters without an ampersand has nothing to repair, and that is nearly all of it.
    suspect = pc.match_substring_regex(column, r"[^\x00-\x7f]|&")
    texts = column.filter(suspect).to_pylist()
    repaired = {text: repair(text) for text in set(texts)}
    position = np.full(len(column), -1, np.int64)
    position[np.flatnonzero(suspect.to_numpy())] = np.arange(len(texts))
    replacement = pa.array([repaired[text] for text in texts], pa.string())
    return pc.coalesce(replacement.take(pa.array(position, mask=position < 0)), column)


def _unescape(text: str) -> str:
    from ftfy.fixes import unescape_html

    # Like ftfy: what holds a tag is HTML and stays as it is.
    while "&" in text and "<" not in text:
        plain = str(unescape_html(text))
        if plain == text:
            break
        text = plain
    return text
