"""What is set of an event-driven equation counts from now on: the same as with `exponential`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import annlab as ann
from annlab.errors import ArgumentError
from annlab.runtime.cuda.device import EMULATE_VARIABLE

N_PRE, N_POST = 5, 4
RUNS = [("reference", 1), ("cpu", 1), ("cpu", 2), ("cuda", 1)]
DELAYS = {"one delay": 2.0, "delays": [float(1 + k % 4) for k in range(N_PRE * N_POST)]}
CELL = ann.Neuron(
    {"limit": ann.Parameter(9.0, locality="local")},
    "v = v + 1.0 + 0.0*g_exc",
    spike="v > limit",
    reset="v = 0.0",
)
Change = Callable[[ann.Network, ann.Projection], None]


def _network(
    method: str, run: tuple[str, int], delays: str, locality: str, connector: str
) -> tuple[ann.Network, ann.Projection]:
    backend, n_threads = run
    net = ann.Network(dt=1.0, seed=3, backend=backend, num_threads=n_threads)
    net.constant("gain", 1.5)
    rule = ann.Synapse(
        {
            name: ann.Parameter(value, locality=locality)
            for name, value in (("tau", 10.0), ("base", 0.25))
        },
        f"""
        tau*dx/dt = gain*base - x : {method}, init=0.5
        15.0*gain*dz/dt = -z : {method}
        """,
        pre_spike="g_target += w; y = z; x += 1.0",
        post_spike="u = x; z += 1.0",
    )
    times = [list(np.arange(2.0 + 3 * k, 70.0, 7.0 + 2 * k)) for k in range(N_PRE)]
    pre, post = net.create(ann.SpikeSourceArray(times)), net.create(N_POST, CELL)
    post.limit = np.linspace(8.5, 17.5, N_POST)
    is_paired = connector == "one_to_one"
    proj = net.connect(pre[:N_POST] if is_paired else pre, post, "exc", rule)
    if delays == "delays":
        matrix = np.ones((N_POST, N_PRE))
        proj.from_matrix(matrix, np.reshape(DELAYS[delays], matrix.shape))
    else:
        getattr(proj, connector)(0.5, delays=2.0)
    net.compile()
    return net, proj


def _seen(
    method: str,
    run: tuple[str, int],
    change: Change,
    *,
    delays: str = "one delay",
    locality: str = "global",
    connector: str = "all_to_all",
    when: tuple[float, ...] = (23.0, 18.0),
) -> np.ndarray:
    """Return what the events saw of both traces, after changes at some times."""
    net, proj = _network(method, run, delays, locality, connector)
    seen = []
    for duration in when:
        net.simulate(duration)
        change(net, proj)
        seen += [proj.get("y", as_array=True), proj.get("u", as_array=True)]
    for duration in (9.0, 20.0):
        net.simulate(duration)
        seen += [proj.get("y", as_array=True), proj.get("u", as_array=True)]
    return np.array(seen)


@pytest.fixture(params=RUNS, ids=lambda r: f"{r[0]} {r[1]}")
def run(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> tuple[str, int]:
    if request.param[0] == "cuda":
        monkeypatch.setenv(EMULATE_VARIABLE, "1")
    return request.param


def _fail(net: ann.Network, proj: ann.Projection) -> None:
    with pytest.raises(ArgumentError):
        proj.set({"x": 4.0, "tau": 5.0, "z": float("nan")})


def _fail_in_a_dendrite(net: ann.Network, proj: ann.Projection) -> None:
    with pytest.raises(ArgumentError):
        proj.dendrite(1).set({"x": 4.0, "z": float("nan")})


def _read_and_write(net: ann.Network, proj: ann.Projection) -> None:
    assert len(proj.x) == N_POST
    proj.dendrite(1).x = 3.0
    assert proj.x[1] == [3.0] * N_PRE
    proj.tau = 30.0


CHANGES: dict[str, Change] = {
    "a variable": lambda net, proj: setattr(proj, "x", 4.0),
    "a variable, each": lambda net, proj: setattr(proj, "x", np.linspace(0, 3, N_PRE * N_POST)),
    "the other variable": lambda net, proj: setattr(proj, "z", 2.0),
    "a time constant": lambda net, proj: setattr(proj, "tau", 1e4),
    "a drive": lambda net, proj: setattr(proj, "base", 2.0),
    "a constant": lambda net, proj: net.get_constant("gain").set(0.5),
    "several": lambda net, proj: proj.set({"x": 4.0, "tau": 40.0, "base": 1.0}),
    "several, in vain": _fail,
    "several of a dendrite, in vain": _fail_in_a_dendrite,
    "one dendrite": lambda net, proj: setattr(proj.dendrite(2), "x", 3.0),
    "one synapse": lambda net, proj: setattr(proj.synapse(1, 2), "x", 3.0),
    "reset of a variable": lambda net, proj: proj.reset(["x"]),
    "reset of all": lambda net, proj: proj.reset(),
    "reset of a parameter": lambda net, proj: (
        setattr(proj, "tau", 40.0), net.simulate(4.0), proj.reset(["tau"])
    )[0],
    "a variable that was read": _read_and_write,
    "nothing of it": lambda net, proj: setattr(proj, "w", 0.25),
}  # fmt: skip


@pytest.mark.parametrize("delays", DELAYS)
@pytest.mark.parametrize("change", CHANGES)
def test_what_is_set_counts_from_now_on(change: str, delays: str, run: tuple[str, int]) -> None:
    """Once: from the last event on, so that what lay behind was changed as well."""
    expected = _seen("exponential", ("reference", 1), CHANGES[change], delays=delays)
    seen = _seen("event-driven", run, CHANGES[change], delays=delays)
    np.testing.assert_allclose(seen, expected, rtol=1e-9, atol=1e-12)


def _transmits(net: ann.Network, proj: ann.Projection) -> None:
    proj.transmission = not proj.transmission


def _transmits_and_changes(net: ann.Network, proj: ann.Projection) -> None:
    proj.tau = 30.0 if proj.transmission else 60.0
    proj.transmission = not proj.transmission
    proj.transmission = proj.transmission
    proj.dendrite(1).x = 5.0
    proj.base = 1.0


def _is_enabled(net: ann.Network, proj: ann.Projection) -> None:
    (proj.post.disable if proj.post.enabled else proj.post.enable)()


def _loses_spikes(net: ann.Network, proj: ann.Projection) -> None:
    proj.transmission = not proj.transmission
    _is_enabled(net, proj)


@pytest.mark.parametrize("delays", DELAYS)
@pytest.mark.parametrize("change", [_transmits, _transmits_and_changes, _is_enabled, _loses_spikes])
def test_time_stands_still_while_nothing_is_transmitted(
    change: Change, delays: str, run: tuple[str, int]
) -> None:
    """Once it went on for event-driven variables, and for them alone."""
    when = (15.0, 14.0, 12.0, 7.0)
    expected = _seen("exponential", ("reference", 1), change, delays=delays, when=when)
    seen = _seen("event-driven", run, change, delays=delays, when=when)
    np.testing.assert_allclose(seen, expected, rtol=1e-9, atol=1e-12)


def test_time_begins_when_neurons_are_enabled_that_were_made_disabled() -> None:
    seen = []
    for method in ("exponential", "event-driven"):
        net = ann.Network(dt=1.0, backend="cpu")
        pre, post = net.create(ann.SpikeSourceArray([40.0])), net.create(1, CELL)
        post.disable()
        rule = ann.Synapse(
            "tau = 20.0 : projection", f"tau*dx/dt = -x : {method}, init=3.0", pre_spike="y = x"
        )
        proj = net.connect(pre, post, "exc", rule).one_to_one(0.5)
        net.compile()
        net.simulate(30.0)
        post.enable()
        net.simulate(20.0)
        seen.append(proj.y[0][0])
    assert seen[1] == pytest.approx(seen[0])
    assert seen[0] == pytest.approx(3.0 * np.exp(-11.0 / 20.0))


def _one_synapse(net: ann.Network, proj: ann.Projection) -> None:
    proj.synapse(1, 2).tau = 50.0
    proj.synapse(3, 1).base = 5.0


OF_SYNAPSES: dict[str, Change] = {
    "all": lambda net, proj: setattr(proj, "tau", 50.0),
    "each": lambda net, proj: setattr(proj, "tau", np.linspace(5.0, 90.0, N_PRE * N_POST)),
    "one dendrite": lambda net, proj: setattr(proj.dendrite(2), "tau", [50.0] * N_PRE),
    "one synapse": _one_synapse,
}
OF_DENDRITES: dict[str, Change] = {
    "all": lambda net, proj: setattr(proj, "tau", 50.0),
    "each": lambda net, proj: setattr(proj, "tau", [3.0, 8.0, 20.0, 90.0]),
    "one dendrite": lambda net, proj: setattr(proj.dendrite(2), "tau", 50.0),
    "a constant": lambda net, proj: net.get_constant("gain").set(0.5),
}


@pytest.mark.parametrize("connector", ["all_to_all", "delays"])
@pytest.mark.parametrize(
    ("locality", "change"),
    [("local", c) for c in OF_SYNAPSES.values()]
    + [("semiglobal", c) for c in OF_DENDRITES.values()],
    ids=[f"local {c}" for c in OF_SYNAPSES] + [f"semiglobal {c}" for c in OF_DENDRITES],
)
def test_a_parameter_of_each_synapse_or_neuron_counts_from_now_on(
    locality: str, change: Change, connector: str, run: tuple[str, int]
) -> None:
    delays = "delays" if connector == "delays" else "one delay"
    expected, seen = (
        _seen(method, on, change, delays=delays, locality=locality)
        for method, on in (("exponential", ("reference", 1)), ("event-driven", run))
    )
    np.testing.assert_allclose(seen, expected, rtol=1e-9, atol=1e-12)


def test_a_time_constant_counts_from_now_on_where_each_synapse_has_a_partner(
    run: tuple[str, int],
) -> None:
    expected, seen = (
        _seen(method, on, OF_DENDRITES["each"], locality="semiglobal", connector="one_to_one")
        for method, on in (("exponential", ("reference", 1)), ("event-driven", run))
    )
    np.testing.assert_allclose(seen, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("delays", DELAYS)
@pytest.mark.parametrize("is_whole", [True, False], ids=["whole", "values alone"])
def test_a_file_that_is_loaded_later_brings_back_the_values_of_its_moment(
    delays: str, is_whole: bool, run: tuple[str, int], tmp_path: Path
) -> None:
    """Once: they had decayed from the event of the file until now, whenever it was loaded."""

    def change(net: ann.Network, proj: ann.Projection) -> None:
        path = tmp_path / f"{run[0]}.npz"
        if not path.exists():
            proj.save(str(path))
            if not is_whole:
                held = dict(np.load(path))
                del held["x"]
                np.savez(path, **held)
        proj.load(str(path))

    expected = _seen("exponential", ("reference", 1), change, delays=delays)
    for path in tmp_path.iterdir():
        path.unlink()
    seen = _seen("event-driven", run, change, delays=delays)
    if not is_whole:  # z is in the file as of the last event, which is not that of now
        seen, expected = seen[:, 1::2], expected[:, 1::2]
        seen, expected = seen[1::2], expected[1::2]
    np.testing.assert_allclose(seen, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("backend", ["reference", "cpu"])
def test_a_trace_that_is_set_long_after_its_last_event_is_what_theory_says(backend: str) -> None:
    """Once 0.0687 in place of 10 exp(-0.2)."""
    net = ann.Network(dt=1.0, backend=backend)
    pre = net.create(ann.SpikeSourceArray([2.0, 500.0]))
    post = net.create(1, ann.Neuron("", "v = g_exc", spike="v > 99.0"))
    rule = ann.Synapse(
        "tau = 100.0 : projection", "tau*dx/dt = -x : event-driven", pre_spike="y = x; x += 1.0"
    )
    proj = net.connect(pre, post, "exc", rule).one_to_one(0.0)
    net.compile()
    net.simulate(481.0)
    proj.x = 10.0
    net.simulate(30.0)
    assert proj.y[0][0] == pytest.approx(10.0 * np.exp(-0.2))


def test_other_values_are_set_as_fast_as_before() -> None:
    """What is read stays as of the last event, for nothing was brought to now."""
    net, proj = _network("event-driven", ("cpu", 1), "one delay", "global", "all_to_all")
    net.simulate(30.0)
    before = proj.get("x", as_array=True)
    proj.w = 0.25
    proj.y = 0.0
    np.testing.assert_array_equal(proj.get("x", as_array=True), before)


def test_traces_of_neurons_stay_traces_when_a_time_constant_is_set() -> None:
    net, proj = _network("event-driven", ("cpu", 1), "one delay", "global", "all_to_all")
    net.simulate(30.0)
    proj.tau = 40.0
    proj.w = 0.25
    net.simulate(10.0)
    assert proj._state is not None
    assert proj._state.values.mirror is not None


@pytest.mark.parametrize("connector", ["all_to_all", "one_to_one", "fixed_number_pre"])
def test_a_time_constant_counts_from_now_on_where_synapses_transmit_a_psp(
    connector: str, run: tuple[str, int]
) -> None:
    """Rows belong to postsynaptic neurons then."""
    backend, n_threads = run
    seen = []
    for method, on in (("exponential", "reference"), ("event-driven", backend)):
        net = ann.Network(dt=1.0, seed=3, backend=on, num_threads=n_threads)
        rule = ann.Synapse(
            {"tau": ann.Parameter(10.0, locality="semiglobal")},
            f"tau*dx/dt = -x : {method}",
            psp="w * pre.v",
            post_spike="u = x; x += 1.0",
        )
        pre, post = (
            net.create(N_POST, ann.Neuron("", "v = t", spike="v > 999")),
            net.create(N_POST, CELL),
        )
        post.limit = np.linspace(8.5, 17.5, N_POST)
        proj = net.connect(pre, post, "exc", rule)
        getattr(proj, connector)(*((2,) if connector == "fixed_number_pre" else ()), weights=0.5)
        net.compile()
        net.simulate(24.0)
        proj.tau = [3.0, 8.0, 20.0, 90.0]
        net.simulate(20.0)
        seen.append(proj.get("u", as_array=True))
    np.testing.assert_allclose(seen[1], seen[0], rtol=1e-9)


@pytest.mark.parametrize("delays", DELAYS)
def test_a_constant_of_all_networks_counts_from_now_on(delays: str, run: tuple[str, int]) -> None:
    lag = ann.Constant("lag", 12.0)
    backend, n_threads = run
    seen = []
    for method, on in (("exponential", "reference"), ("event-driven", backend)):
        net = ann.Network(dt=1.0, backend=on, num_threads=n_threads)
        pre = net.create(ann.SpikeSourceArray([[2.0, 41.0], [5.0, 30.0]]))
        post = net.create(2, CELL)
        rule = ann.Synapse("", f"lag*dx/dt = -x : {method}", pre_spike="y = x; x += 1.0")
        each = [[1.0, 2.0], [3.0, 4.0]]
        net.connect(pre, post, "exc", rule).from_matrix(
            np.ones((2, 2)), each if delays == "delays" else 2.0
        )
        net.compile()
        net.simulate(20.0)
        seen.append(net)
    lag.set(60.0)
    for net in seen:
        net.simulate(40.0)
    expected, found = (net.get_projections()[0].get("y", as_array=True) for net in seen)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


@pytest.mark.parametrize("n_threads", [1, 2])
@pytest.mark.parametrize("backend", ["reference", "cpu"])
def test_a_time_constant_counts_from_now_on_for_synapses_that_came_later(
    backend: str, n_threads: int
) -> None:
    """Those have traces of their own for a while."""
    seen = []
    for method, on in (("exponential", "reference"), ("event-driven", backend)):
        net = ann.Network(dt=1.0, backend=on, num_threads=n_threads)
        net.config(structural_plasticity=True)
        pre = net.create(ann.SpikeSourceArray([[2.0, 30.0, 44.0], [5.0, 12.0, 41.0]]))
        post = net.create(2, CELL)
        rule = ann.Synapse(
            "tau = 20.0 : projection",
            f"tau*dx/dt = -x : {method}, init=3.0\n15.0*dz/dt = -z : {method}",
            pre_spike="y = z; x += 1.0",
            post_spike="u = x; z += 1.0",
        )
        proj = net.connect(pre, post, "exc", rule).one_to_one(0.5)
        net.compile()
        net.simulate(17.0)
        proj.dendrite(0).create_synapse(1, w=0.5)
        net.simulate(11.0)
        proj.tau = 90.0
        net.simulate(5.0)
        proj.tau = 10.0
        net.simulate(20.0)
        seen.append([proj.get("y", as_array=True), proj.get("u", as_array=True)])
    np.testing.assert_allclose(seen[1], seen[0], rtol=1e-9)
