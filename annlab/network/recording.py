"""Recordings in files, read by whoever comes later: `open_recording`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annlab.calls import public
from annlab.errors import (
    AnnlabError,
    ArgumentError,
    ArgumentTypeError,
    UnknownObjectError,
    nearest,
)
from annlab.network import recording_layout as layout
from annlab.network.exchange import MonitorExchange
from annlab.network.files import read_path
from annlab.network.monitor_reading import told_times
from annlab.network.recorders import canonical
from annlab.network.series import FormKind, Part, Series
from annlab.network.spike_statistics import SpikeStatistics
from annlab.network.statistics import SpikeArrays, Spikes, with_step

Window = tuple[float, float]


@public
def open_recording(path: str | os.PathLike[str]) -> Recording:
    """Return the recording that a monitor with ``file=path`` writes, wrote, or began to write.

    It may be open in another process, or left behind by one that died: what was flushed is there.

    Raises
    ------
    ArgumentError
        If there is no recording, or one of a later version.
    ConfigurationError
        If zarr cannot be imported.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network(backend="reference")
    >>> cells = net.create(3, annlab.LeakyIntegrator(B=1.0), name="cells")
    >>> watch = net.monitor(cells, "r", file="rates")
    >>> net.compile()
    >>> steps = net.simulate(10.0)
    >>> watch.flush()
    >>> recording = annlab.open_recording("rates")
    >>> recording
    <Recording of 'cells': r>
    >>> recording.get("r").shape, recording.get("r", window=(4.0, 6.0)).shape
    ((10, 3), (2, 3))
    """
    return Recording(read_path(path))


@public
class Recording(SpikeStatistics, MonitorExchange):
    """What one monitor has recorded into a file; made by `open_recording`.

    Everything is read when it is asked for, and as much of it as is asked for. Nothing is ever
    forgotten: `keep` is there so that functions for monitors work.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network(backend="reference")
    >>> cells = net.create(annlab.SpikeSourceArray([[1.0, 3.0], [2.0]]))
    >>> watch = net.monitor(cells, "spike", file="spikes")
    >>> net.compile()
    >>> steps = net.simulate(10.0)
    >>> watch.flush()
    >>> recording = annlab.open_recording(watch.file)
    >>> recording["spike"]
    {0: [1, 3], 1: [2]}
    >>> recording.mean_fr()
    150.0
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._reading():
            root = self._root()
            self.name: str = root.attrs["name"]
            self._owner: str = root.attrs["object"]
            self.dt: float = root.attrs["dt"]

    def __repr__(self) -> str:
        return f"<Recording of {self._owner!r}: {', '.join(self.variables)}>"

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Say of a damaged recording that it is one."""
        try:
            yield
        except AnnlabError:
            raise
        except (OSError, RuntimeError, ValueError, TypeError, KeyError, IndexError) as error:
            raise ArgumentError(
                f"the recording at {str(self.path)!r} is damaged: {error}",
                hint="other variables, and other windows of time, may still be read",
            ) from error

    def _root(self) -> Any:
        """Return the folder as it is now: another process may be writing."""
        zarr = layout.library()
        try:
            root = zarr.open_group(self.path, mode="r")
        except (FileNotFoundError, zarr.errors.GroupNotFoundError, ValueError) as error:
            raise ArgumentError(
                f"there is no recording at {str(self.path)!r}",
                why=str(error) or None,
                hint="give the folder that a monitor was given as file=...",
            ) from error
        version = root.attrs.get("annlab_recording")
        if version != layout.VERSION:
            raise ArgumentError(
                f"{str(self.path)!r} is no recording of this version",
                why="it is a Zarr group of something else"
                if version is None
                else f"its version is {version}, this annlab reads version {layout.VERSION}",
            )
        return root

    @property
    def variables(self) -> list[str]:
        """Names of what was recorded."""
        return sorted(name for name, _ in self._root().groups())

    def get(
        self,
        variables: str | Sequence[str] | None = None,
        keep: bool = True,
        reshape: bool = True,
        force_dict: bool = False,
        *,
        window: Window | None = None,
    ) -> Any:
        """Return what was recorded, in the form of `Monitor.get`.

        Parameters
        ----------
        window
            (first, last) time [ms]: only what was recorded from the first to before the last.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(backend="reference")
        >>> cells = net.create(2, annlab.Neuron(equations="r = t"))
        >>> watch = net.monitor(cells, "r", file="rates")
        >>> net.compile()
        >>> net.simulate(100.0)
        100
        >>> watch.flush()
        >>> recording = annlab.open_recording(watch.file)
        >>> recording.variables
        ['r']
        >>> recording.get("r", window=(50.0, 53.0))[:, 0]
        array([50., 51., 52.])
        """
        names = self._names(variables)
        found = {n: self._series(n, window=window) for n in names}
        data = {n: with_step(s.value(reshape=reshape), self.dt) for n, s in found.items()}
        if isinstance(variables, str) and not force_dict:
            return next(iter(data.values()))
        return data

    def __getitem__(self, variable: str) -> Any:
        return self.get(variable)

    def get_spikes(
        self, variable: str = "spike", keep: bool = True, *, window: Window | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
        """Return times [ms] and ranks of spikes in order of time, as arrays.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(backend="reference")
        >>> cells = net.create(annlab.SpikeSourceArray([[1.0, 3.0], [2.0]]))
        >>> watch = net.monitor(cells, "spike", file="spikes")
        >>> net.compile()
        >>> net.simulate(5.0)
        5
        >>> watch.flush()
        >>> annlab.open_recording(watch.file).get_spikes(window=(1.0, 3.0))
        (array([1., 2.]), array([0, 1], dtype=int32))
        """
        if not self._has_events(variable):
            raise ArgumentError(f"{variable!r} of {self.name} is no event", hint="use get()")
        series = self._series(variable, window=window)
        return series.steps.astype(np.float64) * self.dt, series.payload

    def times(
        self, variables: str | Sequence[str] | None = None, unit: str = "steps"
    ) -> dict[str, dict[str, list[Any]]]:
        """Return when was recorded, in the form of `Monitor.times`.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(backend="reference")
        >>> cells = net.create(2, annlab.LeakyIntegrator)
        >>> watch = net.monitor(cells, "r", window=(2.0, 4.0), file="rates")
        >>> net.compile()
        >>> net.simulate(5.0)
        5
        >>> watch.flush()
        >>> annlab.open_recording(watch.file).times(unit="ms")
        {'r': {'start': [2.0], 'stop': [4.0]}}
        """
        with self._reading():
            found = {name: self._intervals(self._group(name)) for name in self._names(variables)}
        return told_times(found, unit, self.dt)

    # -- reading --------------------------------------------------------------------

    def _names(self, variables: str | Sequence[str] | None) -> list[str]:
        if variables is None:
            return self.variables
        names = [variables] if isinstance(variables, str) else list(variables)
        return [canonical(name) for name in names]

    def _group(self, name: str) -> Any:
        root = self._root()
        if name not in root:
            known = self.variables
            near = nearest(name, known)
            raise UnknownObjectError(
                f"the recording of {self._owner!r} has no {name!r}",
                why=f"known here: {', '.join(known) or 'nothing'}",
                hint=f"did you mean {near!r}?" if near else None,
            )
        return root[name]

    def _intervals(self, group: Any) -> list[tuple[int, int]]:
        return [(first, end) for first, end in group.attrs["intervals"]]

    def _has_events(self, name: str) -> bool:
        with self._reading():
            group = self._group(name)
            if not group.attrs["rows"]:
                raise self._nothing_of(name)
            return group["0"].attrs["kind"] == FormKind.EVENTS

    def _nothing_of(self, name: str) -> ArgumentError:
        return ArgumentError(
            f"nothing of {name!r} is in {str(self.path)!r} yet",
            hint="run the network, and flush() its monitor",
        )

    def _series(self, name: str, *, keep: bool = True, window: Window | None = None) -> Series:
        steps = None if window is None else self._steps(window)
        with self._reading():
            group = self._group(name)
            rows, intervals = group.attrs["rows"], self._intervals(group)
            parts = [_part(group[str(k)], n, steps) for k, n in enumerate(rows)]
        kept = [part for part in parts if len(part.steps)] or parts[-1:]
        if not kept:
            raise self._nothing_of(name)
        return Series(name, kept, intervals)

    def _steps(self, window: Window) -> tuple[int, float]:
        try:
            first, last = (float(x) for x in window)
        except (TypeError, ValueError):
            raise ArgumentTypeError(
                f"the window is {window!r}", hint="give (first, last) in ms"
            ) from None
        if not first < last:
            raise ArgumentError(
                f"a window from {first:g} ms to {last:g} ms", hint="it ends after its begin"
            )
        return round(first / self.dt), last if last == float("inf") else round(last / self.dt)

    # -- for statistics -------------------------------------------------------------

    @property
    def _step_ms(self) -> float:
        return self.dt

    def _read_spikes(self) -> Spikes:
        series = self._series("spike")
        return SpikeArrays(series.steps, series.payload, series.recorded, series.intervals)

    def _spike_intervals(self) -> list[tuple[int, int]]:
        with self._reading():
            return self._intervals(self._group("spike"))


def _part(group: Any, n_rows: int, window: tuple[int, float] | None) -> Part:
    form = layout.form_of(group)
    if window is None:
        return Part(form, *layout.entries(group, 0, n_rows))
    steps = group["steps"][:n_rows]
    is_inside = (steps >= window[0]) & (steps < window[1])
    found = np.flatnonzero(is_inside)
    if not len(found):
        return Part(form, *layout.entries(group, 0, 0))
    # The clock may have been set meanwhile: what lies between need not be inside.
    first, end = int(found[0]), int(found[-1]) + 1
    chosen = is_inside[first:end]
    payload = group["values"][first:end]
    return Part(form, steps[first:end][chosen], payload if chosen.all() else payload[chosen])


__all__ = ["Recording", "open_recording"]
