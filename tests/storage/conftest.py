from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scipy.sparse import csr_array

from toprank.candidates.catalogue import TopWorks
from toprank.candidates.retrieval import Retrieval
from toprank.core.dataset import Dataset
from toprank.core.ids import IdIndex
from toprank.core.ratings import Ratings
from toprank.core.update import Update
from toprank.data.relative_liking import relative_ratings
from toprank.decisions.objectives import FBeta
from toprank.decisions.policy import fit_policy
from toprank.models.attention import AttentionModel
from toprank.models.blend import FittedBlend, Gain
from toprank.models.boosted import Boosted
from toprank.nets.attention.attention_net import AttentionNet, AttentionTraining
from toprank.storage.folder import write_folder

Change = Callable[[dict[str, Any]], object]


@pytest.fixture(scope="session")
def fitted(library: Callable[..., tuple[Dataset, Ratings]]) -> dict[str, Any]:
    """Everything that a recommender is made of, quickly learned; both models share their evidence."""
    data, later = library()
    trees = Boosted(num_boost_round=5, folds=2, min_data_in_leaf=20, num_leaves=7)
    net, schedule = AttentionNet((8,), heads=2, attention=4), AttentionTraining(epochs=1, batch=256)
    training = trees.build_evidence(data, rng=np.random.default_rng(1), keep_folds=True)
    evidence = training.evidence
    boosted, _ = trees.learn(training, rng=np.random.default_rng(1))
    profile = AttentionModel(folds=2, networks=2, books=6, raters=5, net=net, training=schedule)
    deep, _ = profile.learn(training, rng=np.random.default_rng(1))
    blend = FittedBlend(
        evidence,
        {"attention": deep, "boosted": boosted},
        {"attention": 0.5, "boosted": 0.6},
        -0.1,
        (Gain("boosted", 0.1, float("-inf"), float("inf"), True),),
    )
    known = evidence.support(evidence.pairs(later.user, later.item))
    relative = relative_ratings(data.ratings, np.arange(500))
    return {
        "model": blend,
        "updated": blend.updated(Update.of(data, [901, 3], ["new", "b001"], np.array([5.0, 1.0]))),
        "policy": fit_policy(blend.scores(later.user, later.item), later, known, FBeta()),
        "retrieval": Retrieval(max_items=40, ridge=5.0).fit(data, rng=np.random.default_rng(1), validation=later),
        "data": data,
        "relative": replace(data, ratings=relative),
        "settings": (trees, profile),
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small state of every kind of file but trees."""
    state = [
        TopWorks(np.array([0, 2, 3]), np.array([4, 1, 2], np.int32)),
        np.array([0.5, 1.5, np.nan]),
        IdIndex.of(["a", "ä"]),
        pa.table({"id": ["a", "b"], "year": [1999, None]}),
        csr_array(np.eye(3, dtype=np.float32)),
        ("text", 1.25, None),
    ]
    write_folder(tmp_path / "model", state, about={"auc": 0.75}, pages={"model.html": "<p>good</p>"})
    return tmp_path / "model"


@pytest.fixture
def altered(folder: Path) -> Callable[[Change], Path]:
    """Let a hostile author change the manifest and put all digests right."""

    def alter(change: Change) -> Path:
        body = json.loads((folder / "manifest.json").read_text())
        del body["sha256"]
        for name, record in body["files"].items():
            content = (folder / name).read_bytes()
            record.update(size=len(content), sha256=hashlib.sha256(content).hexdigest())
        change(body)
        body["sha256"] = hashlib.sha256(json.dumps(body, separators=(",", ":")).encode()).hexdigest()
        (folder / "manifest.json").write_text(json.dumps(body))
        return folder

    return alter
