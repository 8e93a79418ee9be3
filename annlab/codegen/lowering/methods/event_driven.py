"""Event-driven variables: exact decay between events, nothing to do in a step."""

from __future__ import annotations

from annlab.codegen.lowering.arithmetic import ZERO, div
from annlab.codegen.lowering.kernel import EventDriven
from annlab.codegen.lowering.methods.protocol import decay_rate
from annlab.codegen.lowering.ode import Ode
from annlab.ir.expr import Expr, Side, Symbol, SymbolKind, symbols


def event_driven(ode: Ode, parameters: frozenset[str]) -> EventDriven:
    """Return rate and drive of ``dx/dt = rate * (drive - x)``.

    Raises
    ------
    MethodError
        If the equation is not linear in x, or depends on anything that changes between events.
    """
    rate, form = decay_rate(ode)
    drive = ZERO if form.rest == ZERO else div(form.rest, rate)
    changing = sorted(_shown(s) for s in _changing(rate, drive, parameters))
    if changing:
        raise ode.refusal(
            f"the event-driven variable '{ode.variable.name}' depends on {', '.join(changing)}",
            why="between two events only parameters are known to keep their value",
            hint="use 'exponential', which is computed in every step",
        )
    return EventDriven(variable=ode.variable, rate=rate, drive=drive, text=ode.equation.text)


def _changing(rate: Expr, drive: Expr, parameters: frozenset[str]) -> set[Symbol]:
    return {
        s
        for s in symbols(rate) | symbols(drive)
        if s.kind is not SymbolKind.CONSTANT
        and not (s.kind is SymbolKind.CLOCK and s.name == "dt")
        and not (s.kind is SymbolKind.ATTRIBUTE and s.side is Side.OWN and s.name in parameters)
    }


def _shown(symbol: Symbol) -> str:
    prefix = "" if symbol.side is Side.OWN else f"{symbol.side}."
    name = {
        SymbolKind.INPUT: f"sum({symbol.name})",
        SymbolKind.DRAW: "a random number",
    }.get(symbol.kind, symbol.name)
    return f"'{prefix}{name}'"
