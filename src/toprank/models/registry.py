"""The models by name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from toprank.errors import OptionError
from toprank.evidence.groups import GROUPS as GROUPS_OF_EVIDENCE
from toprank.models.attention import AttentionModel
from toprank.models.base import ModelSpec
from toprank.models.baselines import Always, Bias, GlobalMean, ItemMean, UserMean
from toprank.models.blend import Blend
from toprank.models.boosted import Boosted
from toprank.models.factorization import Factorization
from toprank.models.jaccard import Jaccard
from toprank.models.notebook_networks import NETWORKS
from toprank.targets import Adjusted

__all__ = ["BASELINES", "GROUPS", "MODELS", "ModelSpec", "chosen"]


BASELINES: dict[str, ModelSpec] = {
    entry.name: entry
    for entry in (
        ModelSpec("always", Always(), "Recommends everything."),
        ModelSpec("global-mean", GlobalMean(), "Expects the mean of all ratings."),
        ModelSpec("user-mean", UserMean(), "Expects the mean of the user's ratings."),
        ModelSpec("item-mean", ItemMean(), "Expects the mean of the item's ratings."),
        ModelSpec("bias", Bias(), "Damped bias: the mean plus shrunken user and item offsets."),
    )
}
"""The trivial answers; every study shows them."""

ABLATIONS = tuple(
    ModelSpec(
        f"boosted-without-{group}",
        Boosted(without=(group,)),
        f"The boosted evidence without {words}.",
        ablates="boosted",
    )
    for group, words in GROUPS_OF_EVIDENCE.items()
)
"""The boosted evidence, each time without one group of it."""

MODELS: dict[str, ModelSpec] = BASELINES | {
    entry.name: entry
    for entry in (
        ModelSpec("jaccard-original", Jaccard(), "What similar readers gave it, on the ratings as they are."),
        ModelSpec(
            "jaccard-adjusted", Jaccard(Adjusted()), "What similar readers gave it, on sigmoid-adjusted ratings."
        ),
        ModelSpec(
            "factorization", Factorization(), "Offsets and factors of users and items by alternating least squares."
        ),
        ModelSpec(
            "boosted", Boosted(), "Gradient boosting over cross-fitted evidence: what is known of reader and item."
        ),
        *ABLATIONS,
        ModelSpec(
            "attention",
            AttentionModel(),
            "A deep network over evidence, the reader's rated books and the book's raters.",
            stream="profile",
        ),
        ModelSpec(
            "blend", Blend(), "The boosted evidence and the deep network, weighed by what each adds out of fold."
        ),
        *NETWORKS,
    )
}
"""Every model by name, baselines first."""

GROUPS: dict[str, tuple[str, ...]] = {
    "all": tuple(name for name in MODELS if MODELS[name] not in ABLATIONS),
    "ablation": ("boosted", *(entry.name for entry in ABLATIONS)),
    "baselines": tuple(BASELINES),
    "jaccard": ("jaccard-original", "jaccard-adjusted"),
    "networks": tuple(entry.name for entry in NETWORKS),
}
"""Names that stand for several models."""


def chosen(names: Iterable[str] | str) -> list[ModelSpec]:
    """Look models up, with the trivial baselines always among them.

    Parameters
    ----------
    names : iterable of str, or str
        Names of models or of :data:`GROUPS`, or one text with commas.

    Returns
    -------
    list of ModelSpec
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
        if name not in GROUPS and name not in MODELS:
            close = difflib.get_close_matches(name, [*MODELS, *GROUPS], n=1)
            hint = f"did you mean {close[0]!r}? " if close else ""
            raise OptionError(f"there is no model {name!r}; {hint}{_there_are()}")
    if not asked:
        raise OptionError(f"no model was named; {_there_are()}")
    wanted = {model for name in asked for model in GROUPS.get(name, (name,))} | BASELINES.keys()
    return [entry for name, entry in MODELS.items() if name in wanted]


def _there_are() -> str:
    return f"the models are {', '.join(MODELS)}; groups of them are {', '.join(GROUPS)}"
