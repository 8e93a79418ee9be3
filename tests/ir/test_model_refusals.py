"""Every error of a bad model: what, where, why, and what to do."""

from __future__ import annotations

import numpy as np
import pytest

from annlab.errors import (
    AnnlabError,
    ArgumentTypeError,
    EquationError,
    LocalityError,
    MethodError,
    ModelError,
    UnknownNameError,
)
from annlab.ir.analysis import analyse_neuron, analyse_synapse
from annlab.ir.definition import Creating, Neuron, Parameter, Pruning, Synapse, Variable
from annlab.ir.model import NeuronModel

A = "neuron 'A'"
S = "synapse 'S'"
EQ = f"equations of {A}"
KNOWN = "known here: r, t, dt"


def neuron(**arguments: object) -> Neuron:
    return Neuron(name="A", **arguments)  # type: ignore[arg-type]


def spiking(**arguments: object) -> Neuron:
    return neuron(**{"equations": "v = 1", "spike": "v > 1", **arguments})


def refusal(model: Neuron, kind: type[AnnlabError], **more: object) -> str:
    with pytest.raises(kind) as caught:
        analyse_neuron(model, **more)  # type: ignore[arg-type]
    assert type(caught.value) is kind
    return str(caught.value)


def shown(what: str, where: str, line: str, carets: str, *advice: str) -> str:
    number, text = line.split("|", 1)
    pointed = [f"{what} in {where}", f"  {number} | {text}", f"    | {carets}"]
    return "\n".join(pointed + [f"  {a}" for a in advice])


