from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from toprank.data.reading.id_columns import dictionary
from toprank.data.reading.read import read


@pytest.mark.parametrize("kind", [pa.int64(), pa.string()])
@pytest.mark.parametrize("spread", [1, 10**12])
def test_values_are_numbered_with_gaps_and_over_chunks(kind: pa.DataType, spread: int) -> None:
    given = [[5, None, -3], [], [5, 8, None, 2**40 // spread]]
    column = pa.chunked_array([pa.array([v and v * spread for v in part], pa.int64()) for part in given]).cast(kind)
    values, codes = dictionary(column)
    assert len(values) == len(set(values.to_pylist())) == 4
    assert [None if code < 0 else values[int(code)].as_py() for code in codes] == column.to_pylist()
    assert dictionary(pa.chunked_array([pa.array([None], kind)]))[1].tolist() == [-1]


@pytest.mark.parametrize(
    ("ids", "integers"),
    [
        (["10", "7", "0"], True),
        (["10", "7.0"], True),
        (["-5", "7"], True),
        (["999999999999999999", "1"], True),
        (["9999999999999999999", "1"], False),
        (["007", "7"], False),
        (["0xF4240", "7"], False),
        (["+5", "7"], False),
        (["10", "x1"], False),
    ],
)
def test_ids_of_text_are_integers_where_all_are_so_written(tmp_path: Path, ids: list[str], integers: bool) -> None:
    path = tmp_path / "ratings.csv"
    path.write_text("user,item,rating\n" + "".join(f"{id_},a,{k + 1}\n" for k, id_ in enumerate(ids)))
    ratings = read(path, scale="1-5").ratings
    assert ratings.users.is_integer == integers
    assert [ratings.users[int(user)] for user in ratings.user] == [
        int(id_.removesuffix(".0")) if integers else id_ for id_ in ids
    ]


def test_the_rows_of_a_wide_table_of_whole_numbers_keep_their_ids() -> None:
    rng = np.random.default_rng(13)
    user, item = rng.integers(0, 2**50, 500), rng.integers(100, 300, 500)
    found = read(pa.table({"user": user, "item": item, "rating": rng.integers(1, 6, 500)}), scale="1-5").ratings
    assert np.array_equal(found.users.ids[found.user], user)
    assert np.array_equal(found.items.ids[found.item], item)
