"""One small network through every layer, in a few seconds: run it before each commit."""

from __future__ import annotations

import numpy as np
import pytest

import annlab as ann

LIF = ann.Neuron(
    parameters={"tau": 10.0, "drive": ann.Parameter(1.2, locality="local")},
    equations="""
        tau*dv/dt = drive - v + g_exc + Normal(0.0, 0.5) : exponential
        3.0*dg_exc/dt = -g_exc
    """,
    spike="v > 1.0",
    reset="v = 0.0",
    refractory=2.0,
)
STDP = ann.Synapse(
    parameters="step = 0.01 : projection",
    equations="20.0*dx/dt = -x : event-driven\n20.0*dy/dt = -y : event-driven",
    pre_spike="g_target += w\nx += step\nw -= y : min=0.0",
    post_spike="y += step\nw += x : max=1.0",
)
MEAN = ann.Neuron(equations="8.0*dr/dt = sum(exc) - r : rk4, min=0.0")


def run(**options: object) -> dict[str, np.ndarray]:
    """Build, compile, run in the foreground and in the background, record and read."""
    with ann.Network(dt=1.0, seed=3, **options) as net:
        cells, rate = net.create(20, LIF, name="cells"), net.create(3, MEAN, name="rate")
        cells[:10].drive = 1.4
        learning = net.connect(cells, cells, "exc", STDP).fixed_probability(
            0.5, ann.Uniform(0.0, 0.2), delays=ann.Uniform(1.0, 4.0)
        )
        net.connect(rate, rate, "exc").all_to_all(0.1, allow_self_connections=True)
        spikes, r = net.monitor(cells, "spike"), net.monitor(rate, "r")
        rate.r = [1.0, 2.0, 3.0]
        net.compile()
        net.simulate(30.0)
        net.start(duration=30.0)
        assert net.wait(timeout=60.0)
        times, ranks = spikes.raster_plot(spikes.get("spike", keep=True))
        return {
            "times": np.asarray(times),
            "ranks": np.asarray(ranks),
            "v": cells.v,
            "w": np.concatenate([np.asarray(row) for row in learning.w]),
            "r": r.get("r"),
        }


def test_a_small_network_passes_every_layer() -> None:
    expected = run(backend="reference")
    found = run(backend="cpu", num_threads=2)

    assert len(expected["times"]) > 20
    assert found["r"].shape == (60, 3)
    assert found.keys() == expected.keys()
    assert all(found[k] == pytest.approx(expected[k], rel=1e-9, abs=1e-12) for k in expected)
