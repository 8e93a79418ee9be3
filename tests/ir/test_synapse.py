"""Synapses between two analysed neurons: text in, typed model out."""

from __future__ import annotations

import pytest

from annlab.errors import AnnlabWarning
from annlab.ir.analysis import analyse_neuron, analyse_synapse
from annlab.ir.definition import Creating, Neuron, Parameter, Pruning, Synapse, Variable
from annlab.ir.expr import Binary, Literal, Locality, Side, Symbol, SymbolKind
from annlab.ir.model import Distribution, Method, NeuronModel, Reduction, SynapseModel

W = Symbol("w", SymbolKind.ATTRIBUTE)
PRE_R = Symbol("r", SymbolKind.ATTRIBUTE, side=Side.PRE)
CONDUCTANCE = Symbol("g_target", SymbolKind.CONDUCTANCE, side=Side.POST)

STDP = Synapse(
    parameters={"tau_plus": 20.0, "tau_minus": 20.0, "A": 0.01, "w_max": 1.0},
    equations="""
        tau_plus*dx/dt = -x : event-driven
        tau_minus*dy/dt = -y : event-driven
    """,
    pre_spike="g_target += w; x += A*w_max; w = clip(w + y, 0, w_max)",
    post_spike="y -= A*w_max; w = clip(w + x, 0, w_max)",
)


def between(model: NeuronModel, synapse: Synapse, **more: object) -> SynapseModel:
    return analyse_synapse(synapse, pre=model, post=model, targets=("exc",), **more)  # type: ignore[arg-type]


def names(model: SynapseModel) -> dict[str, tuple[bool, Locality]]:
    return {a.name: (a.is_parameter, a.locality) for a in model.attributes}


# -- the implicit parts -------------------------------------------------------------


def test_a_rate_coded_synapse_multiplies_weight_and_rate(rate: NeuronModel) -> None:
    model = between(rate, Synapse())
    assert model.psp is not None
    assert model.psp.expr == Binary("*", W, PRE_R)
    assert names(model) == {"w": (True, Locality.LOCAL)}
    assert (model.is_plastic, model.is_spiking, model.pre_attributes) == (False, False, ("r",))


@pytest.mark.parametrize("pre_spike", [None, "w += 1.0", "x = 1.0"])
def test_a_spiking_synapse_transmits_its_weight_unless_it_says_otherwise(
    spiking: NeuronModel, pre_spike: str | None
) -> None:
    model = between(spiking, Synapse(pre_spike=pre_spike))
    assert model.psp is None
    assert model.pre_spike[0].variable == CONDUCTANCE
    assert model.pre_spike[0].right == Binary("+", CONDUCTANCE, W)


def test_a_psp_alone_transmits_continuously_between_spiking_neurons(
    spiking: NeuronModel,
) -> None:
    model = between(spiking, Synapse(psp="w * (pre.v - post.v)"))
    assert (model.is_spiking, model.pre_spike) == (True, ())
    assert (model.pre_attributes, model.post_attributes) == (("v",), ("v",))


def test_what_only_events_assign_is_created(spiking: NeuronModel) -> None:
    synapse = Synapse(pre_spike="g_target += w; z += w : init=2.0", post_spike="w += 1")
    model = between(spiking, synapse)
    assert names(model) == {"z": (False, Locality.LOCAL), "w": (False, Locality.LOCAL)}
    assert [a.init for a in model.attributes] == [2.0, 0.0]


@pytest.mark.parametrize(
    ("synapse", "expected"),
    [
        (Synapse(equations="w += 1"), True),
        (Synapse(equations="k = w"), False),
        (Synapse(parameters={"w": 2.0}), False),
    ],
)
def test_a_synapse_is_plastic_if_its_weight_changes(
    rate: NeuronModel, synapse: Synapse, expected: bool
) -> None:
    assert between(rate, synapse).is_plastic is expected


def test_an_open_weight_is_local(rate: NeuronModel) -> None:
    assert names(between(rate, Synapse(parameters={"w": 2.0}))) == {"w": (True, Locality.LOCAL)}


# -- events -------------------------------------------------------------------------


def test_statements_on_the_conductance_run_first_and_a_warning_says_so(
    spiking: NeuronModel,
) -> None:
    synapse = Synapse(pre_spike="w += 1.0; g_target += w", name="S")
    with pytest.warns(AnnlabWarning, match="'g_target \\+= w' in pre_spike of synapse 'S' uses"):
        model = between(spiking, synapse)
    assert [e.text for e in model.pre_spike] == ["g_target += w", "w += 1.0"]


