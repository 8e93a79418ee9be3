"""Monitors: what is recorded of populations, views, dendrites and projections.

A monitor says what to record and when; recorders (`annlab.runtime.recorder`) are
filled by the running network. Reading empties them, unless told otherwise. All
calls work while the network runs in the background.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from annlab.errors import (
    AnnlabWarning,
    ArgumentError,
    ArgumentTypeError,
    ConfigurationError,
    StateError,
    UnknownAttributeError,
    UnknownObjectError,
    nearest,
)
from annlab.ir.expr import Locality
from annlab.network import statistics, synapse_values
from annlab.network.checks import read_number
from annlab.network.dendrite import Dendrite
from annlab.network.exchange import MonitorExchange
from annlab.network.patterns import as_range
from annlab.network.population import Population
from annlab.network.projection import Projection
from annlab.network.statistics import Spikes, SpikeTrains
from annlab.network.view import PopulationView
from annlab.runtime.recorder import Phase, SpikeRecorder, ValueRecorder
from annlab.runtime.state import NetworkState, PopulationState

if TYPE_CHECKING:
    from annlab.network.network import Network

EVENTS = ("spike", "axon_spike")
_SUM = re.compile(r"\s*sum\s*\(\s*(\w*)\s*\)\s*\Z")


@dataclass
class _Track:
    """One recorded variable.

    `intervals`: [first step, step after the last] of the data not read yet; the end is None
    while recording goes on. `shape` turns recorded rows into what the user gets. `earlier` is
    what was recorded, so shaped, while there were other synapses (structural plasticity).
    """

    recorder: ValueRecorder | SpikeRecorder
    shape: Callable[[NDArray], Any] | None = None
    earlier: list[Any] = field(default_factory=list)
    intervals: list[list[int | None]] = field(default_factory=list)
    last: list[tuple[int, int]] = field(default_factory=list)

    def start(self, step: int) -> None:
        if not self.recorder.is_active[0] or not self.intervals:
            self.intervals.append([step, None])
        self.recorder.is_active[0] = 1

    def pause(self, step: int) -> None:
        self.recorder.is_active[0] = 0
        if self.intervals and self.intervals[-1][1] is None:
            self.intervals[-1][1] = step

    def report(self, step: int, *, keep: bool) -> None:
        """Note when the data that is read now were taken."""
        self.last = [
            (int(first or 0), step if end is None else end) for first, end in self.intervals
        ]
        if not keep:
            self.intervals = [[step, None]] if self.recorder.is_active[0] else []


class Monitor(MonitorExchange):
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

    Raises
    ------
    UnknownObjectError
        If the object has no such variable.
    ArgumentTypeError
        If the object cannot be recorded.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network(backend="reference")
    >>> cells = net.create(3, annlab.LeakyIntegrator(B=1.0))
    >>> watch = net.monitor(cells, "r", period=2.0)
    >>> net.compile()
    >>> steps = net.simulate(10.0)
    >>> watch.get("r").shape  # (time, neurons)
    (5, 3)
    """

    def __init__(
        self,
        obj: Population | PopulationView | Dendrite | Projection,
        variables: str | Sequence[str] = (),
        period: float | None = None,
        period_offset: float | None = None,
        start: bool = True,
        name: str | None = None,
        *,
        network: Network | None = None,
    ) -> None:
        if not isinstance(obj, Population | PopulationView | Dendrite | Projection):
            raise ArgumentTypeError(
                f"a monitor cannot record {type(obj).__name__}",
                hint="give a population, a view, a dendrite or a projection",
            )
        self.object = obj
        self.name = name if name is not None else f"Monitor_{_name_of(obj)}"
        self._network: Network = network if network is not None else _network_of(obj)
        self._variables = _names(variables)
        for variable in self._variables:
            self._check(variable)
        self._period = period
        self._period_offset = period_offset
        self._schedule()
        self._tracks: dict[str, _Track] = {}
        self._ended: set[str] = set()  # recorded until the model was exchanged for one without
        self._state: NetworkState | None = None
        self._is_running = start
        if isinstance(obj, Projection) and self._variables and self._schedule()[0] == 1:
            warnings.warn(
                f"{self.name} records projection {obj._label} in every step, which takes much "
                "memory; give a period",
                AnnlabWarning,
                stacklevel=2,
            )
        self._network._register_monitor(self)
        if isinstance(obj, Projection | Dendrite):
            _projection_of(obj)._monitors.add(self)
        state = self._network._state
        if state is not None:
            self._network._call(lambda: self._join(state))

    def __repr__(self) -> str:
        return f"<{self.name}: {', '.join(self._variables)}>"

    # -- what and when --------------------------------------------------------------

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
        self._period = value
        self._reschedule()

    @property
    def period_offset(self) -> float:
        """Time of the records inside a period [ms]."""
        return self._schedule()[1] * self._network.dt

    @period_offset.setter
    def period_offset(self, value: float | None) -> None:
        self._period_offset = value
        self._reschedule()

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

    def _reschedule(self) -> None:
        schedule = self._schedule()

        def change() -> None:
            for track in self._tracks.values():
                if isinstance(track.recorder, ValueRecorder):
                    track.recorder.schedule[:2] = schedule
                    track.recorder.schedule[2] %= schedule[0]

        self._network._call(change)

    def _check(self, variable: str) -> None:
        """Refuse what the object does not have, at the user's call."""
        obj, model = self.object, _model_of(self.object)
        is_population = isinstance(obj, Population | PopulationView)
        if is_population and variable in EVENTS:
            if not model.is_spiking:
                raise ArgumentError(
                    f"{self.name}: {_name_of(obj)!r} is rate-coded and has no {variable}"
                )
            if variable == "axon_spike" and model.axon_spike is None:
                raise ArgumentError(
                    f"{self.name}: the neurons of {_name_of(obj)!r} have no axon_spike",
                    hint="give the neuron an axon_spike condition",
                )
            return
        if is_population and (match := _SUM.match(variable)):
            if match[1] not in model.targets:
                raise ArgumentError(
                    f"{self.name}: the neurons of {_name_of(obj)!r} do not read {variable}",
                    hint=f"record g_{match[1]}"
                    if model.is_spiking
                    else f"they read: {', '.join(model.targets) or 'no inputs'}",
                )
            return
        attribute = model.attribute(variable)
        recordable = [a.name for a in model.attributes if not a.is_parameter]
        if attribute is None:
            near = nearest(variable, recordable)
            raise UnknownObjectError(
                f"{self.name}: {_name_of(obj)!r} has no variable {variable!r}",
                why=f"known here: {', '.join(recordable)}",
                hint=f"did you mean {near!r}?" if near else None,
            )
        if attribute.is_parameter:
            raise ArgumentError(
                f"{self.name}: {variable!r} is a parameter. Parameters are not recordable",
                hint="declare it as a variable, or read it once",
            )

    # -- recording ------------------------------------------------------------------

    def _attach(self, state: NetworkState) -> None:
        """Begin to record (called by compile)."""
        self._state = state
        for variable in self._variables:
            if variable not in self._ended:
                self._add_track(variable)

    def _join(self, state: NetworkState) -> None:
        """Begin to record in a network that is compiled already."""
        self._attach(state)
        self._network._refresh()

    def _add_track(self, variable: str) -> None:
        assert self._state is not None
        track = self._new_track(variable)
        track.recorder.is_active[0] = 0
        if self._is_running:
            track.start(self._state.step)
        self._tracks[variable] = track
        self._state.recorders.append(track.recorder)

    def _new_track(self, variable: str) -> _Track:
        obj = self.object
        if isinstance(obj, Population | PopulationView):
            return self._population_track(obj, variable)
        return self._projection_track(variable)

    def _population_track(self, obj: Population | PopulationView, variable: str) -> _Track:
        state: PopulationState = _state_of(obj)
        is_view = isinstance(obj, PopulationView)
        if variable in EVENTS:
            mask = _mask(obj.ranks, state.n_padded) if is_view else None
            return _Track(SpikeRecorder(state, kind=variable, mask=mask))
        if match := _SUM.match(variable):
            return self._local_track(obj, lambda: state.sums[match[1]], Phase.INPUTS)
        phase = Phase.INPUTS if variable in state.model.conductances else Phase.END
        attribute = state.model.attribute(variable)
        assert attribute is not None  # _check has seen it
        if attribute.locality is Locality.GLOBAL:
            return self._value_track(lambda: state.values[variable], 1, None, phase, _first)
        return self._local_track(obj, lambda: state.values[variable], phase)

    def _local_track(
        self, obj: Population | PopulationView, source: Callable[[], NDArray], phase: Phase
    ) -> _Track:
        if isinstance(obj, Population):
            geometry = obj.geometry
            return self._value_track(
                source, obj.size, None, phase, lambda rows: rows.reshape(len(rows), *geometry)
            )
        ranks = np.asarray(obj.ranks, dtype=np.int64)
        block = as_range(ranks)
        if block is not None:  # a range of neurons is copied as it lies
            inside = slice(block.start, block.stop)
            return self._value_track(lambda: source()[inside], len(ranks), None, phase, None)
        return self._value_track(source, len(ranks), ranks, phase, None)

    def _projection_track(self, variable: str) -> _Track:
        obj = self.object
        assert isinstance(obj, Projection | Dendrite)
        state = _projection_of(obj)._settled("recordable values")
        is_dendrite = isinstance(obj, Dendrite)

        def source() -> NDArray:
            return state.values[variable]

        dendrites = state.storage.dendrites
        match synapse_values.locality(state, variable):
            case Locality.GLOBAL:
                return self._value_track(source, 1, None, Phase.END, _first)
            case Locality.SEMIGLOBAL:
                ranks = [obj.post_rank] if is_dendrite else dendrites.post_ranks
                where = np.asarray(ranks, dtype=np.int64)
                shape = _first if is_dendrite else None
                return self._value_track(source, len(where), where, Phase.END, shape)
        rows = obj._rows if is_dendrite else slice(None)
        where = synapse_values.places(state, rows)
        shape = None if is_dendrite else _dendrites_shape(dendrites.row_ptr)
        return self._value_track(source, len(where), where, Phase.END, shape)

    def _value_track(
        self,
        source: Callable[[], NDArray],
        width: int,
        positions: NDArray[np.int64] | None,
        phase: Phase,
        shape: Callable[[NDArray], Any] | None,
    ) -> _Track:
        assert self._state is not None
        period, offset = self._schedule()
        recorder = ValueRecorder(
            source,
            width=width,
            positions=positions,
            phase=phase,
            period=period,
            offset=offset,
            start=self._state.step % period,
        )
        return _Track(recorder, shape)

    def _rebind(self) -> None:
        """Follow a projection whose synapses were drawn again; what was recorded is lost."""
        if self._state is None:
            return
        self._drop_recorders()
        for variable in self._tracks.keys() - self._ended:
            self._add_track(variable)

    def _end(self, recorders: Sequence[object]) -> list[str]:
        """Note that recorders have lost their variable; return its names. Data stay readable."""
        gone = {id(recorder) for recorder in recorders}
        names = [name for name, track in self._tracks.items() if id(track.recorder) in gone]
        for name in names:
            self._tracks[name].pause(self._step())
        self._ended |= set(names)
        return names

    def _follow(self) -> None:
        """Go on with the synapses that there are after some have come or gone."""
        if self._state is None:
            return
        for variable, old in list(self._tracks.items()):
            if variable not in self._ended:
                self._follow_track(variable, old)

    def _follow_track(self, variable: str, track: _Track) -> None:
        old, new = track.recorder, self._new_track(variable)
        assert isinstance(old, ValueRecorder)  # projections have no events
        assert isinstance(new.recorder, ValueRecorder)
        if isinstance(self.object, Dendrite) and new.recorder.width == old.width:
            old.positions = new.recorder.positions  # as many values as before: rows fit together
            return
        new.recorder.schedule[:] = old.schedule
        new.recorder.is_active[:] = old.is_active
        rows = old.data()
        if len(rows):
            track.earlier = [*track.earlier, self._shaped(track.shape, rows, reshape=True)]
        assert self._state is not None
        recorders = self._state.recorders
        recorders[recorders.index(old)] = new.recorder
        track.recorder, track.shape = new.recorder, new.shape

    def _drop_recorders(self) -> None:
        assert self._state is not None
        ours = {id(track.recorder) for track in self._tracks.values()}
        recorders = self._state.recorders
        recorders[:] = [r for r in recorders if id(r) not in ours]

    def size_in_bytes(self) -> int:
        """Return the bytes that the recordings take now.

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
        return sum(_recorded_bytes(track.recorder) for track in self._tracks.values())

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
            self._check(name)
        self._ended -= set(names)
        if period is not None:
            self.period = period

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
                    track.start(self._state.step)
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
                track.pause(self._step())

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
        """End the recording; what was not read is lost.

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
                track.pause(self._step())
                track.recorder.clear()
                track.earlier = []
                track.intervals = []
            if self._state is not None:
                self._drop_recorders()
                self._network._refresh()

        self._network._call(change)

    def reset(self) -> None:
        """Forget everything recorded so far; recording goes on.

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
                is_active = bool(track.recorder.is_active[0])
                track.recorder.clear()
                track.earlier = []
                track.intervals = [[self._step(), None]] if is_active else []
                track.last = []

        self._network._call(change)

    def _step(self) -> int:
        return 0 if self._state is None else self._state.step

    def _copy(self, network: Network, obj: Any) -> Monitor:
        """Return the same monitor of the copy of its object in `network`."""
        return Monitor(
            obj,
            self._variables,
            self._period,
            self._period_offset,
            self._is_running,
            self.name,
            network=network,
        )

    def _detach(self) -> None:
        """Forget the compiled network."""
        self._state = None
        self._tracks = {}

    # -- reading --------------------------------------------------------------------

    def get(
        self,
        variables: str | Sequence[str] | None = None,
        keep: bool = False,
        reshape: bool = True,
        force_dict: bool = False,
    ) -> Any:
        """Return what was recorded, and forget it unless `keep`.

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
        parts = self._network._call(
            lambda: {name: self._parts(self._track(name), keep=keep) for name in names}
        )
        data = {name: _joined([part(reshape) for part in found]) for name, found in parts.items()}
        if isinstance(variables, str) and not force_dict:
            return next(iter(data.values()))
        return data

    def __getitem__(self, variable: str) -> Any:
        return self.get(variable)

    def _track(self, name: str) -> _Track:
        if name not in self._variables:
            near = nearest(name, self._variables)
            raise UnknownObjectError(
                f"{self.name} does not record {name!r}",
                why=f"it records: {', '.join(self._variables) or 'nothing'}",
                hint=f"did you mean {near!r}?" if near else None,
            )
        if name not in self._tracks:
            raise StateError(
                f"{self.name} has no recordings before compile", hint="call compile() first"
            )
        return self._tracks[name]

    def _parts(self, track: _Track, *, keep: bool) -> list[Callable[[bool], Any]]:
        """Take the data out of the recorder; while no step is under way.

        Returns functions, to be called later, of whether the user wants geometries.
        """
        shape, recorder, earlier = track.shape, track.recorder, track.earlier
        data = self._read(track, keep=keep)
        if not keep:
            track.earlier = []
        if isinstance(recorder, SpikeRecorder):
            steps, ranks = data
            return [lambda reshape: SpikeTrains(steps, ranks, self._recorded_ranks())]
        parts: list[Callable[[bool], Any]] = [lambda reshape, part=part: part for part in earlier]
        return [*parts, lambda reshape: self._shaped(shape, data, reshape=reshape)]

    def _read(self, track: _Track, *, keep: bool) -> Any:
        """Take the data out of the recorder; while no step is under way."""
        data: Any = track.recorder.data()
        track.report(self._step(), keep=keep)
        if not keep:
            track.recorder.clear()
        elif isinstance(data, np.ndarray):
            data = data.copy()
        return data

    def _shaped(
        self, shape: Callable[[NDArray], Any] | None, rows: NDArray, *, reshape: bool
    ) -> Any:
        is_grid = isinstance(self.object, Population) and shape is not _first
        if shape is None or (is_grid and not reshape):
            return rows
        return shape(rows)

    def _recorded_ranks(self) -> NDArray:
        assert isinstance(self.object, Population | PopulationView)
        return np.asarray(self.object.ranks)

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
        track = self._track(variable)
        if not isinstance(track.recorder, SpikeRecorder):
            raise ArgumentError(f"{variable!r} of {self.name} is no event", hint="use get()")
        steps, ranks = self._network._call(lambda: self._read(track, keep=keep))
        return steps * self._network.dt, ranks.copy() if keep else ranks

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
        if unit not in ("steps", "ms"):
            raise ArgumentError(f"unknown unit {unit!r}", hint="use 'steps' or 'ms'")
        factor = 1 if unit == "steps" else self._network.dt
        names = self._variables if variables is None else _names(variables)
        return {
            name: {
                "start": [first * factor for first, _ in self._track(name).last],
                "stop": [end * factor for _, end in self._track(name).last],
            }
            for name in names
        }

    # -- files ----------------------------------------------------------------------

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
        path = Path(filename)
        if path.suffix not in (".npy", ".hdf5"):
            raise ConfigurationError(
                f"recordings cannot be saved as {path.suffix or filename!r}",
                hint="use .npy for one variable, or .hdf5",
            )
        if path.suffix == ".npy" and len(names) != 1:
            raise ArgumentError(
                f"an .npy file holds one variable and {len(names)} were asked for",
                hint="name one variable, or use .hdf5",
            )
        h5py = _import_h5py() if path.suffix == ".hdf5" else None
        data = self.get(names, keep=keep, reshape=reshape, force_dict=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        if h5py is None:
            np.save(path, _as_array(data[names[0]]), allow_pickle=False)
            return
        with h5py.File(path, "w") as file:
            for name, values in data.items():
                file[name] = _as_array(values)

    # -- statistics -----------------------------------------------------------------

    def raster_plot(
        self, spikes: Spikes | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return times [ms] and ranks of all spikes, neuron by neuron.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(dt=0.5)
        >>> cells = net.create(annlab.SpikeSourceArray([[1.0, 3.0], [2.0]]))
        >>> spikes = net.monitor(cells, "spike")
        >>> net.compile()
        >>> net.simulate(5.0)
        10
        >>> times, ranks = spikes.raster_plot()
        >>> times, ranks
        (array([1., 3., 2.]), array([0, 0, 1]))
        """
        return statistics.raster_plot(self._spikes(spikes), self._network.dt)

    def histogram(
        self,
        spikes: Spikes | None = None,
        bins: float | None = None,
        per_neuron: bool = False,
        recording_window: tuple[int, int] | None = None,
    ) -> NDArray:
        """Return the number of spikes in bins of `bins` ms (`statistics.histogram`).

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(annlab.SpikeSourceArray([[1.0, 3.0], [2.0]]))
        >>> spikes = net.monitor(cells, "spike")
        >>> net.compile()
        >>> net.simulate(5.0)
        5
        >>> spikes.histogram(bins=2.0)
        array([2, 1])
        """
        return statistics.histogram(
            self._spikes(spikes), bins, per_neuron, recording_window, self._network.dt
        )

    def inter_spike_interval(
        self,
        spikes: Spikes | None = None,
        ranks: Iterable[int] | None = None,
        per_neuron: bool = False,
    ) -> Any:
        """Return the intervals between spikes [ms], as a list or by rank.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(annlab.SpikeSourceArray([1.0, 3.0, 7.0]))
        >>> spikes = net.monitor(cells, "spike")
        >>> net.compile()
        >>> net.simulate(10.0)
        10
        >>> spikes.inter_spike_interval()
        [2.0, 4.0]
        """
        return statistics.inter_spike_interval(
            self._spikes(spikes), ranks, per_neuron, self._network.dt
        )

    def coefficient_of_variation(
        self, spikes: Spikes | None = None, ranks: Iterable[int] | None = None
    ) -> list[float]:
        """Return the coefficient of variation of the intervals of each neuron.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(annlab.SpikeSourceArray([1.0, 3.0, 5.0, 7.0]))
        >>> spikes = net.monitor(cells, "spike")
        >>> net.compile()
        >>> net.simulate(10.0)
        10
        >>> spikes.coefficient_of_variation()
        [0.0]
        """
        return statistics.coefficient_of_variation(self._spikes(spikes), ranks)

    def mean_fr(self, spikes: Spikes | None = None) -> float:
        """Return the mean firing rate [Hz] over the neurons and the time of recording.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(annlab.SpikeSourceArray([[10.0, 60.0], [20.0]]))
        >>> spikes = net.monitor(cells, "spike")
        >>> net.compile()
        >>> net.simulate(100.0)
        100
        >>> spikes.mean_fr()
        15.0
        """
        spikes = self._spikes(spikes)
        n_steps = sum(end - first for first, end in self._track("spike").last)
        return statistics.mean_fr(spikes, n_steps * self._network.dt, self._network.dt)

    def population_rate(
        self, spikes: Spikes | None = None, smooth: float = 0.0
    ) -> NDArray[np.float64]:
        """Return the rate of the population [Hz] in each recorded step.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(annlab.SpikeSourceArray([[1.0, 3.0], [3.0]]))
        >>> spikes = net.monitor(cells, "spike")
        >>> net.compile()
        >>> net.simulate(5.0)
        5
        >>> spikes.population_rate()
        array([   0.,  500.,    0., 1000.,    0.])
        """
        spikes = self._spikes(spikes)
        start, stop = self._span()
        return statistics.population_rate(spikes, smooth, self._network.dt, start=start, stop=stop)

    def smoothed_rate(
        self, spikes: Spikes | None = None, smooth: float = 0.0
    ) -> NDArray[np.float64]:
        """Return the instantaneous rates [Hz], (neurons, steps).

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(annlab.SpikeSourceArray([1.0, 3.0]))
        >>> spikes = net.monitor(cells, "spike")
        >>> net.compile()
        >>> net.simulate(5.0)
        5
        >>> spikes.smoothed_rate()
        array([[  0., 500., 500.,   0.,   0.]])
        """
        spikes = self._spikes(spikes)
        start, stop = self._span()
        return statistics.smoothed_rate(spikes, smooth, self._network.dt, start=start, stop=stop)

    def _spikes(self, spikes: Spikes | None) -> Spikes:
        return self.get("spike") if spikes is None else spikes

    def _span(self) -> tuple[int, int]:
        intervals = self._track("spike").last
        return (intervals[0][0], intervals[-1][1]) if intervals else (0, 0)


class MonitorList:
    """Several monitors whose recordings go into one file.

    Examples
    --------
    >>> import annlab
    >>> import h5py
    >>> net = annlab.Network()
    >>> a, b = (net.create(2, annlab.LeakyIntegrator, name=name) for name in "ab")
    >>> watches = annlab.MonitorList([net.monitor(a, "r"), net.monitor(b, "r")])
    >>> net.compile()
    >>> net.simulate(5.0)
    5
    >>> watches.save_all("rates.hdf5")
    >>> with h5py.File("rates.hdf5") as file:
    ...     file["/a/r"].shape
    (5, 2)
    """

    def __init__(self, monitors: Iterable[Monitor]) -> None:
        self.monitors = list(monitors)

    def __iter__(self) -> Any:
        return iter(self.monitors)

    def __len__(self) -> int:
        return len(self.monitors)

    def save_all(
        self, filename: str, keep: bool = False, reshape: bool = False, flat_keys: bool = False
    ) -> None:
        """Write all recordings to an .hdf5 file.

        Keys are ``/<object name>/<variable>``, or with `flat_keys` the same with ``_``.

        Examples
        --------
        >>> import annlab
        >>> import h5py
        >>> net = annlab.Network()
        >>> cells = net.create(2, annlab.LeakyIntegrator, name="cells")
        >>> watches = annlab.MonitorList([net.monitor(cells, "r")])
        >>> net.compile()
        >>> net.simulate(5.0)
        5
        >>> watches.save_all("rates.hdf5", flat_keys=True)
        >>> with h5py.File("rates.hdf5") as file:
        ...     sorted(file)
        ['cells_r']
        """
        path = Path(filename)
        if path.suffix != ".hdf5":
            raise ConfigurationError(
                f"several monitors cannot be saved as {path.suffix or filename!r}",
                hint="use .hdf5",
            )
        h5py = _import_h5py()
        path.parent.mkdir(parents=True, exist_ok=True)
        with h5py.File(path, "w") as file:
            for monitor in self.monitors:
                data = monitor.get(None, keep=keep, reshape=reshape, force_dict=True)
                for variable, values in data.items():
                    parts = (_name_of(monitor.object), variable)
                    key = "_".join(parts) if flat_keys else "/" + "/".join(parts)
                    file[key] = _as_array(values)


def _import_h5py() -> Any:
    try:
        import h5py  # large, and only for this
    except ImportError as error:
        raise ConfigurationError(
            f"an .hdf5 file needs the package h5py, which cannot be imported: {error}",
            hint="pip install h5py, or save single variables as .npy",
        ) from error
    return h5py


def _as_array(data: Any) -> NDArray:
    """Return recordings as an array that needs no pickle."""
    if isinstance(data, SpikeTrains):
        return np.stack([part.astype(np.int64) for part in statistics.flat(data)])
    if data.dtype == object:
        raise ArgumentError(
            "dendrites of different lengths do not fit into one array",
            hint="record single dendrites, or read them with get()",
        )
    return data


def _recorded_bytes(recorder: ValueRecorder | SpikeRecorder) -> int:
    if isinstance(recorder, SpikeRecorder):
        return sum(steps.nbytes + ranks.nbytes for steps, ranks in recorder.chunks)
    return recorder.buffer.nbytes + sum(chunk.nbytes for chunk in recorder.chunks)


def _names(variables: str | Sequence[str]) -> list[str]:
    if not isinstance(variables, Iterable) or not all(isinstance(v, str) for v in variables):
        raise ArgumentTypeError(
            f"a monitor cannot record {variables!r}", hint="give a name, or a list of names"
        )
    names = [variables] if isinstance(variables, str) else list(variables)
    return [_canonical(n) for n in names]


def _canonical(variable: str) -> str:
    match = _SUM.match(variable)
    return f"sum({match[1]})" if match else variable


def _first(rows: NDArray) -> NDArray:
    return rows[:, 0]


def _joined(parts: list[Any]) -> Any:
    """Return recordings that follow each other as one; rows that differ in length are objects."""
    if len(parts) == 1:
        return parts[0]
    parts = [part for part in parts if len(part)] or parts[-1:]
    if len({(part.shape[1:], part.dtype) for part in parts}) == 1:
        return np.concatenate(parts)
    n_axes = min(part.ndim if part.dtype == object else part.ndim - 1 for part in parts)
    return np.concatenate([_as_objects(part, n_axes) for part in parts])


def _as_objects(rows: NDArray, n_axes: int) -> NDArray:
    """Return an array of `n_axes` axes whose elements are what lies behind them."""
    if rows.dtype == object:
        return rows
    table = np.empty(rows.shape[:n_axes], dtype=object)
    for place in np.ndindex(table.shape):
        table[place] = rows[place]
    return table


def _dendrites_shape(row_ptr: NDArray[np.int64]) -> Callable[[NDArray], Any]:
    """Return a function that cuts rows of synapses into dendrites."""
    lengths = np.diff(row_ptr)
    if len(lengths) and np.all(lengths == lengths[0]):
        n_dendrites, n_synapses = len(lengths), int(lengths[0])
        return lambda rows: rows.reshape(len(rows), n_dendrites, n_synapses)
    cuts = row_ptr[1:-1]

    def cut(rows: NDArray) -> NDArray:
        table = np.empty((len(rows), len(lengths)), dtype=object)
        for time, row in enumerate(rows):
            for k, part in enumerate(np.split(row, cuts)[: len(lengths)]):
                table[time, k] = part
        return table

    return cut


def _mask(ranks: NDArray, n_padded: int) -> NDArray[np.uint8]:
    mask = np.zeros(n_padded, dtype=np.uint8)
    mask[ranks] = 1
    return mask


def _projection_of(obj: Projection | Dendrite) -> Projection:
    return obj.proj if isinstance(obj, Dendrite) else obj


def _network_of(obj: Any) -> Network:
    if isinstance(obj, PopulationView):
        obj = obj.population
    return _projection_of(obj)._network if isinstance(obj, Dendrite) else obj._network


def _model_of(obj: Any) -> Any:
    if isinstance(obj, PopulationView):
        obj = obj.population
    return _projection_of(obj)._model if isinstance(obj, Dendrite) else obj._model


def _state_of(obj: Population | PopulationView) -> PopulationState:
    population = obj.population if isinstance(obj, PopulationView) else obj
    return population._require_state("recording")


def _name_of(obj: Any) -> str:
    if isinstance(obj, Dendrite):
        return f"{obj.proj.name}_{obj.post_rank}"
    return obj.name
