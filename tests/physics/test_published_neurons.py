"""Single neurons, as their papers describe them."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

import annlab as ann

# --- Izhikevich (2003), IEEE Trans. Neural Netw. 14:1569, figure 2: a, b, c, d ---
TYPES = {
    "RS": (0.02, 0.2, -65.0, 8.0),
    "IB": (0.02, 0.2, -55.0, 4.0),
    "CH": (0.02, 0.2, -50.0, 2.0),
    "FS": (0.1, 0.2, -65.0, 2.0),
    "TC": (0.02, 0.25, -65.0, 0.05),
    "RZ": (0.1, 0.26, -65.0, 2.0),
    "LTS": (0.02, 0.25, -65.0, 2.0),
}
STEP_MS = 0.1  # the paper's 0.5 ms moves spikes, the patterns are those of fine steps


def rest_mv(b: float) -> float:
    """Return the lower root of 0.04 v² + (5 - b) v + 140, the stable state without current."""
    linear = 5.0 - b
    return -(linear + (linear**2 - 0.16 * 140.0) ** 0.5) / 0.08


def run(kind: str, *stages: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Return spike times [ms] and potentials after stages of (current, duration [ms])."""
    a, b, c, d = TYPES[kind]
    net = ann.Network(dt=STEP_MS, seed=1, backend="cpu")
    pop = net.create(1, ann.Izhikevich(a=a, b=b, c=c, d=d))
    pop.v, pop.u = rest_mv(b), b * rest_mv(b)
    monitor = net.monitor(pop, ["spike", "v"])
    net.compile()
    for current, duration in stages:
        pop.i_offset = current
        net.simulate(duration)
    data = monitor.get()
    return np.array(data["spike"][0]) * STEP_MS, np.asarray(data["v"])[:, 0]


@cache
def intervals(kind: str) -> np.ndarray:
    """Return the intervals [ms] under the step of current of the figure."""
    spikes, _ = run(kind, (10.0, 600.0))
    return np.diff(spikes)


def test_regular_spiking_slows_down_to_a_steady_rate() -> None:
    found = intervals("RS")
    assert found[0] < 0.7 * found[-1]
    assert found[-1] == pytest.approx(found[-2], rel=0.02)
    assert 35.0 < found[-1] < 60.0  # what d makes of it: without the jumps of u it is 5 ms


def test_intrinsically_bursting_bursts_once_and_then_spikes_alone() -> None:
    found = intervals("IB")
    assert found[:2].max() < 5.0  # three spikes
    assert found[2:].min() > 25.0


def test_chattering_bursts_again_and_again() -> None:
    found = intervals("CH")
    pauses = np.flatnonzero(found > 15.0)
    inside = found[found <= 15.0]
    assert len(pauses) >= 5
    assert np.all(np.diff(pauses) >= 3)  # bursts of three spikes and more
    assert inside.min() < 6.0  # several 100 Hz within a burst


def test_fast_spiking_fires_fast_without_adaptation() -> None:
    found = intervals("FS")
    assert found[-1] == pytest.approx(found[4], rel=0.1)
    assert found[-1] < 2.0 * found[0]
    assert found[-1] < 10.0


def test_low_threshold_spiking_fires_fast_with_adaptation() -> None:
    found = intervals("LTS")
    assert found[0] < 0.8 * found[-1]
    assert found[-1] < 0.7 * intervals("RS")[-1]


# The two roots meet, and rest vanishes, at I = (5 - b)²/0.16 - 140: 4.0 for b = 0.2 and 1.02 for
# b = 0.25. Below, a step may still make a spike or, where rest is not the only state, a train.
@pytest.mark.parametrize(
    ("kind", "current", "fires"),
    [("RS", 2.0, False), ("RS", 4.4, True), ("LTS", 0.0, False), ("LTS", 1.1, True)],
)
def test_low_threshold_spiking_needs_less_current(kind: str, current: float, fires: bool) -> None:
    spikes, _ = run(kind, (current, 400.0))
    assert (len(spikes) >= 2) is fires
    assert fires or len(spikes) == 0


