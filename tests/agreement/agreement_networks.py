"""Build a network from texts and numbers, run it, and read everything that can be read."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from agreement_texts import (
    FUNCTION,
    NeuronText,
    SynapseText,
    rate_neurons,
    rate_synapses,
    spiking_neurons,
    spiking_synapses,
)
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from numpy.typing import NDArray

import annlab as ann
from annlab.errors import AnnlabWarning

SIZES = (1, 2, 5, 63, 70, 131)
CONNECTORS = ("all_to_all", "self", "fixed_probability", "one_to_one", "holes", "view", "constant")
DELAYS: dict[str, Any] = {"none": 0.0, "uniform": 1.5, "own": ann.DiscreteUniform(0, 3)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A projection from population `pre` to population `post`, by index."""

    pre: int
    post: int
    target: str
    synapse: SynapseText | None
    connector: str
    delay: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkText:
    """All that makes a network."""

    dt: float
    neurons: tuple[NeuronText, ...]
    sizes: tuple[int, ...]
    connections: tuple[Connection, ...]

    @property
    def is_spiking(self) -> bool:
        return self.neurons[0].is_spiking


@st.composite
def networks(draw: DrawFn, *, is_spiking: bool) -> NetworkText:
    """Return one or two populations and one to three projections."""
    neurons = draw(
        st.lists(spiking_neurons() if is_spiking else rate_neurons(), min_size=1, max_size=2)
    )
    synapses = spiking_synapses() if is_spiking else rate_synapses()
    index = st.integers(0, len(neurons) - 1)
    connection = st.builds(
        Connection,
        pre=index,
        post=index,
        target=st.sampled_from(("exc", "inh")),
        synapse=st.none() | synapses | synapses,
        connector=st.sampled_from(CONNECTORS),
        delay=st.sampled_from(tuple(DELAYS)),
    )
    return NetworkText(
        dt=draw(st.sampled_from((1.0, 0.5))),
        neurons=tuple(neurons),
        sizes=tuple(draw(st.sampled_from(SIZES)) for _ in neurons),
        connections=tuple(draw(st.lists(connection, min_size=1, max_size=3))),
    )


def build(text: NetworkText, **options: Any) -> ann.Network:
    """Return the network, compiled, with a monitor of everything on each population."""
    net = ann.Network(dt=text.dt, seed=11, **options)
    populations = [
        net.create(size, _neuron(neuron)) for size, neuron in zip(text.sizes, text.neurons)
    ]
    for number, population in enumerate(populations):
        population.p = np.linspace(-0.7, 1.3, population.size) + 0.1 * number
    for connection in text.connections:
        _connect(net, populations, connection)
    for population in populations:
        net.monitor(
            population, [v for v in population.variables if v != "r" or not text.is_spiking]
        )
    if text.is_spiking:
        for population in populations:
            net.monitor(population, "spike")
    with warnings.catch_warnings():
        # Some random texts read in `g_target` what they changed before, which annlab warns of.
        warnings.simplefilter("ignore", AnnlabWarning)
        net.compile()
    return net


def _neuron(text: NeuronText) -> ann.Neuron:
    given = {k: v for k, v in asdict(text).items() if v not in ("", None)}
    return ann.Neuron(functions=FUNCTION, **given)


def _connect(
    net: ann.Network, populations: Sequence[ann.Population], connection: Connection
) -> None:
    pre, post = populations[connection.pre], populations[connection.post]
    given = (
        {k: v for k, v in asdict(connection)["synapse"].items() if v}
        if connection.synapse
        else None
    )
    synapse = ann.Synapse(functions=FUNCTION, **given) if given else None
    delays = DELAYS[connection.delay]
    weights = ann.Uniform(-0.2, 0.9)
    if connection.connector == "view":
        proj = net.connect(
            pre[: max(1, pre.size // 2)], post[post.size // 3 :], connection.target, synapse
        )
    else:
        proj = net.connect(pre, post, connection.target, synapse)
    match connection.connector:
        case "all_to_all" | "view":
            proj.all_to_all(weights, delays)
        case "self":
            proj.all_to_all(weights, delays, allow_self_connections=True)
        case "constant":
            proj.fixed_probability(0.4, 0.37, delays)
        case "fixed_probability":
            proj.fixed_probability(0.3, weights, delays)
        case "one_to_one":
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", AnnlabWarning)  # of different sizes
                proj.one_to_one(weights, delays)
        case "holes":
            proj.from_matrix(
                _matrix_with_holes(post.size, pre.size),
                delays=0.0 if connection.delay == "own" else delays,
            )


def _matrix_with_holes(n_post: int, n_pre: int) -> list[list[float | None]]:
    return [
        [
            None if (i * 3 + j * 5) % 4 == 0 else 0.1 + 0.01 * ((i + 2 * j) % 17)
            for j in range(n_pre)
        ]
        for i in range(n_post)
    ]


def everything(net: ann.Network) -> dict[str, NDArray]:
    """Return all that the network shows, by name: attributes, inputs, recordings, spikes."""
    found: dict[str, NDArray] = {}
    for population in net.get_populations():
        for name in population.attributes:
            found[f"{population.name}.{name}"] = np.asarray(population.get(name))
    for projection in net.get_projections():
        for name in projection.attributes:
            found[f"{projection.name}.{name}"] = flattened(projection.get(name))
    for monitor in net.get_monitors():
        for name, value in monitor.get(force_dict=True).items():
            found[f"{monitor.name}.{name}"] = flattened(value)
    return found


def flattened(value: Any) -> NDArray:
    """Return nested lists, dictionaries (with their keys) and numbers as one array."""
    if isinstance(value, Mapping):
        parts = [np.r_[float(k), np.asarray(v, float)] for k, v in value.items()]
        return np.concatenate(parts) if parts else np.empty(0)
    if isinstance(value, list) and value and isinstance(value[0], list):
        return np.concatenate([np.asarray(v, float) for v in value])
    return np.asarray(value)


def differing(one: dict[str, NDArray], other: dict[str, NDArray], **tolerance: float) -> list[str]:
    """Return the names whose values differ; exactly, if no tolerance is given."""
    assert one.keys() == other.keys()
    return [name for name in one if not _agrees(one[name], other[name], **tolerance)]


def _agrees(one: NDArray, other: NDArray, **tolerance: float) -> bool:
    if one.shape != other.shape:
        return False
    if not tolerance:
        return np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
    return bool(np.allclose(one, other, equal_nan=True, **tolerance))
