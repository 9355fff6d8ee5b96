"""The models by name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from toprank.errors import OptionError
from toprank.models.base import Model
from toprank.models.baselines import Always, Bias, GlobalMean, ItemMean, UserMean
from toprank.models.jaccard import Jaccard
from toprank.targets import Adjusted

__all__ = ["BASELINES", "MODELS", "Entry", "chosen"]


@dataclass(frozen=True)
class Entry:
    """A model under its name.

    Parameters
    ----------
    name : str
        Its name in studies and on the command line.
    model : Model
        Its hyper-parameters.
    description : str
        What it does, in one sentence.
    """

    name: str
    model: Model
    description: str


BASELINES: dict[str, Entry] = {
    entry.name: entry
    for entry in (
        Entry("always", Always(), "Recommends everything."),
        Entry("global-mean", GlobalMean(), "Expects the mean of all ratings."),
        Entry("user-mean", UserMean(), "Expects the mean of the user's ratings."),
        Entry("item-mean", ItemMean(), "Expects the mean of the item's ratings."),
        Entry("bias", Bias(), "Damped bias: the mean plus shrunken user and item offsets."),
    )
}
"""The trivial answers; every study shows them."""

MODELS: dict[str, Entry] = BASELINES | {
    entry.name: entry
    for entry in (
        Entry("jaccard-original", Jaccard(), "What similar readers gave it, on the ratings as they are."),
        Entry("jaccard-adjusted", Jaccard(Adjusted()), "What similar readers gave it, on sigmoid-adjusted ratings."),
    )
}
"""Every model by name, baselines first."""


def chosen(names: Iterable[str] | str) -> list[Entry]:
    """Look models up, with the trivial baselines always among them.

    Parameters
    ----------
    names : iterable of str, or str
        Names, or one text with commas; ``"all"`` stands for every model.

    Returns
    -------
    list of Entry
        In the order of :data:`MODELS`, each once.

    Raises
    ------
    OptionError
        If a name is unknown.

    Examples
    --------
    >>> [entry.name for entry in chosen("jaccard-original")]
    ['always', 'global-mean', 'user-mean', 'item-mean', 'bias', 'jaccard-original']
    """
    asked = [name.strip() for name in (names.split(",") if isinstance(names, str) else names) if name.strip()]
    for name in asked:
        if name != "all" and name not in MODELS:
            close = difflib.get_close_matches(name, MODELS, n=1)
            hint = f"did you mean {close[0]!r}? " if close else ""
            raise OptionError(
                f"there is no model {name!r}; {hint}the models are {', '.join(MODELS)}, or all of them: all"
            )
    if not asked:
        raise OptionError(f"no model was named; the models are {', '.join(MODELS)}, or all of them: all")
    return [entry for name, entry in MODELS.items() if "all" in asked or name in asked or name in BASELINES]
