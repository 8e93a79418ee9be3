"""What a benchmark is: a model in numbers, and one builder per simulator.

Each module of `benchmarks.cases` offers `CASES`, a tuple of `Case`. Known to the
driver and to the workers; imports no simulator, because a worker may live in
a Python that has only one of them.
"""

from __future__ import annotations

import enum
import importlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

MODULES = (
    "izhikevich",
    "coba",
    "cuba",
    "rate",
    "oja",
    "hodgkin_huxley",
    "brunel",
    "stdp",
    "structural",
    "microcircuit",
)


class Unit(enum.StrEnum):
    """How a case's time is told."""

    SECONDS = "s"
    MS_PER_STEP = "ms/step"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What is the same for all simulators of one comparison."""

    n_threads: int | Literal["auto"] = 1
    dtype: str = "float64"
    seed: int = 1
    scale: float = 1.0
    """Factor on the simulated time, for trials."""
    is_recording: bool = True
    """Whether all spikes are recorded."""

    @property
    def n_peer_threads(self) -> int:
        """Return how many threads a simulator gets that cannot choose for itself."""
        return (os.cpu_count() or 1) if self.n_threads == "auto" else self.n_threads


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one run reports: wall time of the steps alone, and what happened in them."""

    seconds: float
    n_spikes: int | None = None
    bytes_resident: int | None = None
    """Memory of the network, where a simulator that runs elsewhere knows better."""


Runner = Callable[[], Run]


class Numbers(Protocol):
    """The numbers of a model; all cases have at least these."""

    @property
    def n_neurons(self) -> int: ...
    @property
    def n_synapses(self) -> int: ...
    @property
    def duration_ms(self) -> float: ...
    @property
    def step_ms(self) -> float: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One line of the table.

    Parameters
    ----------
    builders
        Simulator to a function that builds the network and returns its runner. The
        runner starts from the same state each time.
    bar
        The ratio to `rival` that annlab must not exceed.
    rival
        The simulator to compare with; empty: the fastest of all.
    is_large
        Takes gigabytes and minutes: measured only where it is asked for by name.
    """

    name: str
    numbers: Numbers
    builders: Mapping[str, Callable[..., Runner]] = field(repr=False)
    bar: float
    rival: str = ""
    unit: Unit = Unit.SECONDS
    bytes_bar: float | None = None
    is_large: bool = False


def all_cases() -> dict[str, Case]:
    """Return every case by name, in the order of the table."""
    modules = (importlib.import_module(f"benchmarks.cases.{name}") for name in MODULES)
    return {case.name: case for module in modules for case in module.CASES}
