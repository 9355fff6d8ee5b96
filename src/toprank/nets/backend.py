"""Keras on JAX, imported when first needed."""

from __future__ import annotations

import os
from types import ModuleType

from toprank.errors import OptionError

__all__ = ["load_keras", "require_jax"]


def load_keras() -> ModuleType:
    """Import Keras with the JAX backend.

    Returns
    -------
    module
        ``keras``.

    Raises
    ------
    OptionError
        If Keras or JAX is missing.
    """
    asked = os.environ.setdefault("KERAS_BACKEND", "jax")
    try:
        import jax  # noqa: F401
        import keras
    except ImportError as error:
        cure = (
            "install them with: pip install 'toprank[nets]'"
            if asked == "jax"
            else f"KERAS_BACKEND is {asked}, set it to jax"
        )
        raise OptionError(
            f"networks need Keras and JAX, and {error.name or 'one of them'} is missing; {cure}"
        ) from error
    module: ModuleType = keras
    return module


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