def test_thalamo_cortical_fires_regularly_from_rest_and_bursts_after_inhibition() -> None:
    tonic, _ = run("TC", (0.0, 50.0), (1.5, 400.0))
    rebound, _ = run("TC", (-10.0, 200.0), (0.0, 200.0))
    late = np.diff(tonic)[-4:]
    assert tonic[0] > 50.0
    assert late == pytest.approx(late.mean(), rel=0.05)
    assert rebound[0] > 200.0
    assert len(rebound) >= 2
    assert np.diff(rebound)[0] < 0.5 * late.mean()


def test_resonator_oscillates_below_threshold_where_regular_spiking_does_not() -> None:
    def crossings(kind: str) -> int:
        spikes, v = run(kind, (0.5, 3.0), (0.0, 150.0))
        assert len(spikes) == 0
        return np.count_nonzero(np.diff(np.sign(v[30:] - rest_mv(TYPES[kind][1]))))

    assert crossings("RZ") >= 4
    assert crossings("RS") <= 2


# --- Hodgkin & Huxley (1952), J. Physiol. 117:500, in today's sign, 6.3 degrees ---
SQUID = """
    alpha_n = 0.01 * (v + 55.0) / (1.0 - exp(-(v + 55.0) / 10.0))
    alpha_m = 0.1 * (v + 40.0) / (1.0 - exp(-(v + 40.0) / 10.0))
    alpha_h = 0.07 * exp(-(v + 65.0) / 20.0)
    beta_n = 0.125 * exp(-(v + 65.0) / 80.0)
    beta_m = 4.0 * exp(-(v + 65.0) / 18.0)
    beta_h = 1.0 / (1.0 + exp(-(v + 35.0) / 10.0))
    previous = v
    dn/dt = alpha_n * (1.0 - n) - beta_n * n : init = 0.3177, exponential
    dm/dt = alpha_m * (1.0 - m) - beta_m * m : init = 0.0529, exponential
    dh/dt = alpha_h * (1.0 - h) - beta_h * h : init = 0.5961, exponential
    dv/dt = I + 120.0 * m**3 * h * (50.0 - v) + 36.0 * n**4 * (-77.0 - v)
        + 0.3 * (-54.387 - v) : init = -65.0, exponential
"""
CURRENTS = (3.0, 5.0, 6.8, 10.0, 20.0, 160.0)  # µA/cm²


@cache
def squid_rates() -> dict[float, int]:
    """Return the rate [Hz] at each current, once 200 ms have passed."""
    axon = ann.Neuron(
        parameters="I = 0.0",
        equations=SQUID,
        spike="(v > 0.0) and (previous <= 0.0)",
    )
    net = ann.Network(dt=0.01, seed=1, backend="cpu")
    pop = net.create(len(CURRENTS), axon)
    pop.I = list(CURRENTS)
    net.compile()
    net.simulate(200.0)
    spikes = net.monitor(pop, "spike")
    net.simulate(1000.0)
    trains = spikes.get("spike")
    return {current: len(trains[rank]) for rank, current in enumerate(CURRENTS)}


# Rinzel & Miller (1980), Math. Biosci. 49:27: repetitive firing exists from 6.26 to 154.5 µA/cm²,
# where rest is stable again.
@pytest.mark.parametrize("current", [3.0, 5.0, 160.0])
def test_axon_is_silent_outside_the_range_of_repetitive_firing(current: float) -> None:
    assert squid_rates()[current] == 0


# The rate starts above 50 Hz (class 2). The numbers are 1 / period of these equations, integrated
# by LSODA to a relative 1e-8; one spike in the window of a second is worth 1 Hz.
@pytest.mark.parametrize(("current", "rate"), [(6.8, 57.2), (10.0, 68.3), (20.0, 86.5)])
def test_axon_fires_on_the_published_curve(current: float, rate: float) -> None:
    assert squid_rates()[current] == pytest.approx(rate, abs=1.5)
