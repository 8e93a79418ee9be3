"""Recordings in the containers of other libraries.

Takes monitors, gives Neo blocks, pandas tables, xarray arrays and NWB files. Each library is
imported when it is asked for. A value that is recorded in
step n, or a spike of step n, has the time n*dt [ms].
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from annlab.errors import ArgumentError, ConfigurationError, StateError
from annlab.ir.expr import Locality
from annlab.network import synapse_values
from annlab.network.dendrite import Dendrite
from annlab.network.population import Population
from annlab.network.projection import Projection
from annlab.runtime.recorder import SpikeRecorder, ValueRecorder

if TYPE_CHECKING:
    from annlab.network.monitor import Monitor

_AXES = ("width", "height", "depth")
_SPIKES_ARE_EVENTS = "to_pandas() and to_neo() give spikes"


def library(name: str, caller: str) -> Any:  # Any: a module that type checkers may not have
    """Import an optional library, or say what to do."""
    try:
        return import_module(name)
    except ImportError as error:
        package = name.partition(".")[0]
        raise ConfigurationError(
            f"{caller}() needs the package {package}, which cannot be imported: {error}",
            hint=f"pip install {package}",
        ) from error


# -- what was recorded ------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Signal:
    """Values over time: `values` (time, columns), `steps` (time,); one label per column.

    `labels`: name -> (columns,), empty for a value that exists once.
    """

    name: str
    values: NDArray
    steps: NDArray[np.int64]
    intervals: Sequence[tuple[int, int]]
    period: int
    labels: dict[str, NDArray]
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Events:
    """Spikes in order of time, and the ranks of all neurons that were recorded."""

    name: str
    steps: NDArray[np.int64]
    ranks: NDArray[np.int32]
    intervals: Sequence[tuple[int, int]]
    recorded: NDArray


def _take(monitor: Monitor, name: str, *, keep: bool) -> _Signal | _Events:
    track = monitor._track(name)
    recorder = track.recorder
    if isinstance(recorder, SpikeRecorder):
        steps, ranks = monitor._network._call(lambda: monitor._read(track, keep=keep))
        return _Events(
            name=name,
            steps=steps,
            ranks=ranks,
            intervals=track.last,
            recorded=np.sort(monitor._recorded_ranks()),
        )

    def read() -> tuple[NDArray, NDArray[np.int64]]:
        steps = _steps(recorder, track.intervals, monitor._step())
        if len(steps) != len(recorder.data()):
            raise _unknown_times(monitor.name, name)
        return monitor._read(track, keep=keep), steps

    data, steps = monitor._network._call(read)
    labels, unit = _labels(monitor, name)
    return _Signal(
        name=name,
        values=data,
        steps=steps,
        intervals=track.last,
        period=int(recorder.schedule[0]),
        labels=labels,
        unit=unit,
    )


def _steps(
    recorder: ValueRecorder, intervals: Sequence[Sequence[int | None]], now: int
) -> NDArray[np.int64]:
    """Return the steps in which rows were recorded."""
    period, offset, start = (int(x) for x in recorder.schedule)
    parts = [np.arange(first or 0, now if end is None else end) for first, end in intervals]
    steps = np.concatenate([*parts, np.empty(0, np.int64)]).astype(np.int64)
    return steps[(steps - start) % period == offset]


def _unknown_times(monitor: str, name: str) -> StateError:
    return StateError(
        f"{monitor}: it is not known when {name!r} was recorded",
        why="its period, the synapses or the clock of the network were changed meanwhile",
        hint="read the recordings before such a change",
    )


def _labels(monitor: Monitor, name: str) -> tuple[dict[str, NDArray], str]:
    """Return what the columns of a signal stand for, and its unit."""
    obj = monitor.object
    if not isinstance(obj, Projection | Dendrite):
        attribute = getattr(obj, "population", obj).model.attribute(name)
        if attribute is not None and attribute.locality is Locality.GLOBAL:
            return {}, attribute.unit
        return {"rank": np.asarray(obj.ranks)}, attribute.unit if attribute else ""
    projection = obj.proj if isinstance(obj, Dendrite) else obj
    state = projection._compiled("recordings")
    attribute = state.model.attribute(name)
    unit = attribute.unit if attribute is not None else ""
    locality = synapse_values.locality(state, name)
    if locality is Locality.GLOBAL:
        return {}, unit
    post, pre = synapse_values.owners(state.storage), state.storage.dendrites.pre_ranks
    if isinstance(obj, Dendrite):
        is_here = post == obj.post_rank
        return ({"pre": pre[is_here]} if locality is Locality.LOCAL else {}), unit
    if locality is Locality.LOCAL:
        return {"post": post, "pre": pre}, unit
    return {"post": state.storage.dendrites.post_ranks}, unit


def _names(monitor: Monitor, variables: str | Sequence[str] | None) -> list[str]:
    if variables is None:
        return monitor.variables
    names = [variables] if isinstance(variables, str) else list(variables)
    for name in names:
        monitor._track(name)  # refuses what is not recorded before anything is forgotten
    return names


def _is_event(monitor: Monitor, name: str) -> bool:
    return isinstance(monitor._track(name).recorder, SpikeRecorder)


# -- pandas -----------------------------------------------------------------------------


def to_pandas(monitor: Monitor, variables: str | Sequence[str] | None, *, keep: bool) -> Any:
    """Return a DataFrame, or a dictionary of them; see `Monitor.to_pandas`."""
    pandas = library("pandas", "to_pandas")
    dt = monitor._network.dt
    found = {
        n: _frame(pandas, _take(monitor, n, keep=keep), dt) for n in _names(monitor, variables)
    }
    return found[variables] if isinstance(variables, str) else found


def _frame(pandas: Any, taken: _Signal | _Events, dt: float) -> Any:
    if isinstance(taken, _Events):
        return pandas.DataFrame({"time_ms": taken.steps * dt, "rank": taken.ranks})
    index = pandas.Index(taken.steps * dt, name="time_ms")
    return pandas.DataFrame(taken.values, index=index, columns=_columns(pandas, taken))


def _columns(pandas: Any, signal: _Signal) -> Any:
    if not signal.labels:
        return [signal.name]
    if len(signal.labels) == 1:
        ((name, values),) = signal.labels.items()
        return pandas.Index(values, name=name)
    return pandas.MultiIndex.from_arrays(list(signal.labels.values()), names=list(signal.labels))


# -- xarray -----------------------------------------------------------------------------


def to_xarray(monitor: Monitor, variables: str | Sequence[str] | None, *, keep: bool) -> Any:
    """Return a DataArray, or a Dataset of several; see `Monitor.to_xarray`."""
    xarray = library("xarray", "to_xarray")
    names = _names(monitor, variables)
    events = [name for name in names if _is_event(monitor, name)]
    if variables is None:
        names = [name for name in names if name not in events]
    if (variables is not None and events) or not names:
        raise ArgumentError(
            f"{monitor.name}: {(events or ['nothing'])[0]!r} has no value at each time",
            hint=_SPIKES_ARE_EVENTS,
        )
    arrays = {name: _array(xarray, monitor, _take_signal(monitor, name, keep)) for name in names}
    return arrays[variables] if isinstance(variables, str) else xarray.Dataset(arrays)


def _take_signal(monitor: Monitor, name: str, keep: bool) -> _Signal:
    taken = _take(monitor, name, keep=keep)
    assert isinstance(taken, _Signal)  # the caller has looked
    return taken


def _array(xarray: Any, monitor: Monitor, signal: _Signal) -> Any:
    dims, coordinates, shape = _dimensions(monitor.object, signal)
    time = xarray.Variable("time", signal.steps * monitor._network.dt, {"units": "ms"})
    return xarray.DataArray(
        signal.values.reshape(len(signal.steps), *shape),
        dims=("time", *dims),
        coords={"time": time, **coordinates},
        name=signal.name,
        attrs={"units": signal.unit} if signal.unit else {},
    )


def _dimensions(
    obj: object, signal: _Signal
) -> tuple[tuple[str, ...], dict[str, tuple[str, NDArray]], tuple[int, ...]]:
    """Return (names, coordinates, extents) of the dimensions besides time."""
    labels = signal.labels
    if not labels:
        return (), {}, ()
    if isinstance(obj, Population) and obj.dimension > 1:
        names = tuple(_AXES[k] if k < len(_AXES) else f"axis{k}" for k in range(obj.dimension))
        return names, {}, obj.geometry
    n = signal.values.shape[1]
    dim = next(iter(labels)) if len(labels) == 1 else "synapse"
    return (dim,), {name: (dim, values) for name, values in labels.items()}, (n,)


# -- Neo and NWB ------------------------------------------------------------------------


def to_neo(monitor: Monitor, variables: str | Sequence[str] | None, *, keep: bool) -> Any:
    """Return a Block with a Segment for each uninterrupted recording; see `Monitor.to_neo`."""
    neo = library("neo", "to_neo")
    dt = monitor._network.dt
    owner = getattr(monitor.object, "name", type(monitor.object).__name__)
    taken = [_take(monitor, name, keep=keep) for name in _names(monitor, variables)]
    block = neo.Block(name=monitor.name, recorded=owner)
    for interval in sorted({i for part in taken for i in part.intervals}):
        segment = neo.Segment(name=f"{interval[0] * dt:g} ms to {interval[1] * dt:g} ms")
        for part in taken:
            if interval not in part.intervals:
                continue
            if isinstance(part, _Events):
                segment.spiketrains.extend(_trains(neo, part, interval, dt, owner))
            else:
                segment.analogsignals.extend(_analog(neo, part, interval, dt))
        block.segments.append(segment)
    return block


def _trains(
    neo: Any, events: _Events, interval: tuple[int, int], dt: float, owner: str
) -> list[Any]:
    first, end = interval
    is_inside = (events.steps >= first) & (events.steps < end)
    order = np.argsort(events.ranks[is_inside], kind="stable")
    steps, ranks = events.steps[is_inside][order], events.ranks[is_inside][order]
    cuts = np.searchsorted(ranks, events.recorded[1:])
    return [
        neo.SpikeTrain(
            train * dt,
            units="ms",
            t_start=first * dt,
            t_stop=end * dt,
            name=f"{owner}[{rank}]",
            population=owner,
            rank=int(rank),
            event=events.name,
        )
        for rank, train in zip(events.recorded, np.split(steps, cuts))
    ]


def _analog(neo: Any, signal: _Signal, interval: tuple[int, int], dt: float) -> list[Any]:
    is_inside = (signal.steps >= interval[0]) & (signal.steps < interval[1])
    steps = signal.steps[is_inside]
    if not len(steps):
        return []
    return [
        neo.AnalogSignal(
            signal.values[is_inside],
            units=signal.unit or "dimensionless",
            t_start=_quantity(steps[0] * dt),
            sampling_period=_quantity(signal.period * dt),
            name=signal.name,
            array_annotations=dict(signal.labels),
        )
    ]


def _quantity(time_ms: float) -> Any:
    return import_module("quantities").Quantity(float(time_ms), "ms")  # Neo brings it


def to_nwb(
    monitor: Monitor,
    filename: str,
    variables: str | Sequence[str] | None,
    *,
    keep: bool,
    annotations: dict[str, Any],
) -> None:
    """Write recordings as Neurodata Without Borders; see `Monitor.to_nwb`."""
    library("pynwb", "to_nwb")
    nwb = library("neo.io.nwbio", "to_nwb")
    path = Path(filename)
    if path.suffix != ".nwb":
        raise ConfigurationError(
            f"NWB cannot be written as {path.suffix or filename!r}", hint="use .nwb"
        )
    block = to_neo(monitor, variables, keep=keep)
    given = {
        "session_description": f"simulation with annlab: {monitor.name}",
        "identifier": monitor.name,
        "session_start_time": datetime.now().astimezone(),
        **annotations,
    }
    block.annotate(**given)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # Neo and PyNWB warn of one another: nobody here can mend it
        nwb.NWBIO(str(path), mode="w").write_all_blocks([block])


__all__ = ["library", "to_neo", "to_nwb", "to_pandas", "to_xarray"]
