"""A dataset: explicit ratings, implicit interactions, and what is known of items and users."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from toprank.core.arrays import BoolArray, Int32Array, IntArray
from toprank.core.ids import IdIndex
from toprank.core.ratings import Interactions, Ratings
from toprank.core.stored import stored
from toprank.errors import OptionError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Attributes", "Dataset"]


@stored
@dataclass(frozen=True, eq=False, repr=False)
class Attributes:
    """A table of what is known of items or of users.

    Parameters
    ----------
    table : pyarrow.Table
        Its first column holds the external id; the others are attributes. Rows in the order of their source.
    row : int32[n]
        For each position of the index, its row of ``table``, or -1 where the table has none. Where the table
        repeats an id, the first row counts.
    learn_from : tuple of str, optional
        The attributes to learn from. Where None, what groups positions is found from the values.
    roles : mapping of str to str, optional
        Of items: the columns that hold ``title``, ``author``, ``series``, ``publisher``, ``year`` and ``isbn``. Where
        empty, :func:`toprank.data.reading.roles.roles_of` finds them when they are asked for.
    """

    table: pa.Table
    row: Int32Array
    learn_from: tuple[str, ...] | None = None
    roles: Mapping[str, str] = field(default_factory=dict)

    @property
    def id_column(self) -> str:
        """Name of the id column."""
        return str(self.table.column_names[0])

    @property
    def names(self) -> list[str]:
        """Names of the attributes."""
        return [str(name) for name in self.table.column_names[1:]]

    def __repr__(self) -> str:
        return (
            f"Attributes({', '.join(self.names) or 'none'}; of {int(np.sum(self.row >= 0)):,} of {len(self.row):,} ids)"
        )


@stored
@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Everything known about a group of readers and their items.

    Parameters
    ----------
    ratings : Ratings
        Explicit ratings.
    implicit : Interactions, optional
        Interactions without a rating, over the same ids. They are never a rating.
    items, users : Attributes, optional
        Attribute tables.
    name : str, optional
        What to call it in reports.
    notes : tuple of str, optional
        What the reader found and decided: columns guessed, scale inferred, rows skipped, duplicates merged.
    asked_later : bool, optional
        Whether all that is asked about comes later than these ratings, as after a split by time. What a model learns
        from is then each rating beside what was known before it, and nothing of what came after.
    """

    ratings: Ratings
    implicit: Interactions | None = None
    items: Attributes | None = None
    users: Attributes | None = None
    name: str = "ratings"
    notes: tuple[str, ...] = ()
    asked_later: bool = False

    def __post_init__(self) -> None:
        for label, index in (("users", self.ratings.users), ("items", self.ratings.items)):
            if self.implicit is not None and getattr(self.implicit, label) is not index:
                raise OptionError(f"the implicit interactions have other {label} than the ratings")
            attributes: Attributes | None = getattr(self, label)
            if attributes is not None and len(attributes.row) != len(index):
                raise OptionError(
                    f"the {label} table maps {len(attributes.row):,} positions; the index has {len(index):,} ids"
                )

    def indexed(self, users: IdIndex, items: IdIndex) -> Dataset:
        """Give the same data over indexes that have grown; of new ids no attribute is known."""
        return replace(
            self,
            ratings=self.ratings.indexed(users, items),
            implicit=None if self.implicit is None else replace(self.implicit, users=users, items=items),
            items=None if self.items is None else _padded(self.items, len(items)),
            users=None if self.users is None else _padded(self.users, len(users)),
        )

    def with_ratings(self, rows: IntArray | BoolArray) -> Dataset:
        """Keep some of the ratings and everything else: what a model may see in training.

        Parameters
        ----------
        rows : int[m] or bool[n]
            Row numbers of ``ratings``, or a mask.

        Returns
        -------
        Dataset
        """
        return replace(self, ratings=self.ratings.take(rows))

    def __repr__(self) -> str:
        return f"Dataset {self.name}: {'; '.join(f'{name} {value}' for name, value in self._facts())}"

    def _repr_html_(self) -> str:
        rows = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in self._facts())
        return f"<table><caption>{escape(self.name)}</caption>{rows}</table>"

    def _facts(self) -> list[tuple[str, str]]:
        """Give what a notebook shows: who has rated what, on which scale."""
        ratings = self.ratings
        facts = [
            ("ratings", f"{len(ratings):,}"),
            ("readers", f"{len(np.unique(ratings.user)):,}"),
            ("items", f"{len(np.unique(ratings.item)):,}"),
            ("scale", ratings.liked_in_words),
            ("liked", f"{ratings.liked.mean():.1%}" if len(ratings) else "unknown"),
        ]
        if self.implicit is not None:
            facts.append(("without a rating", f"{len(self.implicit):,}"))
        known = ((name, one) for name, one in (("items", self.items), ("readers", self.users)) if one is not None)
        return facts + [(f"known of {name}", ", ".join(one.names) or "nothing") for name, one in known]


def _padded(attributes: Attributes, size: int) -> Attributes:
    """Make room for positions at the end of which nothing is known."""
    nothing = np.full(size - len(attributes.row), -1, np.int32)
    return replace(attributes, row=np.concatenate([attributes.row, nothing]))
