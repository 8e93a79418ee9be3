"""Explain: what became of the user's lines at each stage on their way to the machine.

Takes a population, a projection, a network or a bare model and returns an
`Explanation`: the text, the typed equations, the discretised update, the storage, the
generated code, and every line followed through all of them. Compiles nothing, draws nothing
and changes nothing, so it may be asked for at any moment.
"""

from __future__ import annotations

import numbers
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from annlab.calls import public
from annlab.codegen.clike.layout import Layout
from annlab.codegen.clike.render import Renderer
from annlab.codegen.cpu.render import RENDERER
from annlab.codegen.lowering import (
    PopulationKernel,
    ProjectionKernel,
    describe,
    lower_neuron,
    lower_synapse,
)
from annlab.errors import AnnlabWarning, ArgumentTypeError, UnknownObjectError, nearest
from annlab.ir.alone import analyse_alone
from annlab.ir.definition import Neuron, Synapse
from annlab.ir.expr import Side
from annlab.ir.listing import listing
from annlab.ir.model import NeuronModel, SynapseModel
from annlab.ir.typeset import latex_model
from annlab.network.explanation import Explanation, Section
from annlab.network.network import Network
from annlab.network.population import Population
from annlab.network.projection import Projection
from annlab.network.recipes import AllPairs, OneToOne, Recipe
from annlab.network.stages import line_by_line, typed_text
from annlab.network.view import PopulationView
from annlab.runtime.native import NativeRunner, layout_of
from annlab.runtime.storage import StorageKind

_TITLES = {
    "network": "What is in it",
    "text": "What was written",
    "typed": "What it means: typed equations",
    "discretised": "What one step does: discretised update",
    "storage": "How the synapses lie in memory",
    "code": "What the machine runs: generated C++",
    "lines": "Line by line",
}


@public
def explain(
    obj: object,
    stage: str | Iterable[str] | None = None,
    *,
    pre: Neuron | None = None,
    post: Neuron | None = None,
    target: str = "",
) -> Explanation:
    """Return what became of a model at each stage: as text, in a notebook folded.

    Parameters
    ----------
    obj
        A neuron or synapse, its class, or a population, a view, a projection or a network.
    stage
        One or several of ``"text"``, ``"typed"``, ``"discretised"``, ``"storage"``
        (projections), ``"code"``, ``"lines"``; all of them by default.
    pre, post, target
        What a bare synapse joins; stand-ins are made where nothing is given.

    Examples
    --------
    >>> import annlab
    >>> leaky = annlab.Neuron("tau = 10.0 : population", "tau*dr/dt + r = sum(exc)")
    >>> print(annlab.explain(leaky, "discretised")["discretised"])
    Rate-coded neuron
    then once per step:
        _h0 = dt / tau
    for each neuron:
        r = r + _h0 * (sum(exc) - r)  # tau*dr/dt + r = sum(exc)
    """
    if isinstance(obj, type) and issubclass(obj, Neuron | Synapse):
        obj = obj()  # type: ignore[call-arg]  # a class of the user needs no arguments
    if isinstance(obj, Neuron | Synapse):
        found = _bare_model(obj, pre=pre, post=post, target=target)
    elif isinstance(obj, Population):
        found = explain_population(obj)
    elif isinstance(obj, PopulationView):
        found = explain_population(obj.population)
    elif isinstance(obj, Projection):
        found = explain_projection(obj)
    elif isinstance(obj, Network):
        found = explain_network(obj)
    else:
        raise ArgumentTypeError(
            f"{obj!r} cannot be explained",
            hint="give a neuron, a synapse, a population, a projection or a network",
        )
    return found if stage is None else found.only(stage)


def explain_network(network: Network) -> Explanation:
    """Return the explanation of a network: its objects, one after the other."""
    populations, projections = network._populations, network._projections
    parts = [explain_population(p) for p in populations]
    parts += [explain_projection(p) for p in projections]
    return Explanation(
        title=repr(network).strip("<>"),
        sections=(_section("network", _inventory(network)),),
        parts=tuple(parts),
    )


