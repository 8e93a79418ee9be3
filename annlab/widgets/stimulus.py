"""Make neurons spike in the next step, whatever their model is.

The variable that the spike condition looks at is pushed just over the threshold;
how far that is is read off the condition itself. Nothing is compiled.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from annlab.calls import public
from annlab.codegen.reference.evaluate import Value, evaluate
from annlab.errors import ArgumentError, ArgumentTypeError
from annlab.ir.expr import Symbol, SymbolKind, symbols
from annlab.ir.model import Equation, NeuronModel
from annlab.network.inputs import SpikeSourceArray
from annlab.network.network import Network
from annlab.network.population import Population
from annlab.runtime.state import PopulationState
from annlab.widgets.flow_field import Surroundings, lookup_of
from annlab.widgets.given import read_ranks
from annlab.widgets.source import SurroundingsReader

# Beyond the threshold, in parts of the way to it: what leaks away within the step.
BEYOND = 1.5
# Where only the passing of a threshold counts, the neuron passes it by itself from here on.
SHORT_OF = 0.9
_SIZES = 2.0 ** np.arange(-20, 21, 0.25)


def can_stimulate(population: Population) -> bool:
    """Tell whether `stimulate` knows how to make these neurons spike."""
    return isinstance(population, SpikeSourceArray) or _pushed(population.model) is not None


@public
def stimulate(population: Population, ranks: Sequence[int] | NDArray[np.integer]) -> None:
    """Let neurons spike in the next step, also while the network runs.

    Neurons that are refractory stay silent.

    Raises
    ------
    ArgumentError
        If the spikes of the population do not come from a variable that grows over a threshold.
    ArgumentTypeError, UnknownObjectError
        If it is no population, or has no such neurons.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network(dt=1.0, backend="reference")
    >>> cells = net.create(4, annlab.Izhikevich)
    >>> spikes = net.monitor(cells, "spike")
    >>> net.compile()
    >>> stimulate(cells, [2])
    >>> net.step()
    >>> spikes.get("spike")
    {0: [], 1: [], 2: [0], 3: []}
    """
    if not isinstance(population, Population):
        raise ArgumentTypeError(
            f"stimulate() cannot reach {population!r}",
            hint="give a population, and the ranks of its neurons",
        )
    ranks = read_ranks(ranks, population.name, population.size)
    network = population.network
    if isinstance(population, SpikeSourceArray):
        now = network.current_step * network.dt
        chosen = set(ranks)
        trains = [list(train) for train in population._trains]
        population.spike_times = [
            sorted([*train, now]) if rank in chosen else train for rank, train in enumerate(trains)
        ]
        return
    variable = _pushed(population.model)
    if variable is None:
        raise ArgumentError(
            f"the neurons of '{population.name}' cannot be made to spike one by one",
            why="their spikes do not come from a variable that grows over a threshold",
            hint="change their rates: inputs(population)",
        )
    state = population._require_state("stimulus")

    def push() -> None:
        for rank in ranks:
            _push(network, state, variable, rank)

    network._call(push)


def _pushed(model: NeuronModel) -> str | None:
    """Return the variable of the spike condition that keeps its value from step to step."""
    if model.spike is None:
        return None
    kept = [e.variable for e in model.equations if e.is_ode or e.variable in symbols(e.right)]
    seen = {s.name for s in symbols(model.spike.expr) if s.kind is SymbolKind.ATTRIBUTE}
    return next((v.name for v in kept if v.name in seen), None)


def _push(network: Network, state: PopulationState, variable: str, rank: int) -> None:
    around = SurroundingsReader(network, state, rank).copy()
    value = around.values[variable]
    sizes = np.concatenate([_SIZES, -_SIZES]) * max(abs(value), 1.0)
    values = {**around.values, variable: value + sizes}
    holds = _holds(state.model, values, around)
    if not holds.any():
        return
    least = float(sizes[holds][np.argmin(np.abs(sizes[holds]))])
    below = least / _SIZES[1] * _SIZES[0]
    for _ in range(20):  # halve the step in between
        middle = (below + least) / 2
        is_enough = _holds(state.model, {**values, variable: np.array([value + middle])}, around)
        below, least = (below, middle) if is_enough.all() else (middle, least)
    # After another step a variable such as `v_before = v` is beyond the threshold as well.
    later = {**values, variable: np.array([value + BEYOND * least])}
    for equation in state.model.equations:
        if not equation.is_ode and equation.variable.name != variable and _copies(equation):
            later[equation.variable.name] = later[equation.right.name]  # type: ignore[attr-defined]
    is_passing = not _holds(state.model, later, around).any()
    state.values[variable][rank] = value + (SHORT_OF if is_passing else BEYOND) * least


def _holds(model: NeuronModel, values: dict[str, Value], around: Surroundings) -> NDArray[np.bool_]:
    """Tell for which of `values` the spike condition holds."""
    assert model.spike is not None  # `_pushed` found a variable in it
    return np.atleast_1d(evaluate(model.spike.expr, lookup_of(values, around))).astype(bool)


def _copies(equation: Equation) -> bool:
    """Tell whether an equation only keeps another variable as it was."""
    return isinstance(equation.right, Symbol) and equation.right.kind is SymbolKind.ATTRIBUTE
