"""The study's templates, beside those that all pages share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from toprank.report import html as rendering
from toprank.study.notebook.comparison import kept_loss

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["environment"]


def environment() -> Environment:
    """Give the templates; see :func:`toprank.report.html.environment`.

    Returns
    -------
    jinja2.Environment
    """
    environment = rendering.environment("toprank.study")
    environment.filters["kept_loss"] = kept_loss
    return environment
