"""Typed models for tests, built by hand: formulas in Python's notation, no language needed."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from annlab.codegen.lowering import lower_neuron
from annlab.codegen.reference import PopulationInputs, step_population
from annlab.errors import Source, Span
from annlab.ir.expr import (
    FUNCTIONS,
    Binary,
    Call,
    Compare,
    DType,
    Expr,
    Literal,
    Locality,
    Logic,
    Select,
    Side,
    Symbol,
    SymbolKind,
    Unary,
    walk,
)
from annlab.ir.model import (
    Attribute,
    Condition,
    Equation,
    Method,
    NeuronModel,
    SynapseModel,
)

_OPERATORS: dict[type, str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**",
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip

CLOCK = {
    name: Symbol(name, SymbolKind.CLOCK, locality=locality)
    for name, locality in {
        "t": Locality.GLOBAL,
        "dt": Locality.GLOBAL,
        "t_last": Locality.LOCAL,
        "t_pre": Locality.LOCAL,
        "t_post": Locality.LOCAL,
    }.items()
}


def local(name: str, dtype: DType = DType.FLOAT) -> Symbol:
    """An attribute with one value per neuron or synapse."""
    return Symbol(name, SymbolKind.ATTRIBUTE, dtype)


def shared(name: str, dtype: DType = DType.FLOAT) -> Symbol:
    """A global attribute."""
    return Symbol(name, SymbolKind.ATTRIBUTE, dtype, Locality.GLOBAL)


def semiglobal(name: str) -> Symbol:
    """An attribute with one value per postsynaptic neuron."""
    return Symbol(name, SymbolKind.ATTRIBUTE, DType.FLOAT, Locality.SEMIGLOBAL)


def formula(text: str, names: Mapping[str, Symbol]) -> Expr:
    """Read `text`: ``dx/dt`` is a gradient, ``sum(exc)`` an input, ``pre.r`` an attribute."""
    return _convert(ast.parse(text.strip(), mode="eval").body, names)


def equation(
    text: str,
    names: Mapping[str, Symbol],
    method: Method | str | None = None,
    *,
    bounds: tuple[str | None, str | None] = (None, None),
    origin: str = "equations of neuron 'Test'",
    unless_post: bool = False,
) -> Equation:
    """Return the equation ``left = right`` (or ``left += right``) of `text`."""
    left_text, right_text = text.split("=", 1)
    augmented = left_text.rstrip()[-1] if left_text.rstrip()[-1] in "+-*/" else ""
    left_text = left_text.rstrip().rstrip("+-*/").strip() if augmented else left_text.strip()
    left, right = formula(left_text, names), formula(right_text, names)
    gradients = [e for e in (*_walk(left), *_walk(right)) if e.kind is SymbolKind.GRADIENT]
    variable = names[gradients[0].name] if gradients else left
    assert isinstance(variable, Symbol)
    low, high = (formula(b, names) if b else None for b in bounds)
    return Equation(
        variable=variable,
        left=left,
        right=Binary(augmented, left, right) if augmented else right,
        is_ode=bool(gradients),
        method=Method(method) if method else (Method.EXPLICIT if gradients else None),
        text=text,
        minimum=low,
        maximum=high,
        unless_post=unless_post,
        source=Source(text, origin),
        span=Span(0, len(text)),
    )


def neuron(
    names: Mapping[str, Symbol],
    equations: Sequence[Equation],
    *,
    spike: str | None = None,
    **rest: Any,  # fields of NeuronModel
) -> NeuronModel:
    """Return a neuron whose variables are the targets of its equations."""
    return NeuronModel(
        name="Test",
        is_spiking=spike is not None,
        attributes=attributes(names, equations),
        equations=tuple(equations),
        spike=Condition(expr=formula(spike, names), text=spike) if spike else None,
        **rest,
    )


def synapse(
    names: Mapping[str, Symbol],
    equations: Sequence[Equation] = (),
    *,
    psp: str | None = None,
    is_spiking: bool = True,
    **rest: Any,  # fields of SynapseModel
) -> SynapseModel:
    """Return a synapse whose variables are the targets of its equations and events."""
    events = [e for key in ("pre_spike", "post_spike") for e in rest.get(key, ())]
    return SynapseModel(
        name="Test",
        is_spiking=is_spiking,
        attributes=attributes(names, [*equations, *events]),
        equations=tuple(equations),
        psp=Condition(expr=formula(psp, names), text=psp) if psp else None,
        **rest,
    )


def attributes(names: Mapping[str, Symbol], equations: Sequence[Equation]) -> tuple[Attribute, ...]:
    """Return the attributes among `names`."""
    variables = {e.variable for e in equations}
    return tuple(
        Attribute(name=s.name, dtype=s.dtype, locality=s.locality, is_parameter=s not in variables)
        for s in names.values()
        if s.kind is SymbolKind.ATTRIBUTE and s.side is Side.OWN
    )


def _walk(expr: Expr) -> list[Symbol]:
    return [e for e in walk(expr) if isinstance(e, Symbol)]


def _convert(node: ast.expr, names: Mapping[str, Symbol]) -> Expr:
    match node:
        case ast.Constant(value=bool() | int() | float() as value):
            return Literal(value)
        case ast.BinOp(ast.Name(top), ast.Div(), ast.Name("dt")) if top[1:] in names:
            return _gradient(top[1:], names)
        case ast.BinOp(ast.BinOp(left, op, ast.Name(top)), ast.Div(), ast.Name("dt")) if (
            top.startswith("d") and top[1:] in names
        ):
            # tau*dx/dt is (tau*dx)/dt to Python.
            return Binary(_OPERATORS[type(op)], _convert(left, names), _gradient(top[1:], names))
        case ast.BinOp(left, op, right):
            return Binary(_OPERATORS[type(op)], _convert(left, names), _convert(right, names))
        case ast.UnaryOp(op, operand):
            return Unary("not" if isinstance(op, ast.Not) else "-", _convert(operand, names))
        case ast.Compare(left, [op], [right]):
            return Compare(_OPERATORS[type(op)], _convert(left, names), _convert(right, names))
        case ast.BoolOp(op, [left, right]):
            word = "and" if isinstance(op, ast.And) else "or"
            return Logic(word, _convert(left, names), _convert(right, names))
        case ast.IfExp(test, body, orelse):
            return Select(*(_convert(n, names) for n in (test, body, orelse)))
        case ast.Call(ast.Name("sum"), [ast.Name(target)]):
            return Symbol(target, SymbolKind.INPUT)
        case ast.Call(ast.Name(name), arguments) if name in FUNCTIONS:
            return Call(name, tuple(_convert(a, names) for a in arguments))
        case ast.Attribute(ast.Name(side), name):
            return Symbol(name, SymbolKind.ATTRIBUTE, side=Side(side))
        case ast.Name("g_target"):
            return Symbol("g_target", SymbolKind.CONDUCTANCE)
        case ast.Name(name):
            return names[name] if name in names else CLOCK[name]
    raise ValueError(ast.dump(node))


def _gradient(name: str, names: Mapping[str, Symbol]) -> Symbol:
    return Symbol(name, SymbolKind.GRADIENT, locality=names[name].locality)


def run(
    model: NeuronModel, values: Mapping[str, Any], *, n_steps: int, dt: float
) -> dict[str, np.ndarray]:
    """Run one neuron (or as many as the values have) from `values` on the reference back end."""
    state = {a.name: np.atleast_1d(np.asarray(values.get(a.name, 0.0))) for a in model.attributes}
    n_neurons = max(len(v) for v in state.values())
    for attribute in model.attributes:
        size = n_neurons if attribute.locality is Locality.LOCAL else 1
        state[attribute.name] = np.resize(state[attribute.name], size).astype(
            {"float": float, "int": np.int64, "bool": bool}[attribute.dtype]
        )
    kernel = lower_neuron(model)
    for step in range(n_steps):
        step_population(
            kernel, state, PopulationInputs(n_neurons=n_neurons, t_ms=step * dt, dt_ms=dt)
        )
    return state
