"""Rates become spikes, spikes become rates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import annlab as ann
from annlab.errors import ArgumentError, ArgumentTypeError
from annlab.extensions.hybrid import Rate2SpikePopulation, Spike2RatePopulation

BACKENDS = ["reference", "cpu", "cuda"]  # of which the last is emulated: conftest.py
REGULAR = [[k * 20.0 for k in range(1, 26)], [k * 50.0 for k in range(1, 11)], []]


@pytest.fixture(autouse=True)
def _forget():
    ann.clear()
    yield
    ann.clear()


@pytest.mark.parametrize("backend", BACKENDS)
def test_spikes_come_at_the_scaled_rate(backend: str) -> None:
    net = ann.Network(dt=0.5, seed=1, backend=backend)
    rates = net.create(ann.InputArray((2, 500)))
    cells = net.create(Rate2SpikePopulation(rates, scaling=50.0, name="noise"))
    spikes = [net.monitor(cells[k, :], "spike") for k in range(2)]
    rates.r = np.outer([0.4, 2.0], np.ones(500))
    net.compile()
    net.simulate(1000.0)
    assert (cells.geometry, cells.name) == ((2, 500), "noise")
    # A mean over 500 neurons and 1 s: standard deviations 0.2 and 0.45 Hz.
    assert [m.mean_fr() for m in spikes] == [pytest.approx(20, abs=1), pytest.approx(100, abs=2.3)]
    cells.scaling = 0.0
    net.simulate(100.0)
    assert sum(map(len, spikes[1].get("spike").values())) < 500 * 2  # the spikes of one step


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("mode", ["window", "isi"])
def test_rates_follow_regular_spikes(backend: str, mode: str) -> None:
    net = ann.Network(dt=0.5, backend=backend)
    cells = net.create(ann.SpikeSourceArray(REGULAR))
    reader = Spike2RatePopulation(cells, mode=mode, window=100.0, scaling=2.0, smooth=5.0)
    rates = net.create(reader)
    net.compile()
    net.simulate(480.0)
    assert rates.r == pytest.approx([100.0, 40.0, 0.0], abs=1e-3)


@pytest.mark.parametrize(("cut", "expected"), [(1.5, 0.0), (30.0, 50.0)])
def test_a_rate_ends_when_no_spike_comes_for_long(cut: float, expected: float) -> None:
    net = ann.Network(dt=0.5, backend="reference")
    cells = net.create(ann.SpikeSourceArray([[20.0, 40.0]]))
    rates = net.create(Spike2RatePopulation(cells, mode="isi", cut=cut))
    net.compile()
    net.simulate(100.0)
    assert rates.r == pytest.approx([expected], abs=1e-6)


def test_the_first_spike_is_no_interval() -> None:
    net = ann.Network(dt=0.5, backend="reference")
    rates = net.create(Spike2RatePopulation(net.create(ann.SpikeSourceArray([5.0])), mode="isi"))
    net.compile()
    net.simulate(20.0)
    assert rates.r.tolist() == [0.0]


def test_they_are_copied_with_their_source() -> None:
    ann.setup(seed=3, dt=1.0, backend="reference")
    source = ann.Population(4, ann.Neuron(parameters="r = 1.0"))
    cells = ann.Rate2SpikePopulation(source, scaling=1000.0)
    back = ann.Spike2RatePopulation(population=cells, window=10.0)
    net = ann.Network(everything=True)
    assert [len(net.get_populations()), len(net.get_projections())] == [3, 2]
    net.compile()
    net.simulate(50.0)
    assert net.get(back).r == pytest.approx(1000.0)
    part = ann.Network()
    part.add([source, cells])
    assert part.get(cells).size == 4


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda r, s: Rate2SpikePopulation(s), ArgumentError, "Rate2SpikePopulation are spiking"),
        (lambda r, s: Spike2RatePopulation(r), ArgumentError, "Spike2RatePopulation are rate-"),
        (lambda r, s: Rate2SpikePopulation(3), ArgumentTypeError, "follows a population, not 3"),
        (lambda r, s: Rate2SpikePopulation(r, scaling=-1), ArgumentError, "scaling is -1"),
        (lambda r, s: Spike2RatePopulation(s, mode="mean"), ArgumentError, "knows no mode 'mean'"),
        (lambda r, s: Spike2RatePopulation(s, smooth=0.0), ArgumentError, "smooth is 0.0 ms"),
        (lambda r, s: Spike2RatePopulation(s, window="w"), ArgumentTypeError, "window .ms. is 'w'"),
    ],
)
def test_what_does_not_fit_is_refused(
    make: Callable[[Any, Any], object], error: type[Exception], text: str
) -> None:
    net = ann.Network(backend="reference")
    rates, spikes = net.create(ann.InputArray(2)), net.create(2, ann.Izhikevich)
    with pytest.raises(error, match=text):
        make(rates, spikes)
