"""CuPy as `annlab.runtime.cuda.gpu` uses it, over the emulation, with the rules of CUDA enforced.

A launch outside a capture, a copy or a wait inside one, a stream of another thread's device,
an argument of the wrong size: each is an error here as on a GPU. Streams run nothing before
somebody waits for them, so who reads too early gets old numbers.
"""

from __future__ import annotations

import contextlib
import ctypes
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annlab.codegen.cuda.kernels import KernelSource
from annlab.runtime.cuda.device import Launch
from annlab.runtime.cuda.emulated import EmulatedDevice, EmulatedKernel, EmulatedLibrary

HOST_TO_DEVICE, DEVICE_TO_HOST = 1, 2


class FakeError(RuntimeError):
    """As CUDARuntimeError is one."""


class CompileError(Exception):
    """As CompileException is none."""


class Memory:
    def __init__(self, block: Any, offset: int = 0) -> None:
        self.block, self.offset = block, offset
        self.ptr = block.address + offset

    def __add__(self, offset: int) -> Memory:
        return Memory(self.block, self.offset + offset)


class Stream:
    """Work that is done when somebody waits."""

    current: Stream | None = None

    def __init__(self, non_blocking: bool = False) -> None:
        assert non_blocking  # the default stream may wait for anybody
        self.ptr = id(self)
        self.work: list[Callable[[], None]] = []
        self.captured: list[Callable[[], None]] | None = None

    def __enter__(self) -> Stream:
        Stream.current = self
        return self

    def __exit__(self, *_: object) -> None:
        Stream.current = None

    def begin_capture(self) -> None:
        assert self.captured is None
        self.captured = []

    def end_capture(self) -> Graph:
        assert self.captured is not None
        captured, self.captured = self.captured, None
        return Graph(captured)

    def put(self, work: Callable[[], None]) -> None:
        (self.work if self.captured is None else self.captured).append(work)

    def synchronize(self) -> None:
        if self.captured is not None:
            raise FakeError("cudaErrorStreamCaptureUnsupported")
        work, self.work = self.work, []
        for one in work:
            one()


class Graph:
    def __init__(self, nodes: list[Callable[[], None]]) -> None:
        self.nodes = nodes

    def launch(self, stream: Stream) -> None:
        stream.work += self.nodes


class Kernel:
    max_threads_per_block = 1024

    @property
    def num_regs(self) -> int:
        self._cupy.note()
        return 80

    def __init__(self, cupy: FakeCupy, function: EmulatedKernel, name: str) -> None:
        self._cupy, self._function, self._name = cupy, function, name

    def __call__(self, grid: tuple[int, ...], block: tuple[int, ...], args: tuple) -> None:
        self._cupy.note()
        assert len(grid) == len(block) == 3
        assert grid[0] < 2**31
        assert max(grid[1:]) < 2**16
        assert block[0] <= 1024
        assert [a.dtype for a in args] == [np.uint64] * 3 + [np.int64]
        stream = Stream.current
        assert stream is not None
        launch = Launch(
            name=self._name, function=self._function, arguments=tuple(map(int, args[:3])),
            grid=grid[:2], n_threads=block[0],
        )  # fmt: skip
        stream.put(lambda: self._cupy.emulate(launch, int(args[3])))


class FakeCupy(types.ModuleType):
    """A module to put in the place of CuPy.

    Attributes
    ----------
    failing
        The error of the next launch, and of all that is asked of the device after it.
    used
        The devices that were the current one when something was done.
    """

    def __init__(self, n_devices: int = 1) -> None:
        super().__init__("cupy")
        self.current = 0
        self.used: set[int] = set()
        self.emulated = EmulatedDevice()
        self.failing: str | None = None
        self.is_dead = False
        self.compiled: list[str] = []
        self.options: tuple[str, ...] = ()  # of the last one
        self.streams: dict[int, Stream] = {}
        self.cuda = types.SimpleNamespace(
            alloc=self._memory,
            alloc_pinned_memory=self._memory,
            memory=types.SimpleNamespace(OutOfMemoryError=MemoryError),
            compiler=types.SimpleNamespace(CompileException=CompileError),
            Stream=self._stream,
            Device=self._device,
            runtime=types.SimpleNamespace(
                getDevice=lambda: self.current,
                getDeviceCount=lambda: n_devices,
                getDeviceProperties=lambda _: {
                    "name": b"a fake", "major": 9, "minor": 0, "multiProcessorCount": 1,
                },
                memGetInfo=lambda: self.note() or (1 << 30, 1 << 31),
                memcpyAsync=self._copy,
                deviceSynchronize=self.note,
            ),
        )  # fmt: skip

    def note(self) -> None:
        """Remember which device is the current one."""
        self.used.add(self.current)

    @contextlib.contextmanager
    def _device(self, number: int) -> Iterator[None]:
        before, self.current = self.current, number
        try:
            yield
        finally:
            self.current = before

    def _memory(self, n_bytes: int) -> Memory:
        self.note()
        return Memory(self.emulated.allocate(n_bytes))

    def get_default_memory_pool(self) -> Any:
        self.note()
        return types.SimpleNamespace(free_bytes=lambda: 0)

    def _stream(self, non_blocking: bool) -> Stream:
        self.note()
        stream = Stream(non_blocking)
        self.streams[stream.ptr] = stream
        return stream

    def _copy(self, to: int, source: int, n_bytes: int, kind: int, stream: int) -> None:
        self.note()
        if self.is_dead:
            raise FakeError(self.failing)
        assert kind in (HOST_TO_DEVICE, DEVICE_TO_HOST)
        on = self.streams[stream]
        if on.captured is not None:
            raise FakeError("cudaErrorStreamCaptureUnsupported")
        # What comes from the host is read at once, what goes there arrives in its turn.
        data = ctypes.string_at(source, n_bytes) if kind == HOST_TO_DEVICE else None

        def copy() -> None:
            ctypes.memmove(to, source if data is None else data, n_bytes)

        on.put(copy)

    def RawModule(self, *, code: str, options: tuple[str, ...], backend: str) -> Any:
        assert backend == "nvrtc"
        assert all(option.startswith("-") for option in options)
        self.options = options
        self.compiled.append(code)
        (library,) = self.emulated.load([KernelSource("a module", code, {})])
        assert isinstance(library, EmulatedLibrary)
        return types.SimpleNamespace(
            get_function=lambda name: Kernel(self, library.function(name), name)
        )

    def ndarray(self, shape: tuple[int, ...], dtype: np.dtype, memptr: Memory) -> NDArray:
        n_bytes = int(np.prod(shape)) * dtype.itemsize
        part = memptr.block.bytes[memptr.offset : memptr.offset + n_bytes]
        return part.view(dtype).reshape(shape)

    def emulate(self, launch: Launch, ahead: int) -> None:
        if self.failing:
            self.is_dead = True
            raise FakeError(self.failing)
        self.emulated.emulation.run([(launch, ahead)], is_backwards=ahead % 2 == 1)
