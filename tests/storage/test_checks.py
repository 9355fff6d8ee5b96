"""No object whose indices lie beyond its arrays reaches a compiled loop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from toprank.candidates.catalogue import Lists
from toprank.storage.checks import check
from toprank.storage.folder import write_folder
from toprank.storage.stored_classes import class_named, name_of

FIND: dict[str, Callable[[dict[str, Any]], Any]] = {
    "Categories": lambda state: state["model"].evidence.known.work,
    "Groupings": lambda state: state["model"].evidence.known,
    "Evidence": lambda state: state["model"].evidence,
    "Rows": lambda state: state["model"].evidence.neighbours.readers.held,
    "Side": lambda state: state["model"].evidence.neighbours.readers,
    "Places": lambda state: state["model"].evidence.places,
    "FittedBoosted": lambda state: state["model"].judges["boosted"],
    "FittedAttention": lambda state: state["model"].judges["attention"],
    "RatingLookup": lambda state: state["model"].judges["attention"].shelves,
    "ItemCatalogue": lambda state: state["model"].judges["attention"].shelves.catalogue,
    "Holdings": lambda state: state["retrieval"].held,
    "Lists": lambda state: state["retrieval"].sources.related[0],
    "Ease": lambda state: state["retrieval"].sources.ease,
    "CandidateGenerators": lambda state: state["retrieval"].sources,
    "FittedRetrieval": lambda state: state["retrieval"],
}

INDICES = [  # fields that index other arrays, and the least that they may hold
    ("Categories", "code", -1),
    ("Rows", "start", 0),
    ("Places", "work", 0),
    ("Places", "kind", -1),
    ("Places", "row", 0),
    ("ItemCatalogue", "work", 0),
    ("Holdings", "work", 0),
    ("Holdings", "start", 0),
    ("Lists", "start", 0),
    ("Ease", "place", -1),
    ("FittedRetrieval", "work", 0),
]

LENGTHS = [  # fields, and those of their axes along which they are indexed
    *(("Side", field, 0) for field in ("weight", "norm", "fold", "liked")),
    ("Side", "residual", 1),
    *(("Places", field, 0) for field in ("holders", "book", "of_kind", "reader", "taste", "of_reader", "of_book")),
    *(("Places", field, 1) for field in ("book", "reader", "taste", "of_reader", "of_book")),
    *(("Places", field, 0) for field in ("kind", "work")),
    *(("RatingLookup", field, 0) for field in ("fold", "residual", "mean", "middle", "count")),
    *(("RatingLookup", field, 1) for field in ("residual", "mean", "count")),
    *(("ItemCatalogue", field, 0) for field in ("kinds", "number")),
    *(("Holdings", field, 0) for field in ("start", "work", "rated", "liked")),
    *(("Lists", field, 0) for field in ("start", "work")),
    *(("Rows", field, 0) for field in ("start", "right")),
    *(("Ease", "weights", axis) for axis in (0, 1)),
]


@pytest.mark.parametrize("name", FIND)
def test_what_was_fitted_keeps_the_rules(fitted: dict[str, Any], name: str) -> None:
    value = FIND[name](fitted)
    assert name_of(type(value)) == name
    check(name, value)


@pytest.mark.parametrize(("name", "field", "least"), INDICES)
@pytest.mark.parametrize("wrong", ["beyond", "below"])
def test_an_index_beyond_its_array(fitted: dict[str, Any], name: str, field: str, least: int, wrong: str) -> None:
    value = FIND[name](fitted)
    column = getattr(value, field).copy()
    column[len(column) // 2] = least - 1 if wrong == "below" else 10_000_000
    with pytest.raises(ValueError, match=field):
        check(name, replace(value, **{field: column}))


@pytest.mark.parametrize(("name", "field", "axis"), LENGTHS)
def test_an_array_that_is_too_short_or_of_other_dimensions(
    fitted: dict[str, Any], name: str, field: str, axis: int
) -> None:
    value = FIND[name](fitted)
    column = getattr(value, field)
    for wrong in (np.delete(column, -1, axis), column[None]):
        with pytest.raises(ValueError, match=r"shape|must"):
            check(name, replace(value, **{field: wrong}))


@pytest.mark.parametrize("side", ["held", "holders", "rated"])
def test_a_neighbour_beyond_all(fitted: dict[str, Any], side: str) -> None:
    value = FIND["Side"](fitted)
    rows = getattr(value, side)
    right = rows.right.copy()
    right[-1] = 10_000
    with pytest.raises(ValueError, match=side):
        check("Side", replace(value, **{side: replace(rows, right=right)}))


@pytest.mark.parametrize("place", [0, 1, 2])
def test_rows_of_shelves_beyond_the_ratings(fitted: dict[str, Any], place: int) -> None:
    value = FIND["RatingLookup"](fitted)
    for field, wrong in (("rows", 10_000), ("starts", 1)):
        columns = [column.copy() for column in getattr(value, field)]
        columns[place][0] = wrong
        with pytest.raises(ValueError, match="rows by"):
            check("RatingLookup", replace(value, **{field: tuple(columns)}))


def test_parts_that_do_not_belong_together(fitted: dict[str, Any]) -> None:
    evidence, retrieval, shelves = (FIND[name](fitted) for name in ("Evidence", "FittedRetrieval", "RatingLookup"))
    fewer = replace(evidence.known, users=evidence.known.users[1:])
    with pytest.raises(ValueError, match="held is of shape"):
        check("Evidence", replace(evidence, known=fewer))
    around = evidence.neighbours
    with pytest.raises(ValueError, match="residual is of shape"):
        check("Neighbours", replace(around, works=replace(around.works, residual=around.works.residual[:-1])))
    with pytest.raises(ValueError, match="of items there are 0 groups"):
        check("Groupings", replace(evidence.known, items=()))
    with pytest.raises(ValueError, match="works are held"):
        check("FittedRetrieval", replace(retrieval, held=replace(retrieval.held, n_works=10_000)))
    with pytest.raises(ValueError, match="similar is of shape"):
        check("CandidateGenerators", replace(retrieval.sources, similar=retrieval.sources.similar[:-1]))
    with pytest.raises(ValueError, match="places are"):
        check("RatingLookup", replace(shelves, places=Lists(np.zeros(1, int), np.zeros(0, int))))
    with pytest.raises(ValueError, match="residual"):
        check("RatingLookup", replace(shelves, folds=7))


def test_judges_of_other_evidence(fitted: dict[str, Any]) -> None:
    boosted, profile = FIND["FittedBoosted"](fitted), FIND["FittedAttention"](fitted)
    with pytest.raises(ValueError, match="trees read"):
        check("FittedBoosted", replace(boosted, evidence=replace(boosted.evidence, neighbours=None)))
    with pytest.raises(ValueError, match="trees read None columns"):
        check("FittedBoosted", replace(boosted, trees=(3,)))
    for field in ("books", "raters"):
        with pytest.raises(ValueError, match=f"{field} is 0"):
            check("FittedAttention", replace(profile, **{field: 0}))


def test_what_breaks_a_rule_is_not_written_either(tmp_path: Path) -> None:
    lists = class_named("Lists")(np.array([0, 5]), np.array([1], np.int32))
    with pytest.raises(TypeError, match=r"state\.0 cannot be kept in a model folder: start runs from 0 to 5"):
        write_folder(tmp_path / "model", [lists], about={})
    with pytest.raises(TypeError, match=r"state\.0 cannot be kept .* start is an array of float64"):
        write_folder(tmp_path / "model", [replace(lists, start=np.zeros(1))], about={})
