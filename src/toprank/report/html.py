"""The templates that all pages share, and how tables and figures are written in them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from toprank.data.datasets.built_in import BUILT_IN
from toprank.report.phrases import cutoff_words, decimal, percent, pluralise, printable, shortened
from toprank.report.table import Column, Table

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

__all__ = ["environment", "to_html"]


def environment(package: str = "toprank.report") -> Environment:
    """Give a package's templates beside the shared ones; in them every text is data, and escaped."""
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
        percent=percent,
        shortened=shortened,
        groupby_runs=_runs,
        lines=_lines,
    )
    environment.globals.update(nan=math.nan, terms={name: dataset.terms for name, dataset in BUILT_IN.items()}, zip=zip)
    return environment


def to_html(table: Table) -> str:
    """Render one table for a notebook, with its title."""
    elements: Any = environment().get_template("elements.html.j2").module
    return str(elements.table(table, titled=True))


def _lines(text: str) -> Markup:
    """Keep the ends of lines."""
    from markupsafe import Markup, escape

    return Markup("<br>").join(escape(printable(line)) for line in text.split("\n"))


def _runs(columns: Sequence[Column], name: str) -> list[dict[str, Any]]:
    """Count neighbours that have the same value."""
    return [{"name": value, "number": len(list(run))} for value, run in groupby(columns, attrgetter(name))]
