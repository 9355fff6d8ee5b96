"""Where independent tasks run: in this process, or wherever an engine takes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol, Self, TypeVar

from toprank.core.threads import side_by_side

__all__ = ["Engine", "Here", "Merged", "each_task", "elsewhere", "in_a_tree", "merge_tasks", "run_tasks", "using"]

T = TypeVar("T")


class Merged(Protocol):
    """What is put together from parts."""

    def merged(self, other: Self) -> Self:
        """Add the part that comes next."""
        ...


M = TypeVar("M", bound=Merged)


class Engine(Protocol):
    """Runs tasks elsewhere; :mod:`toprank.cluster` has one."""

    def run(
        self,
        task: Callable[..., T],
        arguments: Sequence[Any],
        shared: tuple[Any, ...],
        done: Callable[[int, T], object],
    ) -> list[T]:
        """Call ``task(argument, *shared)`` for each argument, and give the answers in their order.

        Parameters
        ----------
        task : callable
            A function of a module, so that it is found by its name.
        arguments : sequence
        shared : tuple
            What all tasks read and none changes; it travels once.
        done : callable
            Called with the place of each argument whose task is done, and its answer.
        """
        ...

    def merge(self, task: Callable[..., M], arguments: Sequence[Any], shared: tuple[Any, ...]) -> M:
        """Call it likewise, and give the answers merged two by two, neighbours first, without fetching each."""
        ...


class Here:
    """Calls a function in the process that made it; where it has travelled to, it is silent.

    Examples
    --------
    >>> Here(print)("half")
    half
    """

    def __init__(self, call: Callable[..., object] | None) -> None:
        self._call = call

    def __call__(self, *values: Any) -> None:
        """Call it."""
        if self._call is not None:
            self._call(*values)

    def __reduce__(self) -> tuple[type[Here], tuple[None]]:
        """Travel without it."""
        return Here, (None,)


_current: ContextVar[Engine | None] = ContextVar("engine", default=None)


@contextmanager
def using(engine: Engine | None) -> Iterator[None]:
    """Let an engine run all tasks that are started inside; None is this process.

    Examples
    --------
    >>> with using(None):
    ...     run_tasks(pow, [2, 3], 2)
    [4, 9]
    """
    token = _current.set(engine)
    try:
        yield
    finally:
        _current.reset(token)


def elsewhere() -> bool:
    """Tell whether an engine runs the tasks, so that more of them are better.

    Examples
    --------
    >>> elsewhere()
    False
    """
    return _current.get() is not None


def run_tasks(
    task: Callable[..., T],
    arguments: Sequence[Any],
    *shared: Any,
    threads: bool = False,
    done: Callable[[int, T], object] = lambda place, answer: None,
    meanwhile: Callable[[], object] | None = None,
) -> list[T]:
    """Call ``task(argument, *shared)`` for each argument, and give the answers in their order.

    Answers are the same wherever the tasks run: they share nothing that they change.

    Parameters
    ----------
    task : callable
        A function of a module.
    arguments : sequence
    *shared
        What all tasks read.
    threads : bool
        Whether tasks in this process run side by side; others have threads of their own, and run in turn.
    done : callable, optional
        Called with the place of each argument whose task is done, and its answer.
    meanwhile : callable, optional
        What a thread in this process may do beside them; see :func:`~toprank.core.threads.side_by_side`.

    Returns
    -------
    list

    Examples
    --------
    >>> run_tasks(pow, [2, 3], 2)
    [4, 9]
    """
    engine = _current.get()
    if engine is not None and len(arguments) > 1:
        return engine.run(task, list(arguments), shared, done)

    def one(place: int, argument: Any) -> T:
        found = task(argument, *shared)
        done(place, found)
        return found

    if threads:
        return side_by_side(one, range(len(arguments)), arguments, meanwhile=meanwhile)
    return [one(place, argument) for place, argument in enumerate(arguments)]


def each_task(task: Callable[..., T], arguments: Sequence[Any], *shared: Any) -> Iterator[T]:
    """Give the answers of :func:`run_tasks` one by one; in this process each is found when it is asked for.

    So no more than one has to be held.

    Examples
    --------
    >>> next(each_task(pow, [2, 0], -1))
    0.5
    """
    engine = _current.get()
    if engine is not None and len(arguments) > 1:
        yield from engine.run(task, list(arguments), shared, lambda place, answer: None)
    else:
        yield from (task(argument, *shared) for argument in arguments)


def merge_tasks(task: Callable[..., M], arguments: Sequence[Any], *shared: Any) -> M:
    """Call ``task(argument, *shared)`` for each argument, and merge the answers: two by two, neighbours first.

    So the same is added to the same wherever tasks run, and no more answers are held here than the tree has levels.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @dataclass
    ... class Text:
    ...     words: str
    ...
    ...     def merged(self, other):
    ...         return Text(f"({self.words} {other.words})")
    >>> merge_tasks(Text, ["a", "b", "c", "d", "e"]).words
    '(((a b) (c d)) e)'
    """
    engine = _current.get()
    if engine is not None and len(arguments) > 1:
        return engine.merge(task, list(arguments), shared)
    return in_a_tree((task(argument, *shared) for argument in arguments), lambda one, other: one.merged(other))


def in_a_tree(parts: Iterable[T], join: Callable[[T, T], T]) -> T:
    """Join parts two by two, neighbours first, as they come; see :func:`merge_tasks`."""
    held: list[tuple[int, T]] = []
    for found in parts:
        size = 1
        while held and held[-1][0] == size:
            size, found = 2 * size, join(held.pop()[1], found)
        held.append((size, found))
    _, found = held.pop()
    while held:
        found = join(held.pop()[1], found)
    return found
