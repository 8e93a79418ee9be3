"""Run several simulators side by side on one case.

Each lives in a process of its own, builds once, and then takes its turn in every
round, so that whatever else the machine does meets all of them.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import IO, Any

from benchmarks.case import Case, Run, Settings, Unit

ROOT = Path(__file__).parents[1]
OURS = ("annlab", "annlab-fixed", "numpy")
"""Simulators that live in the Python of the driver."""
LIBRARIES = {"brian2": "brian2", "annarchy": "ANNarchy", "nest": "nest"}
"""Peers, and the library that each needs."""
DOUBLE_ONLY = frozenset({"nest"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one simulator did on one case."""

    simulator: str
    build_seconds: float = float("nan")
    runs: tuple[Run, ...] = ()
    error: str = ""

    @property
    def seconds(self) -> float:
        """Return the median of the runs."""
        return median(run.seconds for run in self.runs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """All simulators on one case under the same settings."""

    case: Case
    settings: Settings
    measured: tuple[Measured, ...]

    def rate_hz(self, one: Measured) -> float | None:
        """Return the mean firing rate; None for rate-coded networks."""
        if not one.runs or one.runs[-1].n_spikes is None:
            return None
        seconds = self.case.numbers.duration_ms * self.settings.scale / 1000.0
        return median(run.n_spikes or 0 for run in one.runs) / self.case.numbers.n_neurons / seconds

    def bytes_per_synapse(self, one: Measured) -> float:
        """Return the memory of the network by its synapses."""
        return max(run.bytes_resident or 0 for run in one.runs) / self.case.numbers.n_synapses

    def time(self, one: Measured) -> float:
        """Return the median time in the unit of the case."""
        if self.case.unit is Unit.SECONDS:
            return one.seconds
        numbers = self.case.numbers
        n_steps = round(numbers.duration_ms * self.settings.scale / numbers.step_ms)
        return 1000.0 * one.seconds / n_steps

    def rival(self) -> Measured | None:
        """Return whom annlab is compared with: the case's rival, or the fastest peer."""
        others = [one for one in self.measured if one.runs and one.simulator != "annlab"]
        named = [one for one in others if one.simulator == self.case.rival]
        return min(named or others, key=lambda one: one.seconds, default=None)

    def ratio(self) -> float | None:
        """Return annlab's time by its rival's: the median of what each round shows.

        A machine that others use is slow for seconds; the two runs of a round share that.
        """
        ours = next((m for m in self.measured if m.simulator == "annlab" and m.runs), None)
        rival = self.rival()
        if ours is None or rival is None:
            return None
        return median(a.seconds / b.seconds for a, b in zip(ours.runs, rival.runs, strict=True))


def peers_of(python: str) -> list[str]:
    """Return which peers a Python can import."""
    program = (
        "import importlib.util, sys; "
        "print(*[name for name in sys.argv[1:] if importlib.util.find_spec(name)])"
    )
    done = subprocess.run(
        [python, "-c", program, *LIBRARIES.values()], capture_output=True, text=True, check=True
    )
    found = done.stdout.split()
    return [peer for peer, library in LIBRARIES.items() if library in found]


def compare(
    case: Case, simulators: Sequence[str], settings: Settings, *, peer_python: str, n_repeats: int
) -> Comparison:
    """Build all simulators on `case`, then run them in turn `n_repeats` times."""
    with contextlib.ExitStack() as stack:
        workers = [
            stack.enter_context(worker(case.name, simulator, settings, peer_python))
            for simulator in simulators
            if simulator in case.builders
            and not (simulator in DOUBLE_ONLY and settings.dtype != "float64")
        ]
        for _ in range(n_repeats):
            for each in workers:
                each.run()
        return Comparison(
            case=case, settings=settings, measured=tuple(each.measured() for each in workers)
        )


class Worker:
    """The driver's end of one simulator."""

    def __init__(self, simulator: str, process: subprocess.Popen[str], log: IO[str]) -> None:
        self.simulator = simulator
        self._process = process
        self._log = log
        self._runs: list[Run] = []
        self._error = ""
        self._build_seconds = self._answer().get("build_seconds", float("nan"))

    def run(self) -> None:
        """Do one run, unless an earlier one failed."""
        if self._error:
            return
        stdin = self._process.stdin
        assert stdin is not None
        with contextlib.suppress(BrokenPipeError):
            stdin.write("run\n")
            stdin.flush()
        if answer := self._answer():
            self._runs.append(Run(**answer))

    def measured(self) -> Measured:
        """Return what was seen so far."""
        return Measured(
            simulator=self.simulator,
            build_seconds=self._build_seconds,
            runs=() if self._error else tuple(self._runs),
            error=self._error,
        )

    def _answer(self) -> dict[str, Any]:  # JSON, whose types are the worker's
        stdout = self._process.stdout
        assert stdout is not None
        if line := stdout.readline():
            return json.loads(line)
        self._log.seek(0)
        lines = self._log.read().strip().splitlines() or ["ended without a word"]
        self._error = lines[-1]
        return {}


@contextlib.contextmanager
def worker(case: str, simulator: str, settings: Settings, peer_python: str) -> Iterator[Worker]:
    """Start one simulator and end it again."""
    python = sys.executable if simulator in OURS else peer_python
    arguments = [python, "-m", "benchmarks.worker", case, simulator, json.dumps(asdict(settings))]
    with (
        tempfile.TemporaryFile("w+") as log,
        subprocess.Popen(
            arguments,
            cwd=ROOT,
            env=environment(python, settings.n_peer_threads),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        yield Worker(simulator, process, log)


def environment(python: str, n_threads: int) -> Mapping[str, str]:
    """Return the environment of a worker: as many threads as asked for, its own tools first."""
    limits = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    path = os.pathsep.join([str(Path(python).parent), os.environ.get("PATH", "")])
    return os.environ | dict.fromkeys(limits, str(n_threads)) | {"PATH": path}
