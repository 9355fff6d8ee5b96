"""Ids from files: pairs to decide on, readers to serve, items in stock."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from toprank.errors import DataError

if TYPE_CHECKING:
    from toprank.data.reading.columns import Role

__all__ = ["read_ids"]


def read_ids(path: Path, roles: Sequence[Role]) -> list[list[str]]:
    """Read the ids of a file's columns, as text; its only column is what one role asks for, whatever its name."""
    import numpy as np

    from toprank.data.reading.columns import guess_columns
    from toprank.data.reading.open_table import open_table
    from toprank.data.reading.quoting import listed

    table = open_table(path)
    alone = len(roles) == len(table.columns) == 1
    guessed = [list(table.columns) if alone else guess_columns(role, table.columns) for role in roles]
    for role, names in zip(roles, guessed, strict=True):
        if len(names) != 1:
            found = f"{listed(names)} could each be" if names else f"of {listed(table.columns)} none is"
            raise DataError(f"{found} the column of {role}s", f"call one of them {role}", source=table.label)
    rows = table.read([names[0] for names in guessed], "error")
    ids = []
    for role, column in zip(roles, rows.table.columns, strict=True):
        ids.append(["" if value is None else str(value).strip() for value in column.to_pylist()])
        if "" in ids[-1]:
            line = int(rows.lines(np.array([ids[-1].index("")]))[0])
            raise DataError(f"the {role} id is empty", "fill it in", source=table.label, line=line, unit=table.unit)
    return ids
