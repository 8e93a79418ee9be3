"""Monitors: what is recorded of populations, views, dendrites and projections.

A monitor says what to record, when, and where it is kept (`annlab.network.tracks`);
recorders (`annlab.runtime.recorder`) are filled by the running network. Reading
empties them, unless told otherwise. All calls work while the network runs in the
background.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from annlab.calls import public, warn
from annlab.errors import (
    AnnlabError,
    ArgumentError,
    ArgumentTypeError,
    StateError,
    StorageError,
    UnknownAttributeError,
    UnknownObjectError,
    nearest,
)
from annlab.network import recorders
from annlab.network.attributes import refuse_fixed, unknown_attribute
from annlab.network.checks import read_flag, read_number
from annlab.network.dendrite import Dendrite
from annlab.network.estimates import MemoryEstimate, estimate_monitor
from annlab.network.exchange import MonitorExchange
from annlab.network.files import read_path
from annlab.network.population import Population
from annlab.network.projection import Projection
from annlab.network.projection_base import population_of
from annlab.network.recorders import Plan, canonical, name_of
from annlab.network.recording_files import save_recordings
from annlab.network.series import Series
from annlab.network.spike_statistics import SpikeStatistics
from annlab.network.statistics import SpikeArrays, Spikes
from annlab.network.tracks import Memory, Store, Track
from annlab.network.view import PopulationView
from annlab.runtime.recorder import EVER, MOST_ROWS, SpikeRecorder, ValueRecorder
from annlab.runtime.state import NetworkState

if TYPE_CHECKING:
    from annlab.network.network import Network
    from annlab.network.spill import RecordingFile


@public
class Monitor(SpikeStatistics, MonitorExchange):
    """Record variables of an object.

    Parameters
    ----------
    obj
        A population, view, dendrite or projection.
    variables
        One name or several: variables of the model, ``spike``, ``axon_spike``, ``sum(target)``.
    period, period_offset
        Record every `period` ms, `period_offset` ms after its begin. Default: every step.
        Spikes are always recorded.
    start
        Begin at compile, or now if the network is compiled.
    window
        (first, last) time [ms] of the network's clock: nothing is recorded before the first, nor
        from the last on.
    last
        Keep what was recorded in the last so many ms only, however long the network runs.
    file
        A folder to record into (Zarr) instead of memory: see `flush` and ``annlab.open_recording``.

    Raises
    ------
    UnknownObjectError
        If the object has no such variable.
    ArgumentTypeError
        If the object cannot be recorded.
    ArgumentError
        If a time does not fit, `last` and `file` are both given, or the folder is not empty.
    StorageError
        If the folder cannot be written.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network(backend="reference")
    >>> cells = net.create(3, annlab.LeakyIntegrator(B=1.0))
    >>> watch = net.monitor(cells, "r", period=2.0)
    >>> burst = net.monitor(cells, "r", window=(4.0, 7.0))
    >>> net.compile()
    >>> steps = net.simulate(10.0)
    >>> watch.get("r").shape, watch.object is cells  # (time, neurons)
    ((5, 3), True)
    >>> len(burst.get("r")), burst.times("r"), burst.window
    (3, {'r': {'start': [4], 'stop': [7]}}, (4.0, 7.0))
    >>> scope = net.monitor(cells, "r", last=3.0)
    >>> steps = net.simulate(100.0)
    >>> len(scope.get("r")), scope.last
    (3, 3.0)
    """

    _is_built = False

    def __init__(
        self,
        obj: Population | PopulationView | Dendrite | Projection,
        variables: str | Sequence[str] = (),
        period: float | None = None,
        period_offset: float | None = None,
        start: bool = True,
        name: str | None = None,
        *,
        window: tuple[float, float] | None = None,
        last: float | None = None,
        file: str | os.PathLike[str] | None = None,
        network: Network | None = None,
    ) -> None:
        if not isinstance(obj, Population | PopulationView | Dendrite | Projection):
            raise ArgumentTypeError(
                f"a monitor cannot record {type(obj).__name__}",
                hint="give a population, a view, a dendrite or a projection",
            )
        self._network: Network = network if network is not None else recorders.network_of(obj)
        self._object = self._own(obj)
        self.name = str(name) if name is not None else f"Monitor_{name_of(obj)}"
        self._variables = _names(variables)
        for variable in self._variables:
            recorders.check(obj, variable, self.name)
        self._period = period
        self._period_offset = period_offset
        self._schedule()
        self._window = self._checked_window(window)
        self._last = self._checked_last(last, file)
        self._tracks: dict[str, Track] = {}
        self._ended: set[str] = set()  # recorded until the model was exchanged for one without
        self._state: NetworkState | None = None
        self._is_running = read_flag(start, f"start of {self.name}")
        if isinstance(obj, Projection) and self._variables and self._schedule()[0] == 1:
            warn(
                f"{self.name} records projection {obj._label} in every step, which takes much "
                "memory; give a period"
            )
        self._file = None if file is None else self._new_file(file)
        self._network._register_monitor(self)
        if isinstance(obj, Projection | Dendrite):
            recorders.projection_of(obj)._monitors.add(self)
        state = self._network._state
        if state is not None:
            self._network._call(lambda: self._join(state))
        self._is_built = True

    def _own(self, obj: Any) -> Any:
        """Return the object itself, or the copy that the network has of one of another network."""
        owner = recorders.network_of(obj)
        if owner is self._network:
            return obj
        if not self._network._has_copy(population_of(obj)):
            raise ArgumentError(
                f"network {self._network.id} cannot record {name_of(obj)!r}",
                why=f"it belongs to network {owner.id}",
                hint="call monitor() of that network, or add the object first: net.add([...])",
            )
        return self._network.get(obj)

    def __setattr__(self, name: str, value: object) -> None:
        if self._is_built and not name.startswith("_"):
            refuse_fixed(self, name, self.name)
            if name not in self.__dict__ and not hasattr(type(self), name):
                warn(str(unknown_attribute(name, self.name, ("period", "period_offset", "window"))))
        object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        return f"<{self.name}: {', '.join(self._variables)}>"

    # -- what and when --------------------------------------------------------------

    @property
    def object(self) -> Any:  # what the monitor was made for
        """What is recorded: a population, view, dendrite or projection."""
        return self._object

    @property
    def variables(self) -> list[str]:
        """Names of what is recorded. A copy."""
        return list(self._variables)

    @variables.setter
    def variables(self, value: object) -> None:
        raise UnknownAttributeError(
            f"the variables of {self.name} cannot be set",
            hint="call start(variables) to record more, or make another monitor",
        )

    @property
    def period(self) -> float:
        """Time between two records [ms]."""
        return self._schedule()[0] * self._network.dt

    @period.setter
    def period(self, value: float | None) -> None:
        self._reschedule(value, self._period_offset)

    @property
    def period_offset(self) -> float:
        """Time of the records inside a period [ms]."""
        return self._schedule()[1] * self._network.dt

    @period_offset.setter
    def period_offset(self, value: float | None) -> None:
        self._reschedule(self._period, value)

    @property
    def window(self) -> tuple[float, float] | None:
        """Begin and end [ms] of what is recorded, by the network's clock; None: always."""
        return self._window

    @window.setter
    def window(self, window: tuple[float, float] | None) -> None:
        self._window = self._checked_window(window)
        steps = self._window_steps()

        def change() -> None:
            for track in self._tracks.values():
                track.recorder.record_in(steps, self._step())

        self._network._call(change)

    @property
    def last(self) -> float | None:
        """Of how many ms before now the recordings are kept; None: of all."""
        return self._last

    @property
    def file(self) -> Path | None:
        """The folder of the recording; None if it is kept in memory."""
        return None if self._file is None else self._file.path

    def _schedule(self) -> tuple[int, int]:
        """Return (period, offset) in steps, checked."""
        dt = self._network.dt
        if self._period is not None:
            read_number(self._period, f"the period of {self.name} [ms]", least=0.0)
        if self._period_offset is not None:
            read_number(self._period_offset, f"the period_offset of {self.name} [ms]")
        period = 1 if self._period is None else max(1, round(self._period / dt))
        offset = 0 if self._period_offset is None else round(self._period_offset / dt)
        if not 0 <= offset < period:
            raise ArgumentError(
                f"period_offset {offset * dt:g} ms of {self.name} is not below the period "
                f"of {period * dt:g} ms"
            )
        return period, offset

    def _reschedule(self, period: float | None, offset: float | None) -> None:
        before = self._period, self._period_offset
        self._period, self._period_offset = period, offset
        try:
            schedule = self._schedule()
        except AnnlabError:
            self._period, self._period_offset = before
            raise

        def change() -> None:
            for track in self._tracks.values():
                if isinstance(track.recorder, ValueRecorder):
                    track.recorder.plan(*schedule, step=self._step())

        self._network._call(change)

    def _checked_window(self, window: object) -> tuple[float, float] | None:
        if window is None:
            return None
        try:
            first, last = (float(x) for x in window)  # type: ignore[attr-defined]  # see below
        except (TypeError, ValueError):
            raise ArgumentTypeError(
                f"the window of {self.name} is {window!r}",
                hint="give (first, last) in ms of the network's clock",
            ) from None
        if not 0 <= first < last:
            raise ArgumentError(
                f"the window of {self.name} goes from {first:g} ms to {last:g} ms",
                hint="it begins at 0 or later, and ends after its begin; inf: never",
            )
        return first, last

    def _window_steps(self) -> tuple[int, int]:
        if self._window is None:
            return 0, EVER
        first, last = (t / self._network.dt for t in self._window)
        return round(first), EVER if last > EVER else round(last)

    def _checked_last(self, last: float | None, file: object) -> float | None:
        if last is None:
            return None
        if not read_number(last, f"last of {self.name} [ms]") > 0:
            raise ArgumentError(
                f"{self.name} cannot keep the last {last!r} ms", hint="give a time above 0"
            )
        if file is not None:
            raise ArgumentError(
                f"{self.name} was given last={last:g} and a file",
                why="a file keeps everything",
                hint="give one of both",
            )
        return float(last)

    @property
    def _most_steps(self) -> int | None:
        if self._last is None:
            return None
        return max(1, round(self._last / self._network.dt))

    def _plan(self, step: int) -> Plan:
        period, offset = self._schedule()
        most = self._most_steps
        return Plan(
            period=period,
            offset=offset,
            start=step % period,
            window=self._window_steps(),
            most_rows=MOST_ROWS if most is None else most // period + 1,
        )

    # -- recording ------------------------------------------------------------------

    def _attach(self, state: NetworkState) -> None:
        """Begin to record (called by compile)."""
        self._state = state
        if self._file is not None:
            # Neither the thread that writes nor the end of the process keeps the network alive.
            monitor = weakref.ref(self)
            self._file.close_in_time(self, lambda: _gather_last(monitor()))
        for variable in self._variables:
            if variable not in self._ended:
                self._add_track(variable)

    def _join(self, state: NetworkState) -> None:
        """Begin to record in a network that is compiled already."""
        self._attach(state)
        self._network._refresh()

    def _add_track(self, variable: str) -> None:
        assert self._state is not None
        step, obj = self._state.step, self.object
        plan = self._plan(step)
        recorder: ValueRecorder | SpikeRecorder
        if recorders.is_event(obj, variable):
            store = self._new_store(variable, recorders.event_form(obj))
            recorder = recorders.event_recorder(obj, variable, plan, store)
        else:
            place = recorders.place_of(obj, variable)
            store = self._new_store(variable, place.form)
            recorder = place.recorder(plan, store)
        recorder.moved = self._state.moved
        if self._is_running:
            recorder.begin(step)
        # Another dictionary, because other threads may be going through this one.
        self._tracks = {**self._tracks, variable: Track(variable, recorder, store)}
        self._state.recorders.append(recorder)

    def _new_store(self, variable: str, form: Any) -> Store:
        if self._file is not None:
            return self._file.stream(variable, form)
        return Memory(form, self._most_steps)

    def _new_file(self, path: str | os.PathLike[str]) -> RecordingFile:
        from annlab.network.spill import RecordingFile  # it brings a library

        folder = read_path(path)
        header = {"name": self.name, "object": name_of(self.object), "dt": self._network.dt}
        return RecordingFile(folder, header)

    def _rebind(self) -> None:
        """Follow a projection whose synapses were drawn again; what was recorded is lost."""
        if self._state is None:
            return
        for track in self._tracks.values():
            track.forget(self._step())
        self._drop_recorders()
        for variable in self._tracks.keys() - self._ended:
            self._add_track(variable)

    def _end(self, lost: Sequence[object]) -> list[str]:
        """Note that recorders have lost their variable; return its names. Data stay readable."""
        gone = {id(recorder) for recorder in lost}
        names = [name for name, track in self._tracks.items() if id(track.recorder) in gone]
        for name in names:
            self._tracks[name].recorder.rest(self._step())
        self._ended |= set(names)
        return names

    def _follow(self) -> None:
        """Go on with the synapses that there are after some have come or gone."""
        for track in self._tracks.values():
            if track.name in self._ended:
                continue
            assert isinstance(track.recorder, ValueRecorder)  # projections have no events
            place = recorders.place_of(self.object, track.name)
            is_same = isinstance(self.object, Dendrite) and place.width == track.recorder.width
            track.recorder.hand_over()
            if not is_same:  # as many values of a dendrite as before: rows fit together
                track.store.form = place.form
            track.recorder.point_at(place.source, place.width, place.positions)

    def _drop_recorders(self) -> None:
        assert self._state is not None
        ours = {id(track.recorder) for track in self._tracks.values()}
        kept = [r for r in self._state.recorders if id(r) not in ours]
        self._state.recorders[:] = kept

    # -- control --------------------------------------------------------------------

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
        names = going_on if variables is None else _names(variables)
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

    def flush(self) -> None:
        """Write everything recorded so far into the file; nothing of it can be lost any more.

        A running network does so about once a second by itself, and so does the end of the
        process. Without a file there is nothing to do.

        Raises
        ------
        StorageError
            If it cannot be written. What was not written stays in memory: make room and flush
            again, or read it with `get`.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(backend="reference")
        >>> cells = net.create(2, annlab.LeakyIntegrator)
        >>> watch = net.monitor(cells, "r", file="rates")
        >>> watch.file.name
        'rates'
        >>> net.compile()
        >>> net.simulate(5.0)
        5
        >>> watch.flush()
        >>> annlab.open_recording(watch.file).get("r").shape
        (5, 2)
        """
        if self._file is None:
            return
        self._network._call(self._gather)
        self._file.write()

    def _gather(self) -> None:
        """Bring what was recorded to where it is kept."""
        now = self._step()
        for track in self._tracks.values():
            track.gather(now)

    def _tend(self, file: RecordingFile, *, is_resting: bool) -> None:
        if is_resting or file.wants_more():
            self._gather()
        if not is_resting:
            file.require_room()

    def size_in_bytes(self) -> int:
        """Return the memory taken by what was recorded and not read, buffers included [bytes].

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(10, annlab.LeakyIntegrator)
        >>> watch = net.monitor(cells, "r")
        >>> net.compile()
        >>> net.simulate(5.0)
        5
        >>> watch.size_in_bytes() >= 5 * 10 * 8
        True
        """
        return sum(track.n_bytes for track in self._tracks.values())

    def _step(self) -> int:
        return 0 if self._state is None else self._state.step

    def _copy(self, network: Network, obj: Any) -> Monitor:
        """Return the same monitor of the copy of its object in `network`."""
        file = self.file
        return Monitor(
            obj,
            self._variables,
            self._period,
            self._period_offset,
            self._is_running,
            self.name,
            window=self._window,
            last=self._last,
            # Two networks cannot write one recording.
            file=file and file.with_name(f"{file.stem}_network{network.id}{file.suffix}"),
            network=network,
        )

    def _detach(self) -> None:
        """Forget the compiled network."""
        if self._file is not None:
            self._gather()
            try:
                self._file.write()
            except StorageError as error:  # it waits in memory: flush() tries again
                warn(str(error))
        self._state = None
        self._tracks = {}

    def estimate(self, duration: float, rate: float | None = None) -> MemoryEstimate:
        """Return how much memory, or room in the file, a run of `duration` ms will take.

        Parameters
        ----------
        rate
            Firing rate [Hz] of a neuron; left out, the one recorded so far, or 10 Hz.

        Raises
        ------
        StateError
            Before compile: it is not known how many synapses there are.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(backend="reference")
        >>> cells = net.create(1000, annlab.LeakyIntegrator)
        >>> watch = net.monitor(cells, "r")
        >>> net.compile()
        >>> watch.estimate(60_000.0)
        <0.48 GB in memory: r 0.48 GB>
        """
        return estimate_monitor(self, duration, rate)

    # -- reading --------------------------------------------------------------------

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
        names = self._variables if variables is None else _names(variables)
        for name in names:
            self._track(name)  # refuses what is not recorded before anything is forgotten
        keeps_grid = read_flag(reshape, f"reshape of {self.name}")  # before anything is forgotten
        found = self._network._call(lambda: {n: self._read(n, keep=keep) for n in names})
        data = {name: series.value(reshape=keeps_grid) for name, series in found.items()}
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
        names = self._variables if variables is None else _names(variables)
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
        names = self._variables if variables is None else _names(variables)
        save_recordings(self, filename, names, keep=keep, reshape=reshape)

    # -- for statistics and other libraries -----------------------------------------

    @property
    def _owner(self) -> str:
        return name_of(self.object)

    def _has_events(self, name: str) -> bool:
        return isinstance(self._track(name).recorder, SpikeRecorder)

    @property
    def _step_ms(self) -> float:
        return self._network.dt

    def _read_spikes(self) -> Spikes:
        series = self._series("spike", keep=False)
        return SpikeArrays(series.steps, series.payload, series.recorded)

    def _spike_intervals(self) -> list[tuple[int, int]]:
        return self._track("spike").last


def tend(monitors: Sequence[Monitor], *, is_resting: bool) -> None:
    """Let all files have what they should; called between two pieces of a run."""
    for monitor in monitors:
        if monitor._file is not None:
            monitor._tend(monitor._file, is_resting=is_resting)


def _gather_last(monitor: Monitor | None) -> None:
    """Bring what was recorded to the file; the process ends."""
    worker = None if monitor is None else monitor._network._worker
    if monitor is not None and worker is not None:
        worker.peek(monitor._gather)


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


def _names(variables: str | Sequence[str]) -> list[str]:
    if not isinstance(variables, Sequence) or not all(isinstance(v, str) for v in variables):
        raise ArgumentTypeError(
            f"a monitor cannot record {variables!r}", hint="give a name, or a list of names"
        )
    names = [variables] if isinstance(variables, str) else list(variables)
    return list(dict.fromkeys(canonical(n) for n in names))


__all__ = ["Monitor", "tend", "told_times"]
