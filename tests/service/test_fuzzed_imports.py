"""A thousand export files that were damaged in every way: each is read, or refused as a problem; none hangs."""

from __future__ import annotations

import random
from collections import Counter

from starlette.testclient import TestClient

FILES = 1000

WHOLE = [
    "Book Id,Title,Author,ISBN,ISBN13,My Rating,Exclusive Shelf,Date Read\n"
    '1,Volume 1,Writer Bson,="0261102354",="9780261102354",5,read,2020/01/02\n'
    '2,"Volume 2, or so",Writer Cson,,,0,read,\n',
    "Title,Authors,ISBN/UID,Format,Read Status,Star Rating\nVolume 3,Writer Dson,,paperback,read,4.25\n"
    "Volume 4,Writer Eson,,digital,to-read,\n",
    "Book Id\tTitle\tSort Character\tPrimary Author\tRating\tISBN\n1\tVolume 5\t1\tWriter Fson\t3.5\t[0261102354]\n",
    "title,author_text,isbn_13,rating,shelf\nVolume 6,Writer Gson,9780261102354,4,read\n",
    "item,rating\nb001,5\nb002,3\n",
]
ODD = [
    b"\x00", b"\xff\xfe", b'"', b'""', b",", b"\n", b"\r", b"\t", b"\xef\xbb\xbf", b"9" * 400, b"1e999", b"nan", b"-1",
    "\u202e\u0000\U0001f4da".encode(), b"=cmd|' /C calc'!A0", b"<script>alert(1)</script>", b"," * 300, b"\\",
    b"PK\x03\x04",
]  # fmt: skip


def damaged(rng: random.Random) -> bytes:
    """Give a file that was cut, mixed, repeated and written over."""
    data = bytearray(rng.choice(WHOLE).encode(rng.choice(["utf-8", "utf-16", "utf-8-sig", "latin-1"]), "replace"))
    for _ in range(rng.randint(0, 6)):
        at = rng.randint(0, len(data))
        kind = rng.randrange(6)
        if kind == 0:
            data[at : at + rng.randint(1, 40)] = b""
        elif kind == 1:
            data[at:at] = rng.choice(ODD)
        elif kind == 2:
            data[at:at] = rng.randbytes(rng.randint(1, 30))
        elif kind == 3:
            data = data[:at]
        elif kind == 4:
            data += data[at : at + 200] * rng.randint(1, 20)
        elif data:
            data[min(at, len(data) - 1)] = rng.randrange(256)
    return bytes(data)


def test_damaged_exports_are_read_or_refused(client: TestClient) -> None:
    rng, found = random.Random(11), Counter[int]()
    for _ in range(FILES):
        answer = client.post("/v1/readers/ann/import", content=damaged(rng), headers={"content-type": "text/csv"})
        found[answer.status_code] += 1
        kind = "application/json" if answer.status_code == 200 else "application/problem+json"
        assert answer.headers["content-type"] == kind, answer.text
    assert set(found) == {200, 422}, found
    assert found[200] > 50
    assert client.get("/health/ready").status_code == 200
