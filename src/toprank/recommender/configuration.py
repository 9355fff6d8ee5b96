"""What a recommender is told before it learns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from toprank.core.stored import stored
from toprank.decisions.abstention import parse_abstain
from toprank.decisions.objectives import parse_objective
from toprank.errors import OptionError

if TYPE_CHECKING:
    from toprank.models.blend import Blend
    from toprank.models.boosted import Boosted

__all__ = ["RecommenderConfig"]

LIKED = ("absolute", "relative")


@stored
@dataclass(frozen=True)
class RecommenderConfig:
    """Learns whom to recommend what, yes or no, and says how sure it is and why.

    The ratings are split: from most of them it learns, on some it chooses its cutoff, and on the rest it is measured,
    beside the trivial answers. Then the held-out ratings are added to what it knows; nothing is learned from them.

    Parameters
    ----------
    objective : str
        What the cutoff serves: ``f1``, ``f0.5``, ``precision>=0.9``, ``share<=0.2``, ``gain:1,-2``.
    liked_from : float, optional
        The least rating that means "liked", in rating points; by default that of the data.
    liked : str
        ``absolute``: from ``liked_from`` on; ``relative``: from what the reader usually gives.
    deep : bool
        Whether to learn the deep network beside the boosted trees. It takes some three times as long and needs JAX.
    abstain : str
        When to say neither yes nor no: ``never``, a band such as ``0.05``, or ``interval``.
    budget : int
        Works of the closed-form model behind lists; memory grows by its square, time by its cube.
    validation, test : float
        Shares of the ratings that choose the cutoff, and that it is measured on.
    add_held_out : bool
        Whether to add the held-out ratings in the end. Without, the test ratings can be asked about once more; the
        validation ratings chose the cutoff, and what they say of it is flattering.
    hyperparameters : mapping of str to value
        Of the models, in place of their own: ``{"boosted.num_leaves": 63}``, ``{"attention.training.epochs": 6}``;
        those of :class:`toprank.models.boosted.Boosted` and :class:`toprank.models.attention.AttentionModel`.
        ``toprank tune`` looks for better ones.
    seed : int
        Of the split and of everything random.

    Examples
    --------
    >>> RecommenderConfig(objective="precision>=0.9", deep=False).get_params()["objective"]
    'precision>=0.9'
    """

    objective: str = "f1"
    liked_from: float | None = None
    liked: str = "absolute"
    deep: bool = True
    abstain: str = "never"
    budget: int = 9000
    validation: float = 0.1
    test: float = 0.1
    add_held_out: bool = True
    hyperparameters: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 13

    def __post_init__(self) -> None:
        parse_objective(self.objective)
        parse_abstain(self.abstain)
        if self.liked not in LIKED:
            raise OptionError(f"liked is {self.liked!r}; write {' or '.join(map(repr, LIKED))}")
        if self.budget < 1:
            raise OptionError(f"budget is {self.budget}; it must be at least 1 work")
        if self.hyperparameters:
            self.build_model()  # a slip is told at once

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
