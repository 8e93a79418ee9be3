"""Analyse a synapse between two given populations: text in, `SynapseModel` out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from annlab.errors import ModelError
from annlab.ir.analysis.attributes import make_attributes, refuse_nan
from annlab.ir.analysis.declarations import Declaration, read_parameters, refuse_duplicates
from annlab.ir.analysis.equations import Rules, in_order, type_statement
from annlab.ir.analysis.event_driven import check_event_driven, trace_sides
from annlab.ir.analysis.events import assigned_parameters, created_variables
from annlab.ir.analysis.functions import Functions, local_functions
from annlab.ir.analysis.options import read_method
from annlab.ir.analysis.origin import Origin
from annlab.ir.analysis.scope import Place, Scope
from annlab.ir.analysis.statements import Statement, read_equations, read_event
from annlab.ir.analysis.structural import type_creating, type_pruning
from annlab.ir.analysis.synapse_names import SynapseScope
from annlab.ir.analysis.transmission import (
    conductance_first,
    is_on_conductance,
    type_events,
)
from annlab.ir.analysis.typing import Typer
from annlab.ir.definition import Synapse
from annlab.ir.expr import DType, Locality, Side
from annlab.ir.model import Condition, Equation, Method, NeuronModel, SynapseModel
from annlab.language import parse_psp
from annlab.language.syntax import ExpressionLine, FunctionDefinition

_DEFAULT_PSP = "w * pre.r"
_DEFAULT_EVENT = "g_target += w"
_NO_DRAWS_PSP = "a psp is computed from what synapses and neurons hold"
_EVENT_DRIVEN = "it is event-driven: its value is known at events only"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Texts:
    """The parts of a synapse after parsing."""

    parameters: list[Declaration]
    equations: list[Statement]
    psp: ExpressionLine | None
    pre_spike: list[Statement]
    post_spike: list[Statement]
    pre_axon_spike: list[Statement]

    @property
    def events(self) -> list[Statement]:
        return [*self.pre_spike, *self.post_spike, *self.pre_axon_spike]

    def event_driven(self) -> frozenset[str]:
        return frozenset(
            s.variable for s in self.equations if s.options.method is Method.EVENT_DRIVEN
        )


def analyse_synapse(
    definition: Synapse,
    *,
    pre: NeuronModel,
    post: NeuronModel,
    targets: tuple[str, ...] = (),
    is_spiking: bool | None = None,
    constants: Collection[str] = (),
    functions: Mapping[str, str | FunctionDefinition] | None = None,
    default_method: str = "explicit",
    localities: Mapping[str, Locality] | None = None,
) -> SynapseModel:
    """Return the typed model of a synapse between neurons of two models.

    Parameters
    ----------
    definition
        What the user wrote.
    pre, post
        The analysed models of the two populations.
    targets
        Of the projection; ``g_target`` stands for each of them.
    is_spiking
        None for the type of the presynaptic neuron.
    constants, functions, default_method, localities
        As for `analyse_neuron`.

    Raises
    ------
    ModelError
        Or one of its kinds, if the text is wrong.
    """
    is_spiking = pre.is_spiking if is_spiking is None else is_spiking
    label = definition.label_as("spike" if is_spiking else "rate")
    origin = Origin(label, is_neuron=False)
    texts = _read(definition, origin, localities or {}, is_spiking=is_spiking)
    _check_type(definition, texts, origin, is_spiking=is_spiking)
    declarations = _declare(texts, targets, origin)
    local = local_functions(definition.functions, label)
    table = Functions({**(functions or {}), **local}, constants=constants)
    for name in local:
        table.find(name)
    scope = SynapseScope(
        declarations,
        pre=pre,
        post=post,
        is_spiking=is_spiking,
        constants=constants,
        functions=table,
    )
    model = _typed(
        definition,
        texts,
        scope,
        is_spiking=is_spiking,
        method=read_method(default_method, origin),
        origin=origin,
    )
    model = replace(
        model,
        attributes=make_attributes(declarations, origin, constants=constants, functions=table),
    )
    refuse_nan(model, origin)
    return replace(_with_usage(model, scope), trace_sides=trace_sides(model))


# -- parsing ------------------------------------------------------------------------


def _read(
    definition: Synapse,
    origin: Origin,
    localities: Mapping[str, Locality],
    *,
    is_spiking: bool,
) -> _Texts:
    return _Texts(
        parameters=read_parameters(
            definition.parameters,
            origin,
            extra_values=definition.extra_values,
            localities=localities,
        ),
        equations=read_equations(definition.equations, origin),
        psp=_read_psp(definition.psp, origin, is_spiking=is_spiking),
        pre_spike=_read_pre_spike(definition, origin) if is_spiking else [],
        post_spike=read_event(definition.post_spike, "post_spike", origin),
        pre_axon_spike=read_event(definition.pre_axon_spike, "pre_axon_spike", origin),
    )


def _read_psp(psp: object, origin: Origin, *, is_spiking: bool) -> ExpressionLine | None:
    if psp is None and is_spiking:
        return None
    return parse_psp(origin.source(_DEFAULT_PSP if psp is None else psp, "psp"))


def _read_pre_spike(definition: Synapse, origin: Origin) -> list[Statement]:
    """Return ``pre_spike``; a spike is transmitted whether or not that is written."""
    written = read_event(definition.pre_spike, "pre_spike", origin)
    if definition.psp is not None or any(is_on_conductance(s) for s in written):
        return written
    return [*read_event(_DEFAULT_EVENT, "pre_spike", origin), *written]


def _check_type(definition: Synapse, texts: _Texts, origin: Origin, *, is_spiking: bool) -> None:
    if is_spiking and definition.operation != "sum":
        raise origin.error(
            f"operation {definition.operation!r}",
            why="the presynaptic neurons are spiking, and spikes are always added",
        )
    if is_spiking:
        return
    for field in ("pre_spike", "post_spike", "pre_axon_spike"):
        if getattr(definition, field) is not None:
            raise origin.error(
                f"`{field}`",
                why="the presynaptic neurons are rate-coded and send no spikes",
                hint="write the learning rule in `equations`",
            )
    for statement in texts.equations:
        if statement.options.method is Method.EVENT_DRIVEN:
            raise ModelError(
                f"'{statement.variable}' cannot be event-driven",
                source=statement.line.source,
                span=statement.line.span,
                why="the presynaptic neurons are rate-coded: there are no events",
            )


# -- attributes ---------------------------------------------------------------------


def _declare(texts: _Texts, targets: Sequence[str], origin: Origin) -> list[Declaration]:
    """Return all attributes, also ``w`` and what only events assign."""
    events = [s for s in texts.events if not is_on_conductance(s)]
    parameters = [_weight(d) for d in assigned_parameters(texts.parameters, events)]
    declared = [*parameters, *(s.declaration() for s in texts.equations)]
    refuse_duplicates(declared, origin)
    known = {d.name for d in declared}
    undeclared = [s for s in events if s.variable not in known]
    for statement in undeclared:
        _refuse_named_conductance(statement, targets)
    created = created_variables(undeclared, known | {"g_target"}, origin)
    if "w" not in known and all(d.name != "w" for d in created):
        implicit = Declaration(
            name="w", dtype=DType.FLOAT, locality=Locality.LOCAL, is_parameter=True, init=None
        )
        declared.append(implicit)
    return [*declared, *created]


def _weight(declaration: Declaration) -> Declaration:
    """Make an open weight local: connectors give each synapse its own."""
    if declaration.name != "w" or not declaration.is_open:
        return declaration
    return replace(declaration, locality=Locality.LOCAL, is_open=False)


def _refuse_named_conductance(statement: Statement, targets: Sequence[str]) -> None:
    name = statement.variable
    if name.startswith("g_") and name[2:] in targets:
        raise _named_conductance(statement)


def _named_conductance(statement: Statement) -> ModelError:
    return ModelError(
        f"'{statement.variable}' is assigned, which belongs to the neuron",
        source=statement.line.source,
        span=statement.line.left.span,
        hint="write 'g_target' for the conductance of the target of the projection",
    )


# -- typing -------------------------------------------------------------------------


def _typed(
    definition: Synapse,
    texts: _Texts,
    scope: SynapseScope,
    *,
    is_spiking: bool,
    method: Method,
    origin: Origin,
) -> SynapseModel:
    refused = dict.fromkeys(texts.event_driven(), _EVENT_DRIVEN)
    pre_spike = type_events(texts.pre_spike, "pre_spike", scope)
    pre_axon_spike = type_events(texts.pre_axon_spike, "pre_axon_spike", scope)
    equations = _equations(texts.equations, scope, method, refused)
    return SynapseModel(
        name=definition.name,
        is_spiking=is_spiking,
        attributes=(),
        equations=equations,
        psp=_psp(texts.psp, scope, refused),
        operation=definition.operation,
        pre_spike=conductance_first(pre_spike, warn=True),
        post_spike=type_events(texts.post_spike, "post_spike", scope),
        pre_axon_spike=conductance_first(pre_axon_spike, warn=False),
        axon_same_as_spike=_same_lines(texts.pre_axon_spike, texts.pre_spike),
        is_plastic=any(s.variable == "w" for s in (*texts.equations, *texts.events)),
        creating=type_creating(definition.creating, scope, origin),
        pruning=type_pruning(definition.pruning, scope, origin),
    )


def _equations(
    statements: Sequence[Statement],
    scope: Scope,
    method: Method,
    refused: Mapping[str, str],
) -> tuple[Equation, ...]:
    continuous = Rules(part="equations", method=method, refused=refused)
    typed: list[Equation] = []
    for statement in statements:
        if statement.options.method is Method.EVENT_DRIVEN:
            others = {name: why for name, why in refused.items() if name != statement.variable}
            rules = replace(continuous, refused=others)
            equation = type_statement(statement, scope, rules)
            check_event_driven(equation, statement, scope)
            typed.append(equation)
        else:
            typed.append(type_statement(statement, scope, continuous))
    return in_order(typed)


def _psp(line: ExpressionLine | None, scope: Scope, refused: Mapping[str, str]) -> Condition | None:
    if line is None:
        return None
    place = Place(source=line.source, no_draws=_NO_DRAWS_PSP, refused=refused)
    return Condition(expr=Typer(scope, place).value(line.value), text=line.text)


def _same_lines(some: Sequence[Statement], others: Sequence[Statement]) -> bool:
    """Do two events say the same, whatever their spaces and comments?"""
    return bool(some) and [s.line for s in some] == [s.line for s in others]


def _with_usage(model: SynapseModel, scope: SynapseScope) -> SynapseModel:
    usage = scope.usage
    return replace(
        model,
        draws=tuple(usage.draws),
        reductions=tuple(usage.reductions),
        pre_attributes=usage.of_side(Side.PRE),
        post_attributes=usage.of_side(Side.POST),
        pre_inputs=usage.inputs_of_side(Side.PRE),
        post_inputs=usage.inputs_of_side(Side.POST),
        constants=tuple(usage.constants),
    )


__all__ = ["analyse_synapse"]
