"""Synapses that are drawn on a device are those of the host, and stay there until they are read."""

from __future__ import annotations

import gc
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from weakref import ref

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import annlab as ann
from annlab.errors import TooLargeError
from annlab.network import drawing
from annlab.runtime.cuda import memory, synapses
from annlab.runtime.cuda.device import EMULATE_VARIABLE, WATCH
from annlab.runtime.cuda.emulated import EmulatedDevice
from annlab.runtime.drawing import plain

CELLS = ann.Neuron(
    parameters="drive = 0.2",
    equations="v = 0.9*v + drive + g_exc",
    spike="v > 1.0",
    reset="v = 0.0",
)
RATES = ann.Neuron(parameters="r = 0.5", equations="s = sum(exc)")
WEIGHTS = ann.Normal(0.1, 0.05, min=0.0)
DELAYS = ann.Exponential(1.0, max=3.0)
Connect = Callable[[ann.Projection], Any]

CONNECTORS: dict[str, Connect] = {
    "probability": lambda p: p.fixed_probability(0.3, weights=WEIGHTS, delays=DELAYS),
    "probability, one weight": lambda p: p.fixed_probability(0.3, weights=0.1, delays=DELAYS),
    "probability, one delay": lambda p: p.fixed_probability(0.3, weights=WEIGHTS, delays=0.4),
    "sparse": lambda p: p.fixed_probability(0.01, weights=WEIGHTS, allow_self_connections=True),
    "pre": lambda p: p.fixed_number_pre(12, weights=WEIGHTS, delays=DELAYS),
    "most of pre": lambda p: p.fixed_number_pre(37, weights=0.1),
    "post": lambda p: p.fixed_number_post(17, weights=WEIGHTS),
    "most of post": lambda p: p.fixed_number_post(38, weights=0.1, delays=DELAYS),
}


@pytest.fixture(autouse=True)
def on_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(EMULATE_VARIABLE, WATCH)
    monkeypatch.setattr(synapses, "LEAST_SYNAPSES", 0)


def network(
    backend: str, connect: Connect, neuron: ann.Neuron = CELLS, dtype: type = float
) -> tuple[ann.Network, ann.Projection]:
    net = ann.Network(dt=0.1, seed=3, backend=backend)
    net.config(dtype=dtype)
    a, b = net.create(130, neuron, name="a"), net.create(70, neuron, name="b")
    if neuron is CELLS:
        a.drive = np.linspace(0.0, 0.4, 130)
    net.connect(b[20:], a[10:60], "exc").fixed_number_pre(3, 0.1)  # another one, before it
    projection = net.connect(a[15:95], b[:40], "exc", name="proj")
    connect(projection)
    net.compile()
    return net, projection


def is_on_device(projection: ann.Projection) -> bool:
    assert projection._state is not None
    return projection._state.storage.keeper is not None


def arrays(projection: ann.Projection) -> dict[str, Any]:
    assert projection._state is not None
    storage = projection._state.storage
    names = ("row_ptr", "index", "delays", "segment_ptr", "segment_delay", "max_delay")
    found = {name: getattr(storage, name) for name in names}
    return {**found, "w": projection._state.values["w"]}


def assert_same(found: dict[str, Any], expected: dict[str, Any]) -> None:
    for name, value in expected.items():
        assert np.array_equal(found[name], value), name
        assert getattr(found[name], "dtype", None) == getattr(value, "dtype", None), name


# ---- the same synapses --------------------------------------------------------------------------


