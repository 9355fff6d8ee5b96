"""ISBNs: however they are written, one number; their group and their publisher's block."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from toprank.core.arrays import AnyArray, IntArray

__all__ = ["isbn_blocks", "normalised_isbns"]

# First digits of the publisher block → its length, as the blocks of English and of most other groups were handed out.
_BLOCKS = {
    0: ((0, 20, 70, 85, 90, 95), (2, 3, 4, 5, 6, 7)),
    1: ((0, 10, 40, 55, 86.98, 99.9), (2, 3, 4, 5, 6, 7)),
}


def normalised_isbns(ids: AnyArray) -> IntArray:
    """Read ids as ISBNs, whichever way they are written, and verify the check digit.

    Blanks and hyphens do not count, ``x`` is ``X``, an ISBN-10 that lost its leading zero gets it back. Gives the first
    twelve digits of the ISBN-13, which an ISBN-10 shares (int64[n]); -1 for anything else.

    Examples
    --------
    >>> normalised_isbns(np.array(["0-306-40615-2", "9780306406157", "306406152", "0306406153"], object)).tolist()
    [978030640615, 978030640615, 978030640615, -1]
    """
    text = pc.utf8_upper(pa.array(ids, pa.string()))
    for when, *change in (("[^0-9A-Z]", "[^0-9A-Z]", ""), ("^[0-9]{8}[0-9X]$", "^", "0")):
        mask = pc.match_substring_regex(text, when).fill_null(False)
        if pc.any(mask).as_py():
            text = pc.replace_with_mask(text, mask, pc.replace_substring_regex(text.filter(mask), *change))
    found = np.full(len(ids), -1, np.int64)
    ten = _flags(pc.match_substring_regex(text, "^[0-9]{9}[0-9X]$"))
    digits = _digits(text.filter(pa.array(ten)), 10)
    core = digits[:, :9] @ 10 ** np.arange(8, -1, -1)
    # Nine zeros pass the check, and are what people type when there is no ISBN.
    valid = (digits @ np.arange(10, 0, -1) % 11 == 0) & (core > 0)
    found[ten] = np.where(valid, 978_000_000_000 + core, -1)
    thirteen = _flags(pc.match_substring_regex(text, "^97[89][0-9]{10}$"))
    digits = _digits(text.filter(pa.array(thirteen)), 13)
    valid = digits @ np.tile([1, 3], 7)[:13] % 10 == 0
    found[thirteen] = np.where(valid, digits[:, :12] @ 10 ** np.arange(11, -1, -1), -1)
    return found


def isbn_blocks(isbn: IntArray) -> tuple[IntArray, IntArray]:
    """Split ISBNs into the group (a language or a country) and the publisher's block: int64[n], -1 as the ISBN.

    Outside the two English groups the length of the publisher's block is that of the usual scheme; a few groups
    depart from it, which makes some blocks of theirs too long or too short.

    Examples
    --------
    >>> group, block = isbn_blocks(np.array([978030640615, 978030699999, 978349912862, -1]))
    >>> group.tolist(), bool(block[0] == block[1])
    ([9780, 9780, 9783, -1], True)
    """
    prefix, core = isbn // 10**9, isbn % 10**9
    two, three, four = core // 10**7, core // 10**6, core // 10**5
    conditions = [two < 60, three < 650, two == 65, two < 80, two < 95, three < 990, four < 9990]
    length = np.select(conditions, [1, 3, 2, 1, 2, 3, 4], 5)
    group = prefix * 10**length + core // 10 ** (9 - length)
    after = core % 10 ** (9 - length) / 10.0 ** (7 - length)  # the next two digits, and a fraction
    english = group == 9781
    size = np.where(
        english,
        np.take(_BLOCKS[1][1], np.searchsorted(_BLOCKS[1][0], after, "right") - 1),
        np.take(_BLOCKS[0][1], np.searchsorted(_BLOCKS[0][0], after, "right") - 1),
    )
    size = np.minimum(size, 8 - length)
    block = (isbn // 10 ** (9 - length - size)) * 10 + size
    return np.where(isbn < 0, -1, group), np.where(isbn < 0, -1, block)


def _flags(values: Any) -> AnyArray:
    flags: AnyArray = np.asarray(values.fill_null(False))
    return flags


def _digits(text: Any, width: int) -> AnyArray:
    """Split equally long texts of digits and X, a whole array, into numbers (int64[n, width])."""
    data = text.buffers()[2]
    letters = np.frombuffer(data or b"", np.uint8)[: len(text) * width].reshape(-1, width)
    return np.where(letters == ord("X"), 10, letters - ord("0")).astype(np.int64)
