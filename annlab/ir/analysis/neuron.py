"""Analyse a neuron: text in, `NeuronModel` out."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from annlab.calls import warn
from annlab.errors import ModelError, Source, Span, UnknownNameError, nearest
from annlab.ir.analysis.attributes import make_attributes, refuse_nan, symbol_of
from annlab.ir.analysis.conditions import read_condition, type_condition, type_stop
from annlab.ir.analysis.declarations import Declaration, read_parameters, refuse_duplicates
from annlab.ir.analysis.equations import (
    Rules,
    check_event_target,
    in_order,
    type_statement,
    zero_equation,
)
from annlab.ir.analysis.events import assigned_parameters, created_variables
from annlab.ir.analysis.functions import Functions, local_functions
from annlab.ir.analysis.options import read_method
from annlab.ir.analysis.origin import Origin
from annlab.ir.analysis.scope import STEP, TIME, Place, Scope, listing, plain_name
from annlab.ir.analysis.statements import Statement, read_equations, read_event
from annlab.ir.analysis.values import is_distribution, is_number
from annlab.ir.definition import Neuron
from annlab.ir.expr import DType, Locality, Symbol, SymbolKind
from annlab.ir.model import Attribute, Equation, Method, NeuronModel, Reduction
from annlab.language.syntax import ExpressionLine, FunctionDefinition, Name, Node, walk

_LAST_SPIKE = Symbol("t_last", SymbolKind.CLOCK)
_NO_DRAWS = "random numbers are drawn once per step, before the equations"
_SYNAPTIC = frozenset({"g_exc", "g_inh", "g_ampa", "g_nmda", "g_gaba"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Texts:
    """The parts of a neuron after parsing."""

    parameters: list[Declaration]
    equations: list[Statement]
    spike: ExpressionLine | None
    axon_spike: ExpressionLine | None
    reset: list[Statement]
    axon_reset: list[Statement]

    @property
    def events(self) -> list[Statement]:
        return [*self.reset, *self.axon_reset]

    def nodes(self) -> Iterable[Node]:
        for statement in (*self.equations, *self.events):
            yield from statement.nodes()
        for condition in (self.spike, self.axon_spike):
            if condition is not None:
                yield from walk(condition.value)


def analyse_neuron(
    definition: Neuron,
    *,
    constants: Collection[str] = (),
    functions: Mapping[str, str | FunctionDefinition] | None = None,
    default_method: str = "explicit",
    localities: Mapping[str, Locality] | None = None,
    stop_condition: str | None = None,
) -> NeuronModel:
    """Return the typed model of a neuron.

    Parameters
    ----------
    definition
        What the user wrote.
    constants, functions
        The Constants (by name) and functions that the network knows.
    default_method
        For ODEs that name no method.
    localities
        Parameters with open locality that have become local.
    stop_condition
        Of the population: ``condition : any`` or ``condition : all``.

    Raises
    ------
    ModelError
        Or one of its kinds, if the text is wrong.
    """
    origin = Origin(definition.label, is_neuron=True)
    is_spiking = definition.spike is not None
    texts = _read(definition, origin, localities or {})
    _check_fields(definition, texts, origin)
    declarations, conductances = _declare(texts, origin, is_spiking=is_spiking)
    table = Functions(
        {**(functions or {}), **local_functions(definition.functions, definition.label)},
        constants=constants,
    )
    _check_functions(table, definition)
    scope = _NeuronScope(
        declarations,
        is_spiking=is_spiking,
        reads_sums=definition.reads_sums,
        constants=constants,
        functions=table,
    )
    attributes = make_attributes(declarations, origin, constants=constants, functions=table)
    equations = _equations(
        texts.equations, scope, conductances, read_method(default_method, origin)
    )
    model = NeuronModel(
        name=definition.name,
        is_spiking=is_spiking,
        attributes=attributes,
        equations=equations,
        spike=type_condition(texts.spike, scope),
        reset=_events(texts.reset, "reset", scope),
        axon_spike=type_condition(texts.axon_spike, scope),
        axon_reset=_events(texts.axon_reset, "axon_reset", scope),
        refractory=_refractory(definition.refractory, attributes, origin),
        conductances=conductances,
        stop=type_stop(stop_condition, scope, origin, is_spiking=is_spiking),
    )
    refuse_nan(model, origin)
    usage = scope.usage
    return replace(
        model,
        draws=tuple(usage.draws),
        reductions=tuple(usage.reductions),
        targets=tuple(usage.targets),
        constants=tuple(usage.constants),
    )


def _read(definition: Neuron, origin: Origin, localities: Mapping[str, Locality]) -> _Texts:
    return _Texts(
        parameters=read_parameters(
            definition.parameters,
            origin,
            extra_values=definition.extra_values,
            localities=localities,
        ),
        equations=read_equations(definition.equations, origin),
        spike=read_condition(definition.spike, "spike", origin),
        axon_spike=read_condition(definition.axon_spike, "axon_spike", origin),
        reset=read_event(definition.reset, "reset", origin),
        axon_reset=read_event(definition.axon_reset, "axon_reset", origin),
    )


def _check_fields(definition: Neuron, texts: _Texts, origin: Origin) -> None:
    if texts.spike is None and (texts.reset or texts.axon_spike is not None):
        given = "reset" if texts.reset else "axon_spike"
        raise origin.error(f"`{given}` without `spike`", hint="give the condition for a spike")
    if texts.spike is None and definition.refractory is not None:
        warn(
            f"the refractory period of {origin.label} has no effect: only a neuron with `spike` "
            "has one"
        )
    if texts.axon_reset and texts.axon_spike is None:
        raise origin.error("`axon_reset` without `axon_spike`")
    for statement in texts.equations:
        if statement.options.method is Method.EVENT_DRIVEN:
            raise _event_driven(statement)


def _event_driven(statement: Statement) -> Exception:
    from_synapse = "only variables of spiking synapses can be event-driven"
    return ModelError(
        f"'{statement.variable}' cannot be event-driven",
        source=statement.line.source,
        span=statement.line.span,
        why=from_synapse,
    )


# -- attributes ---------------------------------------------------------------------


def _declare(
    texts: _Texts, origin: Origin, *, is_spiking: bool
) -> tuple[list[Declaration], tuple[str, ...]]:
    """Return all attributes, also the implicit ones, and the conductances among them."""
    parameters = assigned_parameters(texts.parameters, texts.events)
    declarations = [*parameters, *(s.declaration() for s in texts.equations)]
    refuse_duplicates(declarations, origin)
    rate = next((d for d in declarations if d.name == "r"), None)
    if not is_spiking:
        if rate is None:
            raise _no_rate(declarations, origin)
        return declarations, ()
    if rate is not None:
        raise ModelError(
            "a spiking neuron cannot declare 'r'",
            source=rate.source or Source("", origin.label),
            span=rate.span,
            why="'r' is the mean firing rate of a spiking neuron and made by annlab",
            hint="choose another name",
        )
    conductances = _conductances(texts, declarations, origin)
    known = {d.name for d in declarations}
    implicit = [_implicit(name) for name in conductances if name not in known]
    known |= {"r", *conductances}
    created = created_variables(texts.events, known, origin)
    return [*declarations, *created, *implicit, _implicit("r")], conductances


def _no_rate(declarations: Sequence[Declaration], origin: Origin) -> ModelError:
    return origin.error(
        "no attribute 'r'",
        why="a rate-coded neuron transmits its firing rate 'r'",
        hint="add an equation for 'r', or `spike` to make the neuron spiking",
    )


def _conductances(
    texts: _Texts, declarations: Sequence[Declaration], origin: Origin
) -> tuple[str, ...]:
    parameters = {d.name for d in texts.parameters if d.name.startswith("g_")}
    for name in sorted(parameters):
        # 'g_K' is the name of a channel in every paper; who connects to it is told then.
        if name.lower() in _SYNAPTIC:
            warn(
                f"the parameter '{name}' of {origin.label} is no conductance, though its name "
                "begins with 'g_'; spikes cannot change it. Leave the parameter out: a name that "
                "begins with 'g_' and is used in `equations` is made by annlab"
            )
    declared = (d.name for d in declarations if not d.is_parameter)
    used = (n.name for n in texts.nodes() if isinstance(n, Name))
    names = dict.fromkeys(n for n in (*declared, *used) if n.startswith("g_") and len(n) > 2)
    return tuple(name for name in names if name not in parameters and name != "g_target")


def _implicit(name: str) -> Declaration:
    return Declaration(
        name=name, dtype=DType.FLOAT, locality=Locality.LOCAL, is_parameter=False, init=None
    )


def _check_functions(table: Functions, definition: Neuron) -> None:
    """Type all functions of the model, so that an error in an unused one is seen too."""
    for name in local_functions(definition.functions, definition.label):
        table.find(name)


# -- equations ----------------------------------------------------------------------


def _equations(
    statements: Sequence[Statement], scope: Scope, conductances: Sequence[str], method: Method
) -> tuple[Equation, ...]:
    rules = Rules(part="equations", method=method)
    typed = in_order(type_statement(s, scope, rules) for s in statements)
    written = {e.variable.name for e in typed}
    implicit = (zero_equation(scope.symbols[g]) for g in conductances if g not in written)
    return (*typed, *implicit)


def _events(statements: Sequence[Statement], field: str, scope: Scope) -> tuple[Equation, ...]:
    rules = Rules(part=field, no_draws=_NO_DRAWS)
    for statement in statements:
        check_event_target(statement, scope, field)
    return tuple(type_statement(s, scope, rules) for s in statements)


def _refractory(value: object, attributes: Sequence[Attribute], origin: Origin) -> object:
    if value is None or is_distribution(value):
        return value
    if isinstance(value, str):
        return _refractory_name(value, attributes, origin)
    if not is_number(value) or isinstance(value, bool):
        raise origin.error(
            f"`refractory` cannot be {value!r}",
            hint="give a time in ms, the name of an attribute, or a random distribution",
        )
    milliseconds = float(value)  # type: ignore[arg-type]  # is_number says so
    if not 0 <= milliseconds < math.inf:
        raise origin.error(
            f"`refractory` is {milliseconds} ms", hint="give a finite number of at least 0"
        )
    return milliseconds


def _refractory_name(name: str, attributes: Sequence[Attribute], origin: Origin) -> str:
    known = [a.name for a in attributes]
    if name in known:
        return name
    near = nearest(name, known)
    hint = f"did you mean '{near}'?" if near else None
    if not name.isidentifier():
        hint = "text names one attribute: give a number without quotes, or compute it in a variable"
    raise UnknownNameError(
        f"`refractory` names the unknown attribute '{name}' in {origin.label}",
        why=f"known here: {listing(known)}",
        hint=hint,
    )


# -- names --------------------------------------------------------------------------


class _NeuronScope(Scope):
    """The names that the equations of a neuron may use."""

    def __init__(
        self,
        declarations: Sequence[Declaration],
        *,
        is_spiking: bool,
        reads_sums: bool,
        constants: Collection[str],
        functions: Functions,
    ) -> None:
        clocks = [TIME, STEP, *([_LAST_SPIKE] if is_spiking else [])]
        super().__init__(
            symbols={
                **{d.name: symbol_of(d) for d in declarations},
                **{clock.name: clock for clock in clocks},
            },
            constants=constants,
            functions=functions,
            parameters=frozenset(d.name for d in declarations if d.is_parameter),
        )
        self._is_spiking = is_spiking
        self._reads_sums = reads_sums

    def dotted(self, owner: str, name: str, span: Span, place: Place) -> Symbol:
        raise place.error(
            f"a neuron has no '{owner}.{name}'",
            span,
            why="only a synapse lies between two neurons",
            hint=f"write '{name}' for the value of this neuron",
        )

    def weighted_sum(self, owner: str | None, target: str, span: Span, place: Place) -> Symbol:
        if owner is not None:
            return self.dotted(owner, f"sum({target})", span, place)
        if self._is_spiking and not self._reads_sums:
            raise place.error(
                f"a spiking neuron has no 'sum({target})'",
                span,
                why="spikes change conductances, they are not summed in every step",
                hint=f"write 'g_{target or 'exc'}'",
            )
        symbol = Symbol(target, SymbolKind.INPUT)
        self.check_locality(symbol, Locality.LOCAL, f"sum({target})", span, place)
        self.usage.targets[target] = None
        return symbol

    def reduction(self, op: str, argument: Node, span: Span, place: Place) -> Symbol:
        plain_name(op, argument, span, place, lambda node: isinstance(node, Name))
        assert isinstance(argument, Name)
        symbol = self.symbols.get(argument.name)
        if symbol is None or symbol.kind is not SymbolKind.ATTRIBUTE:
            raise self._unknown(argument.name, argument.span, place)
        if symbol.locality is not Locality.LOCAL:
            raise place.error(
                f"'{argument.name}' is global and cannot be reduced by '{op}'",
                span,
                why=f"there is one value of '{argument.name}' for the whole population",
            )
        self.usage.reductions[Reduction(op=op, attribute=argument.name)] = None
        return Symbol(f"{op}({argument.name})", SymbolKind.REDUCTION, locality=Locality.GLOBAL)

    def advice(self, name: str) -> str | None:
        if name.startswith("g_") and not self._is_spiking:
            return f"a rate-coded neuron reads its input by 'sum({name[2:] or 'exc'})'"
        if name in ("spiked", "t_last"):
            return f"'{name}' exists for spiking neurons"
        return None


__all__ = ["analyse_neuron"]
