"""A device that is none: the CUDA kernels compiled for the CPU, its memory an array apart.

For machines without a GPU: the kernels, their launches and every copy between the
memories are those of a GPU, so a barrier, an address or a copy that is missing shows.
Slow: a block's threads run one after another. Slower still, and only if asked, each access
of a kernel is watched (`codegen/cuda/native/watch.hpp`): races, limits, alignment, numbers
that nobody has written.
"""

from __future__ import annotations

import ctypes
import re
import subprocess
import threading
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from annlab.codegen.build import build as builder
from annlab.codegen.build import cache
from annlab.codegen.build.compiler import find_compiler
from annlab.codegen.clike.requests import hashed
from annlab.codegen.cuda.headers import emulation
from annlab.codegen.cuda.kernels import KernelSource
from annlab.errors import CacheError, SimulationError, TooLargeError
from annlab.runtime.cuda.device import Block, Launch
from annlab.runtime.memory import aligned, available_bytes

# There is one set of fibres for all networks: their kernels take turns.
_ONE_AT_A_TIME = threading.RLock()
# Each kernel runs for a moment: what compiles soonest is done soonest.
_PLAIN = ("-O1",)
# The compiler's checker of threads, whose functions the kernels bring along: its library stays
# out. Little is optimised, so that a report names what is written in the source.
_WATCHED = ("-O1", "-g", "-fsanitize=thread", "-nodefaultlibs", "-lc")


class EmulatedBlock:
    """Memory that only kernels and copies touch."""

    def __init__(self, n_bytes: int) -> None:
        self.bytes = aligned(n_bytes, np.uint8, 0xA5)  # nothing may rely on zeros
        self.address = self.bytes.ctypes.data


class EmulatedLibrary:
    """A shared library with the kernels of one source."""

    def __init__(self, path: Path, source: KernelSource) -> None:
        self._path, self._source = path, source
        self._library = ctypes.CDLL(str(path))
        self._here = ctypes.addressof(ctypes.c_void_p.in_dll(self._library, "annlab_emulated"))

    def function(self, name: str) -> EmulatedKernel:
        """Return a kernel."""
        address = ctypes.cast(getattr(self._library, name), ctypes.c_void_p).value or 0
        return EmulatedKernel(address, self._here, self)

    def line(self, offset: int) -> str | None:
        """Return the line of the source whose code lies there, where binutils are installed."""
        command = ["addr2line", "-e", str(self._path), hex(offset)]
        try:
            said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        except (OSError, subprocess.CalledProcessError):
            return None
        number = said.split()[0].rpartition(":")[2]
        return self._source.text.splitlines()[int(number) - 1].strip() if number.isdigit() else None


@dataclass(frozen=True, slots=True)
class EmulatedKernel:
    """Addresses: of a kernel, and of what tells it which thread it is."""

    address: int
    here: int
    library: EmulatedLibrary


class Emulation:
    """The native part: threads, barriers, and the watch over memory."""

    def __init__(self) -> None:
        (path,) = _built([("the emulation of a GPU", emulation())])
        self._library = ctypes.CDLL(str(path))
        self._run = self._library.annlab_emulate
        self._run.restype = ctypes.c_int64
        self._run.argtypes = (ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64, ctypes.c_int32)
        self._report = self._library.annlab_watch_report
        self._report.restype = ctypes.c_char_p
        self._watch = self._library.annlab_watch
        self._watch.argtypes = (ctypes.c_size_t, ctypes.c_int64)
        self._written = self._library.annlab_watch_written
        self._written.argtypes = (ctypes.c_size_t, ctypes.c_int64)
        self._no_more = self._library.annlab_watch_no_more
        self._no_more.argtypes = (ctypes.c_size_t,)

    def run(
        self, launches: Sequence[tuple[Launch, int]], n_steps: int = 1, *, is_backwards: bool
    ) -> None:
        """Run launches, each with the steps gone by, `n_steps` times one after the other.

        Raises
        ------
        SimulationError
            If some threads of one wait for ever, or the watch has found something.
        """
        rows = [
            (k.address, k.here, *x.arguments, ahead, *x.grid, x.n_threads)
            for x, ahead in launches
            for k in (x.function,)
        ]
        table = np.array(rows, np.int64).reshape(-1, 9)
        with _ONE_AT_A_TIME:
            failed = self._run(table.ctypes.data, len(table), n_steps, is_backwards)
            report = self._report().decode()
        if failed < 0:
            return
        what, _ = launches[failed]
        if report:
            raise SimulationError(
                f"the kernel {what.name!r} fails on a GPU: {_with_lines(report, what)}"
            )
        raise SimulationError(
            f"the kernel {what.name!r} waits for ever",
            why="some threads of a block have reached a barrier that others never reach",
        )

    def watch(self, block: EmulatedBlock) -> None:
        """Let kernels that are watched use some memory, as long as it is there."""
        with _ONE_AT_A_TIME:
            if not self._watch(block.address, block.bytes.nbytes):
                raise TooLargeError("there is no memory left to watch a kernel with")
        weakref.finalize(block, self._forget, block.address, block.bytes)

    def _forget(self, address: int, _bytes: NDArray) -> None:
        with _ONE_AT_A_TIME:  # reentrant: the collector comes when it likes
            self._no_more(address)

    def note_written(self, address: int, n_bytes: int) -> None:
        """Tell that the host has written, or will."""
        with _ONE_AT_A_TIME:
            self._written(address, n_bytes)