# -- attributes ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "kind", "text"),
    [
        (neuron(equations="v = 1"), ModelError,
         ("no attribute 'r' in neuron 'A'\n"
         "  a rate-coded neuron transmits its firing rate 'r'\n"
         "  add an equation for 'r', or `spike` to make the neuron spiking")),
        (spiking(equations="r = 1"), ModelError,
         shown("a spiking neuron cannot declare 'r'", EQ, "1|r = 1", "^",
               "'r' is the mean firing rate of a spiking neuron and made by annlab",
               "choose another name")),
        (neuron(parameters="r = 1", equations="r = 1"), ModelError,
         shown("'r' is declared twice", EQ, "1|r = 1", "^",
               "a name belongs to one parameter or to one equation")),
        (neuron(equations="r = 1\nx = 2\nr = 3"), ModelError,
         shown("'r' is declared twice", EQ, "3|r = 3", "^",
               "a name belongs to one parameter or to one equation")),
        (neuron(parameters="size = 1"), ModelError,
         shown("an attribute cannot be called 'size'", f"parameters of {A}", "1|size = 1", "^^^^",
               "'size' has a meaning of its own in equations", "choose another name")),
        (neuron(parameters={"pos": 1}), ModelError,
         ("an attribute cannot be called 'pos' in parameters of neuron 'A'\n"
         "  'pos' has a meaning of its own in equations\n  choose another name")),
        (neuron(equations="lambda = 1"), ModelError,
         shown("an attribute cannot be called 'lambda'", EQ, "1|lambda = 1", "^^^^^^",
               "'lambda' is a word of Python", "choose another name")),
        (neuron(equations="ranks = 1"), ModelError,
         shown("an attribute cannot be called 'ranks'", EQ, "1|ranks = 1", "^^^^^",
               "every population has a member 'ranks'", "choose another name")),
        (neuron(equations="_x = 1"), ModelError,
         shown("an attribute cannot be called '_x'", EQ, "1|_x = 1", "^^",
               "names that begin with '_' are kept for generated code", "choose another name")),
        (spiking(reset="t = 1"), ModelError,
         shown("an attribute cannot be called 't'", f"reset of {A}", "1|t = 1", "^",
               "'t' has a meaning of its own in equations", "choose another name")),
        (neuron(parameters={"a b": 1}), ModelError,
         ("'a b' cannot be the name of a parameter in neuron 'A'\n"
          "  names are made of the letters A-Z and a-z, digits and '_'")),
        (neuron(parameters=5), ArgumentTypeError,
         ("`parameters` of neuron 'A' must be a dictionary or text, not 5\n"
          '  write dict(tau=10.0), or "tau = 10.0"')),
        (neuron(equations=5), ArgumentTypeError,
         "`equations` of neuron 'A' must be text, Variable or a list of these, not 5"),
        (neuron(equations=["r = 1", 5]), ArgumentTypeError,
         "`equations` of neuron 'A' must be text, Variable or a list of these, not 5"),
        (spiking(spike=5), ArgumentTypeError, "`spike` of neuron 'A' must be text, not 5"),
        (spiking(reset=5), ArgumentTypeError,
         "`reset` of neuron 'A' must be text or a list of texts, not 5"),
        (neuron(parameters="a = hello", equations="r = 1"), UnknownNameError,
         shown("unknown name 'hello'", f"parameters of {A}", "1|a = hello", "    ^^^^^",
               "known here: a")),
        (neuron(parameters={"a": [1, 2]}, equations="r = 1"), ModelError,
         ("the parameter 'a' cannot be [1, 2] in neuron 'A'\n"
         "  a parameter is a number, a random distribution, or the name of another one\n"
         "  set values per element later: pop.a = values")),
        (neuron(parameters={"a": None}, equations="r = 1"), ModelError,
         ("the parameter 'a' cannot be None in neuron 'A'\n"
         "  a parameter is a number, a random distribution, or the name of another one")),
        (neuron(parameters="a = 'k'", equations="r = a"), EquationError,
         shown("no value called 'k' in `extra_values`", f"parameters of {A}", "1|a = 'k'",
               "    ^^^")),
        (neuron(parameters="a = 1/0", equations="r = a"), EquationError,
         shown("the number cannot be calculated: division by zero", f"parameters of {A}",
               "1|a = 1/0", "    ^^^")),
        (neuron(parameters={"a": "b", "b": "a"}, equations="r = a"), ModelError,
         ("the value of 'a' depends on itself in neuron 'A'"
          "\n  give 'a', or what it depends on, a number")),
        (neuron(parameters={"a": Parameter(1, locality="semiglobal")}, equations="r = 1"),
         ModelError, "the semiglobal parameter 'a' in neuron 'A'\n  only synapses have such"),
        (neuron(parameters="a = 1 : projection", equations="r = a"), EquationError,
         shown("the flag 'projection' does not fit a neuron", f"parameters of {A}",
               "1|a = 1 : projection", "        ^^^^^^^^^^",
               "use 'population', or no flag for a local value")),
        (neuron(parameters="a = 1 : int, float", equations="r = a"), EquationError,
         shown("'float' is a second type for one line", f"parameters of {A}",
               "1|a = 1 : int, float", "             ^^^^^")),
        (neuron(equations="v = 1\nr = v : init=v"), UnknownNameError,
         shown("unknown name 'v'", EQ, "2|r = v : init=v", "             ^",
               "'v' is a variable; a first value depends on parameters only")),
        (neuron(parameters="a=1", equations="r = 1 : init=Uniform(0, a)"), EquationError,
         shown("'a' cannot be an argument of 'Uniform'", EQ, "1|r = 1 : init=Uniform(0, a)",
               "                        ^", "the distribution of a first value takes numbers")),
        (neuron(equations=Variable("r = 1", init=[1])), ModelError,
         "the `init` of a Variable cannot be [1] in neuron 'A'\n  give a number or a name"),
        (neuron(equations=Variable("r = 1\nv = 2")), EquationError,
         shown("a Variable holds exactly one equation", EQ, "2|v = 2", "^^^^^")),
    ],
)  # fmt: skip
def test_bad_attributes_are_refused(model: Neuron, kind: type[AnnlabError], text: str) -> None:
    assert refusal(model, kind) == text


def test_a_said_locality_never_changes() -> None:
    from_text = neuron(parameters="a = 1 : population", equations="r = a")
    expected = (
        "'a' of neuron 'A' cannot become local\n  its locality is said to be global\n"
        "  declare it with locality='local'"
    )
    assert refusal(from_text, LocalityError, localities={"a": "local"}) == expected


# -- names and expressions ----------------------------------------------------------


