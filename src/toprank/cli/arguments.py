"""What the commands that ask a model share: its folder, a new reader's ratings, ids that are unknown."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from toprank.cli.console import note
from toprank.errors import OptionError

if TYPE_CHECKING:
    from toprank.core.ratings import Ratings
    from toprank.decisions.policy import DecisionPolicy
    from toprank.recommender.facade import FittedRecommender
    from toprank.recommender.shelf import Shelf

__all__ = [
    "AllowUnknown",
    "AsCsv",
    "AsJson",
    "ModelFolder",
    "OutFile",
    "Rated",
    "Reader",
    "Reasons",
    "ShelfExport",
    "Split",
    "asked",
    "check_known",
    "cutoff_sentence",
    "matched_notes",
    "opened",
    "parse_ratings",
    "told_shelf",
]

ModelFolder = Annotated[Path, typer.Argument(help="Folder of a model that toprank fit saved.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Print CSV instead of tables.")]
OutFile = Annotated[
    Path | None, typer.Option("--out", help="A .parquet or .csv file to write to, in place of printing.")
]
Rated = Annotated[
    list[str] | None,
    typer.Option(
        "--rate", metavar="ITEM=RATING", help="In place of --user: what a new reader rated, once for each item."
    ),
]
ShelfExport = Annotated[
    Path | None,
    typer.Option(
        "--shelf",
        help="In place of --user: a new reader's own export, of Goodreads, StoryGraph, LibraryThing, BookWyrm or "
        "Calibre, or a table of items and ratings.",
    ),
]
Split = Annotated[
    str | None,
    typer.Option(
        "--split",
        help="How rows are kept aside: time (train before, then validation, then test, the same moment for everyone), "
        "random, leave-k-out, leave-last-k-out, unseen-users or unseen-items.",
        show_default="time where most rows have times, else random",
    ),
]
Reader = Annotated[list[str] | None, typer.Option("--user", help="The reader.")]
Reasons = Annotated[
    bool | None,
    typer.Option("--reasons/--no-reasons", help="Whether to say why.", show_default="for at most 100 answers"),
]

AllowUnknown = Annotated[
    bool, typer.Option("--allow-unknown", help="Answer about ids that nobody has, by what is known without them.")
]

_NAMED = 3
"""Unknown ids that a note names."""


def opened(place: Path) -> FittedRecommender:
    """Load a model."""
    from toprank.recommender.facade import Recommender

    with _without_blas():
        return Recommender.load(place)


@contextmanager
def _without_blas() -> Iterator[None]:
    """Let numba start without SciPy's linear algebra, which no loop here asks for: that saves a tenth of a second."""
    names = [name for name in ("scipy.linalg", "scipy.linalg.cython_blas") if name not in sys.modules]
    sys.modules.update(dict.fromkeys(names))  # type: ignore[arg-type]  # None is what Python takes as "not there"
    try:
        yield
    finally:
        for name in names:
            del sys.modules[name]


def cutoff_sentence(policy: DecisionPolicy) -> str:
    """Say from which P(liked) on the answer is yes, and what that promises."""
    from toprank.report.phrases import cutoff_words

    cutoff = cutoff_words(policy.threshold.cutoff)
    words = {"everything": "It recommends everything.", "nothing": "It recommends nothing."}
    said = words.get(cutoff, f"It recommends from P(liked) {cutoff} on.")
    return said if policy.promise is None else f"{said} {policy.promise}"


def asked(user: Sequence[str] | None, rate: Sequence[str] | None) -> tuple[str | None, dict[str, float] | None]:
    """Tell who is asked about: one reader, or a new one by what they rated.

    Parameters
    ----------
    user, rate : sequence of str, optional
        What was given as ``--user`` and as ``--rate``.

    Returns
    -------
    str or None
        The reader.
    dict of str to float, or None
        The new one's ratings. One of both is None.

    Raises
    ------
    OptionError
        If it is no reader, several readers, or one of either kind.

    Examples
    --------
    >>> asked(["276726"], None), asked(None, ["034545104X=9"])
    (('276726', None), (None, {'034545104X': 9.0}))
    """
    ratings = parse_ratings(rate)
    if (not user) == (ratings is None):
        both = "; not both" if user else ""
        raise OptionError(f"say who is asked about: a reader with --user, or a new one's ratings with --rate{both}")
    if user and len(user) > 1:
        raise OptionError(f"--user is given {len(user)} times; ask about one reader at a time")
    return user[0] if user else None, ratings


