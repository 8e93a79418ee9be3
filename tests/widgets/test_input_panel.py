"""Inputs driven by hand, and neurons that are made to spike."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from annlab import (
    HH_cond_exp,
    IF_curr_exp,
    InputArray,
    Izhikevich,
    LeakyIntegrator,
    Network,
    PoissonPopulation,
    SpikeSourceArray,
)
from annlab.errors import ArgumentError, UnknownObjectError
from annlab.widgets import inputs, raster, stimulate
from annlab.widgets.channel import pump_of


@pytest.fixture
def net() -> Iterator[Network]:
    net = Network(dt=1.0, seed=1, backend="reference")
    net.create(PoissonPopulation(4, "noise", rates=10.0))
    net.create(InputArray((2, 2), "image"))
    net.create(SpikeSourceArray([[5.0], []], "source"))
    net.create(3, Izhikevich, name="cells")
    net.create(2, LeakyIntegrator, name="level")
    net.compile()
    yield net
    net.stop()
    pump_of(net).close()


def test_a_network_gives_a_row_for_each_input(net: Network) -> None:
    panel = inputs(net)
    assert [row["label"] for row in panel.rows] == ["noise", "image", "source"]
    assert [row["button"] for row in panel.rows] == ["Hold", "Hold", "Spike"]


def test_a_slider_drives_an_input(net: Network) -> None:
    panel = inputs(net)
    panel._receive(panel, {"set": "noise", "value": 80.0}, [])
    panel._receive(panel, {"set": "image", "value": 0.5}, [])
    assert net.get_population("noise").rates.tolist() == [80.0] * 4
    assert net.get_population("image").r.tolist() == [[0.5, 0.5], [0.5, 0.5]]


def test_a_button_drives_an_input_while_it_is_held(net: Network) -> None:
    noise = net.get_population("noise")
    panel = inputs(noise, top=200.0)
    panel._receive(panel, {"hold": "noise", "on": True}, [])
    assert noise.rates.tolist() == [200.0] * 4
    panel._receive(panel, {"hold": "noise", "on": False}, [])
    assert noise.rates.tolist() == [10.0] * 4


def test_a_pattern_keeps_its_shape(net: Network) -> None:
    image = net.get_population("image")
    image.r = [[0.0, 1.0], [2.0, 3.0]]
    panel = inputs(image)
    panel["image"].value = 2.0
    assert image.r.tolist() == [[0.0, 2.0], [4.0, 6.0]]


def test_a_button_fires_a_source_also_while_it_runs(net: Network) -> None:
    source = net.get_population("source")
    monitor = net.monitor(source, "spike")
    panel = inputs(source)
    net.simulate(2.0)
    panel._receive(panel, {"fire": "source"}, [])
    net.simulate(10.0)
    assert monitor.get("spike") == {0: [2, 5], 1: [2]}


@pytest.mark.parametrize("neuron", [Izhikevich, IF_curr_exp, HH_cond_exp])
def test_a_neuron_can_be_made_to_spike(neuron: type) -> None:
    net = Network(dt=0.1, seed=1, backend="reference")
    cells = net.create(5, neuron)
    monitor = net.monitor(cells, "spike")
    net.compile()
    net.simulate(1.0)
    stimulate(cells, [1, 3])
    net.simulate(3.0)
    spikes = monitor.get("spike")
    assert [rank for rank in spikes if spikes[rank]] == [1, 3]
    net.clear()


def test_a_click_in_a_raster_makes_its_neuron_spike(net: Network) -> None:
    cells = net.get_population("cells")
    view = raster([net.get_population("noise"), cells[[2, 0]]])
    assert view.can_stimulate
    monitor = net.monitor(cells, "spike")
    view._receive(view, {"stimulate": 4}, [])
    net.step()
    assert monitor.get("spike") == {0: [], 1: [], 2: [0]}


def test_a_click_on_a_neuron_without_threshold_says_why(net: Network) -> None:
    view = raster([net.get_population("noise"), net.get_population("cells")])
    view._receive(view, {"stimulate": 0}, [])
    assert view.notice == "the neurons of 'noise' cannot be made to spike one by one"


def test_a_raster_of_noise_offers_no_stimulation(net: Network) -> None:
    assert not raster(net.get_population("noise")).can_stimulate


def test_a_row_that_is_not_there_is_refused(net: Network) -> None:
    with pytest.raises(UnknownObjectError, match="has no row 9"):
        raster(net.get_population("cells")).stimulate(9)


def test_a_stimulus_needs_a_threshold(net: Network) -> None:
    with pytest.raises(ArgumentError, match="cannot be made to spike one by one"):
        stimulate(net.get_population("noise"), [0])


def test_what_cannot_be_driven_is_refused(net: Network) -> None:
    with pytest.raises(ArgumentError, match="'level' cannot be driven"):
        inputs(net.get_population("level"))


def test_a_network_without_inputs_is_refused() -> None:
    net = Network(dt=1.0, backend="reference")
    net.create(1, Izhikevich)
    net.compile()
    with pytest.raises(ArgumentError, match="has no input population"):
        inputs(net)


def test_the_code_of_inputs_makes_the_same_panel(net: Network) -> None:
    panel = inputs(net, top=50.0)
    again = eval(panel.code(), {"net": net, "inputs": inputs})  # noqa: S307  # our own text
    assert again.rows == panel.rows


def test_random_times_stay_sorted(net: Network) -> None:
    source = net.get_population("source")
    net.simulate(3.0)
    stimulate(source, [0])
    assert np.all(np.diff(source._trains[0]) > 0)
