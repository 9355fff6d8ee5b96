"""What a search for hyper-parameters found."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toprank.core.atomic import write_whole
from toprank.core.json_values import json_ready
from toprank.evaluation.measurements import Measurement
from toprank.study.tuning.metric import Metric
from toprank.study.tuning.search_space import Range

__all__ = ["Tuned"]


@dataclass(frozen=True, eq=False)
class Tuned:
    """What a search found.

    Parameters
    ----------
    model : str
        Name of the model.
    space : dict of str to Range
        Where was looked, and the defaults.
    values : dict of str to value
        The best setting; the defaults where nothing is better.
    metric : Metric
        What was made as good as possible on the validation rows.
    default, best : Measurement
        The metric with the defaults and with the best setting, and 95 % intervals of a bootstrap over users.
    gain : Measurement
        How much better the best setting is, and the interval of the paired difference. The interval takes the setting
        for given, so it does not know that the best of many was picked.
    least : float
        Lower end of the gain for the best of all settings tried: 0 or less may be luck. NaN with too few users, or
        where the metric has no value in more than one draw of twenty.
    trials, failed : int
        Settings tried, the defaults among them, and those that could not be measured.
    place : int
        Which of them is the best, counted from 0, the defaults.
    interrupted : bool
        Whether the search was stopped by Ctrl-C.
    about : dict
        The data, the split, the seed and the versions it was found with.
    """

    model: str
    space: dict[str, Range]
    values: dict[str, Any]
    metric: Metric
    default: Measurement
    best: Measurement
    gain: Measurement
    least: float
    trials: int
    failed: int
    place: int
    interrupted: bool
    about: dict[str, Any]

    @property
    def verdict(self) -> str:
        """Say whether the gain is more than chance."""
        if self.place == 0:
            return "no setting is better than the defaults on the validation rows"
        if math.isnan(self.least):
            return "it is not clear whether the gain is more than chance: too few readers, or draws without a value"
        if self.least > 0:
            return "more than chance, even for the best of all settings tried"
        return "no more than the best of so many settings may gain by chance; the defaults will do as well"

    def to_dict(self) -> dict[str, Any]:
        """Give the content of the file that ``toprank study --settings`` reads; what is not defined is None.

        Returns
        -------
        dict
        """
        figures = {"default": self.default, "best": self.best, "gain": self.gain}
        return {
            "model": self.model,
            "values": self.values,
            "found": {
                "metric": str(self.metric),
                **{
                    name: {"value": figure.value, "low": figure.low, "high": figure.high}
                    for name, figure in figures.items()
                },
                "gain_of_best_at_least": self.least,
                "verdict": self.verdict,
                "trials": self.trials,
                "failed": self.failed,
                "best_trial": self.place,
                "interrupted": self.interrupted,
                "defaults": {name: searched.default for name, searched in self.space.items()},
                "searched": {name: [searched.kind, *searched.among] for name, searched in self.space.items()},
                **self.about,
            },
        }

    def write(self, path: Path) -> None:
        """Write the file beside its final name, then rename it into place.

        Parameters
        ----------
        path : Path
            The file.
        """
        write_whole(path, json.dumps(json_ready(self.to_dict()), indent=1, allow_nan=False) + "\n")
