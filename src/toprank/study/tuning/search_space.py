"""Where to look for a model's hyper-parameters: declared beside each field, in its metadata.

A field is searched when its metadata has ``"tune"``:

- ``("log", low, high)``: every order of magnitude is as likely;
- ``("uniform", low, high)``: every value is as likely;
- ``("choice", one, another, …)``: one of these.

Both ends belong to the range, and numbers are whole where the field is an ``int``. A field that has fields of its own
is searched by theirs, under a name with a dot.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from toprank.errors import OptionError

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

__all__ = ["Range", "search_space"]


@dataclasses.dataclass(frozen=True)
class Range:
    """Where to look for one hyper-parameter.

    Parameters
    ----------
    kind : str
        ``"log"``, ``"uniform"`` or ``"choice"``.
    among : tuple
        The two ends, or the choices.
    default : number, bool or str
        The model's own value; must be among them.
    """

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
    """Gather what a model declares about where to look for its hyper-parameters.

    Parameters
    ----------
    model : dataclass
        The model; its values are the defaults.

    Returns
    -------
    dict of str to Range
        By field, in the order of the fields; empty where nothing is declared.

    Raises
    ------
    OptionError
        If a range is not understood, or the default lies outside.

    Examples
    --------
    >>> from dataclasses import dataclass, field
    >>> @dataclass(frozen=True)
    ... class Boosted:
    ...     num_leaves: int = field(default=31, metadata={"tune": ("log", 7, 255)})
    >>> str(search_space(Boosted())["num_leaves"])
    '7 to 255, log'
    """
    found: dict[str, Range] = {}
    for field in dataclasses.fields(model):  # type: ignore[arg-type]
        value = getattr(model, field.name)
        if "tune" in field.metadata:
            kind, *among = field.metadata["tune"]
            found[field.name] = Range(kind, tuple(among), value)
        elif dataclasses.is_dataclass(value):
            found |= {f"{field.name}.{name}": inner for name, inner in search_space(value).items()}
    return found
