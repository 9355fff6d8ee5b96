"""Hyper-parameters from a file, such as ``toprank tune`` writes, in place of a model's defaults."""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toprank.errors import OptionError
from toprank.models.base import ModelSpec
from toprank.models.hyperparameters import replaced

__all__ = ["Settings", "read_settings", "with_settings"]


@dataclass(frozen=True)
class Settings:
    """Values for a model's hyper-parameters, and where they are from.

    Parameters
    ----------
    source : str
        The file.
    model : str
        The model's name.
    values : mapping of str to value
        By field; a dot leads into a field that has fields of its own.
    """

    source: str
    model: str
    values: Mapping[str, Any]


def read_settings(path: Path) -> Settings:
    """Read a file of settings: JSON with ``model``, its name, and ``values`` by field; anything else is ignored.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    Settings

    Raises
    ------
    OptionError
        If it cannot be read, or is not such a file.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise OptionError(f"{path} cannot be read ({error.strerror}); give a file that toprank tune wrote") from error
    except ValueError as error:
        raise OptionError(f"{path} is not JSON ({error}); give a file that toprank tune wrote") from error
    model = content.get("model") if isinstance(content, dict) else None
    values = content.get("values") if isinstance(content, dict) else None
    if not isinstance(model, str) or not isinstance(values, dict):
        raise OptionError(
            f'{path} does not say whose settings it has; write {{"model": "boosted", "values": {{"num_leaves": 63}}}}'
        )
    return Settings(str(path), model, values)


def with_settings(entries: Sequence[ModelSpec], settings: Iterable[Settings]) -> list[ModelSpec]:
    """Put settings in place of the defaults of the models they are for.

    A model of the same kind that takes something away from the one that is set gets the settings too, but for what it
    differs in: else it would be compared with a model that differs in more than what it lacks.

    Parameters
    ----------
    entries : sequence of ModelSpec
        The models.
    settings : iterable of Settings
        What to set.

    Returns
    -------
    list of ModelSpec
        The same models in the same order.

    Raises
    ------
    OptionError
        If a file is for a model that is not there, or two are for the same, a model has no such field, or the value
        does not fit it.
    """
    entries = list(entries)
    seen: dict[str, str] = {}
    for one in settings:
        full = next((entry for entry in entries if entry.name == one.model), None)
        if full is None:
            names = ", ".join(entry.name for entry in entries)
            raise OptionError(f"{one.source} has settings of {one.model!r}, which is not among the models {names}")
        if one.model in seen:
            raise OptionError(
                f"{seen[one.model]} and {one.source} both have settings of {one.model!r}; give one of them"
            )
        seen[one.model] = one.source
        entries = [_set(entry, full, one) for entry in entries]
    return entries


def _set(entry: ModelSpec, full: ModelSpec, settings: Settings) -> ModelSpec:
    values = dict(settings.values)
    if entry is not full:
        if entry.ablates != full.name or type(entry.model) is not type(full.model):
            return entry
        # What it lacks, it goes on to lack.
        values = {name: v for name, v in values.items() if _get(entry.model, name) == _get(full.model, name)}
    return dataclasses.replace(entry, model=replaced(entry.model, values, settings.source))


def _get(model: Any, name: str) -> Any:
    """Give a field, also one of a field; None where there is none, which :func:`replaced` refuses."""
    return functools.reduce(lambda of, part: getattr(of, part, None), name.split("."), model)
