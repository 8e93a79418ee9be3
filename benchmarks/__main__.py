"""``python -m benchmarks``: measure, print a table, write JSON."""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from benchmarks import latency, table
from benchmarks.case import Settings, all_cases
from benchmarks.compare import LIBRARIES, OURS, Comparison, compare, peers_of


def main() -> None:
    """Measure what the command line asks for."""
    options = _options()
    simulators = _simulators(options)
    comparisons: list[Comparison] = []
    latencies: list[dict[str, object]] = []
    with _busy_core() if options.busy else contextlib.nullcontext():
        if options.latency:
            latencies = _latencies(options, simulators)
        else:
            comparisons = _comparisons(options, simulators)
    print(f"written to {table.write(comparisons, latencies)}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    add = parser.add_argument
    add(
        "--case",
        nargs="+",
        action="extend",
        choices=all_cases(),
        help="only these; default: all but the large",
    )
    add("--repeat", type=int, default=5, help="runs of each simulator; the median counts")
    add("--threads", type=_threads, default=1, help="a number, or auto (annlab decides)")
    add("--dtype", choices=["float64", "float32"], default="float64")
    add("--peers", nargs="*", choices=sorted(LIBRARIES), help="default: all that are installed")
    add(
        "--only",
        nargs="+",
        action="extend",
        choices=[*OURS, *LIBRARIES],
        help="only these simulators",
    )
    add(
        "--peer-python",
        default=os.environ.get("ANNLAB_PEER_PYTHON", sys.executable),
        help="the Python that has the peers; default: $ANNLAB_PEER_PYTHON, or this one",
    )
    add("--seed", type=int, default=1)
    add("--scale", type=float, default=1.0, help="factor on the simulated time, for trials")
    add("--no-record", action="store_true", help="record no spikes (no firing rates then)")
    add("--busy", action="store_true", help="keep one core busy with something else meanwhile")
    add("--latency", action="store_true", help="measure how long a person waits instead")
    return parser.parse_args()


def _threads(word: str) -> int | str:
    return word if word == "auto" else int(word)


def _simulators(options: argparse.Namespace) -> list[str]:
    peers = peers_of(options.peer_python)
    chosen = peers if options.peers is None else [p for p in options.peers if p in peers]
    missing = sorted(set(LIBRARIES if options.peers is None else options.peers) - set(peers))
    if missing:
        print(f"not installed in {options.peer_python}: {', '.join(missing)}")
    simulators = [*OURS, *chosen]
    return [s for s in simulators if not options.only or s in options.only]


def _comparisons(options: argparse.Namespace, simulators: Sequence[str]) -> list[Comparison]:
    settings = Settings(
        n_threads=options.threads,
        dtype=options.dtype,
        seed=options.seed,
        scale=options.scale,
        is_recording=not options.no_record,
    )
    cases = all_cases()
    comparisons = []
    print(f"{options.dtype}, threads: {options.threads}, median of {options.repeat}")
    print(table.head())
    for name in options.case or [name for name, case in cases.items() if not case.is_large]:
        comparison = compare(
            cases[name],
            simulators,
            settings,
            peer_python=options.peer_python,
            n_repeats=options.repeat,
        )
        print(table.lines(comparison), flush=True)
        comparisons.append(comparison)
    return comparisons


def _latencies(options: argparse.Namespace, simulators: Sequence[str]) -> list[dict[str, object]]:
    print(latency.HEAD)
    measured: list[dict[str, object]] = []
    for simulator in simulators:
        if simulator == "numpy":
            continue
        found = latency.measure(
            simulator, peer_python=options.peer_python, n_repeats=options.repeat
        )
        print(latency.line(found), flush=True)
        measured.append(asdict(found))
    return measured


@contextlib.contextmanager
def _busy_core() -> Iterator[None]:
    """Keep another process computing, as in a notebook something always does."""
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    main()
