"""Keep a run on certain cores of the machine (the option `visible_cores`).

Threads that the run starts inherit the cores of the thread that calls it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from annlab.errors import ConfigurationError
from annlab.runtime.runner import Runner, Until
from annlab.runtime.splicing import NUMPY, Copier
from annlab.runtime.state import ProjectionState


class PinnedRunner:
    """A runner whose threads stay on `cores`; see `annlab.runtime.runner.Runner`."""

    def __init__(self, inner: Runner, cores: Sequence[int]) -> None:
        self.inner = inner
        self._cores = frozenset(cores)
        if not hasattr(os, "sched_setaffinity"):
            raise ConfigurationError(
                f"visible_cores={sorted(cores)} cannot be kept on this system",
                hint="leave visible_cores out",
            )
        missing = self._cores - os.sched_getaffinity(0)
        if missing:
            raise ConfigurationError(
                f"visible_cores: there is no core {min(missing)} for this process",
                why=f"it may use {sorted(os.sched_getaffinity(0))}",
            )

    def run(self, n_steps: int, until: Until | None = None) -> int:
        """Advance by at most `n_steps` and return how many were done."""
        with self._pinned():
            return self.inner.run(n_steps, until)

    @contextmanager
    def _pinned(self) -> Iterator[None]:
        before = os.sched_getaffinity(0)  # of the calling thread alone
        os.sched_setaffinity(0, self._cores)
        try:
            yield
        finally:
            os.sched_setaffinity(0, before)

    def request_attention(self) -> None:
        """Make a `run` in another thread return soon."""
        self.inner.request_attention()

    def refresh(self) -> None:
        """Bind again after arrays were replaced."""
        self.inner.refresh()

    def follow(self, projections: Sequence[ProjectionState]) -> None:
        """Bind again after synapses came or went."""
        self.inner.follow(projections)

    @property
    def copier(self) -> Copier:
        """Who works on long arrays."""
        return getattr(self.inner, "copier", NUMPY)

    def close(self) -> None:
        """Free native memory."""
        self.inner.close()


__all__ = ["PinnedRunner"]