@pytest.mark.parametrize(
    ("equation", "kind", "what", "carets", "advice"),
    [
        ("tua * dr/dt + r = 1", UnknownNameError, "unknown name 'tua'", "^^^",
         ("known here: tau, g, r, t, dt", "did you mean 'tau'?")),
        ("r = unknown_thing + 1.0", UnknownNameError, "unknown name 'unknown_thing'",
         "    ^^^^^^^^^^^^^", ("known here: tau, g, r, t, dt",)),
        ("r = g_exc", UnknownNameError, "unknown name 'g_exc'", "    ^^^^^",
         ("known here: tau, g, r, t, dt",
          "a rate-coded neuron reads its input by 'sum(exc)'")),
        ("r = t_last", UnknownNameError, "unknown name 't_last'", "    ^^^^^^",
         ("known here: tau, g, r, t, dt", "'t_last' exists for spiking neurons")),
        ("r = f", UnknownNameError, "unknown name 'f'", "    ^",
         ("known here: tau, g, r, t, dt", "'f' is a function: write 'f(...)'")),
        ("r = pre.r", EquationError, "a neuron has no 'pre.r'", "    ^^^^^",
         ("only a synapse lies between two neurons",
          "write 'r' for the value of this neuron")),
        ("r = pre.sum(exc)", EquationError, "a neuron has no 'pre.sum(exc)'",
         "    ^^^^^^^^^^^^",
         ("only a synapse lies between two neurons",
          "write 'sum(exc)' for the value of this neuron")),
        ("r = epx(1)", EquationError, "unknown function 'epx'", "    ^^^",
         ("did you mean 'exp'?",)),
        ("r = tau(1)", EquationError, "unknown function 'tau'", "    ^^^",
         ("'tau' is not a function; write '*' to multiply",)),
        ("r = clip(1, 2)", EquationError, "'clip' takes 3 arguments, not 2", "    ^^^^^^^^^^", ()),
        ("r = f(1, 2)", EquationError, "'f' takes 1 argument, not 2", "    ^^^^^^^", ()),
        ("r = max()", EquationError, "'max' takes at least 2 arguments, not 0", "    ^^^^^", ()),
        ("r = sum(1)", EquationError, "'sum' takes the name of a target", "        ^",
         ("write for instance 'sum(exc)'",)),
        ("r = max(zz)", UnknownNameError, "unknown name 'zz'", "        ^^",
         ("known here: tau, g, r, t, dt",)),
        ("r = mean(g)", EquationError, "'g' is global and cannot be reduced by 'mean'",
         "    ^^^^^^^", ("there is one value of 'g' for the whole population",)),
        ("r = max(2*tau)", EquationError, "'max' over a population takes one plain name",
         "        ^^^^^",
         ("'max(x)' is computed over all neurons, and 'max(a, b)' the one of two values",
          "give the expression a name in an equation of its own")),
        ("r = Uniform(0.0)", EquationError, "'Uniform' takes 2 arguments, not 1",
         "    ^^^^^^^^^^^^", ("write 'Uniform(min, max)'",)),
        ("r = Uniform(0, tau)", EquationError, "'tau' cannot be an argument of 'Uniform'",
         "               ^^^",
         ("the arguments of a distribution are numbers, global parameters or Constants",
          "scale the random number instead, or make it a global parameter")),
        ("r = 'text'", EquationError, "quoted text cannot stand in an expression",
         "    ^^^^^^", ()),
        ("r + tau = 1.0", EquationError, "'r + tau' cannot be assigned", "^^^^^^^",
         ("one variable of this model must stand left of an assignment",
          "write 'variable = value', or 'dvariable/dt' for a differential equation")),
        ("dr/dt = dx/dt", EquationError, "a second gradient 'dx/dt'", "        ^^^^^",
         ("an equation holds one gradient of one variable",)),
        ("r = dx/dt", EquationError,
         "the gradient 'dx/dt' stands on the right of an assignment", "    ^^^^^",
         ("write 'dx/dt = ...' and name the result in another equation",)),
        ("dr/dt += 1", EquationError, "a differential equation needs '=', not '+='",
         "^^^^^^^^^^", ()),
        ("dr/dt = 1 : int", EquationError,
         "'r' is of type int and has a differential equation", "^^^^^^^^^",
         ("only float variables change continuously",)),
        ("r = 1 : unless_post", EquationError, "the flag 'unless_post' has no meaning here",
         "        ^^^^^^^^^^^", ("it belongs to statements of `pre_spike`",)),
        ("r = 1 : max=Uniform(0, 1)", EquationError,
         "a random number 'Uniform' cannot be drawn here", "            ^^^^^^^^^^^^^",
         ("a bound is not random", "draw it in an equation and use that variable here")),
        ("r = tau : population", LocalityError,
         "'r' depends on 'tau', which is more local", "    ^^^",
         ("there is one value of 'r', and one value per neuron or synapse of 'tau'",
          "make 'r' as local as what it depends on")),
        ("r = sum(exc) : population", LocalityError,
         "'r' depends on 'sum(exc)', which is more local", "    ^^^^^^^^",
         ("there is one value of 'r', and one value per neuron or synapse of 'sum(exc)'",
          "make 'r' as local as what it depends on")),
        ("dr/dt = -r : implicit, rk4", EquationError, "'rk4' is a second method for one line",
         "                       ^^^", ()),
        ("dr/dt = -r : event-driven", ModelError, "'r' cannot be event-driven", "^^^^^^^^^^",
         ("only variables of spiking synapses can be event-driven",)),
        ("dr/dt = if r > 1: 1 else: 2 : exponential", MethodError,
         "the method 'exponential' cannot solve an equation whose right-hand side is conditional",
         "        ^^^^^^^^^^^^^^^^^^^",
         ("it needs a right-hand side that is linear in 'r'", "use explicit, midpoint or rk4")),
    ],
)  # fmt: skip
def test_bad_equations_are_refused_where_they_are_bad(
    equation: str, kind: type[AnnlabError], what: str, carets: str, advice: tuple[str, ...]
) -> None:
    model = neuron(
        parameters="tau = 1; g = 2 : population", equations=equation, functions="f(x) = x"
    )
    assert refusal(model, kind) == shown(what, EQ, f"1|{equation}", carets, *advice)


