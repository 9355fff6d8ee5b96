"""A recommender as a folder."""

from __future__ import annotations

from pathlib import Path

from toprank.recommender.about import about
from toprank.recommender.fitted import FittedRecommender
from toprank.storage.folder import read_folder, write_folder

__all__ = ["load_recommender", "save_recommender"]


def save_recommender(state: FittedRecommender, path: Path) -> Path:
    """Write a recommender with its card; see :func:`~toprank.storage.folder.write_folder`."""
    from toprank.recommender.card import render_card  # it draws

    described = about(state)
    write_folder(path, state, about=described, pages={"model.html": render_card(state, described)})
    return path


def load_recommender(path: Path) -> FittedRecommender:
    """Read a recommender; see :func:`~toprank.storage.folder.read_folder`."""
    return read_folder(path, FittedRecommender)[0]
