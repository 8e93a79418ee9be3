"""The control bar: run, pause, step, stop and reset a network without a cell."""

from __future__ import annotations

import _thread
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import traitlets

from annlab.calls import public
from annlab.errors import AnnlabError, ArgumentError
from annlab.network.checks import read_number
from annlab.network.network import Network
from annlab.runtime.worker import RunState
from annlab.widgets import naming
from annlab.widgets.pump import Json, Part
from annlab.widgets.routing import serve_while_busy
from annlab.widgets.source import LiveNetwork, network_of
from annlab.widgets.view import LiveView

METER_S = 0.25
SLOWEST, FASTEST = 1e-3, 1e2


@public
def controls(network: Network, *, speed: float | None = None) -> Controls:
    """Show buttons that run, pause, step, stop and reset `network`, its speed and what it does.

    Parameters
    ----------
    network
        A compiled network.
    speed
        How fast the run button runs: 1.0 is real time (one simulated second takes one second), None
        as fast as it can. The slider changes it, also under way, and follows a run of code.

    Raises
    ------
    ArgumentError
        If `speed` is not positive.
    StateError
        If the network is not compiled.

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
    code = naming.call("controls", network, speed=speed)
    return Controls(network_of(network), speed=_speed(speed), code=code)


@public
class Controls(LiveView):
    """What `controls` returns. A button does what the network's method of that name does.

    Stop ends whatever runs, a `simulate` of a busy cell too. Where the front end delivers no
    messages to a busy kernel it has to wait for the cell, and the bar says so.

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

    _files = ("switchboard", "parts", "format", "saving", "controls")
    status = traitlets.Dict().tag(sync=True)
    meter = traitlets.Dict().tag(sync=True)
    # 0: as fast as it can.
    speed = traitlets.Float(0.0).tag(sync=True)

    def __init__(self, network: Network, *, speed: float | None, code: str = "") -> None:
        super().__init__(network, f"controls of network {network.id}", code=code)
        self.status = self._source.status() or {}
        self.speed = speed or 0.0
        self._meter = Meter(network, self._source)
        self.meter = self._meter.read()
        self._source.add_taps(self._meter.taps)
        self.on_msg(self._receive)
        self._start(_Feed(self, self._meter))

    def press(self, action: str) -> None:
        """Do what the button does: "run", "pause", "step", "stop" or "reset".

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
        if not isinstance(action, str) or action not in _BUTTONS:
            raise ArgumentError(
                f"there is no button {action!r}", hint=f"choose from {', '.join(_BUTTONS)}"
            )
        self._require_open()
        network = self._source.network
        if network is not None:
            _BUTTONS[action](self, network)

    def set_speed(self, speed: float | None) -> None:
        """Run at so many times real time from now on; None: as fast as it can.

        Examples
        --------
        >>> import annlab
        >>> from annlab.widgets import controls
        >>> net = annlab.Network(backend="reference")
        >>> cells = net.create(2, annlab.Izhikevich, name="cells")
        >>> net.compile()
        >>> bar = controls(net)
        >>> bar.set_speed(0.5)
        >>> bar.close()
        """
        wanted = _speed(speed)
        worker = self._source.worker
        if worker is not None and self._source.is_in_background:
            worker.set_pace(self._source.dt / 1000.0 / wanted if wanted else None)
        self.speed = wanted or 0.0

    def _follow(self) -> None:
        """Show the pace of a run, whoever started it."""
        speed = self._source.speed or 0.0
        if self._source.is_in_background and speed != self.speed:
            self.speed = speed
            serve_while_busy(self)

    def _run(self, network: Network) -> None:
        worker = self._source.worker
        if worker is not None and worker.run_state is RunState.PAUSED:
            network.resume()
        elif not self._source.is_running:
            network.start(speed=self.speed or None)

    def _step(self, network: Network) -> None:
        if not self._source.is_running:
            network.step()

    def _stop(self, network: Network) -> None:
        worker = self._source.worker
        if worker is None or worker.run_state is not RunState.BLOCKING:
            network.stop()
            return
        if worker.is_run_by(threading.main_thread()):
            # As the interrupt of the notebook does it: a loop of runs ends too.
            _thread.interrupt_main()
        worker.interrupt()

    # ipywidgets hands over untyped messages.
    def _receive(self, _widget: Any, content: Mapping[str, Json], _buffers: Any) -> None:
        try:
            if "speed" in content:
                self.set_speed(float(content["speed"]) or None)  # type: ignore[arg-type]  # a number
            else:
                self.press(str(content.get("do")))
        except Exception as error:  # noqa: BLE001  # a callback of the run may have raised anything
            # The button cannot raise anywhere: say it in the bar.
            what = error.what if isinstance(error, AnnlabError) else ""
            self.status = {**(self._source.status() or {}), "refused": what or str(error)}

    def _release(self) -> None:
        self._source.remove_taps(self._meter.taps)
        del self._meter


_BUTTONS: Mapping[str, Callable[[Controls, Network], object]] = {
    "run": Controls._run,
    "pause": lambda _, net: net.pause(),
    "step": Controls._step,
    "stop": Controls._stop,
    "reset": lambda _, net: net.reset(),
}


class _Feed:
    """What the meter reads; before that the slider follows the run."""

    def __init__(self, bar: Controls, meter: Meter) -> None:
        self._bar = weakref.ref(bar)  # who attaches a feed holds it
        self._meter = meter

    def rewind(self) -> None:
        self._meter.rewind()

    def collect(self) -> Part | None:
        bar = self._bar()
        if bar is not None:
            bar._follow()
        return self._meter.collect()


class Meter:
    """Spikes a second and memory, looked at a few times a second."""

    def __init__(
        self, network: Network, source: LiveNetwork, now: Callable[[], float] = time.monotonic
    ) -> None:
        state = network._state
        assert state is not None  # a live view needs a compiled network
        self._source = source
        self._now = now
        self._due = 0.0
        # Only their heads are looked at: how many spikes there ever were.
        spiking = [p for p in state.populations if p.spikes is not None]
        self.taps = [source.spike_tap(p, capacity=1) for p in spiking]
        self._last = self._look()
        self._spikes_per_s = 0.0
        self._shown: dict[str, Json] | None = None

    def rewind(self) -> None:
        self._due, self._shown = 0.0, None

    def collect(self) -> Part | None:
        if self._now() < self._due:
            return None
        self._due = self._now() + METER_S
        found = self.read()
        # The memory of a process is never still; a network at rest shall leave the page in peace.
        seen = {**found, "process_bytes": None}
        if seen == self._shown:
            return None
        self._shown = seen
        return Part(header=found)

    def read(self) -> dict[str, Json]:
        """Return what the bar shows."""
        self._count()
        network = self._source.network
        return {
            "has_spikes": bool(self.taps),
            "spikes_per_s": round(self._spikes_per_s, 1),
            "bytes": 0 if network is None else network.size_in_bytes(),
            "process_bytes": process_bytes(),
        }

    def _n_spikes(self) -> int:
        return sum(int(tap.head[0]) for tap in self.taps)

    def _look(self) -> tuple[int, int, int]:
        return self._source.step, self._source.n_steps_run, self._n_spikes()

    def _count(self) -> None:
        """Average over what was simulated since the last look: the rate of simulated time.

        By the steps that were run: the clock may have gone back, and further on than it was.
        """
        step, n_run, n_spikes = self._look()
        last_step, last_run, last_spikes = self._last
        self._last = (step, n_run, n_spikes)
        if n_run > last_run:
            seconds = (n_run - last_run) * self._source.dt / 1000.0
            self._spikes_per_s = (n_spikes - last_spikes) / seconds
        elif step < last_step:
            self._spikes_per_s = 0.0  # those of a time that is yet to come


def process_bytes() -> int | None:
    """Return the memory of this process, where the system tells."""
    statm = Path("/proc/self/statm")
    if not statm.exists():
        return None
    return int(statm.read_text().split()[1]) * 4096


def _speed(speed: float | None) -> float | None:
    if speed is not None and not read_number(speed, "speed of the run button") > 0.0:
        raise ArgumentError(
            f"a network cannot run at {speed} times real time",
            hint="speed must be > 0; None runs as fast as it can",
        )
    return speed
