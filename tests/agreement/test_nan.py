"""On request, a NaN is found in the step in which it appears; the network stays whole."""

from __future__ import annotations

import numpy as np
import pytest

import annlab as ann
from annlab.errors import SimulationError

ROOT = ann.Neuron(
    parameters={"fall": ann.Parameter(0.0, locality="local")},
    equations=[ann.Variable("v -= fall", init=1.0), "r = sqrt(v)"],
)


@pytest.fixture(params=["reference", "cpu"])
def net(request: pytest.FixtureRequest) -> ann.Network:
    return ann.Network(dt=0.5, seed=2, backend=request.param)


@pytest.fixture
def pop(net: ann.Network) -> ann.Population:
    """Return neurons of which the fourth and the seventh take a root of -0.05 in step 6."""
    pop = net.create(9, ROOT, name="cortex")
    fall = np.zeros(9)
    fall[[3, 6]] = 0.15
    pop.fall = fall
    return pop


def assert_says_where_and_when(error: SimulationError) -> None:
    assert str(error).splitlines()[0] == (
        "NaN in 'r' of population 'cortex', neuron 3 and 1 more, after the step at t = 3 ms"
    )


def test_nobody_looks_unless_asked(net: ann.Network, pop: ann.Population) -> None:
    net.compile()
    net.simulate(10.0)
    assert np.isnan(pop.r).tolist() == [False] * 3 + [True, False, False, True, False, False]


def test_a_nan_is_found_where_and_when_it_appears(net: ann.Network, pop: ann.Population) -> None:
    net.config(check_nan=True)
    net.compile()
    with pytest.raises(SimulationError) as caught:
        net.simulate(10.0)
    assert_says_where_and_when(caught.value)
    assert net.current_step == 7
    assert not net.running


def test_the_network_goes_on_once_the_value_is_mended(
    net: ann.Network, pop: ann.Population
) -> None:
    net.config(check_nan=True)
    net.compile()
    with pytest.raises(SimulationError):
        net.simulate(10.0)
    with pytest.raises(SimulationError, match="before the step at t = 3.5 ms"):
        net.simulate(10.0)
    pop.set({"v": 1.0, "r": 1.0, "fall": 0.0})
    net.simulate(6.5)
    assert net.current_step == 20


def test_the_watch_can_be_put_on_and_off_after_compile(
    net: ann.Network, pop: ann.Population
) -> None:
    net.compile()
    net.config(check_nan=True)
    with pytest.raises(SimulationError):
        net.simulate(10.0)
    net.config(check_nan=False)
    net.simulate(6.5)
    assert net.current_step == 20


def test_a_background_run_ends_and_tells_at_the_next_call(
    net: ann.Network, pop: ann.Population
) -> None:
    net.config(check_nan=True)
    net.compile()
    net.start(duration=10.0)
    with pytest.raises(SimulationError) as caught:
        net.wait(timeout=60.0)
    assert_says_where_and_when(caught.value)
    assert pop.v[0] == 1.0


@pytest.mark.parametrize(
    ("equation", "place"),
    [
        ("x = sqrt(pre.v - 0.5)", ", synapse 3 -> 0 and 3 more"),
        ("x = sqrt(post.v - 0.5) : postsynaptic", ", postsynaptic neuron 3 and 1 more"),
        ("x = sqrt(1.0 - t) : projection", ""),
    ],
)
def test_a_nan_is_found_in_synapses(
    net: ann.Network, pop: ann.Population, equation: str, place: str
) -> None:
    out = net.create(2, ROOT) if "pre" in equation else pop
    proj = net.connect(pop, out, "exc", ann.Synapse(equations=equation), name="path")
    proj.all_to_all(1.0, allow_self_connections=True)
    net.config(check_nan=True)
    net.compile()
    with pytest.raises(SimulationError) as caught:
        net.simulate(3.0)
    assert str(caught.value).startswith(f"NaN in 'x' of projection 'path'{place}, after the step")
