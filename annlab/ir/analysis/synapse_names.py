"""The names that the equations of a synapse may use."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from annlab.errors import Span
from annlab.ir.analysis.attributes import symbol_of
from annlab.ir.analysis.declarations import Declaration
from annlab.ir.analysis.functions import Functions
from annlab.ir.analysis.scope import (
    STEP,
    TIME,
    Place,
    Scope,
    listing,
    model_attribute,
    plain_name,
)
from annlab.ir.expr import Locality, Side, Symbol, SymbolKind
from annlab.ir.model import NeuronModel, Reduction
from annlab.language.syntax import Dotted, Name, Node

# One presynaptic spike concerns one synapse, one postsynaptic spike a whole row of them.
LAST_PRE = Symbol("t_pre", SymbolKind.CLOCK)
LAST_POST = Symbol("t_post", SymbolKind.CLOCK, locality=Locality.SEMIGLOBAL)

_LOCALITY_OF_SIDE = {"pre": Locality.LOCAL, "post": Locality.SEMIGLOBAL}


class SynapseScope(Scope):
    """Own attributes, those of the two neurons, and times of spikes."""

    def __init__(
        self,
        declarations: Sequence[Declaration],
        *,
        pre: NeuronModel,
        post: NeuronModel,
        is_spiking: bool,
        constants: Collection[str],
        functions: Functions,
    ) -> None:
        clocks = [TIME, STEP, *([LAST_PRE, LAST_POST] if is_spiking else [])]
        super().__init__(
            symbols={
                **{d.name: symbol_of(d) for d in declarations},
                **{clock.name: clock for clock in clocks},
            },
            constants=constants,
            functions=functions,
            parameters=frozenset(d.name for d in declarations if d.is_parameter),
        )
        self._models = {"pre": pre, "post": post}

    def dotted(self, owner: str, name: str, span: Span, place: Place) -> Symbol:
        symbol = model_attribute(self._models[owner], owner, name, span, place)
        self.check_locality(symbol, _LOCALITY_OF_SIDE[owner], f"{owner}.{name}", span, place)
        self.usage.attributes[symbol.side, name] = None
        return symbol

    def weighted_sum(self, owner: str | None, target: str, span: Span, place: Place) -> Symbol:
        if owner is None:
            why = "only neurons sum their inputs"
            hint = f"write 'pre.sum({target or 'exc'})' or 'post.sum({target or 'exc'})'"
            if target in self.symbols:
                why += f", and '{target}' is the synapse's own: equations have no sum over synapses"
                hint = "sum in Python, in a function that @every calls"
            raise place.error(f"a synapse has no 'sum({target})'", span, why=why, hint=hint)
        text = f"{owner}.sum({target})"
        if not target:
            raise place.error(f"'{text}' names no target", span, hint=f"write '{owner}.sum(exc)'")
        self._check_target(owner, target, text, span, place)
        symbol = Symbol(target, SymbolKind.INPUT, side=Side(owner))
        self.check_locality(symbol, _LOCALITY_OF_SIDE[owner], text, span, place)
        self.usage.inputs[symbol.side, target] = None
        return symbol

    def _check_target(self, owner: str, target: str, text: str, span: Span, place: Place) -> None:
        model = self._models[owner]
        if model.is_spiking:
            raise place.error(
                f"a spiking neuron has no '{text}'",
                span,
                why="spikes change conductances, they are not summed in every step",
                hint=f"write '{owner}.g_{target}'",
            )
        if target not in model.targets:
            raise place.error(
                f"the {owner}synaptic neuron has no input '{target}'",
                span,
                why=f"it reads: {listing([f'sum({t})' for t in model.targets]) or 'nothing'}",
            )

    def reduction(self, op: str, argument: Node, span: Span, place: Place) -> Symbol:
        if isinstance(argument, Name) and argument.name in self.symbols:
            raise place.error(
                f"'{op}' cannot reduce the synaptic attribute '{argument.name}'",
                span,
                why="global operations are computed over the neurons of a population",
                hint=f"write '{op}(pre.x)' or '{op}(post.x)'",
            )
        plain_name(op, argument, span, place, lambda n: isinstance(n, Dotted | Name))
        if not isinstance(argument, Dotted):
            assert isinstance(argument, Name)
            raise self._unknown(argument.name, argument.span, place)
        owner, name = argument.owner, argument.name
        symbol = model_attribute(self._models[owner], owner, name, argument.span, place)
        if symbol.locality is not Locality.LOCAL:
            raise place.error(
                f"'{owner}.{name}' is global and cannot be reduced by '{op}'",
                span,
                why=f"there is one value of '{owner}.{name}' for the whole population",
            )
        self.usage.reductions[Reduction(op=op, attribute=name, side=symbol.side)] = None
        return Symbol(
            f"{op}({name})",
            SymbolKind.REDUCTION,
            locality=Locality.GLOBAL,
            side=symbol.side,
        )

    def advice(self, name: str) -> str | None:
        if name == "g_target":
            return "'g_target' can only be assigned, in `pre_spike`"
        if name in self._models:
            return f"write '{name}.' and an attribute of the {name}synaptic neuron"
        sides = [s for s in ("pre", "post") if self._models[s].attribute(name) is not None]
        if sides:
            return "did you mean " + " or ".join(f"'{side}.{name}'" for side in sides) + "?"
        return None
