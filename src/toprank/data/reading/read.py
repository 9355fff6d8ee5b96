"""Anybody's ratings to a dataset: either a whole one, or an error that says what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Unpack

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from toprank.core.arrays import BoolArray, FloatArray, Int32Array, IntArray
from toprank.core.dataset import Attributes, Dataset
from toprank.core.ids import IdIndex
from toprank.core.ratings import Interactions, Ratings
from toprank.core.scale import RatingScale
from toprank.core.times import TimeColumn
from toprank.data.reading.attribute_tables import AttributeTable, learning_from, read_attributes
from toprank.data.reading.columns import choose_column
from toprank.data.reading.duplicates import Explicit, merge_duplicates, rows_unrated
from toprank.data.reading.first_lines import Dialect
from toprank.data.reading.formats.format import Source
from toprank.data.reading.formats.registry import recognise
from toprank.data.reading.id_columns import IdColumn, id_column, id_problem, index_of
from toprank.data.reading.odd_ratings import liked_notes, odd_ratings
from toprank.data.reading.open_table import open_table
from toprank.data.reading.pairs import read_pairs
from toprank.data.reading.quoting import quoted
from toprank.data.reading.rating_values import as_numbers, counted, rating_problem
from toprank.data.reading.read_options import ReadKeywords, ReadOptions, TableSource
from toprank.data.reading.rows import MAX_LISTED, Rows
from toprank.data.reading.table import OpenTable
from toprank.data.reading.time_columns import read_times, time_column
from toprank.errors import DataError, OptionError

__all__ = ["read", "read_opened"]


def read(source: TableSource, **options: Unpack[ReadKeywords]) -> Dataset:
    """Read ratings, and optionally attribute tables, from files or frames.

    Parameters
    ----------
    source : str, Path or frame
        Ratings, one a row: a path to text (CSV, TSV and the like), Parquet, Arrow or JSON lines, packed or not, with
        wildcards or not; a folder or archive of a known format; a list of paths; an open file; a pandas, Polars or
        Arrow frame, a data set of another library; or a database, ``sqlite:///shop.db``, with ``query``.
    **options
        The fields of :class:`~toprank.data.reading.read_options.ReadOptions`.

    Returns
    -------
    Dataset
        Its notes say what was guessed, inferred, skipped and merged.

    Raises
    ------
    OptionError
        If an option is not usable.
    DataError
        If the data are not usable; nothing is ever half read.

    Examples
    --------
    >>> frame = pa.table({"reader": ["ann", "bob", "ann"], "ISBN": ["x", "x", "y"], "stars": [5, 0, 4]})
    >>> dataset = read(frame, scale="1-5", implicit_value=0)
    >>> dataset.ratings.value.tolist(), len(dataset.implicit)
    ([5.0, 4.0], 1)
    >>> dataset.notes[0]
    "columns: user 'reader', item 'ISBN', rating 'stars' (guessed from their names)"
    """
    chosen = ReadOptions.of(**options)
    dialect = Dialect(chosen.delimiter, chosen.encoding, chosen.escape, header=chosen.header)
    source = Path(source).expanduser() if isinstance(source, Path) else source
    found, notes = recognise(Source(source, dialect, chosen.query), chosen.format, set(chosen.given_columns))
    # A delimiter named for the ratings need not be that of the attribute tables.
    guessing = Dialect(None, chosen.encoding, chosen.escape)
    tables = [
        known if given is None else open_table(given, guessing)
        for given, known in ((chosen.items, found.items), (chosen.users, found.users))
    ]
    plain = ReadOptions()
    defaults = {name: value for name, value in found.options.items() if getattr(chosen, name) == getattr(plain, name)}
    notes += [f"{name.replace('_', ' ')}: {value} (of the format)" for name, value in defaults.items()]
    return read_opened(
        found.ratings,
        replace(chosen, name=chosen.name_for(source), **defaults),
        items=tables[0],
        users=tables[1],
        pairs=found.pairs,
        notes=notes,
    )


def read_opened(
    opened: OpenTable,
    options: ReadOptions,
    *,
    items: OpenTable | None = None,
    users: OpenTable | None = None,
    pairs: OpenTable | None = None,
    notes: Sequence[str] = (),
) -> Dataset:
    """Read tables that are open already; see :func:`read`."""
    names, guessed = _choose_columns(opened, options)
    notes = [*notes, *guessed]
    table = _read_usable(opened, names, options)
    item_table = None if items is None else read_attributes(items, "item", names[1], options.bad_rows)
    user_table = None if users is None else read_attributes(users, "user", names[0], options.bad_rows)

    held = None if pairs is None else read_pairs(pairs, options.bad_rows)
    user_index, (user, *user_rows) = index_of([table.user, *_ids(user_table), *([] if held is None else [held.user])])
    item_index, (item, *item_rows) = index_of([table.item, *_ids(item_table), *([] if held is None else [held.item])])
    implicit = table.implicit
    every = Explicit(user, item, table.value, table.row, table.time)
    explicit, without = every.take(~implicit), every.take(implicit)
    if len(explicit.value) == 0:
        raise DataError(
            f"all {len(table.value):,} rows have the implicit value {options.implicit_value:g}, so there is no rating",
            "check --implicit-value and --rating-column",
            source=opened.label,
        )
    explicit, merged = merge_duplicates(explicit, options.duplicates, opened, table.rows, (user_index, item_index))
    scale, scale_notes = _scale(counted(explicit.value)[0], options)
    scale_notes += liked_notes(explicit.value, scale)
    interactions = None
    implicit_notes: list[str] = []
    if options.implicit_value is not None or held is not None:
        what = f"rows with the value {options.implicit_value:g}" if options.implicit_value is not None else ""
        if held is not None:
            without, what = without.extended(user_rows[-1], item_rows[-1]), f"rows of {held.label}"
        rows, implicit_notes = rows_unrated(without.user, without.item, without.time, explicit, len(item_index))
        without = without.take(rows)
        implicit_notes.insert(0, f"{len(rows):,} {what} are implicit, not ratings")
        interactions = Interactions(without.user, without.item, user_index, item_index, time=without.time)
    of_items = None if item_table is None else item_table.attributes(item_rows[0], item_index)
    of_users = None if user_table is None else user_table.attributes(user_rows[0], user_index)
    for role, attributes, positions, table_of in (("item", of_items, item, items), ("user", of_users, user, users)):
        if attributes is not None and table_of is not None:
            scale_notes += _check_met(role, attributes, positions, opened, table_of)
    return Dataset(
        ratings=_ratings(explicit, (user_index, item_index), scale),
        implicit=interactions,
        items=learning_from(of_items, options.item_attributes, "item"),
        users=learning_from(of_users, options.user_attributes, "user"),
        name=options.name or "ratings",
        notes=(
            *notes,
            *opened.notes,
            *table.notes,
            *scale_notes,
            *implicit_notes,
            *merged,
            *(item_table.notes if item_table else ()),
            *(user_table.notes if user_table else ()),
        ),
    )


def _ratings(explicit: Explicit, indexes: tuple[IdIndex, IdIndex], scale: RatingScale) -> Ratings:
    columns = explicit.user, explicit.item, explicit.value.astype(np.float32)
    for column in (*columns, explicit.time):
        if column is not None:
            column.setflags(write=False)  # so that it is not copied
    return Ratings(*columns, *indexes, scale, time=explicit.time)


def _check_met(
    role: str, attributes: Attributes, positions: IntArray, ratings: OpenTable, table: OpenTable
) -> list[str]:
    """Say how many of the ratings' ids a table knows; refuse one that knows none: it goes by other ids."""
    ids = np.unique(positions)
    met = int((attributes.row[ids] >= 0).sum())
    if met == 0:
        theirs = attributes.table.column(0)
        example = f" (its first is {quoted(theirs[0].as_py())})" if len(theirs) else ""
        raise DataError(
            f"none of its {role} ids{example} is in {ratings.label}",
            f"give the table of the same {role}s, whose ids are written as there, or leave it out",
            source=table.label,
            column=attributes.id_column,
        )
    if met == len(ids):
        return []
    said = f"{table.label} has {met:,} of the {len(ids):,} {role}s of the ratings"
    return [f"warning: {said}; check that its ids are written as there" if 2 * met < len(ids) else said]


