"""Print comparisons as a table and write them as JSON."""

from __future__ import annotations

import datetime
import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.compare import ROOT, Comparison, Measured

HEAD = ("case", "simulator", "build s", "run", "fastest-slowest", "Hz", "B/synapse", "ratio", "bar")
WIDTHS = (14, 10, 8, 16, 17, 7, 10, 6, 6)
LARGEST_DIFFERENCE = 0.05
"""Firing rates further apart than this make a comparison unfair."""


def head() -> str:
    """Return the first line of the table."""
    return _line(HEAD)


def lines(comparison: Comparison) -> str:
    """Return the lines of one case, and a warning where the networks differ."""
    rows = [_row(comparison, one) for one in comparison.measured]
    return "\n".join(rows + _warnings(comparison))


def write(comparisons: Sequence[Comparison], latencies: Sequence[dict[str, object]]) -> Path:
    """Write everything that was measured to a new file of `results` and return its path."""
    now = datetime.datetime.now(tz=datetime.UTC)
    path = ROOT / "benchmarks" / "results" / f"{now:%Y%m%d-%H%M%S}.json"
    path.parent.mkdir(exist_ok=True)
    content = {
        "machine": machine(),
        "cases": [
            {
                "case": comparison.case.name,
                "settings": asdict(comparison.settings),
                "unit": comparison.case.unit,
                "ratio": comparison.ratio(),
                "bar": comparison.case.bar,
                "measured": [
                    asdict(one) | {"rate_hz": comparison.rate_hz(one)}
                    for one in comparison.measured
                ],
            }
            for comparison in comparisons
        ],
        "latencies": list(latencies),
    }
    path.write_text(json.dumps(content, indent=1))
    return path


def machine() -> dict[str, object]:
    """Return what a reader must know of the machine to judge a time."""
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    return {"cpu": cpu, "n_cores": os.cpu_count(), "load": os.getloadavg()[0]}


def _row(comparison: Comparison, one: Measured) -> str:
    if not one.runs:
        return _line((comparison.case.name, one.simulator)) + f"failed: {one.error}"
    scale = comparison.time(one) / one.seconds
    spread = [run.seconds * scale for run in one.runs]
    rate_hz = comparison.rate_hz(one)
    ratio = comparison.ratio() if one.simulator == "annlab" else None
    return _line(
        (
            comparison.case.name,
            one.simulator,
            f"{one.build_seconds:.2f}",
            f"{comparison.time(one):.3f} {comparison.case.unit}",
            f"{min(spread):.3f}-{max(spread):.3f}",
            "" if rate_hz is None else f"{rate_hz:.2f}",
            f"{comparison.bytes_per_synapse(one):.1f}",
            "" if ratio is None else f"{ratio:.2f}",
            f"{comparison.case.bar:.2f}" if one.simulator == "annlab" else "",
        )
    )


def _warnings(comparison: Comparison) -> list[str]:
    rates = {one.simulator: comparison.rate_hz(one) for one in comparison.measured}
    known = {simulator: rate for simulator, rate in rates.items() if rate}
    if not known:
        return []
    base = "annlab" if "annlab" in known else next(iter(known))
    return [
        f"  ! {simulator} fires at {rate / known[base]:.2f} times the rate of {base}"
        for simulator, rate in known.items()
        if abs(rate / known[base] - 1.0) > LARGEST_DIFFERENCE
    ]


def _line(cells: Sequence[str]) -> str:
    return "".join(f"{cell:<{width}} " for cell, width in zip(cells, WIDTHS, strict=False))
