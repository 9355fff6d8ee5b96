"""What a recommender is told before it learns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from annotated_types import Ge, Gt, Le, Lt

from toprank.core.parameters import check_fields
from toprank.core.stored import stored
from toprank.errors import OptionError

if TYPE_CHECKING:
    from toprank.core.dataset import Dataset
    from toprank.data.reading.read_options import TableSource
    from toprank.models.base import ProgressCallback
    from toprank.models.blend import Blend
    from toprank.models.boosted import Boosted
    from toprank.recommender.fitted import FittedRecommender

__all__ = ["Recommender"]


@stored
@dataclass(frozen=True)
class Recommender:
    """Learns whom to recommend what, yes or no, and says how sure it is and why.

    The ratings are split: from most of them it learns, on some it chooses its cutoff, and on the rest it is measured,
    beside the trivial answers. Then the held-out ratings are added to what it knows; nothing is learned from them.

    Examples
    --------
    >>> Recommender(objective="precision>=0.9", deep=False).get_params()["objective"]
    'precision>=0.9'
    """

    objective: Annotated[str, "What the cutoff serves: f1, f0.5, precision>=0.9, share<=0.2, gain:1,-2."] = "f1"
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
            self.build_model()  # a slip is told at once

    def fit(
        self, data: Dataset | TableSource, *, progress: ProgressCallback | None = None, **options: Any
    ) -> FittedRecommender:
        """Learn.

        Parameters
        ----------
        data : Dataset, str, Path or frame
            A dataset; or whatever :func:`toprank.load` takes.
        progress : callable, optional
            Told (steps done, steps in all, in words).
        **options
            Those of :func:`toprank.load`, where ``data`` is no dataset yet.

        Returns
        -------
        FittedRecommender
            A new object; this one does not change.

        Raises
        ------
        OptionError, DataError
            If the options or the data are not usable.
        """
        from toprank.core.dataset import Dataset
        from toprank.models.base import no_progress
        from toprank.recommender.train import fit_recommender

        if not isinstance(data, Dataset):
            from toprank.data.datasets.load import load

            data = load(data, **options)
        elif options:
            raise OptionError(f"{', '.join(options)} cannot be set: the data have been read already")
        return fit_recommender(self, data, progress=no_progress if progress is None else progress)

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

    @staticmethod
    def load(place: str | Path) -> FittedRecommender:
        """Load what :meth:`toprank.recommender.fitted.FittedRecommender.save` saved.

        Parameters
        ----------
        place : str or Path
            The folder.

        Returns
        -------
        FittedRecommender

        Raises
        ------
        DataError
            If the folder is not a whole, unaltered model that this version can read.
        """
        from toprank.recommender.save import load_recommender

        return load_recommender(Path(place))

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Give the options by name, as scikit-learn's ``clone`` asks for them."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def set_params(self, **params: Any) -> Recommender:
        """Give a recommender with other options; unlike scikit-learn's, this one does not change."""
        unknown = sorted(set(params) - set(self.get_params()))
        if unknown:
            raise OptionError(f"there is no option {unknown[0]!r}; there are {', '.join(self.get_params())}")
        return replace(self, **params)