def test_methods_cannot_be_mixed_in_a_coupled_system() -> None:
    equations = "dr/dt = -v : midpoint\ndv/dt = r : rk4"
    expected = shown(
        "the methods 'midpoint' and 'rk4' are mixed in one system of equations",
        EQ,
        "2|dv/dt = r : rk4",
        "^^^^^^^^^",
        "'r' and 'v' are advanced together",
        "use 'midpoint' for both, or put an assignment between them",
    )
    assert refusal(neuron(equations=equations), MethodError) == expected


def test_a_method_that_does_not_exist_is_refused() -> None:
    expected = (
        "unknown numerical method 'expliict' in neuron 'A'\n"
        "  known here: explicit, implicit, semiimplicit, exponential, midpoint, rk4, "
        "event-driven, runge-kutta4, exact\n  did you mean 'explicit'?"
    )
    model = neuron(equations=Variable("dr/dt = 1", method="expliict"))
    assert refusal(model, ModelError) == expected
    assert refusal(neuron(equations="r = 1"), ModelError, default_method="expliict") == expected


@pytest.mark.parametrize(
    ("functions", "kind", "text"),
    [
        ("sin(x) = x", ModelError,
         shown("'sin' is a built-in function", f"functions of {A}", "1|sin(x) = x", "^^^",
               "choose another name")),
        ("f(x) = 1; f(y) = 2", ModelError,
         shown("the function 'f' is defined twice", f"functions of {A}", "1|f(x) = 1; f(y) = 2",
               "          ^")),
        ("f(x) = x*tau", UnknownNameError,
         shown("unknown name 'tau'", f"functions of {A}", "1|f(x) = x*tau", "         ^^^",
               "known here: x")),
        ("f(x) = g(x)\ng(x) = f(x)", ModelError,
         shown("the function 'f' calls itself", f"functions of {A}", "1|f(x) = g(x)", "^",
               "f -> g -> f")),
        ("f(x) = x : int, int, int", EquationError,
         shown("3 types for the function 'f' with 1 argument", f"functions of {A}",
               "1|f(x) = x : int, int, int", "           ^^^^^^^^^^^^^",
               "give the type of the result, then one for each argument")),
    ],
)  # fmt: skip
def test_bad_functions_are_refused(functions: str, kind: type[AnnlabError], text: str) -> None:
    assert refusal(neuron(equations="r = 1", functions=functions), kind) == text


