"""Reach the first step of the first notebook's network, then rebuild it on demand.

Takes the simulator as argument. Writes one line of JSON as soon as one step was
made; then answers each line of standard input, the name of a change, with the
seconds from the changed model to its first step.
"""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import replace

from benchmarks.case import Settings
from benchmarks.cases.izhikevich import CASES, Izhikevich

NUMBERS = Izhikevich()
ONE_STEP = Settings(scale=NUMBERS.step_ms / NUMBERS.duration_ms, is_recording=False)
CHANGES = {
    "equation": Izhikevich(growth=141.0),
    "size": Izhikevich(n_excitatory=810),
    "parameter": Izhikevich(excitatory_noise=4.0),
    "weight": Izhikevich(excitatory_weight=0.4),
    "seed": NUMBERS,
}


def main() -> None:
    """Step once, and once more for each change."""
    build = CASES[0].builders[sys.argv[1]]
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    build(NUMBERS, ONE_STEP)()
    print(json.dumps({"stage": "first step"}), file=answers)
    for line in sys.stdin:
        settings = replace(ONE_STEP, seed=7) if line.strip() == "seed" else ONE_STEP
        start = time.perf_counter()
        build(CHANGES[line.strip()], settings)()
        print(json.dumps({"seconds": time.perf_counter() - start}), file=answers)


if __name__ == "__main__":
    main()
