"""What can be said about somebody's ratings, declared once: the reader, the command line and the docs share it."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias, TypedDict, Unpack, get_args

from toprank.core.parameters import check_names
from toprank.errors import OptionError

if TYPE_CHECKING:
    from toprank.core.scale import RatingScale

__all__ = ["BadRows", "Duplicates", "ReadKeywords", "ReadOptions", "TableSource"]

BadRows = Literal["error", "skip"]
Duplicates = Literal["error", "last", "mean"]
TableSource: TypeAlias = Any
"""A path (str or Path) to delimited text or Parquet, or a pandas, Polars or Arrow frame."""


class ReadKeywords(TypedDict, total=False):
    """The fields of :class:`ReadOptions` as keywords, so that an editor completes them; a test holds the two equal."""

    user_column: str | None
    item_column: str | None
    rating_column: str | None
    time_column: str | None
    scale: RatingScale | str | None
    liked_from: float | None
    implicit_value: float | None
    delimiter: str | None
    escape: str | None
    header: bool | None
    encoding: str
    format: str | None
    query: str | None
    bad_rows: BadRows
    duplicates: Duplicates
    items: TableSource | None
    users: TableSource | None
    item_attributes: Sequence[str] | str | None
    user_attributes: Sequence[str] | str | None
    name: str | None


@dataclass(frozen=True, kw_only=True)
class ReadOptions:
    """How to read ratings. The text beside each field documents it, and is its help on the command line.

    Errors and notes name an option as the command line spells it: ``--user-column`` is ``user_column`` here.

    Raises
    ------
    OptionError
        If an option is not usable.

    Examples
    --------
    >>> ReadOptions(scale="1-5", liked_from=4).rating_scale
    RatingScale(low=1.0, high=5.0, liked_from=4.0, step=None)
    >>> ReadOptions(bad_rows="drop")
    Traceback (most recent call last):
    toprank.errors.OptionError: bad_rows is 'drop'; it must be one of 'error', 'skip'
    """

    user_column: Annotated[str | None, "Column of the user ids [default: guessed from its name]."] = None
    item_column: Annotated[str | None, "Column of the item ids [default: guessed from its name]."] = None
    rating_column: Annotated[str | None, "Column of the ratings [default: guessed from its name]."] = None
    time_column: Annotated[
        str | None,
        "Column of the times: seconds or milliseconds since 1970, dates, ISO; none leaves them out [default: guessed "
        "from its name and values].",
    ] = None
    scale: Annotated[
        RatingScale | str | None, "Lowest and highest possible rating, like 1-5 [default: inferred from the ratings]."
    ] = None
    liked_from: Annotated[
        float | None, "A rating of at least this means liked [default: three quarters up the scale]."
    ] = None
    implicit_value: Annotated[
        float | None, "Rating that means 'has it, gave no rating', like 0; such rows are never a rating."
    ] = None
    delimiter: Annotated[
        str | None, "Delimiter of text files, one character, '::', 'tab' or 'blank' [default: guessed]."
    ] = None
    escape: Annotated[
        str | None,
        "Character of text files that takes away the meaning of the next, like a backslash [default: guessed].",
    ] = None
    header: Annotated[
        bool | None, "Whether the first line names the columns; without, columns are numbers from 1 [default: guessed]."
    ] = None
    encoding: Annotated[str, "Encoding of text files, like utf-8 or latin-1."] = "utf-8"
    format: Annotated[
        str | None, "Format of the data, like movielens-1m; plain is any table [default: recognised]."
    ] = None
    query: Annotated[str | None, 'What to read from a database, like "select user, item, rating from sales".'] = None
    bad_rows: Annotated[BadRows, "What to do about rows that cannot be used: stop, or skip and list them."] = "error"
    duplicates: Annotated[
        Duplicates, "What to do where a user rated an item more than once: stop, keep the last, or take the mean."
    ] = "error"
    items: Annotated[TableSource | None, "Table of item attributes, one row an item."] = None
    users: Annotated[TableSource | None, "Table of user attributes, one row a user."] = None
    item_attributes: Annotated[
        Sequence[str] | str | None, "Item attributes to learn from, like genre,year [default: whatever groups items]."
    ] = None
    user_attributes: Annotated[
        Sequence[str] | str | None, "User attributes to learn from, like country [default: whatever groups users]."
    ] = None
    name: Annotated[str | None, "What to call the data in reports [default: the file's name]."] = None

    def __post_init__(self) -> None:
        for option, allowed in (("bad_rows", get_args(BadRows)), ("duplicates", get_args(Duplicates))):
            if getattr(self, option) not in allowed:
                listed = ", ".join(map(repr, allowed))
                raise OptionError(f"{option} is {getattr(self, option)!r}; it must be one of {listed}")
        if self.implicit_value is not None and not math.isfinite(self.implicit_value):
            raise OptionError(f"implicit_value is {self.implicit_value}; it must be a finite number, like 0")
        if self.delimiter is not None:
            named = {"tab": "\t", "\\t": "\t", "blank": " ", "space": " "}
            delimiter = named.get(self.delimiter, self.delimiter)
            if delimiter != "::" and not _is_character(delimiter, '"\r\n\\\0'):
                raise OptionError(
                    f"the delimiter is {self.delimiter!r}; it must be one character, like ',' or ';', '::', 'tab' or "
                    "'blank'"
                )
            object.__setattr__(self, "delimiter", delimiter)
        if self.escape is not None and not _is_character(self.escape, '"\r\n\0'):
            raise OptionError(f"the escape is {self.escape!r}; it must be one character, like a backslash")
        for option in ("user_column", "item_column", "rating_column"):
            # A frame's columns may be numbers.
            if (name := getattr(self, option)) is not None:
                object.__setattr__(self, option, str(name))
        try:
            "x".encode(self.encoding)
        except (LookupError, ValueError):
            raise OptionError(
                f"the encoding {self.encoding!r} is unknown or not for text; try utf-8 or latin-1"
            ) from None
        columns = self.user_column, self.item_column, self.rating_column, self.time_column
        chosen = [c.strip() for c in columns if c is not None]
        if len(set(chosen)) < len(chosen):
            raise OptionError(f"a column is named for two purposes: {', '.join(map(repr, chosen))}")
        for option in ("item_attributes", "user_attributes"):
            if (given := getattr(self, option)) is not None:
                names = given.split(",") if isinstance(given, str) else given
                stripped = (name.strip() for name in names)
                object.__setattr__(self, option, tuple(dict.fromkeys(name for name in stripped if name)))
        _ = self.rating_scale

    @classmethod
    def of(cls, **options: Unpack[ReadKeywords]) -> ReadOptions:
        """Take options as keywords.

        Parameters
        ----------
        **options
            The fields.

        Returns
        -------
        ReadOptions

        Raises
        ------
        OptionError
            If there is no such option, or it is not usable.

        Examples
        --------
        >>> ReadOptions.of(liked_form=4)
        Traceback (most recent call last):
        toprank.errors.OptionError: there is no option 'liked_form'; did you mean 'liked_from'?
        """
        check_names(options, (field.name for field in dataclasses.fields(cls)))
        return cls(**options)

    @property
    def rating_scale(self) -> RatingScale | None:
        """The scale given, with the bar given; None where the scale is to be inferred."""
        if self.scale is None:
            return None
        if isinstance(self.scale, str):
            from toprank.core.scale import RatingScale  # with numpy, which takes its time to be imported

            return RatingScale.parse(self.scale, liked_from=self.liked_from)
        return self.scale if self.liked_from is None else dataclasses.replace(self.scale, liked_from=self.liked_from)

    @property
    def given_columns(self) -> dict[str, str]:
        """The columns that are named, by their roles."""
        named = {"user": self.user_column, "item": self.item_column, "rating": self.rating_column}
        return {role: name for role, name in named.items() if name is not None}

    def name_for(self, source: TableSource) -> str:
        """Name the data: as given, else by the file, else ``ratings``."""
        if self.name is not None:
            return self.name
        return Path(source).name.split(".")[0] or "ratings" if isinstance(source, str | Path) else "ratings"


def _is_character(text: str, but: str) -> bool:
    return len(text) == 1 and text.isascii() and text not in but
