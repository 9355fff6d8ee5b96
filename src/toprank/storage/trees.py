"""Boosted trees in LightGBM's own text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from toprank.core.arrays import FloatArray
from toprank.errors import DataError
from toprank.storage.damage import damaged

if TYPE_CHECKING:
    from toprank.models.lightgbm_library import LibraryBooster

__all__ = ["StoredTrees", "read_trees", "tree_text"]

_HEAD = {
    "version": r"v\d+",
    "num_class": "1",
    "num_tree_per_iteration": "1",
    "label_index": "0",
    "max_feature_idx": r"\d{1,6}",
    "objective": "binary sigmoid:1",
    "feature_names": r"[^\s=]+( [^\s=]+)*",
    "feature_infos": r"[^\s=]+( [^\s=]+)*",
    "tree_sizes": r"\d{1,9}( \d{1,9})*",
}
_END = "end of trees\n"
_TAIL = "\npandas_categorical:null\n"


@dataclass(frozen=True, eq=False)
class StoredTrees:
    """Trees as text, which LightGBM's library reads when it is first asked about reasons; scores do without it."""

    text: str
    source: str

    def predict(self, matrix: FloatArray, **options: Any) -> Any:
        """Do as :meth:`lightgbm.Booster.predict`."""
        return self._booster.predict(matrix, **options)

    def model_to_string(self) -> str:
        """Do as :meth:`lightgbm.Booster.model_to_string`, without LightGBM."""
        return self.text

    def feature_importance(self, importance_type: str = "split") -> Any:
        """Do as :meth:`lightgbm.Booster.feature_importance`."""
        return self._booster.feature_importance(importance_type, self.num_feature())

    def num_feature(self) -> int:
        """Give how many columns they read, without LightGBM."""
        return int(_head(self.text)["max_feature_idx"]) + 1

    @cached_property
    def _booster(self) -> LibraryBooster:
        """The booster; DataError if LightGBM does not read the text, OptionError if LightGBM is missing."""
        from toprank.models.lightgbm_library import LibraryBooster

        try:
            return LibraryBooster(self.text)
        except ValueError as error:
            raise _refused(str(error), self.source) from None


def tree_text(booster: Any) -> str:
    """Write a booster down: its trees only, not how they were grown; TypeError of trees for another objective."""
    if isinstance(booster, StoredTrees):
        return booster.text
    whole = booster.model_to_string()
    text: str = whole[: whole.index(_END)] + _END + _TAIL
    try:
        _check(text)
    except ValueError as error:
        raise TypeError(f"these trees cannot be kept: {error}") from None
    return text


def read_trees(content: Any, source: str) -> StoredTrees:
    """Read what :func:`tree_text` wrote; DataError if the text is another program's, or not for P(liked)."""
    try:
        text = bytes(content).decode("ascii")
        _check(text)
    except ValueError as error:
        raise _refused(str(error), source) from None
    return StoredTrees(text, source)


def _check(text: str) -> None:
    """Refuse with ValueError what is not a head, trees of the sizes it says, and the end."""
    if not text.isascii():
        raise ValueError("there are letters beyond ASCII in it")
    fields = _head(text)
    for name, pattern in _HEAD.items():
        if not re.fullmatch(pattern, fields[name]):
            raise ValueError(f"{name} is {fields[name][:80]!r}")
    features = int(fields["max_feature_idx"]) + 1
    for name in ("feature_names", "feature_infos"):
        if len(fields[name].split(" ")) != features:
            raise ValueError(f"{name} are not {features}")
    trees, begin = text.partition("\n\n")[2], 0
    for number, size in enumerate(map(int, fields["tree_sizes"].split(" "))):
        if not trees.startswith(f"Tree={number}\n", begin):
            raise ValueError(f"tree {number} is not where it is said to be")
        begin += size
    if trees[begin:] != _END + _TAIL:
        raise ValueError("something else follows the trees")


def _head(text: str) -> dict[str, str]:
    lines = text.partition("\n\n")[0].split("\n")
    fields = dict(line.split("=", 1) for line in lines[1:] if "=" in line)
    if lines[0] != "tree" or len(fields) != len(lines) - 1 or fields.keys() != _HEAD.keys():
        raise ValueError(f"the head holds {', '.join(fields)[:300]}; it must hold {', '.join(_HEAD)}")
    return fields


def _refused(problem: str, source: str) -> DataError:
    return damaged(f"these are not trees that toprank wrote: {problem}", source)
