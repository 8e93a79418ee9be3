"""Exchange the model of populations or projections, also while their network runs.

Reading and compiling happen in the thread that asks, while the old equations go on; then
everything changes between two steps. If the text is wrong, or the new model does not fit what is
there, nothing changes. Attributes that the new model still has keep their values.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from annlab.calls import warn
from annlab.errors import (
    AnnlabError,
    ArgumentError,
    ArgumentTypeError,
    StateError,
)
from annlab.ir.definition import Neuron, Synapse
from annlab.ir.digest import digest
from annlab.ir.expr import Locality
from annlab.ir.model import NeuronModel, SynapseModel
from annlab.network.early import check_methods
from annlab.network.population import Population, read_definition
from annlab.network.projection import Projection, major_of
from annlab.network.projection_base import population_of
from annlab.network.remodel_plan import NewNeuron, NewSynapse, Plan, carry_out

_busy = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchanged:
    """What an exchange has changed: shown by the cell magics, in one line.

    Attributes
    ----------
    objects
        In words: ``population 'cortex' (800 neurons)``.
    new, gone
        Names of attributes that came and went.
    notes
        What the user may not expect.
    seconds
        From the text to the first step under the new equations.
    """

    model: str
    objects: tuple[str, ...]
    new: tuple[str, ...]
    gone: tuple[str, ...]
    notes: tuple[str, ...]
    seconds: float

    def __str__(self) -> str:
        parts = [f"{self.model} runs in {', '.join(self.objects)} after {self.seconds:.2g} s"]
        parts += [f"new: {', '.join(self.new)}"] if self.new else []
        parts += [f"gone: {', '.join(self.gone)}"] if self.gone else []
        return "; ".join([*parts, *self.notes])

    def warn(self) -> None:
        """Warn of what the user may not expect."""
        for note in self.notes:
            warn(note)  # the line of the user


def exchange_neuron(populations: Sequence[Population], neuron: Neuron | type[Neuron]) -> Exchanged:
    """Give populations of one network another model, in one moment; ``pop.neuron = ...``.

    Parameters
    ----------
    populations
        Of one network, compiled or not, running or not.
    neuron
        The model. It has to be of the same type: rate-coded or spiking.

    Raises
    ------
    ModelError
        Or one of its kinds, if the text is wrong, or a synapse reads what the neuron has no more.
    ArgumentError
        If the model does not fit; nothing is changed then.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network(backend="reference")
    >>> cells = net.create(2, annlab.Neuron("B = 1.0", "r = B"))
    >>> net.compile()
    >>> cells.B = 3.0
    >>> cells.neuron = annlab.Neuron("B = 1.0", "r = 2 * B")
    >>> net.step()
    >>> cells.r
    array([6., 6.])
    """
    begin = time.perf_counter()
    definition = read_definition(neuron)
    with _one_at_a_time():
        plan = Plan(populations[0].network)
        for population in populations:
            _require_exchangeable(population, "neurons")
            plan.neurons.append(_new_neuron(population, neuron, definition))
        models = {id(n.population): n.model for n in plan.neurons}
        for projection in plan.network._projections:
            ends = [models.get(id(population_of(s))) for s in (projection.pre, projection.post)]
            if any(ends):
                plan.synapses += _follow_neurons(projection, *ends)
        before = {a.name for p in populations for a in p._model.attributes}
        carry_out(plan)
    after = {a.name for n in plan.neurons for a in n.model.attributes}
    objects = tuple(f"{p._label} ({p.size} neurons)" for p in populations)
    return _report(definition.label, objects, before, after, plan, begin)


def exchange_synapse(
    projections: Sequence[Projection], synapse: Synapse | type[Synapse]
) -> Exchanged:
    """Give projections of one network another model, in one moment; ``proj.synapse = ...``.

    As `exchange_neuron`. Synapses, delays and learning settings stay as they are. A projection
    whose synapses share one weight gets one for each if the new model changes `w`.
    """
    begin = time.perf_counter()
    definition = synapse() if isinstance(synapse, type) else synapse
    if not isinstance(definition, Synapse):
        raise ArgumentTypeError(
            f"a projection needs a Synapse, not {synapse!r}",
            hint="write proj.synapse = Synapse(...)",
        )
    with _one_at_a_time():
        plan = Plan(projections[0]._network)
        for projection in projections:
            _require_exchangeable(projection, "synapses")
            plan.synapses.append(_new_synapse(projection, synapse, definition))
        before = {a.name for p in projections for a in p._model.attributes}
        carry_out(plan)
    after = {a.name for s in plan.synapses for a in s.model.attributes}
    objects = tuple(f"projection {p._label}" for p in projections)
    return _report(definition.label, objects, before, after, plan, begin)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    # Waiting could last for ever: the other one may wait for the run that has called back.
    if not _busy.acquire(blocking=False):
        raise StateError("another model is being exchanged just now", hint="try again")
    try:
        yield
    finally:
        _busy.release()


def _report(
    label: str,
    objects: tuple[str, ...],
    before: set[str],
    after: set[str],
    plan: Plan,
    begin: float,
) -> Exchanged:
    return Exchanged(
        model=label,
        objects=objects,
        new=tuple(sorted(after - before)),
        gone=tuple(sorted(before - after)),
        notes=tuple(plan.notes),
        seconds=time.perf_counter() - begin,
    )


# -- reading and refusing ---------------------------------------------------------------


def is_exchangeable(obj: Population | Projection) -> bool:
    """Tell whether users choose the model; inputs and convolutions bring their own."""
    base = Population if isinstance(obj, Population) else Projection
    return type(obj).__init__ is base.__init__


def _require_exchangeable(obj: Population | Projection, what: str) -> None:
    if not is_exchangeable(obj):
        base = "Population" if isinstance(obj, Population) else "Projection"
        raise ArgumentError(
            f"the {what} of {obj!r} cannot be exchanged",
            why=f"a {type(obj).__name__} has a model of its own",
            hint=f"exchange those of a plain {base}",
        )


def _new_neuron(
    population: Population, given: Neuron | type[Neuron], definition: Neuron
) -> NewNeuron:
    network, stop = population.network, population._stop_condition
    model = network._analyse_neuron(definition, {}, stop)
    localities = _still_local(population._model, model)
    if localities:
        model = network._analyse_neuron(definition, localities, stop)
    _require_same_type(population, model)
    return NewNeuron(
        population=population, given=given, definition=definition, model=model,
        localities=localities,
    )  # fmt: skip


def _still_local(
    old: NeuronModel | SynapseModel, new: NeuronModel | SynapseModel
) -> dict[str, Locality]:
    """Return the open parameters that hold one value each and should go on to."""
    return {
        a.name: Locality.LOCAL
        for a in new.attributes
        if a.is_open and (b := old.attribute(a.name)) and b.locality is Locality.LOCAL
    }


def _require_same_type(population: Population, model: NeuronModel) -> None:
    old = population._model
    if old.is_spiking != model.is_spiking:
        kinds = {True: "spiking", False: "rate-coded"}
        raise ArgumentError(
            f"{population._label} is {kinds[old.is_spiking]}, and {model.name!r} is "
            f"{kinds[model.is_spiking]}",
            why="what projections transmit and monitors record depends on the type of the neurons",
            hint="make another population, or " + ("keep" if old.is_spiking else "leave out")
            + " `spike`",
        )  # fmt: skip


def _follow_neurons(
    projection: Projection, pre: NeuronModel | None, post: NeuronModel | None
) -> list[NewSynapse]:
    """Return what becomes of a synapse between new neurons; nothing if it is the same."""
    try:
        model = projection._analyse_as(
            projection.synapse_type, projection._localities, pre=pre, post=post
        )
    except AnnlabError as error:
        error.add_note(f"in projection {projection._label}, whose neurons were to change")
        raise
    if digest(model) == digest(projection._model):
        return []
    return [
        NewSynapse(
            projection=projection, definition=None, model=model,
            localities=projection._localities,
        )
    ]  # fmt: skip


def _new_synapse(
    projection: Projection, given: Synapse | type[Synapse], definition: Synapse
) -> NewSynapse:
    model = projection._analyse_as(definition, {})
    localities = _still_local(projection._model, model)
    if localities:
        model = projection._analyse_as(definition, localities)
    check_methods(model)
    old, state = projection._model, projection._state
    if major_of(model) is not major_of(old) or (model.psp is None) != (old.psp is None):
        raise ArgumentError(
            f"the synapses of projection {projection._label} cannot change what they transmit",
            why=f"they transmit {_transmitted(old)}, and {definition.label} {_transmitted(model)}",
            hint="make another projection",
        )
    if state is not None and state.structure is None and (model.creating or model.pruning):
        raise ArgumentError(
            f"projection {projection._label} has no structural plasticity, and {definition.label} "
            "has rules for it",
            hint="say net.config(structural_plasticity=True) before compile()",
        )
    return NewSynapse(
        projection=projection, given=given, definition=definition, model=model,
        localities=localities,
    )  # fmt: skip


def _transmitted(model: SynapseModel) -> str:
    has_events = model.is_spiking and bool(model.pre_spike or model.pre_axon_spike)
    if model.psp is None:
        return "spikes" if has_events else "nothing"
    return "spikes and a psp" if has_events else "a psp"


__all__ = ["Exchanged", "exchange_neuron", "exchange_synapse", "is_exchangeable"]
