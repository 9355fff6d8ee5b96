"""The models by name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from toprank.errors import OptionError
from toprank.models.attention import AttentionModel
from toprank.models.base import ModelSpec
from toprank.models.baselines import Always, Bias, GlobalMean, ItemMean, UserMean
from toprank.models.blend import Blend
from toprank.models.boosted import Boosted
from toprank.models.factorization import Factorization
from toprank.models.jaccard import Jaccard
from toprank.models.notebook_networks import NETWORKS
from toprank.targets import Adjusted

__all__ = ["BASELINES", "GROUPS", "MODELS", "ModelSpec", "ablations", "chosen"]


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
"""The baselines; every study shows them."""

MODELS: dict[str, ModelSpec] = BASELINES | {
    entry.name: entry
    for entry in (
        ModelSpec("jaccard-original", Jaccard(), "What similar readers gave it, on the ratings as they are."),
        ModelSpec(
            "jaccard-adjusted", Jaccard(Adjusted()), "What similar readers gave it, on sigmoid-adjusted ratings."
        ),
        ModelSpec("factorization", Factorization(), "Offsets and factors of users and items, variational Bayes."),
        ModelSpec(
            "boosted", Boosted(), "Gradient boosting over cross-fitted evidence: what is known of reader and item."
        ),
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
"""Every model by name, baselines first; :func:`ablations` gives more."""

GROUPS: dict[str, tuple[str, ...]] = {
    "all": tuple(MODELS),
    "baselines": tuple(BASELINES),
    "jaccard": ("jaccard-original", "jaccard-adjusted"),
    "networks": tuple(entry.name for entry in NETWORKS),
}
"""Names that stand for several models; ``ablation`` stands for the trees and all ablations."""


def ablations() -> dict[str, ModelSpec]:
    """Give the boosted evidence, each time without one group of it, by name."""
    from toprank.evidence.build import evidence_groups  # with all that reads attributes

    streams = {"embeddings": "boosted-without-places"}
    return {
        (name := f"boosted-without-{group}"): ModelSpec(
            name,
            Boosted(without=(group,)),
            f"The boosted evidence without {words}.",
            ablates="boosted",
            stream=streams.get(group),
        )
        for group, words in evidence_groups().items()
    }


def chosen(names: Iterable[str] | str) -> list[ModelSpec]:
    """Look models up, with the baselines always among them.

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
    models, groups = MODELS, GROUPS
    if any(name not in MODELS and name not in GROUPS for name in asked):
        models, groups = MODELS | ablations(), GROUPS | {"ablation": ("boosted", *ablations())}
    for name in asked:
        if name not in groups and name not in models:
            close = difflib.get_close_matches(name, [*models, *groups], n=1)
            hint = f"did you mean {close[0]!r}? " if close else ""
            raise OptionError(f"there is no model {name!r}; {hint}{_there_are()}")
    if not asked:
        raise OptionError(f"no model was named; {_there_are()}")
    wanted = {model for name in asked for model in groups.get(name, (name,))} | BASELINES.keys()
    return [entry for name, entry in models.items() if name in wanted]


def _there_are() -> str:
    return f"the models are {', '.join(MODELS)}; groups of them are {', '.join(GROUPS)}, ablation"