def explain_population(population: Population) -> Explanation:
    """Return the explanation of a population."""
    model = population.model if population.initialized else _quietly(population._analyse)
    index = population.id
    sections = _sections(
        _Case(
            definition=population.neuron_type,
            model=model,
            kernel=lower_neuron(model),
            source=_renderer(population.network).population(
                model, population.network._config.dtype
            )[0],
            binary=_binary(population.network, "population_kernels", index),
        )
    )
    return Explanation(
        title=repr(population).strip("<>"), sections=sections, formulas=latex_model(model)
    )


def explain_projection(projection: Projection) -> Explanation:
    """Return the explanation of a projection."""
    network, state = projection._network, projection._state
    model = state.model if state is not None else _quietly(projection._analyse)
    layout = layout_of(state) if state is not None else _foreseen_layout(projection)
    sections = _sections(
        _Case(
            definition=projection.synapse_type,
            model=model,
            kernel=lower_synapse(model),
            source=_renderer(network).projection(model, layout, network._config.dtype)[0],
            binary=_binary(network, "projection_kernels", projection.id),
            storage=network._call(lambda: _storage(projection, layout)),
        )
    )
    return Explanation(
        title=repr(projection).strip("<>"), sections=sections, formulas=latex_model(model)
    )


def find(network: Network, obj: Any) -> Any:  # a name, or an object that is checked here
    """Return the population or projection that is meant; the network itself for None.

    Raises
    ------
    UnknownObjectError
        If the network has no such object.
    """
    if obj is None:
        return network
    if isinstance(obj, PopulationView):
        obj = obj.population
    known = {o.name: o for o in (*network._projections, *network._populations)}
    if isinstance(obj, str) and obj not in known:
        near = nearest(obj, known)
        raise UnknownObjectError(
            f"network {network.id} has no population or projection {obj!r}",
            why=f"known here: {', '.join(known)}" if known else "it is empty",
            hint=f"did you mean {near!r}?" if near else None,
        )
    return known[obj] if isinstance(obj, str) else obj


def _bare_model(
    definition: Neuron | Synapse, *, pre: Neuron | None, post: Neuron | None, target: str
) -> Explanation:
    ends = {
        side: analyse_alone(neuron)
        for side, neuron in (("pre", pre), ("post", post))
        if neuron is not None
    }
    model = analyse_alone(definition, target=target, **ends)  # type: ignore[arg-type]
    if isinstance(model, NeuronModel):
        kernel: PopulationKernel | ProjectionKernel = lower_neuron(model)
        source, _ = RENDERER.population(model, np.dtype(np.float64))
    else:
        kernel = lower_synapse(model)
        source, _ = RENDERER.projection(model, _usual_layout(model), np.dtype(np.float64))
    sections = _sections(_Case(definition=definition, model=model, kernel=kernel, source=source))
    return Explanation(title=definition.label, sections=sections, formulas=latex_model(model))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One model at all its stages."""

    definition: Neuron | Synapse
    model: NeuronModel | SynapseModel
    kernel: PopulationKernel | ProjectionKernel
    source: str
    binary: str = "rendered for this explanation; nothing was compiled"
    storage: str = ""


def _sections(case: _Case) -> tuple[Section, ...]:
    code = f"// {case.binary}\n{case.source.strip()}"
    return (
        _section("text", listing(case.definition)),
        _section("typed", typed_text(case.model)),
        _section("discretised", describe(case.kernel).rstrip()),
        *([_section("storage", case.storage)] if case.storage else []),
        _section("code", code, "cpp"),
        _section("lines", line_by_line(case.model, case.kernel, case.source)),
    )


def _section(stage: str, text: str, language: str = "text") -> Section:
    return Section(stage=stage, title=_TITLES[stage], text=text, language=language)


def _quietly(analyse: Any) -> Any:
    """Analyse once more without repeating what was warned of before."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AnnlabWarning)
        return analyse()


def _renderer(network: Network) -> Renderer:
    """Return what prints the code of a network's back end."""
    if network._config.backend != "cuda":
        return RENDERER
    from annlab.codegen.cuda.render import RENDERER as CUDA  # few networks run on a GPU

    return CUDA


