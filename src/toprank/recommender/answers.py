"""Why one answer is what it is, and from what was asked to pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from toprank.core.arrays import AnyArray
from toprank.decisions.reasons import Reason
from toprank.errors import OptionError
from toprank.recommender.answer_tables import AnswerTable, near_words

__all__ = ["Explanation", "Id", "Ids", "listed", "paired", "single"]

Id = str | int
Ids = Id | Sequence[str | int] | AnyArray


@dataclass(frozen=True, eq=False)
class Explanation:
    """Why one answer is what it is.

    Parameters
    ----------
    row : dict
        The answer: a row of :class:`~toprank.recommender.answer_tables.DecisionTable`.
    reason : Reason
        Its parts, which add up to the log odds of P(liked).
    """

    row: dict[str, Any]
    reason: Reason

    @property
    def sentence(self) -> str:
        """The reason in a sentence."""
        return str(self.row["reason"])

    def to_table(self) -> AnswerTable:
        """Give the parts as a table: ``source``, ``words`` and ``log_odds``; the last two rows complete the sum."""
        import pyarrow as pa

        rows = [(part.source, part.words, part.log_odds) for part in self.reason.parts]
        rows += [("everybody", "starting point", self.reason.base)]
        rows += [("calibration", "what calibration adds", self.reason.calibration)]
        source, words, log_odds = zip(*rows, strict=True)
        return AnswerTable(pa.table({"source": source, "words": words, "log_odds": log_odds}))

    def _repr_html_(self) -> str:
        from html import escape

        return f"<p>{escape(str(self))}</p>{self.to_table()._repr_html_()}"

    def __str__(self) -> str:
        book = self.row.get("title") or self.row["item"]
        return (
            f"{self.row['answer']}: {book} for {self.row['user']}, P(liked) {self.row['probability']:.2f} "
            f"({self.row['low']:.2f} to {self.row['high']:.2f}){near_words(self.row)}; {self.sentence}"
        )


def listed(ids: Ids) -> list[Id]:
    """Make a list of one id, or of many."""
    if isinstance(ids, (str, int, float, np.number)):
        return [_id(ids)]
    try:
        found: list[Any] = ids.tolist() if hasattr(ids, "tolist") else list(ids)
    except TypeError:
        raise OptionError(f"{ids!r} is no id; give texts or whole numbers") from None
    return [one if isinstance(one, str) else _id(one) for one in found]


def _id(one: Any) -> Id:
    """Take a text or a whole number; a whole float too, as the rows of a frame hold them."""
    if isinstance(one, str):
        return one
    if isinstance(one, (int, np.integer)) or (isinstance(one, (float, np.floating)) and one.is_integer()):
        return int(one) if -(2**63) <= one < 2**63 else str(int(one))
    raise OptionError(f"{one!r} is no id; give texts or whole numbers")


def single(user: Ids) -> Id:
    """Give the one reader whose ratings are given."""
    users = listed(user)
    if len(users) != 1:
        raise OptionError(f"ratings are those of one reader, and {len(users)} are named")
    return users[0]


def paired(user: Ids | Any, item: Ids | None) -> tuple[list[Id], list[Id]]:
    """Make pairs; a single id goes with all of the others, and a frame has both in its columns ``user``, ``item``."""
    if user is None:
        raise OptionError("name a reader, or say what they rated")
    if item is None:
        user, item = _columns(user)
    users, items = listed(user), listed(item)
    if len(users) != len(items) and 1 not in (len(users), len(items)):
        raise OptionError(f"there are {len(users):,} users and {len(items):,} items; give one of each for every pair")
    size = max(len(users), len(items)) if users and items else 0
    return (users * size if len(users) == 1 else users), (items * size if len(items) == 1 else items)


def _columns(frame: Any) -> tuple[list[Id], list[Id]]:
    import narwhals as nw

    try:
        columns = nw.from_native(frame, eager_only=True)
    except TypeError:
        raise OptionError("name the items to decide on, or give a frame with the columns 'user' and 'item'") from None
    missing = [name for name in ("user", "item") if name not in columns.columns]
    if missing:
        raise OptionError(
            f"the frame has no column {missing[0]!r}, only {', '.join(map(repr, columns.columns))}; name it so"
        )
    return columns["user"].to_list(), columns["item"].to_list()
