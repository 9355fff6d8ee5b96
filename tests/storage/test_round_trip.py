"""What is read answers as what was written, to the last bit."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from pydantic import Field
from pydantic.dataclasses import dataclass as pydantic_dataclass
from scipy.sparse import csr_array

from toprank.candidates.catalogue import TopWorks
from toprank.core.ids import IdIndex
from toprank.core.readers import ReaderLists
from toprank.core.stored import stored
from toprank.errors import DataError
from toprank.recommender.answering import decide_known
from toprank.storage import tensors
from toprank.storage.folder import read_folder, write_folder
from toprank.storage.tensors import Tensor
from toprank.storage.trees import StoredTrees

PAIRS = np.meshgrid(np.arange(-1, 150), np.arange(-1, 90))
USERS, ITEMS = (side.ravel() for side in PAIRS)


@pytest.fixture(scope="module")
def loaded(fitted: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    path = tmp_path_factory.mktemp("models") / "model"
    write_folder(path, fitted, about={"name": "small"})
    state, about = read_folder(path, dict)
    assert about == {"name": "small"}
    return state


def same(one: Any, other: Any) -> bool:
    """Whether two values are alike in every type, bit, flag and order."""
    if type(one).__name__ in ("Booster", "StoredTrees"):
        return isinstance(other, StoredTrees) and bool(one.num_feature() == other.num_feature())
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        alike = [
            (array.dtype, array.shape, array.flags.writeable, array.flags.c_contiguous, array.flags.f_contiguous)
            for array in (one, other)
        ]
        return alike[0] == alike[1] and bool(np.array_equal(one, other, equal_nan=one.dtype.kind == "f"))
    if isinstance(one, csr_array):
        parts = ("shape", "data", "indices", "indptr")
        return all(same(getattr(one, part), getattr(other, part)) for part in parts)
    if isinstance(one, IdIndex):
        return bool(one == other)
    if isinstance(one, pa.Table):
        return bool(one.equals(other))
    if is_dataclass(one):
        return all(same(getattr(one, f.name), getattr(other, f.name)) for f in fields(one))
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other) or (isinstance(one, float | np.floating) and math.isnan(one) and math.isnan(other))


def test_all_is_there_again(fitted: dict[str, Any], loaded: dict[str, Any]) -> None:
    assert same(fitted, loaded)


@pytest.mark.parametrize("name", ["model", "updated"])
def test_scores_are_equal(fitted: dict[str, Any], loaded: dict[str, Any], name: str) -> None:
    one, other = fitted[name], loaded[name]
    assert np.array_equal(one.scores(USERS, ITEMS), other.scores(USERS, ITEMS), equal_nan=True)
    for learner in one.learners:
        expected = one.learners[learner].scores(USERS, ITEMS)
        assert np.isfinite(expected).sum() == 150 * 90
        assert np.array_equal(expected, other.learners[learner].scores(USERS, ITEMS), equal_nan=True)


def test_contributions_and_importance_are_equal(fitted: dict[str, Any], loaded: dict[str, Any]) -> None:
    evidence = fitted["model"].evidence
    matrix = evidence.matrix(evidence.pairs(USERS[200:300], ITEMS[200:300]))
    one, other = fitted["model"].learners["boosted"], loaded["model"].learners["boosted"]
    assert np.array_equal(one.contributions(matrix), other.contributions(matrix))
    assert one.importance() == other.importance()


def test_decisions_are_equal(fitted: dict[str, Any], loaded: dict[str, Any]) -> None:
    known = np.flatnonzero((USERS >= 0) & (ITEMS >= 0))[:2000]
    one, other = (
        decide_known(state["model"], state["policy"], USERS[known], ITEMS[known]) for state in (fitted, loaded)
    )
    assert len(one) == 2000
    assert same(one, other)


def test_candidates_are_equal(fitted: dict[str, Any], loaded: dict[str, Any]) -> None:
    new = ReaderLists.single([3, 40], [5.0, 1.0], [True, False])
    for ask in (ReaderLists.of, lambda data: new):
        one, other = (state["retrieval"].candidates(ask(state["data"]), n=20) for state in (fitted, loaded))
        assert (one.work >= 0).sum() > 7 * len(one.work)
        assert same(one, other)


def test_what_was_shared_is_shared(loaded: dict[str, Any]) -> None:
    for model in (loaded["model"], loaded["updated"]):
        assert all(learner.evidence is model.evidence for learner in model.learners.values())
        sources, network = model.evidence.sources, model.learners["attention"]
        assert network.embeddings is sources["embeddings"]
        assert network.histograms is sources["histograms"]
        # One index numbers the pairs of both.
        assert sources["expected"].effects.index is sources["keyed"].index
    data = loaded["data"]
    assert data.implicit.users is data.ratings.users
    assert loaded["relative"].items.row is data.items.row


def test_what_was_loaded_is_saved_again(loaded: dict[str, Any], tmp_path: Path) -> None:
    write_folder(tmp_path / "again", loaded, about={})
    again, _ = read_folder(tmp_path / "again", dict)
    assert same(loaded, again)


def test_loading_and_saving_need_no_lightgbm(
    loaded: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "lightgbm", None)
    write_folder(tmp_path / "again", loaded["model"], about={})
    read_folder(tmp_path / "again", object)


def test_arrays_that_are_written_to_stay_in_this_process(tmp_path: Path) -> None:
    write_folder(tmp_path / "model", {"a": np.zeros(3)}, about={})
    first, _ = read_folder(tmp_path / "model", dict)
    first["a"][:] = 7
    second, _ = read_folder(tmp_path / "model", dict)
    assert second["a"].tolist() == [0, 0, 0]


def test_ids_that_an_update_put_behind_others_keep_their_order(tmp_path: Path) -> None:
    for index in (IdIndex.of(["b", "d"]).grown(["c", "a"]), IdIndex.of([3, 8]).grown([5, 1]), IdIndex.of([])):
        write_folder(tmp_path / "model", [index], about={})
        (found,), _ = read_folder(tmp_path / "model", list)
        assert found.ids.tolist() == index.ids.tolist()
        assert found.positions(index.ids).tolist() == list(range(len(index)))


@stored("test_round_trip.Settings")
@pydantic_dataclass(frozen=True)
class Settings:
    """Settings that are validated when they are made, as those of models are."""

    layers: tuple[Annotated[int, Field(ge=1)], ...] = (8,)
    rate: Annotated[float, Field(gt=0)] = 0.5
    way: Literal["one", "other"] = "one"
    by_name: Mapping[str, Sequence[int]] | None = None


def test_validated_settings_are_there_again(tmp_path: Path) -> None:
    value = Settings((16, 4), 0.25, "other", {"a": [1, 2]})
    write_folder(tmp_path / "model", value, about={})
    assert read_folder(tmp_path / "model", Settings)[0] == value


def test_settings_that_are_not_valid_are_refused(tmp_path: Path) -> None:
    value = Settings()
    object.__setattr__(value, "rate", -1.0)
    write_folder(tmp_path / "model", value, about={})
    with pytest.raises(DataError, match=r"(?s)Settings\) is not valid: .*rate.*greater than 0"):
        read_folder(tmp_path / "model", Settings)


DTYPES: Any = st.sampled_from(list(map(np.dtype, tensors.DTYPES.values())))
ARRAYS: Any = npst.arrays(DTYPES, npst.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4))
PLAIN = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text()
KEYS = st.text(max_size=5)
LEAVES = PLAIN | ARRAYS | ARRAYS.map(lambda a: np.asfortranarray(a)) | npst.from_dtype(np.dtype("f4"))
STATES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(KEYS, inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | inner.map(lambda value: [value, value])
    ),
    max_leaves=12,
)
ABOUTS = st.dictionaries(KEYS, st.recursive(PLAIN, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner)))


@settings(max_examples=40)
@given(state=STATES, about=ABOUTS.filter(lambda about: "float" not in str(about)))
def test_any_values_are_there_again(state: Any, about: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as path:
        write_folder(Path(path, "model"), state, about=about)
        found, said = read_folder(Path(path, "model"), object)
        assert same(state, found)
        assert same(about, said)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (object(), "state.0 is of the class builtins.object"),
        (Tensor(np.dtype("f4"), (), 0), "state.0 is of the class toprank.storage.tensors.Tensor, .*; mark it @stored"),
        ({1: "a"}, "state.0 is of the class builtins.dict"),
        (np.array(["a"]), "state.0 is an array of <U1"),
        (np.ma.masked_array([1, 2]), "MaskedArray"),
        (np.array([1], ">i4"), "array of >i4"),
    ],
)
def test_what_cannot_be_kept_is_named(value: Any, problem: str, tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=problem):
        write_folder(tmp_path / "model", [value], about={})
    assert list(tmp_path.iterdir()) == []


def test_a_field_of_another_type_cannot_be_kept(tmp_path: Path) -> None:
    wrong: Any = np.zeros(1)
    with pytest.raises(TypeError, match=r"state\.0 cannot be kept .* start is an array of float64, not ndarray"):
        write_folder(tmp_path / "model", [TopWorks(wrong, np.zeros(0, np.int32))], about={})


def test_what_holds_itself_cannot_be_kept(tmp_path: Path) -> None:
    circle: list[Any] = []
    circle.append(circle)
    with pytest.raises(ValueError, match=r"state\.0 holds itself"):
        write_folder(tmp_path / "model", circle, about={})
