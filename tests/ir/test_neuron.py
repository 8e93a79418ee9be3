"""Neurons: text in, typed model out."""

from __future__ import annotations

import warnings

import pytest

from annlab.errors import AnnlabWarning
from annlab.ir.analysis import analyse_neuron
from annlab.ir.definition import Neuron, Parameter, Variable
from annlab.ir.expr import (
    Binary,
    Call,
    Cast,
    Compare,
    DType,
    Expr,
    Literal,
    Locality,
    Logic,
    Select,
    Symbol,
    SymbolKind,
    Unary,
)
from annlab.ir.model import Attribute, Distribution, Method, NeuronModel, Reduction, StopMode

A = Symbol("a", SymbolKind.ATTRIBUTE)
R = Symbol("r", SymbolKind.ATTRIBUTE)


class Drawn:
    """Stands for a random distribution of the host side."""

    def get_values(self, shape: int) -> list[float]:
        return [0.0] * shape


class Constant(float):
    """Stands for a user's Constant."""

    name = "c"


def attribute(model: NeuronModel, name: str) -> Attribute:
    found = model.attribute(name)
    assert found is not None
    return found


def right(text: str, **more: object) -> Expr:
    """Return the typed right-hand side of ``r = text`` beside a local parameter ``a``."""
    neuron = Neuron(parameters="a = 1.0; k = 2 : int; b = True", equations=f"r = {text}", **more)  # type: ignore[arg-type]
    return analyse_neuron(neuron, constants={"c"}).equations[0].right


# -- attributes ---------------------------------------------------------------------


def test_parameters_of_a_dictionary_are_global_and_open_unless_said() -> None:
    parameters = {"a": 1, "b": Parameter(2.0), "c": Parameter(3.0, locality="local")}
    model = analyse_neuron(Neuron(parameters=parameters, equations="r = a + b + c"))
    found = [(p.locality, p.is_open) for p in model.attributes if p.is_parameter]
    assert found == [(Locality.GLOBAL, True), (Locality.GLOBAL, True), (Locality.LOCAL, False)]


def test_parameters_of_a_text_are_local_and_closed_unless_flagged() -> None:
    model = analyse_neuron(Neuron(parameters="a = 1.0; b = 2 : population", equations="r = a"))
    found = [(p.locality, p.is_open) for p in model.attributes if p.is_parameter]
    assert found == [(Locality.LOCAL, False), (Locality.GLOBAL, False)]


def test_an_open_parameter_becomes_local_when_the_network_says_so() -> None:
    neuron = Neuron(parameters={"a": 1.0}, equations="r = a")
    model = analyse_neuron(neuron, localities={"a": Locality.LOCAL})
    assert (attribute(model, "a").locality, attribute(model, "a").is_open) == (
        Locality.LOCAL,
        False,
    )
    assert model.equations[0].right == A


@pytest.mark.parametrize(
    ("declared", "dtype", "init"),
    [
        ("a = 1", DType.FLOAT, 1.0),
        ("a = 1/4", DType.FLOAT, 0.25),
        ("a = -2^2", DType.FLOAT, -4.0),
        ("a = 3 : int", DType.INT, 3),
        ("a = True", DType.BOOL, True),
        ("a", DType.FLOAT, 0.0),
        ("a : int", DType.INT, 0),
        ("a : init=0.5", DType.FLOAT, 0.5),
        ("a : bool", DType.BOOL, False),
        ({"a": 1}, DType.FLOAT, 1.0),
        ({"a": Parameter(3.0, type=int)}, DType.INT, 3),
        ({"a": Parameter(1, type="bool")}, DType.BOOL, True),
        ({"a": "c"}, DType.FLOAT, "c"),
    ],
)
def test_a_parameter_has_a_type_and_a_value_of_it(
    declared: object, dtype: DType, init: object
) -> None:
    neuron = Neuron(parameters=declared, equations="r = a")  # type: ignore[arg-type]
    found = attribute(analyse_neuron(neuron, constants={"c"}), "a")
    assert (found.dtype, found.init, type(found.init)) == (dtype, init, type(init))


@pytest.mark.parametrize("value", [Drawn(), Constant(3.0)])
def test_objects_of_the_host_side_stay_as_they_are(value: object) -> None:
    model = analyse_neuron(Neuron(parameters={"a": value}, equations="r = a"))
    assert attribute(model, "a").init is value


def test_quoted_values_come_from_the_extra_values() -> None:
    neuron = Neuron(parameters="a = 'key'", equations="r = a", extra_values={"key": 7})
    assert attribute(analyse_neuron(neuron), "a").init == 7.0


