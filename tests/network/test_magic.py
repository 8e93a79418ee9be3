"""The functions of version 4 on the global network."""

from __future__ import annotations

import subprocess
import sys

import pytest

import annlab as ann
from annlab.errors import (
    AnnlabWarning,
    ArgumentError,
    ConfigurationError,
    StateError,
    UnknownObjectError,
)

COUNTING = ann.Neuron(parameters={"gain": 1.0}, equations="r += gain")
SUMMING = ann.Neuron(equations="r = sum(exc)")


@pytest.fixture
def script() -> tuple[ann.Population, ann.Population, ann.Projection, ann.Monitor]:
    ann.setup(dt=0.5, seed=1)
    a, b = ann.Population(2, COUNTING, name="A"), ann.Population(1, SUMMING)
    projection = ann.Projection(a, b, "exc")
    projection.connect_all_to_all(weights=2.0)
    return a, b, projection, ann.Monitor(a, "r")


def test_a_script_of_version_4_runs(script) -> None:
    a, b, projection, monitor = script
    assert ann.get_time() == 0.0
    ann.compile()
    ann.simulate(1.0)
    ann.step()
    assert (ann.get_time(), ann.get_current_step(), ann.dt()) == (1.5, 3, 0.5)
    assert (a.r.tolist(), b.r.tolist()) == ([3.0, 3.0], [8.0])
    assert ann.get_population("A") is a
    assert (ann.populations(), ann.projections(post=b)) == ([a, b], [projection])
    assert ann.monitors(a) == [monitor]
    assert monitor.get("r").shape == (3, 2)
    ann.reset()
    assert ann.get_time() == 0.0
    ann.set_current_step(4)
    assert ann.get_time() == 2.0
    ann.set_time(5.0)
    assert ann.get_current_step() == 10


def test_simulate_until_of_the_global_network() -> None:
    pop = ann.Population(1, COUNTING, stop_condition="r > 2.5")
    ann.compile()
    assert ann.simulate_until(10.0, pop) == 3.0


def test_unknown_objects_give_none_and_a_warning() -> None:
    with pytest.warns(AnnlabWarning, match="there is no population 'cortex'"):
        assert ann.get_population("cortex") is None
    with pytest.warns(AnnlabWarning, match="there is no projection 'p'"):
        assert ann.get_projection("p") is None


@pytest.mark.parametrize("options", [{"num_threads": 2}, {"seed": 3}])
def test_advice_on_the_global_network_names_functions_that_a_script_has(options) -> None:
    ann.Population(1, COUNTING)
    with pytest.raises(StateError, match=r"\n  call compile\(\) first"):
        ann.simulate(1.0)
    ann.compile()
    with pytest.raises(StateError, match=r"before compile\(\), or call clear\(\) first"):
        ann.setup(**options)
    ann.clear()
    ann.setup(**options)


def test_advice_on_another_network_names_its_methods() -> None:
    net = ann.Network()
    with pytest.raises(StateError, match=r"call net\.compile\(\) first"):
        net.simulate(1.0)


def test_setup_is_for_later_networks_too() -> None:
    ann.setup(dt=0.25, precision="float")
    net = ann.Network()
    assert (net.dt, net.create(1, COUNTING).r.dtype.name) == (0.25, "float32")
    assert ann.dt() == 0.25


def test_setup_warns_if_it_comes_late(script) -> None:
    with pytest.warns(AnnlabWarning, match="setup\\(dt=...\\) comes after populations were made"):
        ann.setup(dt=0.1)


def test_setup_refuses_what_is_for_one_network() -> None:
    with pytest.raises(ConfigurationError, match="'disable_SIMD_Eq' cannot be set for all"):
        ann.setup(disable_SIMD_Eq=True)


def test_clear_forgets_everything(script) -> None:
    ann.add_function("f(x) = x")
    ann.Constant("alpha", 1.0)
    ann.compile()
    ann.clear()
    assert (ann.populations(), ann.dt(), ann.Network().id) == ([], 1.0, 1)
    assert ann.get_constant("alpha") is None
    ann.add_function("f(x) = 2*x")


def test_other_networks_are_reached_by_their_number(net: ann.Network) -> None:
    net.compile()
    ann.simulate(3.0, net_id=net.id)
    assert (net.time, ann.get_time()) == (3.0, 0.0)
    with pytest.raises(UnknownObjectError, match="there is no network 99"):
        ann.step(net_id=99)


# -- copies of global objects -------------------------------------------------------


def test_a_network_of_everything_holds_copies(script) -> None:
    a, b, projection, monitor = script
    a.gain = 3.0
    net = ann.Network(everything=True)
    net.compile()
    net.simulate(2.0)
    assert net.get(a).r.tolist() == [12.0, 12.0]
    assert net.get(projection).w == 2.0
    assert net.get(monitor).get("r").shape == (4, 2)
    assert net.get([a, b])[1] is net.get(b)
    assert net.get(a[1:]).ranks.tolist() == [1]
    assert net.get(net.get(a)) is net.get(a)
    assert a.name == net.get(a).name


def test_objects_that_were_not_added_are_not_found(script) -> None:
    a, b, _, _ = script
    net = ann.Network()
    net.add([a])
    with pytest.raises(UnknownObjectError, match="has no copy of .*\n  add it first"):
        net.get(b)


def test_a_network_holds_no_numbers(net: ann.Network) -> None:
    with pytest.raises(TypeError, match="a network cannot hold 5"):
        net.add([5])


def test_copies_of_the_global_network_run_side_by_side(script) -> None:
    a = script[0]

    def run(index: int, net: ann.Network, gain: float) -> tuple[int, float]:
        net.get(a).gain = gain
        net.simulate(1.0)
        return index, float(net.get(a).r[0])

    assert ann.parallel_run(run, number=2, gain=[1.0, 5.0]) == [(0, 2.0), (1, 10.0)]


def test_a_parallel_run_of_nothing_is_refused() -> None:
    with pytest.raises(ArgumentError, match="was given neither networks nor a number"):
        ann.parallel_run(lambda index, net: None)


@pytest.mark.parametrize("until", [False, True])
def test_the_memory_of_recordings_is_told(capsys: pytest.CaptureFixture[str], until: bool) -> None:
    cells = ann.Population(3, ann.Neuron(equations="r = t"), name="cells")
    ann.Monitor(cells, "r")
    ann.compile()
    if until:
        ann.simulate_until(10.0, cells, show_monitor_memory_estimate=True)
    else:
        ann.simulate(10.0, show_monitor_memory_estimate=True)
    assert "Recordings will take <0.00024 MB in memory: Monitor_cells.r" in capsys.readouterr().out


# -- the package --------------------------------------------------------------------


def test_every_public_name_is_there() -> None:
    missing = [name for name in (*ann.__all__, *dir(ann)) if not hasattr(ann, name)]
    assert missing == []
    assert ann.__all__ == sorted(ann.__all__, key=lambda name: (name.startswith("__"), name))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'annlab' has no attribute 'Populaton'"):
        ann.Populaton


@pytest.mark.parametrize("statement", ["import annlab", "from annlab import *"])
def test_the_import_brings_no_heavy_library(statement: str) -> None:
    code = (
        f"{statement}\nimport sys\n"
        "print([m for m in ('sympy', 'jinja2', 'scipy', 'bokeh', 'ipywidgets', 'Cython')"
        " if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"
