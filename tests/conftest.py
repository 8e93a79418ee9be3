"""What all tests need."""

from __future__ import annotations

import signal
from collections.abc import Iterator

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
