"""Load a dataset by what the user calls it: a built-in name, a path, or a frame."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from toprank.data.datasets.built_in import BUILT_IN
from toprank.errors import DataError, OptionError

if TYPE_CHECKING:
    from toprank.core.dataset import Dataset
    from toprank.core.scale import RatingScale
    from toprank.data.reading.read_options import ReadKeywords, TableSource

__all__ = ["load", "load_ratings"]

_OF_BUILT_IN = ("liked_from", "item_attributes", "user_attributes")


def load(source: TableSource, **options: Unpack[ReadKeywords]) -> Dataset:
    """Load a dataset.

    Parameters
    ----------
    source : str, Path or frame
        A built-in name, ``"book-crossing"`` say; or whatever :func:`toprank.data.reading.read.read` takes.
    **options
        The fields of :class:`~toprank.data.reading.read_options.ReadOptions`. Of these a built-in dataset takes
        ``liked_from``, ``item_attributes`` and ``user_attributes`` only.

    Returns
    -------
    Dataset

    Raises
    ------
    DataError
        If there is no such dataset or file, or it is not usable.
    OptionError
        If an option is not usable.
    FetchError
        If a built-in dataset cannot be fetched.

    Examples
    --------
    >>> load("book-crosing")
    Traceback (most recent call last):
    toprank.errors.DataError: there is no dataset and no file 'book-crosing'. Cure: give a path, or one of the datasets
    'book-crossing', 'movielens-100k'.
    """
    if isinstance(source, str) and source in BUILT_IN:
        return _built_in(source, options)
    named = isinstance(source, str) and Path(source).name == source and not set(source) & set(".*?[~")
    if named and not Path(source).exists():
        raise DataError(
            f"there is no dataset and no file {source!r}",
            f"give a path, or one of the datasets {', '.join(map(repr, BUILT_IN))}",
        )
    from toprank.data.reading.read import read

    return read(source, **options)


def load_ratings(source: TableSource, scale: RatingScale, /, **options: Unpack[ReadKeywords]) -> Dataset:
    """Load new ratings for a model: on its scale, with its bar for liked, without rows that are no rating."""
    named = isinstance(source, str) and source in BUILT_IN
    own: ReadKeywords = {"scale": dataclasses.replace(scale, step=None)}
    if named:
        own = {"liked_from": scale.liked_from}
    dataset = load(source, **(own | options))
    if not dataset.implicit:
        return dataset
    note = f"{len(dataset.implicit):,} rows without a rating are left out: only ratings are taken"
    return dataclasses.replace(dataset, implicit=None, notes=(*dataset.notes, note))


def _built_in(name: str, options: ReadKeywords) -> Dataset:
    from toprank.data.reading.read_options import ReadOptions

    chosen, plain = ReadOptions.of(**options), ReadOptions()
    for field in dataclasses.fields(ReadOptions):
        given, default = getattr(chosen, field.name), getattr(plain, field.name)
        # A frame cannot be compared with ==; what is not a string here is None unless it was given.
        same = given == default if isinstance(given, str) else given is default
        if field.name not in _OF_BUILT_IN and not same:
            raise OptionError(f"{field.name} cannot be set for {name}, whose files are known")
    from toprank.data.reading.attribute_tables import learning_from

    dataset = BUILT_IN[name].load()
    dataset = dataclasses.replace(
        dataset,
        items=learning_from(dataset.items, chosen.item_attributes, "item"),
        users=learning_from(dataset.users, chosen.user_attributes, "user"),
    )
    if chosen.liked_from is None:
        return dataset
    scale = dataclasses.replace(dataset.ratings.scale, liked_from=chosen.liked_from)
    return dataclasses.replace(dataset, ratings=dataclasses.replace(dataset.ratings, scale=scale))
