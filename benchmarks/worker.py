"""Run one simulator on one case, in a process of its own.

Takes the case, the simulator and the settings as arguments. Answers each line
``run`` on standard input with one line of JSON; the first line, unasked,
says how long building took. Whatever the simulator prints goes to standard error.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from dataclasses import asdict
from pathlib import Path

from benchmarks.case import Settings, all_cases
from benchmarks.simulators import Library

IMPORTS = {"annarchy": "ANNarchy", "annlab-fixed": "annlab"}
"""Libraries that are spelled differently from their simulator's name here."""


def main() -> None:
    """Build, then run on demand until standard input ends."""
    name, simulator, settings = sys.argv[1:]
    # Simulators greet and report on standard output; only JSON may go there.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    case = all_cases()[name]
    library = importlib.import_module(IMPORTS.get(simulator, simulator))
    if library.__name__ == "annlab":
        _load(library)
    before, start = resident_bytes(), time.perf_counter()
    run = case.builders[simulator](case.numbers, Settings(**json.loads(settings)))
    print(json.dumps({"build_seconds": time.perf_counter() - start}), file=answers)
    for _ in sys.stdin:
        result = asdict(run())
        result["bytes_resident"] = result["bytes_resident"] or resident_bytes() - before
        print(json.dumps(result), file=answers)


def _load(annlab: Library) -> None:
    """Let annlab import what it imports when it is first needed; the others do it at once.

    Otherwise NumPy and the engine would count as memory of the network.
    """
    network = annlab.Network()
    network.create(1, annlab.Neuron(equations="dr/dt = -r"))
    network.compile()
    network.simulate(1.0)


def resident_bytes() -> int:
    """Return what this process holds in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()
