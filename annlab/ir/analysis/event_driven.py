"""Event-driven variables of synapses: what they may depend on, and where they can live.

An event-driven variable that only presynaptic (or only postsynaptic) events
touch, with parameters that are the same for all synapses, has the same value
in all synapses of that neuron: it can be kept once per neuron.
"""

from __future__ import annotations

from collections.abc import Sequence

from annlab.errors import MethodError
from annlab.ir.analysis.scope import Scope
from annlab.ir.analysis.statements import Statement
from annlab.ir.expr import Expr, Literal, Locality, Side, Symbol, SymbolKind, symbols
from annlab.ir.model import Equation, Method, SynapseModel
from annlab.language.syntax import Apply, Dotted, Name, walk


def check_event_driven(equation: Equation, statement: Statement, scope: Scope) -> None:
    """Refuse an event-driven variable that depends on anything that changes between events."""
    if not equation.is_ode:
        raise MethodError(
            f"'{equation.variable.name}' is event-driven and has no differential equation",
            source=equation.source,
            span=equation.span,
        )
    line = statement.line
    for side in (line.left, line.right):
        for node in walk(side):
            if _changes(node, equation.variable.name, scope):
                raise MethodError(
                    f"the event-driven variable '{equation.variable.name}' depends on "
                    f"what changes between events",
                    source=line.source,
                    span=node.span,
                    why="it is solved exactly from one event to the next",
                    hint="use parameters only, or another method such as 'exponential'",
                )


def _changes(node: object, variable: str, scope: Scope) -> bool:
    if isinstance(node, Dotted):
        return True
    if isinstance(node, Apply):
        return node.function == "sum" or node.owner is not None
    if not isinstance(node, Name) or node.name == variable:
        return False
    symbol = scope.symbols.get(node.name)
    if symbol is None or node.name == "dt":
        return False
    return node.name not in scope.parameters


def trace_sides(model: SynapseModel) -> tuple[tuple[str, Side], ...]:
    """Return the event-driven variables that need one value per neuron only, with the side."""
    found: dict[str, Side] = {}
    for side, own in ((Side.PRE, model.pre_spike), (Side.POST, model.post_spike)):
        for name in _traces(model, own):
            found[name] = side
    return tuple(sorted(found.items()))


def _traces(model: SynapseModel, own: Sequence[Equation]) -> set[str]:
    """Return the traces that the events `own` alone maintain."""
    others = [*model.pre_spike, *model.post_spike, *model.pre_axon_spike]
    foreign = {e.variable.name for e in others if all(e is not mine for mine in own)}
    assigned = {e.variable.name for e in own}
    candidates = {
        e.variable.name
        for e in model.equations
        if e.method is Method.EVENT_DRIVEN
        and e.variable.name in assigned - foreign
        and _starts_equal(model, e.variable.name)
        and _all_equal((e.left, e.right, e.minimum, e.maximum), {e.variable.name})
    }
    # A statement may read other traces of its side: drop until nothing changes.
    while True:
        kept = {name for name in candidates if _stays_equal(name, own, candidates)}
        if kept == candidates:
            return kept
        candidates = kept


def _stays_equal(name: str, own: Sequence[Equation], traces: set[str]) -> bool:
    return all(
        not e.unless_post and _all_equal((e.right, e.minimum, e.maximum), traces)
        for e in own
        if e.variable.name == name
    )


def _all_equal(parts: Sequence[Expr | None], traces: set[str]) -> bool:
    """Do these expressions have one value for all synapses of a neuron?"""
    found = (symbol for part in parts if part is not None for symbol in symbols(part))
    return all(_is_equal(symbol, traces) for symbol in found)


def _is_equal(symbol: Symbol, traces: set[str]) -> bool:
    if symbol.kind is SymbolKind.GRADIENT:
        return True
    if symbol.kind is SymbolKind.DRAW:
        return False
    if symbol.side is Side.OWN and symbol.name in traces:
        return True
    # A spike that arrives late sees a later clock: with delays t differs between synapses.
    is_clock = symbol.kind is SymbolKind.CLOCK and symbol.name != "dt"
    return symbol.side is Side.OWN and symbol.locality is Locality.GLOBAL and not is_clock


def _starts_equal(model: SynapseModel, name: str) -> bool:
    attribute = model.attribute(name)
    if attribute is None or attribute.locality is not Locality.LOCAL:
        return False
    first = attribute.init
    if isinstance(first, str):
        source = model.attribute(first)
        return source is None or source.locality is Locality.GLOBAL
    if isinstance(first, Expr):
        return isinstance(first, Literal) or _all_equal((first,), set())
    return isinstance(first, bool | int | float)
