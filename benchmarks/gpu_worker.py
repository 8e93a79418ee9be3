"""Build one network on the GPU and time its steps, in a process of its own.

Takes the case as JSON and prints what was measured as JSON.

The floor of a step is the bytes that it has to move, once each, over what a copy moves a second:
weights for rates; for spikes the neurons' state, and an index, a weight and a sum for each event.
"""

from __future__ import annotations

import hashlib
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import gpu_launches
from benchmarks.case import Settings
from benchmarks.cases import coba, izhikevich, microcircuit, rate
from benchmarks.simulators import Network, Population

N_RUNS = 3
STATE_BYTES = {"coba": 7, "microcircuit": 9, "izhikevich": 5}  # values read and written a neuron
_INDEX_LIMIT = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What to measure: `size` is a number of neurons, or the part of the microcircuit."""

    case: str
    size: float
    dtype: str = "float64"
    wall_s: float = 2.0
    """About how long each of the runs may take."""
    copy_bytes_per_s: float = 1e12
    is_recording: bool = True
    is_profiled: bool = False
    """Whether PyTorch, which knows how to ask the driver, says when each kernel ran."""
    flags: str = ""
    """Of the compiler for the device, to see what a piece of the code is worth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What came of it; times are medians of the runs."""

    build_s: float
    """From nothing to compiled; the first time on a machine with NVRTC's time."""
    n_neurons: int
    n_synapses: int
    first_s: float
    """The first step: upload, and what is looked at once."""
    us_per_step: float
    real_time_factor: float
    rate_hz: float
    floor_us: float
    bytes_per_step: float
    digest: str
    """Of the spikes, or of the rates, after the first steps: two runs have the same."""
    device_us_per_step: float
    """The same without what the host does between two slices."""
    launches: list[dict[str, Any]]
    """Of a step: name, grid, threads, registers, and `alone_us` that each takes if repeated."""
    profile: dict[str, Any]
    """Of a stretch of steps, by kernel: how often, how long [us]; and what nobody used."""


def main() -> None:
    """Build and measure."""
    job = Job(**json.loads(sys.argv[1]))
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    with tempfile.TemporaryDirectory() as folder:
        if job.flags:
            _set_flags(job.flags, Path(folder))
        start = time.perf_counter()
        network, populations, n_synapses = _BUILD[job.case](job)
        built = time.perf_counter() - start
        found = measure(job, network, populations, n_synapses, built)
    print(json.dumps(asdict(found)), file=answers)


def measure(
    job: Job, network: Network, populations: list[Population], n_synapses: int, build_s: float
) -> Measured:
    """Run a compiled network, first for a little while and then `N_RUNS` times."""
    begin = time.perf_counter()
    network.step()
    first = time.perf_counter() - begin
    begin, n_first = time.perf_counter(), 200
    network.simulate(n_first * network.dt)
    digest = _digest(network, populations)
    n_steps = max(10, int(n_first * job.wall_s / (time.perf_counter() - begin)))
    seconds, n_spikes = [], 0
    for _ in range(N_RUNS):
        begin = time.perf_counter()
        network.simulate(n_steps * network.dt)
        seconds.append(time.perf_counter() - begin)
        n_spikes += _spikes(network)
    each = statistics.median(seconds) / n_steps
    n_neurons = sum(p.size for p in populations)
    n_bytes = _bytes(job, populations, n_synapses, n_spikes / (N_RUNS * n_steps))
    profile = _told(lambda: _profiled(network, each)) if job.is_profiled else {}
    runner = gpu_launches.runner_of(network)
    return Measured(
        build_s=build_s,
        n_neurons=n_neurons,
        n_synapses=n_synapses,
        first_s=first,
        us_per_step=1e6 * each,
        real_time_factor=1e3 * each / network.dt,
        rate_hz=1e3 * n_spikes / (N_RUNS * n_steps * network.dt * n_neurons),
        floor_us=1e6 * n_bytes / job.copy_bytes_per_s,
        bytes_per_step=n_bytes,
        digest=digest,
        profile=profile,
        device_us_per_step=gpu_launches.us_per_step(runner),
        launches=gpu_launches.described(runner),
    )


