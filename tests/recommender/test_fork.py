"""A process forked from one that has answered and learned: preforking servers do that."""

from __future__ import annotations

import os
import signal
import time
import traceback
import warnings
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from toprank.core.dataset import Dataset
from toprank.errors import OptionError
from toprank.models.attention import AttentionLearner
from toprank.models.blend import Blend
from toprank.models.boosted import Boosted
from toprank.nets.attention.attention_net import AttentionNet, AttentionTraining
from toprank.recommender.facade import FittedRecommender, Recommender

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the system does not fork")

WAIT = 60.0
"""Seconds; each takes one or two, and before, it took for ever."""


def in_a_child(work: Callable[[], object]) -> int:
    """Fork, do the work in the child, and give its exit status; -1 if it did not come to an end."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of processes with threads: that they can be forked is what is tested
        child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    end = time.monotonic() + WAIT
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return -1


@pytest.fixture
def several_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOPRANK_THREADS", "2")


@pytest.mark.usefixtures("several_threads", "quick_trees")
def test_a_forked_process_decides_explains_lists_and_learns(
    fitted: FittedRecommender, shelf: Dataset, reader: int
) -> None:
    item = shelf.ratings.items[3]
    before = str(fitted.decide(reader, [item], reasons=True)), str(fitted.recommend(reader, 3))

    def work() -> None:
        assert (str(fitted.decide(reader, [item], reasons=True)), str(fitted.recommend(reader, 3))) == before
        Recommender(objective="f1", deep=False, budget=60).fit(shelf)

    assert in_a_child(work) == 0


@pytest.mark.usefixtures("several_threads")
def test_a_network_answers_in_a_forked_process_and_says_that_it_cannot_be_trained_there(shelf: Dataset) -> None:
    pytest.importorskip("jax")
    quick = Blend(
        boosted=Boosted(folds=2, num_boost_round=5, min_data_in_leaf=20),
        attention=AttentionLearner(
            networks=2, books=4, raters=3, net=AttentionNet((8, 4), heads=2, attention=4),
            training=AttentionTraining(epochs=1, batch=256),
        ),
    )  # fmt: skip
    data = replace(shelf, ratings=shelf.ratings.take(np.arange(1500)))
    network = quick.attention.learn(
        quick.boosted.build_evidence(data, rng=np.random.default_rng(1), keep_folds=True), rng=np.random.default_rng(1)
    )[0]
    users, items = np.arange(5), np.arange(5)
    before = network.scores(users, items)

    def work() -> None:
        assert np.array_equal(network.scores(users, items), before)
        with pytest.raises(OptionError, match="forked"):
            quick.fit(data, rng=np.random.default_rng(1))

    assert in_a_child(work) == 0
