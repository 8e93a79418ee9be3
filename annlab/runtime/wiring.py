"""Give populations what their projections and models need of them: sums, reductions, depth.

Called once a network's states are made and again for a projection whose delays
changed. Every back end relies on it; it knows no equations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annlab.ir.expr import Side
from annlab.ir.model import Reduction
from annlab.runtime.memory import aligned, require
from annlab.runtime.rings import BYTES_OF_SLOT
from annlab.runtime.state import History, NetworkState, PopulationState, ProjectionState

ALL_TARGETS = ""

_REDUCE: dict[str, Callable[[NDArray], Any]] = {  # Any: a NumPy scalar
    "min": np.min,
    "max": np.max,
    "mean": np.mean,
    "norm1": lambda x: np.sum(np.abs(x)),
    "norm2": lambda x: np.sqrt(np.sum(x * x)),
}


def wire(state: NetworkState) -> None:
    """Complete all populations of a network whose projections are known."""
    for population in state.populations:
        wire_population(population)
    for projection in state.projections:
        wire_projection(projection, state.step)


def wire_population(population: PopulationState) -> None:
    """Give a population the reductions that its own model reads."""
    _add_reductions(population, population.model.reductions)


def wire_projection(projection: ProjectionState, step: int) -> None:
    """Complete the two ends of a projection; `step` is the next to run. Nothing shrinks."""
    model = projection.model
    for side, population in ((Side.PRE, projection.pre), (Side.POST, projection.post)):
        _add_reductions(population, (r for r in model.reductions if r.side is side))
    if not projection.post.model.is_spiking:
        for target in projection.targets:
            _add_sums(projection.post, target)
    deepen(projection, step)


def deepen(projection: ProjectionState, step: int) -> None:
    """Let the presynaptic population remember as long as the longest delay asks for."""
    delay = longest_delay(projection)
    require_depth(projection, delay)
    pre = projection.pre
    if pre.spikes is not None:
        window = projection.decoding_window or 0
        # One slot more than the delay: the step under way writes while older ones are read.
        pre.spikes.deepen(max(delay, window) + 1, step)
        if pre.axon_spikes is not None:
            pre.axon_spikes.deepen(delay + 1, step)
    if delay == 1:
        return
    for name in projection.model.pre_attributes:
        if name in pre.histories:
            pre.histories[name].deepen(delay, step)
        else:
            pre.histories[name] = History(pre.values[name], delay, step)


def require_depth(projection: ProjectionState, delay: int) -> None:
    """Refuse a delay for which the presynaptic population would have to remember too much."""
    pre = projection.pre
    n_bytes = 0
    if delay > 1:
        n_bytes = delay * sum(pre.values[name].nbytes for name in projection.model.pre_attributes)
    if pre.spikes is not None:  # room for ranks is not touched before neurons spike
        n_bytes += delay * BYTES_OF_SLOT
    require(
        n_bytes,
        f"projection {projection.name!r}: a delay of {delay} steps",
        hint="shorten the longest delay",
    )


def longest_delay(projection: ProjectionState) -> int:
    """Return the longest delay [steps] of a projection."""
    found = projection.storage.max_delay
    return int(projection.delay_steps[0]) if found is None else found


def _add_reductions(population: PopulationState, reductions: Iterable[Reduction]) -> None:
    for reduction in reductions:
        name = reduction_name(reduction)
        if name not in population.reductions:
            population.reductions[name] = aligned(1, population.float_type)[:1]


def reduction_name(reduction: Reduction) -> str:
    """Return the key of a reduction among those of its population: ``mean(v)``."""
    return f"{reduction.op}({reduction.attribute})"


def reduced(name: str, values: Mapping[str, NDArray]) -> Any:  # a NumPy scalar
    """Return the reduction of this key over attributes without padding."""
    op, attribute = name[:-1].split("(")
    return _REDUCE[op](values[attribute])


def _add_sums(population: PopulationState, target: str) -> None:
    if target not in population.sums:
        population.sums[target] = aligned(population.n, population.float_type)