@dataclass(frozen=True, eq=False)
class _Usable:
    """The rows that can be used."""

    user: IdColumn
    item: IdColumn
    value: npt.NDArray[np.float64]
    implicit: BoolArray
    row: Int32Array
    rows: Rows
    time: TimeColumn
    notes: tuple[str, ...]


def _ids(table: AttributeTable | None) -> Sequence[IdColumn]:
    return [] if table is None else [table.ids]


def _choose_columns(opened: OpenTable, options: ReadOptions) -> tuple[tuple[str, str, str], list[str]]:
    given = dict.fromkeys(("user", "item", "rating")) | dict(opened.roles) | options.given_columns
    exactly = [name for name in (*given.values(), options.time_column) if name is not None]
    taken = [name for exact in exactly for name in (exact, exact.strip())]
    user = choose_column("user", given["user"], opened.columns, source=opened.label, taken=taken)
    item = choose_column("item", given["item"], opened.columns, source=opened.label, taken=taken)
    rating = choose_column("rating", given["rating"], opened.columns, source=opened.label, taken=taken)
    guessed = [
        f"{role} {name!r}"
        for role, name in (("user", user), ("item", item), ("rating", rating))
        if role not in options.given_columns
    ]
    pronoun = "its name" if len(guessed) == 1 else "their names"
    how = "by the format" if opened.roles else f"guessed from {pronoun}"
    return (user, item, rating), [f"columns: {', '.join(guessed)} ({how})"] if guessed else []


