"""A projection over arrays: transmission, events, learning.

Every synapse is one entry of flat arrays; `pre_index` and `post_index` say
which neurons it joins. The caller owns delays, spike lists and schedules, and
says which entries an event concerns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import DTypeLike, NDArray

from annlab.codegen.lowering.kernel import EventDriven, ProjectionKernel, Statement
from annlab.codegen.reference.evaluate import Lookup, Value, evaluate
from annlab.codegen.reference.statements import Temporaries, run_statements
from annlab.ir.expr import Locality, Side, Symbol, SymbolKind, symbols

Values = Mapping[str, NDArray]
Indices = NDArray[np.int64]

LAST_EVENT_AT_START = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectionInputs:
    """What a projection reads, at one step.

    Attributes
    ----------
    pre_index, post_index
        Ranks of the two neurons of each entry (n_synapses,).
    n_post
        Size of the postsynaptic population; semiglobal arrays have shape (n_post,).
    pre
        Presynaptic attributes, ``sum(target)`` included, already delayed: per entry
        (n_synapses,), or () for a global one.
    post
        Postsynaptic attributes, ``sum(target)`` included: (n_post,), or () for a global one.
    dt_ms
        The step; in `update_synapses` the period of learning.
    t_pre_ms, t_post_ms
        Last spikes: per entry (n_synapses,) and (n_post,) [ms].
    draws
        Random numbers by index, shaped for their locality.
    reductions
        By side and name: ``(Side.PRE, "mean(r)")``.
    """

    pre_index: Indices
    post_index: Indices
    n_post: int
    t_ms: float
    dt_ms: float
    pre: Mapping[str, Value] = field(default_factory=dict)
    post: Mapping[str, Value] = field(default_factory=dict)
    constants: Mapping[str, float] = field(default_factory=dict)
    draws: Mapping[int, Value] = field(default_factory=dict)
    reductions: Mapping[tuple[Side, str], Value] = field(default_factory=dict)
    t_pre_ms: Value = 0.0
    t_post_ms: Value = 0.0
    float_type: DTypeLike = np.float64

    @property
    def n_synapses(self) -> int:
        return len(self.pre_index)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Spikes that concern the synapses `entries`, each at most once.

    Attributes
    ----------
    conductance
        The postsynaptic ``g_target`` (n_post,), changed in place; None after a `post_spike`.
    last_event
        Step at which event-driven variables were last valid (n_synapses,), changed in place;
        `LAST_EVENT_AT_START` at the start. None without such variables.
    valid_step
        Step at which they are wanted: ``n - 1`` for spikes that arrive in step n, n for
        postsynaptic spikes of step n.
    has_post_fired
        Entries whose postsynaptic neuron fired in the step in which the presynaptic one did
        (n_synapses,): there statements with `unless_post` are skipped.
    """

    entries: Indices
    valid_step: int
    conductance: NDArray | None = None
    last_event: Indices | None = None
    is_plastic: bool = True
    has_post_fired: NDArray[np.bool_] | None = None


def psp_values(kernel: ProjectionKernel, values: Values, inputs: ProjectionInputs) -> NDArray:
    """Return what each synapse transmits (n_synapses,)."""
    if kernel.psp is None:
        raise ValueError("the kernel transmits only spikes")
    lookup = _entry_lookup(values, inputs, np.arange(inputs.n_synapses))
    value = evaluate(kernel.psp, lookup, float_type=inputs.float_type)
    return np.broadcast_to(value, (inputs.n_synapses,))


def reduce_psp(
    values: NDArray, post_index: Indices, n_post: int, operation: str = "sum"
) -> NDArray:
    """Reduce the values of the synapses of each postsynaptic neuron; 0 where there are none.

    `operation` is one of sum, max, min, mean.
    """
    if operation in ("max", "min"):
        return _extreme(values, post_index, n_post, operation)
    total = np.zeros(n_post, values.dtype)
    np.add.at(total, post_index, values)
    if operation == "sum":
        return total
    count = np.bincount(post_index, minlength=n_post)
    return np.divide(total, count, out=np.zeros_like(total), where=count > 0, casting="same_kind")


