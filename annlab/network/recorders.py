"""From an object and a name to the recorder of a variable, and the form of what it records.

Knows where values lie in memory. Of monitors it knows when they record (`Plan`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annlab.errors import ArgumentError, UnknownObjectError, nearest
from annlab.ir.expr import Locality
from annlab.network import synapse_values
from annlab.network.dendrite import Dendrite
from annlab.network.patterns import as_range
from annlab.network.population import Population
from annlab.network.projection import Projection
from annlab.network.series import Form, FormKind
from annlab.network.view import PopulationView
from annlab.runtime.recorder import Phase, Sink, SpikeRecorder, ValueRecorder
from annlab.runtime.state import PopulationState

EVENTS = ("spike", "axon_spike")
_SUM = re.compile(r"\s*sum\s*\(\s*(\w*)\s*\)\s*\Z")

Recordable = Population | PopulationView | Dendrite | Projection


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """When to record, in steps; see `annlab.runtime.recorder.ValueRecorder`."""

    period: int
    offset: int
    start: int
    window: tuple[int, int]
    most_rows: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where the values of a variable are found: by `positions`, or the first `width` ones."""

    form: Form
    source: Callable[[], NDArray]
    width: int
    positions: NDArray[np.int64] | None
    phase: Phase

    def recorder(self, plan: Plan, sink: Sink) -> ValueRecorder:
        """Return a recorder of these values."""
        return ValueRecorder(
            self.source,
            width=self.width,
            positions=self.positions,
            phase=self.phase,
            sink=sink,
            period=plan.period,
            offset=plan.offset,
            start=plan.start,
            window=plan.window,
            most_rows=plan.most_rows,
        )


def canonical(variable: str) -> str:
    """Return the one spelling of a variable's name."""
    match = _SUM.match(variable)
    return f"sum({match[1]})" if match else variable


def is_event(obj: Recordable, variable: str) -> bool:
    """Tell whether spikes are meant."""
    return isinstance(obj, Population | PopulationView) and variable in EVENTS


# -- what may be recorded ---------------------------------------------------------------


def check(obj: Recordable, variable: str, owner: str) -> None:
    """Refuse what the object does not have, at the user's call."""
    model = _model_of(obj)
    is_population = isinstance(obj, Population | PopulationView)
    if is_event(obj, variable):
        _check_event(obj, variable, owner)
        return
    if is_population and (match := _SUM.match(variable)):
        if match[1] not in model.targets:
            raise ArgumentError(
                f"{owner}: the neurons of {name_of(obj)!r} do not read {variable}",
                hint=f"record g_{match[1]}"
                if model.is_spiking
                else f"they read: {', '.join(model.targets) or 'no inputs'}",
            )
        return
    attribute = model.attribute(variable)
    recordable = [a.name for a in model.attributes if not a.is_parameter]
    if attribute is None:
        near = nearest(variable, recordable)
        raise UnknownObjectError(
            f"{owner}: {name_of(obj)!r} has no variable {variable!r}",
            why=f"known here: {', '.join(recordable)}",
            hint=f"did you mean {near!r}?" if near else None,
        )
    if attribute.is_parameter:
        raise ArgumentError(
            f"{owner}: {variable!r} is a parameter. Parameters are not recordable",
            hint="declare it as a variable, or read it once",
        )


def _check_event(obj: Recordable, variable: str, owner: str) -> None:
    model = _model_of(obj)
    if not model.is_spiking:
        raise ArgumentError(f"{owner}: {name_of(obj)!r} is rate-coded and has no {variable}")
    if variable == "axon_spike" and model.axon_spike is None:
        raise ArgumentError(
            f"{owner}: the neurons of {name_of(obj)!r} have no axon_spike",
            hint="give the neuron an axon_spike condition",
        )


# -- events -----------------------------------------------------------------------------


def event_form(obj: Recordable) -> Form:
    """Return what the spikes of an object stand for."""
    assert isinstance(obj, Population | PopulationView)  # others have none
    return Form(FormKind.EVENTS, {"rank": np.asarray(obj.ranks)})


def event_recorder(obj: Recordable, variable: str, plan: Plan, sink: Sink) -> SpikeRecorder:
    """Return a recorder of the spikes of a population or view."""
    assert isinstance(obj, Population | PopulationView)
    state = _state_of(obj)
    mask = None
    if isinstance(obj, PopulationView):
        mask = np.zeros(state.n_padded, dtype=np.uint8)
        mask[obj.ranks] = 1
    return SpikeRecorder(state, kind=variable, mask=mask, sink=sink, window=plan.window)


