"""Inputs that follow tables: attributes that have other values from given times on.

A sub-class says which rows are in force when; the running network reads them (`TimedTable`). New
data replace the tables between two slices of a run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from annlab.network.population import Population
from annlab.network.schedules import Schedule
from annlab.network.timing import warn_of_rounding
from annlab.runtime.state import PopulationState, TimedTable

if TYPE_CHECKING:
    from annlab.network.network import Network


class Timed(Population):
    """A population some of whose attributes follow tables of values over time.

    Sub-classes say which rows are in force (`_tables`) and keep what the user gave.
    """

    _times: Schedule

    def _tables(self) -> dict[str, NDArray]:
        """Return the rows (n_rows, n) of each driven attribute."""
        raise NotImplementedError

    def _prepare(self, state: PopulationState) -> None:
        dt, period = self._network.dt, self._times.period
        period_steps = self._times.period_steps(dt)
        if period > 0:
            warn_of_rounding(f"the period of {self._label}", period, period_steps, dt)
        for name, rows in self._tables().items():
            state.timed.append(
                TimedTable(
                    attribute=name,
                    rows=np.ascontiguousarray(rows, dtype=state.float_type),
                    starts=self._times.starts(len(rows), dt),
                    origin=np.zeros(1, np.int64),
                    period=np.array([period_steps], np.int64),
                )
            )

    def _replace_tables(self, *, reset: bool) -> None:
        """Follow new data, of as many tables as there now are; with `reset` from their begin."""
        state = self._state
        if state is None:
            return

        def change() -> None:
            origin = int(state.timed[0].origin[0]) if state.timed else 0  # that of all of them
            state.timed.clear()
            self._prepare(state)
            for table in state.timed:
                table.origin[0] = self._network.current_step if reset else origin
            self._network._refresh()

        self._network._call(change)

    def _restart(self) -> None:
        state = self._state
        if state is None:
            return

        def change() -> None:
            for table in state.timed:
                table.origin[0] = self._network.current_step

        self._network._call(change)

    def _copy(self, network: Network, *, draws_again: bool = False) -> Population:
        twin = super()._copy(network, draws_again=draws_again)
        for name, value in self.__dict__.items():
            if name.startswith("_given_") or name == "_times":
                object.__setattr__(twin, name, value)
        return twin


__all__ = ["Timed"]
