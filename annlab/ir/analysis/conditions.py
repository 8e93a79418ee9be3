"""Type conditions: spike, axonal spike, stop."""

from __future__ import annotations

from annlab.errors import EquationError
from annlab.ir.analysis.origin import Origin
from annlab.ir.analysis.scope import Place, Scope
from annlab.ir.analysis.typing import Typer
from annlab.ir.expr import DType, Symbol, SymbolKind
from annlab.ir.model import Condition, StopCondition, StopMode
from annlab.language import STOP_FLAGS, parse_condition
from annlab.language.syntax import ExpressionLine

SPIKED = Symbol("spiked", SymbolKind.SPIKED, DType.BOOL)
_NO_DRAWS = "a condition may be evaluated at any time"


def read_condition(text: object, field: str, origin: Origin) -> ExpressionLine | None:
    """Return the syntax of a condition; None if there is none."""
    return None if text is None else parse_condition(origin.source(text, field))


def type_condition(line: ExpressionLine | None, scope: Scope) -> Condition | None:
    """Return the typed form of a condition."""
    if line is None:
        return None
    place = Place(source=line.source, no_draws=_NO_DRAWS)
    return Condition(expr=Typer(scope, place).condition(line.value), text=line.text)


def type_stop(
    text: object, scope: Scope, origin: Origin, *, is_spiking: bool
) -> StopCondition | None:
    """Return the typed form of ``condition : any`` or ``condition : all``."""
    if text is None:
        return None
    line = parse_condition(origin.source(text, "stop_condition"), STOP_FLAGS)
    if len(line.flags) > 1:
        raise EquationError(
            "a stop condition is either 'any' or 'all'",
            source=line.source,
            span=line.flags[1].span,
        )
    if is_spiking:
        scope.symbols["spiked"] = SPIKED
    condition = type_condition(line, scope)
    assert condition is not None
    mode = StopMode(line.flags[0].name) if line.flags else StopMode.ANY
    return StopCondition(condition=condition, mode=mode)
