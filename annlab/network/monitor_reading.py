"""What a monitor has recorded, and when: read from memory or file, and forgotten unless kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from annlab.calls import public
from annlab.errors import ArgumentError, StateError, UnknownObjectError, nearest
from annlab.network.checks import read_flag
from annlab.network.monitor_base import MonitorBase, read_variables
from annlab.network.recording_files import save_recordings
from annlab.network.series import Series
from annlab.network.statistics import with_step
from annlab.network.tracks import Track
from annlab.runtime.recorder import SpikeRecorder

if TYPE_CHECKING:
    from annlab.network.monitor import Monitor


@public
class MonitorReading(MonitorBase):
    """Recordings as arrays."""

    def get(
        self,
        variables: str | Sequence[str] | None = None,
        keep: bool = False,
        reshape: bool = True,
        force_dict: bool = False,
    ) -> Any:
        """Return what was recorded, and forget it unless `keep`. A file keeps it in any case.

        Returns
        -------
        For one name its data, otherwise a dictionary. Population: ``(time, *geometry)``, or
        (time, size) without `reshape`; view: (time, size); dendrite: (time, synapses);
        projection: (time, dendrites, synapses), an array of objects if dendrites differ in
        length; global variable: (time,). Spikes: rank -> list of steps.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(dt=0.5)
        >>> cells = net.create((2, 3), annlab.Neuron(equations="r = t"))
        >>> watch = net.monitor(cells, "r", period=1.0)
        >>> watch.variables, watch.period, watch.period_offset
        (['r'], 1.0, 0.0)
        >>> net.compile()
        >>> net.simulate(3.0)
        6
        >>> watch.get("r", keep=True).shape  # (time, *geometry)
        (3, 2, 3)
        >>> watch.get("r", reshape=False).shape
        (3, 6)
        """
        names = self._variables if variables is None else read_variables(variables)
        for name in names:
            self._track(name)  # refuses what is not recorded before anything is forgotten
        keeps_grid = read_flag(reshape, f"reshape of {self.name}")  # before anything is forgotten
        found = self._network._call(lambda: {n: self._read(n, keep=keep) for n in names})
        dt = self._network.dt
        data = {n: with_step(s.value(reshape=keeps_grid), dt) for n, s in found.items()}
        if isinstance(variables, str) and not force_dict:
            return next(iter(data.values()))
        return data

    def __getitem__(self, variable: str) -> Any:
        return self.get(variable)

    def _track(self, name: str) -> Track:
        if not isinstance(name, str) or name not in self._variables:
            near = nearest(name, self._variables)
            raise UnknownObjectError(
                f"{self.name} does not record {name!r}",
                why=f"it records: {', '.join(self._variables) or 'nothing'}",
                hint=f"did you mean {near!r}?" if near else None,
            )
        track = self._tracks.get(name)
        if track is None:
            raise StateError(
                f"{self.name} has no recordings before compile", hint="call compile() first"
            )
        return track

    def _read(self, name: str, *, keep: bool) -> Series:
        """Take what was recorded of one variable; while no step is under way."""
        keeps = read_flag(keep, f"keep of {self.name}")
        return self._track(name).read(self._step(), keep=keeps)

    def _series(self, name: str, *, keep: bool) -> Series:
        self._track(name)
        return self._network._call(lambda: self._read(name, keep=keep))

    def get_spikes(
        self, variable: str = "spike", keep: bool = False
    ) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
        """Return times [ms] and ranks of all spikes in order of time, as arrays.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(dt=0.5)
        >>> cells = net.create(annlab.SpikeSourceArray([[1.0, 3.0], [2.0]]))
        >>> spikes = net.monitor(cells, "spike")
        >>> net.compile()
        >>> net.simulate(5.0)
        10
        >>> times, ranks = spikes.get_spikes()
        >>> times, ranks
        (array([1., 2., 3.]), array([0, 1, 0], dtype=int32))
        """
        if not self._has_events(variable):
            raise ArgumentError(f"{variable!r} of {self.name} is no event", hint="use get()")
        series = self._series(variable, keep=keep)
        return series.steps.astype(np.float64) * self._network.dt, series.payload

    def _has_events(self, name: str) -> bool:
        return isinstance(self._track(name).recorder, SpikeRecorder)

    def times(
        self, variables: str | Sequence[str] | None = None, unit: str = "steps"
    ) -> dict[str, dict[str, list[Any]]]:
        """Return when the data of the last `get` were recorded.

        ``{variable: {"start": [...], "stop": [...]}}`` with one entry per uninterrupted
        recording, in steps, or in ms with ``unit="ms"``.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(dt=0.5)
        >>> cells = net.create(1, annlab.LeakyIntegrator)
        >>> watch = net.monitor(cells, "r")
        >>> net.compile()
        >>> net.simulate(5.0)
        10
        >>> data = watch.get("r")
        >>> watch.times(unit="ms")
        {'r': {'start': [0.0], 'stop': [5.0]}}
        """
        names = self._variables if variables is None else read_variables(variables)
        return told_times({n: self._track(n).last for n in names}, unit, self._network.dt)

    def save(
        self,
        filename: str,
        variables: str | Sequence[str] | None = None,
        keep: bool = False,
        reshape: bool = False,
        force_dict: bool = False,
    ) -> None:
        """Write recordings to ``.npy`` (one variable) or ``.hdf5``; spikes as (steps, ranks).

        Examples
        --------
        >>> import annlab
        >>> import numpy as np
        >>> net = annlab.Network()
        >>> cells = net.create(2, annlab.LeakyIntegrator)
        >>> watch = net.monitor(cells, "r")
        >>> net.compile()
        >>> net.simulate(5.0)
        5
        >>> watch.save("rates.npy")
        >>> np.load("rates.npy").shape
        (5, 2)
        """
        names = self._variables if variables is None else read_variables(variables)
        save_recordings(cast("Monitor", self), filename, names, keep=keep, reshape=reshape)


def told_times(
    intervals: dict[str, list[tuple[int, int]]], unit: str, dt: float
) -> dict[str, dict[str, list[Any]]]:
    """Return intervals in the form of `Monitor.times`."""
    if not isinstance(unit, str) or unit not in ("steps", "ms"):
        raise ArgumentError(f"unknown unit {unit!r}", hint="use 'steps' or 'ms'")
    factor = 1 if unit == "steps" else dt
    return {
        name: {
            "start": [first * factor for first, _ in found],
            "stop": [end * factor for _, end in found],
        }
        for name, found in intervals.items()
    }


__all__ = ["MonitorReading", "told_times"]
