"""What the notebook printed, as data: the figures that ours are shown beside."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from toprank.data.datasets.book_crossing import BOOK_CROSSING
from toprank.study.engine.study_result import StudyResult

__all__ = ["Printed", "always_f1", "comparable", "printed", "source"]


@dataclass(frozen=True)
class Printed:
    """The figures that the notebook prints of one model; None where it prints none.

    Losses are by epoch for the five simple networks, that of the best epoch for the others, and empty for a model that
    is not trained by epochs. ``best_epoch`` is the one whose weights were kept, ``stopped`` the last one trained,
    counted from 1; None where the number of epochs was fixed.
    """

    printed_as: str | None
    target: str
    validation_f1: float | None
    test_f1: float | None
    loss: tuple[float, ...]
    validation_loss: tuple[float, ...]
    best_epoch: int | None
    stopped: int | None

    @property
    def epochs(self) -> tuple[int, ...]:
        """The epochs, counted from 1, that the losses belong to."""
        if self.best_epoch is not None:
            return (self.best_epoch,)
        return tuple(range(1, len(self.loss) + 1))


def printed() -> Mapping[str, Printed]:
    """Give the printed figures by the names that the models have here.

    The notebook's transform grid ran on the dot product alone, by a slip; its figures are those of ``slip-4-0.5`` and
    its like.

    Examples
    --------
    >>> printed()["a0"].validation_f1
    0.7318849055500322
    """
    return _printed()


def source() -> str:
    """Say where the figures are from."""
    return str(_content()["source"])


def always_f1() -> float:
    """Give the validation F1 of recommending everything on the notebook's split: 2·25029 / (43367 + 25029).

    Examples
    --------
    >>> always_f1() == 2 * 25029 / (43367 + 25029)
    True
    """
    return float(_content()["always_recommend"]["validation_f1"])


def comparable(result: StudyResult) -> bool:
    """Tell whether a study is on the notebook's rows, so that its figures can stand beside the printed ones."""
    setup, split = _content()["setup"], result.split
    return (
        (result.dataset, split.get("kind"), split.get("seed")) == (BOOK_CROSSING.name, "random", setup["split_seed"])
        and all(split[part] == setup[part] for part in ("train", "validation", "test"))
        and all(result.liked[part] == liked for part, liked in setup["liked"].items())
    )


@cache
def _content() -> dict[str, Any]:
    text = resources.files("toprank.study.notebook").joinpath("notebook.json").read_text(encoding="utf-8")
    content: dict[str, Any] = json.loads(text)
    return content


@cache
def _printed() -> Mapping[str, Printed]:
    return MappingProxyType(
        {
            name: Printed(
                printed_as=figures.get("printed_as"),
                target=figures["target"],
                validation_f1=figures.get("validation_f1"),
                test_f1=figures.get("test_f1"),
                loss=tuple(figures.get("loss", ())),
                validation_loss=tuple(figures.get("validation_loss", ())),
                best_epoch=figures.get("best_epoch"),
                stopped=figures.get("stopped"),
            )
            for name, figures in _content()["models"].items()
        }
    )
