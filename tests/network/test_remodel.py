"""Another model in a network that exists: values stay, and it goes on as if built that way."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import annlab
from annlab import Creating, Network, Neuron, Synapse, Uniform
from annlab.errors import (
    AnnlabWarning,
    ArgumentError,
    ArgumentTypeError,
    ConfigurationError,
    StateError,
    UnknownNameError,
    UnknownObjectError,
)
from annlab.network import remodel
from annlab.runtime import remodel as runtime
from annlab.runtime.cuda.device import EMULATE_VARIABLE
from annlab.runtime.tap import ValueTap
from annlab.runtime.traces import TraceMirror

BACKENDS = pytest.mark.parametrize("backend", ["reference", "cpu"])

CELL = """
    tau * dv/dt = I - v + g_exc + 2.0 * Normal(0.0, 1.0)
    du/dt = (v - u) / 20.0
"""


def cell(equations: str = CELL, **changes: Any) -> Neuron:
    given = {
        "parameters": "tau = 5.0 : population\nI = 1.5",
        "spike": "v > 1.0",
        "reset": "v = 0.0",
        "refractory": 1.5,
    }
    return Neuron(equations=equations, **{**given, **changes})


def rates(equations: str = "tau * dr/dt + r = sum(exc) + mean(r) + Uniform(0.0, 1.0)") -> Neuron:
    return Neuron("tau = 10.0", equations)


def stdp(amount: float = 0.1, tau: float = 20.0) -> Synapse:
    return Synapse(
        equations=f"""
            dx/dt = -x / {tau} : event-driven
            dy/dt = -y / {tau} : event-driven
        """,
        pre_spike=f"g_target += w\nx += {amount}\nw = clip(w - y, 0.0, 1.0)",
        post_spike=f"y += {amount}\nw = clip(w + x, 0.0, 1.0)",
    )


def oja(rate: float = 0.01) -> Synapse:
    return Synapse(equations=f"dw/dt = {rate} * (pre.r * post.r - w)")


Build = Callable[[Network, Neuron, Synapse | None], None]


def rate_network(net: Network, neuron: Neuron, synapse: Synapse | None) -> None:
    cells = net.create(8, neuron, name="cells")
    net.connect(cells, cells, "exc", synapse, name="loop").all_to_all(Uniform(0.0, 0.2), delays=3.0)


def spiking_network(net: Network, neuron: Neuron, synapse: Synapse | None) -> None:
    cells = net.create(12, neuron, name="cells")
    loop = net.connect(cells, cells, "exc", synapse, name="loop")
    loop.fixed_probability(0.6, Uniform(0.1, 0.5), delays=Uniform(0.5, 4.0))
    cells.compute_firing_rate(5.0)


def traced_network(net: Network, neuron: Neuron, synapse: Synapse | None) -> None:
    cells = net.create(12, neuron, name="cells")
    loop = net.connect(cells, cells, "exc", synapse, name="loop")
    loop.fixed_probability(0.6, Uniform(0.1, 0.5), delays=2.0)


CASES = pytest.mark.parametrize(
    ("build", "neuron", "synapse"),
    [
        (rate_network, rates, oja),
        (rate_network, rates, None),
        (spiking_network, cell, None),
        (spiking_network, cell, stdp),
        (traced_network, cell, stdp),
    ],
)


def network(
    backend: str, build: Build, neuron: Neuron, synapse: Synapse | None, dt: float = 0.5
) -> Network:
    net = Network(dt=dt, seed=7, backend=backend)
    build(net, neuron, synapse)
    net.compile()
    return net


def numbers(content: Any, path: str = "") -> dict[str, np.ndarray]:
    """Return all numbers of a snapshot, by their place in it."""
    if isinstance(content, dict):
        found: dict[str, np.ndarray] = {}
        for name, part in content.items():
            found |= numbers(part, f"{path}/{name}")
        return found
    return {path: np.asarray(content)}


def require_same(one: Network, other: Network, *, but: str = "\0") -> None:
    found, wanted = (numbers(net.snapshot()._content) for net in (one, other))
    assert found.keys() == wanted.keys()
    for place, array in wanted.items():
        if but not in place:
            np.testing.assert_array_equal(found[place], array, err_msg=place)


# -- the run goes on ----------------------------------------------------------------------


@BACKENDS
@CASES
def test_an_equal_model_changes_no_bit(backend: str, build: Build, neuron, synapse) -> None:
    nets = []
    for is_exchanged in (False, True):
        net = network(backend, build, neuron(), synapse and synapse())
        net.simulate(30.0)
        if is_exchanged:
            net.get_population("cells").neuron = neuron()
            if synapse:
                net.get_projection("loop").synapse = synapse()
        net.simulate(30.0)
        nets.append(net)
    require_same(*nets)


DRIVEN = "tau * dr/dt + r = sum(exc) + 1.5 * Uniform(0.0, 1.0)"  # files hold no means
CONSTANTS = pytest.mark.parametrize(
    ("build", "neurons", "synapses"),
    [
        (rate_network, (rates(DRIVEN), rates(DRIVEN.replace("1.5", "2.5"))), None),
        (rate_network, None, (oja(), oja(0.02))),
        (spiking_network, (cell(), cell(CELL.replace("2.0", "3.0"))), None),
        (spiking_network, None, (stdp(), stdp(0.3))),
        (traced_network, None, (stdp(), stdp(0.3))),
    ],
)


@BACKENDS
@CONSTANTS
def test_another_constant_gives_what_a_network_built_so_gives_from_that_state(
    backend: str, build: Build, neurons, synapses, tmp_path: Path
) -> None:
    old_neuron, new_neuron = neurons or (
        (rates(), rates()) if build is rate_network else (cell(), cell())
    )
    old_synapse, new_synapse = synapses or (None, None)
    net = network(backend, build, old_neuron, old_synapse)
    net.simulate(30.0)
    net.save(str(tmp_path / "state.npz"))
    by_hand = network(backend, build, new_neuron, new_synapse)
    by_hand.load(str(tmp_path / "state.npz"))
    if neurons:
        net.get_population("cells").neuron = new_neuron
    if synapses:
        net.get_projection("loop").synapse = new_synapse
    for either in (net, by_hand):
        either.simulate(30.0)
    for name in net.get_population("cells").attributes:
        np.testing.assert_allclose(
            net.get_population("cells").get(name),
            by_hand.get_population("cells").get(name),
            rtol=1e-13,
            atol=1e-13,
        )
    weights = (np.concatenate(n.get_projection("loop").w) for n in (net, by_hand))
    np.testing.assert_allclose(*weights, rtol=1e-13, atol=1e-13)


@BACKENDS
def test_traces_are_kept_where_they_decay_as_before(backend: str) -> None:
    net = network(backend, traced_network, cell(), stdp())
    net.simulate(30.0)
    proj = net.get_projection("loop")
    proj.synapse = stdp(0.3)
    has_traces = isinstance(proj._state.values.mirror, TraceMirror)
    assert has_traces is (backend == "cpu")


@BACKENDS
@pytest.mark.parametrize("build", [spiking_network, traced_network])
def test_event_driven_variables_decay_by_the_old_equation_until_now(
    backend: str, build: Build
) -> None:
    """With equal decays, cut in two, one must get the same weights to the last digits."""
    nets = []
    for changes in ((), (stdp(tau=7.0), stdp())):
        net = network(backend, build, cell(), stdp())
        net.simulate(30.0)
        for synapse in changes:
            net.get_projection("loop").synapse = synapse
        net.simulate(30.0)
        nets.append(net)
    one, other = (np.concatenate(n.get_projection("loop").w) for n in nets)
    np.testing.assert_allclose(one, other, rtol=1e-12)
    assert len(set(one)) > 20


@BACKENDS
def test_another_time_constant_of_a_trace_counts_from_now_on(backend: str) -> None:
    net = Network(dt=1.0, backend=backend)
    source = net.create(annlab.SpikeSourceArray([[0.0, 20.0]]))
    post = net.create(1, Neuron(equations="v = g_exc", spike="v > 1000.0"))
    proj = net.connect(source, post, "exc", stdp(1.0, tau=20.0)).all_to_all(0.5)
    net.compile()
    net.simulate(11.0)  # the spike of 0 ms came in the step of 1 ms, at which x was valid at 0 ms
    proj.synapse = stdp(1.0, tau=5.0)
    net.simulate(15.0)
    expected = np.exp(-10.0 / 20.0) * np.exp(-10.0 / 5.0) + 1.0
    assert proj.x == [[pytest.approx(expected, rel=1e-12)]]


# -- values -------------------------------------------------------------------------------


@pytest.fixture(params=["reference", "cpu"])
def net(request: pytest.FixtureRequest) -> Network:
    return network(request.param, spiking_network, cell(), stdp())


def test_values_stay_new_ones_begin_and_old_ones_go(net: Network) -> None:
    cells = net.get_population("cells")
    cells.tau = 8.0
    cells.I = np.linspace(1.0, 2.0, 12)
    net.simulate(10.0)
    v = cells.v
    cells.neuron = cell(
        "tau * dv/dt = I - v + g_exc\nz = v + k : init = 4.0",
        parameters="""
        tau = 5.0 : population
        I = 1.5
        k = 0.25
    """,
    )
    assert cells.tau == 8.0
    assert cells.I.tolist() == np.linspace(1.0, 2.0, 12).tolist()
    assert cells.v.tolist() == v.tolist()
    assert cells.z.tolist() == [4.0] * 12
    assert np.all(cells.k == 0.25)
    assert "u" not in cells.attributes
    net.simulate(0.5)
    is_free = cells.v != 0.0  # not reset, not refractory
    assert is_free.any()
    assert cells.z[is_free].tolist() == (cells.v + 0.25)[is_free].tolist()


def test_a_parameter_whose_text_changed_keeps_its_value_and_says_so(net: Network) -> None:
    cells = net.get_population("cells")
    cells.tau = 8.0
    with pytest.warns(AnnlabWarning) as caught:
        cells.neuron = cell(parameters="tau = 6.0 : population\nI = 1.5")
    assert str(caught[0].message) == (
        "'tau' of population 'cells' keeps 8; its text says 6: reset(['tau']) takes that"
    )
    assert caught[0].filename == __file__
    assert cells.tau == 8.0
    cells.reset(["tau"])
    assert cells.tau == 6.0


def test_a_parameter_of_a_synapse_keeps_its_value_too(net: Network) -> None:
    def synapse(eta: float) -> Synapse:
        return Synapse(f"eta = {eta} : projection", pre_spike="g_target += eta * w")

    proj = net.get_projection("loop")
    proj.synapse = synapse(2.0)
    proj.eta = 3.0
    with pytest.warns(AnnlabWarning, match=r"'eta' of projection .* keeps 3; its text says 4"):
        proj.synapse = synapse(4.0)
    assert proj.eta == 3.0
    proj.reset(["eta"])
    assert proj.eta == 4.0


def test_the_refractory_period_stays_and_says_so(net: Network) -> None:
    cells = net.get_population("cells")
    cells.refractory = 3.0
    with pytest.warns(AnnlabWarning, match="keeps its refractory period; the text says 2.0"):
        cells.neuron = cell(refractory=2.0)
    assert cells.refractory == 3.0
    cells.neuron = cell(refractory=None)
    assert cells.refractory == 0.0
    cells.neuron = cell(refractory=2.5)
    assert cells.refractory == 2.5


@pytest.mark.parametrize(
    ("before", "after", "value"),
    [
        ("k = 2.0 : population", "k = 2.0", 2.5),
        ("k = 2.0", "k = 2.0 : population", 2.5),
        ("k = 2.0", "k = 2 : int", 3.0),
        ("k = 2 : int", "k = 2.0", 3),
    ],
)
@BACKENDS
def test_a_value_survives_another_number_of_it_or_another_type(
    backend: str, before: str, after: str, value: float
) -> None:
    net = Network(backend=backend)
    cells = net.create(3, Neuron(before, "r = k"))
    net.compile()
    cells.k = value
    cells.neuron = Neuron(after, "r = 2 * k")
    net.step()
    assert np.all(cells.r == 2 * value)


def test_different_values_are_not_made_one(net: Network) -> None:
    cells = net.get_population("cells")
    cells.I = np.arange(12.0)
    with pytest.raises(ArgumentError) as caught:
        cells.neuron = cell(parameters="tau = 5.0 : population\nI = 1.5 : population")
    assert str(caught.value) == (
        "'I' of population 'cells' cannot become one value for all\n"
        "  it has 12 different values\n"
        "  set it to one number first, or declare it as it was"
    )
    assert cells.I.tolist() == list(range(12))


def test_an_open_parameter_that_has_one_value_each_goes_on_so() -> None:
    net = Network(backend="reference")
    cells = net.create(3, Neuron({"k": 1.0}, "r = k"))
    cells.k = [1.0, 2.0, 3.0]
    net.compile()
    cells.neuron = Neuron({"k": 1.0}, "r = 2 * k")
    net.step()
    assert cells.r.tolist() == [2.0, 4.0, 6.0]


@BACKENDS
def test_one_weight_for_all_becomes_one_each_if_it_is_to_learn(backend: str) -> None:
    net = Network(backend=backend)
    cells = net.create(3, Neuron("B = 1.0", "r = B + sum(exc)"))
    cells.B = [1.0, 2.0, 3.0]
    proj = net.connect(cells, cells, "exc").all_to_all(0.5)
    net.compile()
    assert proj.w == 0.5
    proj.synapse = Synapse(equations="w += pre.r")
    net.step()
    assert np.array(proj.w).tolist() == [[0.5 + 2, 0.5 + 3], [0.5 + 1, 0.5 + 3], [0.5 + 1, 0.5 + 2]]


@BACKENDS
def test_a_new_reduction_has_the_value_of_now(backend: str) -> None:
    net = Network(backend=backend)
    cells = net.create(4, Neuron(equations="r = r + 1 : init = 2.0"))
    net.compile()
    net.step()
    cells.neuron = Neuron(equations="r = mean(r) + 10 : init = 2.0")
    net.step()
    assert cells.r.tolist() == [13.0] * 4


@BACKENDS
def test_what_delayed_synapses_begin_to_read_has_been_as_it_is(backend: str) -> None:
    net = Network(dt=1.0, backend=backend)
    pre = net.create(2, Neuron(equations="r = t + 1.0\ns = 100.0 + t"))
    post = net.create(2, Neuron(equations="r = sum(exc)"))
    proj = net.connect(pre, post, "exc").one_to_one(1.0, delays=3.0)
    net.compile()
    net.simulate(10.0)
    proj.synapse = Synapse(psp="w * pre.s")
    seen = []
    for _ in range(5):
        net.step()
        seen.append(post.r[0])
    assert seen == [109.0, 109.0, 109.0, 110.0, 111.0]
    assert list(pre._state.histories) == ["s"]


def test_axonal_events_may_come_and_go(net: Network) -> None:
    cells = net.get_population("cells")
    cells.neuron = cell(axon_spike="v > 0.5")
    watch = net.monitor(cells, "axon_spike")
    net.simulate(20.0)
    assert len(watch.get_spikes("axon_spike")[0])
    with pytest.warns(AnnlabWarning, match="records 'axon_spike' no more"):
        cells.neuron = cell()
    net.simulate(20.0)
    assert len(watch.get_spikes("axon_spike")[0]) == 0


# -- mistakes -----------------------------------------------------------------------------


@BACKENDS
@CASES
@pytest.mark.parametrize("is_running", [True, False])
def test_a_mistake_leaves_everything_as_it_was(
    backend: str, build: Build, neuron, synapse, is_running: bool
) -> None:
    nets = []
    for has_mistake in (False, True):
        net = network(backend, build, neuron(), synapse and synapse())
        if is_running:
            net.start(60.0)
        else:
            net.simulate(30.0)
        if has_mistake:
            rest = "\nr = x" if build is rate_network else ""
            with pytest.raises(UnknownNameError) as caught:
                net.get_population("cells").neuron = neuron("dx/dt = -x / tua" + rest)
            assert "dx/dt = -x / tua\n    |              ^^^" in str(caught.value)
            with pytest.raises(UnknownNameError):
                net.get_projection("loop").synapse = Synapse(psp="w * pre.rr")
        if is_running:
            net.wait()
        else:
            net.simulate(30.0)
        nets.append(net)
    require_same(*nets)


def test_a_spiking_neuron_does_not_become_rate_coded(net: Network) -> None:
    cells = net.get_population("cells")
    before = cells.neuron_type
    with pytest.raises(ArgumentError) as caught:
        cells.neuron = Neuron(equations="r = sum(exc)", name="Rate")
    assert str(caught.value).splitlines() == [
        "population 'cells' is spiking, and 'Rate' is rate-coded",
        "  what projections transmit and monitors record depends on the type of the neurons",
        "  make another population, or keep `spike`",
    ]
    assert cells.neuron_type is before
    net.simulate(5.0)


def test_a_rate_coded_neuron_does_not_begin_to_spike() -> None:
    net = network("reference", rate_network, rates(), None)
    with pytest.raises(ArgumentError, match="is rate-coded, and .* is spiking") as caught:
        net.get_population("cells").neuron = Neuron(equations="v = g_exc", spike="v > 1.0")
    assert "leave out `spike`" in str(caught.value)


def test_a_synapse_that_reads_what_would_go_keeps_the_neuron() -> None:
    net = network("reference", rate_network, Neuron(equations="s = 2.0\nr = s"), None)
    proj = net.get_projection("loop")
    proj.synapse = Synapse(psp="w * pre.s", name="Reader")
    with pytest.raises(UnknownNameError, match=r"'pre.s'|'s'") as caught:
        net.get_population("cells").neuron = Neuron(equations="r = 1.0")
    assert "psp of synapse 'Reader'" in str(caught.value)
    assert caught.value.__notes__ == [
        "in projection 'loop' (cells -> cells), whose neurons were to change"
    ]
    assert net.get_population("cells").variables == ["s", "r"]


@pytest.mark.parametrize(
    ("synapse", "message"),
    [
        (
            Synapse(psp="w * g_target", name="Gap"),
            "they transmit spikes, and synapse 'Gap' a psp",
        ),
        (
            Synapse(pre_spike="g_target += w", creating=Creating("True"), name="Growing"),
            "has rules for it\n  say net.config(structural_plasticity=True) before compile()",
        ),
    ],
)
def test_a_synapse_that_does_not_fit_is_refused(
    net: Network, synapse: Synapse, message: str
) -> None:
    proj = net.get_projection("loop")
    before = proj.synapse_type
    with pytest.raises(ArgumentError) as caught:
        proj.synapse = synapse if "Gap" not in message else Synapse(psp="w * pre.v", name="Gap")
    assert message in str(caught.value)
    assert proj.synapse_type is before


def test_inputs_keep_their_own_model() -> None:
    net = Network(backend="reference")
    poisson = net.create(annlab.PoissonPopulation(3, rates=10.0))
    with pytest.raises(ArgumentError) as caught:
        poisson.neuron = cell()
    assert str(caught.value).splitlines()[1:] == [
        "  a PoissonPopulation has a model of its own",
        "  exchange those of a plain Population",
    ]
    cells = net.create(1, cell())
    current = annlab.CurrentInjection(net.create(1, rates()), cells, "exc", network=net)
    with pytest.raises(ArgumentError, match="a CurrentInjection has a model of its own"):
        current.synapse = Synapse(psp="w")


def test_only_models_are_models(net: Network) -> None:
    with pytest.raises(ArgumentTypeError, match="a population needs a Neuron"):
        net.get_population("cells").neuron = "dv/dt = 1"  # type: ignore[assignment]
    with pytest.raises(ArgumentTypeError, match="a projection needs a Synapse"):
        net.get_projection("loop").synapse = cell()  # type: ignore[assignment]


def test_a_back_end_that_cannot_exchange_says_so(
    net: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime, "back_end", lambda runner: object())
    with pytest.raises(ConfigurationError, match="models cannot be exchanged on the back end"):
        net.get_population("cells").neuron = cell()


# -- who watches --------------------------------------------------------------------------


def test_a_monitor_of_what_goes_ends_and_keeps_what_it_has(net: Network) -> None:
    cells = net.get_population("cells")
    watch = net.monitor(cells, ["u", "v", "spike"], name="watch")
    net.simulate(10.0)
    with pytest.warns(AnnlabWarning, match="^watch records 'u' no more; what it has stays"):
        cells.neuron = cell("tau * dv/dt = I - v")
    net.simulate(10.0)
    data = watch.get()
    assert (data["u"].shape, data["v"].shape) == ((20, 12), (40, 12))
    watch.pause()
    watch.resume()
    with pytest.raises(UnknownObjectError, match="has no variable 'u'"):
        watch.start("u")
    cells.neuron = cell()
    watch.start("u")
    net.simulate(5.0)
    assert watch.get("u").shape == (10, 12)


def test_a_network_with_an_ended_monitor_compiles_again(net: Network) -> None:
    cells = net.get_population("cells")
    watch = net.monitor(cells, ["u", "v"])
    with pytest.warns(AnnlabWarning, match="records 'u' no more"):
        cells.neuron = cell("tau * dv/dt = I - v")
    net.clear()
    net.compile()
    net.simulate(5.0)
    assert watch.get("v").shape == (10, 12)


def test_a_live_view_of_what_goes_stands_still(net: Network) -> None:
    cells = net.get_population("cells")
    state = cells._state
    taps = [ValueTap(lambda n=n: state.values[n], np.arange(3)) for n in ("u", "v")]
    net._state.taps += taps
    net._refresh()
    with pytest.warns(AnnlabWarning, match=r"1 live view\(s\) of what is gone stand still"):
        cells.neuron = cell("tau * dv/dt = I - v")
    net.simulate(10.0)
    assert [int(tap.head[0]) for tap in taps] == [0, 20]


# -- in the background --------------------------------------------------------------------


def test_the_old_equations_go_on_until_the_new_ones_are_compiled(
    net: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = runtime.back_end(net._runner)
    prepare, steps = runner.prepare, []

    def slowly(*args: Any) -> None:
        steps.append(net.current_step)
        time.sleep(0.1)
        steps.append(net.current_step)
        prepare(*args)

    monkeypatch.setattr(runner, "prepare", slowly)
    net.start(speed=1.0)
    cells = net.get_population("cells")
    cells.neuron = cell("v = 0.25")
    net.pause()
    net.resume()
    time.sleep(0.02)
    net.stop()
    assert steps[1] > steps[0]
    assert cells.v.tolist() == [0.25] * 12


def test_a_callback_may_exchange_a_model(net: Network) -> None:
    cells = net.get_population("cells")
    done = []

    def change(n: int) -> None:
        cells.neuron = cell(f"v = {n}.25", spike="v > 10.0")
        done.append(n)

    annlab.every(period=10.0, offset=5.0, network=net)(change)
    net.simulate(20.0)
    assert done == [0, 1]
    assert cells.v.tolist() == [1.25] * 12


def test_two_exchanges_at_once_are_refused(net: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    cells = net.get_population("cells")
    runner = runtime.back_end(net._runner)
    entered, go_on = threading.Event(), threading.Event()
    prepare = runner.prepare
    monkeypatch.setattr(
        runner, "prepare", lambda *a: (entered.set(), go_on.wait(10.0), prepare(*a))
    )
    thread = threading.Thread(target=lambda: setattr(cells, "neuron", cell()))
    thread.start()
    entered.wait(10.0)
    with pytest.raises(StateError, match="another model is being exchanged just now"):
        cells.neuron = cell()
    go_on.set()
    thread.join()


# -- everywhere else ----------------------------------------------------------------------


def test_what_explains_and_reports_shows_the_new_model(net: Network) -> None:
    cells = net.get_population("cells")
    cells.neuron = cell("tau * dv/dt = I - 7.0 * v", name="Faster")
    assert "7.0 * v" in net.explain("cells", "code")["code"]
    assert "Faster" in str(net.report(None))
    assert net.copy().get_population("cells").neuron_type.name == "Faster"
    net.get_projection("loop").synapse = Synapse(pre_spike="g_target += 3.0 * w", name="Tripled")
    assert "3.0 * w" in net.explain("loop", "typed")["typed"]
    assert net.copy().get_projection("loop").synapse_type.name == "Tripled"


def test_a_snapshot_of_another_model_is_refused(net: Network) -> None:
    before = net.snapshot()
    net.get_population("cells").neuron = cell("tau * dv/dt = I - v")
    with pytest.raises(ArgumentError, match="has other equations now"):
        net.restore(before)
    again = net.snapshot()
    net.simulate(10.0)
    v = net.get_population("cells").v
    net.restore(again)
    net.simulate(10.0)
    assert net.get_population("cells").v.tolist() == v.tolist()


def test_the_model_may_be_exchanged_before_compile() -> None:
    net = Network(backend="reference")
    cells = net.create(2, rates())
    cells.tau = 4.0
    net.connect(cells, cells, "exc").all_to_all(1.0)
    cells.neuron = Neuron("tau = 10.0", "r = tau")
    net.compile()
    net.step()
    assert cells.r.tolist() == [4.0, 4.0]


def test_a_monitor_keeps_its_variable_before_compile() -> None:
    net = Network(backend="reference")
    cells = net.create(2, Neuron(equations="s = 1.0\nr = s", name="Two"))
    net.monitor(cells, "s", name="watch")
    with pytest.raises(ArgumentError, match="^watch records 's', which 'One' has not"):
        cells.neuron = Neuron(equations="r = 1.0", name="One")


def test_the_global_network_is_edited_too() -> None:
    cells = annlab.Population(3, Neuron("B = 2.0", "r = B"))
    annlab.compile()
    annlab.simulate(2.0)
    cells.neuron = Neuron("B = 2.0", "r = 3 * B")
    annlab.simulate(1.0)
    assert cells.r.tolist() == [6.0] * 3


def test_one_neuron_is_still_found_by_its_place(net: Network) -> None:
    assert net.get_population("cells").neuron(3).rank == 3
    proj = net.get_projection("loop")
    pre = proj.dendrite(0).pre_ranks[0]
    assert proj.synapse(pre, 0).w == proj.dendrite(0).w[0]


def test_several_populations_change_in_one_moment() -> None:
    net = Network(backend="reference")
    pops = [net.create(2, rates(), name=n) for n in "ab"]
    net.connect(*pops, "exc", Synapse(psp="w * pre.r")).all_to_all(1.0)
    net.compile()
    done = remodel.exchange_neuron(pops, Neuron(equations="r = 1.0\ns = 2.0", name="Plain"))
    assert str(done).startswith(
        "neuron 'Plain' runs in population 'a' (2 neurons), population 'b' (2 neurons) after "
    )
    assert (done.new, done.gone) == (("s",), ("tau",))


@pytest.mark.parametrize("delays", [2.0, Uniform(1.0, 5.0)], ids=["one delay", "delays"])
@pytest.mark.parametrize("is_structural", [False, True], ids=["fixed", "structural"])
def test_a_learning_rule_is_exchanged_whatever_the_delays(
    is_structural: bool, delays: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once: "'_emitted' was not declared in this scope", from the compiler."""
    monkeypatch.setenv(EMULATE_VARIABLE, "1")
    weights = []
    for backend in ("reference", "cpu", *(() if is_structural else ("cuda",))):
        net = Network(dt=1.0, seed=4, backend=backend)
        net.config(structural_plasticity=is_structural)
        pre = net.create(annlab.SpikeSourceArray([[2.0, 21.0], [5.0, 27.0], [8.0, 30.0]]))
        post = net.create(2, cell("v = v + 1.0 + 0.0*g_exc", parameters="", spike="v > 6.5"))
        loop = net.connect(pre, post, "exc", annlab.STDP()).all_to_all(0.1, delays=delays)
        net.compile()
        net.simulate(15.0)
        with pytest.warns(AnnlabWarning, match="keeps 20"):
            loop.synapse = annlab.STDP(tau_plus=10.0)
        net.simulate(25.0)
        weights.append(loop.get("w", as_array=True))
    for found in weights[1:]:
        np.testing.assert_allclose(found, weights[0], rtol=1e-9)
    assert np.std(weights[0]) > 0.0
