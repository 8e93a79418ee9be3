"""What all tests need."""

from __future__ import annotations

import ctypes
import importlib.util
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A test fails for what it computes, not for how long a busy machine takes.
settings.register_profile("annlab", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("annlab")

# What the tests of scripts run. To import one, looking for examples, would run it too.
collect_ignore_glob = ["scripts/[!t]*.py"]


@pytest.fixture(scope="session", autouse=True)
def _interrupts_arrive() -> Iterator[None]:
    """Let Ctrl-C raise KeyboardInterrupt also where the suite was started in the background.

    A shell without job control makes what it starts with ``&`` ignore the signal, and Python then
    leaves it ignored.
    """
    before = signal.getsignal(signal.SIGINT)
    if before is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    if before is signal.SIG_IGN:
        signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session")
def gpu() -> str:
    """Return the name of the GPU; without one the test is skipped, with what is missing."""
    from annlab.errors import DeviceError
    from annlab.runtime.cuda.gpu import GpuDevice

    try:
        return GpuDevice().name
    except DeviceError as error:
        pytest.skip(f"no GPU: {error}")


class Nvrtc:
    """NVIDIA's compiler as a library, which needs no GPU (``pip install '.[nvrtc]'``)."""

    def __init__(self, path: Path) -> None:
        self._library = ctypes.CDLL(str(path))
        self._seen: set[str] = set()

    def compile(self, text: str, options: Sequence[str]) -> str:
        """Compile to machine code and return what the compilers said."""
        library, program, size = self._library, ctypes.c_void_p(), ctypes.c_size_t()
        library.nvrtcCreateProgram(ctypes.byref(program), text.encode(), b"kernels.cu", 0, 0, 0)
        given = (ctypes.c_char_p * len(options))(*(option.encode() for option in options))
        failed = library.nvrtcCompileProgram(program, len(options), given)
        library.nvrtcGetProgramLogSize(program, ctypes.byref(size))
        log = ctypes.create_string_buffer(size.value)
        library.nvrtcGetProgramLog(program, log)
        library.nvrtcGetCUBINSize(program, ctypes.byref(size))
        library.nvrtcDestroyProgram(ctypes.byref(program))
        told = log.value.decode()
        assert not failed, told[:3000]
        assert size.value > 1000
        return told

    def takes(self, text: str) -> None:
        """Compile with the options of CuPy for a GPU of data centres, each text once."""
        from annlab.runtime.cuda.gpu import OPTIONS

        if text not in self._seen:
            self.compile(text, ["--gpu-architecture=sm_90", *OPTIONS])
            self._seen.add(text)


@pytest.fixture(scope="session")
def nvrtc_if_any() -> Nvrtc | None:
    """Return NVIDIA's compiler, or None where it is not installed."""
    found = importlib.util.find_spec("nvidia")
    folders = list(found.submodule_search_locations or ()) if found is not None else []
    libraries = [p for f in folders for p in Path(f).glob("**/libnvrtc.so.*")]
    return Nvrtc(libraries[0]) if libraries else None


@pytest.fixture(scope="session")
def nvrtc(nvrtc_if_any: Nvrtc | None) -> Nvrtc:
    """Return NVIDIA's compiler; without it the test is skipped."""
    if nvrtc_if_any is None:
        pytest.skip("NVRTC is not installed: pip install '.[nvrtc]'")
    return nvrtc_if_any
