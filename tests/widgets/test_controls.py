"""What the control bar sends to the page, and when."""

from __future__ import annotations

from annlab import Izhikevich, Network
from annlab.widgets.controls import Meter
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
