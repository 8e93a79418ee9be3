"""An NVIDIA GPU through CuPy.

The only module of the back end that imports CuPy, and it does so when a GPU is opened.
Kernels are compiled by NVRTC; CuPy keeps binaries under a digest of source, options
and architecture.
"""

from __future__ import annotations

import ctypes
import importlib
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from annlab.codegen.build.settings import read_settings, whose_fault
from annlab.codegen.cuda.headers import with_one_kernel
from annlab.codegen.cuda.kernels import KernelSource
from annlab.errors import BuildError, DeviceError, SimulationError, TooLargeError
from annlab.runtime.cuda.device import Block, Launch, require_gpu

# No fused multiply-add: as on the CPU, so that the numbers agree.
OPTIONS = ("--std=c++17", "--fmad=false")
STEPS_OF_A_GRAPH = 16  # launched as one: from Python a launch takes microseconds
LEAST_CAPABILITY = (7, 0)  # lanes of a warp that compare their numbers
BLOCKS_OF_A_PROCESSOR = 8  # at a time, of `n_threads`, where each takes 64 registers
REGISTERS, MOST_THREADS = 1 << 16, 2048  # of a processor; some older ones hold fewer threads
_TO_DEVICE, _TO_HOST = 1, 2  # cudaMemcpyKind

T = TypeVar("T")


class GpuBlock:
    """Memory of a GPU, from CuPy's pool."""

    def __init__(self, memory: Any) -> None:
        self.memory = memory  # a cupy.cuda.MemoryPointer
        self.address = int(memory.ptr)


class GpuLibrary:
    """The kernels of one source, each compiled when it is asked for, by itself."""

    def __init__(self, device: GpuDevice, source: KernelSource) -> None:
        self._source = source
        self._device = device

    def function(self, name: str) -> Any:
        """Return a kernel.

        A source has a kernel for every storage that a projection may get and for every type of
        number; NVRTC takes 0.1 to 0.2 s for each.
        """
        module = self._device.raw_module(with_one_kernel(self._source.text, name))

        def load() -> Any:
            kernel = module.get_function(name)
            _ = kernel.max_threads_per_block  # loads it now: a capture is no moment for that
            return kernel

        try:
            return self._device.at_home(load)
        except self._device.compile_errors as problem:
            raise BuildError(
                f"the CUDA code of {self._source.name} could not be compiled",
                why=str(problem),
                hint=f'{self._device.whose_fault()}; backend="cpu" does without',
            ) from problem


class GpuGraph:
    """The launches of one step, and of several, captured in CUDA graphs.

    A capture holds launches alone: no memory is taken, nothing is copied and nobody waits.
    """

    def __init__(self, device: GpuDevice, launches: Sequence[Launch], tick: Launch) -> None:
        self._device = device
        self._launches = launches
        self._tick = tick
        self._one = device.checked(lambda: self._captured(1))
        self._many = device.checked(lambda: self._captured(STEPS_OF_A_GRAPH))

    def _captured(self, n_steps: int) -> Any:
        stream = self._device.stream
        with stream:
            stream.begin_capture()
            try:
                for ahead in range(n_steps):
                    for launch in self._launches:
                        _launch(launch, ahead)
                _launch(self._tick, n_steps)
            finally:  # also after an error: a stream that captures does nothing else
                graph = stream.end_capture()
        return graph

    def run(self, n_steps: int) -> None:
        """Repeat the launches and wait until all are done."""
        many, one = divmod(n_steps, STEPS_OF_A_GRAPH)
        device = self._device

        def launch() -> None:
            device.wait_for_others()
            for _ in range(many):
                self._many.launch(device.stream)
            for _ in range(one):
                self._one.launch(device.stream)
            device.stream.synchronize()

        device.run(launch)


def _launch(what: Launch, ahead: int) -> None:
    addresses = (np.uint64(a) for a in what.arguments)
    what.function((*what.grid, 1), (what.n_threads, 1, 1), (*addresses, np.int64(ahead)))