def test_no_warning_where_the_order_does_not_matter(spiking: NeuronModel) -> None:
    model = between(spiking, Synapse(pre_spike="x += 1; g_target += w; w += x"))
    assert [e.text for e in model.pre_spike] == ["g_target += w", "x += 1", "w += x"]


def test_statements_may_depend_on_the_last_spike_and_skip(spiking: NeuronModel) -> None:
    model = between(spiking, Synapse(pre_spike="w = t_post - t_pre : unless_post, min=0"))
    statement = model.pre_spike[1]
    assert statement.unless_post
    assert statement.minimum == Literal(0)


@pytest.mark.parametrize(
    ("axon", "expected"), [("g_target  +=  w # the same", True), ("g_target += 2*w", False)]
)
def test_an_axonal_event_may_be_the_same_as_a_spike(
    spiking: NeuronModel, axon: str, expected: bool
) -> None:
    model = between(spiking, Synapse(pre_spike="g_target += w", pre_axon_spike=axon))
    assert model.axon_same_as_spike is expected


# -- equations ----------------------------------------------------------------------


def test_equations_run_from_global_to_local(rate: NeuronModel) -> None:
    synapse = Synapse(
        parameters="eta = 0.1 : projection; th = 0.5 : postsynaptic",
        equations="""
            dw/dt = eta * (pre.r - mean(pre.r)) * s
            s = post.r * th : postsynaptic
            g = eta * t + max(post.r) : projection
        """,
    )
    model = between(rate, synapse)
    assert [e.variable.name for e in model.equations] == ["g", "s", "w"]
    assert set(model.reductions) == {
        Reduction(op="mean", attribute="r", side=Side.PRE),
        Reduction(op="max", attribute="r", side=Side.POST),
    }


def test_inputs_of_the_two_neurons_may_be_read(rate: NeuronModel) -> None:
    model = between(rate, Synapse(equations="w += pre.sum(exc) - post.sum(exc)"))
    assert (model.pre_inputs, model.post_inputs) == (("exc",), ("exc",))


def test_distributions_are_drawn_for_each_locality(rate: NeuronModel) -> None:
    synapse = Synapse(
        equations="a = Uniform(0, 1) : projection\nb = Uniform(0, 1) : postsynaptic\n"
        "c = Uniform(0, 1)"
    )
    localities = [d.locality for d in between(rate, synapse).draws]
    assert localities == [Locality.GLOBAL, Locality.SEMIGLOBAL, Locality.LOCAL]


def test_an_open_parameter_of_a_synapse_may_become_local(rate: NeuronModel) -> None:
    synapse = Synapse(parameters={"eta": 0.1}, equations="w += eta")
    model = between(rate, synapse, localities={"eta": Locality.LOCAL})
    assert names(model)["eta"] == (True, Locality.LOCAL)


# -- event-driven variables ---------------------------------------------------------


def test_the_traces_of_stdp_belong_to_neurons(spiking: NeuronModel) -> None:
    model = between(spiking, STDP)
    assert model.trace_sides == (("x", Side.PRE), ("y", Side.POST))
    assert [e.method for e in model.equations] == [Method.EVENT_DRIVEN] * 2


def test_a_trace_may_depend_on_others_of_its_side(spiking: NeuronModel) -> None:
    synapse = Synapse(
        parameters={"tau": 20.0, "U": 0.5},
        equations="tau*dx/dt = 1 - x : event-driven, init=1\ntau*du/dt = U - u : event-driven",
        pre_spike="g_target += w*u*x; x *= (1 - u); u += U*(1 - u)",
    )
    assert between(spiking, synapse).trace_sides == (("u", Side.PRE), ("x", Side.PRE))


