"""Questions that every request asks: SQLAlchemy takes longer to look a statement up than the store to answer it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select

__all__ = ["Prepared"]


class Prepared:
    """A statement that is written once for each kind of store.

    Parameters
    ----------
    statement : Select
        Its values are bound by name; what it gives is plain: texts, numbers, bytes.

    Examples
    --------
    >>> from sqlalchemy import bindparam, create_engine, literal, select
    >>> twice = Prepared(select(bindparam("one", type_=literal(1).type) * 2))
    >>> with create_engine("sqlite://").connect() as connection:
    ...     twice.rows(connection, one=21)
    [(42,)]
    """

    def __init__(self, statement: Select[Any]) -> None:
        self._statement = statement
        self._written: dict[str, tuple[str, Sequence[str] | None, dict[str, Any]]] = {}

    def rows(self, connection: Connection, **values: Any) -> Sequence[Row[Any]]:
        """Give all rows."""
        name = connection.dialect.name
        if name not in self._written:
            compiled = self._statement.compile(dialect=connection.dialect)
            self._written[name] = str(compiled), compiled.positiontup, dict(compiled.params)
        text, order, fixed = self._written[name]
        given: Any = fixed | values
        return connection.exec_driver_sql(text, given if order is None else tuple(given[one] for one in order)).all()
