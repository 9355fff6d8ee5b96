"""JAX, and Keras on it, imported when first needed."""

from __future__ import annotations

import os
import threading
from types import ModuleType

from toprank.core.threads import thread_count
from toprank.errors import OptionError

__all__ = ["ONE_THREAD", "load_jax", "load_keras", "require_jax"]

_users: list[int] = []
"""The process that used JAX first: its children have its locks, but not its threads."""

_starting, _started = threading.Lock(), list[bool]()
"""Networks are trained side by side, and each asks for JAX."""

ONE_THREAD = {"xla_cpu_multi_thread_eigen": False}
"""How JAX compiles for a CPU: sums over other numbers of threads differ in their last bit. Networks go side by side."""


def load_jax() -> ModuleType:
    """Import JAX and start it.

    Returns
    -------
    module
        ``jax``.

    Raises
    ------
    OptionError
        If JAX is missing, or this process was forked from one that has used it: it would wait for ever.
    """
    if not _users:
        _users.append(os.getpid())
    elif _users[0] != os.getpid():
        raise OptionError(
            "networks cannot be used in a process that was forked from one that has used JAX; start it anew (with "
            "multiprocessing's start method 'spawn'), or do without the network (deep=False)"
        )
    try:
        import jax
    except ImportError as error:
        raise _missing(error, "install them with: pip install 'toprank[nets]'") from error
    with _starting:
        if not _started:
            _start_client(jax)
            _started.append(True)
    module: ModuleType = jax
    return module


def load_keras() -> ModuleType:
    """Import Keras with the JAX backend; see :func:`load_jax`.

    Returns
    -------
    module
        ``keras``.
    """
    asked = os.environ.setdefault("KERAS_BACKEND", "jax")
    if asked == "jax":
        load_jax()
    try:
        import keras
    except ImportError as error:
        cure = (
            "install them with: pip install 'toprank[nets]'"
            if asked == "jax"
            else f"KERAS_BACKEND is {asked}, set it to jax"
        )
        raise _missing(error, cure) from error
    module: ModuleType = keras
    return module


def _missing(error: ImportError, cure: str) -> OptionError:
    return OptionError(f"networks need Keras and JAX, and {error.name or 'one of them'} is missing; {cure}")


def _start_client(jax: ModuleType) -> None:
    """Let JAX make its pool of threads, of at least two: with one it compiles otherwise, and last bits differ.

    Where something else has started it already, its pool stays.
    """
    given = os.environ.get("NPROC")
    os.environ["NPROC"] = str(max(2, thread_count()))
    try:
        jax.devices()
    finally:
        if given is None:
            del os.environ["NPROC"]
        else:
            os.environ["NPROC"] = given


def require_jax() -> None:
    """Check that Keras runs on JAX, which the training loop is written for.

    Raises
    ------
    OptionError
        If Keras was imported on another backend.
    """
    keras = load_keras()
    if keras.backend.backend() != "jax":
        raise OptionError(
            f"Keras runs on {keras.backend.backend()}, and networks here are trained on JAX; set KERAS_BACKEND=jax "
            "before Keras is imported"
        )
