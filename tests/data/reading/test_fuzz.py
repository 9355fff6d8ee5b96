"""Whatever a file holds: a dataset whose ratings stand in it, or an error that says what to do. Never a traceback."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from toprank.core.dataset import Dataset
from toprank.data.reading.read import read
from toprank.errors import ToprankError

bounded = settings(
    max_examples=150, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

SEEDS = [
    b"user,item,rating\nann,x,5\nbob,y,3.5\nann,y,1\n",
    b'"User-ID";"ISBN";"Book-Rating"\r\n"1";"0439023483";"0"\r\n"2";"a \\"b\\"; c";"8"\r\n',
    b"196\t242\t3\t881250949\n186\t302\t4\t891717742\n",
    b"1::1193::5::978300760\n2::661::3::978302109\n",
    b"sep=;\nuser;item;rating\nann;x;4,5\nbob;x;2\n",
    b"ann b1 4\nbob b1 5\n",
    b"user_id:token\titem_id:token\trating:float\n1\ta\t4\n",
    b"1:\n1488844,3,2005-09-06\n822109,5,2005-05-13\n",
    b'{"user": "ann", "item": "x", "rating": 5}\n{"user": "bob", "item": "x", "rating": "4"}\n',
    b'[{"user": 1, "item": 2, "rating": 3}]',
    b"A3OXHLG6DIBRW8,0005019281,4.0,1203984000\n",
    b'\xef\xbb\xbfreader,book,stars\na,"=""0439023483""",5 stars\n',
    b"user,item,rating\n1.0,9.78E+12,5\n2.0,x,-1\n",
    "user,item,rating\nän,ü,5\n".encode("utf-16"),
]
PIECES = [b"::", b"-1", b"99", b"5", b"1e400", b"NaN", b"\xef\xbb\xbf"]
PIECES += [bytes([one]) for one in b',;|=0{[}\t"\\\n\r\0\xff ']
PIECES += [b"PK\3\4", b"\x1f\x8b", b"PAR1", b"1:\n", b"rating", b"user"]

edits = st.lists(
    st.tuples(st.integers(0, 10_000), st.integers(0, 6), st.sampled_from(PIECES) | st.binary(max_size=3)), max_size=5
)


def altered(seed: bytes, changes: list[tuple[int, int, bytes]]) -> bytes:
    """Cut some bytes out at some places, and put others in."""
    for place, gone, piece in changes:
        at = place % (len(seed) + 1)
        seed = seed[:at] + piece + seed[at + gone :]
    return seed


def check(content: bytes, path: Path, **options: object) -> None:
    """Read a file; whatever rating comes out of it stands in it."""
    path.write_bytes(content)
    try:
        dataset = read(path, **options)  # type: ignore[arg-type]
    except ToprankError:
        return
    assert isinstance(dataset, Dataset)
    text = content.decode(str(options.get("encoding", "utf-8")), "replace")
    spelt = re.findall(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", text)
    commas = [f"{one}.{two}" for one, two in re.findall(r"([-+]?\d+),(\d+)", text)]
    numbers = {np.float32(float(one)) for one in (*spelt, *commas) if math.isfinite(float(one))}
    assert set(dataset.ratings.value.tolist()) <= {float(one) for one in numbers} | {0.0, 1.0}  # true and false of JSON
    assert len(dataset.ratings) + len(dataset.implicit or ()) <= max(1, len(re.split(r"\r\n|\r|\n|\}", text)))


@pytest.mark.filterwarnings("ignore:overflow")
@bounded
@given(seed=st.sampled_from(SEEDS), changes=edits, skip=st.booleans())
def test_an_altered_file(tmp_path: Path, seed: bytes, changes: list[tuple[int, int, bytes]], skip: bool) -> None:
    check(altered(seed, changes), tmp_path / "r", bad_rows="skip" if skip else "error", duplicates="last")


@pytest.mark.filterwarnings("ignore:overflow")
@bounded
@given(content=st.binary(max_size=200) | st.lists(st.sampled_from(PIECES), max_size=30).map(b"".join))
def test_any_bytes(tmp_path: Path, content: bytes) -> None:
    check(content, tmp_path / "r.csv")


@bounded
@given(
    seed=st.sampled_from(SEEDS), changes=edits, header=st.sampled_from([True, False, None]),
    delimiter=st.sampled_from([None, ",", ";", "::", "tab", "blank"]), escape=st.sampled_from([None, "\\"]),
)  # fmt: skip
def test_any_options(
    tmp_path: Path, seed: bytes, changes: list[tuple[int, int, bytes]], header: bool | None, delimiter: str | None,
    escape: str | None,
) -> None:  # fmt: skip
    check(
        altered(seed, changes), tmp_path / "r", header=header, delimiter=delimiter, escape=escape, encoding="latin-1",
        bad_rows="skip", duplicates="last",
    )  # fmt: skip


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@pytest.mark.filterwarnings("ignore:overflow")
@bounded
@given(rows=st.lists(st.fixed_dictionaries({"user": _JSON, "item": _JSON, "rating": _JSON}), min_size=1, max_size=4))
def test_any_json(tmp_path: Path, rows: list[dict[str, object]]) -> None:
    check("\n".join(map(json.dumps, rows)).encode(), tmp_path / "r.jsonl", bad_rows="skip", duplicates="last")
