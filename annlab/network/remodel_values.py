"""The values with which neurons and synapses go on under another model.

What is called as before keeps its array, or its numbers where there is one of them now for each
neuron or one for all; what is new gets its initial values. Changes nothing.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from annlab.errors import ArgumentError
from annlab.ir.expr import Locality
from annlab.ir.model import Attribute, NeuronModel, SynapseModel
from annlab.network import synapse_values
from annlab.network.population import Population
from annlab.network.projection import Projection
from annlab.runtime.memory import aligned
from annlab.runtime.remodel import NewSynapses
from annlab.runtime.state import PopulationState, ProjectionState, SynapticValues, numpy_dtype


@dataclass(slots=True)
class Values:
    """The arrays of one object under its new model, and what has to be said about them."""

    arrays: dict[str, NDArray] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def neurons(
    population: Population,
    state: PopulationState,
    model: NeuronModel,
    beginning: Mapping[str, NDArray],
) -> Values:
    """Return the values of all attributes of `model`; `beginning`: what a reset will restore."""
    found = Values()
    for attribute in model.attributes:
        name, count = attribute.name, population._count(attribute)
        old = state.model.attribute(name)
        if old is None:
            array = aligned(count, population._dtype(attribute))
            array[:count] = beginning[name]
        else:
            array = _of_neurons(population, state, old, attribute)
        found.arrays[name] = array
        if old is not None and is_other_parameter(old, attribute):
            found.notes += _kept(name, array[:count], beginning[name], population._label)
    return found


def reset_values(population: Population, model: NeuronModel) -> dict[str, NDArray]:
    """Return what a reset of the population will restore: what the text says is taken there."""
    values = {}
    for attribute in model.attributes:
        old = population._model.attribute(attribute.name)
        known = population._values.get(attribute.name)
        if old is None or known is None or is_other_parameter(old, attribute):
            known = population._declared(attribute, model)
        count, dtype = population._count(attribute), population._dtype(attribute)
        values[attribute.name] = np.resize(_cast(known, dtype), count)
    return values


def is_other_parameter(old: Attribute, new: Attribute) -> bool:
    """Tell whether the text declares another value for a parameter than it did."""
    if isinstance(old.init, int | float) and isinstance(new.init, int | float):
        return new.is_parameter and old.init != new.init
    return new.is_parameter and repr(old.init) != repr(new.init)


def _kept(name: str, values: NDArray, declared: NDArray, owner: str) -> list[str]:
    """Say that a parameter keeps its value although its text has changed."""
    if np.array_equal(np.broadcast_to(declared, values.shape), values):
        return []
    shown = f"{values[0]:g}" if np.all(values == values[0]) else "its values"
    says = f"{declared[0]:g}" if np.all(declared == declared[0]) else "others"
    return [
        f"{name!r} of {owner} keeps {shown}; its text says {says}: reset([{name!r}]) takes that"
    ]


def _of_neurons(
    population: Population, state: PopulationState, old: Attribute, new: Attribute
) -> NDArray:
    values, dtype = state.values[old.name], population._dtype(new)
    if old.locality is new.locality and values.dtype == dtype:
        return values
    now = values[: population._count(old)]
    if new.locality is Locality.GLOBAL:
        now = _one_for_all(now, f"{new.name!r} of {population._label}")
    array = aligned(population._count(new), dtype)
    array[: population._count(new)] = _cast(now, dtype)
    return array


def _one_for_all(values: NDArray, what: str) -> NDArray:
    if len(values) and not np.all(values == values[0]):
        raise ArgumentError(
            f"{what} cannot become one value for all",
            why=f"it has {len(np.unique(values))} different values",
            hint="set it to one number first, or declare it as it was",
        )
    return values[:1]


def _cast(values: NDArray, dtype: np.dtype) -> NDArray:
    rounds = dtype.kind in "iu" and values.dtype.kind == "f"
    return (np.rint(values) if rounds else values).astype(dtype)


# -- synapses -------------------------------------------------------------------------


def synapses(projection: Projection, state: ProjectionState, model: SynapseModel) -> NewSynapses:
    """Return a projection's model with the values of all its attributes."""
    has_single_weight = state.has_single_weight and not model.is_plastic
    new = copy.copy(state)  # what initial values are written to; the arrays that stay are shared
    new.model, new.has_single_weight = model, has_single_weight
    new.values = SynapticValues()
    state.values.publish()
    fresh: list[Attribute] = []
    for attribute in sorted(model.attributes, key=lambda a: not a.is_parameter):
        name, old = attribute.name, state.model.attribute(attribute.name)
        if old is None:
            length = synapse_values.length_of(attribute, state)
            dtype = numpy_dtype(attribute.dtype, state.pre.float_type)
            new.values[name] = aligned(length, dtype)[:length]
            fresh.append(attribute)
        else:
            new.values[name] = _of_synapses(projection, state, attribute, has_single_weight)
    for attribute in fresh:
        projection._write_initial(new, attribute, attribute.init)
    return NewSynapses(
        state=state, model=model, values=dict(new.values), has_single_weight=has_single_weight
    )


def _of_synapses(
    projection: Projection, state: ProjectionState, new: Attribute, has_single_weight: bool
) -> NDArray:
    name = new.name
    values, dtype = state.values.raw(name), numpy_dtype(new.dtype, state.pre.float_type)
    before = synapse_values.locality(state, name)
    is_single = has_single_weight and name == "w"
    after = Locality.GLOBAL if is_single else new.locality
    if before is after and values.dtype == dtype:
        return values
    if before is after:
        return _cast(values, dtype)
    n = 1 if is_single else synapse_values.length_of(new, state)
    array = aligned(n, dtype)[:n]
    flat = _cast(synapse_values.flat(state, name), dtype)
    what = f"{name!r} of projection {projection._label}"
    if after is Locality.LOCAL:
        state.storage.dendrites.put(array, flat)
    elif before is Locality.GLOBAL:
        array[:] = _cast(values[:1], dtype)
    else:
        array[:] = _one_for_all(flat, what)[:1] if len(flat) else 0
    return array


def parameter_notes(projection: Projection, old: SynapseModel, new: NewSynapses) -> list[str]:
    """Say which parameters keep values that the text no longer declares."""
    notes: list[str] = []
    for attribute in new.model.attributes:
        before = old.attribute(attribute.name)
        if before is None or attribute.name == "w" or not is_other_parameter(before, attribute):
            continue
        if isinstance(attribute.init, int | float):
            declared = np.array([attribute.init], float)
            label = f"projection {projection._label}"
            notes += _kept(attribute.name, new.values[attribute.name], declared, label)
    return notes


def given_values(projection: Projection, old: SynapseModel, new: SynapseModel) -> dict[str, object]:
    """Return the values set before compile that a reset still restores."""
    names: Sequence[str] = [
        a.name
        for a in new.attributes
        if (b := old.attribute(a.name)) is not None and not is_other_parameter(b, a)
    ]
    return {name: projection._given[name] for name in names if name in projection._given}


__all__ = [
    "Values",
    "given_values",
    "is_other_parameter",
    "neurons",
    "parameter_notes",
    "reset_values",
    "synapses",
]
