"""Where to search for a model's hyper-parameters: what its fields say with ``Tune``."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from toprank.core.parameters import Tune, field_notes
from toprank.errors import OptionError

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

__all__ = ["Range", "search_space"]


@dataclasses.dataclass(frozen=True)
class Range:
    """Where to search for one hyper-parameter: between two ends, or among choices; the default lies there."""

    kind: str
    among: tuple[Any, ...]
    default: Any

    def __post_init__(self) -> None:
        if self.kind == "choice":
            fits = self.default in self.among
        elif self.kind in ("log", "uniform") and len(self.among) == 2:
            low, high = self.among
            fits = low <= self.default <= high and low < high and (self.kind != "log" or low > 0)
        else:
            raise OptionError(
                f"a search range is {(self.kind, *self.among)}; it must be log or uniform with two ends, or choice"
            )
        if not fits:
            raise OptionError(f"the default {self.default!r} does not lie in the search range {self}")

    def __str__(self) -> str:
        if self.kind == "choice":
            return ", ".join(map(str, self.among))
        return f"{self.among[0]:g} to {self.among[1]:g}{', log' if self.kind == 'log' else ''}"

    def distribution(self) -> BaseDistribution:
        """Give the range as Optuna has it."""
        from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

        if self.kind == "choice":
            return CategoricalDistribution(self.among)
        kind = IntDistribution if isinstance(self.default, int) else FloatDistribution
        low, high = self.among
        return kind(low, high, log=self.kind == "log")


def search_space(model: object) -> dict[str, Range]:
    """Gather where to search for a model's hyper-parameters, by field; a field that has fields is searched by theirs.

    Raises
    ------
    OptionError
        If a range makes no sense, or the model's own value lies outside.

    Examples
    --------
    >>> from toprank.models.boosted import Boosted
    >>> str(search_space(Boosted())["num_leaves"])
    '7 to 127, log'
    """
    declared = field_notes(type(model), Tune)
    found: dict[str, Range] = {}
    for field in dataclasses.fields(model):  # type: ignore[arg-type]
        value = getattr(model, field.name)
        if field.name in declared:
            found[field.name] = Range(declared[field.name].kind, declared[field.name].among, value)
        elif dataclasses.is_dataclass(value):
            found |= {f"{field.name}.{name}": inner for name, inner in search_space(value).items()}
    return found
