"""A recommender as a folder."""

from __future__ import annotations

from pathlib import Path

from toprank.recommender.about import about
from toprank.recommender.state import FittedState
from toprank.storage.folder import read_folder, write_folder

__all__ = ["load_state", "save_state"]


def save_state(state: FittedState, path: Path) -> Path:
    """Write a recommender with its card; see :func:`~toprank.storage.folder.write_folder`."""
    from toprank.recommender.card import render_card  # it draws

    described = about(state)
    write_folder(
        path, FittedState(**state.values), about=described, pages={"model.html": render_card(state, described)}
    )
    return path


def load_state(path: Path) -> FittedState:
    """Read a recommender; see :func:`~toprank.storage.folder.read_folder`."""
    return read_folder(path, FittedState, meanwhile=_prepare)[0]


def _prepare(_: set[str]) -> None:
    """Import what the first answer takes long to import."""
    from toprank.evidence.reader_kernel import start_numba

    start_numba()
