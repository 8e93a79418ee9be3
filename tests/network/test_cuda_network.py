"""A network on a device is used as any other; the device is emulated here."""

from __future__ import annotations

import sys
import time
import types

import numpy as np
import pytest

import annlab as ann
from annlab.errors import ConfigurationError, DeviceError, StateError
from annlab.runtime.cuda.device import EMULATE_VARIABLE, WATCH
from annlab.runtime.cuda.emulated import EmulatedDevice
from annlab.runtime.remodel import back_end

COUNTER = ann.Neuron(parameters="up = 1.0", equations="n += up", spike="n > 2.5", reset="n = 0.0")


@pytest.fixture
def net(monkeypatch: pytest.MonkeyPatch) -> ann.Network:
    monkeypatch.setenv(EMULATE_VARIABLE, WATCH)
    return ann.Network(dt=1.0, seed=3, backend="cuda")


@pytest.fixture
def copies(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The bytes of each copy from or to the device."""
    sizes: list[int] = []
    for name in ("read", "write"):
        function = getattr(EmulatedDevice, name)
        monkeypatch.setattr(
            EmulatedDevice,
            name,
            lambda self, at, array, f=function: (sizes.append(array.nbytes), f(self, at, array)),
        )
    return sizes


def test_a_value_is_read_and_set_between_runs(net: ann.Network) -> None:
    pop = net.create(3, COUNTER)
    net.compile()
    net.simulate(2.0)
    assert pop.n.tolist() == [2.0, 2.0, 2.0]
    pop.n = [0.0, 1.0, 2.0]
    pop.up = 0.5
    net.simulate(1.0)
    assert pop.n.tolist() == [0.5, 1.5, 2.5]


def test_values_change_and_are_read_while_it_runs_in_the_background(net: ann.Network) -> None:
    pop = net.create(3, ann.Neuron(parameters="up = 1.0", equations="r += up"))
    net.compile()
    net.start()
    pop.up = 0.0
    first = pop.r
    time.sleep(0.05)
    assert pop.r.tolist() == first.tolist()
    net.stop()
    assert net.current_step > 0


def test_two_networks_run_in_the_background_at_once(net: ann.Network) -> None:
    both = [net, ann.Network(dt=1.0, seed=3, backend="cuda")]
    for each in both:
        each.create(3, ann.Neuron(equations="r += 1.0"), name="count")
        each.compile()
    for each in both:
        each.start(duration=2000.0)
    assert [each.wait(60.0) for each in both] == [True, True]
    counts = [each.get_population("count").r.tolist() for each in both]
    assert counts == [[2000.0] * 3] * 2


def test_a_gpu_that_is_not_there_is_refused_and_the_network_stays(net: ann.Network) -> None:
    net.create(1, COUNTER)
    with pytest.raises(ann.errors.DeviceError, match=r"no GPU number 1\n.*: 0 \(an emulated one\)"):
        net.compile(cuda_config={"device": 1})
    net.compile(cuda_config={"device": 0})
    net.simulate(2.0)


def test_what_else_is_asked_of_a_gpu_has_no_effect_and_that_is_said(net: ann.Network) -> None:
    net.create(1, COUNTER)
    with pytest.warns(ann.errors.AnnlabWarning, match=r"path of cuda_config .* annlab\.json"):
        net.compile(cuda_config={"device": 0, "path": "/usr/local/cuda"})


def test_nothing_is_copied_between_steps(net: ann.Network, copies: list[int]) -> None:
    pop = net.create(500, COUNTER)
    net.connect(pop, pop, "exc").all_to_all(0.001)
    net.compile()
    net.simulate(8.0)
    runner = back_end(net._runner)
    copies.clear()
    runner._advance(1)
    one, _ = len(copies), copies.clear()
    runner._advance(50)
    assert len(copies) == one == 1  # the clock


def test_a_monitor_alone_makes_nobody_fetch_what_it_records(
    net: ann.Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    pop = net.create(1000, COUNTER)
    net.monitor(pop, "n", period=50.0)
    net.compile()
    net.simulate(1.0)
    sizes: list[int] = []
    read = EmulatedDevice.read
    monkeypatch.setattr(
        EmulatedDevice, "read",
        lambda self, at, array: (sizes.append(array.nbytes), read(self, at, array)),
    )  # fmt: skip
    for _ in range(3):
        net.simulate(1.0)
    assert sizes == []


def test_spikes_of_many_neurons_are_listed_in_rounds(net: ann.Network) -> None:
    n = 40_000  # a round of the block that lists them sees 16 384
    pop = net.create(n, ann.Neuron(equations="v += 1.0", spike="v > 12.5", reset="v = 0.0"))
    monitor = net.monitor(pop, "spike")
    net.compile()
    pop.v = start = np.arange(n) * 7 % 11
    net.simulate(4.0)
    times, ranks = monitor.raster_plot()
    expected = [(t, r) for t in range(4) for r in np.flatnonzero(start == 12 - t).tolist()]
    assert sorted(zip(times.tolist(), ranks.tolist(), strict=True)) == expected


def test_projections_of_one_kind_share_a_launch(net: ann.Network) -> None:
    pops = [net.create(20, COUNTER) for _ in range(4)]
    for pre in pops:
        for post in pops:
            net.connect(pre, post, "exc").fixed_probability(0.2, ann.Uniform(0.0, 0.1))
    for pop in pops:
        net.monitor(pop, "spike")
    net.compile()
    assert back_end(net._runner)._graph._names == [
        "accumulate_narrow_own", "update", "collect_spikes",
    ]  # fmt: skip


def test_what_is_recorded_before_neurons_are_updated_has_all_that_arrived(net: ann.Network) -> None:
    neuron = ann.Neuron(equations="v += 0.25 + g_exc", spike="v > 1.0", reset="v = 0.0")

    def recorded(network: ann.Network) -> list[np.ndarray]:
        pop = network.create(70, neuron)
        network.connect(pop, pop, "exc").all_to_all(0.25)
        monitor = network.monitor(pop, ["g_exc", "v"])
        network.compile()
        network.simulate(9.0)
        return [monitor.get("g_exc"), monitor.get("v")]

    found = recorded(net)
    assert "settle_sums_float64" in back_end(net._runner)._graph._names
    assert found[0].any()
    with ann.Network(backend="reference", dt=1.0) as other:
        assert np.array_equal(found, recorded(other))


def test_parts_of_a_large_population_are_listed_and_recorded_side_by_side(
    net: ann.Network,
) -> None:
    n = 20_000  # a block lists 8192
    pop = net.create(n, ann.Neuron(equations="v += 1.0", spike="v > 12.5", reset="v = 0.0"))
    parts = [net.monitor(part, "spike") for part in (pop, pop[100:9000], pop[9500:])]
    net.compile()
    pop.v = start = np.arange(n) * 7 % 11
    net.simulate(3.0)
    parts[0].pause()
    net.simulate(2.0)
    for monitor, ranks in zip(parts, (range(n), range(100, 9000), range(9500, n)), strict=True):
        n_steps = 3 if monitor is parts[0] else 5
        expected = {rank: [12 - int(start[rank])] for rank in ranks if 12 - start[rank] < n_steps}
        assert {k: v for k, v in monitor.get("spike").items() if v} == expected


def test_recorders_lose_nothing_when_their_ring_on_the_device_is_small(
    net: ann.Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("annlab.runtime.cuda.recording.RING_BYTES", 1)
    monkeypatch.setattr("annlab.runtime.cuda.recording.SPIKE_BYTES", 1)
    monkeypatch.setattr("annlab.runtime.cuda.recording.LEAST_STEPS", 3)
    pop = net.create(4, COUNTER)
    values, spikes = net.monitor(pop, "n", period=2.0), net.monitor(pop, "spike")
    net.compile()
    net.simulate(20.0)
    assert values.get("n")[:, 0].tolist() == [1.0, 0.0, 2.0, 1.0, 0.0, 2.0, 1.0, 0.0, 2.0, 1.0]
    assert spikes.get("spike")[3] == [2, 5, 8, 11, 14, 17]


def test_a_firing_rate_needs_no_more_memory_than_it_finds(net: ann.Network) -> None:
    busy = ann.Neuron(equations="v = 1.0", spike="v > 0.5", reset="v = 0.0")
    pop = net.create(30, busy)
    pop.compute_firing_rate(50.0)
    net.compile()
    net.simulate(200.0)
    assert pop.r.tolist() == [1000.0] * 30
    pop.clear()
    net.simulate(10.0)
    assert pop.r.tolist() == [200.0] * 30


def test_models_are_exchanged_while_it_runs(net: ann.Network) -> None:
    pop = net.create(200, COUNTER)
    proj = net.connect(pop, pop, "exc").fixed_probability(0.1, 0.5)
    net.compile()
    pop.up = np.linspace(1.0, 2.0, 200)
    net.start()
    pop.neuron = ann.Neuron(
        parameters="up = 1.0", equations="n += up", spike="n > 2.5", reset="n = -1.0"
    )
    proj.synapse = ann.Synapse(equations="x += 1.0", pre_spike="g_target += w")
    net.stop()
    assert pop.up[-1] == 2.0  # an attribute that stays keeps its values
    pop.n = 2.0
    before = proj.x
    net.simulate(1.0)
    assert np.all(pop.n == -1.0)
    assert proj.x[0][0] == before[0][0] + 1.0


def test_a_snapshot_goes_on_bit_for_bit(net: ann.Network) -> None:
    noisy = ann.Neuron(equations="v = 0.9*v + g_exc + Normal(0.0, 0.3)", spike="v > 1", reset="v=0")
    pop = net.create(40, noisy)
    delays = ann.DiscreteUniform(1, 6)
    net.connect(pop, pop, "exc", ann.STDP()).fixed_probability(0.3, 0.1, delays=delays)
    net.compile()
    net.simulate(20.0)
    moment = net.snapshot()
    net.simulate(20.0)
    expected = pop.v
    net.restore(moment)
    net.simulate(20.0)
    assert pop.v.tolist() == expected.tolist()


def test_synapses_come_and_go_between_steps(net: ann.Network) -> None:
    pre = net.create(3, ann.Neuron(parameters="r = 1.0"))
    post = net.create(2, ann.Neuron(equations="r = sum(exc)"))
    net.config(structural_plasticity=True)
    proj = net.connect(pre, post, "exc").from_matrix([[1.0, None, None], [None, 2.0, None]])
    net.compile()
    net.simulate(2.0)
    assert post.r.tolist() == [1.0, 2.0]
    proj[0].create_synapse(2, 5.0)
    net.simulate(2.0)
    assert post.r.tolist() == [6.0, 2.0]
    proj[1].create_synapse(0, 3.0)  # in the memory in which the others are by now
    proj[0].prune_synapse(2)
    net.simulate(2.0)
    assert post.r.tolist() == [1.0, 5.0]
    proj[0].prune_synapse(0)
    proj[0].create_synapse(1, 7.0)
    net.simulate(2.0)
    assert post.r.tolist() == [7.0, 5.0]


def test_on_device_is_the_memory_itself(net: ann.Network) -> None:
    pop = net.create(3, ann.Neuron(equations="r += 1.0"))
    with pytest.raises(StateError):
        pop.on_device("r")
    net.compile()
    net.simulate(2.0)
    assert pop.on_device("r").tolist() == [2.0, 2.0, 2.0]
    pop.on_device("r")[1] = 10.0
    net.simulate(1.0)
    assert pop.r.tolist() == [3.0, 11.0, 3.0]


def test_only_a_device_has_values_on_a_device() -> None:
    with ann.Network(backend="reference") as net:
        pop = net.create(3, COUNTER)
        net.compile()
        with pytest.raises(ConfigurationError, match="runs on backend='reference'"):
            pop.on_device("n")


def test_a_live_view_of_an_array_is_refused_with_what_to_take_instead(net: ann.Network) -> None:
    pop = net.create(3, COUNTER)
    net.compile()
    with pytest.raises(ConfigurationError, match="lies in the memory of the device"):
        pop.live("n")


def test_explain_shows_the_code_of_the_device(net: ann.Network) -> None:
    pop = net.create(3, COUNTER)
    net.compile()
    code = net.explain(pop, "code")["code"]
    assert "compiled for the device: emulated on the CPU" in code
    assert "ANNLAB_KERNEL(update, update_)" in code


class _Undrawn(ann.Uniform):
    """Weights of a network that is refused before it is built: with many it takes a while."""

    def _draw(self, rng: np.random.Generator, shape: int | tuple[int, ...]) -> np.ndarray:
        raise AssertionError("weights are drawn for a device that is not there")


def _refused() -> str:
    with ann.Network(backend="cuda") as net:
        pop = net.create(3, COUNTER)
        net.connect(pop, pop, "exc").all_to_all(weights=_Undrawn(0.0, 1.0))
        with pytest.raises(DeviceError) as caught:
            net.compile()
        assert not net.compiled
        return str(caught.value)


def test_without_cupy_the_back_end_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(EMULATE_VARIABLE, raising=False)
    monkeypatch.setitem(sys.modules, "cupy", None)
    told = _refused()
    assert "needs CuPy, which cannot be imported" in told
    assert "pip install cupy-cuda12x" in told
    assert "annlab doctor" in told


def test_without_a_driver_the_back_end_says_what_the_driver_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail() -> int:
        raise RuntimeError("cudaErrorInsufficientDriver: CUDA driver version is insufficient")

    monkeypatch.delenv(EMULATE_VARIABLE, raising=False)
    runtime = types.SimpleNamespace(getDeviceCount=fail)
    cupy = types.SimpleNamespace(cuda=types.SimpleNamespace(runtime=runtime))
    monkeypatch.setitem(sys.modules, "cupy", cupy)
    told = _refused()
    assert "needs an NVIDIA GPU and its driver" in told
    assert "cudaErrorInsufficientDriver" in told


def test_the_paradigm_of_older_scripts_chooses_the_device(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(EMULATE_VARIABLE, WATCH)
    with ann.Network() as net:
        net.config(paradigm="cuda")
        pop = net.create(3, COUNTER)
        net.compile()
        net.simulate(1.0)
        assert back_end(net._runner).device.name == "emulated on the CPU"
        assert np.all(pop.n == 1.0)


def test_synapses_may_wait_for_axonal_spikes_that_their_neurons_never_emit(
    net: ann.Network,
) -> None:
    """Once: the ring of such spikes has no memory, and the kernel read it."""
    pop = net.create(2, COUNTER)
    synapse = ann.Synapse(pre_spike="g_target += w", pre_axon_spike="g_target += 10.0*w")
    for delays in (1.0, ann.DiscreteUniform(1, 3)):
        net.connect(pop, pop, "exc", synapse).all_to_all(0.5, delays=delays)
    net.compile()
    net.simulate(6.0)
    assert pop.n.tolist() == [0.0, 0.0]


def test_weights_go_up_once_whatever_is_run_and_asked(net: ann.Network, copies: list[int]) -> None:
    pop = net.create(200, COUNTER)
    proj = net.connect(pop, pop, "exc").all_to_all(ann.Uniform(0.0, 0.1))
    net.compile()
    net.simulate(1.0)
    copies.clear()
    for _ in range(3):
        net.simulate(1.0)
        assert proj.size_in_bytes() > 200 * 200 * 8
    assert max(copies) < 200 * 200


def test_sums_of_rates_begin_with_the_first_projection_even_while_it_is_silent(
    net: ann.Network,
) -> None:
    neuron = ann.Neuron(parameters="up = 0.1", equations="r = 0.5*r + sum(exc) + sum(inh) + up")

    def recorded(network: ann.Network) -> list[np.ndarray]:
        one, two = (network.create(70, neuron, name=name) for name in ("one", "two"))
        dense = network.connect(one, two, "exc").all_to_all(0.01)
        network.connect(two, two, "exc").all_to_all(0.002)
        same = network.connect(two, one, "inh").one_to_one(-0.3)
        monitors = [network.monitor(p, ["r", "sum(exc)", "sum(inh)"]) for p in (one, two)]
        network.compile()
        network.simulate(3.0)
        dense.transmission = same.transmission = False
        network.simulate(2.0)
        dense.transmission = True
        two.disable()
        network.simulate(2.0)
        two.enable()
        network.simulate(2.0)
        return [m.get(name) for m in monitors for name in ("r", "sum(exc)", "sum(inh)")]

    found = recorded(net)
    names = back_end(net._runner)._graph._names
    assert names.count("zero_sums") == 1  # of the inputs that nobody gives
    assert names[1].startswith("transmit")
    with ann.Network(backend="reference", dt=1.0) as other:
        np.testing.assert_allclose(found, recorded(other), rtol=1e-12)


def test_any_number_of_sums_is_settled_by_the_update(net: ann.Network) -> None:
    neuron = ann.Neuron(
        equations="v += 0.125 + g_one - g_two + 0.5*g_three", spike="v > 1.0", reset="v = 0.0"
    )

    def recorded(network: ann.Network) -> tuple[object, ...]:
        pop = network.create(300, neuron)  # more than threads at a time
        for target, weight in (("one", 2**-4), ("one", 2**-20), ("two", 2**-8), ("three", 0.125)):
            network.connect(pop, pop, target).one_to_one(weight, force_multiple_weights=True)
        network.connect(pop[::2], pop[1::2], "one").all_to_all(2**-10)
        monitor = network.monitor(pop, ["v", "spike"])
        network.compile()
        network.simulate(30.0)
        return monitor.get("v").tolist(), monitor.get("spike")

    found = recorded(net)
    assert "settle_sums_float64" not in back_end(net._runner)._graph._names
    with ann.Network(backend="reference", dt=1.0) as other:
        assert found == recorded(other)
