"""What the CUDA back end needs of a device: memory, kernels, launches.

`annlab.runtime.cuda.gpu` is a GPU through CuPy, `annlab.runtime.cuda.emulated` runs the
same kernels on the CPU. Knows neither populations nor steps.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from numpy.typing import NDArray

from annlab.codegen.cuda.kernels import KernelSource
from annlab.errors import DeviceError

EMULATE_VARIABLE = "ANNLAB_CUDA_EMULATE"
WATCH = "watch"  # a value of it


class Block(Protocol):
    """Some memory of a device; freed with the object."""

    address: int


class Library(Protocol):
    """The kernels of one source."""

    def function(self, name: str) -> Any:
        """Return a kernel in the form in which its device launches it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """One launch of a kernel.

    Attributes
    ----------
    function
        Of a `Library` of the device.
    arguments
        Addresses: tables of slots, first table of each group (0: each is one), clock. The fourth
        comes with the launch: how many steps have gone by since the clock was set.
    grid
        Number of blocks, and of groups of tables.
    n_threads
        Of a block.
    """

    name: str
    function: Any
    arguments: tuple[int, int, int]
    grid: tuple[int, int]
    n_threads: int


class Graph(Protocol):
    """The launches of one step, ready to be repeated."""

    def run(self, n_steps: int) -> None:
        """Repeat the launches and wait until all are done.

        Raises
        ------
        SimulationError
            If a kernel failed.
        """
        ...


class Device(Protocol):
    """A device.

    Attributes
    ----------
    name
        For people.
    n_threads, n_threads_alone
        Of a block among many, and of one that does a piece of work alone.
    n_blocks
        How many blocks of `n_threads` are at work at a time.
    is_lost
        True once a kernel has failed and nothing can be read any more.
    """

    name: str
    n_threads: int
    n_threads_alone: int
    n_blocks: int
    is_lost: bool

    def n_blocks_of(self, function: Any) -> int:
        """Return how many blocks of `n_threads` of a kernel are at work at a time."""
        ...

    def allocate(self, n_bytes: int) -> Block:
        """Return memory of at least so many bytes."""
        ...

    def available_bytes(self) -> int:
        """Return how much more can be had."""
        ...

    def write(self, address: int, array: NDArray) -> None:
        """Copy a contiguous array to the device."""
        ...

    def read(self, address: int, array: NDArray) -> None:
        """Copy from the device into a contiguous array."""
        ...

    def read_all(self, places: Sequence[tuple[int, NDArray]]) -> None:
        """Copy from several places into an array each."""
        ...

    def load(self, sources: Sequence[KernelSource]) -> Sequence[Library]:
        """Compile what is not in a cache, and load it."""
        ...

    def launch(self, what: Launch) -> None:
        """Launch a kernel once and wait until it is done.

        Raises
        ------
        SimulationError
            If it failed.
        """
        ...

    def graph(self, launches: Sequence[Launch], tick: Launch) -> Graph:
        """Prepare the launches of a step, and that which sets the clock on after some steps."""
        ...

    def view(self, block: Block, offset: int, like: NDArray) -> Any:
        """Return device memory as an array of the device, without a copy."""
        ...


def open_device(gpu: int | None = None) -> Device:
    """Return a GPU, or its emulation where ``ANNLAB_CUDA_EMULATE`` is set (for developers).

    With the value ``watch`` every access of a kernel to memory is looked at. Without a number it is
    the GPU that the user's settings name, or else the current one of CuPy.

    Raises
    ------
    DeviceError
        If there is no GPU that can be used, with the reason.
    """
    wanted = os.environ.get(EMULATE_VARIABLE, "0")
    if wanted not in ("", "0"):
        from annlab.runtime.cuda.emulated import EmulatedDevice  # tests only

        require_gpu(gpu or 0, ["an emulated one"])
        return EmulatedDevice(is_watched=wanted == WATCH)
    from annlab.runtime.cuda.gpu import GpuDevice  # imports CuPy

    return GpuDevice(gpu)


def require_gpu(number: int, names: Sequence[str]) -> None:
    """Refuse the number of a GPU that is not there.

    Raises
    ------
    DeviceError
        If it is none of `names`.
    """
    if number >= len(names):
        here = ", ".join(f"{k} ({name})" for k, name in enumerate(names))
        raise DeviceError(
            f"there is no GPU number {number}",
            why=f"CUDA shows on this machine: {here}",
            hint="give one of these numbers as device; the environment variable "
            "CUDA_VISIBLE_DEVICES may hide others",
        )
