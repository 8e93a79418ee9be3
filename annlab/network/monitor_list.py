"""Several monitors together: one file, one Neo block, one dictionary of tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableSequence
from typing import Any

from annlab.calls import other_names, public
from annlab.errors import ArgumentTypeError, UnknownObjectError, nearest
from annlab.network.monitor import Monitor
from annlab.network.recording_files import save_all_recordings


def _listed(monitors: Any) -> list[Any]:
    """Return several monitors, or what was given instead, which is refused then."""
    try:
        return list(monitors)
    except TypeError:
        return [monitors]


def _required(monitor: Any) -> Monitor:
    if not isinstance(monitor, Monitor):
        raise ArgumentTypeError(
            f"a MonitorList holds monitors, not {monitor!r}",
            hint="give what net.monitor(...) returned",
        )
    return monitor


@public
class MonitorList(MutableSequence[Monitor]):
    """Several monitors that are read, saved and handed to other libraries together.

    A list: monitors can be appended, inserted and removed.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network(backend="reference")
    >>> cells = net.create(3, annlab.LeakyIntegrator(B=1.0), name="cells")
    >>> first = net.monitor(cells[0], "r", name="first")
    >>> watches = annlab.MonitorList([net.monitor(cells, "r"), first])
    >>> net.compile()
    >>> steps = net.simulate(5.0)
    >>> {name: data["r"].shape for name, data in watches.get().items()}
    {'Monitor_cells': (5, 3), 'first': (5, 1)}
    """

    @other_names(iterable="monitors")
    def __init__(self, monitors: Iterable[Monitor] = ()) -> None:
        given = [monitors] if isinstance(monitors, Monitor) else _listed(monitors)
        self.monitors = [_required(monitor) for monitor in given]

    def __iter__(self) -> Iterator[Monitor]:
        return iter(self.monitors)

    def __len__(self) -> int:
        return len(self.monitors)

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(key, slice):
            self.monitors[key] = [_required(monitor) for monitor in value]
        else:
            self.monitors[self._place(key)] = _required(value)

    def __delitem__(self, key: Any) -> None:
        del self.monitors[key if isinstance(key, slice) else self._place(key)]

    def index(self, value: Any, start: int = 0, stop: int | None = None) -> int:
        """Return the place of a monitor.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(backend="reference")
        >>> cells = net.create(2, annlab.LeakyIntegrator)
        >>> rates, potentials = net.monitor(cells, "r"), net.monitor(cells, "v")
        >>> annlab.MonitorList([rates, potentials]).index(potentials)
        1
        """
        try:
            return self.monitors.index(value, *slice(start, stop).indices(len(self))[:2])
        except ValueError:
            raise UnknownObjectError(f"{value!r} is not in the list") from None

    def insert(self, index: int, value: Monitor) -> None:
        """Put a monitor before the one at a place.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(backend="reference")
        >>> cells = net.create(2, annlab.LeakyIntegrator, name="cells")
        >>> watches = annlab.MonitorList()
        >>> watches.append(net.monitor(cells, "r", name="second"))
        >>> watches.insert(0, net.monitor(cells, "v", name="first"))
        >>> watches
        <MonitorList: first, second>
        """
        self.monitors.insert(index, _required(value))

    def __getitem__(self, key: Any) -> Any:
        """Return a monitor by position or name, or some as a list of their own."""
        if isinstance(key, slice):
            return MonitorList(self.monitors[key])
        return self.monitors[self._place(key)]

    def _place(self, key: int | str) -> int:
        if not isinstance(key, int):
            return list(self._named()).index(self._known(key))
        if not -len(self) <= key < len(self):
            raise UnknownObjectError(f"the list has {len(self)} monitors, and no monitor {key}")
        return key

    def __repr__(self) -> str:
        return f"<MonitorList: {', '.join(self._named())}>"

    def _named(self) -> dict[str, Monitor]:
        """Return the monitors by name; equal names are numbered."""
        found: dict[str, Monitor] = {}
        for monitor in self.monitors:
            name, number = monitor.name, 1
            while name in found:
                name, number = f"{monitor.name}_{number}", number + 1
            found[name] = monitor
        return found

    def _known(self, name: str) -> str:
        names = list(self._named())
        if name not in names:
            near = nearest(name, names)
            raise UnknownObjectError(
                f"there is no monitor {name!r} in the list",
                why=f"known here: {', '.join(names)}",
                hint=f"did you mean {near!r}?" if near else None,
            )
        return name

    def get(self, keep: bool = False, reshape: bool = True) -> dict[str, dict[str, Any]]:
        """Return what all have recorded: name of the monitor -> variable -> data.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(backend="reference")
        >>> cells = net.create(2, annlab.LeakyIntegrator, name="cells")
        >>> watches = annlab.MonitorList([net.monitor(cells, "r")])
        >>> net.compile()
        >>> net.simulate(3.0)
        3
        >>> watches["Monitor_cells"].period
        1.0
        >>> watches.get()["Monitor_cells"]["r"].shape
        (3, 2)
        """
        return {
            name: monitor.get(None, keep=keep, reshape=reshape)
            for name, monitor in self._named().items()
        }

    def reset(self) -> None:
        """Forget what all have recorded so far.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(backend="reference")
        >>> watches = annlab.MonitorList([net.monitor(net.create(2, annlab.LeakyIntegrator), "r")])
        >>> net.compile()
        >>> net.simulate(3.0)
        3
        >>> watches.reset()
        >>> watches[0].get("r").shape
        (0, 2)
        """
        for monitor in self.monitors:
            monitor.reset()

    def flush(self) -> None:
        """Write what was recorded into the files of those that have one (`Monitor.flush`).

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(backend="reference")
        >>> cells = net.create(2, annlab.LeakyIntegrator)
        >>> watches = annlab.MonitorList([net.monitor(cells, "r", file="rates")])
        >>> net.compile()
        >>> net.simulate(3.0)
        3
        >>> watches.flush()
        """
        for monitor in self.monitors:
            monitor.flush()

    def save_all(
        self, filename: str, keep: bool = False, reshape: bool = False, flat_keys: bool = False
    ) -> None:
        """Write all recordings to an .hdf5 file.

        Keys are ``/<object name>/<variable>``, or with `flat_keys` the same with ``_``; equal ones
        are numbered.

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
        save_all_recordings(
            self.monitors, filename, keep=keep, reshape=reshape, flat_keys=flat_keys
        )

    # -- other libraries ------------------------------------------------------------

    def to_neo(self, keep: bool = False) -> Any:
        """Return one Neo Block with the recordings of all; see `Monitor.to_neo`.

        What was recorded in the same interval lies in the same Segment.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(backend="reference")
        >>> cells = net.create(annlab.SpikeSourceArray([[1.0], [2.0]]))
        >>> others = net.create(3, annlab.LeakyIntegrator)
        >>> watches = [net.monitor(cells, "spike"), net.monitor(others, "r")]
        >>> net.compile()
        >>> net.simulate(5.0)
        5
        >>> (segment,) = annlab.MonitorList(watches).to_neo().segments
        >>> len(segment.spiketrains), segment.analogsignals[0].shape
        (2, (5, 3))
        """
        from annlab.network import interchange  # rarely needed

        return interchange.block_of(self.monitors, "recordings", keep=keep)

    def to_nwb(self, filename: str, keep: bool = False, **annotations: Any) -> None:
        """Write the recordings of all into one ``.nwb`` file; see `Monitor.to_nwb`.

        Examples
        --------
        >>> import annlab, os
        >>> net = annlab.Network(backend="reference")
        >>> cells = net.create(annlab.SpikeSourceArray([[1.0], [2.0]]))
        >>> watches = annlab.MonitorList([net.monitor(cells, "spike")])
        >>> net.compile()
        >>> net.simulate(5.0)
        5
        >>> watches.to_nwb("all.nwb", session_description="two spikes")
        >>> os.listdir()
        ['all.nwb']
        """
        from annlab.network import interchange

        interchange.write_nwb(
            self.monitors, "recordings", filename, keep=keep, annotations=annotations
        )

    def to_pandas(self, keep: bool = False) -> dict[str, dict[str, Any]]:
        """Return tables: name of the monitor -> variable -> DataFrame; see `Monitor.to_pandas`.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(backend="reference")
        >>> cells = net.create(2, annlab.LeakyIntegrator, name="cells")
        >>> watches = annlab.MonitorList([net.monitor(cells, "r")])
        >>> net.compile()
        >>> net.simulate(3.0)
        3
        >>> watches.to_pandas()["Monitor_cells"]["r"].shape
        (3, 2)
        """
        return {name: monitor.to_pandas(keep=keep) for name, monitor in self._named().items()}

    def to_xarray(self, keep: bool = False) -> dict[str, Any]:
        """Return the values that each has recorded as a Dataset; spikes are left where they are.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(backend="reference")
        >>> cells = net.create((2, 3), annlab.LeakyIntegrator, name="cells")
        >>> watches = annlab.MonitorList([net.monitor(cells, "r")])
        >>> net.compile()
        >>> net.simulate(3.0)
        3
        >>> watches.to_xarray()["Monitor_cells"]["r"].dims
        ('time', 'width', 'height')
        """
        from annlab.network import interchange

        return {
            name: interchange.to_xarray(monitor, values, keep=keep)
            for name, monitor in self._named().items()
            if (values := [v for v in monitor.variables if not interchange.is_event(monitor, v)])
        }


__all__ = ["MonitorList"]
