"""Spikes that are brought into a network: at times that are given, one list for each neuron.

The running network reads the times as a table (`SpikeTable`).
"""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from annlab.calls import public, warn
from annlab.errors import ArgumentError, ArgumentTypeError, ShapeError
from annlab.ir.definition import Neuron
from annlab.network.population import Population
from annlab.runtime.state import PopulationState, SpikeTable

if TYPE_CHECKING:
    from annlab.network.network import Network

_ROUNDING = 1e-9  # of times [ms] that were computed
_NO_STEP = 2.0**62  # later than any network runs


@public
class SpikeSourceArray(Population):
    """Neurons that spike at given times.

    Parameters
    ----------
    spike_times
        A list of times [ms] for one neuron, or a list of lists, one per neuron.

    Raises
    ------
    ArgumentTypeError
        If the times are not lists.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network(dt=0.5, backend="reference")
    >>> source = net.create(annlab.SpikeSourceArray([[1.0, 3.0], [2.0]]))
    >>> spikes = net.monitor(source, "spike")
    >>> net.compile()
    >>> steps = net.simulate(5.0)
    >>> times, ranks = spikes.get_spikes()
    >>> times, ranks
    (array([1., 2., 3.]), array([0, 1, 0], dtype=int32))
    >>> source.spike_times = [[6.0], [7.0]]  # others, also while the network runs
    """

    def __init__(
        self,
        spike_times: Sequence[float] | Sequence[Sequence[float]],
        name: str | None = None,
        *,
        network: Network | None = None,
    ) -> None:
        trains = _trains(spike_times)
        neuron = Neuron(spike="False", name="Spike source", description="Spikes at given times.")
        super().__init__(len(trains), neuron, name, network=network)
        self._given_times = spike_times
        self._trains = trains

    @property
    def spike_times(self) -> Any:
        """Times of the spikes [ms], as they were given."""
        return self._given_times

    @spike_times.setter
    def spike_times(self, spike_times: Sequence[float] | Sequence[Sequence[float]]) -> None:
        trains = _trains(spike_times)
        if len(trains) != self.size:
            raise ShapeError(
                f"SpikeSourceArray {self.name!r} has {self.size} neurons and was given times "
                f"for {len(trains)}"
            )
        self._given_times, self._trains = spike_times, trains
        state = self._state
        if state is None:
            return

        def change() -> None:
            old = state.spike_table
            self._prepare(state)
            if old is not None and state.spike_table is not None:
                self._continue(state.spike_table, int(old.origin[0]))
            self._network._refresh()

        self._network._call(change)

    def _continue(self, table: SpikeTable, origin: int) -> None:
        """Count times from `origin` on and skip those that are past."""
        table.origin[0] = origin
        table.cursor[0] = np.searchsorted(table.steps, self._network.current_step - origin)

    def _prepare(self, state: PopulationState) -> None:
        dt = self._network.dt
        steps = [np.unique(np.rint(np.asarray(t, dtype=np.float64) / dt)) for t in self._trains]
        ranks = np.repeat(np.arange(len(steps), dtype=np.int32), [len(s) for s in steps])
        joined = np.concatenate(steps) if steps else np.empty(0)
        joined = np.minimum(joined, _NO_STEP).astype(np.int64)
        order = np.lexsort((ranks, joined))
        state.spike_table = SpikeTable(
            steps=joined[order],
            ranks=ranks[order],
            origin=np.zeros(1, np.int64),
            cursor=np.zeros(1, np.int64),
        )

    def reset(self, attributes: Sequence[str] | None = None) -> None:
        """Let the times count from now on.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> source = net.create(annlab.SpikeSourceArray([1.0, 3.0]))
        >>> spikes = net.monitor(source, "spike")
        >>> net.compile()
        >>> net.simulate(10.0)
        10
        >>> source.reset()
        >>> net.simulate(10.0)
        10
        >>> spikes.get("spike")
        {0: [1, 3, 11, 13]}
        """
        super().reset(attributes)
        state = self._state
        if state is None or state.spike_table is None:
            return
        table = state.spike_table
        self._network._call(lambda: self._continue(table, self._network.current_step))

    def _copy(self, network: Network, *, draws_again: bool = False) -> Population:
        twin = super()._copy(network, draws_again=draws_again)
        if isinstance(twin, SpikeSourceArray):
            twin._given_times, twin._trains = self._given_times, self._trains
        return twin


def _trains(spike_times: object) -> list[Sequence[float]]:
    """Return the times of each neuron, checked."""
    hint = "give a list of times [ms], or one list per neuron"
    if not isinstance(spike_times, list):
        raise ArgumentTypeError(
            f"the times of a SpikeSourceArray are {type(spike_times).__name__}", hint=hint
        )
    is_nested = any(isinstance(t, list | tuple | np.ndarray) for t in spike_times)
    trains: list[Any] = spike_times if is_nested else [spike_times]
    for train in trains:
        if not isinstance(train, list | tuple | np.ndarray) or not all(
            isinstance(t, numbers.Real) for t in train
        ):
            raise ArgumentTypeError("the times of a SpikeSourceArray are no numbers", hint=hint)
        if not np.all(np.isfinite(train)):
            raise ArgumentError("a time of a SpikeSourceArray is not finite", hint=hint)
    n_never = sum(int(np.count_nonzero(np.asarray(train, float) < -_ROUNDING)) for train in trains)
    if n_never:
        warn(f"{n_never} times of a SpikeSourceArray lie before 0 ms: no spike will come of them")
    return [list(train) for train in trains]


__all__ = ["SpikeSourceArray"]
