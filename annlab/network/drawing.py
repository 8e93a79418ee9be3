"""Drawing the synapses of a network: each projection from a generator of its own, side by side.

What a projection draws depends on the seed and on its place among the projections, not on how many
synapses another one has, nor on how many are drawn at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from annlab.runtime.threads import n_cores

if TYPE_CHECKING:
    from annlab.network.projection import Drawn, Projection

FEW_PAIRS = 10_000_000  # whatever joins them is drawn before a second thread would have begun
WORDS = 4


def own_generator(parent: np.random.Generator) -> np.random.Generator:
    """Return a new generator; its seed is drawn from `parent`."""
    return np.random.default_rng(parent.integers(0, 1 << 32, size=WORDS, dtype=np.uint32))


def draw_all(projections: Sequence[Projection], parent: np.random.Generator) -> list[Drawn]:
    """Return the synapses of each projection, in order; raises the first one's error.

    On all cores, as compilers are started, whatever the number of threads of a run is.
    """
    generators = [own_generator(parent) for _ in projections]
    sizes = [projection._n_pairs() for projection in projections]
    n_threads = min(n_cores(), sum(size > FEW_PAIRS for size in sizes))
    if n_threads < 2:
        return [p._draw(generator) for p, generator in zip(projections, generators)]
    from concurrent.futures import ThreadPoolExecutor  # few need it: start is faster

    with ThreadPoolExecutor(n_threads, thread_name_prefix="annlab-draw") as threads:
        # The largest first: begun last, it would be waited for alone.
        order = sorted(range(len(sizes)), key=lambda k: -sizes[k])
        waiting = {k: threads.submit(projections[k]._draw, generators[k]) for k in order}
        try:
            return [waiting[k].result() for k in range(len(sizes))]
        except BaseException:
            threads.shutdown(wait=True, cancel_futures=True)
            raise
