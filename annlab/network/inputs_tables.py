"""Inputs that follow tables: attributes that have other values from given times on.

A sub-class says which rows are in force when; the running network reads them (`TimedTable`). New
data replace the tables between two slices of a run; a reset brings back those of compile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any  # Any: what users gave, of each kind of input

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
    _at_compile: dict[str, Any] | None = None  # as `_given`; travels to other processes

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

    @property
    def _is_given(self) -> bool:
        """Whether there are tables yet to which a reset could return."""
        return True

    def _attach(self, state: PopulationState) -> None:
        super()._attach(state)
        if self._at_compile is None:
            self._at_compile = self._given() if self._is_given else {}

    def _detach(self) -> None:
        super()._detach()
        self._at_compile = None

    def _start_again(self) -> None:
        self._bring_back()
        super()._start_again()

    def _given(self) -> dict[str, Any]:
        """Return what the user gave, from which the tables are made."""
        kept = self.__dict__.items()
        return {n: value for n, value in kept if n.startswith("_given_") or n == "_times"}

    def _bring_back(self) -> bool:
        """Follow again what was given until compile; return whether that was replaced."""
        state, first = self._state, self._at_compile
        assert state is not None
        assert first is not None
        if all(self.__dict__[name] is value for name, value in first.items()):
            return False
        self.__dict__.update(first)
        state.timed.clear()
        self._prepare(state)
        return True

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
        """Begin now with what was given until compile."""
        state = self._state
        if state is None:
            return

        def change() -> None:
            if self._bring_back():
                self._network._refresh()
            for table in state.timed:
                table.origin[0] = self._network.current_step

        self._network._call(change)

    def _copy(self, network: Network, *, draws_again: bool = False) -> Population:
        twin = super()._copy(network, draws_again=draws_again)
        twin.__dict__.update(self._given())
        return twin


__all__ = ["Timed"]
