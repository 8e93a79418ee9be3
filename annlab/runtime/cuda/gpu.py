"""An NVIDIA GPU through CuPy.

The only module of the back end that imports CuPy, and it does so when a GPU is opened.
Kernels are compiled by NVRTC; CuPy keeps binaries under a digest of source, options
and architecture.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from annlab.codegen.cuda.kernels import KernelSource
from annlab.errors import BuildError, DeviceError, SimulationError, TooLargeError
from annlab.runtime.cuda.device import Block, Launch

# No fused multiply-add: as on the CPU, so that the numbers agree.
OPTIONS = ("--std=c++17", "--fmad=false")
STEPS_OF_A_GRAPH = 16  # launched as one: from Python a launch takes microseconds
_TO_DEVICE, _TO_HOST = 1, 2  # cudaMemcpyKind

T = TypeVar("T")


class GpuBlock:
    """Memory of a GPU, from CuPy's pool."""

    def __init__(self, cupy: Any, n_bytes: int) -> None:
        try:
            self.memory = cupy.cuda.alloc(n_bytes)
        except cupy.cuda.memory.OutOfMemoryError as problem:
            raise TooLargeError(
                f"the GPU has no {n_bytes / 2**20:.1f} MiB left",
                why=str(problem),
                hint='use fewer synapses, dtype=float32, or backend="cpu"',
            ) from problem
        self.address = int(self.memory.ptr)


class GpuLibrary:
    """The kernels of one source."""

    def __init__(self, cupy: Any, source: KernelSource) -> None:
        self._name = source.name
        self._module = cupy.RawModule(code=source.text, options=OPTIONS, backend="nvrtc")
        self._cupy = cupy

    def function(self, name: str) -> Any:
        """Return a kernel; the first one has the source compiled."""
        try:
            return self._module.get_function(name)
        except (self._cupy.cuda.compiler.CompileException, RuntimeError) as problem:
            raise BuildError(
                f"the CUDA code of {self._name} could not be compiled",
                why=str(problem),
                hint='run: annlab doctor; backend="cpu" does without',
            ) from problem


class GpuGraph:
    """The launches of one step, and of several, captured in CUDA graphs."""

    def __init__(self, device: GpuDevice, launches: Sequence[Launch]) -> None:
        self._device = device
        self._launches = launches
        self._one = self._captured(1)
        self._many = self._captured(STEPS_OF_A_GRAPH)

    def _captured(self, n_steps: int) -> Any:
        stream = self._device.stream
        with stream:
            stream.begin_capture()
            try:
                for _ in range(n_steps):
                    for launch in self._launches:
                        arguments = tuple(np.uint64(a) for a in launch.arguments)
                        launch.function((*launch.grid, 1), (launch.n_threads, 1, 1), arguments)
            finally:
                graph = stream.end_capture()
        return graph

    def run(self, n_steps: int) -> None:
        """Repeat the launches and wait until all are done."""
        many, one = divmod(n_steps, STEPS_OF_A_GRAPH)

        def launch() -> None:
            for _ in range(many):
                self._many.launch(self._device.stream)
            for _ in range(one):
                self._one.launch(self._device.stream)
            self._device.stream.synchronize()

        try:
            launch()
        except RuntimeError as problem:
            raise SimulationError(
                "a kernel on the GPU failed",
                why=str(problem),
                hint="what the GPU had computed is lost, and this process cannot use it any more: "
                'restart it, or go on with backend="cpu"',
            ) from problem


class GpuDevice:
    """Implements `annlab.runtime.cuda.device.Device`."""

    n_threads = 128
    n_threads_alone = 256

    def __init__(self) -> None:
        self._cupy = _cupy()
        properties = self._cupy.cuda.runtime.getDeviceProperties(self._cupy.cuda.Device().id)
        self.name = properties["name"].decode()
        self.stream = self._cupy.cuda.Stream(non_blocking=True)

    def allocate(self, n_bytes: int) -> GpuBlock:
        """Return memory of at least so many bytes."""
        return GpuBlock(self._cupy, n_bytes)

    def available_bytes(self) -> int:
        """Return what is free on the GPU and in CuPy's pool."""
        free, _ = self._checked(self._cupy.cuda.runtime.memGetInfo)
        return int(free) + int(self._cupy.get_default_memory_pool().free_bytes())

    def write(self, address: int, array: NDArray) -> None:
        """Copy a contiguous array to the GPU."""
        self._copy(address, array.ctypes.data, array.nbytes, _TO_DEVICE)

    def read(self, address: int, array: NDArray) -> None:
        """Copy from the GPU into a contiguous array."""
        self._copy(array.ctypes.data, address, array.nbytes, _TO_HOST)

    def _copy(self, to: int, source: int, n_bytes: int, kind: int) -> None:
        if n_bytes:
            self._checked(lambda: self._cupy.cuda.runtime.memcpy(to, source, n_bytes, kind))

    def load(self, sources: Sequence[KernelSource]) -> list[GpuLibrary]:
        """Return the kernels of sources; what is not in CuPy's cache is compiled when asked for."""
        return [GpuLibrary(self._cupy, source) for source in sources]

    def graph(self, launches: Sequence[Launch]) -> GpuGraph:
        """Capture the launches of a step."""
        return GpuGraph(self, launches)

    def view(self, block: Block, offset: int, like: NDArray) -> Any:
        """Return memory of the GPU as a CuPy array, without a copy."""
        assert isinstance(block, GpuBlock)
        return self._cupy.ndarray(like.shape, like.dtype, memptr=block.memory + offset)

    def _checked(self, function: Callable[[], T]) -> T:
        """Call a function of the CUDA runtime."""
        try:
            return function()
        except RuntimeError as problem:
            raise DeviceError("the GPU failed", why=str(problem), hint=_DOCTOR) from problem


_DOCTOR = 'run: annlab doctor; backend="cpu" runs the same network without a GPU'


def _cupy() -> Any:
    """Return CuPy once it is sure that there is a GPU."""
    try:
        cupy = importlib.import_module("cupy")
    except ImportError as problem:
        raise DeviceError(
            'backend="cuda" needs CuPy, which cannot be imported',
            why=f"{type(problem).__name__}: {problem}",
            hint="pip install 'annlab[cuda12]', or 'annlab[cuda13]' for CUDA 13; then: "
            'annlab doctor. backend="cpu" runs the same network without a GPU',
        ) from problem
    try:
        n_devices = cupy.cuda.runtime.getDeviceCount()
    except RuntimeError as problem:
        raise DeviceError(
            'backend="cuda" needs an NVIDIA GPU and its driver', why=str(problem), hint=_DOCTOR
        ) from problem
    if n_devices < 1:
        raise DeviceError('backend="cuda" finds no GPU', hint=_DOCTOR)
    return cupy