def deliver(
    kernel: ProjectionKernel,
    values: Values,
    inputs: ProjectionInputs,
    event: Event,
    *,
    is_axonal: bool = False,
) -> None:
    """Execute `pre_spike` (or `pre_axon_spike`) for the entries whose spike arrives."""
    statements = kernel.pre_axon_spike if is_axonal else kernel.pre_spike
    _run_event(kernel.event_driven, statements, values, inputs, event)


def post_events(
    kernel: ProjectionKernel, values: Values, inputs: ProjectionInputs, event: Event
) -> None:
    """Execute `post_spike` for the entries whose postsynaptic neuron fired."""
    _run_event(kernel.event_driven, kernel.post_spike, values, inputs, event)


def update_synapses(kernel: ProjectionKernel, values: Values, inputs: ProjectionInputs) -> None:
    """Advance the continuous equations by one period of learning."""
    invariants: Temporaries = {}
    dendrites = _dendrite_lookup(values, inputs)
    synapses = _entry_lookup(values, inputs, np.arange(inputs.n_synapses))

    def run(statements: Sequence[Statement], lookup: Lookup, temporaries: Temporaries) -> None:
        run_statements(
            statements, lookup, store, temporaries=temporaries, float_type=inputs.float_type
        )

    def store(symbol: Symbol, value: Value) -> None:
        values[symbol.name][...] = _fitted(value, values[symbol.name])

    run(kernel.global_update, dendrites, {})
    run(kernel.invariants, dendrites, invariants)
    run(kernel.semiglobal_update, dendrites, dict(invariants))
    run(kernel.local_update, synapses, dict(invariants))


def _extreme(values: NDArray, post_index: Indices, n_post: int, operation: str) -> NDArray:
    is_max = operation == "max"
    result = np.full(n_post, -np.inf if is_max else np.inf, values.dtype)
    (np.maximum if is_max else np.minimum).at(result, post_index, values)
    result[np.bincount(post_index, minlength=n_post) == 0] = 0
    return result


def _run_event(
    event_driven: Sequence[EventDriven],
    statements: Sequence[Statement],
    values: Values,
    inputs: ProjectionInputs,
    event: Event,
) -> None:
    wanted = [s for s in statements if event.is_plastic or not s.is_gated]
    if event.last_event is not None:
        _decay(event_driven, values, inputs, event, event.last_event)
    # What several synapses share must change one synapse after the other.
    groups = np.split(event.entries, event.entries.size) if _is_ordered(wanted) else None
    for entries in (event.entries,) if groups is None else groups:
        if entries.size:
            _run_for(entries, wanted, values, inputs, event)


def _decay(
    event_driven: Sequence[EventDriven],
    values: Values,
    inputs: ProjectionInputs,
    event: Event,
    last_event: Indices,
) -> None:
    entries = event.entries
    lookup = _entry_lookup(values, inputs, entries)
    elapsed_ms = (event.valid_step - last_event[entries]) * inputs.dt_ms
    for each in event_driven:
        rate, drive = (
            evaluate(e, lookup, float_type=inputs.float_type) for e in (each.rate, each.drive)
        )
        array = values[each.variable.name]
        with np.errstate(all="ignore"):
            array[entries] = drive + (array[entries] - drive) * np.exp(-elapsed_ms * rate)
    last_event[entries] = event.valid_step


def _is_ordered(statements: Sequence[Statement]) -> bool:
    targets = {s.target for s in statements}
    shared = {t for t in targets if t.kind is SymbolKind.ATTRIBUTE and _is_shared(t)}
    conductance = {t for t in targets if t.kind is SymbolKind.CONDUCTANCE}
    sets = any(s.target in conductance and not s.is_increment for s in statements)
    reads = any(symbols(s.value) & conductance for s in statements)
    return bool(shared) or sets or reads


def _is_shared(symbol: Symbol) -> bool:
    return symbol.locality is not Locality.LOCAL


