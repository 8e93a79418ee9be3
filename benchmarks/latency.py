"""Measure how long a person waits: from starting Python, or from an edit, to the first step."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.compare import OURS, ROOT, environment

CHANGES = ("equation", "size", "parameter", "weight", "seed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Seconds to the first step, each the median of the repeats."""

    simulator: str
    empty_cache: float
    warm_cache: float
    equation: float
    size: float
    parameter: float
    weight: float
    seed: float


HEAD = f"{'first step [s]':<20}" + "".join(
    f"{name:>12}" for name in ("empty cache", "warm cache", *CHANGES)
)


def measure(simulator: str, *, peer_python: str, n_repeats: int) -> Latency:
    """Start a simulator with an empty and a warm cache, and edit the network in the latter."""
    rounds: list[dict[str, float]] = []
    for _ in range(n_repeats):
        with tempfile.TemporaryDirectory(prefix="latency-") as folder:
            empty = _start(simulator, peer_python, folder, ())
            warm = _start(simulator, peer_python, folder, CHANGES)
            rounds.append({**warm, "empty_cache": empty["start"], "warm_cache": warm["start"]})
    names = ("empty_cache", "warm_cache", *CHANGES)
    return Latency(simulator=simulator, **{n: median(r[n] for r in rounds) for n in names})


def line(latency: Latency) -> str:
    """Return one line of the table."""
    names = ("empty_cache", "warm_cache", *CHANGES)
    return f"{latency.simulator:<20}" + "".join(f"{getattr(latency, n):>12.2f}" for n in names)


def _start(
    simulator: str, peer_python: str, folder: str, changes: Sequence[str]
) -> dict[str, float]:
    """Return the seconds to the first step in a new process, and after each change in it."""
    python = sys.executable if simulator in OURS else peer_python
    caches = {"ANNLAB_CACHE": folder, "BENCHMARK_BUILD_FOLDER": folder}
    start = time.perf_counter()
    with subprocess.Popen(
        [python, "-m", "benchmarks.latency_worker", simulator],
        cwd=ROOT,
        env={**environment(python, 1), **caches},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        json.loads(process.stdout.readline())
        seconds = {"start": time.perf_counter() - start}
        for change in changes:
            process.stdin.write(f"{change}\n")
            process.stdin.flush()
            seconds[change] = json.loads(process.stdout.readline())["seconds"]
    return seconds