def test_a_creating_rule_leaves_traces_with_the_neurons(spiking: NeuronModel) -> None:
    synapse = Synapse(
        equations="20*dx/dt = -x : event-driven", pre_spike="x += 1", creating="pre.v > 1"
    )
    assert between(spiking, synapse).trace_sides == (("x", Side.PRE),)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"pre_spike": "x += w"}, "reads the weight"),
        ({"pre_spike": "x += k"}, "reads a local parameter"),
        ({"pre_spike": "x += post.v"}, "reads the other neuron"),
        ({"pre_spike": "x += y", "post_spike": "y += 1"}, "reads a trace of the other side"),
        ({"pre_spike": "x += t"}, "reads the clock, which delays shift"),
        ({"pre_spike": "x += 1 : unless_post"}, "depends on the other neuron's spike"),
        ({"pre_spike": "x += 1 : max=k"}, "is bounded by a local parameter"),
        ({"pre_spike": "x += 1", "post_spike": "x = 0"}, "is touched by both sides"),
        ({"pre_spike": "x += 1", "pre_axon_spike": "x += 2"}, "is touched by axonal events"),
        ({"pre_spike": "w += x"}, "is touched by nobody"),
    ],
)
def test_other_traces_belong_to_synapses(
    spiking: NeuronModel, more: dict[str, str], reason: str
) -> None:
    equations = "20*dx/dt = -x : event-driven\n20*dy/dt = -y : event-driven"
    synapse = Synapse(parameters="k = 1.0", equations=equations, **more)  # type: ignore[arg-type]
    assert "x" not in dict(between(spiking, synapse).trace_sides), reason


@pytest.mark.parametrize(
    "equation",
    [
        "k*dx/dt = -x : event-driven",
        "20*dx/dt = k - x : event-driven",
        "20*dx/dt = -x : event-driven, init=Uniform(0, 1)",
        "20*dx/dt = -x : event-driven, init=k",
        "20*dx/dt = -x : event-driven, max=k",
    ],
)
def test_a_trace_with_local_parameters_belongs_to_synapses(
    spiking: NeuronModel, equation: str
) -> None:
    synapse = Synapse(parameters="k = 1.0", equations=equation, pre_spike="x += 1")
    assert between(spiking, synapse).trace_sides == ()


def test_a_trace_follows_a_parameter_that_becomes_local(spiking: NeuronModel) -> None:
    model = between(spiking, STDP, localities={"tau_plus": Locality.LOCAL})
    assert model.trace_sides == (("y", Side.POST),)


# -- structural plasticity ----------------------------------------------------------


def test_rules_are_read_from_objects_and_from_text(rate: NeuronModel) -> None:
    equations = [Variable("age = if pre.r > 0: 0 else: age + 1", type=int)]
    creating, pruning = "pre.r * post.r > 2 : proba = 0.5, w = 1.0, d=2", "age > T : proba=0.25"
    as_text = Synapse({"T": 3}, equations, creating=creating, pruning=pruning)
    as_objects = Synapse(
        {"T": 3},
        equations,
        creating=Creating("pre.r * post.r > 2", proba=0.5, w=1.0, d=2),
        pruning=Pruning("age > T", proba=0.25),
    )
    first, second = (between(rate, s) for s in (as_text, as_objects))
    assert first.creating is not None
    assert (first.creating, first.pruning) == (second.creating, second.pruning)
    assert (first.creating.probability, first.creating.weight, first.creating.delay) == (0.5, 1, 2)


def test_the_draws_of_a_rule_are_its_own(rate: NeuronModel) -> None:
    synapse = Synapse(
        equations="w += Normal(0, 1)", creating="pre.r > Uniform(0, 1) : w = Uniform(0, 2)"
    )
    model = between(rate, synapse)
    assert model.creating is not None
    assert [d.distribution.name for d in model.draws] == ["Normal"]
    assert [d.distribution.name for d in model.creating.draws] == ["Uniform"]
    assert model.creating.weight == Distribution(name="Uniform", arguments=(Literal(0), Literal(2)))


def test_said_localities_of_a_synapse_have_synonyms(rate: NeuronModel) -> None:
    parameters = {
        "a": Parameter(1.0, locality="projection"),
        "b": Parameter(1.0, locality="postsynaptic"),
        "c": Parameter(1.0, locality="semiglobal"),
    }
    found = names(between(rate, Synapse(parameters=parameters)))
    assert [found[n][1] for n in "abc"] == [
        Locality.GLOBAL,
        Locality.SEMIGLOBAL,
        Locality.SEMIGLOBAL,
    ]


def test_a_rate_coded_synapse_may_project_onto_spiking_neurons(
    rate: NeuronModel, spiking: NeuronModel
) -> None:
    model = analyse_synapse(Synapse(), pre=rate, post=spiking, targets=("exc",))
    assert (model.is_spiking, model.psp is not None) == (False, True)


def test_a_static_input_is_a_population_with_a_parameter_r() -> None:
    source = analyse_neuron(Neuron(parameters={"r": Parameter(0.0, locality="local")}))
    assert between(source, Synapse()).pre_attributes == ("r",)