# -- spiking neurons ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "kind", "text"),
    [
        (spiking(equations="v = sum(exc)"), EquationError,
         shown("a spiking neuron has no 'sum(exc)'", EQ, "1|v = sum(exc)", "    ^^^^^^^^",
               "spikes change conductances, they are not summed in every step",
               "write 'g_exc'")),
        (spiking(spike="v > 1\nv > 2"), EquationError,
         shown("several conditions stand here", f"spike of {A}", "2|v > 2", "^^^^^",
               "join them by 'and' or 'or'")),
        (spiking(spike="v = 1"), EquationError,
         shown("a condition cannot contain '='", f"spike of {A}", "1|v = 1", "  ^",
               "write '==' to compare")),
        (spiking(spike="v > Uniform(0, 1)"), EquationError,
         shown("a random number 'Uniform' cannot be drawn here", f"spike of {A}",
               "1|v > Uniform(0, 1)", "    ^^^^^^^^^^^^^",
               "a condition may be evaluated at any time",
               "draw it in an equation and use that variable here")),
        (spiking(reset="v = Uniform(0, 1)"), EquationError,
         shown("a random number 'Uniform' cannot be drawn here", f"reset of {A}",
               "1|v = Uniform(0, 1)", "    ^^^^^^^^^^^^^",
               "random numbers are drawn once per step, before the equations",
               "draw it in an equation and use that variable here")),
        (spiking(reset="dv/dt = 1"), EquationError,
         shown("a differential equation cannot stand here", f"reset of {A}", "1|dv/dt = 1",
               "^^^^^^^^^", "an event changes values at once", "write it in `equations`")),
        (spiking(parameters="c = 1 : population", reset="c = 2"), LocalityError,
         shown("`reset` assigns 'c', which is not local", f"reset of {A}", "1|c = 2", "^",
               "the event concerns one neuron or synapse, the value many", "make 'c' local")),
        (spiking(refractory="taux", parameters="tau = 1"), UnknownNameError,
         ("`refractory` names the unknown attribute 'taux' in neuron 'A'\n"
         "  known here: tau, v, r\n  did you mean 'tau'?")),
        (spiking(refractory=-1), ModelError,
         "`refractory` is -1.0 ms in neuron 'A'\n  give a finite number of at least 0"),
        (spiking(refractory=float("inf")), ModelError,
         "`refractory` is inf ms in neuron 'A'\n  give a finite number of at least 0"),
        (spiking(refractory="2*tau", parameters="tau = 1"), UnknownNameError,
         ("`refractory` names the unknown attribute '2*tau' in neuron 'A'\n"
          "  known here: tau, v, r\n"
          "  text names one attribute: give a number without quotes, or compute it in a variable")),
        (spiking(refractory=[1]), ModelError,
         ("`refractory` cannot be [1] in neuron 'A'\n"
         "  give a time in ms, the name of an attribute, or a random distribution")),
        (neuron(equations="r = 1", reset="r = 0"), ModelError,
         "`reset` without `spike` in neuron 'A'\n  give the condition for a spike"),
        (spiking(axon_reset="v = 1"), ModelError,
         "`axon_reset` without `axon_spike` in neuron 'A'"),
    ],
)  # fmt: skip
def test_bad_spiking_neurons_are_refused(model: Neuron, kind: type[AnnlabError], text: str) -> None:
    assert refusal(model, kind) == text


@pytest.mark.parametrize(
    ("stop", "kind", "text"),
    [
        ("r > 1 : al", EquationError,
         shown("unknown flag 'al'", f"stop_condition of {A}", "1|r > 1 : al", "        ^^",
               "did you mean 'all'?")),
        ("r > 1 : any, all", EquationError,
         shown("a stop condition is either 'any' or 'all'", f"stop_condition of {A}",
               "1|r > 1 : any, all", "             ^^^")),
        ("spiked", UnknownNameError,
         shown("unknown name 'spiked'", f"stop_condition of {A}", "1|spiked", "^^^^^^", KNOWN,
               "'spiked' exists for spiking neurons")),
    ],
)  # fmt: skip
def test_bad_stop_conditions_are_refused(stop: str, kind: type[AnnlabError], text: str) -> None:
    assert refusal(neuron(equations="r = 1"), kind, stop_condition=stop) == text


def test_an_unnamed_model_is_called_by_what_it_is() -> None:
    text = refusal(Neuron(equations="r = x"), UnknownNameError)
    assert text.startswith("unknown name 'x' in equations of a rate-coded neuron\n")


def test_numbers_of_numpy_are_numbers() -> None:
    parameters = {"a": np.float32(0.5), "b": np.int64(2), "c": Parameter(np.True_, type=bool)}
    model = analyse_neuron(Neuron(parameters, Variable("r = a", max=np.float64(2.0))))
    assert [a.init for a in model.attributes if a.is_parameter] == [0.5, 2.0, True]


# -- synapses -----------------------------------------------------------------------


def between(model: NeuronModel, kind: type[AnnlabError], **arguments: object) -> str:
    synapse = Synapse(name="S", **arguments)  # type: ignore[arg-type]
    with pytest.raises(kind) as caught:
        analyse_synapse(synapse, pre=model, post=model, targets=("exc",))
    assert type(caught.value) is kind
    return str(caught.value)


SEQ = f"equations of {S}"


