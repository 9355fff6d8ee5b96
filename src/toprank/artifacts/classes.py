"""Which classes a model folder may hold."""

from __future__ import annotations

import dataclasses
import importlib
from functools import cache
from typing import Any, get_type_hints

__all__ = ["CLASSES", "class_named", "hints_of", "name_of"]

CLASSES: dict[str, str] = {
    "Abstain": "toprank.deciding.abstaining",
    "Achieved": "toprank.evaluation.achieved",
    "Additive": "toprank.evidence.additive",
    "Adjusted": "toprank.targets",
    "Answering": "toprank.deciding.answering",
    "Attributes": "toprank.core.dataset",
    "Binary": "toprank.targets",
    "Blend": "toprank.models.blend",
    "Boosted": "toprank.models.boosted",
    "Calibration": "toprank.deciding.calibration",
    "Catalogue": "toprank.candidates.catalogue",
    "Categories": "toprank.evidence.attributes",
    "Comparison": "toprank.evaluation.report",
    "Curves": "toprank.evaluation.report",
    "DampedBias": "toprank.evidence.bias",
    "Dataset": "toprank.core.dataset",
    "Decider": "toprank.deciding.cutoff",
    "Ease": "toprank.candidates.ease",
    "Evidence": "toprank.evidence.features",
    "ExpectedGain": "toprank.deciding.objectives",
    "ExpectedRating": "toprank.deciding.expected",
    "FBeta": "toprank.deciding.objectives",
    "FittedBlend": "toprank.models.blend",
    "FittedBoosted": "toprank.models.boosted",
    "FittedProfile": "toprank.models.profile",
    "FittedRecommender": "toprank.recommender.fitted",
    "FittedRetrieval": "toprank.candidates.retrieval",
    "Gain": "toprank.models.blend",
    "Held": "toprank.evidence.held",
    "Holdings": "toprank.candidates.holdings",
    "Interactions": "toprank.core.ratings",
    "Key": "toprank.evidence.keys",
    "Keyed": "toprank.evidence.keys",
    "Known": "toprank.evidence.keys",
    "Ladder": "toprank.deciding.ladder",
    "Lists": "toprank.candidates.catalogue",
    "Measurement": "toprank.evaluation.report",
    "Measures": "toprank.recommender.measuring",
    "Neighbours": "toprank.evidence.neighbours",
    "Original": "toprank.targets",
    "Places": "toprank.evidence.places",
    "PrecisionAtLeast": "toprank.deciding.objectives",
    "Profile": "toprank.models.profile",
    "ProfileCatalogue": "toprank.nets.profile_inputs:Catalogue",
    "ProfileNet": "toprank.nets.profile",
    "ProfileTraining": "toprank.nets.profile",
    "RatingScale": "toprank.core.scale",
    "Ratings": "toprank.core.ratings",
    "Recommender": "toprank.recommender.settings",
    "RelativeRatings": "toprank.data.relative",
    "Relevance": "toprank.candidates.relevance",
    "Retrieval": "toprank.candidates.retrieval",
    "Rows": "toprank.evidence.neighbours",
    "Scaling": "toprank.models.steps",
    "ShareAtMost": "toprank.deciding.objectives",
    "Shelves": "toprank.nets.profile_inputs",
    "Side": "toprank.evidence.neighbours",
    "Slice": "toprank.evaluation.report",
    "Sources": "toprank.candidates.pairs",
    "Statistics": "toprank.evidence.statistics",
    "Steps": "toprank.models.steps",
    "Taste": "toprank.candidates.pairs",
    "Tested": "toprank.recommender.measuring",
    "TrainedProfile": "toprank.nets.profile",
    "Works": "toprank.data.works",
}
"""Name in the manifest → module, and the class where it is called otherwise. A class that moves keeps its name here."""


@cache
def class_named(name: str) -> type[Any]:
    """Import a class.

    Parameters
    ----------
    name : str
        Of :data:`CLASSES`.

    Returns
    -------
    type
        A dataclass.

    Examples
    --------
    >>> class_named("ProfileCatalogue")
    <class 'toprank.nets.profile_inputs.Catalogue'>
    """
    module, _, other = CLASSES[name].partition(":")
    found: type[Any] = getattr(importlib.import_module(module), other or name)
    return found


def name_of(kind: type[Any]) -> str | None:
    """Give the name of a class in the manifest; None if it may not be there.

    Examples
    --------
    >>> from toprank.targets import Binary
    >>> name_of(Binary), name_of(dict)
    ('Binary', None)
    """
    return _names().get((kind.__module__, kind.__qualname__))


@cache
def _names() -> dict[tuple[str, str], str]:
    places = {name: place.partition(":") for name, place in CLASSES.items()}
    return {(module, other or name): name for name, (module, _, other) in places.items()}


@cache
def hints_of(name: str) -> dict[str, Any]:
    """Give the annotations of a class's fields, evaluated; ``name`` is that in the manifest."""
    import pyarrow as pa

    kind = class_named(name)
    known: dict[str, Any] = {"pa": pa}
    while True:
        try:
            hints = get_type_hints(kind, localns=known)
        except NameError as error:  # its module imports that one for type checkers only
            known[str(error.name)] = class_named(str(error.name)) if error.name in CLASSES else Any
        else:
            return {field.name: hints[field.name] for field in dataclasses.fields(kind)}
