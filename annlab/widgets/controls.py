"""The control bar: run, pause, stop and reset a network without a cell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import traitlets

from annlab.errors import AnnlabError, ArgumentError
from annlab.network.network import Network
from annlab.runtime.worker import RunState
from annlab.widgets import assets
from annlab.widgets.pump import Json, Part
from annlab.widgets.source import network_of
from annlab.widgets.view import LiveView


def controls(network: Network, *, speed: float | None = None) -> Controls:
    """Show buttons that run, pause, stop and reset `network`, its time and its speed.

    Parameters
    ----------
    network
        A compiled network.
    speed
        How fast the run button runs: 1.0 is real time (one simulated second takes one second), None
        as fast as it can.

    Examples
    --------
    >>> import annlab
    >>> from annlab.widgets import controls
    >>> net = annlab.Network()
    >>> cells = net.create(2, annlab.Izhikevich)
    >>> net.compile()
    >>> bar = controls(net, speed=1.0)  # a notebook shows it
    >>> bar.press("run")
    >>> net.running
    True
    >>> bar.press("stop")
    >>> bar.close()
    """
    if speed is not None and not speed > 0:
        raise ArgumentError(
            f"a network cannot run at {speed} times real time",
            hint="speed must be > 0; None runs as fast as it can",
        )
    return Controls(network_of(network), speed=speed)


class Controls(LiveView):
    """What `controls` returns. A button does what the network's method of that name does.

    Examples
    --------
    >>> import annlab
    >>> from annlab.widgets import controls
    >>> net = annlab.Network()
    >>> cells = net.create(2, annlab.Izhikevich)
    >>> net.compile()
    >>> bar = controls(net)
    >>> bar
    <controls of network 1>
    >>> bar.close()
    """

    _esm = assets.script("switchboard", "parts", "controls")
    status = traitlets.Dict().tag(sync=True)

    def __init__(self, network: Network, *, speed: float | None) -> None:
        super().__init__(network, f"controls of network {network.id}")
        self.status = self._source.status() or {}
        self._speed = speed
        self._actions: dict[str, Callable[[Network], object]] = {
            "run": self._run,
            "pause": lambda net: net.pause(),
            "stop": lambda net: net.stop(),
            "reset": lambda net: net.reset(),
        }
        self.on_msg(self._receive)
        self._start(_NoData())

    def press(self, action: str) -> None:
        """Do what the button does: "run", "pause", "stop" or "reset".

        Examples
        --------
        >>> import annlab
        >>> from annlab.widgets import controls
        >>> net = annlab.Network()
        >>> cells = net.create(2, annlab.Izhikevich)
        >>> net.compile()
        >>> net.simulate(10.0)
        10
        >>> bar = controls(net)
        >>> bar.press("reset")
        >>> net.time
        0.0
        >>> bar.close()
        """
        if action not in self._actions:
            raise ArgumentError(
                f"there is no button '{action}'", hint=f"choose from {', '.join(self._actions)}"
            )
        network = self._source.network
        if network is not None:
            self._actions[action](network)

    def _run(self, network: Network) -> None:
        worker = network._worker
        if worker is not None and worker.run_state is RunState.PAUSED:
            network.resume()
        elif not self._source.is_running:
            network.start(speed=self._speed)

    # ipywidgets hands over untyped messages.
    def _receive(self, _widget: Any, content: Mapping[str, Json], _buffers: Any) -> None:
        try:
            self.press(str(content.get("do")))
        except Exception as error:  # noqa: BLE001  # a callback of the run may have raised anything
            # The button cannot raise anywhere: say it in the bar.
            what = error.what if isinstance(error, AnnlabError) else ""
            self.status = {**(self._source.status() or {}), "refused": what or str(error)}


class _NoData:
    """The controls live from the status that every frame carries."""

    def collect(self) -> Part | None:
        return None

    def rewind(self) -> None:
        pass