@pytest.mark.parametrize(
    ("init", "expected"),
    [
        ("2", 2.0),
        ("a", "a"),
        ("c", "c"),
        ("a * 2", Binary("*", A, Literal(2))),
        ("Uniform(0, 2*1.0)", Distribution(name="Uniform", arguments=(Literal(0), Literal(2.0)))),
    ],
)
def test_a_variable_may_start_from_a_number_a_name_a_formula_or_chance(
    init: str, expected: object
) -> None:
    in_text = Neuron(parameters="a = 1", equations=f"r = 1 : init={init}")
    as_object = Neuron(parameters="a = 1", equations=Variable("r = 1", init=init))
    models = [analyse_neuron(n, constants={"c"}) for n in (in_text, as_object)]
    assert [attribute(m, "r").init for m in models] == [expected, expected]


@pytest.mark.parametrize("kind", [int, "int"])
def test_a_variable_understands_types_of_python(kind: object) -> None:
    model = analyse_neuron(Neuron(equations=[Variable("n += 1", type=kind), "r = n"]))
    assert (attribute(model, "n").dtype, attribute(model, "n").init) == (DType.INT, 0)


# -- expressions --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a + a - a", Binary("-", Binary("+", A, A), A)),
        ("pow(a, 2)", Binary("**", A, Literal(2))),
        ("ln(a)", Call("log", (A,))),
        ("positive(a)", Call("pos", (A,))),
        ("negative(a)", Call("neg", (A,))),
        ("fabs(a)", Call("abs", (A,))),
        ("max(a, 1)", Call("max", (A, Literal(1)))),
        ("ite(a, 1, 2)", Select(Compare("!=", A, Literal(0)), Literal(1), Literal(2))),
        ("1 if a > 1 else 2", Select(Compare(">", A, Literal(1)), Literal(1), Literal(2))),
        ("b and not a", Logic("and", Symbol("b", SymbolKind.ATTRIBUTE, DType.BOOL),
                              Unary("not", Compare("!=", A, Literal(0))))),
        ("c", Symbol("c", SymbolKind.CONSTANT, locality=Locality.GLOBAL)),
        ("t / dt", Binary("/", Symbol("t", SymbolKind.CLOCK, locality=Locality.GLOBAL),
                          Symbol("dt", SymbolKind.CLOCK, locality=Locality.GLOBAL))),
        ("sum(exc)", Symbol("exc", SymbolKind.INPUT)),
        ("sum()", Symbol("", SymbolKind.INPUT)),
        ("mean(a)", Symbol("mean(a)", SymbolKind.REDUCTION, locality=Locality.GLOBAL)),
        ("k^2", Binary("**", Symbol("k", SymbolKind.ATTRIBUTE, DType.INT), Literal(2))),
        ("2^-1", Binary("**", Literal(2.0), Unary("-", Literal(1)))),
    ],
)  # fmt: skip
def test_an_expression_is_typed(text: str, expected: Expr) -> None:
    assert right(text) == expected


def test_an_attribute_hides_a_constant_of_its_name() -> None:
    model = analyse_neuron(Neuron(parameters="a = 1", equations="r = a"), constants={"a"})
    assert (model.equations[0].right, model.constants) == (A, ())


def test_the_model_lists_what_it_reads() -> None:
    neuron = Neuron(parameters="a=1", equations="r = sum(exc) - sum(inh) + max(a) + min(r) + c")
    model = analyse_neuron(neuron, constants={"c"})
    assert (model.targets, model.reductions, model.constants) == (
        ("exc", "inh"),
        (Reduction(op="max", attribute="a"), Reduction(op="min", attribute="r")),
        ("c",),
    )


def test_equal_distributions_are_drawn_independently() -> None:
    neuron = Neuron(
        parameters={"s": 2.0},
        equations=["r = Normal(0, s) - Normal(0, s)", "q = Uniform(0, c) : population"],
    )
    model = analyse_neuron(neuron, constants={"c"})
    normal = Distribution(
        name="Normal",
        arguments=(Literal(0), Symbol("s", SymbolKind.ATTRIBUTE, locality=Locality.GLOBAL)),
    )
    assert [d.index for d in model.draws] == [0, 1, 2]
    assert [d.distribution for d in model.draws[:2]] == [normal, normal]
    assert model.draws[2].locality is Locality.GLOBAL
    assert model.equations[1].right == Binary(
        "-", Symbol("0", SymbolKind.DRAW), Symbol("1", SymbolKind.DRAW)
    )


# -- functions ----------------------------------------------------------------------


