"""What a notebook shows of populations, projections and networks."""

from __future__ import annotations

import numpy as np
import pytest

import annlab
from annlab import Network, Neuron
from annlab.network.display import summary

RATE = Neuron("tau = 10.0 : population", "tau*dr/dt = sum(exc) - r", name="Rate")


@pytest.fixture
def built() -> Network:
    net = Network(backend="reference", seed=1, dt=0.5)
    pop = net.create((2, 3), RATE, name="field")
    net.connect(pop, pop, "exc", name="within").all_to_all(annlab.Uniform(1.0, 2.0))
    return net


def test_a_population_shows_equations_geometry_and_values(built: Network) -> None:
    field = built.get_population("field")
    built.compile()
    field.r = np.arange(6.0).reshape(2, 3)
    bundle = field._repr_mimebundle_()
    assert bundle["text/plain"] == (
        "Population 'field': 6 x Rate (rate-coded, geometry 2 x 3)\n"
        "  tau = 10\n"
        "  r = 2.5 on average, 0 to 5"
    )
    assert r"\frac{\mathrm{d}r}{\mathrm{d}t}" in bundle["text/latex"]
    assert "<td>2.5 on average, 0 to 5</td>" in bundle["text/html"]


def test_looking_before_compile_draws_nothing() -> None:
    net = Network(backend="reference", seed=1)
    pop = net.create(3, Neuron("r = Uniform(0.0, 1.0)", "x = r"))
    before = net.default_rng.bit_generator.state
    assert "<td>drawn from Uniform</td>" in pop._repr_mimebundle_()["text/html"]
    assert net.default_rng.bit_generator.state == before


def test_a_projection_summarises_its_weights_without_the_padding(built: Network) -> None:
    within = built.get_projection("within")
    assert "not connected" not in within._repr_mimebundle_()["text/plain"]
    built.compile()
    shown = within._repr_mimebundle_()["text/plain"]
    weights = np.concatenate(within.w)
    assert "30 synapses; dense" in shown
    assert f"w = {weights.mean():.4g} on average, {weights.min():.4g} to" in shown


def test_values_per_dendrite_and_for_all_are_summarised(built: Network) -> None:
    field = built.get_population("field")
    ibcm = built.connect(field, field, "inh", annlab.IBCM()).fixed_probability(0.5, weights=1.0)
    built.compile()
    ibcm.theta = 2.0
    shown = ibcm._repr_mimebundle_()["text/plain"]
    assert "\n  theta = 2\n" in shown
    assert "\n  tau = 2000\n" in shown


def test_an_unconnected_projection_says_so(built: Network) -> None:
    field = built.get_population("field")
    bundle = built.connect(field, field, "exc")._repr_mimebundle_()
    assert bundle["text/plain"].endswith(": not connected yet")


def test_a_network_lists_what_is_in_it(built: Network) -> None:
    built.monitor(built.get_population("field"), "r", name="watch")
    bundle = built._repr_mimebundle_()
    assert bundle["text/plain"] == (
        f"Network {built.id}: 1 populations, 1 projections, not compiled, idle: "
        "t = 0 ms, dt = 0.5 ms, reference back end, float64\n"
        "  populations:\n"
        "    field  6  Rate\n"
        "  projections:\n"
        "    within  field  field  exc  all_to_all\n"
        "  monitors:\n"
        "    watch  field  r"
    )
    assert "<td>all_to_all</td>" in bundle["text/html"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([]), "none"),
        (np.array([3, 3]), "3"),
        (np.array([True, True]), "True"),
        (np.array([True, False, False]), "1 of 3"),
        (np.zeros(4_000_001, np.int8), "4000001 values"),
    ],
)
def test_values_are_summed_up(values: np.ndarray, expected: str) -> None:
    assert summary(values) == expected
