"""Type the rules of structural plasticity: when synapses come and go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from annlab.errors import ArgumentTypeError, EquationError
from annlab.ir.analysis.origin import Origin
from annlab.ir.analysis.scope import Place, Scope
from annlab.ir.analysis.typing import Typer
from annlab.ir.analysis.values import DISTRIBUTIONS, fold, is_distribution, is_number
from annlab.ir.definition import Creating, Pruning
from annlab.ir.expr import Expr, Literal, Locality, SymbolKind, walk
from annlab.ir.model import Condition, Distribution, Draw, StructuralRule
from annlab.language import CREATING_FLAGS, NO_FLAGS, PRUNING_FLAGS, parse_condition
from annlab.language.syntax import Apply, ExpressionLine, Node

_NOT_YET = "the synapse does not exist yet"


def type_creating(rule: object, scope: Scope, origin: Origin) -> StructuralRule | None:
    """Return the typed rule for new synapses."""
    if rule is None:
        return None
    if isinstance(rule, str):
        line = parse_condition(origin.source(rule, "creating"), CREATING_FLAGS)
        given = _flag_values(line)
        rule = Creating(line.text, **given)  # type: ignore[arg-type]  # keys are CREATING_FLAGS
    elif isinstance(rule, Creating):
        line = parse_condition(origin.source(rule.condition, "creating"), NO_FLAGS)
    else:
        raise _wrong_type(rule, "creating", origin)
    own = [n for n, s in scope.symbols.items() if _is_synaptic(s.kind, s.locality)]
    typed = _condition(line, scope, refused=own)
    if rule.d is not None:
        _check_number(rule.d, "d", origin)
    if not is_distribution(rule.w) and not isinstance(rule.w, Distribution):
        _check_number(rule.w, "w", origin)
    return replace(
        typed,
        probability=_probability(rule.proba, origin),
        weight=rule.w,
        delay=None if rule.d is None else float(rule.d),
    )


def type_pruning(rule: object, scope: Scope, origin: Origin) -> StructuralRule | None:
    """Return the typed rule for synapses that disappear."""
    if rule is None:
        return None
    if isinstance(rule, str):
        line = parse_condition(origin.source(rule, "pruning"), PRUNING_FLAGS)
        rule = Pruning(line.text, **_flag_values(line))  # type: ignore[arg-type]  # as above
    elif isinstance(rule, Pruning):
        line = parse_condition(origin.source(rule.condition, "pruning"), NO_FLAGS)
    else:
        raise _wrong_type(rule, "pruning", origin)
    typed = _condition(line, scope, refused=())
    return replace(typed, probability=_probability(rule.proba, origin))


def _is_synaptic(kind: SymbolKind, locality: Locality) -> bool:
    return kind is SymbolKind.ATTRIBUTE and locality is not Locality.GLOBAL


def _condition(line: ExpressionLine, scope: Scope, *, refused: Sequence[str]) -> StructuralRule:
    # These draws happen when the rule is evaluated, not in every step of the model.
    of_model, scope.usage.draws = scope.usage.draws, []
    try:
        place = Place(source=line.source, refused=dict.fromkeys(refused, _NOT_YET))
        expr = Typer(scope, place).condition(line.value)
        draws = tuple(scope.usage.draws)
    finally:
        scope.usage.draws = of_model
    _check_draws(expr, draws, line)
    return StructuralRule(condition=Condition(expr=expr, text=line.text), draws=draws)


def _check_draws(expr: Expr, draws: tuple[Draw, ...], line: ExpressionLine) -> None:
    span = line.value.span
    if len(draws) > 1:
        raise EquationError("a second random number in one rule", source=line.source, span=span)
    for draw in draws:
        parts = (part for argument in draw.distribution.arguments for part in walk(argument))
        if any(getattr(part, "kind", None) is SymbolKind.ATTRIBUTE for part in parts):
            raise EquationError(
                f"the arguments of '{draw.distribution.name}' must be numbers here",
                source=line.source,
                span=span,
            )


def _flag_values(line: ExpressionLine) -> dict[str, object]:
    return {f.name: _flag_value(f.value, line) for f in line.flags}


def _flag_value(node: Node | None, line: ExpressionLine) -> object:
    assert node is not None  # the keys of rules always have one
    number = fold(node, line.source)
    if number is not None:
        return number
    if isinstance(node, Apply) and node.function in DISTRIBUTIONS:
        arguments = [fold(a, line.source) for a in node.arguments]
        if None not in arguments:
            literals = tuple(Literal(a) for a in arguments if a is not None)
            return Distribution(name=node.function, arguments=literals)
    raise EquationError("a number must stand here", source=line.source, span=node.span)


def _probability(value: object, origin: Origin) -> float:
    number = _check_number(value, "proba", origin)
    if not 0 <= number <= 1:
        raise origin.error(f"`proba` is {number}", hint="a probability lies between 0 and 1")
    return number


def _check_number(value: object, what: str, origin: Origin) -> float:
    if not is_number(value):
        raise origin.error(f"`{what}` of a rule must be a number, not {value!r}")
    return float(value)  # type: ignore[arg-type]  # is_number says so


def _wrong_type(rule: object, field: str, origin: Origin) -> ArgumentTypeError:
    return ArgumentTypeError(
        f"`{field}` of {origin.label} must be text or {field.capitalize()}, not {rule!r}"
    )
