"""How many threads there are, and work side by side on them, with results that do not depend on it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np

from toprank.core.arrays import AnyArray
from toprank.errors import OptionError

__all__ = ["Once", "cut", "one_blas_thread", "own_zeros", "side_by_side", "thread_count"]

VARIABLE = "TOPRANK_THREADS"

QUOTAS = ("/sys/fs/cgroup/cpu.max", "/sys/fs/cgroup/cpu/cpu.cfs_quota_us /sys/fs/cgroup/cpu/cpu.cfs_period_us")
"""Where Linux says how much of the CPUs a container may use: as one file of two numbers, or as two files."""

T = TypeVar("T")

_here = threading.local()


def thread_count() -> int:
    """Give how many threads to use: ``TOPRANK_THREADS``, else the CPUs that this process may use.

    These are the CPUs that it may run on, or a container's share of them where that is less.

    Returns
    -------
    int
        At least 1.

    Raises
    ------
    OptionError
        If ``TOPRANK_THREADS`` is not a whole number of at least 1.

    Examples
    --------
    >>> thread_count() >= 1
    True
    """
    asked = os.environ.get(VARIABLE, "").strip()
    if asked:
        if not asked.isascii() or not asked.isdigit() or int(asked) < 1:
            raise OptionError(f"{VARIABLE} is {asked!r}; set it to a whole number of at least 1, or unset it")
        return int(asked)
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min([cpus, *map(_quota, QUOTAS)]))


class Once(Generic[T]):
    """A function that is called once: whoever else calls it waits for that answer, and gets it too.

    Examples
    --------
    >>> found = Once(lambda: print("found"))
    >>> found(), found()
    found
    (None, None)
    """

    def __init__(self, work: Callable[..., T]) -> None:
        self._work, self._lock, self._found = work, threading.Lock(), list[T]()

    def __call__(self, *given: Any) -> T:
        """Call it, or give what it gave."""
        with self._lock:
            if not self._found:
                self._found.append(self._work(*given))
            return self._found[0]


def side_by_side(
    work: Callable[..., T], *arguments: Iterable[Any], meanwhile: Callable[[], object] | None = None
) -> list[T]:
    """Call a function for each of several arguments, on as many threads as there are, and give the answers in order.

    What is called must be compiled code that lets go of Python's lock, or wait for such. A call within a call does its
    work in its own thread, so that there are never more threads than asked for. How the work is cut into parts must not
    depend on how many threads there are; then neither do the answers.

    Beside the work of several threads one of them calls ``meanwhile``, and nobody waits for it: a :class:`Once`, so
    that who needs the answer calls it too, and gets it on any number of threads. It comes second: so it ends with the
    others, and what waits for something that the first prepares waits less.

    Examples
    --------
    >>> side_by_side(lambda base, power: base**power, [2, 3], [3, 2])
    [8, 9]
    """
    rows = list(zip(*arguments, strict=True))
    alone = len(rows) < 2 or getattr(_here, "working", False)  # asked first: to count threads reads files
    threads = 1 if alone else min(thread_count(), len(rows) + (meanwhile is not None))
    if threads < 2:
        return [work(*row) for row in rows]
    # A pool of its own each time: it costs 0.1 ms, and one that is kept would be gone after a fork.
    pool = ThreadPoolExecutor(threads, thread_name_prefix="toprank", initializer=_work_here)
    wait = meanwhile is None
    try:
        found = [pool.submit(work, *rows[0])]
        if meanwhile is not None:
            pool.submit(meanwhile)
        found += [pool.submit(work, *row) for row in rows[1:]]
        return [one.result() for one in found]
    except KeyboardInterrupt:
        wait = False  # what is under way would go on for minutes
        raise
    finally:
        pool.shutdown(wait=wait, cancel_futures=True)


def cut(size: int, parts: int) -> tuple[list[int], list[int]]:
    """Give where each of so many equal parts begins, and where it ends.

    Examples
    --------
    >>> cut(10, 1), cut(10, 3)
    (([0], [10]), ([0, 3, 6], [3, 6, 10]))
    """
    if parts == 1:
        return [0], [size]
    ends: list[int] = np.linspace(0, size, parts + 1).astype(int).tolist()
    return ends[:-1], ends[1:]


def own_zeros(size: int, kind: type[np.generic]) -> AnyArray:
    """Give zeros that this thread keeps: whoever takes them leaves them zeros. Fresh ones take a page fault each 4 KB.

    Examples
    --------
    >>> own_zeros(3, np.int32).tolist()
    [0, 0, 0]
    """
    kept: dict[type[np.generic], AnyArray] = _here.__dict__.setdefault("zeros", {})
    if kind not in kept or len(kept[kind]) < size:
        kept[kind] = np.zeros(size, kind)
    return kept[kind][:size]


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Keep linear algebra to the thread that asks for it: sums over other numbers of threads differ in their last bit.

    And its own threads would wait by spinning, beside ours. It holds for the whole process while anybody asks for it.

    Examples
    --------
    >>> with one_blas_thread():
    ...     len([1, 2])
    2
    """
    from threadpoolctl import threadpool_limits

    with _limits.lock:
        _limits.asked += 1
        if _limits.asked == 1:
            _take_control()
            _limits.limiter = threadpool_limits(1, user_api="blas")
    try:
        yield
    finally:
        with _limits.lock:
            _limits.asked -= 1
            if _limits.asked == 0:
                _take_control()
                _limits.limiter.restore_original_limits()


class _Limits:
    """Who asks for one thread, and what gives the others back."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.asked = 0
        self.limiter: Any = None


_limits = _Limits()


def _take_control() -> None:
    """Let this thread say how many there are: from version 3.8 on threadpoolctl listens to the first thread alone."""
    from threadpoolctl import OpenBLASController

    if (clear := getattr(OpenBLASController, "clear_controlling_thread", None)) is not None:
        clear(force=True)


def _work_here() -> None:
    _here.working = True


def _quota(files: str) -> int:
    """Give how many CPUs a quota allows, a part of one counting as one; many where there is none."""
    try:
        told = " ".join(Path(file).read_text() for file in files.split()).split()
        quota, period = int(told[0]), int(told[1])
    except (OSError, ValueError, IndexError):  # no such file, or "max"
        return 1 << 30
    return -(-quota // period) if quota > 0 and period > 0 else 1 << 30
