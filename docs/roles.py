"""What docstrings mark as Sphinx does becomes Markdown, with links to what the page documents.

Fields that are documented by a text beside their type, ``Annotated[str, "..."]``, get it as their docstring.
"""

from __future__ import annotations

import ast
import re
from typing import Any

import griffe

__all__ = ["Roles", "in_markdown"]

_ROLE = re.compile(r":(?:func|class|meth|mod|data|attr):`(~?)([\w.]+)`")


class Roles(griffe.Extension):
    """Rewrites the docstrings of all that is read."""

    def on_instance(self, *, node: Any, obj: griffe.Object, **kwargs: Any) -> None:
        """Rewrite one."""
        if obj.docstring is not None:
            obj.docstring.value = in_markdown(obj.docstring.value)

    def on_attribute_instance(self, *, node: Any, attr: griffe.Attribute, **kwargs: Any) -> None:
        """Document a field by the text beside its type."""
        kind = attr.annotation
        if isinstance(kind, griffe.ExprSubscript) and str(kind.left) == "Annotated":
            attr.annotation, *_, text = kind.slice.elements  # type: ignore[union-attr]
            attr.docstring = griffe.Docstring(ast.literal_eval(str(text)), parent=attr)


def in_markdown(text: str) -> str:
    """Write a docstring's roles as links, which are code where they lead nowhere.

    Examples
    --------
    >>> in_markdown("See :func:`~toprank.data.reading.read.read`, ``x``.")
    'See <autoref identifier="toprank.data.reading.read.read" optional><code>read</code></autoref>, `x`.'
    """
    return _ROLE.sub(_link, text.replace("``", "`"))


def _link(found: re.Match[str]) -> str:
    short, name = found.groups()
    shown = name.rpartition(".")[2] if short else name
    return f'<autoref identifier="{name}" optional><code>{shown}</code></autoref>'