def _with_lines(report: str, what: Launch) -> str:
    """Return what was found with lines of the source in place of addresses."""

    def line(found: re.Match[str]) -> str:
        text = what.function.library.line(int(found[1], 16))
        return found[0] if text is None else f"in `{text}`"

    return re.sub(r"code at \+0x([0-9a-f]+)", line, report)


class EmulatedGraph:
    """Launches that run one after the other."""

    def __init__(self, emulation: Emulation, launches: Sequence[Launch], tick: Launch) -> None:
        self._emulation = emulation
        self._names = [launch.name for launch in launches]
        self._one = [*((launch, 0) for launch in launches), (tick, 1)]
        self._two = [*((launch, ahead) for ahead in (0, 1) for launch in launches), (tick, 2)]
        self._is_backwards = False

    def run(self, n_steps: int) -> None:
        """Repeat the launches; the order of threads is turned round from run to run.

        As on a GPU, several steps go by before the clock is set on.
        """
        self._is_backwards = not self._is_backwards
        for launches, n in ((self._two, n_steps // 2), (self._one, n_steps % 2)):
            self._emulation.run(launches, n, is_backwards=self._is_backwards)


class EmulatedDevice:
    """Implements `annlab.runtime.cuda.device.Device`."""

    name = "emulated on the CPU"
    n_threads = 64  # two warps: what one must not know of the other shows
    n_threads_alone = 64
    n_blocks = 4  # so few that teams have to go round
    is_lost = False

    def __init__(self, *, is_watched: bool = False) -> None:
        self.emulation = Emulation()
        self._is_watched = is_watched
        self._is_backwards = False

    def n_blocks_of(self, function: EmulatedKernel) -> int:
        """Return how many blocks of a kernel are at work at a time."""
        return self.n_blocks

    def allocate(self, n_bytes: int) -> EmulatedBlock:
        """Return memory of at least so many bytes."""
        block = EmulatedBlock(n_bytes)
        if self._is_watched:
            self.emulation.watch(block)
        return block

    def available_bytes(self) -> int:
        """Return how much more can be had."""
        return available_bytes()

    def write(self, address: int, array: NDArray) -> None:
        """Copy a contiguous array to the device."""
        self.emulation.note_written(address, array.nbytes)
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
        flags = _WATCHED if self._is_watched else _PLAIN
        paths = _built([(s.name, s.text) for s in sources], flags)
        return [EmulatedLibrary(*both) for both in zip(paths, sources, strict=True)]

    def launch(self, what: Launch) -> None:
        """Launch a kernel once; the order of its threads is turned round from launch to launch."""
        self._is_backwards = not self._is_backwards
        self.emulation.run([(what, 0)], is_backwards=self._is_backwards)

    def graph(self, launches: Sequence[Launch], tick: Launch) -> EmulatedGraph:
        """Prepare the launches of a step."""
        return EmulatedGraph(self.emulation, launches, tick)

    def view(self, block: Block, offset: int, like: NDArray) -> NDArray:
        """Return device memory as an array, without a copy."""
        assert isinstance(block, EmulatedBlock)
        self.emulation.note_written(block.address + offset, like.nbytes)
        return block.bytes[offset : offset + like.nbytes].view(like.dtype).reshape(like.shape)


def _built(texts: Sequence[tuple[str, str]], flags: tuple[str, ...] = ()) -> list[Path]:
    """Return the binaries of C++ sources, compiled side by side where the cache has none."""
    compiler = find_compiler().identity()
    units = [
        builder.Unit(
            name=name, key=f"emulated-{hashed(text, compiler, *flags)}", source=text, flags=flags
        )
        for name, text in texts
    ]
    builder.build(units)
    paths = [cache.code_file(unit.key) for unit in units]
    if None in paths:
        raise CacheError("what has just been compiled is no longer in the cache")
    return [path for path in paths if path is not None]
