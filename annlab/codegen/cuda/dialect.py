"""How CUDA C spells numbers and functions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from annlab.codegen.clike import dialect as cpp
from annlab.codegen.printer import Dialect


def dialect(float_type: np.dtype) -> Dialect:
    """Return the dialect of a precision: no built-in of g++ is known on a device."""
    return replace(
        cpp.dialect(float_type), nan="annlab::not_a_number()", infinity="annlab::infinity()"
    )
