"""The calls of a population: sums, inputs, the update, and what follows from it."""

from __future__ import annotations

import numpy as np

from annlab.ir.expr import Locality
from annlab.runtime.binding.binder import Binder, BoundKernel, Slot, is_global
from annlab.runtime.memory import BLOCK, aligned
from annlab.runtime.schedule import RING, Call
from annlab.runtime.state import PopulationState, TimedTable

_REDUCTIONS = {"min": 0, "max": 1, "mean": 2, "norm1": 3, "norm2": 4}


def zero_sums(binder: Binder, p: PopulationState) -> list[Call]:
    """Return the calls that begin the weighted sums of a step."""
    return [
        binder.generic(
            "zero_sums",
            (array, binder.numbers(p.n, array.itemsize), p.enabled),
            own_writes=frozenset({f"{p.name}.sum:{target}"}),
            n_items=p.n,
        )
        for target, array in p.sums.items()
    ]


def total_sums(binder: Binder, p: PopulationState) -> list[Call]:
    """Return the calls that add the sums of all targets."""
    if "" not in p.sums:
        return []
    return [
        binder.generic(
            f"add_sums<{p.float_type.name}>",
            (p.sums[""], binder.numbers(p.n), array),
            own_reads=frozenset({f"{p.name}.sum:{target}"}),
            own_writes=frozenset({f"{p.name}.sum:"}),
            n_items=p.n,
        )
        for target, array in p.sums.items()
        if target
    ]


def update(binder: Binder, p: PopulationState, kernel: BoundKernel) -> list[Call]:
    """Return the calls that advance the neurons."""
    calls = [_timed(binder, p, table) for table in p.timed]
    if p.spike_table is not None:
        return [*calls, _spike_table(binder, p)]
    if kernel.has("update_global"):
        calls.append(_call(binder, p, kernel, "update_global", True))
    if p.model.equations or p.model.is_spiking:
        calls.append(_call(binder, p, kernel, "update", False))
    return calls


def _timed(binder: Binder, p: PopulationState, table: TimedTable) -> Call:
    target = p.values[table.attribute]
    is_shared = is_global(p, table.attribute)
    dims = binder.numbers(table.rows.shape[1], len(table.starts), int(is_shared))
    written = frozenset({f"{p.name}.{table.attribute}"})
    return binder.generic(
        f"timed_rows<{p.float_type.name}>",
        (target, table.rows, table.starts, dims, table.origin, table.period, p.enabled),
        own_writes=written,
        is_serial=is_shared,
        n_items=table.rows.shape[1],
    )


def _spike_table(binder: Binder, p: PopulationState) -> Call:
    table = p.spike_table
    assert table is not None
    return binder.generic(
        "spike_table",
        (table.steps, table.ranks, binder.numbers(len(table.steps), p.n), table.origin,
         table.cursor, p.enabled, p.last_spike, *binder.ring(p.spikes)),
        own_writes=frozenset({f"{RING}{p.name}.spikes", f"{p.name}.last_spike"}),
    )  # fmt: skip


def _call(
    binder: Binder, p: PopulationState, kernel: BoundKernel, function: str, is_serial: bool
) -> Call:
    slots = binder.table(_slot(binder, p, key) for key in kernel.slots)
    reads, own_reads = set(), set()
    own_writes = {
        f"{p.name}.{e.variable.name}"
        for e in (*p.model.equations, *p.model.reset, *p.model.axon_reset)
    }
    own_writes |= {f"{RING}{p.name}.spikes", f"{RING}{p.name}.axon", f"{p.name}.last_spike"}
    for key in kernel.slots:
        kind, _, name = key.partition(":")
        if kind == "value":
            attribute = p.model.attribute(name)
            is_local = attribute is None or attribute.locality is Locality.LOCAL
            (own_reads if is_local else reads).add(f"{p.name}.{name}")
        elif kind == "sum":
            own_reads.add(f"{p.name}.sum:{name}")
        elif kind == "reduction":
            reads.add(f"{p.name}.reduction:{name}")
    if function == "update":
        globals_ = {a.name for a in p.model.attributes if a.locality is Locality.GLOBAL}
        own_writes -= {f"{p.name}.{name}" for name in globals_}
    return Call(
        kernel=kernel.address(function), slots=slots, name=f"{p.name}.{function}",
        reads=frozenset(reads), own_reads=frozenset(own_reads),
        own_writes=frozenset() if function == "check_stop" else frozenset(own_writes),
        is_serial=is_serial, n_items=p.n,
    )  # fmt: skip


