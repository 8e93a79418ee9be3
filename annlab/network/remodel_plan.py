"""Put new models of populations and projections in place: all of them, or none.

What will be needed is compiled first, while the network runs; then everything changes between
two steps, and the objects of the user know their models. Reads no text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from annlab.errors import ArgumentError, ConfigurationError
from annlab.ir.definition import Neuron, Synapse
from annlab.ir.expr import Locality
from annlab.ir.model import NeuronModel, SynapseModel
from annlab.network import remodel_values
from annlab.network.monitor import Monitor
from annlab.network.population import Population
from annlab.network.projection import Projection
from annlab.network.projection_base import population_of
from annlab.runtime import remodel as runtime
from annlab.runtime.ageing import bring_to_now, solutions
from annlab.runtime.state import ProjectionState

if TYPE_CHECKING:
    from annlab.network.network import Network


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNeuron:
    """What a population will be; `given` is the model as the user holds it."""

    population: Population
    given: Neuron | type[Neuron]
    definition: Neuron
    model: NeuronModel
    localities: Mapping[str, Locality]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSynapse:
    """What a projection will be; `definition` is None where only the neurons around it change."""

    projection: Projection
    given: Synapse | type[Synapse] | None = None
    definition: Synapse | None
    model: SynapseModel
    localities: Mapping[str, Locality]


@dataclass(slots=True)
class Plan:
    """All that changes in one moment; `notes` collects what the user may not expect.

    `ages`: projections whose event-driven variables will decay in another way.
    """

    network: Network
    neurons: list[NewNeuron] = field(default_factory=list)
    synapses: list[NewSynapse] = field(default_factory=list)
    ages: list[ProjectionState] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def carry_out(plan: Plan) -> None:
    """Compile beside the run, then change everything between two steps.

    Raises
    ------
    AnnlabError
        If something does not fit; nothing is changed then.
    """
    network = plan.network
    if not network.compiled:
        _require_recorded(plan)
        for n in plan.neurons:
            if repr(n.population._model.refractory) != repr(n.model.refractory):
                n.population._refractory = None
        _note_models(plan)
        return
    network._require_state("exchange a model")
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
            solutions(before)  # reading the model takes time
            plan.ages.append(before)
    network._call(lambda: _change(plan))
    network._notices.tell()


def _require_recorded(plan: Plan) -> None:
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


def _change(plan: Plan) -> None:
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
    for projection in plan.ages:
        bring_to_now(projection, state)
        projection.values.publish()
        projection.values.mirror = None  # of the old equations
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


def _neurons(new: NewNeuron, beginning: Mapping[str, Any], plan: Plan) -> runtime.NewNeurons:
    state = new.population._require_state("an exchange")
    values = remodel_values.neurons(new.population, state, new.model, beginning)
    plan.notes += values.notes
    return runtime.NewNeurons(state=state, model=new.model, values=values.arrays)


def _synapses(new: NewSynapse, plan: Plan) -> runtime.NewSynapses:
    projection = new.projection
    state = projection._settled("synapses")
    values = remodel_values.synapses(projection, state, new.model)
    if new.definition is not None:
        plan.notes += remodel_values.parameter_notes(projection, state.model, values)
    return values


def _stop_rules(new: NewSynapse) -> None:
    structure = new.projection._compiled("synapses").structure
    if structure is None:
        return
    if new.model.creating is None:
        structure.creating.stop()
    if new.model.pruning is None:
        structure.pruning.stop()


def _renew_refractory(new: NewNeuron, plan: Plan) -> None:
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


def _note_models(plan: Plan) -> None:
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
            projection._given_synapse = s.given
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


def _say_what_ended(plan: Plan, ended: Sequence[Any]) -> None:
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


__all__ = ["NewNeuron", "NewSynapse", "Plan", "carry_out"]
