"""Drawing the synapses of a network: each projection from a source of its own, side by side.

What a projection draws depends on the seed and on its place among the projections, not on how many
synapses another one has, nor on how many are drawn at a time, nor by what.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from annlab.errors import BuildError
from annlab.limits import n_cores
from annlab.runtime.drawing import plain
from annlab.runtime.drawing.source import Drawing, Source

if TYPE_CHECKING:
    from annlab.network.projection import Drawn, Projection
    from annlab.runtime.backends import Rows

FEW_PAIRS = 10_000_000  # whatever joins them is drawn before a second thread would have begun
WORTH_LOADING = 20_000  # synapses, from which on compiled loops are faster than NumPy, once loaded
# Synapses that NumPy takes as long to draw as the loops are compiled, 1.3 s: a machine pays for
# the loops once it has lost as much without them.
WORTH_COMPILING = 8_000_000

log = logging.getLogger(__name__)


def draw_all(
    projections: Sequence[Projection],
    parent: np.random.Generator,
    backend: str,
    rows: Rows | None = None,
) -> list[Drawn]:
    """Return the synapses of each projection, in order; raises the first one's error.

    On all cores, as compilers are started, whatever the number of threads of a run is.
    """
    sizes = [projection._n_pairs() for projection in projections]
    n_threads = min(n_cores(), sum(size > FEW_PAIRS for size in sizes))
    n_drawn = sum(p._n_drawn(rows) for p in projections)
    drawing = drawing_for(n_drawn, backend, n_cores() // max(1, n_threads))
    sources = [Source.below(parent, drawing, rows) for _ in projections]
    if n_threads < 2:
        return [p._draw(source) for p, source in zip(projections, sources)]
    from concurrent.futures import ThreadPoolExecutor  # few need it: start is faster

    with ThreadPoolExecutor(n_threads, thread_name_prefix="annlab-draw") as threads:
        # The largest first: begun last, it would be waited for alone.
        order = sorted(range(len(sizes)), key=lambda k: -sizes[k])
        waiting = {k: threads.submit(projections[k]._draw, sources[k]) for k in order}
        try:
            return [waiting[k].result() for k in range(len(sizes))]
        except BaseException:
            threads.shutdown(wait=True, cancel_futures=True)
            raise


def drawing_for(n_synapses: float, backend: str, n_threads: int | None = None) -> Drawing:
    """Return what draws so many synapses soonest; what comes out is the same.

    Each projection is drawn by `n_threads`, or by as many as there are cores.
    """
    if backend == "reference" or n_synapses < WORTH_LOADING:
        return plain
    from annlab.codegen.cpu import kernels  # small networks start sooner

    try:
        if not kernels.is_drawing_due(int(n_synapses), WORTH_COMPILING):
            return plain
        from annlab.runtime.drawing.native import NativeDrawing

        return NativeDrawing(n_threads)
    except BuildError as problem:
        log.info("synapses are drawn without compiled loops: %s", problem)
        return plain
