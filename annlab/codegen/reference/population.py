"""One step of a population over arrays: equations, spikes, reset.

The caller owns the clock, the inputs, the random numbers, the spike lists and
the refractory counters; this module only changes the arrays in `values`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import DTypeLike, NDArray

from annlab.codegen.lowering.kernel import PopulationKernel, Statement
from annlab.codegen.reference.evaluate import Lookup, Value, converted, evaluate
from annlab.codegen.reference.statements import Temporaries, run_statements
from annlab.ir.expr import DType, Expr, Symbol, SymbolKind

Values = Mapping[str, NDArray]


@dataclass(frozen=True, slots=True, kw_only=True)
class PopulationInputs:
    """What a population reads and does not own, at one step.

    Attributes
    ----------
    n_neurons
        Number of neurons; local arrays have shape (n_neurons,), global ones () or (1,).
    inputs
        Weighted sums by target, "" for all targets; a missing target is 0.
    draws
        Random numbers by index.
    reductions
        By name, such as ``mean(v)``: values of the previous step.
    t_last_ms
        Time of the last spike (n_neurons,) [ms], before this step.
    is_refractory
        Neurons that are frozen in this step (n_neurons,).
    spiked
        For stop conditions: neurons that fired in this step (n_neurons,).
    """

    n_neurons: int
    t_ms: float
    dt_ms: float
    inputs: Mapping[str, Value] = field(default_factory=dict)
    constants: Mapping[str, float] = field(default_factory=dict)
    draws: Mapping[int, Value] = field(default_factory=dict)
    reductions: Mapping[str, Value] = field(default_factory=dict)
    t_last_ms: Value = 0.0
    is_refractory: NDArray[np.bool_] | None = None
    spiked: Value = False
    float_type: DTypeLike = np.float64


@dataclass(frozen=True, slots=True)
class Spikes:
    """Who fired in a step: masks (n_neurons,)."""

    somatic: NDArray[np.bool_]
    axonal: NDArray[np.bool_]


def step_population(kernel: PopulationKernel, values: Values, inputs: PopulationInputs) -> Spikes:
    """Advance `values` in place by one step and say who fired.

    Resets are done here and see the old ``t_last``; to set ``t_last`` and the refractory
    counters is left to the caller.
    """
    lookup = population_lookup(values, inputs)
    active = _active(inputs)
    shared: Temporaries = {}
    _run(kernel.global_update, values, lookup, inputs, shared={})
    _run(kernel.invariants, values, lookup, inputs, shared=shared)
    _run(kernel.update, values, lookup, inputs, shared=shared, mask=active)
    return _fire(kernel, values, lookup, inputs, active)


def is_stopping(
    kernel: PopulationKernel, values: Values, inputs: PopulationInputs
) -> NDArray[np.bool_]:
    """Return where the stop condition of `kernel` holds (n_neurons,)."""
    lookup = population_lookup(values, inputs)
    return _holds(kernel.stop, lookup, inputs, np.ones(inputs.n_neurons, bool))


def population_lookup(values: Values, inputs: PopulationInputs) -> Lookup:
    """Return the function that finds the value of a symbol of a neuron model."""
    clock = {"t": inputs.t_ms, "dt": inputs.dt_ms, "t_last": inputs.t_last_ms}

    def lookup(symbol: Symbol) -> Value:
        match symbol.kind:
            case SymbolKind.ATTRIBUTE:
                return values[symbol.name]
            case SymbolKind.INPUT:
                return inputs.inputs.get(symbol.name, 0.0)
            case SymbolKind.CONSTANT:
                return inputs.constants[symbol.name]
            case SymbolKind.DRAW:
                return inputs.draws[int(symbol.name)]
            case SymbolKind.REDUCTION:
                return inputs.reductions[symbol.name]
            case SymbolKind.SPIKED:
                return inputs.spiked
            case SymbolKind.CLOCK:
                return clock[symbol.name]
        raise KeyError(symbol)

    return lookup


def assign(array: NDArray, value: Value, index: NDArray | slice = slice(None)) -> None:
    """Write `value` into `array`; a value for all elements may be an array of one."""
    if array.size == 1:
        array[...] = np.reshape(value, ())
    else:
        array[index] = value


def _active(inputs: PopulationInputs) -> NDArray[np.bool_]:
    if inputs.is_refractory is None:
        return np.ones(inputs.n_neurons, bool)
    return ~inputs.is_refractory


def _run(
    statements: tuple[Statement, ...],
    values: Values,
    lookup: Lookup,
    inputs: PopulationInputs,
    *,
    shared: Temporaries,
    mask: NDArray[np.bool_] | None = None,
) -> None:
    def store(symbol: Symbol, value: Value) -> None:
        assign(values[symbol.name], value)

    run_statements(
        statements,
        lookup,
        store,
        mask=mask,
        temporaries=shared,
        float_type=inputs.float_type,
    )


def _fire(
    kernel: PopulationKernel,
    values: Values,
    lookup: Lookup,
    inputs: PopulationInputs,
    active: NDArray[np.bool_],
) -> Spikes:
    somatic = _holds(kernel.spike, lookup, inputs, active)
    _reset(kernel.reset, values, lookup, inputs, somatic)
    again = _holds(kernel.spike, lookup, inputs, active)
    # An axonal event needs a neuron whose soma, after a reset, is below threshold.
    axonal = _holds(kernel.axon_spike, lookup, inputs, active & ~again)
    _reset(kernel.axon_reset, values, lookup, inputs, axonal)
    return Spikes(somatic, axonal)


def _holds(
    condition: Expr | None,
    lookup: Lookup,
    inputs: PopulationInputs,
    where: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    if condition is None:
        return np.zeros(inputs.n_neurons, bool)
    value = evaluate(condition, lookup, float_type=inputs.float_type)
    return where & converted(value, DType.BOOL)


def _reset(
    statements: tuple[Statement, ...],
    values: Values,
    lookup: Lookup,
    inputs: PopulationInputs,
    fired: NDArray[np.bool_],
) -> None:
    index = np.flatnonzero(fired)
    if not index.size:
        return

    def of_fired(symbol: Symbol) -> Value:
        value = np.asarray(lookup(symbol))
        return value[index] if value.shape == (inputs.n_neurons,) and value.size > 1 else value

    def store(symbol: Symbol, value: Value) -> None:
        assign(values[symbol.name], value, index)

    run_statements(statements, of_fired, store, float_type=inputs.float_type)
