from __future__ import annotations

import csv
import io
import json

import pyarrow as pa
import pytest

from toprank.cli.output import check_format, print_rows
from toprank.errors import OptionError
from toprank.recommender.answer_tables import AnswerTable

TABLE = AnswerTable(
    pa.table(
        {"item": ["a,b", 'say "x"\n'], "title": ["Łódź", None], "value": [float("nan"), 1.5], "yes": [True, False]}
    )
)
COLUMNS = ("item", "author", "title", "value", "yes")


def test_what_is_missing_is_null_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows(TABLE, COLUMNS, as_csv=False)
    first, second = json.loads(capsys.readouterr().out)
    assert first == {"item": "a,b", "author": None, "title": "Łódź", "value": None, "yes": True}
    assert second == {"item": 'say "x"\n', "author": None, "title": None, "value": 1.5, "yes": False}


def test_what_is_missing_is_empty_in_csv(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows(TABLE, COLUMNS, as_csv=True)
    first, second = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert first == {"item": "a,b", "author": "", "title": "Łódź", "value": "", "yes": "true"}
    assert second == {"item": 'say "x"\n', "author": "", "title": "", "value": "1.5", "yes": "false"}


def test_no_rows_are_an_empty_array_or_a_header(capsys: pytest.CaptureFixture[str]) -> None:
    none = AnswerTable(TABLE.table.slice(0, 0))
    print_rows(none, COLUMNS, as_csv=False)
    assert json.loads(capsys.readouterr().out) == []
    print_rows(none, COLUMNS, as_csv=True)
    assert capsys.readouterr().out == "item,author,title,value,yes\n"


def test_one_format_at_a_time() -> None:
    check_format(True, False)
    with pytest.raises(OptionError, match="give one of them"):
        check_format(True, True)
