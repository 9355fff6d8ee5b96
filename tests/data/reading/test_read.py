from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from toprank.core.dataset import Dataset
from toprank.core.scale import RatingScale
from toprank.data.reading.read import read
from toprank.errors import DataError, OptionError

Write = Callable[..., Path]
HEADER = "user,item,rating\n"


def triples(dataset: Dataset) -> list[tuple[str | int, str | int, float]]:
    ratings = dataset.ratings
    return [
        (ratings.users[user], ratings.items[item], value)
        for user, item, value in zip(ratings.user.tolist(), ratings.item.tolist(), ratings.value.tolist(), strict=True)
    ]


def refusal(source: Any, **options: Any) -> DataError:
    with pytest.raises(DataError) as caught:
        read(source, **options)
    assert "Cure: " in str(caught.value)
    if isinstance(source, Path):
        assert str(source) in str(caught.value)
    return caught.value


class TestColumns:
    @pytest.mark.parametrize(
        "header",
        ["User-ID,ISBN,Book-Rating", "userId,movieId,rating", "reader,book_id,stars", "UID,Product ID,Score"],
    )
    def test_usual_names_are_guessed_and_reported(self, write: Write, header: str) -> None:
        dataset = read(write(f"{header}\nann,x,5\n"), scale="1-5")
        assert triples(dataset) == [("ann", "x", 5)]
        user, item, rating = header.split(",")
        said = f"columns: user {user!r}, item {item!r}, rating {rating!r} (guessed"
        assert any(note.startswith(said) for note in dataset.notes)

    def test_named_columns_are_not_reported_as_guessed(self, write: Write) -> None:
        path = write("who,rating,what\nann,5,x\n")
        dataset = read(path, user_column="who", item_column="what", rating_column="rating", scale="1-5")
        assert triples(dataset) == [("ann", "x", 5)]
        assert not any("guessed from their" in note for note in dataset.notes)

    def test_a_named_column_is_not_guessed_again(self, write: Write) -> None:
        path = write("user,reader,item,rating\n1,ann,x,5\n")
        assert triples(read(path, user_column="reader", scale="1-5")) == [("ann", "x", 5)]
        assert "'user', 'reader' could each be the user column" in str(refusal(path))
        assert "--user-column" in str(refusal(path))

    @pytest.mark.parametrize("role", ["user", "item", "rating"])
    def test_missing_column(self, write: Write, role: str) -> None:
        path = write(HEADER.replace(role, "what") + "ann,x,5\n")
        error = str(refusal(path))
        assert f"no column looks like the {role} column" in error
        assert "'what'" in error
        assert f"--{role}-column" in error
        error = str(refusal(path, **{f"{role}_column": "nope"}))
        assert "no column 'nope'" in error
        assert "'what'" in error

    def test_a_name_given_with_blanks_is_found(self, write: Write) -> None:
        path = write(" user name , item ,rating\nann,x,5\n")
        for name in (" user name ", "user name"):
            assert triples(read(path, user_column=name, scale="1-5")) == [("ann", "x", 5)]
        frame = pa.table({" user ": ["ann"], "user": ["bob"], "item": ["x"], "rating": [5]})
        assert triples(read(frame, user_column=" user ", scale="1-5")) == [("ann", "x", 5)]
        with pytest.raises(OptionError, match="two purposes"):
            read(path, user_column="item", item_column=" item ")

    def test_a_name_given_with_blanks_is_not_guessed_again(self, write: Write) -> None:
        path = write("user,item,rating,stars\nann,x,5,4\n")
        dataset = read(path, user_column="stars", rating_column=" rating ", item_column="item", scale="1-5")
        assert triples(dataset) == [(4, "x", 5)]

    def test_trailing_columns_of_a_spreadsheet(self, write: Write) -> None:
        path, items = write("user,item,rating,,\nann,x,5,,\n"), write("item,title,,\nx,A,,\n", "items.csv")
        dataset = read(path, scale="1-5", items=items)
        assert triples(dataset) == [("ann", "x", 5)]
        assert dataset.items is not None
        assert dataset.items.names == ["title"]

    def test_one_column_hints_at_the_delimiter(self, write: Write) -> None:
        assert "--delimiter" in str(refusal(write("user:item:rating\n1:2:3\n")))

    def test_one_column_cannot_have_two_roles(self, write: Write) -> None:
        with pytest.raises(OptionError, match="two purposes"):
            read(write(HEADER), user_column="user", item_column="user")


