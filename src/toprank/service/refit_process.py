"""Everything learned anew, by a process of its own with bounded memory: ``python -m toprank.service.refit_process``.

It reads what to do as JSON from standard input, where nobody sees the store's address, and says how it went likewise.
The new model takes the old one's place only if it is not worse by more than chance on rows that neither learned from.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from toprank.core.arrays import BoolArray, IntArray
from toprank.core.dataset import Dataset
from toprank.core.rng import derive_rng
from toprank.data.splits import Split
from toprank.errors import ToprankError
from toprank.models.base import no_progress
from toprank.recommender.compare import compare
from toprank.recommender.facade import FittedRecommender, Recommender
from toprank.recommender.known_data import known_data
from toprank.recommender.state import FittedState
from toprank.recommender.train import fit_state
from toprank.service.learning import gather
from toprank.service.store.opening import open_store
from toprank.storage.manifest import MANIFEST

__all__ = ["RefitRequest", "RefitResult", "refit", "same_test_split"]

JUDGED_BY = ("auc", "log_loss")
"""Figures of P(liked) that must not be worse by more than chance."""


@dataclass(frozen=True)
class RefitRequest:
    """What to do.

    Parameters
    ----------
    model : str
        Folder of the model that answers.
    store : str
        Address of the store.
    out : str
        Where the new model goes: the same folder, or one beside it.
    memory : float
        Gigabytes that may be taken.
    """

    model: str
    store: str
    out: str
    memory: float


@dataclass(frozen=True)
class RefitResult:
    """How it went.

    Parameters
    ----------
    outcome : str
        ``swapped``, ``kept`` or ``failed``.
    words : str
    """

    outcome: str
    words: str


def refit(asked: RefitRequest) -> RefitResult:
    """Learn from what the model knows and what the store has; save the new model if it may take the old one's place."""
    before = Recommender.load(asked.model)
    store = open_store(asked.store, threads=2)
    try:
        with store.read() as connection:
            found = gather(connection, known_data(before))
    finally:
        store.close()
    config = Recommender(**before.config.get_params())
    split = same_test_split(before, found.data, config)
    after = FittedRecommender.of(fit_state(config, found.data, progress=no_progress, split=split))
    compared = compare(after, before)
    verdicts = "; ".join(one.verdict for one in compared.differences)
    told = (
        f"{found.added:,} ratings of the service added, {found.removed:,} taken out, {found.left_out:,} left out; on "
        f"{compared.rows:,} test rows: {verdicts}"
    )
    if any(one.metric in JUDGED_BY and one.outcome == "worse" for one in compared.differences):
        return RefitResult("kept", f"the new model is worse, the old one stays: {told}")
    after.save(asked.out)
    return RefitResult("swapped", f"the new model takes over: {told}")


def same_test_split(before: FittedState, data: Dataset, config: Recommender) -> Split:
    """Split so that what the old model was tested on tests the new one too, and a share of what is new beside it."""
    ratings, known = data.ratings, before.data.ratings
    rng = derive_rng(np.random.default_rng(config.seed), "refit")
    users, items = ratings.users.positions(known.users.ids), ratings.items.positions(known.items.ids)
    width = len(ratings.items)
    key = ratings.user.astype(np.int64) * width + ratings.item

    def among(user: IntArray, item: IntArray) -> BoolArray:
        at_user, at_item = users[user].astype(np.int64), items[item].astype(np.int64)
        there = (at_user >= 0) & (at_item >= 0)
        return np.isin(key, (at_user * width + at_item)[there])

    is_test = among(before.tested.user, before.tested.item)
    is_new = ~among(known.user, known.item)
    is_test |= is_new & (rng.random(len(key)) < config.test)
    rest = rng.permutation(np.flatnonzero(~is_test))
    size = max(1, int(config.validation * len(key)))
    return Split(rest[size:], rest[:size], np.flatnonzero(is_test), kind="refit", seed=config.seed)


def limit_memory(gigabytes: float) -> None:
    """Bound what this process may take; where the system cannot, it is not bounded."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        size = int(gigabytes * 2**30)
        resource.setrlimit(resource.RLIMIT_DATA, (size, size))


def place_for(model: Path) -> Path:
    """Say where a new model goes: in the old one's place, or beside it where a folder of models is served."""
    if (model / MANIFEST).exists():
        return model
    return model / time.strftime("refit-%Y%m%d-%H%M%S", time.gmtime())


def main() -> None:
    """Do what standard input says."""
    logging.disable(logging.WARNING)
    asked = RefitRequest(**json.load(sys.stdin))
    limit_memory(asked.memory)
    with suppress(OSError):
        os.nice(10)
    try:
        result = refit(asked)
    except MemoryError:
        result = RefitResult("failed", f"{asked.memory:g} GB do not suffice; allow more with --refit-memory")
    except ToprankError as error:
        result = RefitResult("failed", str(error))
    print(json.dumps(asdict(result)))


if __name__ == "__main__":
    main()
