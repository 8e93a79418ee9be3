"""Run a network of each kind for some steps, for tools that look at memory.

The pool of CuPy would hide where one array ends and the next begins, so each array is an
allocation of its own. The networks are those of ``tests/agreement``.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

N_NEURONS = 130  # two blocks and a rest
N_STEPS = 12.0


def main() -> None:
    """Run all of them."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "agreement"))
    from agreement_zoo import ZOO, compiled  # a module of the tests

    from annlab.runtime.cuda import synapses

    synapses.LEAST_SYNAPSES = 0  # what is drawn is drawn there, small as it is
    if not os.environ.get("ANNLAB_CUDA_EMULATE"):
        import cupy

        cupy.cuda.set_allocator(None)
    for name in ZOO:
        with compiled(name, N_NEURONS, backend="cuda") as network:
            network.simulate(N_STEPS)
        print(name, flush=True)


if __name__ == "__main__":
    main()
