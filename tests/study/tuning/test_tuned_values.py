"""Settings from a file: they replace fields, and what does not fit is named with its file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from toprank.errors import OptionError
from toprank.models.base import ModelSpec
from toprank.models.baselines import Bias, UserMean
from toprank.models.registry import chosen
from toprank.study.tuning.tuned_values import Settings, read_settings, with_settings


def written(path: Path, content: object) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def test_a_file_is_read(tmp_path: Path) -> None:
    path = written(tmp_path / "best.json", {"model": "bias", "values": {"sweeps": 3}, "found": {"seed": 13}})
    assert read_settings(path) == Settings(str(path), "bias", {"sweeps": 3})


@pytest.mark.parametrize(
    "content", ["[1]", "{}", '{"model": 3, "values": {}}', '{"model": "bias"}', "nonsense", "\xff"]
)
def test_what_is_no_settings_file_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "best.json"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(OptionError, match=r"best\.json"):
        read_settings(path)
    with pytest.raises(OptionError, match="cannot be read"):
        read_settings(tmp_path / "absent.json")


def test_the_named_model_is_set_and_those_that_lack_something_of_it() -> None:
    entries = [
        *chosen("bias"),
        ModelSpec("bias-without-users", Bias(user_damping=1e9), "x", ablates="bias"),
        ModelSpec("user-mean-alone", UserMean(), "x", ablates="bias"),
    ]
    new = with_settings(entries, [Settings("best.json", "bias", {"item_damping": 9.0})])
    assert [entry.name for entry in new] == [entry.name for entry in entries]
    models = {entry.name: entry.model for entry in new}
    assert models["bias"] == Bias(item_damping=9.0)
    assert models["bias-without-users"] == Bias(user_damping=1e9, item_damping=9.0)
    assert models["user-mean-alone"] == UserMean()
    assert with_settings(entries, []) == entries


def test_what_an_ablation_lacks_it_still_lacks() -> None:
    lacks = ModelSpec("bias-without-users", Bias(user_damping=1e9), "x", ablates="bias")
    new = with_settings([*chosen("bias"), lacks], [Settings("best.json", "bias", {"user_damping": 5.0, "sweeps": 3})])
    assert new[-1].model == Bias(user_damping=1e9, sweeps=3)


def test_settings_of_a_model_that_is_not_there_are_a_slip() -> None:
    with pytest.raises(
        OptionError, match=r"best\.json has settings of 'boosted', which is not among the models always"
    ):
        with_settings(chosen("bias"), [Settings("best.json", "boosted", {})])
    twice = [Settings(name, "bias", {}) for name in ("a.json", "b.json")]
    with pytest.raises(OptionError, match=r"a\.json and b\.json both have settings of 'bias'"):
        with_settings(chosen("bias"), twice)