def _told(ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return an answer, or why there is none: the other numbers are worth having."""
    try:
        return ask()
    except Exception as error:  # noqa: BLE001
        return {"error": f"{type(error).__name__}: {error}"}


def _profiled(network: Network, seconds_per_step: float) -> dict[str, Any]:
    n_steps = max(16, min(2000, int(0.02 / seconds_per_step)))
    return gpu_launches.profiled(lambda: network.simulate(n_steps * network.dt), n_steps)


def _set_flags(flags: str, folder: Path) -> None:
    """Say them as a user would, in the file of settings, and for this process alone."""
    (folder / "annlab").mkdir()
    (folder / "annlab" / "annlab.json").write_text(json.dumps({"cuda": {"flags": flags}}))
    os.environ["XDG_CONFIG_HOME"] = str(folder)


def _bytes(job: Job, populations: list[Population], n_synapses: int, spikes: float) -> float:
    """Return the bytes that a step cannot do without."""
    item = np.dtype(job.dtype).itemsize
    n_neurons = sum(p.size for p in populations)
    if job.case == "rate":
        return float(n_synapses * item)
    index = 2 if max(p.size for p in populations) <= _INDEX_LIMIT else 4
    weight = item if job.case in ("microcircuit", "izhikevich") else 0  # one for all in coba
    events = spikes * n_synapses / n_neurons
    return n_neurons * STATE_BYTES[job.case] * item + events * (index + weight + 2 * 8)


def _spikes(network: Network) -> int:
    """Return how many spikes were recorded since somebody asked."""
    return sum(len(m.get("spike").arrays()[1]) for m in network.get_monitors())


def _digest(network: Network, populations: list[Population]) -> str:
    found = hashlib.sha256()
    for monitor in network.get_monitors():
        for numbers in monitor.get("spike").arrays():  # millions of neurons are too many lists
            found.update(np.ascontiguousarray(numbers, np.int64).tobytes())
    for population in populations:
        name = "r" if "r" in population.attributes else "v"
        found.update(np.ascontiguousarray(population.get(name)).tobytes())
    return found.hexdigest()[:16]


# ---- the networks ------------------------------------------------------------


def _described(job: Job, module: Any, numbers: Any) -> tuple[Network, list[Population], int]:
    import annlab

    network = annlab.Network(dt=numbers.step_ms, seed=1, backend="cuda", dtype=job.dtype)
    populations = module.describe(annlab, network, numbers, Settings(dtype=job.dtype))
    if job.is_recording:
        for population in populations:
            network.monitor(population, "spike")
    network.compile()
    n_synapses = sum(p.nb_synapses for p in network.get_projections())
    return network, populations or network.get_populations(), n_synapses


def _coba(job: Job) -> tuple[Network, list[Population], int]:
    """80 synapses a neuron, whatever the size."""
    n = int(job.size)
    n_excitatory = n * 4 // 5
    numbers = coba.Coba(
        n_excitatory=n_excitatory, n_inhibitory=n - n_excitatory, probability=min(1.0, 80.0 / n)
    )
    return _described(job, coba, numbers)


def _rate(job: Job) -> tuple[Network, list[Population], int]:
    return _described(job, rate, rate.Rate(n_neurons=int(job.size), duration_ms=1.0))


def _microcircuit(job: Job) -> tuple[Network, list[Population], int]:
    return _described(job, microcircuit, microcircuit.Microcircuit(size=job.size))


def _izhikevich(job: Job) -> tuple[Network, list[Population], int]:
    return _described(job, izhikevich, izhikevich.Izhikevich())


_BUILD: dict[str, Callable[[Job], tuple[Network, list[Population], int]]] = {
    "coba": _coba,
    "izhikevich": _izhikevich,
    "microcircuit": _microcircuit,
    "rate": _rate,
}


if __name__ == "__main__":
    main()
