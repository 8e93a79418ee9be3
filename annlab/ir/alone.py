"""Analyse a model that belongs to no network yet, to show what it means.

A neuron stands for itself. A synapse reads its two neurons, so stand-ins are made that have
whatever it asks for; models of real neurons may be given instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from annlab.ir.analysis import analyse_neuron, analyse_synapse
from annlab.ir.analysis.origin import Origin
from annlab.ir.analysis.statements import read_equations, read_event
from annlab.ir.definition import Neuron, Synapse
from annlab.ir.expr import DType, Locality
from annlab.ir.model import Attribute, NeuronModel, SynapseModel
from annlab.language import parse_expression
from annlab.language.syntax import Apply, Dotted, Name, Node, walk


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What every model may use: constants by name, functions by name and text."""

    constants: tuple[str, ...] = ()
    functions: Mapping[str, str]


_providers: list[Callable[[], Surroundings]] = [lambda: Surroundings(functions={})]


def provide_surroundings(provider: Callable[[], Surroundings]) -> None:
    """Say what is known outside of any model (done once, by the module of networks)."""
    _providers[:] = [provider]


def analyse_alone(
    definition: Neuron | Synapse,
    *,
    pre: NeuronModel | None = None,
    post: NeuronModel | None = None,
    target: str = "",
) -> NeuronModel | SynapseModel:
    """Return the typed model of a neuron or synapse without a network.

    Parameters
    ----------
    pre, post
        The neurons that a synapse joins; stand-ins that have what it reads if left out.
    target
        What the postsynaptic neuron calls the input of a synapse.

    Raises
    ------
    ModelError
        Or one of its kinds, if the text is wrong.
    """
    known = _providers[0]()
    if isinstance(definition, Neuron):
        return analyse_neuron(definition, constants=known.constants, functions=known.functions)
    return analyse_synapse(
        definition,
        pre=pre or _stand_in(definition, "pre"),
        post=post or _stand_in(definition, "post"),
        targets=(target,) if target else (),
        constants=known.constants,
        functions=known.functions,
    )


def _stand_in(synapse: Synapse, owner: str) -> NeuronModel:
    """Return a neuron that has all that `synapse` reads of it."""
    nodes = list(_nodes(synapse))
    names = {"r", *(n.name for n in nodes if isinstance(n, Dotted) and n.owner == owner)}
    return NeuronModel(
        name=f"the {owner}synaptic neuron",
        is_spiking=synapse.type == "spike",
        attributes=tuple(_variable(name) for name in sorted(names)),
        equations=(),
        targets=tuple(sorted({t for n in nodes for t in _targets(n, owner)})),
    )


def _variable(name: str) -> Attribute:
    return Attribute(name=name, dtype=DType.FLOAT, locality=Locality.LOCAL, is_parameter=False)


def _targets(node: Node, owner: str) -> list[str]:
    if not isinstance(node, Apply) or node.owner != owner:
        return []
    return [a.name for a in node.arguments if isinstance(a, Name)]


def _nodes(synapse: Synapse) -> Iterator[Node]:
    origin = Origin(synapse.label, is_neuron=False)
    for statement in read_equations(synapse.equations, origin):
        yield from statement.nodes()
    for event in ("pre_spike", "post_spike", "pre_axon_spike"):
        for statement in read_event(getattr(synapse, event), event, origin):
            yield from statement.nodes()
    if synapse.psp is not None:
        yield from walk(parse_expression(origin.source(synapse.psp, "psp")).value)


__all__ = ["Surroundings", "analyse_alone", "provide_surroundings"]
