"""Numbers known of readers and books beside ratings: age, year of publication."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from toprank.core.arrays import FloatArray
from toprank.core.stored import stored
from toprank.evidence.groupings import at
from toprank.evidence.pairs import Pairs
from toprank.evidence.reason_words import group_words
from toprank.evidence.source import EvidenceUpdate, Learned, Namer, TrainingRows

__all__ = ["AttributeNumbers", "AttributeSource"]


@stored
@dataclass(frozen=True, eq=False)
class AttributeNumbers:
    """Which numeric attributes are columns; their values are with the groupings."""

    of_users: tuple[str, ...]
    of_items: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return *self.of_users, *self.of_items

    def columns(self, pairs: Pairs) -> FloatArray:
        known = pairs.readers.groupings
        columns = [at(known.user_numbers[name], pairs.user, np.nan) for name in self.of_users]
        columns += [at(known.item_numbers[name], pairs.item, np.nan) for name in self.of_items]
        return np.stack(columns, axis=1)

    def updated(self, change: EvidenceUpdate) -> AttributeNumbers:
        return self

    def merged(self, other: AttributeNumbers) -> AttributeNumbers:
        return self

    def describe(self, part: str) -> str:
        return f"the reader's {group_words(part)}" if part in self.of_users else f"its {group_words(part)}"

    def explain(self, part: str, pair: Pairs, row: Mapping[str, float], title: Namer) -> str:
        value = row[part]
        return "" if np.isnan(value) else f"{group_words(part)} {value:g}"


class AttributeSource:
    """Learns :class:`AttributeNumbers`; they go where the groups of readers, or of books, go."""

    name = "attributes"
    groups: ClassVar[Mapping[str, str]] = {}

    def learn(self, rows: TrainingRows) -> Learned | None:
        of_users = () if "reader-groups" in rows.without else tuple(rows.groupings.user_numbers)
        of_items = () if "kind" in rows.without else tuple(rows.groupings.item_numbers)
        if not of_users and not of_items:
            return None
        found = AttributeNumbers(of_users, of_items)
        return Learned(found, found.columns(rows.asked))
