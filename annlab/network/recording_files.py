"""Recordings as files in the formats of other programs: ``.npy`` and ``.hdf5``, written at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from annlab.errors import ArgumentError, ConfigurationError
from annlab.network import statistics
from annlab.network.recorders import name_of
from annlab.network.statistics import SpikeTrains

if TYPE_CHECKING:
    from annlab.network.monitor import Monitor


def save_recordings(
    monitor: Monitor, filename: str, names: Sequence[str], *, keep: bool, reshape: bool
) -> None:
    """Write the recordings of one monitor; see `Monitor.save`."""
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
    data = monitor.get(names, keep=keep, reshape=reshape, force_dict=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    if h5py is None:
        np.save(path, _as_array(data[names[0]]), allow_pickle=False)
        return
    with h5py.File(path, "w") as file:
        for name, values in data.items():
            file[name] = _as_array(values)


def save_all_recordings(
    monitors: Iterable[Monitor], filename: str, *, keep: bool, reshape: bool, flat_keys: bool
) -> None:
    """Write the recordings of several monitors; see `MonitorList.save_all`."""
    path = Path(filename)
    if path.suffix != ".hdf5":
        raise ConfigurationError(
            f"several monitors cannot be saved as {path.suffix or filename!r}",
            hint="use .hdf5",
        )
    h5py = _import_h5py()
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        for monitor in monitors:
            data = monitor.get(None, keep=keep, reshape=reshape, force_dict=True)
            for variable, values in data.items():
                parts = (name_of(monitor.object), variable)
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


__all__ = ["save_all_recordings", "save_recordings"]
