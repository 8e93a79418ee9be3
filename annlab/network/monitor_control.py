"""How a monitor is steered: it records, rests, goes on, forgets."""

from __future__ import annotations

from collections.abc import Sequence

from annlab.calls import public
from annlab.network import recorders
from annlab.network.monitor_base import read_variables
from annlab.network.monitor_tracks import MonitorTracks


@public
class MonitorControl(MonitorTracks):
    """Begin and end recordings."""

    def start(
        self, variables: str | Sequence[str] | None = None, period: float | None = None
    ) -> None:
        """Begin to record, or record more variables.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(1, annlab.Neuron(equations="r = t"))
        >>> watch = net.monitor(cells, "r", start=False)
        >>> net.compile()
        >>> net.simulate(10.0)
        10
        >>> watch.start()
        >>> net.simulate(3.0)
        3
        >>> watch.get("r").ravel()
        array([10., 11., 12.])
        """
        going_on = [name for name in self._variables if name not in self._ended]
        names = going_on if variables is None else read_variables(variables)
        for name in names:
            recorders.check(self.object, name, self.name)
        if period is not None:
            self.period = period
        self._ended -= set(names)

        def begin() -> None:
            self._is_running = True
            self._variables += [n for n in names if n not in self._variables]
            if self._state is None:
                return
            present = {id(r) for r in self._state.recorders}
            for name in names:
                track = self._tracks.get(name)
                if track is None or id(track.recorder) not in present:
                    self._add_track(name)
                else:
                    track.recorder.begin(self._state.step)
            self._network._refresh()

        self._network._call(begin)

    def pause(self) -> None:
        """Record nothing until `resume`.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(1, annlab.Neuron(equations="r = t"))
        >>> watch = net.monitor(cells, "r")
        >>> net.compile()
        >>> net.simulate(2.0)
        2
        >>> watch.pause()
        >>> net.simulate(10.0)
        10
        >>> watch.resume()
        >>> net.simulate(2.0)
        2
        >>> watch.get("r").ravel()
        array([ 0.,  1., 12., 13.])
        """

        def change() -> None:
            self._is_running = False
            for track in self._tracks.values():
                track.recorder.rest(self._step())

        self._network._call(change)

    def resume(self) -> None:
        """Go on recording.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(1, annlab.Neuron(equations="r = t"))
        >>> watch = net.monitor(cells, "r")
        >>> net.compile()
        >>> watch.pause()
        >>> net.simulate(10.0)
        10
        >>> watch.resume()
        >>> net.simulate(2.0)
        2
        >>> watch.get("r").ravel()
        array([10., 11.])
        """
        self.start()

    def stop(self) -> None:
        """End the recording; what was not read is lost, but for what is in a file.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(1, annlab.Neuron(equations="r = t"))
        >>> watch = net.monitor(cells, "r")
        >>> net.compile()
        >>> net.simulate(5.0)
        5
        >>> data = watch.get("r")
        >>> watch.stop()  # frees what it holds
        """

        def change() -> None:
            self._is_running = False
            for track in self._tracks.values():
                track.recorder.rest(self._step())
                track.forget(self._step())
            if self._state is not None:
                self._drop_recorders()
                self._network._refresh()

        self._network._call(change)

    def reset(self) -> None:
        """Forget everything recorded so far; recording goes on. A file keeps what it has.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(1, annlab.Neuron(equations="r = t"))
        >>> watch = net.monitor(cells, "r")
        >>> net.compile()
        >>> net.simulate(10.0)
        10
        >>> watch.reset()
        >>> net.simulate(2.0)
        2
        >>> watch.get("r").ravel()
        array([10., 11.])
        """

        def change() -> None:
            for track in self._tracks.values():
                track.forget(self._step())
                track.last = []

        self._network._call(change)


__all__ = ["MonitorControl"]