class TestIds:
    def test_canonical_integers_become_integers(self, write: Write) -> None:
        ratings = read(write(HEADER + "10,x1,5\n9,-0,4\n-3,x1,4\n"), scale="1-5").ratings
        assert ratings.users.ids.tolist() == [-3, 9, 10]
        assert ratings.items.ids.tolist() == ["-0", "x1"]

    @pytest.mark.parametrize("odd", ["007", "+7", "7.5", "1e3", "7 8", "9999999999999999999", "x"])
    def test_one_other_spelling_makes_strings_of_all(self, write: Write, odd: str) -> None:
        assert set(read(write(HEADER + f"{odd},x,5\n10,x,4\n"), scale="1-5").ratings.users.ids) == {odd, "10"}

    def test_white_space_around_ids_of_text_is_left_out(self, write: Write) -> None:
        items = write("item,title\n b2 ,B\nb1,A\n", "items.csv")
        dataset = read(write("user, item, rating\n 1, b1, 4\n2,b1,5\n2,\u00a0b2,5\n"), scale="1-5", items=items)
        assert triples(dataset) == [(1, "b1", 4), (2, "b1", 5), (2, "b2", 5)]
        assert "white space around 2 ids of the column 'item' is left out, first around ' b1'" in dataset.notes
        assert "white space around 1 id of the column 'user' is left out, first around ' 1'" in dataset.notes
        assert any(note.startswith(f"{items}: white space around 1 id") for note in dataset.notes)
        assert dataset.items is not None
        assert dataset.items.table.to_pydict() == {"item": ["b2", "b1"], "title": ["B", "A"]}
        assert dataset.items.row.tolist() == [1, 0]

    def test_ids_with_and_without_white_space_are_one(self, write: Write) -> None:
        assert refusal(write(HEADER + "ann,x,4\nann, x,5\n")).line == 3
        numbers = read(write(HEADER + "7,x,4\n 7 ,y,5\n"), scale="1-5")
        assert numbers.ratings.users.ids.tolist() == [7]

    def test_white_space_around_ids_of_frames_stays(self, tmp_path: Path) -> None:
        frame = pa.table({"user": ["ann", " ann"], "item": [1, 1], "rating": [4, 5]})
        pq.write_table(frame, tmp_path / "r.parquet")
        for source in (frame, tmp_path / "r.parquet"):
            assert read(source, scale="1-5").ratings.users.ids.tolist() == [" ann", "ann"]

    def test_long_ids_and_their_lines(self, write: Write) -> None:
        long = "x" * 1_000_000
        path = write(HEADER + f"ann,{long},5\n" + "bob,x,5\n" * 59 + "ann,y,bad\n")
        assert refusal(path).line == 62
        dataset = read(path, bad_rows="skip", scale="1-5", duplicates="last")
        assert dataset.ratings.items.ids.tolist() == ["x", long, "y"][:2]
        assert len(str(refusal(write(HEADER + f"ann,{long},5\n" * 2)))) < 500

    def test_frames_keep_their_types(self) -> None:
        frame = pa.table({"user": ["10", "9"], "item": [10, 9], "rating": [4, 5]})
        ratings = read(frame, scale="1-5").ratings
        assert ratings.users.ids.tolist() == ["10", "9"]
        assert ratings.items.ids.tolist() == [9, 10]

    def test_order_is_that_of_python(self, write: Write) -> None:
        ids = ["b", "ä", "a", "Z", "𝔸", "z", "\uff5e"]
        users = read(write(HEADER + "".join(f"{i},x,5\n" for i in ids)), scale="1-5").ratings.users
        assert users.ids.tolist() == sorted(ids)

    def test_the_index_covers_implicit_and_attributes(self, write: Write) -> None:
        path = write(HEADER + "2,b,5\n1,c,0\n")
        dataset = read(path, implicit_value=0, scale="1-5", items=write("item,title\na,A\nb,B\n", "items.csv"))
        assert dataset.ratings.items.ids.tolist() == ["a", "b", "c"]
        assert dataset.ratings.users.ids.tolist() == [1, 2]
        assert dataset.items is not None
        assert dataset.items.row.tolist() == [0, 1, -1]

    def test_skipped_rows_leave_no_ids(self, write: Write) -> None:
        dataset = read(write(HEADER + "1,a,5\nx,b,oops\n"), scale="1-5", bad_rows="skip")
        assert dataset.ratings.users.ids.tolist() == [1]
        assert dataset.ratings.items.ids.tolist() == ["a"]

    @pytest.mark.parametrize(("row", "role"), [(",x,5", "user"), ("ann,  ,5", "item"), ("ann,\u00a0,5", "item")])
    def test_empty_id(self, write: Write, row: str, role: str) -> None:
        error = refusal(write(HEADER + f"bob,x,4\n{row}\n"))
        assert error.line == 3
        assert error.column == role
        assert f"the {role} id is empty" in str(error)

    def test_an_id_with_a_line_break(self, write: Write) -> None:
        error = refusal(write(HEADER + 'ann,"x,5\nbob,y",4\n'))
        assert error.line == 2
        assert "line break" in str(error)

    def test_dates_are_no_ids(self) -> None:
        frame = pl.DataFrame({"user": [1.5], "item": ["x"], "rating": [5]})
        assert "ids as strings or integers" in str(refusal(frame))


