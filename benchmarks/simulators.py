"""What every case needs to say to a simulator, said once.

annlab and ANNarchy read the same scripts, so a case builds its network for both
with one function that gets the library; Brian2 and NEST have their own words.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.case import Numbers, Run, Runner, Settings

# The libraries are only in the worker's Python, so their objects have no type here.
Library = Any
Network = Any
Population = Any
Monitor = Any

Connect = Callable[[Library, Network, Any, Settings], list[Population]]
"""Create the network of a case and return the populations whose spikes count."""

Restore = Callable[[Network, Any], None]
"""Set back what a reset of a network leaves as it is."""


def build_folder(simulator: str) -> str:
    """Return where a simulator without a cache builds: a new folder, unless one is named."""
    named = os.environ.get("BENCHMARK_BUILD_FOLDER")
    if named is None:
        return tempfile.mkdtemp(prefix=f"{simulator}-")
    folder = Path(named, simulator)
    folder.mkdir(parents=True, exist_ok=True)
    return str(folder)


def annlab_like(
    describe: Connect, restore: Restore = lambda network, numbers: None
) -> dict[str, Callable[[Any, Settings], Runner]]:
    """Return the builders of annlab and ANNarchy for a network that both can read.

    `restore` sets back what ``reset`` leaves as it is: weights that have learnt.
    """

    def build_annlab(numbers: Any, settings: Settings) -> Runner:
        import annlab

        network = annlab.Network(dt=numbers.step_ms, seed=settings.seed)
        network.config(num_threads=settings.n_threads)
        monitors = _described(annlab, network, describe, numbers, settings)
        network.compile(silent=True)
        return _scripted(network, monitors, restore, numbers, settings)

    def build_annarchy(numbers: Any, settings: Settings) -> Runner:
        import ANNarchy

        network = ANNarchy.Network(dt=numbers.step_ms, seed=settings.seed)
        network.config(num_threads=settings.n_peer_threads)
        monitors = _described(ANNarchy, network, describe, numbers, settings)
        network.compile(silent=True, directory=build_folder("annarchy"))
        return _scripted(network, monitors, restore, numbers, settings)

    return {"annlab": build_annlab, "annarchy": build_annarchy}


def _described(
    library: Library, network: Network, describe: Connect, numbers: Numbers, settings: Settings
) -> list[Monitor]:
    network.config(dtype=getattr(library, settings.dtype))
    populations = describe(library, network, numbers, settings)
    return [network.monitor(p, ["spike"]) for p in populations if settings.is_recording]


def _scripted(
    network: Network,
    monitors: list[Monitor],
    restore: Restore,
    numbers: Numbers,
    settings: Settings,
) -> Runner:
    def run() -> Run:
        network.reset(projections=True)
        restore(network, numbers)
        start = time.perf_counter()
        network.simulate(numbers.duration_ms * settings.scale)
        seconds = time.perf_counter() - start
        n_spikes = sum(sum(map(len, m.get("spike").values())) for m in monitors)
        return Run(seconds=seconds, n_spikes=n_spikes if monitors else None)

    return run


def brian2_standalone(settings: Settings, step_ms: float) -> Library:
    """Return Brian2, set up to generate a C++ program."""
    import brian2

    brian2.get_device().reinit()
    brian2.set_device("cpp_standalone", build_on_run=False)
    if settings.n_peer_threads > 1:
        brian2.prefs.devices.cpp_standalone.openmp_threads = settings.n_peer_threads
    brian2.prefs.core.default_float_dtype = np.dtype(settings.dtype).type
    brian2.seed(settings.seed)
    brian2.defaultclock.dt = step_ms * brian2.ms
    return brian2


def run_brian2(brian2: Library, network: Any, numbers: Numbers, settings: Settings) -> Runner:
    """Compile a Brian2 network and return what runs its program.

    The time is the program's own: that of its steps, without reading and writing files.
    """
    n_monitors = 0
    if settings.is_recording:
        for group in [g for g in network.objects if isinstance(g, brian2.NeuronGroup)]:
            if group.thresholder:
                network.add(brian2.SpikeMonitor(group, name=f"spikes_{group.name}"))
                n_monitors += 1
    network.run(numbers.duration_ms * settings.scale * brian2.ms)
    device = brian2.get_device()
    options = {"compile": True, "run": False, "direct_call": False, "with_output": False}
    device.build(directory=build_folder("brian2"), **options)
    folder = Path(device.project_dir)

    def run() -> Run:
        process = subprocess.Popen(["./main"], cwd=folder, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            message = f"the program of Brian2 ended with {process.returncode}"
            raise RuntimeError(message)
        results = folder / "results"
        seconds = float((results / "last_run_info.txt").read_text().split()[0])
        # A spike is one int32 in the list of its neuron indices.
        lists = results.glob("_dynamic_array_spikes_*_i_*")
        n_spikes = sum(path.stat().st_size // 4 for path in lists)
        return Run(
            seconds=seconds,
            n_spikes=n_spikes if n_monitors else None,
            bytes_resident=usage.ru_maxrss * 1024,
        )

    return run


def run_nest(
    nest: Library,
    describe: Callable[[Library], list[Population]],
    numbers: Numbers,
    settings: Settings,
) -> Runner:
    """Return what builds a NEST network anew and runs it; only the steps are timed."""

    def run() -> Run:
        nest.ResetKernel()
        nest.set_verbosity("M_ERROR")
        nest.SetKernelStatus(
            {
                "resolution": numbers.step_ms,
                "local_num_threads": settings.n_peer_threads,
                "rng_seed": settings.seed,
            }
        )
        populations = describe(nest)
        recorder = nest.Create("spike_recorder") if settings.is_recording else None
        for population in populations if recorder else ():
            nest.Connect(population, recorder)
        nest.Prepare()
        start = time.perf_counter()
        nest.Run(numbers.duration_ms * settings.scale)
        seconds = time.perf_counter() - start
        nest.Cleanup()
        return Run(seconds=seconds, n_spikes=int(recorder.n_events) if recorder else None)

    return run
