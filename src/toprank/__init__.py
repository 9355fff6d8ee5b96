"""Should this reader be recommended this book, yes or no?

The public names load what they need when they are first used, so that ``import toprank`` stays fast.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from toprank.core.dataset import Dataset
    from toprank.core.ratings import Interactions, Ratings
    from toprank.core.scale import RatingScale
    from toprank.data.datasets.load import load
    from toprank.data.reading.read import read
    from toprank.data.splits import Split
    from toprank.data.summary import summarize
    from toprank.errors import DataError, FetchError, OptionError, ToprankError
    from toprank.recommender.compare import compare
    from toprank.recommender.evaluate import evaluate
    from toprank.recommender.facade import FittedRecommender, Recommender
    from toprank.recommender.read_shelf import read_shelf
    from toprank.study.engine.run import run_study

__all__ = [
    "DataError",
    "Dataset",
    "FetchError",
    "FittedRecommender",
    "Interactions",
    "OptionError",
    "RatingScale",
    "Ratings",
    "Recommender",
    "Split",
    "ToprankError",
    "compare",
    "evaluate",
    "load",
    "read",
    "read_shelf",
    "run_study",
    "summarize",
]

__version__ = "0.1.0"

_HOME = {
    "DataError": "errors",
    "Dataset": "core.dataset",
    "FetchError": "errors",
    "FittedRecommender": "recommender.facade",
    "Interactions": "core.ratings",
    "OptionError": "errors",
    "RatingScale": "core.scale",
    "Ratings": "core.ratings",
    "Recommender": "recommender.facade",
    "Split": "data.splits",
    "ToprankError": "errors",
    "compare": "recommender.compare",
    "evaluate": "recommender.evaluate",
    "load": "data.datasets.load",
    "read": "data.reading.read",
    "read_shelf": "recommender.read_shelf",
    "run_study": "study.engine.run",
    "summarize": "data.summary",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'toprank' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"toprank.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
