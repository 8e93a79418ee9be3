"""Exchange the model of populations or projections, also while their network runs.

Reading and compiling happen in the thread that asks, while the old equations go on; then
everything changes between two steps. If the text is wrong, or the new model does not fit what is
there, nothing changes. Attributes that the new model still has keep their values.
"""

from __future__ import annotations

import threading
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from annlab.errors import (
    AnnlabError,
    AnnlabWarning,
    ArgumentError,
    ArgumentTypeError,
    ConfigurationError,
    StateError,
)
from annlab.ir.definition import Neuron, Synapse
from annlab.ir.digest import digest
from annlab.ir.expr import Locality
from annlab.ir.model import NeuronModel, SynapseModel
from annlab.network import remodel_values
from annlab.network.early import check_methods
from annlab.network.monitor import Monitor
from annlab.network.population import Population, read_definition
from annlab.network.projection import Projection, major_of
from annlab.network.projection_base import population_of
from annlab.runtime import remodel as runtime
from annlab.runtime.reference import Aging

if TYPE_CHECKING:
    from annlab.network.network import Network

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
            warnings.warn(note, AnnlabWarning, stacklevel=4)  # the line of the user


@dataclass(frozen=True, slots=True, kw_only=True)
class _NewNeuron:
    population: Population
    given: Neuron | type[Neuron]
    definition: Neuron
    model: NeuronModel
    localities: Mapping[str, Locality]


@dataclass(frozen=True, slots=True, kw_only=True)
class _NewSynapse:
    """`definition` is None where only the neurons around a projection change."""

    projection: Projection
    definition: Synapse | None
    model: SynapseModel
    localities: Mapping[str, Locality]


@dataclass(slots=True)
class _Plan:
    network: Network
    neurons: list[_NewNeuron] = field(default_factory=list)
    synapses: list[_NewSynapse] = field(default_factory=list)
    ages: list[Aging] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


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
        plan = _Plan(populations[0].network)
        for population in populations:
            _require_exchangeable(population, Population, "neurons")
            plan.neurons.append(_new_neuron(population, neuron, definition))
        models = {id(n.population): n.model for n in plan.neurons}
        for projection in plan.network._projections:
            ends = [models.get(id(population_of(s))) for s in (projection.pre, projection.post)]
            if any(ends):
                plan.synapses += _follow_neurons(projection, *ends)
        before = {a.name for p in populations for a in p._model.attributes}
        _carry_out(plan)
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
        plan = _Plan(projections[0]._network)
        for projection in projections:
            _require_exchangeable(projection, Projection, "synapses")
            plan.synapses.append(_new_synapse(projection, definition))
        before = {a.name for p in projections for a in p._model.attributes}
        _carry_out(plan)
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
    plan: _Plan,
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


def _require_exchangeable(obj: Population | Projection, base: type, what: str) -> None:
    if type(obj).__init__ is not base.__init__:
        raise ArgumentError(
            f"the {what} of {obj!r} cannot be exchanged",
            why=f"a {type(obj).__name__} has a model of its own",
            hint=f"exchange those of a plain {base.__name__}",
        )


def _new_neuron(
    population: Population, given: Neuron | type[Neuron], definition: Neuron
) -> _NewNeuron:
    network, stop = population.network, population._stop_condition
    model = network._analyse_neuron(definition, {}, stop)
    localities = _still_local(population._model, model)
    if localities:
        model = network._analyse_neuron(definition, localities, stop)
    _require_same_type(population, model)
    return _NewNeuron(
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
) -> list[_NewSynapse]:
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
        _NewSynapse(
            projection=projection, definition=None, model=model,
            localities=projection._localities,
        )
    ]  # fmt: skip


def _new_synapse(projection: Projection, definition: Synapse) -> _NewSynapse:
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
    return _NewSynapse(
        projection=projection, definition=definition, model=model, localities=localities
    )


def _transmitted(model: SynapseModel) -> str:
    has_events = model.is_spiking and bool(model.pre_spike or model.pre_axon_spike)
    if model.psp is None:
        return "spikes" if has_events else "nothing"
    return "spikes and a psp" if has_events else "a psp"


# -- carrying out -----------------------------------------------------------------------


def _carry_out(plan: _Plan) -> None:
    network = plan.network
    if not network.compiled:
        _require_recorded(plan)
        for n in plan.neurons:
            if repr(n.population._model.refractory) != repr(n.model.refractory):
                n.population._refractory = None
        _note_models(plan)
        return
    state = network._require_state("exchange a model")
    assert network._runner is not None  # made together with the state
    back_end = runtime.back_end(network._runner)
    if not isinstance(back_end, runtime.Exchanging):
        raise ConfigurationError(
            f"models cannot be exchanged on the back end {network._config.backend!r}",
            hint="clear() the network and compile() it again",
        )
    back_end.prepare(
        [(n.population._require_state("an exchange"), n.model) for n in plan.neurons],
        [(s.projection._compiled("synapses"), s.model) for s in plan.synapses],
    )
    for s in plan.synapses:
        before = s.projection._compiled("synapses")
        if runtime.event_driven(before.model) and not runtime.has_same_events(
            before.model, s.model
        ):
            plan.ages.append(Aging(before, state))
    network._call(lambda: _change(plan))