class TestRatings:
    @pytest.mark.parametrize("value", ["abc", "", "NaN", "-Infinity", "1_0", "3,500", "4/5", "1e99", "NULL", "0x5"])
    def test_what_is_no_number(self, write: Write, value: str) -> None:
        path = write(HEADER.replace(",", ";") + f"ann;x;5\n\nbob;y;{value}\n")
        error = refusal(path)
        assert error.line == 4
        assert error.column == "rating"
        assert "the rating is empty" in str(error) if value == "" else repr(value) in str(error)
        assert len(read(path, bad_rows="skip", scale="1-5").ratings) == 1

    def test_long_values_are_cut(self, write: Write) -> None:
        assert len(str(refusal(write(HEADER + f"ann,x,{'9' * 100_000}\n")))) < 400

    def test_integers_beyond_float64(self, tmp_path: Path) -> None:
        path = tmp_path / "r.parquet"
        pq.write_table(pa.table({"user": [1, 2], "item": [1, 2], "rating": [2**53 + 1, 4]}), path)
        error = refusal(path, scale="1-5")
        assert "row 0" in str(error)
        assert "not on the scale" in str(error)

    def test_off_scale(self, write: Write) -> None:
        path = write(HEADER + "ann,x,5\nbob,y,11\n")
        error = refusal(path, scale="1-10")
        assert error.line == 3
        assert "the rating 11 is not on the scale 1 to 10" in str(error)
        assert "--scale" in str(error)
        assert "--implicit-value 11" in str(error)

    def test_inferred_scale_is_reported(self, write: Write) -> None:
        dataset = read(write(HEADER + "ann,x,0.5\nann,y,4\n"))
        assert dataset.ratings.scale == RatingScale(0.5, 5, liked_from=4, step=0.5)
        assert any("0.5 to 5 in steps of 0.5, liked from 4 (inferred" in note for note in dataset.notes)

    def test_given_scale(self, write: Write) -> None:
        path = write(HEADER + "ann,x,1.5\nann,y,4\n")
        assert read(path, scale="0-10").ratings.scale == RatingScale(0, 10, liked_from=7.5, step=0.5)
        assert read(path, scale="0-10", liked_from=6).ratings.scale.liked_from == 6
        scale = RatingScale(1, 5, liked_from=3)
        assert read(path, scale=scale).ratings.scale == scale
        assert read(path, liked_from=3.5).ratings.scale.liked_from == 3.5

    def test_a_step_that_does_not_fit_the_given_scale_is_dropped(self, write: Write) -> None:
        scale = read(write(HEADER + "ann,x,0\nann,y,0\n"), scale="0-0.5").ratings.scale
        assert scale == RatingScale(0, 0.5, liked_from=0.5)

    def test_fractions_are_float32(self, write: Write) -> None:
        ratings = read(write(HEADER + "ann,x,0.1\nann,y,0.7\n"), scale=RatingScale(0.1, 0.7, 0.7)).ratings
        assert ratings.value.dtype == np.float32
        assert ratings.value.tolist() == np.array([0.1, 0.7], np.float32).tolist()
        assert ratings.liked.tolist() == [False, True]

    def test_many_zeros_are_warned_of(self, write: Write) -> None:
        rows = HEADER + "a,x,0\nb,x,0\nc,x,5\nd,x,4\n"
        assert any("--implicit-value 0" in note for note in read(write(rows)).notes)
        assert not any("--implicit-value" in note for note in read(write(rows), implicit_value=0).notes)

    def test_first_bad_row_counts(self, write: Write) -> None:
        assert refusal(write(HEADER + "a,x,5\nb,x,nope\n,x,5\n")).line == 3

    def test_nothing_left(self, write: Write) -> None:
        assert "none of the 2 rows" in str(refusal(write(HEADER + "a,x,?\nb,x,?\n"), bad_rows="skip"))

    def test_skipped_rows_are_counted_and_listed(self, write: Write) -> None:
        text = HEADER + "a,x,5\nb,x\n" + "c,x,bad\n" * 25 + "d,x,4\n"
        dataset = read(write(text), bad_rows="skip", scale="1-5")
        assert len(dataset.ratings) == 2
        note = next(note for note in dataset.notes if note.startswith("skipped"))
        assert note.startswith("skipped 26 bad rows: line 3 (2 fields instead of 3), line 4 (the rating 'bad' is not")
        assert note.endswith("line 22 (the rating 'bad' is not a finite number) and 6 more")


