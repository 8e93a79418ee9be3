"""How C++ spells numbers and functions."""

from __future__ import annotations

import numpy as np

from annlab.codegen.printer import Dialect

_DOUBLE = Dialect(real="real", integer="integer", suffix="", functions="annlab::")
_FLOAT = Dialect(real="real", integer="integer", suffix="f", functions="annlab::")

C_TYPES = {"float64": ("double", "int64_t"), "float32": ("float", "int32_t")}


def dialect(float_type: np.dtype) -> Dialect:
    """Return the dialect of a precision."""
    return _FLOAT if float_type == np.float32 else _DOUBLE