def _require_recorded(plan: _Plan) -> None:
    """Refuse to take away what a monitor will want to record."""
    models: dict[int, Any] = {id(n.population): n.model for n in plan.neurons}
    models |= {id(s.projection): s.model for s in plan.synapses}
    for monitor in plan.network._monitors:
        obj = getattr(monitor.object, "projection", monitor.object)
        model = models.get(id(population_of(obj)))
        if model is None:
            continue
        for name in monitor.variables:
            was = population_of(obj)._model.attribute(name)
            if was is not None and model.attribute(name) is None:
                raise ArgumentError(
                    f"{monitor.name} records {name!r}, which {model.name!r} has not",
                    hint="keep the variable, or make the monitor after the exchange",
                )


def _change(plan: _Plan) -> None:
    """Put the new models in place. While no step is under way."""
    network = plan.network
    state = network._require_state("exchange a model")
    drawn = network.default_rng.bit_generator.state
    try:
        beginnings = [remodel_values.reset_values(n.population, n.model) for n in plan.neurons]
        neurons = [_neurons(n, beginning, plan) for n, beginning in zip(plan.neurons, beginnings)]
        synapses = [_synapses(s, plan) for s in plan.synapses]
    except BaseException:
        network.default_rng.bit_generator.state = drawn
        raise
    for aging in plan.ages:
        aging.apply()
    ended = runtime.exchange(state, neurons, synapses)
    for s in plan.synapses:
        _stop_rules(s)
    for n in plan.neurons:
        _renew_refractory(n, plan)
    _note_models(plan)
    for n, beginning in zip(plan.neurons, beginnings):
        n.population._values = beginning
    _say_what_ended(plan, ended)
    network._refresh()


def _neurons(new: _NewNeuron, beginning: Mapping[str, Any], plan: _Plan) -> runtime.NewNeurons:
    state = new.population._require_state("an exchange")
    values = remodel_values.neurons(new.population, state, new.model, beginning)
    plan.notes += values.notes
    return runtime.NewNeurons(state=state, model=new.model, values=values.arrays)


def _synapses(new: _NewSynapse, plan: _Plan) -> runtime.NewSynapses:
    projection = new.projection
    state = projection._settled("synapses")
    values = remodel_values.synapses(projection, state, new.model)
    if new.definition is not None:
        plan.notes += remodel_values.parameter_notes(projection, state.model, values)
    return values


def _stop_rules(new: _NewSynapse) -> None:
    structure = new.projection._compiled("synapses").structure
    if structure is None:
        return
    if new.model.creating is None:
        structure.creating.stop()
    if new.model.pruning is None:
        structure.pruning.stop()


def _renew_refractory(new: _NewNeuron, plan: _Plan) -> None:
    """Keep the period [ms] that there is, unless there was none or there is none any more."""
    population, old, now = new.population, new.population._model.refractory, new.model.refractory
    if not new.model.is_spiking or isinstance(now, str) or repr(old) == repr(now):
        return
    if old is not None and now is not None and not isinstance(old, str):
        plan.notes.append(
            f"{population._label} keeps its refractory period; the text says {now}: "
            "set `refractory` to take that"
        )
        return
    population._refractory = None
    state, before = population._require_state("an exchange"), population._model
    population._model = new.model
    try:
        state.refractory_steps[: state.n] = population._in_steps(population._refractory_ms())
    finally:
        population._model = before


def _note_models(plan: _Plan) -> None:
    """Let the objects of the user know their models."""
    for n in plan.neurons:
        population = n.population
        population._given_neuron, population._definition = n.given, n.definition
        population._localities = dict(n.localities)
        population._values = {
            name: values
            for name, values in population._values.items()
            if (a := n.model.attribute(name)) and len(values) == population._count(a)
        }
        population._model = n.model
        population._arguments = _with_argument(population._arguments, 1, "neuron", n.definition)
    for s in plan.synapses:
        projection = s.projection
        if s.definition is not None:
            projection._given = remodel_values.given_values(projection, projection._model, s.model)
            projection.synapse_type, projection._has_own_synapse = s.definition, True
            projection._localities = dict(s.localities)
            arguments = _with_argument(projection._arguments, 3, "synapse", s.definition)
            projection._arguments = arguments
        projection._model = s.model


def _with_argument(
    arguments: tuple[tuple[Any, ...], dict[str, Any]], position: int, name: str, value: object
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return the arguments of a constructor with another value of one of them."""
    args, kwargs = arguments
    if len(args) > position:
        return (*args[:position], value, *args[position + 1 :]), kwargs
    return args, {**kwargs, name: value}


def _say_what_ended(plan: _Plan, ended: Sequence[Any]) -> None:
    known: list[Any] = []
    for monitor in plan.network._monitors:
        names = monitor._end(ended)
        known += [t.recorder for t in monitor._tracks.values()]
        plan.notes += [_of_monitor(monitor, name) for name in names]
    others = [e for e in ended if all(e is not k for k in known)]
    if others:
        plan.notes.append(f"{len(others)} live view(s) of what is gone stand still")


def _of_monitor(monitor: Monitor, name: str) -> str:
    return f"{monitor.name} records {name!r} no more; what it has stays readable"


__all__ = ["Exchanged", "exchange_neuron", "exchange_synapse"]
