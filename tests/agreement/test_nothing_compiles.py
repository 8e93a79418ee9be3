"""Numbers never compile: once a model's kernels are there, only another structure needs new ones.

Each test compiles the models once, makes every further compilation an error, and then changes
one number.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import annlab as ann
from annlab.codegen.build.cache import VARIABLE
from annlab.errors import BuildError

FORBID = "ANNLAB_FORBID_COMPILATION"
LIF = {
    "parameters": {"tau": 10.0, "drive": 1.2, "noise": ann.Parameter(0.4)},
    "equations": [
        "tau*dv/dt = drive - v + g_exc + noise*Normal(0.0, 1.0)",
        ann.Variable("3.0*dg_exc/dt = -g_exc", init=0.0),
    ],
    "spike": "v > 1.0",
    "reset": "v = 0.0",
    "refractory": 2.0,
}
STDP = {
    "parameters": "step = 0.01 : projection",
    "equations": "20.0*dx/dt = -x : event-driven\n20.0*dy/dt = -y : event-driven",
    "pre_spike": "g_target += w\nx += step\nw -= y : min=0.0",
    "post_spike": "y += step\nw += x : max=1.0",
}
RATE = {"equations": "8.0*dr/dt = sum(exc) - r + 0.3"}


def build(
    *,
    n: int = 20,
    dt: float = 1.0,
    seed: int = 1,
    num_threads: int | str = 1,
    probability: float = 0.3,
    weights: object = 0.1,
    delays: object = 0.0,
    values: dict[str, float] | None = None,
    n_copies: int = 1,
    dtype: str = "float64",
    equation: str = RATE["equations"],
) -> ann.Network:
    """Return a compiled network of both kinds of neurons, plastic and not, dense and sparse."""
    net = ann.Network(dt=dt, seed=seed, num_threads=num_threads, backend="cpu", dtype=dtype)
    for _ in range(n_copies):
        cells, rates = (
            net.create(n, ann.Neuron(**LIF)),
            net.create(n, ann.Neuron(equations=equation)),
        )
        for name, value in (values or {}).items():
            setattr(cells, name, value)
        net.connect(cells, cells, "exc", ann.Synapse(**STDP)).fixed_probability(
            probability, weights, delays
        )
        net.connect(cells, cells, "exc").fixed_probability(probability, weights, delays)
        net.connect(rates, rates, "exc").one_to_one(weights, delays)
        net.monitor(cells, ["spike", "v"])
    net.compile()
    return net


@pytest.fixture(autouse=True)
def only_what_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    build().clear()
    build(delays=ann.Uniform(1.0, 5.0)).clear()  # one delay per synapse is another structure
    monkeypatch.setenv(FORBID, "1")


CHANGES: dict[str, dict[str, object]] = {
    "nothing": {},
    "parameters": {"values": {"tau": 17.0, "drive": 1.9}},
    "parameters to zero": {"values": {"noise": 0.0}},
    "size of one": {"n": 1},
    "size": {"n": 777},
    "step of the clock": {"dt": 0.1},
    "seed": {"seed": 99},
    "threads": {"num_threads": 3},
    "threads by itself": {"num_threads": "auto"},
    "weights from one to many": {"weights": ann.Uniform(0.0, 0.2)},
    "weights to zero": {"weights": 0.0},
    "density": {"probability": 0.9},
    "no synapse at all": {"probability": 0.0},
    "uniform delay": {"delays": 7.0},
    "longest delay": {"delays": ann.Uniform(1.0, 30.0)},
    "identical populations": {"n_copies": 3},
}


@pytest.mark.parametrize("change", CHANGES)
def test_another_number_compiles_nothing(change: str) -> None:
    net = build(**CHANGES[change])
    net.simulate(5.0)
    assert net.current_step == round(5.0 / net.dt)


def test_another_equation_compiles_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The switch does forbid something, or the other tests would prove nothing."""
    equation = "7.9*dr/dt = sum(exc) - r + 0.31234"
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    with pytest.raises(BuildError, match=f"would have to be compiled, and {FORBID} is set"):
        build(equation=equation)
    monkeypatch.delenv(FORBID)
    build(equation=equation)
    monkeypatch.setenv(FORBID, "1")
    assert build(equation=equation, n=7, dt=0.5).compiled


@pytest.mark.parametrize("n", [65_535, 65_537, 140_000])
@pytest.mark.parametrize("connect", ["one_to_one", "from_sparse_ends"])
def test_more_neurons_than_a_short_index_can_count_compile_nothing(n: int, connect: str) -> None:
    net = ann.Network(dt=1.0, seed=1, backend="cpu")
    cells = net.create(n, ann.Neuron(**LIF))
    other = net.create(n, ann.Neuron(**LIF))
    proj = net.connect(cells, other, "exc")
    if connect == "one_to_one":
        rates = net.create(n, ann.Neuron(**RATE))
        net.connect(rates, rates, "exc").one_to_one(0.1)
        proj.from_function(_ends)
    else:
        net.connect(cells, cells, "exc", ann.Synapse(**STDP)).from_function(_ends)
        proj.from_function(_ends)
    net.compile()
    cells.v = np.where(np.arange(n) == n - 1, 2.0, 0.0)
    cells.noise = 0.0
    cells.drive = 0.0
    other.noise = 0.0
    net.simulate(2.0)
    assert proj.pre_ranks == [[0], [n - 1]]
    assert [other.g_exc[0] > 0.0, other.g_exc[n - 1] > 0.0] == [False, True]


def _ends(pre: ann.Population, post: ann.Population, dt: float) -> ann.LILConnectivity:
    """Connect the first neurons and the last ones."""
    synapses = ann.LILConnectivity(dt)
    for rank in (0, pre.size - 1):
        synapses.add(rank, [rank], [0.25 + rank], [0.0])
    return synapses


Write = Callable[[ann.Network], None]
WRITES: dict[str, Write] = {
    "parameter": lambda net: setattr(net.get_populations()[0], "tau", 15.0),
    "one neuron": lambda net: setattr(net.get_populations()[0][3], "v", 0.5),
    "many neurons": lambda net: setattr(net.get_populations()[0], "v", np.zeros(20)),
    "weights": lambda net: setattr(net.get_projections()[0], "w", 0.05),
    "weights drawn": lambda net: setattr(net.get_projections()[0], "w", ann.Uniform(0.0, 0.1)),
    "uniform delay": lambda net: setattr(net.get_projections()[1], "delay", 4.0),
    "learning": lambda net: net.disable_learning(),
    "seed": lambda net: net.set_seed(12),
    "reset": lambda net: net.reset(synapses=True, projections=True),
    "monitor": lambda net: net.monitor(net.get_populations()[0], "g_exc"),
    "firing rate": lambda net: net.get_populations()[0].compute_firing_rate(20.0),
}


@pytest.mark.parametrize("write", WRITES)
def test_a_slider_of_a_running_network_compiles_nothing(write: str) -> None:
    net = build(delays=2.0)
    net.start()
    WRITES[write](net)
    begin, deadline = net.current_step, time.monotonic() + 20.0
    while net.current_step <= begin and time.monotonic() < deadline:
        time.sleep(0.001)
    assert net.running
    assert net.current_step > begin
    net.stop()