class TestImplicit:
    def test_implicit_values_are_never_ratings(self, write: Write) -> None:
        dataset = read(write(HEADER + "a,x,0\nb,x,8\na,y,0.0\n"), implicit_value=0, scale="1-10")
        assert triples(dataset) == [("b", "x", 8)]
        assert dataset.implicit is not None
        assert dataset.implicit.user.tolist() == [0, 0]
        assert dataset.implicit.item.tolist() == [0, 1]
        assert any("2 rows with the value 0 are implicit" in note for note in dataset.notes)

    def test_a_rating_beats_an_implicit_row(self, write: Write) -> None:
        dataset = read(write(HEADER + "a,x,0\na,x,8\na,y,0\na,y,0\n"), implicit_value=0, scale="1-10")
        assert triples(dataset) == [("a", "x", 8)]
        assert dataset.implicit is not None
        assert dataset.implicit.item.tolist() == [1]
        assert any("1 implicit rows were dropped" in note for note in dataset.notes)
        assert any("1 repeated implicit rows" in note for note in dataset.notes)

    def test_only_implicit_rows(self, write: Write) -> None:
        assert "no rating" in str(refusal(write(HEADER + "a,x,0\n"), implicit_value=0))

    def test_without_implicit_value_there_is_none(self, write: Write) -> None:
        assert read(write(HEADER + "a,x,1\n"), scale="1-5").implicit is None


class TestDuplicates:
    TEXT = HEADER + "a,x,2\nb,x,5\na,x,4\na,y,1\na,x,3\n"

    def test_error_names_both_lines(self, write: Write) -> None:
        error = refusal(write(self.TEXT))
        assert error.line == 4
        assert "user 'a' rated item 'x' already on line 2" in str(error)
        assert "--duplicates last" in str(error)

    def test_last(self, write: Write) -> None:
        dataset = read(write(self.TEXT), duplicates="last", scale="1-5")
        assert triples(dataset) == [("b", "x", 5), ("a", "y", 1), ("a", "x", 3)]
        assert any("2 repeated ratings of 1 pairs merged: the last" in note for note in dataset.notes)

    def test_mean(self, write: Write) -> None:
        dataset = read(write(self.TEXT), duplicates="mean", scale="1-5")
        assert triples(dataset) == [("a", "x", 3), ("b", "x", 5), ("a", "y", 1)]
        assert any("mean" in note for note in dataset.notes)


