"""Values as they are shown in messages: quoted, and never longer than a message can bear."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["listed", "quoted"]

_MAX_CHARACTERS = 80
_MAX_NAMES = 20


def quoted(value: object) -> str:
    """Spell a value as Python does, a long text cut.

    Examples
    --------
    >>> print(quoted(5), quoted("a b"), quoted("x" * 100_000)[-5:])
    5 'a b' xxx…'
    """
    long = isinstance(value, str) and len(value) > _MAX_CHARACTERS
    return repr(f"{str(value)[:_MAX_CHARACTERS]}…" if long else value)


def listed(names: Sequence[str]) -> str:
    """Spell names for a message: ``'a', 'b' and 3 more``."""
    shown = ", ".join(map(quoted, names[:_MAX_NAMES]))
    return shown if len(names) <= _MAX_NAMES else f"{shown} and {len(names) - _MAX_NAMES} more"