def test_functions_are_inlined_and_a_local_one_hides_a_global_one() -> None:
    neuron = Neuron(
        parameters="a = 1", equations="r = f(a) + g(2)", functions="f(x) = x * k\nk2(t) = t"
    )
    functions = {"f": "f(x) = x + 1", "g": "g(r) = f(r)"}
    model = analyse_neuron(neuron, functions=functions, constants={"k"})
    k = Symbol("k", SymbolKind.CONSTANT, locality=Locality.GLOBAL)
    assert model.equations[0].right == Binary("+", Binary("*", A, k), Binary("*", Literal(2.0), k))
    assert model.constants == ("k",)


def test_types_of_functions_become_conversions() -> None:
    functions = "f(x, n) = x + n : int, float, int"
    expected = Cast(DType.INT, Binary("+", A, Cast(DType.INT, A)))
    assert right("f(a, a)", functions=functions) == expected


# -- equations ----------------------------------------------------------------------


def test_global_variables_come_first_and_the_text_decides_the_rest() -> None:
    equations = "r = a\nb = t : population\nc = r\nd = b : population"
    model = analyse_neuron(Neuron(parameters="a = 1", equations=equations))
    assert [e.variable.name for e in model.equations] == ["b", "d", "r", "c"]


@pytest.mark.parametrize("op", ["+", "-", "*", "/"])
def test_augmented_assignments_are_written_out(op: str) -> None:
    model = analyse_neuron(Neuron(parameters="a = 1", equations=f"r {op}= a + 1"))
    assert model.equations[0].right == Binary(op, R, Binary("+", A, Literal(1)))


def test_an_ode_keeps_both_sides() -> None:
    equation = analyse_neuron(
        Neuron(parameters="a = 1", equations="dr / dt * a + r = 1 : exponential, min=0, max=a*2")
    ).equations[0]
    gradient = Symbol("r", SymbolKind.GRADIENT)
    assert equation.is_ode
    assert equation.method is Method.EXPONENTIAL
    assert equation.left == Binary("+", Binary("*", gradient, A), R)
    assert equation.minimum == Literal(0)
    assert equation.maximum == Binary("*", A, Literal(2))


def test_bounds_may_be_given_as_arguments() -> None:
    neuron = Neuron(parameters="a = 1", equations=Variable("r += 1", min=-1.5, max="a + 1"))
    equation = analyse_neuron(neuron).equations[0]
    assert (equation.minimum, equation.maximum) == (
        Literal(-1.5),
        Binary("+", A, Literal(1)),
    )


@pytest.mark.parametrize(
    ("flag", "default", "expected"),
    [
        ("", "explicit", Method.EXPLICIT),
        ("", "rk4", Method.RK4),
        (": runge-kutta4", "explicit", Method.RK4),
        (": semiimplicit", "rk4", Method.SEMIIMPLICIT),
    ],
)
def test_the_method_is_that_of_the_flag_or_the_network(
    flag: str, default: str, expected: Method
) -> None:
    model = analyse_neuron(Neuron(equations=f"dr/dt = -r {flag}"), default_method=default)
    assert model.equations[0].method is expected


def test_an_assignment_between_them_separates_coupled_systems() -> None:
    equations = "dr/dt = -r : midpoint\na = r\ndb/dt = -b : rk4"
    model = analyse_neuron(Neuron(equations=equations))
    assert [e.method for e in model.equations] == [Method.MIDPOINT, None, Method.RK4]


def test_a_conditional_without_the_variable_fits_every_method() -> None:
    equation = "dr/dt + r = if t > 5: 1 else: 0 : exponential"
    model = analyse_neuron(Neuron(equations=equation))
    assert isinstance(model.equations[0].right, Select)


# -- spiking neurons ----------------------------------------------------------------


def test_conductances_without_equation_are_set_to_zero_last() -> None:
    neuron = Neuron(
        parameters={"tau": 5.0},
        equations="v = g_exc - g_inh\ntau*dg_inh/dt = -g_inh",
        spike="v > 1",
    )
    model = analyse_neuron(neuron)
    assert [e.text for e in model.equations] == [
        "v = g_exc - g_inh",
        "tau*dg_inh/dt = -g_inh",
        "g_exc = 0.0",
    ]
    assert model.equations[-1].right == Literal(0.0)
    assert set(model.conductances) == {"g_exc", "g_inh"}


def test_a_spiking_neuron_has_a_mean_firing_rate() -> None:
    model = analyse_neuron(Neuron(equations="v = 1", spike="v > 2"))
    rate = attribute(model, "r")
    assert (rate.is_parameter, rate.locality, rate.dtype) == (False, Locality.LOCAL, DType.FLOAT)


