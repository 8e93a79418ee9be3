"""Recordings in the containers of other libraries.

Takes monitors and files of recordings, gives Neo blocks, pandas tables, xarray arrays and NWB
files. Each library is imported when it is asked for. A value that is recorded in step n, or a
spike of step n, has the time n*dt [ms].
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from annlab.errors import ArgumentError, ConfigurationError
from annlab.network.checks import read_names
from annlab.network.files import read_path, written_whole
from annlab.network.series import Form, FormKind, Part, Series

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


class Source(Protocol):
    """What holds recordings: a monitor, or a file of recordings."""

    name: str

    @property
    def variables(self) -> list[str]: ...

    @property
    def _owner(self) -> str:
        """Name of what was recorded."""
        ...

    @property
    def _step_ms(self) -> float: ...

    def _series(self, name: str, *, keep: bool) -> Series: ...

    def _has_events(self, name: str) -> bool:
        """Tell whether a variable is an event, or refuse what is not recorded."""
        ...


def is_event(source: Source, name: str) -> bool:
    """Tell whether a recorded variable is an event."""
    return source._has_events(name)


def _names(source: Source, variables: str | Sequence[str] | None) -> list[str]:
    if variables is None:
        return source.variables
    names = read_names(variables, "the variables")
    for name in names:
        source._has_events(name)  # refuses what is not recorded before anything is forgotten
    return names


def _united(series: Series) -> Part:
    """Return one part with the columns of all; where there was no such synapse is NaN."""
    if len(series.parts) == 1:
        return series.parts[0]
    form = series.parts[-1].form
    names = list(form.labels)
    keys = [np.stack([part.form.labels[n] for n in names], axis=1) for part in series.parts]
    columns, places = np.unique(np.concatenate(keys), axis=0, return_inverse=True)
    rows = np.full((len(series.steps), len(columns)), np.nan)
    row = first = 0
    for part, key in zip(series.parts, keys):
        n = len(part.steps)
        rows[row : row + n, places.reshape(-1)[first : first + len(key)]] = part.payload
        row, first = row + n, first + len(key)
    labels = {name: columns[:, k] for k, name in enumerate(names)}
    return Part(Form(FormKind.PLAIN, labels, unit=form.unit), series.steps, rows)


# -- pandas -----------------------------------------------------------------------------


def to_pandas(source: Source, variables: str | Sequence[str] | None, *, keep: bool) -> Any:
    """Return a DataFrame, or a dictionary of them; see `Monitor.to_pandas`."""
    pandas = library("pandas", "to_pandas")
    found = {
        name: _frame(pandas, source._series(name, keep=keep), source._step_ms)
        for name in _names(source, variables)
    }
    return found[variables] if isinstance(variables, str) else found


def _frame(pandas: Any, series: Series, dt: float) -> Any:
    if series.is_events:
        return pandas.DataFrame({"time_ms": series.steps * dt, "rank": series.payload})
    part = _united(series)
    index = pandas.Index(part.steps * dt, name="time_ms")
    columns = _columns(pandas, series.name, part.form)
    return pandas.DataFrame(part.payload, index=index, columns=columns)


def _columns(pandas: Any, name: str, form: Form) -> Any:
    if not form.labels:
        return [name]
    if len(form.labels) == 1:
        ((label, values),) = form.labels.items()
        return pandas.Index(values, name=label)
    return pandas.MultiIndex.from_arrays(list(form.labels.values()), names=list(form.labels))


# -- xarray -----------------------------------------------------------------------------


def to_xarray(source: Source, variables: str | Sequence[str] | None, *, keep: bool) -> Any:
    """Return a DataArray, or a Dataset of several; see `Monitor.to_xarray`."""
    xarray = library("xarray", "to_xarray")
    names = _names(source, variables)
    events = [name for name in names if is_event(source, name)]
    if variables is None:
        names = [name for name in names if name not in events]
    if (variables is not None and events) or not names:
        raise ArgumentError(
            f"{source.name}: {(events or ['nothing'])[0]!r} has no value at each time",
            hint=_SPIKES_ARE_EVENTS,
        )
    dt = source._step_ms
    arrays = {n: _array(xarray, source._series(n, keep=keep), dt) for n in names}
    return arrays[variables] if isinstance(variables, str) else xarray.Dataset(arrays)


def _array(xarray: Any, series: Series, dt: float) -> Any:
    part = _united(series)
    dims, coordinates, shape = _dimensions(part.form, part.payload.shape[1])
    time = xarray.Variable("time", part.steps * dt, {"units": "ms"})
    return xarray.DataArray(
        part.payload.reshape(len(part.steps), *shape),
        dims=("time", *dims),
        coords={"time": time, **coordinates},
        name=series.name,
        attrs={"units": part.form.unit} if part.form.unit else {},
    )


def _dimensions(
    form: Form, n_columns: int
) -> tuple[tuple[str, ...], dict[str, tuple[str, NDArray]], tuple[int, ...]]:
    """Return (names, coordinates, extents) of the dimensions besides time."""
    labels = form.labels
    if not labels:
        return (), {}, ()
    if len(form.geometry) > 1:
        names = [_AXES[k] if k < len(_AXES) else f"axis{k}" for k in range(len(form.geometry))]
        return tuple(names), {}, form.geometry
    dim = next(iter(labels)) if len(labels) == 1 else "synapse"
    return (dim,), {name: (dim, values) for name, values in labels.items()}, (n_columns,)


# -- Neo and NWB ------------------------------------------------------------------------


def to_neo(source: Source, variables: str | Sequence[str] | None, *, keep: bool) -> Any:
    """Return a Block with a Segment for each uninterrupted recording; see `Monitor.to_neo`."""
    neo = library("neo", "to_neo")
    taken = _taken([source], variables, keep=keep)
    return _block(neo, source.name, taken, recorded=source._owner)


def block_of(sources: Sequence[Source], name: str, *, keep: bool) -> Any:
    """Return one Block with the recordings of several; see `MonitorList.to_neo`."""
    neo = library("neo", "to_neo")
    owners = ", ".join(dict.fromkeys(source._owner for source in sources))
    return _block(neo, name, _taken(sources, None, keep=keep), recorded=owners)


def _taken(
    sources: Sequence[Source], variables: str | Sequence[str] | None, *, keep: bool
) -> list[tuple[Source, Series]]:
    wanted = [(source, name) for source in sources for name in _names(source, variables)]
    return [(source, source._series(name, keep=keep)) for source, name in wanted]


def _block(neo: Any, name: str, taken: Sequence[tuple[Source, Series]], *, recorded: str) -> Any:
    block = neo.Block(name=name, recorded=recorded)
    times = {
        (first * source._step_ms, end * source._step_ms)
        for source, series in taken
        for first, end in series.intervals
    }
    for begin, end in sorted(times):
        segment = neo.Segment(name=f"{begin:g} ms to {end:g} ms")
        for source, series in taken:
            dt = source._step_ms
            for interval in series.intervals:
                if (interval[0] * dt, interval[1] * dt) != (begin, end):
                    continue
                if series.is_events:
                    segment.spiketrains.extend(_trains(neo, series, interval, dt, source._owner))
                else:
                    _add_signals(segment, neo, series, interval, dt)
        block.segments.append(segment)
    return block


def _trains(
    neo: Any, events: Series, interval: tuple[int, int], dt: float, owner: str
) -> list[Any]:
    first, end = interval
    steps, ranks, recorded = events.steps, events.payload, events.recorded
    is_inside = (steps >= first) & (steps < end)
    order = np.argsort(ranks[is_inside], kind="stable")
    steps, ranks = steps[is_inside][order], ranks[is_inside][order]
    cuts = np.searchsorted(ranks, recorded[1:])
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
        for rank, train in zip(recorded, np.split(steps, cuts))
    ]


def _add_signals(
    segment: Any, neo: Any, series: Series, interval: tuple[int, int], dt: float
) -> None:
    """Add a signal for each part of a recording in an interval, regular where it is."""
    for part in series.parts:
        is_inside = (part.steps >= interval[0]) & (part.steps < interval[1])
        steps, rows = part.steps[is_inside], part.payload[is_inside]
        if not len(steps):
            continue
        common = {
            "units": part.form.unit or "dimensionless",
            "name": series.name,
            "array_annotations": dict(part.form.labels),
        }
        gaps = np.diff(steps)
        if len(gaps) and np.any(gaps != gaps[0]):  # the period was changed meanwhile
            segment.irregularlysampledsignals.append(
                neo.IrregularlySampledSignal(steps * dt, rows, time_units="ms", **common)
            )
            continue
        period = int(gaps[0]) if len(gaps) else interval[1] - interval[0]
        segment.analogsignals.append(
            neo.AnalogSignal(
                rows,
                t_start=_quantity(steps[0] * dt),
                sampling_period=_quantity(period * dt),
                **common,
            )
        )


def _quantity(time_ms: float) -> Any:
    return import_module("quantities").Quantity(float(time_ms), "ms")  # Neo brings it


def to_nwb(
    source: Source,
    filename: str,
    variables: str | Sequence[str] | None,
    *,
    keep: bool,
    annotations: dict[str, Any],
) -> None:
    """Write recordings as Neurodata Without Borders; see `Monitor.to_nwb`."""
    path = _nwb_path(filename)
    _write_nwb(path, to_neo(source, variables, keep=keep), source.name, annotations)


def write_nwb(
    sources: Sequence[Source], name: str, filename: str, *, keep: bool, annotations: dict[str, Any]
) -> None:
    """Write the recordings of several into one file; see `MonitorList.to_nwb`."""
    path = _nwb_path(filename)
    _write_nwb(path, block_of(sources, name, keep=keep), name, annotations)


def _nwb_path(filename: str) -> Path:
    library("pynwb", "to_nwb")
    path = read_path(filename)
    if path.suffix != ".nwb":
        raise ConfigurationError(
            f"NWB cannot be written as {path.suffix or filename!r}", hint="use .nwb"
        )
    return path


def _write_nwb(path: Path, block: Any, name: str, annotations: dict[str, Any]) -> None:
    nwb = library("neo.io.nwbio", "to_nwb")
    given = {
        "session_description": f"simulation with annlab: {name}",
        "identifier": name,
        "session_start_time": datetime.now().astimezone(),
        **annotations,
    }
    block.annotate(**given)
    with written_whole(path) as draft, warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # Neo and PyNWB warn of one another: nobody here can mend it
        nwb.NWBIO(str(draft), mode="w").write_all_blocks([block])


__all__ = [
    "Source",
    "block_of",
    "is_event",
    "library",
    "to_neo",
    "to_nwb",
    "to_pandas",
    "to_xarray",
    "write_nwb",
]
