"""What the control bar sends to the page, and when."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from conftest import Page, eventually

from annlab import Izhikevich, Network
from annlab.widgets import controls
from annlab.widgets.controls import Controls, Meter
from annlab.widgets.source import LiveNetwork


def test_a_network_at_rest_is_told_of_once(network: Network) -> None:
    """Each message makes JupyterLab show a busy kernel: a page at rest never came to rest."""
    now = 0.0
    source = LiveNetwork(network)
    meter = Meter(network, source, lambda: now)
    source.add_taps(meter.taps)
    assert meter.collect() is not None
    now = 1.0
    assert meter.collect() is None
    network.simulate(50.0)
    now = 2.0
    assert meter.collect() is not None
    source.remove_taps(meter.taps)


def test_the_bar_and_the_network_tell_one_size() -> None:
    """What was recorded counted in the sidebar only."""
    net = Network(dt=1.0, backend="reference")
    cells = net.create(100, Izhikevich)
    net.monitor(cells, "v")
    net.compile()
    net.simulate(50.0)
    meter = Meter(net, LiveNetwork(net))
    assert meter.read()["bytes"] == net.size_in_bytes() >= cells.size_in_bytes() + 50 * 100 * 8


@pytest.fixture
def bar(network: Network) -> Iterator[Controls]:
    shown = controls(network)
    yield shown
    shown.close()


def test_the_speed_is_that_of_a_run_which_code_has_started(
    network: Network, bar: Controls, page: Page
) -> None:
    """It said "max", and the next press of a key let a run in real time go as fast as it could."""
    page.show(bar.view_id)
    network.start(speed=2.0)
    assert eventually(lambda: bar.speed == 2.0)
    bar.set_speed(0.5)
    assert network._worker is not None
    assert network._worker.pace_s == 0.002
    network.stop()
    network.start()
    assert eventually(lambda: bar.speed == 0.0)


def test_a_run_that_was_slowed_goes_on_slowly_after_a_pause(network: Network) -> None:
    network.start(speed=1.0)
    network.pause()
    bar = controls(network)
    bar.press("run")
    assert network._worker is not None
    assert network._worker.pace_s == 0.001
    bar.close()


def test_no_spikes_are_counted_after_a_reset(network: Network) -> None:
    """At t = 0 the bar told the spikes a second of before."""
    source = LiveNetwork(network)
    meter = Meter(network, source)
    source.add_taps(meter.taps)
    network.simulate(50.0)
    assert meter.read()["spikes_per_s"] == 2000.0
    network.reset()
    assert meter.read()["spikes_per_s"] == 0.0
    source.remove_taps(meter.taps)
