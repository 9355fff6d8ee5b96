"""How many of the ids of new ratings a recommender knows: of none, they are other ids."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from toprank.core.ids import IdIndex
from toprank.core.ratings import Ratings
from toprank.data.reading.quoting import quoted
from toprank.errors import OptionError

__all__ = ["Matched", "match_ids"]


@dataclass(frozen=True)
class Matched:
    """Readers and items of new ratings, how many of each are known, and the same with ids spelt otherwise."""

    readers: int
    known_readers: int
    items: int
    known_items: int
    alike: tuple[str, str] | None  # an id of the new ratings, and one that is known and means the same number

    def check(self, *, new_may_come: bool = False) -> None:
        """Refuse ratings of which neither a reader nor an item is known; new ones may be, but not in other spelling."""
        if self.known_readers or self.known_items or (new_may_come and self.alike is None):
            return
        raise OptionError(
            f"of {self.readers:,} readers and {self.items:,} items none is known: these are other ids than the model's"
            f"{self._alike}; give ratings with the ids that it was fitted on"
        )

    @property
    def notes(self) -> list[str]:
        """How many are known, where not all are; a warning where it is less than half."""
        said = []
        for what, known, every in (
            ("readers", self.known_readers, self.readers), ("items", self.known_items, self.items),
        ):  # fmt: skip
            if known < every:
                few = 2 * known < every
                said.append(
                    f"{'warning: only ' if few else ''}{known:,} of {every:,} {what} are known"
                    f"{self._alike if few else ''}"
                )
        return said

    @property
    def _alike(self) -> str:
        return "" if self.alike is None else f" ({self.alike[0]} here may be {self.alike[1]} there)"


def match_ids(mine: Ratings, new: Ratings) -> Matched:
    """Count the ids of new ratings that are known.

    Examples
    --------
    >>> from toprank.core.scale import RatingScale
    >>> scale = RatingScale(1, 5, 4)
    >>> mine = Ratings.of(["001", "002"], ["x", "y"], [5, 4], scale)
    >>> match_ids(mine, Ratings.of(["1", "002"], ["x", "z"], [5, 4], scale)).notes
    ['1 of 2 readers are known', '1 of 2 items are known']
    """
    counts: list[int] = []
    alike = None
    for known, index, positions in ((mine.users, new.users, new.user), (mine.items, new.items, new.item)):
        ids = index.ids[np.unique(positions)]
        found = known.positions(ids) >= 0
        counts += [len(ids), int(found.sum())]
        if alike is None and 2 * found.sum() < len(ids):
            alike = _spelt_otherwise(known, ids[~found][:1000].tolist())
    return Matched(counts[0], counts[1], counts[2], counts[3], alike)


def _spelt_otherwise(known: IdIndex, ids: list[str | int]) -> tuple[str, str] | None:
    """Find an unknown id that is a known one but for zeros in front, blanks or case."""
    plain = {_plain(one): one for one in known.ids.tolist()}
    found = next((one for one in ids if _plain(one) in plain), None)
    return None if found is None else (quoted(found), quoted(plain[_plain(found)]))


def _plain(one: str | int) -> str:
    text = str(one).strip().casefold()
    return text.lstrip("0") or text
