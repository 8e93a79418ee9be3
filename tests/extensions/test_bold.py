"""BOLD monitors: the models as equations, their inputs, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

import annlab as ann
from annlab.errors import (
    AnnlabError,
    ArgumentError,
    ArgumentTypeError,
    StateError,
    UnknownObjectError,
)
from annlab.extensions import bold

RATES = ann.Neuron(parameters="k = 0.0", equations="r = k\nother = 10.0*k")


@pytest.fixture(autouse=True)
def forget_everything(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("ANNLAB_BACKEND", "reference")
    ann.clear()
    yield
    ann.clear()


@pytest.fixture
def net() -> ann.Network:
    return ann.Network(seed=1)


@pytest.fixture
def two(net: ann.Network) -> list[ann.Population]:
    """Populations of 1 and 3 neurons whose rates are 4 and 8."""
    populations = [net.create(n, RATES, name=f"p{n}") for n in (1, 3)]
    populations[0].k, populations[1].k = 4.0, 8.0
    return populations


def inputs(net: ann.Network, populations: object, steps: int = 4, **options: object) -> list[float]:
    """Return what the model received in each step after `start`."""
    monitor = net.boldmonitor(populations, recorded_variables="I_CBF", **options)
    net.compile()
    net.simulate(2.0)
    monitor.start()
    net.simulate(steps)
    return monitor.get("I_CBF")[:, 0].tolist()


# -- inputs -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, 0.25 * 4.0 + 0.75 * 8.0),
        ({"scale_factor": [1.0, 2.0]}, 4.0 + 2 * 8.0),
        ({"mapping": {"I_CBF": "other"}}, 10 * (0.25 * 4.0 + 0.75 * 8.0)),
    ],
)
def test_the_input_is_the_weighted_mean_of_the_populations(net, two, options, expected) -> None:
    assert inputs(net, two, **options) == pytest.approx([expected] * 4)


def test_all_populations_are_the_default(net, two) -> None:
    assert inputs(net, None) == pytest.approx([7.0] * 4)


def test_one_population_needs_no_list(net, two) -> None:
    assert inputs(net, two[0]) == [4.0] * 4


def test_a_population_is_normalised_by_its_baseline(net) -> None:
    growing = net.create(2, ann.Neuron(equations="r += 1.0"))
    # recorded from the third step on: rates 2, 3, 4, 5; the baseline is that of the first two
    found = inputs(net, growing, normalize_input=[2.0], scale_factor=[3.0])
    baseline = (2.0 + 3.0) / 2
    assert found[:2] == [0.0, 0.0]
    assert found[2:] == pytest.approx(
        [3.0 * (m - baseline) / (baseline + 1e-7) for m in (4.0, 5.0)], rel=1e-12
    )


def test_populations_are_normalised_one_by_one(net, two) -> None:
    found = inputs(net, two, normalize_input=[0.0, 2.0])
    assert found == pytest.approx([0.25 * 4.0] * 4)


def test_a_new_start_takes_a_new_baseline(net, two) -> None:
    monitor = net.boldmonitor(two[0], normalize_input=2.0, recorded_variables="I_CBF")
    net.compile()
    for rate in (4.0, 40.0):
        two[0].k = rate
        net.simulate(1.0)
        monitor.start()
        net.simulate(3.0)
        monitor.stop()
    assert monitor.get("I_CBF")[:, 0] == pytest.approx([0.0] * 6)


def test_spiking_populations_give_their_firing_rate(net) -> None:
    cells = net.create(2, ann.Neuron(equations="v += 1.0", spike="v > 1.5", reset="v = 0.0"))
    cells.compute_firing_rate(4.0)
    monitor = net.boldmonitor(cells, recorded_variables="I_CBF", start=True)
    net.compile()
    net.simulate(10.0)
    assert monitor.get("I_CBF")[-1, 0] == 500.0


# -- control ------------------------------------------------------------------------------


def test_nothing_is_computed_before_start_and_after_stop(net, two) -> None:
    monitor = net.boldmonitor(two)
    net.compile()
    net.simulate(5.0)
    assert monitor.get("BOLD").shape == (0, 1)
    monitor.start()
    net.simulate(3.0)
    monitor.stop()
    before = monitor.s
    net.simulate(5.0)
    assert monitor.get()["BOLD"].shape == (3, 1)
    assert monitor.s == before != 0.0


def test_parameters_of_the_model_are_attributes(net, two) -> None:
    monitor = net.boldmonitor(two, bold.balloon_CN(kappa=0.5))
    assert monitor.kappa == 0.5
    monitor.kappa = 0.7
    net.compile()
    assert monitor.kappa == pytest.approx(0.7)
    assert monitor.f_in == 1.0


def test_the_network_knows_its_monitors(net, two) -> None:
    monitor = net.boldmonitor(two)
    assert net.get_extensions() == [monitor]
    assert repr(monitor) == "<BoldMonitor 'bold0' of p1, p3: balloon_RN>"


def test_scripts_of_version_4_make_it_by_hand() -> None:
    pop = ann.Population(2, RATES)
    monitor = bold.BoldMonitor(populations=[pop], start=True)
    ann.compile()
    ann.simulate(3.0)
    assert monitor.get("BOLD").shape == (3, 1)


# -- models -------------------------------------------------------------------------------


def balloon(model: bold.BoldModel, signal: str, coefficients: tuple[float, float, float]) -> float:
    """Return the BOLD signal after 300 ms at an input of 0.1, by the published equations."""
    p = {line.split("=")[0].strip(): line.split("=")[1] for line in model.parameters.splitlines()}
    value = {name: float(text.split(":")[0]) for name, text in p.items()}
    s, f_in, q, v, f_out = 0.0, 1.0, 1.0, 1.0, 1.0
    second, tau, e_0 = 1000.0, value["tau"], value["E_0"]
    for step in range(300):
        i = 0.1 if step > 0 else 0.0
        ds = (value["phi"] * i - value["kappa"] * s - value["gamma"] * (f_in - 1)) / second
        s, f_in = s + ds, max(f_in + s / second, 0.01)
        e = 1 - (1 - e_0) ** (1 / f_in)
        dq = (f_in * e / e_0 - (q / v) * f_out) / (tau * second)
        q, v = max(q + dq, 0.01), max(v + (f_in - f_out) / (tau * second), 0.01)
        f_out = max(v ** (1 / value["alpha"]), 0.01)
    k_1, k_2, k_3 = coefficients
    if signal == "N":
        return value["V_0"] * (k_1 * (1 - q) + k_2 * (1 - q / v) + k_3 * (1 - v))
    return value["V_0"] * ((k_1 + k_2) * (1 - q) + (k_3 - k_2) * (1 - v))


CLASSICAL = ((1 - 0.02) * 4.3 * 40.3 * 0.34 * 0.04, 2 * 0.34, 1 - 1.43)
REVISED = (4.3 * 40.3 * 0.34 * 0.04, 1.43 * 25.0 * 0.34 * 0.04, 1 - 1.43)


@pytest.mark.parametrize(
    ("model", "signal", "coefficients"),
    [
        (bold.balloon_CN, "N", CLASSICAL),
        (bold.balloon_CL, "L", CLASSICAL),
        (bold.balloon_RN, "N", REVISED),
        (bold.balloon_RL, "L", REVISED),
        (bold.balloon_maith2021, "N", (7 * 0.3424, 2.0, 2 * 0.3424 - 0.2)),
    ],
)
def test_models_follow_the_published_equations(net, two, model, signal, coefficients) -> None:
    two[0].k = 0.1
    monitor = net.boldmonitor(two[0], model, start=True)
    net.compile()
    net.simulate(300.0)
    expected = balloon(model(), signal, coefficients)
    assert monitor.get("BOLD")[-1, 0] == pytest.approx(expected, rel=1e-9)
    assert expected != 0.0


def test_a_model_of_two_inputs_rests_without_them_and_rises_with_flow(net, two) -> None:
    two[0].k = 0.0
    monitor = net.boldmonitor(
        two[0], bold.balloon_two_inputs(), {"I_CBF": "r", "I_CMRO2": "other"}, start=True
    )
    net.compile()
    net.simulate(200.0)
    assert np.abs(monitor.get("BOLD")).max() < 1e-12
    two[0].k = 0.1
    net.simulate(200.0)
    assert monitor.r > 1.0
    assert monitor.f_in > 1.0


def test_a_model_of_the_user_is_recorded_by_its_output(net, two) -> None:
    model = bold.BoldModel(
        parameters="tau = 2.0",
        equations="x = sum( I )\ntau*dslow/dt = x - slow",
        inputs="I",
        output=["x", "slow"],
    )
    monitor = net.boldmonitor(two[0], model, {"I": "r"}, start=True)
    net.compile()
    net.simulate(3.0)
    data = monitor.get()
    assert data["x"][:, 0].tolist() == [0.0, 4.0, 4.0]
    assert data["slow"][:, 0].tolist() == [0.0, 2.0, 3.0]


# -- refusals -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"mapping": {"I": "r"}}, "BOLD model 'balloon_RN' has no input 'I'\n  its inputs: I_CBF"),
        ({"mapping": {}}, "BOLD model 'balloon_RN' needs its input 'I_CBF'\n"),
        ({"scale_factor": [1.0]}, "scale_factor has 1 values for 2 populations\n  give one value"),
        ({"normalize_input": [1.0] * 3}, "normalize_input has 3 values for 2 populations"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(net, two, options, text: str) -> None:
    with pytest.raises(ArgumentError, match=text):
        net.boldmonitor(two, **options)
    assert len(net.get_populations()) == 2


def test_a_variable_that_populations_lack_is_refused(net, two) -> None:
    text = "population 'p1' has no variable 'othr'\n  known here: k, r, other\n  did you mean 'oth"
    with pytest.raises(UnknownObjectError, match=text):
        net.boldmonitor(two, mapping={"I_CBF": "othr"})


@pytest.mark.parametrize("given", [[], [3], "p1"])
def test_what_is_no_population_is_refused(net, two, given) -> None:
    with pytest.raises(ArgumentTypeError, match="a BOLD monitor records populations, not "):
        net.boldmonitor(given)


def test_what_is_no_model_is_refused(net, two) -> None:
    with pytest.raises(ArgumentTypeError, match="bold_model is .*\n  give a BoldModel, such as"):
        net.boldmonitor(two, ann.Izhikevich)


def test_a_model_that_does_not_read_its_input_is_refused() -> None:
    text = "BOLD model 'mine' does not read its input 'I'\n  write sum\\(I\\) in an equation"
    with pytest.raises(ArgumentError, match=text):
        bold.BoldModel(equations="BOLD = 1.0", inputs="I", name="mine")


def test_a_compiled_network_takes_no_bold_monitor(net, two) -> None:
    net.compile()
    with pytest.raises(StateError, match="it is too late to add a BOLD monitor"):
        net.boldmonitor(two)


# -- copies ---------------------------------------------------------------------------


def signal(monitor: bold.BoldMonitor, net: ann.Network) -> list[float]:
    monitor.start()
    net.simulate(5.0)
    return monitor.get("BOLD").ravel().tolist()


def test_a_copy_of_a_network_has_bold_monitors_of_its_own(net, two) -> None:
    monitor = net.boldmonitor(two, scale_factor=[1.0, 2.0], normalize_input=[0.0, 2.0])
    net.compile()
    twin = net.copy()
    other = twin.get(monitor)
    assert isinstance(other, bold.BoldMonitor)
    assert twin.get_extensions() == [other]
    assert [p.network for p in other.populations] == [twin, twin]
    assert (other.scale_factor, other.normalize_input) == ([1.0, 2.0], [0.0, 2.0])
    twin.simulate(3.0)
    assert other.get("BOLD").shape == (0, 1)  # it is not started, as the original is not
    found = signal(other, twin)
    assert len(found) == 5
    assert found[-1] != 0.0
    assert monitor.get("BOLD").shape == (0, 1)
    net.simulate(3.0)
    assert signal(monitor, net) == found


def test_a_bold_monitor_is_added_with_its_populations(net, two) -> None:
    monitor = net.boldmonitor(two)
    other = ann.Network(seed=1)
    other.add([*two, monitor])
    twin = other.get(monitor)
    other.compile()
    net.compile()
    assert len(signal(twin, other)) == 5
    assert len(other.get_populations()) == 3  # the two, and the one that computes


def test_a_bold_monitor_without_its_populations_is_refused(net, two) -> None:
    monitor = net.boldmonitor(two)
    with pytest.raises(UnknownObjectError, match="has no copy of .*\n  add both"):
        ann.Network().add(monitor)


def test_a_bold_monitor_that_is_refused_leaves_nothing_behind(net: ann.Network) -> None:
    cells = net.create(2, ann.Neuron(equations="r = t"), name="cells")
    for options in ({"recorded_variables": "zz"}, {"scale_factor": "x"}, {"normalize_input": -5.0}):
        with pytest.raises(AnnlabError):
            net.boldmonitor(cells, **options)
    with pytest.raises(ArgumentTypeError, match="records populations, not 3"):
        net.boldmonitor(3)  # type: ignore[arg-type]
    assert [p.name for p in net.get_populations()] == ["cells"]
    assert net.get_projections() == []
