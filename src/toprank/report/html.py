"""The templates that all pages share, and how figures are written in them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from toprank.data.datasets.built_in import BUILT_IN
from toprank.report.phrases import cutoff_words, decimal, interval, percent, pluralise, printable, shortened, signed

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["environment"]


def environment(package: str) -> Environment:
    """Give a package's templates beside the shared ones, with the filters that write figures.

    Every text is data, and escaped.

    Parameters
    ----------
    package : str
        A package with a folder ``templates``, such as ``"toprank.study"``.

    Returns
    -------
    jinja2.Environment
    """
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader("toprank.report")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # Drawings are Markup and pass; every other text is data.
        finalize=lambda value: printable(value) if type(value) is str else value,
    )
    environment.filters.update(
        count=lambda number: f"{number:,}",
        number=lambda number: f"{number:.6g}".replace("-", "−"),
        cutoff=cutoff_words,
        pluralise=pluralise,
        decimal=decimal,
        interval=interval,
        percent=percent,
        shortened=shortened,
        signed=signed,
    )
    environment.globals.update(nan=math.nan, terms={name: dataset.terms for name, dataset in BUILT_IN.items()})
    return environment
