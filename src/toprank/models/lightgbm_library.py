"""LightGBM's library without its Python package, which imports scikit-learn and pandas: some seconds for one answer."""

from __future__ import annotations

import ctypes
import weakref
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from toprank.core.arrays import FloatArray
from toprank.models.boosted import load_lightgbm

__all__ = ["LibraryBooster"]

_PLAIN, _RAW, _CONTRIBUTIONS = 0, 1, 3
"""``C_API_PREDICT_*``."""

_FLOAT32, _FLOAT64 = 0, 1
"""``C_API_DTYPE_*``."""


class LibraryBooster:
    """Trees that LightGBM's library holds, asked by its C interface.

    Parameters
    ----------
    text : str
        What ``Booster.model_to_string`` gave.

    Raises
    ------
    ValueError
        If the library does not read it.
    OptionError
        If LightGBM is missing.
    """

    def __init__(self, text: str) -> None:
        self._library = _library()
        self._handle = ctypes.c_void_p()
        rounds = ctypes.c_int()
        self._call("LoadModelFromString", text.encode(), ctypes.byref(rounds), ctypes.byref(self._handle))
        weakref.finalize(self, self._library.LGBM_BoosterFree, self._handle)

    def predict(
        self, matrix: FloatArray, *, raw_score: bool = False, pred_contrib: bool = False, num_threads: int = 0
    ) -> FloatArray:
        """Do as :meth:`lightgbm.Booster.predict`, to the last bit (float64[n], or float64[n, n_columns + 1])."""
        kind = _CONTRIBUTIONS if pred_contrib else _RAW if raw_score else _PLAIN
        matrix = np.ascontiguousarray(matrix, None if matrix.dtype == np.float32 else np.float64)
        rows, columns = matrix.shape
        answer = np.empty(rows * (columns + 1 if pred_contrib else 1))
        if rows == 0:
            return answer.reshape((0, columns + 1)) if pred_contrib else answer
        size = ctypes.c_int64()
        self._call(
            "PredictForMat",
            self._handle,
            matrix.ctypes.data_as(ctypes.c_void_p),
            ctypes.c_int(_FLOAT32 if matrix.dtype == np.float32 else _FLOAT64),
            ctypes.c_int32(rows),
            ctypes.c_int32(columns),
            ctypes.c_int(1),  # a row after the other
            ctypes.c_int(kind),
            ctypes.c_int(0),  # from the first tree
            ctypes.c_int(-1),  # to the last
            f"num_threads={num_threads}".encode(),
            ctypes.byref(size),
            _doubles(answer),
        )
        return answer.reshape((rows, -1)) if pred_contrib else answer

    def feature_importance(self, importance_type: str, columns: int) -> FloatArray:
        """Do as :meth:`lightgbm.Booster.feature_importance` (float64[n_columns])."""
        answer = np.empty(columns)
        kind = ctypes.c_int(1 if importance_type == "gain" else 0)
        self._call("FeatureImportance", self._handle, ctypes.c_int(-1), kind, _doubles(answer))
        return answer

    def _call(self, name: str, *arguments: Any) -> None:
        if getattr(self._library, f"LGBM_Booster{name}")(*arguments) != 0:
            raise ValueError(self._library.LGBM_GetLastError().decode())


@cache
def _library() -> ctypes.CDLL:
    """Find the library where LightGBM's wheels keep it, or else as its own package does."""
    package = find_spec("lightgbm")
    folders = [] if package is None else package.submodule_search_locations or []
    paths = [path for folder in folders for path in Path(folder).glob("*/lib_lightgbm.*")]
    library: ctypes.CDLL = ctypes.CDLL(str(paths[0])) if paths else load_lightgbm().basic._LIB
    library.LGBM_GetLastError.restype = ctypes.c_char_p
    return library


def _doubles(array: FloatArray) -> Any:
    return array.ctypes.data_as(ctypes.POINTER(ctypes.c_double))
