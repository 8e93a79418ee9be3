"""Sliders that steer a network, without a browser."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import annlab
from annlab import Izhikevich, Network, Neuron, Projection, Uniform, every
from annlab.errors import ArgumentError, UnknownAttributeError
from annlab.widgets import Sliders, sliders
from annlab.widgets.latest import Latest
from annlab.widgets.ranges import slider_range, unit


def test_each_parameter_gets_a_slider(network: Network) -> None:
    panel = sliders(network.get_population("clock"))
    assert list(panel) == ["period", "drive", "tau"]
    assert [panel[n].range.is_logarithmic for n in panel] == [False, False, True]
    assert [row["unit"] for row in panel.rows] == ["", "", "ms"]


def test_a_move_sets_the_attribute(network: Network) -> None:
    clock = network.get_population("clock")
    sliders(clock)["drive"].value = 2.5
    assert clock.drive.tolist() == [2.5] * 10


def test_a_move_reaches_a_running_network_within_50_ms(network: Network) -> None:
    clock = network.get_population("clock")
    panel = sliders(clock, "drive")
    network.start(speed=1.0)
    delays = []
    for k in range(9):
        begin = time.perf_counter()
        panel["drive"].value = 1.0 + 0.1 * k
        delays.append(time.perf_counter() - begin)
    assert clock.drive[0] == pytest.approx(1.8)
    assert np.median(delays) < 0.05


def test_a_slider_of_a_view_moves_its_neurons_only(network: Network) -> None:
    clock = network.get_population("clock")
    sliders(clock[:3], "drive")["drive"].value = 0.5
    assert clock.drive.tolist() == [0.5] * 3 + [1.0] * 7


def test_a_parameter_that_differs_is_moved_by_a_factor(network: Network) -> None:
    clock = network.get_population("clock")
    clock.drive = np.arange(10.0)
    panel = sliders(clock, "drive")
    panel["drive"].value = 0.5
    assert clock.drive.tolist() == (np.arange(10) / 2).tolist()
    panel.reset()
    assert clock.drive.tolist() == list(range(10))


def test_reset_puts_back_the_first_value(network: Network) -> None:
    clock = network.get_population("clock")
    panel = sliders(clock, "drive")
    panel["drive"].value = 3.0
    panel.reset()
    assert clock.drive[0] == 1.0


def test_the_bounds_of_a_variable_are_the_range_of_its_slider(network: Network) -> None:
    slider = sliders(network.get_population("clock"), "w")["w"]
    assert (slider.range.low, slider.range.high) == (0.0, 8.0)


def test_the_range_can_be_given(network: Network) -> None:
    slider = sliders(network.get_population("clock"), drive=(-1.0, 4.0))["drive"]
    assert (slider.range.low, slider.range.high) == (-1.0, 4.0)


def test_an_error_of_the_network_is_shown_above_the_sliders(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = sliders(network.get_population("clock"), "drive")
    sent = answers(panel, monkeypatch)

    def refuse(function: object) -> None:
        raise ArgumentError("not now")

    with monkeypatch.context() as patch:
        patch.setattr(network._worker, "call", refuse)
        panel._receive(panel, {"set": "drive", "value": 2.0}, [])
    assert panel.message == "not now"
    panel._receive(panel, {"set": "drive", "value": 2.0}, [])
    assert panel.message == ""
    assert sent == [{"done": True}] * 2


def test_a_closed_panel_leaves_no_comm(network: Network) -> None:
    panel = sliders(network.get_population("clock"), "drive")
    panel.close()
    assert panel.comm is None


def test_a_closed_panel_that_the_notebook_still_knows_holds_no_values_and_goes_on(
    network: Network,
) -> None:
    clock = network.get_population("clock")
    clock.drive = np.arange(10.0)
    panel = sliders(clock, "drive")
    panel["drive"].value = 2.0
    panel.close()
    held = [v for v in vars(panel["drive"]).values() if isinstance(v, np.ndarray)]
    assert sum(v.size for v in held) == 0
    assert panel.values == {"drive": 2.0}
    panel["drive"].value = 3.0
    np.testing.assert_allclose(clock.drive, 3.0 * np.arange(10.0))


def answers(panel: Sliders, monkeypatch: pytest.MonkeyPatch) -> list:
    sent: list = []
    monkeypatch.setattr(panel, "send", sent.append)
    return sent


def test_limits_can_be_edited_and_a_typed_value_widens_them(network: Network) -> None:
    clock = network.get_population("clock")
    panel = sliders(clock, drive=(0.0, 2.0))
    panel._receive(panel, {"limits": "drive", "high": 4.0}, [])
    assert (panel.rows[0]["low"], panel.rows[0]["high"]) == (0.0, 4.0)
    panel._receive(panel, {"set": "drive", "value": 9.0, "widen": True}, [])
    assert clock.drive[0] == 9.0
    assert panel.rows[0]["high"] == 9.0
    panel._receive(panel, {"limits": "drive", "low": 10.0}, [])
    assert panel.message == "the slider of 'drive' cannot go from 10 to 9"


def test_a_limit_of_nothing_makes_a_logarithmic_slider_a_plain_one(network: Network) -> None:
    panel = sliders(network.get_population("clock"), "tau")
    panel["tau"].set_limits(low=0.0)
    assert panel.rows[0]["is_log"] is False


def test_the_page_is_told_of_a_reset_though_the_kernel_knew_the_row(network: Network) -> None:
    panel = sliders(network.get_population("clock"), "drive")
    panel._receive(panel, {"set": "drive", "value": 2.0}, [])
    before = panel.version
    panel._receive(panel, {"reset": "drive"}, [])
    assert panel.version > before


def test_values_that_differ_are_shifted(network: Network) -> None:
    clock = network.get_population("clock")
    clock.drive = np.arange(10.0)
    panel = sliders(clock, "drive")
    assert panel["drive"].modes == ("scale", "offset", "mean")
    panel["drive"].set_mode("offset")
    assert clock.drive.tolist() == list(range(10))
    panel["drive"].value = 0.5
    assert clock.drive.tolist() == (np.arange(10) + 0.5).tolist()


def test_values_that_differ_get_another_mean_and_spread(network: Network) -> None:
    clock = network.get_population("clock")
    clock.drive = np.arange(10.0)
    panel = sliders(clock, "drive")
    panel["drive"].set_mode("mean")
    assert clock.drive == pytest.approx(np.arange(10.0))
    panel["drive"].value = 20.0
    panel["drive"].spread = 0.5
    assert clock.drive.mean() == pytest.approx(20.0)
    assert clock.drive.std() == pytest.approx(0.5)
    assert np.all(np.diff(clock.drive) > 0)
    assert [row["label"] for row in panel.rows] == ["drive mean", "drive sd"]


def test_equal_values_can_be_spread_and_come_back(network: Network) -> None:
    clock = network.get_population("clock")
    panel = sliders(clock, "drive")
    panel["drive"].set_mode("mean")
    panel._receive(panel, {"set": "drive:sd", "value": 0.3}, [])
    assert len(set(clock.drive.tolist())) == 10
    first = clock.drive.tolist()
    panel["drive"].value = 2.0
    panel["drive"].value = 1.0
    assert clock.drive.tolist() == first
    panel.reset()
    assert clock.drive.tolist() == [1.0] * 10


def test_a_value_that_all_share_has_no_spread(network: Network) -> None:
    panel = sliders(network.get_population("clock"), "tau")
    assert panel["tau"].modes == ("value",)
    with pytest.raises(ArgumentError, match="'tau' cannot be moved by 'mean'"):
        panel["tau"].set_mode("mean")


def test_a_move_compiles_nothing(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("something was compiled")

    clock = network.get_population("clock")
    panel = sliders(clock)
    monkeypatch.setattr("annlab.network.network.assemble", refuse)
    monkeypatch.setattr(network._runner, "refresh", refuse)
    for name in panel:
        panel[name].value = panel[name].range.high
    panel["drive"].set_mode("mean")
    assert clock.tau == panel["tau"].value


def test_the_code_of_a_panel_makes_the_same_panel(network: Network) -> None:
    panel = sliders(network.get_population("clock")[:3], "tau", drive=(0.0, 3.0), title="some")
    again = eval(panel.code(), {"net": network, "sliders": sliders})  # noqa: S307  # our own text
    assert again.code() == panel.code()
    assert again.rows == panel.rows


def test_an_unknown_parameter_is_refused_with_the_nearest_name(network: Network) -> None:
    with pytest.raises(UnknownAttributeError, match="has no attribute 'drove'"):
        sliders(network.get_population("clock"), "drove")


def test_a_range_that_is_upside_down_is_refused(network: Network) -> None:
    with pytest.raises(ArgumentError, match="cannot go from 4 to 1"):
        sliders(network.get_population("clock"), drive=(4, 1))


def test_a_slider_of_rates_that_is_given_0_as_its_end_has_it(network: Network) -> None:
    """It began at a tenth of the rate of now, so that an input could not be silenced."""
    panel = sliders(network.get_population("clock"), tau=(0.0, 50.0))
    found = panel["tau"].range
    assert (found.low, found.high, found.is_logarithmic) == (0.0, 50.0, False)
    assert sliders(network.get_population("clock"), tau=(1.0, 50.0))["tau"].range.is_logarithmic


@pytest.mark.parametrize(
    ("name", "value", "low", "high", "is_logarithmic"),
    [
        ("noise", 5.0, 0.0, 15.0, False),
        ("noise", 0.0, 0.0, 1.0, False),
        ("sigma_v", 0.0, 0.0, 1.0, False),
        ("std", 0.0, 0.0, 1.0, False),
        ("drive", 0.0, -1.0, 1.0, False),
        ("standard", 0.0, -1.0, 1.0, False),
        ("rates", 0.0, 0.0, 100.0, False),
        ("c", -65.0, -100.0, -30.0, False),
        ("a", 0.02, 0.0, 0.07, False),
        ("tau", 10.0, 1.0, 100.0, True),
        ("tau_exc", 5.0, 0.5, 50.0, True),
        ("rate", 20.0, 2.0, 200.0, True),
        ("tau", 0.0, 0.0, 10.0, False),
    ],
)
def test_a_range_holds_the_value_with_room(
    name: str, value: float, low: float, high: float, is_logarithmic: bool
) -> None:
    found = slider_range(name, value)
    assert (found.low, found.high) == pytest.approx((low, high))
    assert found.is_logarithmic is is_logarithmic


@pytest.mark.parametrize(
    ("neuron", "name", "low", "high"),
    [
        (annlab.Izhikevich, "noise", 0.0, 10.0),
        (annlab.Izhikevich, "i_offset", -10.0, 10.0),
        (annlab.IF_curr_exp, "i_offset", -1.0, 1.0),  # in nA
        (annlab.LeakyIntegrator, "B", -1.0, 1.0),
    ],
)
def test_a_range_about_zero_suits_what_the_neuron_counts_in(
    neuron: type[annlab.Neuron], name: str, low: float, high: float
) -> None:
    net = annlab.Network()
    cells = net.create(3, neuron)
    net.compile()
    panel = sliders(cells, name)
    (row,) = panel.rows
    assert (row["low"], row["high"]) == (low, high)
    panel.close()


def test_declared_bounds_win_over_the_value() -> None:
    found = slider_range("x", 5.0, low=0.0, high=6.0)
    assert (found.low, found.high) == (0.0, 6.0)


def test_one_declared_bound_beyond_the_value_still_gives_a_range() -> None:
    found = slider_range("x", -5.0, low=-1.0)
    assert found.low < -5.0 < found.high


def test_the_steps_of_a_range_are_round_numbers() -> None:
    assert slider_range("noise", 5.0).step == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("name", "text"), [("tau", "ms"), ("tau_refrac", "ms"), ("v_thresh", "mV"), ("noise", "")]
)
def test_a_unit_follows_from_the_name(name: str, text: str) -> None:
    assert unit(name) == text


def test_the_last_of_many_values_wins_and_none_waits() -> None:
    applied: list[float] = []
    is_first = threading.Event()
    go_on = threading.Event()

    def apply(value: float) -> None:
        applied.append(value)
        is_first.set()
        go_on.wait(2.0)

    latest = Latest()
    busy = threading.Thread(target=latest.set, args=(0.0, apply))
    busy.start()
    is_first.wait(2.0)
    for k in range(1, 100):
        latest.set(float(k), apply)  # returns at once: the first is still being applied
    go_on.set()
    busy.join(2.0)
    assert applied == [0.0, 99.0]


def test_a_value_that_fails_does_not_block_the_next() -> None:
    applied = []

    def apply(value: float) -> None:
        if value < 0:
            raise ValueError("no")
        applied.append(value)

    latest = Latest()
    with pytest.raises(ValueError, match="no"):
        latest.set(-1.0, apply)
    latest.set(1.0, apply)
    assert applied == [1.0]


def weighted(*, n: int = 3, is_structural: bool = False) -> Projection:
    """Return a compiled projection with one weight per synapse, in dendrites of unequal length."""
    net = Network(backend="reference", seed=1)
    net.config(structural_plasticity=is_structural)
    cells = net.create(n, Neuron(equations="r = sum(exc)"))
    table = np.triu(1.0 + np.arange(n * n, dtype=float).reshape(n, n)).T
    proj = net.connect(cells, cells, "exc").from_matrix(np.where(table == 0, np.nan, table))
    net.compile()
    return proj


def test_weights_are_moved_by_a_factor() -> None:
    proj = weighted()
    assert proj.w == [[1.0], [2.0, 5.0], [3.0, 6.0, 9.0]]
    panel = sliders(proj, "w")
    panel["w"].value = 2.0
    assert proj.w == [[2.0], [4.0, 10.0], [6.0, 12.0, 18.0]]
    panel.reset()
    assert proj.w == [[1.0], [2.0, 5.0], [3.0, 6.0, 9.0]]


def test_weights_are_moved_after_synapses_have_gone() -> None:
    proj = weighted(is_structural=True)
    panel = sliders(proj, "w")
    panel["w"].value = 2.0
    proj.dendrite(1).prune_synapse(0)
    panel["w"].value = 1.0
    assert proj.w == [[1.0], [5.0], [3.0, 6.0, 9.0]]


def test_a_million_weights_move_while_nobody_waits() -> None:
    net = Network(backend="reference", seed=1)
    cells = net.create(1000, Neuron(equations="r = sum(exc)"))
    proj = net.connect(cells, cells, "exc").all_to_all(
        Uniform(0.0, 1.0), allow_self_connections=True
    )
    net.compile()
    panel = sliders(proj, "w")
    first = proj.get("w", as_array=True)
    costs = []
    for factor in (0.5, 0.6, 0.7):
        begin = time.process_time()
        panel["w"].value = factor
        costs.append(time.process_time() - begin)
    np.testing.assert_array_equal(proj.get("w", as_array=True), first * 0.7)
    assert min(costs) < 0.1  # 10 ms or so; lists took 150


def seen(holds: Callable[[], bool]) -> bool:
    """Wait until the sliders have followed; they look a moment after code has set something."""
    end = time.monotonic() + 10.0
    while not holds() and time.monotonic() < end:
        time.sleep(0.01)
    return holds()


@pytest.mark.parametrize("is_running", [False, True])
def test_a_slider_follows_what_code_sets(network: Network, is_running: bool) -> None:
    clock = network.get_population("clock")
    panel = sliders(clock, "drive", "tau")
    if is_running:
        network.start(speed=1.0)
    before = panel.version
    clock.drive = 1.25
    clock.set({"tau": 12.0})
    assert seen(lambda: panel.values == {"drive": 1.25, "tau": 12.0})
    assert seen(lambda: [row["value"] for row in panel.rows] == [1.25, 12.0])
    assert panel.version > before


def test_a_slider_follows_restore_reset_and_load(network: Network, tmp_path: Path) -> None:
    clock = network.get_population("clock")
    panel = sliders(clock, "drive")
    first = panel["drive"].value
    clock.drive = 1.5
    moment = network.snapshot()
    network.save(str(tmp_path / "saved.npz"))
    network.reset()
    assert seen(lambda: panel["drive"].value == first)
    network.restore(moment)
    assert seen(lambda: panel["drive"].value == 1.5)
    clock.reset(["drive"])
    assert seen(lambda: panel["drive"].value == first)
    network.load(str(tmp_path / "saved.npz"))
    assert seen(lambda: panel["drive"].value == 1.5)


def test_a_value_outside_of_the_limits_widens_them(network: Network) -> None:
    clock = network.get_population("clock")
    panel = sliders(clock, drive=(0.0, 2.0))
    clock.drive = 7.0
    assert seen(lambda: panel.rows[0]["high"] == 7.0)
    assert (panel.rows[0]["low"], panel.rows[0]["value"]) == (0.0, 7.0)


def test_two_panels_of_one_parameter_agree_and_come_to_rest(network: Network) -> None:
    clock = network.get_population("clock")
    clock.drive = np.arange(10.0)
    panels = [sliders(clock, "drive") for _ in range(2)]
    panels[0]["drive"].value = 0.5
    assert seen(lambda: panels[1]["drive"].value == 0.5)
    versions = [panel.version for panel in panels]
    time.sleep(0.3)
    assert [panel.version for panel in panels] == versions
    panels[1].reset()
    assert clock.drive.tolist() == list(range(10))


def test_values_of_each_neuron_make_a_slider_a_factor_of_them(network: Network) -> None:
    clock = network.get_population("clock")
    panel = sliders(clock, "drive")
    clock.drive = np.arange(10.0)
    assert seen(lambda: panel["drive"].mode == "scale")
    panel["drive"].value = 2.0
    assert clock.drive.tolist() == (2.0 * np.arange(10)).tolist()
    clock.drive = 3.0
    assert seen(lambda: (panel["drive"].mode, panel["drive"].value) == ("value", 3.0))


def test_a_slider_of_a_projection_follows_its_dendrites() -> None:
    proj = weighted()
    panel = sliders(proj, "w")
    proj.w = 2.0
    assert seen(lambda: (panel["w"].mode, panel["w"].value) == ("value", 2.0))
    proj.dendrite(1).w = [3.0, 4.0]
    assert seen(lambda: panel["w"].mode == "scale")
    proj.dendrite(1).synapse(0).w = 5.0
    assert seen(lambda: panel["w"].read().max() == 5.0 and panel["w"]._base.max() == 5.0)


def test_a_slider_on_its_way_does_not_jump_to_what_was_there(network: Network) -> None:
    clock = network.get_population("clock")
    knob = sliders(clock, "drive")["drive"]
    network.start(speed=1.0)
    for value in np.linspace(0.5, 1.5, 50):
        clock.drive = 0.0
        knob.value = value
        assert knob.value == value
    time.sleep(0.2)
    assert (knob.value, np.ravel(clock.drive)[0]) == (1.5, 1.5)


def test_a_parameter_set_ten_thousand_times_is_read_a_few(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = network.get_population("clock")
    panel = sliders(clock, "drive")
    before = panel.version
    begin = time.monotonic()
    for k in range(10_000):
        clock.drive = k * 1e-4
    assert seen(lambda: panel["drive"].value == pytest.approx(0.9999))
    assert panel.version - before <= 2 + (time.monotonic() - begin) / 0.05


def test_a_slider_that_follows_leaves_a_failure_to_the_user() -> None:
    net = Network(backend="reference")
    cells = net.create(2, Neuron(parameters="drive = 1.0", equations="r = drive"))
    net.compile()
    panel = sliders(cells, "drive")

    @every(period=1.0, network=net)
    def fail(n: int) -> None:
        cells.drive = 4.0
        raise ValueError("on purpose")

    net.start()
    assert seen(lambda: panel["drive"].value == 4.0)
    with pytest.raises(ValueError, match="on purpose"):
        net.stop()


def test_a_closed_panel_hears_nothing(network: Network) -> None:
    clock = network.get_population("clock")
    panel = sliders(clock, "drive")
    panel.close()
    clock.drive = 1.5
    time.sleep(0.2)
    assert panel.values == {"drive": 1.0}
    assert network._notices._listeners == ()


def test_only_potentials_of_annlab_s_own_models_are_in_mv() -> None:
    """`E` of somebody's own equations was in mV, whatever they meant by it."""
    net = Network(backend="reference")
    own = net.create(1, Neuron("E = 1.0\ntau = 10.0", "r = E / tau"))
    annlabs = net.create(1, Izhikevich)
    net.compile()
    assert [row["unit"] for row in sliders(own).rows] == ["", "ms"]
    assert [row["unit"] for row in sliders(annlabs, "v_thresh").rows] == ["mV"]


def test_a_closed_panel_says_that_it_is(network: Network) -> None:
    panel = sliders(network.get_population("clock"), "drive")
    assert repr(panel) == "<sliders of drive>"
    panel.close()
    assert repr(panel) == "<closed sliders of drive>"