@pytest.mark.gpu
@pytest.mark.parametrize("neuron", [CELLS, RATES], ids=["spikes", "rates"])
@pytest.mark.parametrize("connect", CONNECTORS.values(), ids=CONNECTORS)
def test_a_gpu_draws_the_bits_of_the_host(
    connect: Connect, neuron: ann.Neuron, gpu: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, here = network("reference", connect, neuron)
    monkeypatch.delenv(EMULATE_VARIABLE)
    _, there = network("cuda", connect, neuron)
    assert is_on_device(there)
    assert_same(arrays(there), arrays(here))


@pytest.mark.parametrize("neuron", [CELLS, RATES], ids=["spikes", "rates"])
@pytest.mark.parametrize("connect", CONNECTORS.values(), ids=CONNECTORS)
def test_every_array_is_that_of_the_host(connect: Connect, neuron: ann.Neuron) -> None:
    _, here = network("reference", connect, neuron)
    _, there = network("cuda", connect, neuron)
    assert is_on_device(there)
    assert not is_on_device(here)
    assert_same(arrays(there), arrays(here))


def test_single_precision_too() -> None:
    _, here = network("reference", CONNECTORS["pre"], dtype=np.float32)
    _, there = network("cuda", CONNECTORS["pre"], dtype=np.float32)
    assert arrays(there)["w"].dtype == np.float32
    assert_same(arrays(there), arrays(here))


def test_ranks_that_need_more_than_sixteen_bits() -> None:
    def made(backend: str) -> list[ann.Projection]:
        net = ann.Network(dt=0.1, seed=3, backend=backend)
        few, many = net.create(20, CELLS), net.create(70_000, CELLS)
        net.connect(few, many, "exc").fixed_probability(0.001, weights=WEIGHTS, delays=DELAYS)
        net.connect(many, few, "exc").fixed_number_pre(30, weights=WEIGHTS, delays=DELAYS)
        net.connect(few, many, "exc").fixed_number_post(30, weights=WEIGHTS)
        net.compile()
        return net.get_projections()

    for there, here in zip(made("cuda"), made("reference"), strict=True):
        assert is_on_device(there)
        assert_same(arrays(there), arrays(here))


@given(
    pre=st.tuples(st.integers(0, 60), st.integers(1, 40)),
    post=st.tuples(st.integers(0, 60), st.integers(1, 40)),
    probability=st.floats(0.01, 0.99),
    is_post_fixed=st.sampled_from([None, True, False]),
    seed=st.integers(0, 2**30),
)
@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_pattern_between_any_ranges(
    pre: tuple[int, int],
    post: tuple[int, int],
    probability: float,
    is_post_fixed: bool | None,
    seed: int,
) -> None:
    def made(backend: str) -> ann.Projection:
        net = ann.Network(dt=0.1, seed=seed, backend=backend)
        pop = net.create(100, CELLS)
        sides = [pop[first : first + n] for first, n in (pre, post)]
        projection = net.connect(*sides, "exc")
        if is_post_fixed is None:
            projection.fixed_probability(probability, weights=WEIGHTS, delays=DELAYS)
        else:
            connect = projection.fixed_number_pre if is_post_fixed else projection.fixed_number_post
            n = pre[1] if is_post_fixed else post[1]
            connect(max(1, int(probability * n)), WEIGHTS, allow_self_connections=True)
        net.compile()
        return projection

    here, there = made("reference"), made("cuda")
    assert there.pre_ranks == here.pre_ranks
    assert (there.w, there.delay) == (here.w, here.delay)


def test_what_cannot_be_drawn_by_position_comes_from_the_host() -> None:
    for connect in (
        lambda p: p.fixed_probability(0.3, weights=ann.Gamma(2.0, 0.1)),
        lambda p: p.fixed_probability(0.3, weights=ann.Uniform(0.0, 0.1, seed=4)),
        lambda p: p.fixed_probability(1.0, weights=0.1, delays=DELAYS),
        lambda p: p.all_to_all(0.1),
    ):
        _, here = network("reference", connect)
        _, there = network("cuda", connect)
        assert not is_on_device(there)
        assert_same(arrays(there), arrays(here))


def test_what_the_device_draws_is_no_reason_to_compile_loops_of_the_host(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[float] = []
    monkeypatch.setattr(drawing, "drawing_for", lambda n, *_: (asked.append(n), plain)[1])
    network("cuda", CONNECTORS["pre"])
    assert asked == [0]


def test_few_synapses_are_drawn_on_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synapses, "LEAST_SYNAPSES", 10**6)
    assert not is_on_device(network("cuda", CONNECTORS["probability"])[1])


# ---- they run, and stay where they are ----------------------------------------------------------


@pytest.mark.parametrize("connect", CONNECTORS.values(), ids=CONNECTORS)
def test_spikes_are_those_of_the_reference(connect: Connect) -> None:
    def spikes(backend: str) -> dict[int, list[int]]:
        net, projection = network(backend, connect)
        monitor = net.monitor(projection.post, "spike")
        net.simulate(8.0)
        return monitor.get("spike")

    expected = spikes("reference")
    assert sum(map(len, expected.values())) > 100
    assert spikes("cuda") == expected


def test_no_synapse_comes_to_the_host_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    read = EmulatedDevice.read
    monkeypatch.setattr(
        EmulatedDevice,
        "read",
        lambda self, at, array: (sizes.append(array.nbytes), read(self, at, array))[1],
    )
    monkeypatch.setattr(  # recorded spikes: how many depends on how fast the run is
        EmulatedDevice, "read_all", lambda self, places: [read(self, *place) for place in places]
    )
    net, projection = network("cuda", CONNECTORS["probability"])
    monitor = net.monitor(projection.post, "spike")
    net.simulate(2.0)
    assert monitor.get("spike")[39]
    assert (projection.max_delay, projection.uniform_delay) == (30, -1)
    assert projection.size_in_bytes() > 0
    n = projection.nb_synapses
    assert max(sizes) <= 131 * 8 < 2 * n  # one number for each row, at most
    sizes.clear()
    assert projection.w[0][0] > 0
    assert sum(sizes) >= 10 * n


def test_a_memory_that_is_read_once_is_not_uploaded_again(monkeypatch: pytest.MonkeyPatch) -> None:
    net, projection = network("cuda", CONNECTORS["probability, one weight"])
    net.simulate(1.0)
    _ = projection.pre_ranks, projection.delay
    sizes: list[int] = []
    write = EmulatedDevice.write
    monkeypatch.setattr(
        EmulatedDevice,
        "write",
        lambda self, at, array: (sizes.append(array.nbytes), write(self, at, array))[1],
    )
    net.simulate(1.0)
    assert max(sizes) < projection.nb_synapses


# ---- they are synapses as any other -------------------------------------------------------------


def both(connect: Connect) -> list[tuple[ann.Network, ann.Projection]]:
    return [network(backend, connect) for backend in ("cuda", "reference")]


def state_after(net: ann.Network, projection: ann.Projection) -> np.ndarray:
    """Return all numbers there are; sums of weights are rounded in another order on a device."""
    net.simulate(3.0)
    v = projection.post.population.v
    weights, ranks = (np.concatenate(x) for x in (projection.w, projection.pre_ranks))
    delays = np.concatenate(projection.delay) if isinstance(projection.delay, list) else [0.0]
    return np.concatenate((v, weights, ranks, delays))


def test_weights_are_changed() -> None:
    found = []
    for net, projection in both(CONNECTORS["probability"]):
        net.simulate(1.0)
        projection.w = 0.02
        projection.dendrite(3).w = 0.3
        found.append(state_after(net, projection))
    np.testing.assert_allclose(*found, rtol=1e-9, atol=1e-12)


def test_weights_are_changed_before_the_first_run() -> None:
    """The device has looked at those that it drew: fixed point has no room for these."""
    found = []
    for net, projection in both(CONNECTORS["probability"]):
        for dendrite in projection:
            dendrite.w = [1e5 * w for w in dendrite.w]
        found.append(state_after(net, projection))
    np.testing.assert_allclose(*found, rtol=1e-9, atol=1e-12)


def test_first_values_are_computed_of_weights() -> None:
    rule = ann.Synapse(equations="y = y : init=w\n2*dz/dt = -z : init=w")
    found = []
    for backend in ("cuda", "reference"):
        net = ann.Network(dt=0.1, seed=3, backend=backend)
        pop = net.create(60, CELLS)
        proj = net.connect(pop, pop, "exc", rule).fixed_probability(0.3, weights=WEIGHTS)
        net.compile()
        assert is_on_device(proj) == (backend == "cuda")
        found.append((proj.y, proj.z, proj.w))
    assert found[0] == found[1]
    assert found[0][0] == found[0][2]


def test_weights_may_be_whole_numbers() -> None:
    rule = ann.Synapse(parameters="w = 1 : int", pre_spike="g_target += w")
    found = []
    for backend in ("cuda", "reference"):
        net = ann.Network(dt=0.1, seed=3, backend=backend)
        pop = net.create(60, CELLS)
        proj = net.connect(pop, pop, "exc", rule)
        proj.fixed_probability(0.3, weights=ann.Uniform(1.0, 9.0))
        net.compile()
        found.append(proj.w)
    assert found[0] == found[1]


def test_delays_are_changed() -> None:
    found = []
    for net, projection in both(CONNECTORS["probability"]):
        net.simulate(1.0)
        projection.delay = np.linspace(0.1, 2.0, projection.nb_synapses)
        found.append(state_after(net, projection))
    np.testing.assert_allclose(*found, rtol=1e-9, atol=1e-12)


def test_synapses_are_drawn_anew() -> None:
    found = []
    for net, projection in both(CONNECTORS["post"]):
        net.reset(projections=True, synapses=True)
        found.append(state_after(net, projection))
    np.testing.assert_allclose(*found, rtol=1e-9, atol=1e-12)


def test_nothing_keeps_synapses_that_are_drawn_anew() -> None:
    stdp = ann.STDP(tau_plus=10.0, tau_minus=10.0, A_plus=0.01, A_minus=0.01, w_max=0.3)
    net = ann.Network(dt=0.1, seed=3, backend="cuda")
    pop = net.create(60, CELLS)
    proj = net.connect(pop, pop, "exc", synapse=stdp)
    proj.fixed_probability(0.3, weights=WEIGHTS, delays=DELAYS)
    net.compile()
    assert proj._state is not None
    storage = proj._state.storage
    kept = [ref(a) for a in (storage, storage.index, storage.delays, proj._state.values["w"])]
    del storage
    net.reset(projections=True, synapses=True)
    net.simulate(1.0)
    gc.collect()
    assert [reference() for reference in kept] == [None] * 4


def test_a_snapshot_goes_back_and_a_file_is_read(tmp_path: Path) -> None:
    net, projection = network("cuda", CONNECTORS["probability"])
    net.simulate(1.0)
    moment = net.snapshot()
    first = state_after(net, projection)
    net.restore(moment)
    assert np.array_equal(state_after(net, projection), first)
    projection.save(str(tmp_path / "synapses.npz"))
    before = projection.w
    projection.w = 0.0
    projection.load(str(tmp_path / "synapses.npz"))
    assert projection.w == before


def test_they_outlive_the_device_and_travel() -> None:
    _, projection = network("cuda", CONNECTORS["probability"])
    expected = arrays(network("reference", CONNECTORS["probability"])[1])
    assert projection._state is not None
    travelled = pickle.loads(pickle.dumps(projection._state.storage))
    assert travelled.keeper is None
    assert np.array_equal(travelled.index, expected["index"])
    net, left = network("cuda", CONNECTORS["probability"])
    assert net._runner is not None
    net._runner.close()
    assert_same(arrays(left), expected)


def test_synapses_that_learn() -> None:
    stdp = ann.STDP(tau_plus=10.0, tau_minus=10.0, A_plus=0.01, A_minus=0.01, w_max=0.3)
    found = []
    for backend in ("cuda", "reference"):
        net = ann.Network(dt=0.1, seed=3, backend=backend)
        pop = net.create(60, CELLS)
        pop.drive = np.linspace(0.0, 0.4, 60)
        proj = net.connect(pop, pop, "exc", synapse=stdp)
        proj.fixed_probability(0.3, weights=ann.Uniform(0.0, 0.1))
        net.compile()
        assert is_on_device(proj) == (backend == "cuda")
        net.simulate(5.0)
        found.append(np.concatenate(proj.w))
    assert found[0] == pytest.approx(found[1], rel=1e-12)
    assert len(np.unique(found[0])) > 100


@pytest.mark.parametrize("connector", ["sparse", "pre"])
def test_spikes_that_are_decoded(connector: str) -> None:
    found = []
    for backend in ("cuda", "reference"):
        net = ann.Network(dt=0.1, seed=3, backend=backend)
        pop = net.create(60, CELLS)
        pop.drive = np.linspace(0.0, 0.4, 60)
        rates = net.create(40, ann.Neuron(equations="r = sum(exc)"))
        proj = ann.DecodingProjection(pop, rates, "exc", window=2.0, network=net)
        CONNECTORS[connector](proj)
        net.compile()
        assert is_on_device(proj) == (backend == "cuda")
        net.simulate(5.0)
        found.append((rates.r, proj.pre_ranks))
    np.testing.assert_allclose(found[0][0], found[1][0], rtol=1e-12)
    assert found[0][0].any()
    assert found[0][1] == found[1][1]


def test_weights_too_far_apart_for_fixed_point_are_added_in_order() -> None:
    found = []
    for backend in ("cuda", "reference"):
        net, projection = network(
            backend, lambda p: p.fixed_probability(0.3, weights=ann.LogNormal(-9.0, 8.0, max=0.1))
        )
        found.append(state_after(net, projection))
    np.testing.assert_allclose(*found, rtol=1e-9, atol=1e-12)


# ---- what goes wrong ----------------------------------------------------------------------------


def test_a_device_without_room_says_so_and_the_network_is_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(memory, "WORTH_ASKING", 1000)
    monkeypatch.setattr(EmulatedDevice, "available_bytes", lambda _: 2000)
    net = ann.Network(dt=0.1, seed=3, backend="cuda")
    pop = net.create(100, CELLS)
    projection = net.connect(pop, pop, "exc").fixed_probability(0.5, weights=WEIGHTS)
    with pytest.raises(TooLargeError, match="GiB on the device"):
        net.compile()
    assert not projection.initialized
    monkeypatch.undo()
    monkeypatch.setenv(EMULATE_VARIABLE, WATCH)
    net.compile()
    assert projection.nb_synapses > 4000


def test_through_cupy(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the stand-in of tests/runtime/cuda, which enforces the rules of streams."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "runtime" / "cuda"))
    from fake_cupy import FakeCupy

    monkeypatch.delenv(EMULATE_VARIABLE)
    monkeypatch.setitem(sys.modules, "cupy", FakeCupy())
    _, there = network("cuda", CONNECTORS["pre"])
    assert is_on_device(there)
    assert_same(arrays(there), arrays(network("reference", CONNECTORS["pre"])[1]))


def test_threads_that_draw_side_by_side_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "FEW_PAIRS", 10)
    monkeypatch.setattr(drawing, "n_cores", lambda: 3)
    _, there = network("cuda", CONNECTORS["pre"])
    assert is_on_device(there)
    assert_same(arrays(there), arrays(network("reference", CONNECTORS["pre"])[1]))
