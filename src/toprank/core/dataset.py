"""A dataset: explicit ratings, implicit interactions, and what is known of items and users."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
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
@dataclass(frozen=True, eq=False)
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


@stored
@dataclass(frozen=True, eq=False)
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
    """

    ratings: Ratings
    implicit: Interactions | None = None
    items: Attributes | None = None
    users: Attributes | None = None
    name: str = "ratings"
    notes: tuple[str, ...] = ()

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


def _padded(attributes: Attributes, size: int) -> Attributes:
    """Make room for positions at the end of which nothing is known."""
    nothing = np.full(size - len(attributes.row), -1, np.int32)
    return replace(attributes, row=np.concatenate([attributes.row, nothing]))
