"""Which classes a model folder may hold."""

from __future__ import annotations

import dataclasses
import importlib
from functools import cache
from typing import Any, get_type_hints

__all__ = ["CLASSES", "class_named", "hints_of", "name_of"]

CLASSES: dict[str, str] = {
    "Abstain": "toprank.decisions.abstention",
    "Achieved": "toprank.evaluation.achieved",
    "Additive": "toprank.evidence.additive",
    "Adjusted": "toprank.targets",
    "DecisionPolicy": "toprank.decisions.policy",
    "Attributes": "toprank.core.dataset",
    "Binary": "toprank.targets",
    "Blend": "toprank.models.blend",
    "Boosted": "toprank.models.boosted",
    "Calibration": "toprank.decisions.calibration",
    "Catalogue": "toprank.candidates.catalogue",
    "Categories": "toprank.evidence.categories",
    "Comparison": "toprank.evaluation.measurements",
    "Curves": "toprank.evaluation.measurements",
    "DampedBias": "toprank.evidence.bias",
    "Dataset": "toprank.core.dataset",
    "Threshold": "toprank.decisions.thresholds",
    "Ease": "toprank.candidates.ease",
    "Evidence": "toprank.evidence.build",
    "ExpectedGain": "toprank.decisions.objectives",
    "ExpectedRating": "toprank.decisions.expected_rating",
    "FBeta": "toprank.decisions.objectives",
    "FittedBlend": "toprank.models.blend",
    "FittedBoosted": "toprank.models.boosted",
    "FittedAttention": "toprank.models.attention",
    "FittedRecommender": "toprank.recommender.fitted",
    "FittedRetrieval": "toprank.candidates.retrieval",
    "Gain": "toprank.models.blend",
    "ImplicitCounts": "toprank.evidence.implicit_counts",
    "Holdings": "toprank.candidates.holdings",
    "Interactions": "toprank.core.ratings",
    "GroupKey": "toprank.evidence.groupings",
    "KeyIndex": "toprank.evidence.groupings",
    "Groupings": "toprank.evidence.groupings",
    "SegmentCalibration": "toprank.decisions.segments",
    "Lists": "toprank.candidates.catalogue",
    "Measurement": "toprank.evaluation.measurements",
    "Measures": "toprank.recommender.measure",
    "Neighbours": "toprank.evidence.neighbours",
    "Original": "toprank.targets",
    "Places": "toprank.evidence.embeddings",
    "PrecisionAtLeast": "toprank.decisions.objectives",
    "AttentionModel": "toprank.models.attention",
    "ItemCatalogue": "toprank.nets.attention.lookup:Catalogue",
    "AttentionNet": "toprank.nets.attention.attention_net",
    "AttentionTraining": "toprank.nets.attention.attention_net",
    "RatingScale": "toprank.core.scale",
    "Ratings": "toprank.core.ratings",
    "Recommender": "toprank.recommender.configuration",
    "RelativeRatings": "toprank.data.relative_liking",
    "Relevance": "toprank.candidates.relevance",
    "Retrieval": "toprank.candidates.retrieval",
    "Rows": "toprank.evidence.neighbours",
    "FeatureScaler": "toprank.models.ordinal",
    "ShareAtMost": "toprank.decisions.objectives",
    "RatingLookup": "toprank.nets.attention.lookup",
    "Side": "toprank.evidence.neighbours",
    "Slice": "toprank.evaluation.measurements",
    "CandidateGenerators": "toprank.candidates.generators",
    "Statistics": "toprank.evidence.statistics",
    "OrdinalLevels": "toprank.models.ordinal",
    "GroupPopularity": "toprank.candidates.generators",
    "TestPredictions": "toprank.recommender.measure",
    "TrainedAttention": "toprank.nets.attention.attention_net",
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
    >>> class_named("ItemCatalogue")
    <class 'toprank.nets.attention.lookup.Catalogue'>
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
