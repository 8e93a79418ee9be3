"""Recordings as files in the formats of other programs: ``.npy`` and ``.hdf5``, written at once."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from annlab.errors import ArgumentError, ConfigurationError
from annlab.network import statistics
from annlab.network.files import read_path, written_whole
from annlab.network.recorders import name_of
from annlab.network.statistics import SpikeTrains

if TYPE_CHECKING:
    from annlab.network.monitor import Monitor
    from annlab.network.network import Network


def save_recordings(
    monitor: Monitor, filename: str, names: Sequence[str], *, keep: bool, reshape: bool
) -> None:
    """Write the recordings of one monitor; see `Monitor.save`."""
    path = read_path(filename)
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
    with monitor._network._at_once():  # nothing is recorded between reading and forgetting
        arrays = _kept_arrays(monitor, names, reshape=reshape)
        if path.suffix == ".npy":
            with written_whole(path) as draft:
                np.save(draft, arrays[names[0]], allow_pickle=False)
        else:
            _write_hdf5(path, arrays)
        if not keep:
            monitor.get(names)


def save_all_recordings(
    monitors: Sequence[Monitor], filename: str, *, keep: bool, reshape: bool, flat_keys: bool
) -> None:
    """Write the recordings of several monitors; see `MonitorList.save_all`."""
    path = read_path(filename)
    if path.suffix != ".hdf5":
        raise ConfigurationError(
            f"several monitors cannot be saved as {path.suffix or filename!r}",
            hint="use .hdf5",
        )
    with ExitStack() as stack:
        for network in _in_order(monitors):
            stack.enter_context(network._at_once())
        found: dict[str, NDArray] = {}
        for monitor in monitors:
            for variable, values in _kept_arrays(monitor, None, reshape=reshape).items():
                parts = (name_of(monitor.object), variable)
                key = "_".join(parts) if flat_keys else "/" + "/".join(parts)
                found[_free(key, found)] = values
        _write_hdf5(path, found)
        if not keep:
            for monitor in monitors:
                monitor.get()


def _in_order(monitors: Sequence[Monitor]) -> list[Network]:
    """Return the networks of `monitors` in the order in which they are held.

    It is the same for all threads: none holds what another waits for while it waits for that one.
    """
    networks = {id(m._network): m._network for m in monitors}
    return sorted(networks.values(), key=lambda network: (network.id, id(network)))


def _kept_arrays(
    monitor: Monitor, names: Sequence[str] | None, *, reshape: bool
) -> dict[str, NDArray]:
    """Return recordings, which are forgotten when they are in a file and not before."""
    data = monitor.get(names, keep=True, reshape=reshape, force_dict=True)
    return {name: _as_array(values) for name, values in data.items()}


def _free(key: str, taken: Container[str]) -> str:
    """Return a key that is not taken: several monitors may record one variable of one object."""
    numbered = (f"{key}_{n}" for n in count(1))
    return key if key not in taken else next(k for k in numbered if k not in taken)


def _write_hdf5(path: Path, arrays: Mapping[str, NDArray]) -> None:
    h5py = _import_h5py()
    with written_whole(path) as draft, h5py.File(draft, "w") as file:
        for name, values in arrays.items():
            file[name] = values


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