def _read_usable(opened: OpenTable, names: tuple[str, str, str], options: ReadOptions) -> _Usable:
    when = time_column(opened, options, names)
    rows = opened.read([*names, *when], options.bad_rows)
    columns = dict(zip(("user", "item", "rating", *when), rows.table.columns, strict=True))
    rows = replace(rows, table=rows.table.schema.empty_table())
    ids = {}
    for role, name in (("user", names[0]), ("item", names[1])):
        ids[role] = id_column(columns[role], opened, name)
        if ids[role].codes.min(initial=0) >= 0:
            del columns[role]  # no message will quote it
    user, item = ids["user"], ids["item"]
    value, read_as = as_numbers(columns["rating"], source=opened.label, name=names[2])
    implicit = np.zeros(len(value), bool) if options.implicit_value is None else value == options.implicit_value
    scale = options.rating_scale
    off_scale = np.zeros(len(value), bool)
    if scale is not None:
        off_scale = ~scale.contains(value.astype(np.float32)) & ~implicit & ~np.isnan(value)
    bad = (user.codes < 0) | (item.codes < 0) | np.isnan(value) | off_scale
    skipped = rows.skipped
    if bad.any():
        first = np.flatnonzero(bad)[:MAX_LISTED]
        problems = [_problem(row, user, item, value, columns, scale) for row in first.tolist()]
        lines = rows.lines(first).tolist()
        if options.bad_rows == "error":
            problem, cure, role = problems[0]
            raise DataError(
                problem,
                f"{cure}, or leave out such rows with --bad-rows skip",
                source=rows.source(int(first[0]), opened.label),
                line=lines[0],
                column=names[("user", "item", "rating").index(role)],
                unit=opened.unit,
            )
        found = [(line, problem) for line, (problem, _, _) in zip(lines, problems, strict=True)]
        skipped = skipped.with_rows(int(bad.sum()), found)
    keep = ~bad
    if not keep.any():
        if not skipped.count:
            raise DataError("there are no rows", "give a file with ratings", source=opened.label)
        unit, (line, problem) = opened.unit, skipped.examples[0]
        raise DataError(
            f"none of the {skipped.count:,} rows can be used; the first is {unit} {line}: {problem}",
            "check --user-column, --item-column, --rating-column, --scale and --delimiter",
            source=opened.label,
        )
    time, time_notes = read_times(columns, when, rows, opened, options)
    notes = [*rows.notes, *user.notes, *item.notes, *read_as, *time_notes]
    if skipped.count:
        notes.append(skipped.described(opened.unit))
    row = np.arange(len(keep), dtype=np.int32)
    if bad.any():
        user, item, value, implicit, row = user.take(keep), item.take(keep), value[keep], implicit[keep], row[keep]
        time = None if time is None else time[keep]
    rated = value[~implicit] if implicit.any() else value
    if scale is None and len(rated):
        notes += odd_ratings(rated, source=opened.label, column=names[2])
    return _Usable(user, item, value, implicit, row, rows, time, tuple(notes))


def _problem(
    row: int,
    user: IdColumn,
    item: IdColumn,
    value: npt.NDArray[np.float64],
    columns: dict[str, pa.ChunkedArray],
    scale: RatingScale | None,
) -> tuple[str, str, str]:
    """Say what is wrong with a row, the cure, and which column it is in."""
    for role, ids in (("user", user), ("item", item)):
        if ids.codes[row] < 0:
            problem, cure = id_problem(columns[role][row].as_py())
            return f"the {role} {problem}", cure, role
    if np.isnan(value[row]):
        return rating_problem(columns["rating"][row].as_py()), "write it as a number like 4 or 3.5", "rating"
    return (
        f"the rating {value[row]:g} is not on the scale {scale}",
        f"correct it, give another --scale, or say --implicit-value {value[row]:g} if it means 'no rating'",
        "rating",
    )


def _scale(value: FloatArray, options: ReadOptions) -> tuple[RatingScale, list[str]]:
    """Give the scale as declared, else as inferred from the distinct values."""
    try:
        inferred = RatingScale.infer(value)
    except OptionError:
        inferred = None
    step = None if inferred is None else inferred.step
    given = options.rating_scale
    if given is not None:
        if isinstance(options.scale, str) and step is not None and step <= given.high - given.low:
            given = RatingScale.parse(options.scale, liked_from=options.liked_from, step=step)
        return given, []
    scale = RatingScale.infer(value, liked_from=options.liked_from)
    said = "--scale" if options.liked_from is not None else "--scale and --liked-from"
    return scale, [f"scale: {scale} (inferred from the ratings; {said} set it)"]
