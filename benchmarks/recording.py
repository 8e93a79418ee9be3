"""What recording costs: beside the run, into a file, and afterwards.

    python -m benchmarks.recording

Times are those of the processor, so that what else the machine does counts less; where the disk
is meant, the clock on the wall. Best of several rounds, which go around what is compared.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

import annlab as ann

CELL = ann.Neuron(
    equations="dv/dt = (-46.0 - v + 6.0*Normal(0.0, 1.0))/5.0 : init = -60.0",
    spike="v > -50.0",
    reset="v = -60.0",
    refractory=1.0,
)
N_NEURONS, DURATION_MS = 4000, 2000.0
N_EVENTS = 10_000_000
ROUNDS = 3


def main() -> None:
    argparse.ArgumentParser(prog="python -m benchmarks.recording", description=__doc__).parse_args()
    beside_the_run()
    spikes()
    weights()
    files()


def beside_the_run() -> None:
    """Time of the thread that runs: recording nothing, into memory, into a file."""
    for variable in ("spike", "v"):
        found = {kind: [] for kind in ("nothing", "memory", "file")}
        for _ in range(ROUNDS):
            for kind, times in found.items():
                times.append(_run(variable, kind))
        best = {kind: min(times) for kind, times in found.items()}
        ratio = best["file"] / best["memory"]
        told = ", ".join(f"{kind} {seconds:.3f} s" for kind, seconds in best.items())
        print(f"run that records {variable}: {told}; file by memory {ratio:.2f}")


def _run(variable: str, kind: str) -> float:
    with tempfile.TemporaryDirectory() as folder:
        net = ann.Network(dt=0.1, seed=1, num_threads=1)
        cells = net.create(N_NEURONS, CELL)
        if kind != "nothing":
            net.monitor(cells, variable, file=f"{folder}/r" if kind == "file" else None)
        net.compile()
        net.simulate(50.0)
        begin = time.thread_time()
        net.simulate(DURATION_MS)
        seconds = time.thread_time() - begin
        net.clear()
    return seconds


def spikes() -> None:
    """Reading and plotting ten million spikes of ten thousand neurons."""
    rng = np.random.default_rng(0)
    steps = np.sort(rng.integers(0, 10_000, N_EVENTS))
    ranks = rng.integers(0, 10_000, N_EVENTS).astype(np.int32)
    net = ann.Network(dt=1.0, backend="reference")
    watch = net.monitor(net.create(10_000, CELL), "spike")
    net.compile()

    def read(how: Callable[[ann.Monitor], object]) -> Callable[[], float]:
        def measured() -> float:
            watch.reset()
            watch._tracks["spike"].store.put(steps.copy(), ranks.copy(), 0)
            return _seconds(lambda: how(watch))

        return measured

    _tell("get_spikes of 10 million", read(lambda w: w.get_spikes()))
    _tell("raster_plot of 10 million", read(lambda w: w.raster_plot()))
    _tell("histogram of 10 million", read(lambda w: w.histogram(bins=10.0)))
    _tell("get of 10 million, as lists", read(lambda w: w.get("spike")))


def weights() -> None:
    """Reading ten million weights."""
    net = ann.Network(dt=1.0, seed=1)
    cells = net.create(5000, CELL)
    proj = net.connect(cells, cells, "exc").fixed_number_pre(2000, weights=ann.Uniform(0.0, 1.0))
    net.compile()
    print(f"first dendrite of 10 million synapses: {_seconds(lambda: proj.dendrite(0).w):.3f} s")
    readings: Iterable[tuple[str, Callable[[], object]]] = (
        ("as an array", lambda: proj.get("w", as_array=True)),
        ("as a matrix", proj.connectivity_matrix),
        ("as lists", lambda: proj.w),
    )
    for name, read in readings:
        _tell(f"10 million weights {name}", lambda read=read: _seconds(read))


def files() -> None:
    """Saving and loading ten million weights, beside the disk itself."""
    net = ann.Network(dt=1.0, seed=1)
    cells = net.create(5000, CELL)
    proj = net.connect(cells, cells, "exc").fixed_number_pre(2000, weights=ann.Uniform(0.0, 1.0))
    net.compile()
    proj.nb_synapses_per_dendrite  # whoever asks first waits for the table of dendrites  # noqa: B018
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        block = np.random.default_rng(0).bytes(1 << 27)
        print(f"the disk takes {(1 << 7) / _wall(lambda: _write(path / 'raw', block)):.0f} MiB/s")
        net.snapshot().save(f"{folder}/s.npz")
        moment = net.snapshot()
        for name, job in (
            ("save", lambda: net.save(f"{folder}/n.npz")),
            ("load", lambda: net.load(f"{folder}/n.npz")),
            ("snapshot to a file", lambda: moment.save(f"{folder}/s.npz")),
            ("snapshot from a file", lambda: ann.load_snapshot(f"{folder}/s.npz")),
        ):
            print(f"{name}, 10 million synapses: {_wall(job):.2f} s")
        for file in ("n.npz", "s.npz"):
            print(f"{file}: {(path / file).stat().st_size >> 20} MiB")


def _write(path: Path, block: bytes) -> None:
    with path.open("wb") as file:
        file.write(block)
        file.flush()
        os.fsync(file.fileno())


def _tell(name: str, measure: Callable[[], float]) -> None:
    print(f"{name}: {min(measure() for _ in range(ROUNDS)):.3f} s")


def _seconds(job: Callable[[], object]) -> float:
    begin = time.process_time()
    result = job()
    seconds = time.process_time() - begin
    del result  # what it takes to forget it is not what was asked
    return seconds


def _wall(job: Callable[[], object]) -> float:
    begin = time.perf_counter()
    job()
    return time.perf_counter() - begin


if __name__ == "__main__":
    main()