@pytest.mark.parametrize(
    ("equation", "kind", "what", "carets", "advice"),
    [
        ("w += pre.zz", UnknownNameError, "unknown name 'pre.zz'", "     ^^^^^^",
         ("the presynaptic neuron has: tau, baseline, r",)),
        ("w += post.basline", UnknownNameError, "unknown name 'post.basline'",
         "     ^^^^^^^^^^^^",
         ("the postsynaptic neuron has: tau, baseline, r", "did you mean 'post.baseline'?")),
        ("w += r", UnknownNameError, "unknown name 'r'", "     ^",
         ("known here: k, w, t, dt", "did you mean 'pre.r' or 'post.r'?")),
        ("w += t_pre", UnknownNameError, "unknown name 't_pre'", "     ^^^^^",
         ("known here: k, w, t, dt",)),
        ("w += sum(exc)", EquationError, "a synapse has no 'sum(exc)'", "     ^^^^^^^^",
         ("only neurons sum their inputs", "write 'pre.sum(exc)' or 'post.sum(exc)'")),
        ("w += pre.sum()", EquationError, "'pre.sum()' names no target", "     ^^^^^^^^^",
         ("write 'pre.sum(exc)'",)),
        ("w += pre.sum(inh)", EquationError, "the presynaptic neuron has no input 'inh'",
         "     ^^^^^^^^^^^^", ("it reads: sum(exc)",)),
        ("w += pre.mean(r)", EquationError, "'pre.mean(...)' has no meaning",
         "     ^^^^^^^^^^^", ("only 'pre.sum(target)' may follow 'pre.'",)),
        ("w = mean(w)", EquationError, "'mean' cannot reduce the synaptic attribute 'w'",
         "    ^^^^^^^",
         ("global operations are computed over the neurons of a population",
          "write 'mean(pre.x)' or 'mean(post.x)'")),
        ("w = mean(pre.zz)", UnknownNameError, "unknown name 'pre.zz'", "         ^^^^^^",
         ("the presynaptic neuron has: tau, baseline, r",)),
        ("w = mean(pre.tau)", EquationError, "'pre.tau' is global and cannot be reduced by 'mean'",
         "    ^^^^^^^^^^^^^", ("there is one value of 'pre.tau' for the whole population",)),
        ("g = w : projection", LocalityError, "'g' depends on 'w', which is more local",
         "    ^",
         ("there is one value of 'g', and one value per neuron or synapse of 'w'",
          "make 'g' as local as what it depends on")),
        ("g = pre.r : projection", LocalityError,
         "'g' depends on 'pre.r', which is more local", "    ^^^^^",
         ("there is one value of 'g', and one value per neuron or synapse of 'pre.r'",
          "make 'g' as local as what it depends on")),
        ("g = post.r : projection", LocalityError,
         "'g' depends on 'post.r', which is more local", "    ^^^^^^",
         ("there is one value of 'g', and one value per postsynaptic neuron of 'post.r'",
          "make 'g' as local as what it depends on")),
        ("g = pre.r : postsynaptic", LocalityError,
         "'g' depends on 'pre.r', which is more local", "    ^^^^^",
         (("there is one value per postsynaptic neuron of 'g', "
          "and one value per neuron or synapse of 'pre.r'"),
          "make 'g' as local as what it depends on")),
        ("g = k : population", EquationError, "the flag 'population' does not fit a synapse",
         "        ^^^^^^^^^^",
         ("use 'projection' or 'postsynaptic', or no flag for a local value",)),
        ("dx/dt = -x : event-driven", ModelError, "'x' cannot be event-driven", "^^^^^^^^^^",
         ("the presynaptic neurons are rate-coded: there are no events",)),
        ("post.r = 1", EquationError, "'post.r' cannot be assigned", "^^^^^^",
         ("one variable of this model must stand left of an assignment",
          "write 'variable = value', or 'dvariable/dt' for a differential equation")),
    ],
)  # fmt: skip
def test_bad_equations_of_rate_coded_synapses_are_refused(
    rate: NeuronModel,
    equation: str,
    kind: type[AnnlabError],
    what: str,
    carets: str,
    advice: tuple[str, ...],
) -> None:
    text = between(rate, kind, equations=equation, parameters="k = 1")
    assert text == shown(what, SEQ, f"1|{equation}", carets, *advice)


@pytest.mark.parametrize("field", ["pre_spike", "post_spike", "pre_axon_spike"])
def test_events_between_rate_coded_neurons_are_refused(rate: NeuronModel, field: str) -> None:
    expected = (
        f"`{field}` in synapse 'S'\n"
        "  the presynaptic neurons are rate-coded and send no spikes\n"
        "  write the learning rule in `equations`"
    )
    assert between(rate, ModelError, **{field: "w += 1"}) == expected


ED = "the event-driven variable 'x' depends on what changes between events"
ED_ADVICE = (
    "it is solved exactly from one event to the next",
    "use parameters only, or another method such as 'exponential'",
)


