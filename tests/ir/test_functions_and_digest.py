"""Users' functions in typed form, and what the identity of a kernel depends on."""

from __future__ import annotations

import pytest

from annlab.errors import ModelError
from annlab.ir.analysis import analyse_neuron
from annlab.ir.definition import Neuron, Parameter, Variable
from annlab.ir.digest import canonical, digest
from annlab.ir.expr import Binary, Call, Cast, DType, Locality, Symbol, SymbolKind
from annlab.ir.functions import analyse_function, analyse_functions

X = Symbol("x", SymbolKind.ARGUMENT)


def test_a_function_has_typed_arguments_and_a_body_of_its_type() -> None:
    function = analyse_function("f(x, n) = x*n : int, float, int")
    n = Symbol("n", SymbolKind.ARGUMENT, DType.INT)
    assert (function.name, function.arguments, function.result) == ("f", (X, n), DType.INT)
    assert function.body == Cast(DType.INT, Binary("*", X, n))


def test_functions_call_one_another_and_use_constants() -> None:
    function = analyse_function(
        "f(x) = g(x) + k", functions={"g": "g(y) = exp(y)"}, constants={"k"}
    )
    k = Symbol("k", SymbolKind.CONSTANT, locality=Locality.GLOBAL)
    assert function.body == Binary("+", Call("exp", (X,)), k)
    assert function.constants == ("k",)


@pytest.mark.parametrize("name", ["t", "r", "gamma", "beta", "v"])
def test_arguments_may_have_names_of_the_model(name: str) -> None:
    assert analyse_function(f"f({name}) = {name}").body == Symbol(name, SymbolKind.ARGUMENT)


def test_a_text_may_hold_several_functions() -> None:
    found = analyse_functions("f(x) = 2*g(x)\ng(x) = if x > 0: x\n else: 0.0")
    assert list(found) == ["f", "g"]


BASE = Neuron(
    parameters={"tau": 10.0, "a": Parameter(1.0, locality="local")},
    equations="tau*dr/dt + r = a*sum(exc) + 2.0 : exponential",
)


def key(neuron: Neuron) -> str:
    return digest(analyse_neuron(neuron))


@pytest.mark.parametrize(
    "other",
    [
        Neuron(
            parameters={"tau": 20.0, "a": Parameter(3.0, locality="local")},
            equations="# as the paper has it\n tau * dr/dt + r=a*sum(exc)+2.0 : exponential",
            name="Other",
            description="told differently",
        ),
        Neuron(
            parameters={
                "tau": Parameter(10.0, locality="global"),
                "a": Parameter(1.0, locality="local"),
            },
            equations=Variable("tau*dr/dt + r = a*sum(exc) + 2.0", init=0.5, method="exponential"),
        ),
    ],
)
def test_numbers_and_wording_do_not_change_the_digest(other: Neuron) -> None:
    assert key(other) == key(BASE)


@pytest.mark.parametrize(
    ("parameters", "equations"),
    [
        ({"tau": 10.0, "a": 1.0}, "tau*dr/dt + r = a*sum(exc) + 2.0 : exponential"),
        (BASE.parameters, "tau*dr/dt + r = a*sum(exc) + 2.0"),
        (BASE.parameters, "tau*dr/dt + r = a*sum(exc) + 3.0 : exponential"),
        (BASE.parameters, "tau*dr/dt + r = a*sum(exc) + 2 : exponential"),
        (BASE.parameters, "tau*dr/dt + r = a*sum(inh) + 2.0 : exponential"),
        (BASE.parameters, "tau*dr/dt + r = 2.0 + a*sum(exc) : exponential"),
        (BASE.parameters, "tau*dr/dt + r = a*sum(exc) + 2.0 : exponential, min=0"),
    ],
)
def test_another_structure_has_another_digest(parameters: object, equations: str) -> None:
    assert key(Neuron(parameters, equations)) != key(BASE)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [(1.0, 5.0, True), (1.0, None, False), (1.0, "v", False)],
)
def test_the_length_of_the_refractory_period_is_data(
    one: object, other: object, same: bool
) -> None:
    keys = [key(Neuron("", "v = 1", spike="v > 1", refractory=r)) for r in (one, other)]
    assert (keys[0] == keys[1]) is same


def test_the_canonical_text_says_what_the_key_rests_on() -> None:
    text = canonical(analyse_neuron(Neuron(equations="r = 1.5", name="Secret")))
    assert "1.5" in text
    assert "Secret" not in text


def test_extras_are_kept_apart() -> None:
    model = analyse_neuron(BASE)
    assert digest(model, "ab", "c") != digest(model, "a", "bc")
    assert len(digest(model)) == 64


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("f(x) = f(x)", ("the function 'f' calls itself in a function\n"
                        "  1 | f(x) = f(x)\n    | ^\n  f -> f")),
        ("sin(x) = x", ("'sin' is a built-in function in a function\n"
                       "  1 | sin(x) = x\n    | ^^^\n  choose another name")),
        ("f(exp) = 1", ("an argument of 'f' cannot be called 'exp' in a function\n"
                       "  1 | f(exp) = 1\n    | ^\n"
                       "  'exp' has a meaning of its own in equations")),
        ("f(x) = x + tau", ("unknown name 'tau' in a function\n"
                           "  1 | f(x) = x + tau\n    |            ^^^\n  known here: x")),
        ("f(x) = x*dt", ("unknown name 'dt' in a function\n"
                        "  1 | f(x) = x*dt\n    |          ^^\n  known here: x\n"
                        "  pass 'dt' as an argument")),
        ("f(x) = Uniform(0, 1)", ("a random number 'Uniform' cannot be drawn here in a function\n"
                                 "  1 | f(x) = Uniform(0, 1)\n    |        ^^^^^^^^^^^^^\n"
                                 "  a function gives the same result for the same arguments\n"
                                 "  draw it in an equation and use that variable here")),
        ("f(x) = 1\ng(x) = 2", ("exactly one function must stand here in a function\n"
                               "  2 | g(x) = 2\n    | ^\n"
                               "  write 'name(arguments) = expression'")),
    ],
)  # fmt: skip
def test_a_bad_function_is_refused(text: str, expected: str) -> None:
    with pytest.raises(ModelError) as caught:
        analyse_function(text)
    assert str(caught.value) == expected
