"""The native loop without a Python module around it, for machines that lack Python's header.

Debian ships `Python.h` apart from Python. Where it is missing, the C++ loop is
compiled alone and reached through ctypes: the same functions as ``engine.pyx``
binds, a microsecond slower a call.
"""

from __future__ import annotations

import ctypes
import sysconfig
from collections.abc import Iterable
from ctypes import c_int, c_int64, c_ssize_t, c_void_p
from pathlib import Path

_PROTOTYPES: dict[str, tuple[object, tuple[object, ...]]] = {
    "annlab_new": (c_void_p, (c_ssize_t,) * 3),
    "annlab_delete": (None, (c_void_p,)),
    "annlab_clear": (None, (c_void_p,)),
    "annlab_add": (None, (c_void_p, c_ssize_t, c_ssize_t, c_int, c_int)),
    "annlab_add_follower": (None, (c_void_p, c_ssize_t, c_ssize_t)),
    "annlab_clear_stops": (None, (c_void_p,)),
    "annlab_add_stop": (None, (c_void_p, c_ssize_t)),
    "annlab_run": (c_int64, (c_void_p, c_int64, c_int)),
    "annlab_run_until": (c_int64, (c_void_p, c_int64, c_int)),
    "annlab_team": (c_int, (c_void_p,)),
    "annlab_thread_limit": (c_int, ()),
    "annlab_add_rows": (None, (c_ssize_t, c_ssize_t, c_int64, c_int64)),
    "annlab_split": (None, (c_ssize_t, c_int64, c_ssize_t, c_int, c_int64, c_ssize_t)),
    "annlab_transpose": (
        None,
        (c_ssize_t, c_ssize_t, c_int64, c_ssize_t, c_int, c_int64, c_ssize_t, c_ssize_t, c_ssize_t),
    ),
    "annlab_bisect": (None, (c_ssize_t, c_int, c_int64, *(c_ssize_t,) * 4)),
    "annlab_find": (None, (c_ssize_t, c_ssize_t, c_int, c_int64, *(c_ssize_t,) * 3)),
    "annlab_find_free": (
        None,
        (c_ssize_t, c_ssize_t, c_int, c_ssize_t, c_int64, *(c_ssize_t,) * 3),
    ),
    "annlab_splice": (None, (c_ssize_t, c_ssize_t, c_int64, c_int64, *(c_ssize_t,) * 4)),
    "annlab_cut": (None, (c_int64, c_int64, c_ssize_t, c_int64, *(c_ssize_t,) * 5)),
    "annlab_splice_columns": (None, (c_int64, c_int64, c_int64, c_ssize_t)),
    "annlab_draw_units": (None, (c_ssize_t, c_int64, c_int64, c_int64, c_ssize_t, c_ssize_t)),
    "annlab_call": (None, (c_ssize_t, c_ssize_t, c_int64)),
}


def has_python_header() -> bool:
    """Tell whether a module for this Python can be compiled here."""
    return Path(sysconfig.get_path("include"), "Python.h").exists()


class _NamedKernel(ctypes.Structure):
    _fields_ = (("name", ctypes.c_char_p), ("address", c_ssize_t))


class LooseEngine:
    """What the module ``engine`` offers, over the C functions of ``engine.h``."""

    def __init__(self, path: Path) -> None:
        library = ctypes.CDLL(str(path))
        for name, (result, arguments) in _PROTOTYPES.items():
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
        n_kernels = c_int.in_dll(library, "annlab_n_kernels").value
        kernels = (_NamedKernel * n_kernels).in_dll(library, "annlab_kernels")
        self.KERNELS: dict[str, int] = {k.name.decode(): k.address for k in kernels}
        self.HAS_OPENMP = c_int.in_dll(library, "annlab_has_openmp").value != 0
        self.thread_limit = library.annlab_thread_limit
        self.add_rows = library.annlab_add_rows
        self.split = library.annlab_split
        self.transposed = library.annlab_transpose
        self.bisect = library.annlab_bisect
        self.find = library.annlab_find
        self.find_free = library.annlab_find_free
        self.splice = library.annlab_splice
        self.cut = library.annlab_cut
        self.splice_columns = library.annlab_splice_columns
        self.draw_units = library.annlab_draw_units
        self.call = library.annlab_call
        self._library = library

    def NativeProgram(self, clock: int, attention: int, service: int) -> LooseProgram:
        """Return an empty list of kernels; named as the class of the module ``engine``."""
        return LooseProgram(self._library, clock, attention, service)


class LooseProgram:
    """A list of kernels that runs without Python."""

    def __init__(self, library: ctypes.CDLL, clock: int, attention: int, service: int) -> None:
        self._library = library
        self._program = library.annlab_new(clock, attention, service)
        if not self._program:
            raise MemoryError

    def __del__(self) -> None:
        if getattr(self, "_program", None):
            self._library.annlab_delete(self._program)

    def clear(self) -> None:
        """Forget all kernels."""
        self._library.annlab_clear(self._program)

    def add(self, kernel: int, slots: int, barrier_before: bool, is_serial: bool) -> None:
        """Append a kernel that runs in every step."""
        self._library.annlab_add(self._program, kernel, slots, barrier_before, is_serial)

    def add_follower(self, kernel: int, slots: int) -> None:
        """Append a kernel that looks at a step that all threads have finished."""
        self._library.annlab_add_follower(self._program, kernel, slots)

    def set_stops(self, addresses: Iterable[int]) -> None:
        """Set the addresses of the stop flags that `run_until` looks at."""
        self._library.annlab_clear_stops(self._program)
        for address in addresses:
            self._library.annlab_add_stop(self._program, address)

    def run(self, n_steps: int, n_threads: int) -> int:
        """Run without the GIL; return the number of steps done."""
        return self._library.annlab_run(self._program, n_steps, n_threads)

    def run_until(self, n_steps: int, needs_all: bool) -> int:
        """Run until the stop conditions hold; return the number of steps done."""
        return self._library.annlab_run_until(self._program, n_steps, needs_all)

    def team(self) -> int:
        """Return how many threads did the last run."""
        return self._library.annlab_team(self._program)
