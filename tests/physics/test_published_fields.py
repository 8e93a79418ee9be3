"""Neural fields and electrically coupled cells, against what can be derived."""

from __future__ import annotations

import numpy as np
import pytest

import annlab as ann

# --- a ring of rate neurons: Amari (1977), Biol. Cybern. 27:77; Zhang (1996), J. Neurosci. 16:2112
N_CELLS, TAU_MS = 400, 10.0
LENGTH = 20.0
SPACING = LENGTH / N_CELLS
FIELD = ann.Neuron(
    parameters="h = 0.0 : population\n tau = 10.0 : population\n steepness = 20.0 : population",
    equations="""
        tau * du/dt + u = sum(exc) + h : exponential
        r = 1.0 / (1.0 + exp(-steepness * u))
    """,
)


def distance(shape: tuple[int, int]) -> np.ndarray:
    """Return the signed distance on the ring from pre (column) to post (row)."""
    post, pre = np.indices(shape) * SPACING
    return (post - pre + LENGTH / 2) % LENGTH - LENGTH / 2


def kernel(x: np.ndarray) -> np.ndarray:
    """Return local excitation and wider inhibition."""
    return 2.0 * np.exp(-(x**2) / 2.0) - 0.8 * np.exp(-(x**2) / 8.0)


def slope(x: np.ndarray) -> np.ndarray:
    """Return the derivative of the kernel."""
    return -2.0 * x * np.exp(-(x**2) / 2.0) + 0.2 * x * np.exp(-(x**2) / 8.0)


def ring(weights: np.ndarray, h: float) -> tuple[ann.Network, ann.Population]:
    """Return a compiled ring with a bump of width 2 in its middle."""
    net = ann.Network(dt=0.5, seed=1, backend="cpu")
    pop = net.create(N_CELLS, FIELD)
    centre = np.abs(np.arange(N_CELLS) - N_CELLS // 2) * SPACING
    pop.h = h
    pop.r = np.where(centre < 1.0, 1.0, 0.0)
    pop.u = np.where(centre < 1.0, 0.5, -0.5)
    net.connect(pop, pop, "exc").from_matrix(weights * SPACING)
    net.compile()
    return net, pop


def position(pop: ann.Population) -> float:
    """Return where on the ring the bump is: the angle of its mean vector."""
    angles = 2.0 * np.pi * np.arange(N_CELLS) / N_CELLS
    return float(np.angle(np.exp(1j * angles) @ pop.r)) * LENGTH / (2.0 * np.pi)


@pytest.mark.parametrize("h", [-0.6, -0.8, -1.0])
def test_stationary_bump_has_the_width_that_amari_derives(h: float) -> None:
    net, pop = ring(kernel(distance((N_CELLS, N_CELLS))), h)
    pop.steepness = 1000.0  # next to his step function
    net.simulate(1000.0)
    # W(width) + h = 0 with W the integral of the kernel: stable where W falls. A sum over cells is
    # the integral up to kernel(0) / 2 of a cell, and the edge is known to one cell.
    width = pop.r.sum() * SPACING
    grid = np.arange(0.0, width, 0.001)
    assert kernel(np.array(width)) < 0.0
    assert kernel(grid).sum() * 0.001 == pytest.approx(-h, abs=kernel(np.array(0.0)) * SPACING)


def test_field_without_a_start_stays_at_rest() -> None:
    net, pop = ring(kernel(distance((N_CELLS, N_CELLS))), -0.6)
    pop.r, pop.u = 0.0, -0.6
    net.simulate(500.0)
    assert pop.r.max() < 1e-3


@pytest.mark.parametrize("gamma", [0.0, 0.2, -0.4])
def test_bump_travels_at_the_speed_that_zhang_derives(gamma: float) -> None:
    x = distance((N_CELLS, N_CELLS))
    # With w - gamma w' the profile is that of w alone, moving at exactly gamma / tau.
    net, pop = ring(kernel(x) - gamma * slope(x), -0.6)
    net.simulate(100.0)
    start = position(pop)
    net.simulate(200.0)
    travelled = (position(pop) - start + LENGTH / 2) % LENGTH - LENGTH / 2
    # A step of 0.5 ms of delay in the sum shifts the speed by dt / tau: 5 %.
    assert travelled == pytest.approx(gamma * 200.0 / TAU_MS, rel=0.06, abs=0.02)


# --- gap junctions: Chow & Kopell (2000), Neural Comput. 12:1643; cells of Izhikevich (2003) ---
def phase_coherence(weight: float) -> float:
    """Return the coherence of ten fast-spiking cells' last spikes: 1 in synchrony."""
    step_ms, n_cells = 0.1, 10
    net = ann.Network(dt=step_ms, seed=2, backend="cpu")
    pop = net.create(n_cells, ann.Izhikevich(a=0.1, b=0.2, c=-65.0, d=2.0, conductance="g_gap"))
    pop.i_offset = 10.0
    pop.v = np.linspace(-75.0, -45.0, n_cells)
    gap = ann.Synapse(psp="w * (pre.v - post.v)")
    net.connect(pop, pop, "gap", gap).all_to_all(weight / n_cells)
    spikes = net.monitor(pop, "spike")
    net.compile()
    net.simulate(1000.0)
    trains = [np.array(train) * step_ms for train in spikes.get("spike").values()]
    period = np.diff(trains[0])[-1]
    phases = 2.0 * np.pi * np.array([train[-3] for train in trains]) / period
    return float(np.abs(np.mean(np.exp(1j * phases))))


def test_gap_junctions_synchronise_cells_that_start_apart() -> None:
    alone, coupled = phase_coherence(0.0), phase_coherence(1.0)
    assert alone < 0.7
    assert coupled > 0.99