def parse_ratings(words: Sequence[str] | None) -> dict[str, float] | None:
    """Read what a new reader rated.

    Parameters
    ----------
    words : sequence of str, optional
        Each ``ITEM=RATING``; the item may hold an equals sign, the rating may not.

    Returns
    -------
    dict of str to float, or None
        None where nothing was given.

    Raises
    ------
    OptionError
        If one is not of this form, or an item comes twice.

    Examples
    --------
    >>> parse_ratings(["034545104X=9", "a=b=7.5"])
    {'034545104X': 9.0, 'a=b': 7.5}
    """
    if not words:
        return None
    ratings: dict[str, float] = {}
    for word in words:
        item, _, value = word.rpartition("=")
        item = item.strip()
        try:
            rating = float(value)
        except ValueError:
            rating = float("nan")
        if not item or rating != rating:
            raise OptionError(f"--rate is {word!r}; write the item and its rating, like --rate 034545104X=9")
        if item in ratings:
            raise OptionError(f"--rate names the item {item!r} twice; give one rating for each item")
        ratings[item] = rating
    return ratings


def told_shelf(model: FittedRecommender, path: Path) -> Shelf:
    """Read a reader's export, and say what became of it: every row that is not used, and why."""
    from toprank.recommender.read_shelf import read_shelf

    shelf = read_shelf(model, path)
    for line in shelf.notes:
        note(f"Note: {line}")
    note(f"Note: {shelf.summary}")
    for row in shelf.unmatched:
        book = ", ".join(part for part in (row.title, row.author) if part)
        note(f"  line {row.line}: {f'{book}: ' if book else ''}{row.reason}")
    if not shelf.ratings:
        raise OptionError(f"no rating of {path} can be used; see the lines above, or give ratings with --rate")
    return shelf


def matched_notes(model: FittedRecommender, ratings: Ratings) -> list[str]:
    """Say how many readers and items of new ratings a model knows, where not all."""
    from toprank.recommender.matching import match_ids

    return match_ids(model.data.ratings, ratings).notes


def check_known(
    model: FittedRecommender, place: Path, *, users: Sequence[str] = (), items: Sequence[str] = (), allow: bool = False
) -> None:
    """Refuse ids that nobody has, naming the nearest ones; where they are allowed, only say which these are."""
    from toprank.data.resolve_ids import nearest_ids
    from toprank.recommender.reader_input import known_positions
    from toprank.recommender.unknown import UNKNOWN

    for side, what, ids in (("user", "reader", users), ("item", "item", items)):
        distinct = list(dict.fromkeys(ids))
        at = known_positions(model, distinct, side)
        unknown = [one for one, position in zip(distinct, at, strict=True) if position <= UNKNOWN]
        if not unknown:
            continue
        many = len(unknown) > 1
        named = ", ".join(map(repr, unknown[:_NAMED]))
        named += f" and {len(unknown) - _NAMED:,} more" if len(unknown) > _NAMED else ""
        said = f"the {what}{'s' * many} {named} {'are' if many else 'is'} not known"
        cure = f'; toprank find {place} "words of a title" looks items up' if side == "item" else ""
        if allow:
            note(f"Note: {said}; answered by what is known without {'them' if many else 'it'}{cure}")
            continue
        index = model.data.ratings.users if side == "user" else model.data.ratings.items
        near = " or ".join(map(str, nearest_ids(index, unknown[0])))
        meant = f"; did you mean {near}?" if near else ""
        raise OptionError(f"{said}{meant}{cure}; --allow-unknown answers all the same, by what else is known")