@pytest.mark.parametrize(
    ("arguments", "kind", "text"),
    [
        ({"pre_spike": "dw/dt = 1.0"}, EquationError,
         shown("a differential equation cannot stand here", f"pre_spike of {S}",
               "1|dw/dt = 1.0", "^^^^^^^^^^^", "an event changes values at once",
               "write it in `equations`")),
        ({"post_spike": "dw/dt = 1.0"}, EquationError,
         shown("a differential equation cannot stand here", f"post_spike of {S}",
               "1|dw/dt = 1.0", "^^^^^^^^^^^", "an event changes values at once",
               "write it in `equations`")),
        ({"post_spike": "g_target += w"}, EquationError,
         shown("'g_target' cannot be assigned here", f"post_spike of {S}", "1|g_target += w",
               "^^^^^^^^",
               "the spike of the postsynaptic neuron is not transmitted backwards")),
        ({"pre_spike": "w = g_target"}, UnknownNameError,
         shown("unknown name 'g_target'", f"pre_spike of {S}", "1|w = g_target", "    ^^^^^^^^",
               "known here: w, t, dt, t_pre, t_post",
               "'g_target' can only be assigned, in `pre_spike`")),
        ({"pre_spike": "g_exc += w"}, ModelError,
         shown("'g_exc' is assigned, which belongs to the neuron", f"pre_spike of {S}",
               "1|g_exc += w", "^^^^^",
               "write 'g_target' for the conductance of the target of the projection")),
        ({"pre_spike": "g_target += Uniform(0, 1)"}, EquationError,
         shown("a random number 'Uniform' cannot be drawn here", f"pre_spike of {S}",
               "1|g_target += Uniform(0, 1)", "            ^^^^^^^^^^^^^",
               "random numbers are drawn once per step, events happen in between",
               "draw it in an equation and use that variable here")),
        ({"psp": "w * Uniform(0, 1)"}, EquationError,
         shown("a random number 'Uniform' cannot be drawn here", f"psp of {S}",
               "1|w * Uniform(0, 1)", "    ^^^^^^^^^^^^^",
               "a psp is computed from what synapses and neurons hold",
               "draw it in an equation and use that variable here")),
        ({"equations": "dx/dt = y - x : event-driven\ny = 1"}, MethodError,
         shown(ED, SEQ, "1|dx/dt = y - x : event-driven", "        ^", *ED_ADVICE)),
        ({"equations": "dx/dt = pre.v - x : event-driven"}, MethodError,
         shown(ED, SEQ, "1|dx/dt = pre.v - x : event-driven", "        ^^^^^", *ED_ADVICE)),
        ({"equations": "dx/dt = t - x : event-driven"}, MethodError,
         shown(ED, SEQ, "1|dx/dt = t - x : event-driven", "        ^", *ED_ADVICE)),
        ({"equations": "dx/dt = -x : event-driven\ny = x"}, EquationError,
         shown("'x' cannot be used here", SEQ, "2|y = x", "    ^",
               "it is event-driven: its value is known at events only")),
        ({"equations": "dx/dt = -x : event-driven", "psp": "w*x"}, EquationError,
         shown("'x' cannot be used here", f"psp of {S}", "1|w*x", "  ^",
               "it is event-driven: its value is known at events only")),
        ({"equations": "w += pre.sum(exc)"}, EquationError,
         shown("a spiking neuron has no 'pre.sum(exc)'", SEQ, "1|w += pre.sum(exc)",
               "     ^^^^^^^^^^^^",
               "spikes change conductances, they are not summed in every step",
               "write 'pre.g_exc'")),
        ({"parameters": "k = 1 : projection", "pre_spike": "k += 1"}, LocalityError,
         shown("`pre_spike` assigns 'k', which is not local", f"pre_spike of {S}", "1|k += 1",
               "^", "the event concerns one neuron or synapse, the value many",
               "make 'k' local")),
        ({"operation": "max", "psp": "w"}, ModelError,
         ("operation 'max' in synapse 'S'\n"
         "  the presynaptic neurons are spiking, and spikes are always added")),
        ({"parameters": "delay = 1"}, ModelError,
         shown("an attribute cannot be called 'delay'", f"parameters of {S}", "1|delay = 1",
               "^^^^^", "every projection has a member 'delay'", "choose another name")),
        ({"creating": "w > 1"}, EquationError,
         shown("'w' cannot be used here", f"creating of {S}", "1|w > 1", "^",
               "the synapse does not exist yet")),
        ({"creating": "pre.v > Uniform(0,1) + Uniform(0,1)"}, EquationError,
         shown("a second random number in one rule", f"creating of {S}",
               "1|pre.v > Uniform(0,1) + Uniform(0,1)",
               "^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^")),
        ({"pruning": "w < 0 : prob=0.5"}, EquationError,
         shown("unknown flag 'prob'", f"pruning of {S}", "1|w < 0 : prob=0.5", "        ^^^^",
               "did you mean 'proba'?")),
        ({"pruning": Pruning("w < 0", proba=1.5)}, ModelError,
         "`proba` is 1.5 in synapse 'S'\n  a probability lies between 0 and 1"),
        ({"creating": Creating("pre.v > 1", w="x")}, ModelError,
         "`w` of a rule must be a number, not 'x' in synapse 'S'"),
        ({"creating": 5}, ArgumentTypeError,
         "`creating` of synapse 'S' must be text or Creating, not 5"),
    ],
)  # fmt: skip
def test_bad_spiking_synapses_are_refused(
    request: pytest.FixtureRequest,
    arguments: dict[str, object],
    kind: type[AnnlabError],
    text: str,
) -> None:
    model: NeuronModel = request.getfixturevalue("spiking")
    assert between(model, kind, **arguments) == text


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Uniform(1.0, 0.0)", "min must be below max"),
        ("DiscreteUniform(3, 2)", "min must not be above max"),
        ("Normal(0.0, -1.0)", "sigma must not be below 0"),
        ("LogNormal(0.0, -1.0)", "sigma must not be below 0"),
        ("Exponential(0.0)", "lambda must be above 0"),
        ("Gamma(-1.0, 1.0)", "alpha must be above 0"),
        ("Gamma(1.0, -1.0)", "beta must be above 0"),
        ("Binomial(2.5, 0.5)", "n must be a whole number of at least 0"),
        ("Binomial(10, 1.5)", "p must lie between 0 and 1"),
    ],
)
@pytest.mark.parametrize("where", ["r = {}", "r = 1 : init = {}"])
def test_numbers_that_no_distribution_has_are_refused(text: str, rule: str, where: str) -> None:
    line = where.format(text)
    what = f"'{text.split('(')[0]}' cannot be drawn with these numbers"
    carets = " " * line.index(text) + "^" * len(text)
    expected = shown(what, EQ, f"1|{line}", carets, rule)
    assert refusal(neuron(equations=line), EquationError) == expected