class TestFrames:
    DATA: dict[str, list[Any]] = {"user": [3, 1, 3], "item": ["b", "a", "a"], "rating": [4.5, 0.0, 3.0]}  # noqa: RUF012

    @pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table])
    def test_all_frames_give_the_same(self, make: Callable[[Any], Any], tmp_path: Path) -> None:
        path = tmp_path / "r.csv"
        pd.DataFrame(self.DATA).to_csv(path, index=False)
        parquet = tmp_path / "r.parquet"
        pq.write_table(pa.table(self.DATA), parquet)
        for source in (make(self.DATA), path, parquet):
            dataset = read(source, scale="0.5-5", implicit_value=0)
            assert triples(dataset) == [(3, "b", 4.5), (3, "a", 3.0)]
            assert dataset.ratings.users.ids.tolist() == [1, 3]
            assert dataset.implicit is not None
            assert dataset.implicit.user.tolist() == [0]

    def test_names(self, tmp_path: Path, write: Write) -> None:
        assert read(pa.table(self.DATA)).name == "ratings"
        assert read(write(HEADER + "a,x,1\n", "mine.v2.csv"), scale="1-5").name == "mine"
        assert read(pa.table(self.DATA), name="ours").name == "ours"

    def test_pandas_index_gaps_and_categories(self) -> None:
        frame = pd.DataFrame({"user": [1.0, 2.0], "item": pd.Categorical(["x", "y"]), "rating": [1, 5]}, index=[7, 9])
        ratings = read(frame, scale="1-5").ratings
        assert ratings.users.ids.tolist() == [1, 2]
        assert ratings.items.ids.tolist() == ["x", "y"]

    @pytest.mark.parametrize("bad", [None, float("nan"), float("inf")])
    def test_rows_are_counted_from_0(self, bad: float | None) -> None:
        error = refusal(pl.DataFrame({"user": [1, 2], "item": [1, 2], "rating": [5.0, bad]}, strict=False))
        assert "row 1" in str(error)
        assert "polars DataFrame" in str(error)

    def test_null_ids(self) -> None:
        frame = pd.DataFrame({"user": ["a", None], "item": [1, 2], "rating": [5, 4]})
        assert "the user id is empty" in str(refusal(frame))
        frame = pd.DataFrame({"user": [1, None], "item": [1, 2], "rating": [5, 4]})
        assert "the user id is empty" in str(refusal(frame))

    def test_what_is_no_frame(self) -> None:
        assert "pandas, Polars or Arrow frame" in str(refusal([1, 2]))
        assert "collect it" in str(refusal(pl.LazyFrame(self.DATA)))
        assert "no rows" in str(refusal(pl.DataFrame(self.DATA).clear()))
        assert "timestamp" in str(refusal(pd.DataFrame({**self.DATA, "rating": pd.to_datetime([1, 2, 3])})))
        mixed = pd.DataFrame({**self.DATA, "item": ["a", 1, 2.5]})
        assert "pandas DataFrame" in str(refusal(mixed))

    def test_broken_parquet(self, write: Write, tmp_path: Path) -> None:
        assert "Parquet" in str(refusal(write(HEADER, "r.parquet")))
        assert "no such file" in str(refusal(tmp_path / "none.parquet"))

    def test_other_files(self, write: Write) -> None:
        assert "unpack it" in str(refusal(write(b"PK\3\4", "r.zip")))


_IDS = st.text(st.characters(exclude_categories=["C", "Z"]) | st.sampled_from(' ,;|"'), min_size=1, max_size=6).filter(
    lambda text: text != "" and text == text.strip()
)
_ROWS = st.dictionaries(
    st.tuples(_IDS | st.integers(-(10**12), 10**12).map(str), _IDS),
    st.integers(2, 20).map(lambda half: half / 2),
    min_size=1,
    max_size=12,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=_ROWS, delimiter=st.sampled_from([",", ";", "\t", "|"]), end=st.sampled_from(["\n", "\r\n"]))
def test_what_is_written_is_read(tmp_path: Path, rows: dict[tuple[str, str], float], delimiter: str, end: str) -> None:
    path = tmp_path / "r.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator=end)
        writer.writerow(["user", "item", "rating"])
        writer.writerows([*pair, value] for pair, value in rows.items())
    found = [(str(user), str(item), value) for user, item, value in triples(read(path, scale="1-10"))]
    assert found == [(*pair, value) for pair, value in rows.items()]
