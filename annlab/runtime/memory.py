"""Arrays as the kernels want them: aligned to cache lines and padded to whole blocks.

A kernel walks whole blocks of `BLOCK` elements, so no loop has a scalar
remainder and every element is computed by the same vector instructions,
whichever thread owns it.
"""

from __future__ import annotations

import ctypes
import gc
import os
import weakref

import numpy as np
from numpy.typing import DTypeLike, NDArray

from annlab.errors import TooLargeError
from annlab.limits import allowed_bytes

BLOCK = 64
ALIGNMENT = 64


def padded(n: int) -> int:
    """Return `n` rounded up to whole blocks, at least one."""
    return max(1, -(-n // BLOCK)) * BLOCK


def aligned(n: int, dtype: DTypeLike, fill: object = 0) -> NDArray:
    """Return an array of at least `n` elements: padded to blocks, filled, on a cache line.

    Raises
    ------
    TooLargeError
        If the machine does not have that much memory; nothing is allocated then.
    """
    dtype = np.dtype(dtype)
    n_elements = padded(n)
    n_bytes = n_elements * dtype.itemsize
    require(n_bytes, "an array")
    raw = np.empty(n_bytes + ALIGNMENT, dtype=np.uint8)
    start = -raw.ctypes.data % ALIGNMENT
    array = raw[start : start + n_bytes].view(dtype)
    array[:] = fill
    return array


def with_room(n: int, dtype: DTypeLike) -> NDArray:
    """Return an array with room for n elements and a few that may come; no values in particular."""
    return np.empty(n + n // 32 + ALIGNMENT, dtype)


def has_room(array: NDArray, n: int) -> bool:
    """Tell whether n elements fit, and do not leave much empty."""
    return n <= len(array) <= n + n // 8 + 4 * ALIGNMENT


class Rooms:
    """Arrays with room to spare: most changes are made in the memory where the values are.

    Fresh memory costs more than what is moved within it.
    """

    def __init__(self) -> None:
        self._ours: list[weakref.ref[NDArray]] = []

    def fit(self, values: NDArray, n: int) -> NDArray:
        """Return an array of n elements that begins where `values` does, or elsewhere if it must.

        Arrays that did not come from here belong to others and are left as they are.
        """
        owner = next(
            (o for ref in self._ours if (o := ref()) is not None and o is values.base), None
        )
        if owner is None or not has_room(owner, n):
            owner = with_room(n, values.dtype)
            self._ours = [ref for ref in self._ours if ref() is not None]
            self._ours.append(weakref.ref(owner))
        return owner[:n]


def available_bytes() -> int:
    """Return the memory [bytes] that can still be had without swapping; 2**62 where unknown.

    That is what the machine has, or less where the process may not take all of it.
    """
    return min(_free_bytes(), allowed_bytes())


def _free_bytes() -> int:
    try:
        with open("/proc/meminfo") as lines:
            for line in lines:
                if line.startswith("MemAvailable:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return 2**62


def give_back() -> None:
    """Return freed memory to the system where the C library can.

    Connecting a network takes twice the memory that it keeps, and the library holds on to it.
    """
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError, TypeError):
        return  # not the GNU C library
    trim(0)


_FEWER = "use fewer synapses, one shared weight, dtype=float32, or a sparse connector"


def require(n_bytes: int, what: str, *, hint: str = _FEWER) -> None:
    """Refuse `what` before it is allocated if it cannot fit.

    Small requests are not checked: asking the system costs more than they do.
    """
    if n_bytes < 1 << 26:
        return
    free = available_bytes()
    if n_bytes > free:
        gc.collect()  # a network that was replaced may wait for it
        give_back()
        free = available_bytes()
    if n_bytes > free:
        raise TooLargeError(
            f"{what} needs {n_bytes / 2**30:.1f} GiB and {free / 2**30:.1f} GiB are free",
            hint=hint,
        )