def _run_for(
    entries: Indices,
    statements: Sequence[Statement],
    values: Values,
    inputs: ProjectionInputs,
    event: Event,
) -> None:
    for statement in statements:
        chosen = _chosen(entries, statement, event)
        if not chosen.size:
            continue
        lookup = _entry_lookup(values, inputs, chosen, event.conductance)

        def store(
            symbol: Symbol,
            value: Value,
            statement: Statement = statement,
            chosen: Indices = chosen,
        ) -> None:
            _store_event(statement, symbol, value, values, inputs, event, chosen)

        run_statements([statement], lookup, store, float_type=inputs.float_type)


def _chosen(entries: Indices, statement: Statement, event: Event) -> Indices:
    if statement.unless_post and event.has_post_fired is not None:
        return entries[~event.has_post_fired[entries]]
    return entries


def _store_event(
    statement: Statement,
    symbol: Symbol,
    value: Value,
    values: Values,
    inputs: ProjectionInputs,
    event: Event,
    entries: Indices,
) -> None:
    post = inputs.post_index[entries]
    if symbol.kind is SymbolKind.CONDUCTANCE:
        if event.conductance is None:
            raise ValueError("a statement on g_target needs a conductance")
        if statement.is_increment:
            np.add.at(event.conductance, post, value)
        else:
            event.conductance[post] = value
        return
    array = values[symbol.name]
    if symbol.locality is Locality.LOCAL:
        array[entries] = value
    elif symbol.locality is Locality.SEMIGLOBAL:
        array[post] = value
    else:
        array[...] = _fitted(value, array)


def _fitted(value: Value, array: NDArray) -> Value:
    return np.reshape(value, ()) if np.size(value) == 1 else value


def _entry_lookup(
    values: Values,
    inputs: ProjectionInputs,
    entries: Indices,
    conductance: NDArray | None = None,
) -> Lookup:
    """Find values for the synapses `entries`, each of shape (n_entries,) or ()."""
    post = inputs.post_index[entries]

    def lookup(symbol: Symbol) -> Value:
        if symbol.kind is SymbolKind.CONDUCTANCE:
            return None if conductance is None else conductance[post]
        if symbol.kind is SymbolKind.CLOCK and symbol.name == "t_pre":
            return _picked(inputs.t_pre_ms, entries)
        value = _raw(symbol, values, inputs)
        if _is_per_post(symbol):
            return _picked(value, post)
        return value if symbol.locality is Locality.GLOBAL else _picked(value, entries)

    return lookup


def _dendrite_lookup(values: Values, inputs: ProjectionInputs) -> Lookup:
    """Find values per postsynaptic neuron, of shape (n_post,) or ()."""
    return lambda symbol: _raw(symbol, values, inputs)


def _is_per_post(symbol: Symbol) -> bool:
    if symbol.side is Side.POST or (symbol.kind is SymbolKind.CLOCK and symbol.name == "t_post"):
        return True
    return symbol.side is Side.OWN and symbol.locality is Locality.SEMIGLOBAL


def _picked(value: Value, index: Indices) -> Value:
    array = np.asarray(value)
    return array[index] if array.ndim else array


def _raw(symbol: Symbol, values: Values, inputs: ProjectionInputs) -> Value:
    sides = {Side.PRE: inputs.pre, Side.POST: inputs.post, Side.OWN: values}
    match symbol.kind:
        case SymbolKind.ATTRIBUTE:
            return sides[symbol.side][symbol.name]
        case SymbolKind.INPUT:
            return sides[symbol.side].get(f"sum({symbol.name})", 0.0)
        case SymbolKind.CONSTANT:
            return inputs.constants[symbol.name]
        case SymbolKind.DRAW:
            return inputs.draws[int(symbol.name)]
        case SymbolKind.REDUCTION:
            return inputs.reductions[symbol.side, symbol.name]
        case SymbolKind.CLOCK:
            clock = {"t": inputs.t_ms, "dt": inputs.dt_ms, "t_post": inputs.t_post_ms}
            return clock[symbol.name]
    raise KeyError(symbol)
