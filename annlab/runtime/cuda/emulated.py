"""A device that is none: the CUDA kernels compiled for the CPU, its memory an array apart.

For machines without a GPU: the kernels, their launches and every copy between the
memories are those of a GPU, so a barrier, an address or a copy that is missing shows.
Slow: a block's threads run one after another.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from annlab.codegen.build import build as builder
from annlab.codegen.build import cache
from annlab.codegen.build.compiler import find_compiler
from annlab.codegen.clike.requests import hashed
from annlab.codegen.cuda.headers import emulation
from annlab.codegen.cuda.kernels import KernelSource
from annlab.errors import CacheError, SimulationError
from annlab.runtime.cuda.device import Block, Launch
from annlab.runtime.memory import aligned, available_bytes

# There is one set of fibres for all networks: their kernels take turns.
_ONE_AT_A_TIME = threading.Lock()


class EmulatedBlock:
    """Memory that only kernels and copies touch."""

    def __init__(self, n_bytes: int) -> None:
        self.bytes = aligned(n_bytes, np.uint8, 0xA5)  # nothing may rely on zeros
        self.address = self.bytes.ctypes.data


class EmulatedLibrary:
    """A shared library with the kernels of one source."""

    def __init__(self, path: Path) -> None:
        self._library = ctypes.CDLL(str(path))
        self._here = ctypes.addressof(ctypes.c_void_p.in_dll(self._library, "annlab_emulated"))

    def function(self, name: str) -> tuple[int, int]:
        """Return the addresses of a kernel and of what tells it which thread it is."""
        kernel = ctypes.cast(getattr(self._library, name), ctypes.c_void_p).value or 0
        return kernel, self._here


class EmulatedGraph:
    """Launches that run one after the other."""

    def __init__(self, run: Callable[..., int], launches: Sequence[Launch], tick: Launch) -> None:
        self._run = run
        self._names = [launch.name for launch in launches]
        self._launches = launches
        self._one = _table([*((launch, 0) for launch in launches), (tick, 1)])
        self._two = _table(
            [*((launch, ahead) for ahead in (0, 1) for launch in launches), (tick, 2)]
        )
        self._is_backwards = False

    def run(self, n_steps: int) -> None:
        """Repeat the launches; the order of threads is turned round from run to run.

        As on a GPU, several steps go by before the clock is set on.
        """
        self._is_backwards = not self._is_backwards
        for table, n in ((self._two, n_steps // 2), (self._one, n_steps % 2)):
            self._repeat(table, n)

    def _repeat(self, table: NDArray[np.int64], n: int) -> None:
        with _ONE_AT_A_TIME:
            failed = self._run(table.ctypes.data, len(table), n, self._is_backwards)
        if failed >= 0:
            raise _endless(self._names[failed % len(self._names)])


def _endless(name: str) -> SimulationError:
    return SimulationError(
        f"the kernel {name!r} waits for ever",
        why="some threads of a block have reached a barrier that others never reach",
    )


class EmulatedDevice:
    """Implements `annlab.runtime.cuda.device.Device`."""

    name = "emulated on the CPU"
    n_threads = 64  # two warps: what one must not know of the other shows
    n_threads_alone = 64
    n_blocks = 4  # so few that teams have to go round
    is_lost = False

    def __init__(self) -> None:
        (path,) = _built([("the emulation of a GPU", emulation())])
        self._library = ctypes.CDLL(str(path))
        self._run = self._library.annlab_emulate
        self._run.restype = ctypes.c_int64
        self._is_backwards = False
        self._run.argtypes = (ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64, ctypes.c_int32)

    def allocate(self, n_bytes: int) -> EmulatedBlock:
        """Return memory of at least so many bytes."""
        return EmulatedBlock(n_bytes)

    def available_bytes(self) -> int:
        """Return how much more can be had."""
        return available_bytes()

    def write(self, address: int, array: NDArray) -> None:
        """Copy a contiguous array to the device."""
        ctypes.memmove(address, array.ctypes.data, array.nbytes)

    def read(self, address: int, array: NDArray) -> None:
        """Copy from the device into a contiguous array."""
        ctypes.memmove(array.ctypes.data, address, array.nbytes)

    def read_all(self, places: Sequence[tuple[int, NDArray]]) -> None:
        """Copy from several places into an array each."""
        for address, array in places:
            self.read(address, array)

    def load(self, sources: Sequence[KernelSource]) -> list[EmulatedLibrary]:
        """Compile what is not in the cache, and load it."""
        return [EmulatedLibrary(path) for path in _built([(s.name, s.text) for s in sources])]

    def launch(self, what: Launch) -> None:
        """Launch a kernel once; the order of its threads is turned round from launch to launch."""
        self._is_backwards = not self._is_backwards
        table = _table([(what, 0)])
        with _ONE_AT_A_TIME:
            failed = self._run(table.ctypes.data, 1, 1, self._is_backwards)
        if failed >= 0:
            raise _endless(what.name)

    def graph(self, launches: Sequence[Launch], tick: Launch) -> EmulatedGraph:
        """Prepare the launches of a step."""
        return EmulatedGraph(self._run, launches, tick)

    def view(self, block: Block, offset: int, like: NDArray) -> NDArray:
        """Return device memory as an array, without a copy."""
        assert isinstance(block, EmulatedBlock)
        return block.bytes[offset : offset + like.nbytes].view(like.dtype).reshape(like.shape)


def _table(launches: Sequence[tuple[Launch, int]]) -> NDArray[np.int64]:
    """Return what the emulation reads of launches, each with the steps gone by."""
    rows = [(*x.function, *x.arguments, ahead, *x.grid, x.n_threads) for x, ahead in launches]
    return np.array(rows, np.int64).reshape(-1, 9)


def _built(texts: Sequence[tuple[str, str]]) -> list[Path]:
    """Return the binaries of C++ sources, compiled side by side where the cache has none."""
    compiler = find_compiler().identity()
    units = [
        builder.Unit(name=name, key=f"emulated-{hashed(text, compiler)}", source=text)
        for name, text in texts
    ]
    builder.build(units)
    paths = [cache.code_file(unit.key) for unit in units]
    if None in paths:
        raise CacheError("what has just been compiled is no longer in the cache")
    return [path for path in paths if path is not None]
