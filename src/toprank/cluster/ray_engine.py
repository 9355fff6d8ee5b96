"""Tasks on a Ray cluster, or on one that is started here and shut down afterwards."""

from __future__ import annotations

import ctypes
import logging
import os
import pickle
import shutil
import socket
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property
from importlib.util import find_spec
from types import ModuleType
from typing import Any, TypeVar

import numpy as np

from toprank.core.arrays import AnyArray
from toprank.core.engine import M, in_a_tree
from toprank.core.threads import VARIABLE, thread_count
from toprank.errors import OptionError

__all__ = ["RayEngine", "ray_engine"]

IN_FLIGHT = 2
"""Tasks for each CPU that are handed over at a time: their answers need room until they are fetched."""

RETRIES = 3
"""How often a task is started again whose worker was lost."""

SWEEP = "import shutil, sys, time; sys.stdin.read(); time.sleep(2); shutil.rmtree(sys.argv[1], ignore_errors=True)"
"""What is left when this process is killed is cleared away by another that waits for its end."""

T = TypeVar("T")


class RayEngine:
    """Runs tasks by Ray, which starts with the first of them; :func:`ray_engine` gives one.

    What tasks share is put into the object store once, and workers of one machine read the same copy. A task whose
    worker is lost is started again elsewhere, from the same values, so its answer is the same.
    """

    def __init__(self, address: str | None) -> None:
        self._address = address
        self._closing = ExitStack()

    @cached_property
    def _ray(self) -> ModuleType:
        ray = _load_ray()
        if self._address is not None and self._address != "auto":
            _check_reachable(self._address)
        options: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
        if self._address is None:
            folder = self._closing.enter_context(_swept_folder())
            options |= {"num_cpus": thread_count(), "include_dashboard": False, "_temp_dir": folder}
        self._closing.callback(ray.shutdown)
        try:
            with warnings.catch_warnings():  # Ray forks, which JAX warns of, and starts another program at once
                warnings.filterwarnings("ignore", message=r"os\.fork")
                ray.init(self._address, **options)
        except (ConnectionError, RuntimeError, ValueError) as error:
            if self._address is None:
                raise
            raise _unanswered(self._address, error) from error
        return ray

    def close(self) -> None:
        """Shut down what was started; a cluster at an address goes on."""
        self._closing.close()

    def run(
        self,
        task: Callable[..., T],
        arguments: Sequence[Any],
        shared: tuple[Any, ...],
        done: Callable[[int, T], object],
    ) -> list[T]:
        """Run tasks; see :class:`toprank.core.engine.Engine`.

        Raises
        ------
        OptionError
            If workers are lost again and again, or the cluster is.
        """
        found: dict[int, T] = {}
        with self._flying() as flying:

            def fetch(most: int) -> None:
                """Wait until no more than so many fly."""
                while len(flying) > most:
                    for one in self._ray.wait(list(flying))[0]:
                        place = flying.pop(one)
                        found[place] = _unpacked(self._ray.get(one), copied=True)
                        done(place, found[place])

            start = self._starting(task, shared)
            for place, argument in enumerate(arguments):
                fetch(self._room - 1)
                flying[start(argument)] = place
            fetch(0)
        return [found[place] for place in range(len(arguments))]

    def merge(self, task: Callable[..., M], arguments: Sequence[Any], shared: tuple[Any, ...]) -> M:
        """Run tasks and merge their answers, which stay where they are; see :class:`toprank.core.engine.Engine`.

        Raises
        ------
        OptionError
            As :meth:`run`.
        """
        ray = self._ray
        join = ray.remote(num_cpus=1, max_retries=RETRIES)(_merge)
        with self._flying() as flying:

            def parts() -> Iterator[Any]:
                start = self._starting(task, shared)
                for argument in arguments:
                    while len(flying) >= self._room:
                        for one in ray.wait(list(flying))[0]:
                            flying.pop(one)
                    one = start(argument)
                    flying[one] = 0
                    yield one

            merged: M = _unpacked(ray.get(in_a_tree(parts(), join.remote)), copied=True)
        return merged

    @cached_property
    def _room(self) -> int:
        return IN_FLIGHT * max(1, int(self._ray.cluster_resources().get("CPU", 1)))

    def _starting(self, task: Callable[..., Any], shared: tuple[Any, ...]) -> Callable[[Any], Any]:
        """Share values, and give what starts the task for one argument."""
        remote = self._ray.remote(num_cpus=1, max_retries=RETRIES)(_call)
        ours = [self._ray.put(_packed(value)) for value in shared]
        return lambda argument: remote.remote(task, _packed(argument), ours)

    @contextmanager
    def _flying(self) -> Iterator[dict[Any, int]]:
        """Keep what was started and is not known to be done; say in our words what goes wrong, and stop the rest."""
        errors = self._ray.exceptions
        flying: dict[Any, int] = {}
        try:
            yield flying
        except errors.RayTaskError as error:
            raise (error.cause if isinstance(error.cause, Exception) else error) from None
        except errors.OutOfMemoryError as error:
            raise OptionError(
                "a worker ran out of memory again and again; give fewer CPUs (TOPRANK_THREADS) or more memory"
            ) from error
        except (errors.RaySystemError, errors.WorkerCrashedError, errors.ObjectLostError, errors.RayError) as error:
            raise OptionError(
                f"workers were lost {RETRIES + 1} times ({type(error).__name__}); see to the cluster, then start "
                "again: nothing was written"
            ) from error
        finally:
            for one in flying:
                self._ray.cancel(one, force=True)


