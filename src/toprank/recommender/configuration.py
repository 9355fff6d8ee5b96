"""What a recommender is set to before it learns: its options, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Annotated, Any, Literal

from annotated_types import Ge, Gt, Le, Lt

from toprank.core.parameters import check_fields, with_checked_names
from toprank.core.stored import stored
from toprank.errors import OptionError

if TYPE_CHECKING:
    from toprank.models.blend import Blend
    from toprank.models.boosted import Boosted

__all__ = ["RecommenderConfig"]


@stored
@with_checked_names
@dataclass(frozen=True)
class RecommenderConfig:
    """Learns whom to recommend what, yes or no, and says how sure it is and why.

    The ratings are split: from most of them it learns, on some it chooses its cutoff, and on the rest it is measured,
    beside the baselines. Then the held-out ratings are added to what it knows; nothing is learned from them.

    Examples
    --------
    >>> RecommenderConfig(objective="precision>=0.9", deep=False).get_params()["objective"]
    'precision>=0.9'
    """

    objective: Annotated[
        str,
        "What the cutoff serves: halve (of what it recommends at most half as much disappoints as of what readers pick "
        "themselves), precision>=0.9, share<=0.2, f1, f0.5, gain:1,-2.",
    ] = "halve"
    confidence: Annotated[
        float,
        Ge(0.5),
        Lt(1),
        "How surely the bound of halve, precision>= and share<= is kept on other readers' ratings.",
    ] = 0.95
    unreachable: Annotated[
        Literal["best", "nothing"],
        "Where the bound can't be promised: best recommends by the best one that can, nothing recommends nothing.",
    ] = "best"
    about: Annotated[
        Literal["chosen", "any"],
        "What P(liked), cutoff and promise are about: chosen, books such as readers choose to rate; any, any book for "
        "any reader, by weights for how likely each rated pair was to be picked.",
    ] = "chosen"
    liked_from: Annotated[float | None, "The least rating that means liked [default: that of the data]."] = None
    liked: Annotated[
        Literal["absolute", "relative"],
        "absolute: liked from a rating on; relative: from what the reader usually gives.",
    ] = "absolute"
    deep: Annotated[bool, "Whether to learn the deep network too; three times as long, and it needs JAX."] = True
    abstain: Annotated[str, "When to say neither yes nor no: never, within a band such as 0.05, or interval."] = "never"
    budget: Annotated[
        int, Ge(1), "Works of the closed-form model behind lists; memory grows by its square, time by its cube."
    ] = 9000
    split: Annotated[
        Literal["auto", "time", "random"],
        "How ratings are kept aside: time is by the same moment for everyone, train before, then validation, then "
        "test; auto is time where most rows have times, else random.",
    ] = "auto"
    validation: Annotated[float, Gt(0), Lt(1), "Share of the ratings that chooses the cutoff."] = 0.1
    test: Annotated[float, Gt(0), Lt(1), "Share of the ratings that the model is measured on."] = 0.1
    add_held_out: Annotated[
        bool,
        "Whether to add the held-out ratings in the end. Without, the test ratings can be asked about once more; the "
        "validation ratings chose the cutoff, and what they say of it is flattering.",
    ] = True
    hyperparameters: Annotated[
        Mapping[str, Any],
        "Of the models, in place of their own: {'boosted.num_leaves': 63}, {'attention.training.epochs': 6}; the "
        "fields of Boosted and AttentionLearner. toprank tune looks for better ones.",
    ] = field(default_factory=dict)
    seed: Annotated[int, Ge(0), Le(2**32 - 1), "Seed of the split and of all other randomness."] = 13

    def __post_init__(self) -> None:
        from toprank.decisions.abstention import parse_abstain
        from toprank.decisions.objectives import parse_objective

        check_fields(self)
        parse_objective(self.objective)
        parse_abstain(self.abstain)
        if self.hyperparameters:
            self.build_model()  # a slip shows at once

    def build_model(self) -> Blend | Boosted:
        """Give what learns to answer: trees and network, or the trees alone."""
        from toprank.models.blend import Blend
        from toprank.models.hyperparameters import replaced

        if not self.deep and any(name.startswith("attention.") for name in self.hyperparameters):
            raise OptionError(
                "there are hyper-parameters of the deep network, which is left out; learn it, or drop them"
            )
        both = replaced(Blend(), self.hyperparameters, "hyperparameters")
        return both if self.deep else both.boosted

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Give the options by name, as scikit-learn's ``clone`` asks for them."""
        return {field.name: getattr(self, field.name) for field in fields(self)}
