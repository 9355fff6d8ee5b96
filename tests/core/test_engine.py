"""Tasks run here in order or side by side, or by whatever engine is in use."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from toprank.core.engine import Here, in_a_tree, merge_tasks, run_tasks, using


class Backwards:
    """Runs the last task first, as others may."""

    def run(
        self,
        task: Callable[..., Any],
        arguments: Sequence[Any],
        shared: tuple[Any, ...],
        done: Callable[[int, Any], object],
    ) -> list[Any]:
        found = {}
        for place in reversed(range(len(arguments))):
            found[place] = task(arguments[place], *shared)
            done(place, found[place])
        return [found[place] for place in range(len(arguments))]

    def merge(self, task: Callable[..., Any], arguments: Sequence[Any], shared: tuple[Any, ...]) -> Any:
        found = self.run(task, arguments, shared, lambda place, answer: None)
        return in_a_tree(found, lambda one, other: one.merged(other))


class Text(str):
    def merged(self, other: str) -> Text:
        return Text(f"({self} {other})")


@pytest.mark.parametrize("threads", [False, True])
def test_answers_come_in_the_order_of_the_arguments_and_each_is_told_of(threads: bool) -> None:
    told: dict[int, int] = {}
    assert run_tasks(pow, [2, 3, 4], 2, threads=threads, done=told.__setitem__) == [4, 9, 16]
    assert told == {0: 4, 1: 9, 2: 16}


def test_an_engine_runs_what_is_started_inside_and_one_task_alone_stays_here() -> None:
    told: list[int] = []

    def note(place: int, _: int) -> None:
        told.append(place)

    with using(Backwards()):
        assert run_tasks(pow, [2, 3], 2, done=note) == [4, 9]
        assert run_tasks(pow, [5], 2, done=note) == [25]
    assert told == [1, 0, 0]
    told.clear()
    run_tasks(pow, [2, 3], 2, done=note)
    assert told == [0, 1]


def test_answers_are_merged_alike_here_and_by_an_engine() -> None:
    for words, merged in (("a", "a"), ("abc", "((a b) c)"), ("abcdefg", "(((a b) (c d)) ((e f) g))")):
        assert merge_tasks(Text, words) == merged
        with using(Backwards()):
            assert merge_tasks(Text, words) == merged


def test_the_engine_is_put_back_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), using(Backwards()):
        run_tasks(pow, [0, 1], -1)
    told: list[int] = []
    run_tasks(pow, [2, 3], 2, done=lambda place, _: told.append(place))
    assert told == [0, 1]


def test_what_is_told_here_is_not_told_elsewhere() -> None:
    told: list[int] = []
    here = Here(told.append)
    here(1)
    pickle.loads(pickle.dumps(here))(2)
    assert told == [1]
