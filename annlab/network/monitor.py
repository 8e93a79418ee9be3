"""Monitors: what is recorded of populations, views, dendrites and projections.

A monitor says what to record, when, and where it is kept (`annlab.network.tracks`);
recorders (`annlab.runtime.recorder`) are filled by the running network. Reading
empties them, unless told otherwise. All calls work while the network runs in the
background.

What users read, set and call is in the modules `monitor_*` beside this one.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from annlab.calls import public, warn
from annlab.errors import ArgumentError, ArgumentTypeError, UnknownAttributeError
from annlab.network import recorders
from annlab.network.attributes import refuse_fixed, unknown_attribute
from annlab.network.checks import read_flag
from annlab.network.dendrite import Dendrite
from annlab.network.estimates import MemoryEstimate, estimate_monitor
from annlab.network.exchange import MonitorExchange
from annlab.network.monitor_base import read_variables
from annlab.network.monitor_control import MonitorControl
from annlab.network.monitor_reading import MonitorReading
from annlab.network.population import Population
from annlab.network.projection import Projection
from annlab.network.projection_base import population_of
from annlab.network.recorders import name_of
from annlab.network.spike_statistics import SpikeStatistics
from annlab.network.statistics import SpikeArrays, Spikes
from annlab.network.tracks import Track
from annlab.network.view import PopulationView
from annlab.runtime.state import NetworkState

if TYPE_CHECKING:
    from annlab.network.network import Network


@public
class Monitor(MonitorControl, MonitorReading, SpikeStatistics, MonitorExchange):
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
        self._variables = read_variables(variables)
        for variable in self._variables:
            recorders.check(obj, variable, self.name)
        self._period = period
        self._period_offset = period_offset
        self._schedule()
        self._warn_of_rounding()
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

    # -- what is recorded -----------------------------------------------------------

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

    # -- what it takes --------------------------------------------------------------

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

    # -- for the network ------------------------------------------------------------

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

    # -- for statistics and other libraries -----------------------------------------

    @property
    def _owner(self) -> str:
        return name_of(self.object)

    @property
    def _step_ms(self) -> float:
        return self._network.dt

    def _read_spikes(self) -> Spikes:
        track = self._track("spike")
        before, series = track.shown, self._series("spike", keep=False)
        if before is not None and not any(stop > start for start, stop in series.intervals):
            track.last = list(before.intervals or ())
            spikes = before
        else:
            spikes = SpikeArrays(series.steps, series.payload, series.recorded, series.intervals)
        track.shown = spikes
        return spikes

    def _spike_intervals(self) -> list[tuple[int, int]]:
        return self._track("spike").last


__all__ = ["Monitor"]