# -- values -----------------------------------------------------------------------------


def place_of(obj: Recordable, variable: str) -> Place:
    """Return where the values of a variable are now; the network is compiled."""
    if isinstance(obj, Population | PopulationView):
        return _place_in_population(obj, variable)
    return _place_in_projection(obj, variable)


def _place_in_population(obj: Population | PopulationView, variable: str) -> Place:
    state = _state_of(obj)
    if match := _SUM.match(variable):
        return _local(obj, lambda: state.sums[match[1]], Phase.INPUTS, "")
    phase = Phase.INPUTS if variable in state.model.conductances else Phase.END
    attribute = state.model.attribute(variable)
    assert attribute is not None  # `check` has seen it

    def source() -> NDArray:
        return state.values[variable]

    if attribute.locality is Locality.GLOBAL:
        return Place(Form(FormKind.SINGLE, unit=attribute.unit), source, 1, None, phase)
    return _local(obj, source, phase, attribute.unit)


def _local(
    obj: Population | PopulationView, source: Callable[[], NDArray], phase: Phase, unit: str
) -> Place:
    ranks = np.asarray(obj.ranks, dtype=np.int64)
    labels = {"rank": np.asarray(obj.ranks)}
    if isinstance(obj, Population):
        form = Form(FormKind.GRID, labels, geometry=tuple(obj.geometry), unit=unit)
        return Place(form, source, obj.size, None, phase)
    form = Form(FormKind.PLAIN, labels, unit=unit)
    block = as_range(ranks)
    if block is not None:  # a range of neurons is copied as it lies
        inside = slice(block.start, block.stop)
        return Place(form, lambda: source()[inside], len(ranks), None, phase)
    return Place(form, source, len(ranks), ranks, phase)


def _place_in_projection(obj: Projection | Dendrite, variable: str) -> Place:
    state = projection_of(obj)._settled("recordable values")
    is_dendrite = isinstance(obj, Dendrite)
    attribute = state.model.attribute(variable)
    unit = attribute.unit if attribute is not None else ""
    dendrites = state.storage.dendrites

    def source() -> NDArray:
        return state.values[variable]

    match synapse_values.locality(state, variable):
        case Locality.GLOBAL:
            return Place(Form(FormKind.SINGLE, unit=unit), source, 1, None, Phase.END)
        case Locality.SEMIGLOBAL:
            ranks = [obj.post_rank] if is_dendrite else dendrites.post_ranks
            where = np.asarray(ranks, dtype=np.int64)
            form = Form(FormKind.PLAIN, {"post": where}, unit=unit)
            if is_dendrite:
                form = Form(FormKind.SINGLE, unit=unit)
            return Place(form, source, len(where), where, Phase.END)
    if isinstance(obj, Dendrite):
        rows = obj._rows
        form = Form(FormKind.PLAIN, {"pre": dendrites.pre_of(rows)}, unit=unit)
    else:
        rows = slice(None)
        labels = {"post": synapse_values.owners(state.storage), "pre": dendrites.pre_ranks}
        form = Form(FormKind.DENDRITES, labels, row_ptr=dendrites.row_ptr, unit=unit)
    where = synapse_values.places(state, rows)
    return Place(form, source, len(where), where, Phase.END)


# -- objects ----------------------------------------------------------------------------


def projection_of(obj: Projection | Dendrite) -> Projection:
    return obj.proj if isinstance(obj, Dendrite) else obj


def whole_of(obj: Recordable) -> Population | Projection:
    """Return the population or projection that an object is, or is a part of."""
    if isinstance(obj, PopulationView):
        return obj.population
    return obj.proj if isinstance(obj, Dendrite) else obj


def network_of(obj: Recordable) -> Any:
    return whole_of(obj)._network


def name_of(obj: Recordable) -> str:
    """Return what an object is called in keys of files and in names of monitors."""
    if isinstance(obj, Dendrite):
        return f"{obj.proj.name}_{obj.post_rank}"
    return obj.name


def _model_of(obj: Recordable) -> Any:
    return whole_of(obj)._model


def _state_of(obj: Population | PopulationView) -> PopulationState:
    population = obj.population if isinstance(obj, PopulationView) else obj
    return population._require_state("recording")


__all__ = [
    "EVENTS",
    "Plan",
    "Recordable",
    "canonical",
    "check",
    "event_form",
    "event_recorder",
    "is_event",
    "name_of",
    "network_of",
    "place_of",
    "projection_of",
    "whole_of",
]