def _binary(network: Network, kind: str, index: int) -> str:
    """Say where the compiled form of an object is, if there is one."""
    runner: Any = network._runner
    while hasattr(runner, "inner"):  # runners that stand between the network and its back end
        runner = runner.inner
    if isinstance(runner, NativeRunner):
        key = getattr(runner, kind)[index].key
        return f"compiled; in the cache under the key {key}"
    if network._config.backend == "cuda" and runner is not None:
        return f"compiled for the device: {runner.device.name}"
    if runner is not None:
        return f"not compiled: the network runs on backend={network._config.backend!r}"
    return "rendered for this explanation; nothing was compiled yet"


# -- storage --------------------------------------------------------------------------


def _storage(projection: Projection, layout: Layout) -> str:
    lines = [f"connector: {projection.connector_description or 'none yet'}"]
    state = projection._state
    if state is None:
        lines += [f"foreseen: {layout.storage}, {_rows(layout.major)}"]
        return "\n".join([*lines, "(decided at compile, when the synapses are drawn)"])
    storage = state.storage
    n_bytes = projection.size_in_bytes()
    each = f" ({n_bytes / storage.n_synapses:.3g} a synapse)" if storage.n_synapses else ""
    lines += [
        f"layout: {storage.kind}, {_rows(storage.major)}",
        f"synapses: {storage.n_synapses}, from {storage.n_pre} to {storage.n_post} neurons",
        f"weights: {'one for all' if state.has_single_weight else 'one per synapse'}",
        f"delays: {_delays(projection)}",
        f"memory: {n_bytes} bytes{each}",
    ]
    if storage.kind is StorageKind.CSR:
        lines.append(f"indices: {storage.index.dtype.name}")
    if layout.has_traces:
        lines += [
            f"{name}: once per {side}synaptic neuron" for name, side in state.model.trace_sides
        ]
    if layout.is_decoding:
        lines.append(f"spikes of the last {state.decoding_window} steps become a rate")
    return "\n".join(lines)


def _rows(major: Side) -> str:
    return f"rows of the {major}synaptic side"


def _delays(projection: Projection) -> str:
    steps = projection.uniform_delay
    if steps < 0:
        return f"one per synapse, at most {projection.max_delay} steps"
    return f"{steps} step{'s' if steps != 1 else ''} for all"


def _foreseen_layout(projection: Projection) -> Layout:
    """Return the layout that a projection will most likely get; nothing is drawn."""
    recipe, major = projection._recipe, projection._major
    has_delays = recipe is not None and not isinstance(recipe.delays, numbers.Real)
    kind = StorageKind.CSR if has_delays else _foreseen_kind(recipe)
    return Layout(
        storage=str(kind),
        major=Side.PRE if kind is StorageKind.ONE_TO_ONE else major,
        has_delays=has_delays,
        n_targets=len(projection.targets),
        is_decoding=hasattr(projection, "_window_ms"),
    )


def _foreseen_kind(recipe: Recipe | None) -> StorageKind:
    if isinstance(recipe, AllPairs):
        return StorageKind.DENSE
    return StorageKind.ONE_TO_ONE if isinstance(recipe, OneToOne) else StorageKind.CSR


def _usual_layout(model: SynapseModel) -> Layout:
    has_spikes = model.is_spiking and bool(model.pre_spike or model.pre_axon_spike)
    return Layout(
        storage=str(StorageKind.CSR),
        major=Side.PRE if has_spikes else Side.POST,
        has_delays=False,
        n_targets=1,
    )


# -- the network ------------------------------------------------------------------------


def _inventory(network: Network) -> str:
    config = network._config
    options = (
        f"dt {network.dt:g} ms",
        f"{config.backend} back end",
        config.dtype.name,
        f"num_threads {config.num_threads}",
        f"seed {network.seed}",
    )
    lines = [", ".join(options)]
    for title, objects in (
        ("populations", network._populations),
        ("projections", network._projections),
        ("monitors", network._monitors),
        ("constants", list(network._constants.values())),
    ):
        if objects:
            lines += [f"{title}:", *(f"    {repr(o).strip('<>')}" for o in objects)]
    return "\n".join(lines)


__all__ = ["explain", "explain_network", "explain_population", "explain_projection", "find"]