def _slot(binder: Binder, p: PopulationState, key: str) -> Slot:
    kind, _, name = key.partition(":")
    match kind:
        case "value":
            return p.values[name]
        case "sum":
            return p.sums[name]
        case "constant":
            return binder.state.constants[name]
        case "reduction":
            return binder.reduction(p, name)
        case "size":
            return binder.numbers(p.n)
        case "dt":
            return binder.dt
        case "key":
            return binder.key("population", p.name)
        case "enabled" | "stopped" | "last_spike" | "frozen_until" | "refractory_steps":
            return getattr(p, kind)
    ring, _, part = key.partition(".")
    return binder.ring_slot(p, ring, part)


def stop(binder: Binder, p: PopulationState, kernel: BoundKernel) -> list[Call]:
    """Return the call that looks whether the stop condition holds."""
    if not kernel.has("check_stop"):
        return []
    return [_call(binder, p, kernel, "check_stop", True)]


def after_update(binder: Binder, p: PopulationState) -> list[Call]:
    """Return the calls for delays, firing rates and reductions."""
    calls: list[Call] = []
    for name, history in p.histories.items():
        source = p.values[name]
        is_shared = is_global(p, name)
        dims = binder.numbers(
            0 if is_shared else p.n, source.itemsize, history.depth, history.values.shape[1]
        )
        calls.append(
            binder.generic(
                "push_history",
                (history.values, source, dims),
                own_reads=frozenset({f"{p.name}.{name}"}),
                own_writes=frozenset({f"{p.name}.history:{name}"}),
                is_serial=is_shared,
                n_items=1 if is_shared else p.n,
            )
        )
    if p.rate_window is not None:
        calls.append(_rate_window(binder, p))
    for name in p.reductions:
        calls += _reduce(binder, p, name)
    return calls


def _rate_window(binder: Binder, p: PopulationState) -> Call:
    window = p.rate_window
    assert window is not None
    per_spike = binder.keep(np.array([1000.0 / (window.window * binder.state.dt)], np.float64))
    return binder.generic(
        f"rate_window<{p.float_type.name}>",
        (p.values["r"], window.counts, window.per_step, window.fifo, window.ends,
         binder.numbers(p.n, window.window, len(window.fifo)), per_spike,
         *binder.ring(p.spikes), binder.service),
        reads=frozenset({f"{RING}{p.name}.spikes"}),
        writes=frozenset({f"{p.name}.r"}),
        is_serial=True,
    )  # fmt: skip


def _reduce(binder: Binder, p: PopulationState, name: str) -> list[Call]:
    operation, _, attribute = name.rstrip(")").partition("(")
    source = p.values[attribute]
    kind = f"bool,{p.float_type.name}" if source.dtype == bool else source.dtype.name
    dims = binder.numbers(p.n, _REDUCTIONS[operation])
    partial = binder.keep(aligned(p.n_padded // BLOCK, p.float_type))
    slots = (source, partial, dims, binder.reduction(p, name))
    part = frozenset({f"{p.name}.partial:{name}"})
    return [
        binder.generic(
            f"reduce_blocks<{kind}>", slots,
            own_reads=frozenset({f"{p.name}.{attribute}"}), own_writes=part,
            n_items=p.n_padded // BLOCK,
        ),
        binder.generic(
            f"reduce_partials<{p.float_type.name}>", slots, reads=part,
            writes=frozenset({f"{p.name}.reduction:{name}"}), is_serial=True,
        ),
    ]  # fmt: skip
