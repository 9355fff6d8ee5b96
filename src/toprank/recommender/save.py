"""A recommender as a folder."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from toprank.recommender.about import about
from toprank.recommender.state import FittedState
from toprank.storage.folder import read_folder, write_folder

__all__ = ["load_state", "save_state"]


def save_state(state: FittedState, path: Path) -> Path:
    """Write a recommender with its card; see :func:`~toprank.storage.folder.write_folder`."""
    from toprank.recommender.card import render_card  # it draws

    described = about(state)
    values = FittedState(**{field.name: getattr(state, field.name) for field in fields(FittedState)})
    write_folder(path, values, about=described, pages={"model.html": render_card(state, described)})
    return path


def load_state(path: Path) -> FittedState:
    """Read a recommender; see :func:`~toprank.storage.folder.read_folder`."""
    return read_folder(path, FittedState)[0]