class GpuDevice:
    """Implements `annlab.runtime.cuda.device.Device`.

    All its work is on one stream of its own, in the order in which it is asked for; whoever asks
    for a copy waits for it. It may be called from any thread.
    """

    n_threads = 128
    n_threads_alone = 256

    def __init__(self, number: int | None = None) -> None:
        cupy = self._cupy = _cupy()
        settings = read_settings()
        self.is_lost = False
        self._flags = settings.cuda_flags
        self._id = self._chosen(settings.device if number is None else number)
        properties = self._properties(self._id)
        self.name = properties["name"].decode()
        capability = (properties["major"], properties["minor"])
        if capability < LEAST_CAPABILITY:
            raise DeviceError(
                f"the GPU {self.name} is too old: its compute capability is "
                f"{capability[0]}.{capability[1]}, needed is {LEAST_CAPABILITY[0]}.0",
                hint=_DOCTOR,
            )
        self._n_processors = int(properties["multiProcessorCount"])
        self.n_blocks = BLOCKS_OF_A_PROCESSOR * self._n_processors
        self.stream = self.checked(lambda: cupy.cuda.Stream(non_blocking=True))
        self._has_views = False
        self._pinned: Any = None  # memory of the host that the GPU writes without a detour
        self._n_pinned = 0

    def _chosen(self, number: int | None) -> int:
        runtime = self._cupy.cuda.runtime
        if number is None:
            return int(runtime.getDevice())
        n_devices = int(runtime.getDeviceCount())
        require_gpu(number, [self._properties(k)["name"].decode() for k in range(n_devices)])
        return number

    def _properties(self, number: int) -> Any:
        try:
            return self._cupy.cuda.runtime.getDeviceProperties(number)
        except RuntimeError as problem:
            raise self._failure(problem) from problem

    def n_blocks_of(self, function: Any) -> int:
        """Return how many blocks of `n_threads` of a kernel have registers at a time."""
        n_registers = self.at_home(lambda: int(function.num_regs))
        each = -(-n_registers // 8) * 8 * self.n_threads
        of_processor = min(REGISTERS // each, MOST_THREADS // self.n_threads)
        return of_processor * self._n_processors

    def allocate(self, n_bytes: int) -> GpuBlock:
        """Return memory of at least so many bytes."""
        try:
            return GpuBlock(self.at_home(lambda: self._cupy.cuda.alloc(n_bytes)))
        except self._cupy.cuda.memory.OutOfMemoryError as problem:
            raise TooLargeError(
                f"the GPU has no {n_bytes / 2**20:.1f} MiB left",
                why=str(problem),
                hint='use fewer synapses, dtype=float32, or backend="cpu"',
            ) from problem
        except RuntimeError as problem:
            raise self._failure(problem) from problem

    def available_bytes(self) -> int:
        """Return what is free on the GPU and in CuPy's pool."""

        def both() -> int:
            free, _ = self._cupy.cuda.runtime.memGetInfo()
            return int(free) + int(self._cupy.get_default_memory_pool().free_bytes())

        return self.checked(both)

    def write(self, address: int, array: NDArray) -> None:
        """Copy a contiguous array to the GPU."""
        self._copy([(address, array.ctypes.data, array.nbytes)], _TO_DEVICE)

    def read(self, address: int, array: NDArray) -> None:
        """Copy from the GPU into a contiguous array."""
        self._copy([(array.ctypes.data, address, array.nbytes)], _TO_HOST)

    def read_all(self, places: Sequence[tuple[int, NDArray]]) -> None:
        """Copy from several places at once."""
        ends = np.cumsum([array.nbytes for _, array in places])
        if not len(ends) or ends[-1] == 0:
            return
        base = self._staging(int(ends[-1]))
        starts = [
            base + int(end) - array.nbytes for end, (_, array) in zip(ends, places, strict=True)
        ]
        copies = zip(starts, places, strict=True)
        self._copy([(start, address, a.nbytes) for start, (address, a) in copies], _TO_HOST)
        for start, (_, array) in zip(starts, places, strict=True):
            ctypes.memmove(array.ctypes.data, start, array.nbytes)

    def _staging(self, n_bytes: int) -> int:
        """Return the address of so much memory of the host."""
        if self._pinned is None or self._n_pinned < n_bytes:
            self._n_pinned = max(2 * n_bytes, _LEAST_STAGING)
            take = self._cupy.cuda.alloc_pinned_memory
            self._pinned = self.checked(lambda: take(self._n_pinned))
        return int(self._pinned.ptr)

    def _copy(self, copies: Sequence[tuple[int, int, int]], kind: int) -> None:
        """Copy (to, from, bytes) in the order of the stream, and wait.

        What the runtime copies on its default stream would not wait for ours, nor ours for it.
        """
        runtime, stream = self._cupy.cuda.runtime, self.stream

        def copy() -> None:
            for to, source, n_bytes in copies:
                if n_bytes:
                    runtime.memcpyAsync(to, source, n_bytes, kind, stream.ptr)
            stream.synchronize()

        self.checked(copy)

    def load(self, sources: Sequence[KernelSource]) -> list[GpuLibrary]:
        """Return the kernels of sources; what is not in CuPy's cache is compiled when asked for."""
        return [GpuLibrary(self, source) for source in sources]

    def launch(self, what: Launch) -> None:
        """Launch a kernel once and wait until it is done."""

        def launch() -> None:
            with self.stream:
                _launch(what, 0)
            self.stream.synchronize()

        self.run(launch)

    def run(self, launch: Callable[[], None]) -> None:
        """Have kernels run, and note if one of them has failed."""
        try:
            self.at_home(launch)
        except RuntimeError as problem:
            self.is_lost = True
            raise SimulationError(
                "a kernel on the GPU failed",
                why=str(problem),
                hint="what the GPU had computed is lost, and this process cannot use it any more: "
                'restart it, or go on with backend="cpu"',
            ) from problem

    def graph(self, launches: Sequence[Launch], tick: Launch) -> GpuGraph:
        """Capture the launches of a step."""
        return GpuGraph(self, launches, tick)

    def view(self, block: Block, offset: int, like: NDArray) -> Any:
        """Return memory of the GPU as a CuPy array, without a copy."""
        assert isinstance(block, GpuBlock)
        self._has_views = True
        return self._cupy.ndarray(like.shape, like.dtype, memptr=block.memory + offset)

    def wait_for_others(self) -> None:
        """Wait for what users do with views, on whatever stream of this GPU."""
        if self._has_views:
            self._cupy.cuda.runtime.deviceSynchronize()

    def raw_module(self, text: str) -> Any:
        """Return a source as a module of CuPy."""
        options = (*OPTIONS, *self._flags)
        return self._cupy.RawModule(code=text, options=options, backend="nvrtc")

    def whose_fault(self) -> str:
        """Return what to do where NVRTC refuses a source."""
        return "run: annlab doctor" if not self._flags else whose_fault(self._flags)

    @property
    def compile_errors(self) -> tuple[type[Exception], ...]:
        return (self._cupy.cuda.compiler.CompileException, RuntimeError)

    def at_home(self, function: Callable[[], T]) -> T:
        """Call a function while this GPU is the thread's current one."""
        with self._cupy.cuda.Device(self._id):
            return function()

    def checked(self, function: Callable[[], T]) -> T:
        """Call a function of the CUDA runtime."""
        try:
            return self.at_home(function)
        except RuntimeError as problem:
            raise self._failure(problem) from problem

    def _failure(self, problem: RuntimeError) -> DeviceError:
        told = str(problem).replace("_", "").lower()  # cudaErrorX, CUDA_ERROR_X
        self.is_lost |= any(name.lower() in told for name in _FATAL)
        return DeviceError("the GPU failed", why=str(problem), hint=_DOCTOR)


_LEAST_STAGING = 1 << 16
# After these no call of the process reaches the GPU any more.
_FATAL = (
    "IllegalAddress", "LaunchFailure", "LaunchFailed", "HardwareStackError", "IllegalInstruction",
    "MisalignedAddress", "InvalidAddressSpace", "InvalidPc", "Assert", "ECCUncorrectable",
)  # fmt: skip
_DOCTOR = 'run: annlab doctor; backend="cpu" runs the same network without a GPU'


def _cupy() -> Any:
    """Return CuPy once it is sure that there is a GPU."""
    try:
        cupy = importlib.import_module("cupy")
    except ImportError as problem:
        raise DeviceError(
            'backend="cuda" needs CuPy, which cannot be imported',
            why=f"{type(problem).__name__}: {problem}",
            hint="pip install cupy-cuda12x, or cupy-cuda13x for CUDA 13; then: "
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
