"""Izhikevich's network of 1000 neurons: the published rhythms, in both styles of scripts.

Izhikevich (2003), IEEE Trans. Neural Netw. 14:1569-1572: the neurons organise themselves into
assemblies that fire with rhythms around 10 Hz (alpha) and 40 Hz (gamma).
"""

from __future__ import annotations

import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import annlab as ann

SCRIPT = Path(__file__).parents[1] / "scripts" / "izhikevich_47.py"
ALPHA, GAMMA = (4.0, 15.0), (15.0, 60.0)  # Hz
N_SECONDS = 10
# All neurons start at -65 mV and fire together at first: about one spike each, which a mean over
# the first second would count as one Hz. That belongs to the network: over its first second the
# reference simulator (5.0, same script, seeds 1, 2, 3) fires at 9.18, 9.42 and 9.23 Hz, and a
# loop in NumPy apart from annlab does the same; afterwards it is between 6 and 9 Hz.
VOLLEY_MS = 100


@pytest.fixture(autouse=True)
def on_the_cpu(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("ANNLAB_BACKEND", "cpu")
    np.random.seed(1)  # noqa: NPY002 -- the script draws its parameters so
    return


@pytest.fixture
def script(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    return runpy.run_path(str(SCRIPT)) | {"printed": capsys.readouterr().out}


def network(seed: int) -> tuple[ann.Network, ann.Monitor]:
    """Return the same network, in the style of today."""
    net = ann.Network(dt=1.0, seed=seed)
    cell = ann.Neuron(
        parameters={
            "noise": ann.Parameter(5.0),
            "a": ann.Parameter(0.02),
            "b": ann.Parameter(0.2),
            "c": ann.Parameter(-65.0),
            "d": ann.Parameter(2.0),
            "v_thresh": 30.0,
        },
        equations=[
            "I = g_exc - g_inh + noise * Normal(0.0, 1.0)",
            ann.Variable("dv/dt = 0.04 * v^2 + 5.0 * v + 140.0 - u + I", init=-65.0),
            ann.Variable("du/dt = a * (b * v - u)", init=-13.0),
        ],
        spike="v >= v_thresh",
        reset="v = c; u += d",
    )
    pop = net.create(1000, cell)
    excitatory, inhibitory = pop[:800], pop[800:]
    re, ri = net.default_rng.random(800), net.default_rng.random(200)
    excitatory.set({"c": -65.0 + 15.0 * re**2, "d": 8.0 - 6.0 * re**2})
    inhibitory.set({"noise": 2.0, "a": 0.02 + 0.08 * ri, "b": 0.25 - 0.05 * ri})
    pop.u = pop.v * pop.b
    net.connect(excitatory, pop, "exc").all_to_all(weights=ann.Uniform(0.0, 0.5))
    net.connect(inhibitory, pop, "inh").all_to_all(weights=ann.Uniform(0.0, 1.0))
    spikes = net.monitor(pop, "spike")
    net.compile()
    return net, spikes


def spectrum(times: NDArray, n_ms: int) -> tuple[NDArray, NDArray]:
    """Return frequencies [Hz] and the power of the population's rate (Welch, 1 s windows)."""
    rate = np.bincount(np.asarray(times, int), minlength=n_ms)[:n_ms].astype(float)
    window = np.hanning(1000)
    starts = range(0, n_ms - 999, 500)
    pieces = [rate[s : s + 1000] - rate[s : s + 1000].mean() for s in starts]
    power = np.mean([np.abs(np.fft.rfft(p * window)) ** 2 for p in pieces], axis=0)
    return np.fft.rfftfreq(1000, d=1e-3), np.convolve(power, np.ones(3) / 3.0, mode="same")


def rate_hz(times: NDArray, n_ms: int) -> float:
    """Return the mean rate of a neuron after the first volley."""
    later = np.asarray(times) >= VOLLEY_MS
    return later.sum() / 1000 / (n_ms - VOLLEY_MS) * 1000.0


def peak(frequencies: NDArray, power: NDArray, band: tuple[float, float]) -> float:
    """Return how far the highest power inside a band stands above that at its two edges."""
    inside = (frequencies >= band[0]) & (frequencies <= band[1])
    edges = np.interp(band, frequencies, power)
    return float(power[inside].max() / edges.max())


@pytest.mark.parametrize("seed", [1, 2])
def test_the_rhythms_are_those_of_the_paper(seed: int) -> None:
    net, spikes = network(seed)
    net.simulate(1000.0 * N_SECONDS)
    times, _ = spikes.raster_plot()
    frequencies, power = spectrum(times, 1000 * N_SECONDS)
    assert 6.0 < rate_hz(times, 1000 * N_SECONDS) < 9.0
    assert peak(frequencies, power, ALPHA) > 2.0
    assert peak(frequencies, power, GAMMA) > 2.0


def test_a_script_of_version_4_runs_as_it_is(script: dict[str, Any]) -> None:
    assert script["printed"].startswith("1 s of the network took ")
    assert script["v"].shape == (1000, 1000)
    assert len(script["spikes"]) == 1000
    assert len(script["t"]) == len(script["n"]) == script["fr"].sum()
    assert 6.0 < rate_hz(script["t"], 1000) < 9.0
    assert script["mean_rate"] == pytest.approx(len(script["t"]) / 1000)


def test_the_script_of_version_4_shows_the_same_rhythms(script: dict[str, Any]) -> None:
    ann.simulate(1000.0 * (N_SECONDS - 1))
    times, _ = script["M"].raster_plot()
    frequencies, power = spectrum(np.r_[script["t"], times], 1000 * N_SECONDS)
    assert peak(frequencies, power, ALPHA) > 2.0
    assert peak(frequencies, power, GAMMA) > 2.0
