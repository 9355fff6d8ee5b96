"""What all pages share: the templates and how figures are written in them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from toprank.data.book_crossing import NAME, TERMS
from toprank.study.truth import kept_loss
from toprank.study.wording import counted, cutoff_words, decimal, interval, percent, printable, shortened, signed

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["environment"]


def environment() -> Environment:
    """Give the templates, with the filters that write figures; every text is data, and escaped.

    Returns
    -------
    jinja2.Environment
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("toprank.study"),
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
        counted=counted,
        decimal=decimal,
        interval=interval,
        kept_loss=kept_loss,
        percent=percent,
        shortened=shortened,
        signed=signed,
    )
    environment.globals.update(nan=math.nan, terms={NAME: TERMS})
    return environment
