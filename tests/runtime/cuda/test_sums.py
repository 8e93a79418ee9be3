"""Who may add in fixed point, with how many bits, and that no bit depends on the order."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

import annlab as ann
from annlab.runtime.cuda.device import EMULATE_VARIABLE, WATCH
from annlab.runtime.cuda.emulated import EmulatedDevice
from annlab.runtime.cuda.sums import MOST_RANGE, TOTAL_BITS, Addend, Extent, plan
from annlab.runtime.remodel import back_end

SUMMING = ann.Neuron(
    parameters="drive = 0.3", equations="n = n + drive + 0.01 * g_exc\nv = g_exc",
    spike="n > 1.0", reset="n -= 1.0",
)  # fmt: skip


def extent(*weights: float) -> Extent:
    return Extent.of(np.array(weights))


@pytest.mark.parametrize(
    ("weights", "top"), [((0.75, -0.1), 0), ((1.0,), 1), ((-3.0, 0.0, 1.0), 2), ((0.0,), None)]
)
def test_the_extent_is_the_exponent_of_the_largest_weight(
    weights: tuple[float, ...], top: int | None
) -> None:
    assert extent(*weights) == Extent(top, True)


@pytest.mark.parametrize(
    "weights",
    [(1.0, np.nan), (np.inf, 1.0), (1.0, 2.0 ** -(MOST_RANGE + 2)), (1e-310, 1e-310), (1e307,)],
)
def test_weights_that_would_lose_their_meaning_are_not_fit(weights: tuple[float, ...]) -> None:
    assert not extent(*weights).is_fit


def test_as_many_of_the_largest_as_meet_at_one_neuron_fit_into_a_sum() -> None:
    (found,) = plan([Addend("a", 1000, extent(0.999)), Addend("b", 24, extent(0.5))])
    assert found.members == ("a", "b")
    assert 1024 * 0.999 * 2.0**found.exponent < 2.0**TOTAL_BITS
    assert 0.5 * 2.0**found.exponent > 2.0 ** (TOTAL_BITS - 13)


def test_projections_of_very_different_weights_have_sums_of_their_own() -> None:
    found = plan([Addend("small", 10, extent(1e-6)), Addend("large", 10, extent(1e3))])
    assert [s.members for s in found] == [("large",), ("small",)]
    assert found[1].exponent - found[0].exponent > 20


def test_projections_that_are_not_fit_take_no_part() -> None:
    assert plan([Addend("a", 10, extent(np.nan))]) == []


def network(weights: object, backend: str = "cuda", **delays: object) -> ann.Network:
    net = ann.Network(dt=1.0, seed=2, backend=backend)
    pop = net.create(150, SUMMING, name="pop")
    pop.n = np.linspace(0.0, 0.9, 150)
    net.connect(pop, pop, "exc", name="proj").fixed_probability(0.3, weights, **delays)
    net.compile()
    return net


def launched(net: ann.Network) -> str:
    return back_end(net._runner)._graph._names[0]


def after(net: ann.Network, *pieces: float) -> NDArray:
    with net:
        for piece in pieces:
            net.simulate(piece)
        return net.get_population("pop").v


@pytest.fixture(autouse=True)
def emulated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(EMULATE_VARIABLE, WATCH)


@pytest.mark.parametrize("n_blocks", [1, 3, 50])
def test_no_bit_depends_on_how_many_teams_share_the_spikes(
    n_blocks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights, delays = ann.Uniform(-1.0, 1.0), ann.DiscreteUniform(1, 75)
    expected = after(network(weights, delays=delays), 120.0)
    monkeypatch.setattr(EmulatedDevice, "n_blocks", n_blocks)
    assert after(network(weights, delays=delays), 50.0, 70.0).tolist() == expected.tolist()
    assert np.any(expected)


def test_sums_of_weights_with_few_digits_are_exact() -> None:
    weights = ann.DiscreteUniform(-500, 500)
    expected = after(network(weights, backend="reference"), 20.0)
    assert after(network(weights), 20.0).tolist() == expected.tolist()
    assert np.any(expected)


@pytest.mark.parametrize("delays", [{}, {"delays": ann.DiscreteUniform(1, 75)}])
def test_long_delays_agree_with_the_reference(delays: dict[str, object]) -> None:
    weights = ann.Uniform(0.0, 0.3)
    expected = after(network(weights, backend="reference", **delays), 120.0)
    np.testing.assert_allclose(after(network(weights, **delays), 120.0), expected, rtol=1e-9)


def test_weights_that_are_set_between_runs_change_their_scale_and_who_adds() -> None:
    def run(backend: str) -> tuple[list[NDArray], list[str]]:
        found, names = [], []
        with network(ann.Uniform(0.1, 1.0), backend) as net:
            proj, pop = net.get_projection("proj"), net.get_population("pop")
            for factor in (1.0, 1e9, 1e-12, np.inf, 1.0):
                proj.w = ann.Uniform(0.1 * factor, factor) if np.isfinite(factor) else factor
                net.simulate(5.0)
                found.append(pop.v)
                names += [launched(net)] if backend == "cuda" else []
        return found, names

    found, names = run("cuda")
    expected, _ = run("reference")
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9)
    assert [name.partition("_")[0] for name in names] == [
        "accumulate", "accumulate", "accumulate", "deliver", "accumulate",
    ]  # fmt: skip


def test_a_synapse_that_does_more_than_add_its_weight_keeps_the_order() -> None:
    halved = ann.Synapse(pre_spike="g_target += 0.5 * w")
    with ann.Network(dt=1.0, seed=2, backend="cuda") as net:
        pop = net.create(50, SUMMING)
        net.connect(pop, pop, "exc", halved).fixed_probability(0.3, 0.1)
        net.compile()
        assert launched(net).startswith("deliver")