def test_a_distribution_of_a_parameter_is_judged_when_it_is_drawn() -> None:
    model = neuron(parameters="low = 2.0 : population", equations="r = Uniform(low, 1.0)")
    assert analyse_neuron(model).draws[0].distribution.name == "Uniform"


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("int", "give the variable the flag 'int', which cuts off the rest"),
        ("floor", "a variable with the flag 'int' cuts off what stands behind the point"),
        ("sign", "write 'ite(x > 0.0, 1.0, ite(x < 0.0, -1.0, 0.0))'"),
        ("heaviside", "write 'ite(x > 0.0, 1.0, 0.0)'"),
        ("sigmoid", "write '1.0 / (1.0 + exp(-x))'"),
        ("log10", "write 'log(x) / log(10.0)'"),
        ("arctan", "did you mean 'atan'?"),
    ],
)
def test_a_function_of_another_language_is_refused_with_what_it_is_here(
    name: str, advice: str
) -> None:
    expected = shown(
        f"unknown function '{name}'", EQ, f"1|r = {name}(2.0)", "    " + "^" * len(name), advice
    )
    assert refusal(neuron(equations=f"r = {name}(2.0)"), EquationError) == expected


@pytest.mark.parametrize("times", ["-1", "1.5"])
def test_power_multiplies_a_whole_number_of_times(times: str) -> None:
    expected = shown(
        f"'power' multiplies a whole number of times, not {times}", EQ,
        f"1|r = power(2.0, {times})", " " * 15 + "^" * len(times), "write 'pow(x, y)' or 'x^y'",
    )  # fmt: skip
    assert refusal(neuron(equations=f"r = power(2.0, {times})"), EquationError) == expected


def test_bounds_between_which_nothing_lies_are_refused() -> None:
    line = "r = 1 : min=2.0, max=1.0"
    expected = shown(
        "'r' has the bounds min=2.0 and max=1.0", EQ, f"1|{line}", "^^^^^", "exchange them"
    )
    assert refusal(neuron(equations=line), EquationError) == expected
    both = neuron(equations=Variable("r = 1", min=2.0, max=1.0))
    assert "'r' has the bounds min=2.0 and max=1.0" in refusal(both, EquationError)


@pytest.mark.parametrize("key", ["init", "min", "max"])
def test_a_key_in_the_text_and_beside_it_is_refused(key: str) -> None:
    model = neuron(equations=Variable(f"r = 1 : {key}=3", **{key: 2.0}))  # type: ignore[arg-type]
    expected = (
        f"`{key}` stands in the text of 'r = 1 : {key}=3' and beside it in neuron 'A'\n"
        "  give it once"
    )
    assert refusal(model, ModelError) == expected