def test_a_parameter_with_the_name_of_a_conductance_is_a_parameter_and_warned_of() -> None:
    neuron = Neuron(parameters={"g_inh": 0.5}, equations="v = g_inh + g_exc", spike="v > 1")
    with pytest.warns(AnnlabWarning, match="'g_inh' of a spiking neuron is no conductance"):
        model = analyse_neuron(neuron)
    assert model.conductances == ("g_exc",)


def test_channels_of_hodgkin_and_huxley_are_parameters_without_a_warning() -> None:
    neuron = Neuron(
        parameters="g_Na = 120.0; g_K = 36.0; g_L = 0.3 : population",
        equations="dv/dt = g_Na*(50.0 - v) + g_K*(-77.0 - v) + g_L*(-54.0 - v) + g_exc",
        spike="v > 0.0",
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert analyse_neuron(neuron).conductances == ("g_exc",)


@pytest.mark.parametrize(
    ("reset", "made", "meant"),
    [("V = 0", "V", "v"), ("vv = 0", "vv", "v"), ("v_adapt = 0", "v_adapt", "v_adapts")],
)
def test_a_misspelt_variable_of_a_reset_is_warned_of(reset: str, made: str, meant: str) -> None:
    neuron = Neuron(equations="v += 1\nv_adapts = v", spike="v > 2", reset=reset)
    text = f"'{reset}' in reset of a spiking neuron makes a new variable '{made}'; "
    with pytest.warns(AnnlabWarning, match=f"{text}did you mean '{meant}'"):
        analyse_neuron(neuron)


def test_events_assign_in_order_and_create_what_is_not_declared() -> None:
    neuron = Neuron(
        parameters="c = 0.5; n = 0",
        equations="v += 1",
        spike="v > 2",
        reset="v = c; isi = t - t_last; n += 1",
        axon_spike="v > 1",
        axon_reset=["v -= 1"],
    )
    model = analyse_neuron(neuron)
    assert [e.text for e in model.reset] == ["v = c", "isi = t - t_last", "n += 1"]
    assert [e.text for e in model.axon_reset] == ["v -= 1"]
    assert not attribute(model, "isi").is_parameter
    assert not attribute(model, "n").is_parameter
    assert attribute(model, "c").is_parameter


def test_a_number_as_a_condition_is_true_if_it_is_not_zero() -> None:
    model = analyse_neuron(Neuron(equations="v = 1", spike="modulo(t, 3)"))
    assert model.spike is not None
    assert isinstance(model.spike.expr, Compare)
    assert (model.spike.expr.op, model.spike.expr.right) == ("!=", Literal(0))


@pytest.mark.parametrize(
    ("given", "expected"), [(None, None), (5, 5.0), ("tau", "tau"), (0.3, 0.3)]
)
def test_the_refractory_period_is_a_number_or_a_name(given: object, expected: object) -> None:
    neuron = Neuron(parameters="tau = 1", equations="v = 1", spike="v > 2", refractory=given)
    assert analyse_neuron(neuron).refractory == expected


@pytest.mark.parametrize(
    ("text", "mode", "condition"),
    [
        ("v > 1", StopMode.ANY, "v > 1"),
        ("v > 1 : all", StopMode.ALL, "v > 1"),
        ("spiked : any", StopMode.ANY, "spiked"),
    ],
)
def test_a_stop_condition_holds_for_any_or_all(text: str, mode: StopMode, condition: str) -> None:
    neuron = Neuron(equations="v = 1", spike="v > 2")
    stop = analyse_neuron(neuron, stop_condition=text).stop
    assert stop is not None
    assert (stop.mode, stop.condition.text) == (mode, condition)


def test_the_spike_of_a_stop_condition_is_a_symbol_of_its_own() -> None:
    model = analyse_neuron(Neuron(equations="v = 1", spike="v > 2"), stop_condition="spiked")
    assert model.stop is not None
    assert model.stop.condition.expr == Symbol("spiked", SymbolKind.SPIKED, DType.BOOL)


def test_the_balloon_model_with_a_variable_called_dv_is_understood() -> None:
    equations = """
        dv = 1 - v**(1/0.3)
        tau_out = if dv>0: 0 else: 20
        dv/dt = dv/(1 + tau_out)/1000.0   : init=1, min=0.01
        r = v
    """
    model = analyse_neuron(Neuron(equations=equations))
    assert [(e.variable.name, e.is_ode) for e in model.equations] == [
        ("dv", False),
        ("tau_out", False),
        ("v", True),
        ("r", False),
    ]
