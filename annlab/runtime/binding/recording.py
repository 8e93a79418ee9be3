"""The calls that record: rows in their phase, spikes and live views once a step is over."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from annlab.runtime.binding.binder import Binder, is_global
from annlab.runtime.recorder import Phase, SpikeRecorder, ValueRecorder
from annlab.runtime.schedule import Call
from annlab.runtime.state import NetworkState
from annlab.runtime.tap import SpikeTap, ValueTap


def value_recorders(state: NetworkState) -> list[ValueRecorder]:
    """Return the recorders of values of a network."""
    return [r for r in state.recorders if isinstance(r, ValueRecorder)]


def value_calls(binder: Binder, phase: Phase) -> list[Call]:
    """Return the calls that take rows in a phase of the step."""
    calls = []
    for recorder in value_recorders(binder.state):
        if recorder.phase is not phase:
            continue
        source = recorder.source()
        owner = _owner_of(binder, source)
        dims = binder.numbers(
            recorder.width, source.itemsize, len(recorder.buffer), owner[1] if owner else 0
        )
        positions = recorder.positions
        if positions is not None:
            positions = binder.keep(np.ascontiguousarray(positions, np.int64))
        names = frozenset({owner[0]}) if owner else frozenset({"everything"})
        calls.append(
            binder.generic(
                f"record_values<{source.itemsize}>",
                (source, recorder.buffer, recorder.count, recorder.schedule,
                 recorder.is_active, dims, positions, binder.service),
                own_reads=names if owner else frozenset(),
                reads=frozenset() if owner else _all_names(binder),
                is_serial=owner is None,
            )
        )  # fmt: skip
    return calls


def _owner_of(binder: Binder, source: NDArray) -> tuple[str, int] | None:
    """Return the name of a population's local array and the size of the population."""
    for p in binder.state.populations:
        for name, array in p.values.items():
            if np.shares_memory(array, source):
                return None if is_global(p, name) else (f"{p.name}.{name}", p.n)
        for target, array in p.sums.items():
            if np.shares_memory(array, source):
                return f"{p.name}.sum:{target}", p.n
    return None


def _all_names(binder: Binder) -> frozenset[str]:
    """Return the names of all that is not one local array of a population."""
    names = {f"{p.name}.{v}" for p in binder.state.projections for v in p.values}
    names |= {f"{p.name}.{v}" for p in binder.state.populations for v in p.values}
    return frozenset(names)


def follow_spikes(binder: Binder) -> None:
    """Record the spikes of steps that are over."""
    for recorder in binder.state.recorders:
        if not isinstance(recorder, SpikeRecorder):
            continue
        p = recorder.population
        ring = p.spikes if recorder.kind == "spike" else p.axon_spikes
        binder.follow(
            "record_spikes",
            (recorder.steps, recorder.ranks, recorder.count, recorder.is_active,
             binder.numbers(recorder.capacity, 3 * p.n), recorder.mask, binder.service,
             *binder.ring(ring), recorder.window),
        )  # fmt: skip


def follow_taps(binder: Binder) -> None:
    """Show live views the steps that are over."""
    for tap in binder.state.taps:
        if isinstance(tap, SpikeTap):
            binder.follow(
                "tap_spikes",
                (tap.steps, tap.ranks, tap.head, tap.is_active, binder.numbers(tap.capacity),
                 tap.mask, *binder.ring(tap.population.spikes)),
            )  # fmt: skip
        elif isinstance(tap, ValueTap):
            source = tap.source()
            dims = binder.numbers(tap.capacity, len(tap.positions), tap.period_steps)
            binder.follow(
                f"tap_values<{source.itemsize}>",
                (source, tap.positions, tap.rows, tap.steps, tap.head, tap.is_active, dims),
            )