@contextmanager
def ray_engine(address: str | None = None) -> Iterator[RayEngine]:
    """Give an engine on a Ray cluster.

    Parameters
    ----------
    address : str, optional
        Of a running cluster, such as ``auto``, ``10.0.0.1:6379`` or ``ray://10.0.0.1:10001``; its machines need the
        same version of toprank. Without one, Ray is started here, with as many workers as there are threads, and shut
        down at the end; its files are gone then, even if this process is killed.

    Yields
    ------
    RayEngine

    Raises
    ------
    OptionError
        If Ray is missing; with the first task, if the address does not answer.
    """
    if find_spec("ray") is None:
        raise OptionError(
            "several machines need Ray, which is missing; install it with: pip install 'toprank[cluster]'"
        )
    engine = RayEngine(address)
    try:
        yield engine
    finally:
        engine.close()


@contextmanager
def _swept_folder() -> Iterator[str]:
    """Make a folder that is gone afterwards, even if this process is killed: another waits for its end."""
    folder = tempfile.mkdtemp(prefix="toprank-ray-")
    with subprocess.Popen(
        [sys.executable, "-c", SWEEP, folder], stdin=subprocess.PIPE, start_new_session=True
    ) as sweeper:
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            sweeper.terminate()


def _check_reachable(address: str) -> None:
    """Knock at an address: Ray would try for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not host or not port.isdigit():
        raise OptionError(f"--address is {address!r}; write it as host:port, as ray://host:port, or auto")
    try:
        socket.create_connection((host, int(port)), timeout=10).close()
    except (OSError, OverflowError) as error:
        raise _unanswered(address, error) from error


def _unanswered(address: str, error: Exception) -> OptionError:
    return OptionError(f"--address is {address!r}, where no Ray cluster answers: {error}")


_held: tuple[list[Any], list[Any]] = [], []
"""In a worker: what the tasks of its last run share, and where it lies; what one finds out of it serves the next."""


Packed = tuple[bytes, list[tuple[AnyArray, bool]]]
"""A value without its arrays; and the memory of each, and whether it must not be written."""


def _call(task: Callable[..., T], argument: Packed, shared: list[Any]) -> Packed:
    """Run in a worker, which has one CPU."""
    global _held
    os.environ[VARIABLE] = "1"
    if _held[0] != shared:
        _held = [], []  # before more is fetched
        _held = shared, [_unpacked(value) for value in _load_ray().get(shared)]
    return _packed(task(_unpacked(argument), *_held[1]))


def _merge(one: Packed, other: Packed) -> Packed:
    """Run in a worker."""
    return _packed(_unpacked(one).merged(_unpacked(other)))


def _packed(value: Any) -> Packed:
    buffers: list[pickle.PickleBuffer] = []
    text = _load_ray().cloudpickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    raw = [one.raw() for one in buffers]
    return text, [(np.frombuffer(one, np.uint8), one.readonly) for one in raw]


def _unpacked(packed: Packed, *, copied: bool = False) -> Any:
    """Give the value; unless copied, its arrays lie in the store.

    Ray gives arrays that must not be written, for which all kernels would have to be compiled once more; these are as
    they were where they came from, though nobody writes them.
    """
    text, parts = packed
    return pickle.loads(text, buffers=[_memory(part.copy() if copied else part, readonly) for part, readonly in parts])


def _memory(part: AnyArray, readonly: bool) -> Any:
    memory: Any = (ctypes.c_ubyte * part.nbytes).from_address(part.ctypes.data)
    memory.part = part  # which holds it
    return memoryview(memory).toreadonly() if readonly else memory


def _load_ray() -> ModuleType:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    logging.getLogger("ray").setLevel(logging.ERROR)
    import ray
    import ray.exceptions

    module: ModuleType = ray
    return module
