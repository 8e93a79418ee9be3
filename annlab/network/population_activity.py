"""What neurons receive and emit: sums of inputs, spikes, firing rates, and how long they rest."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from annlab.calls import public, warn
from annlab.errors import ArgumentError, StateError
from annlab.ir.model import Distribution
from annlab.network.attributes import Place, many_values
from annlab.network.checks import read_number
from annlab.network.distributions import from_model
from annlab.network.population_base import PopulationBase
from annlab.runtime.memory import padded
from annlab.runtime.state import PopulationState, RateWindow

_LONGEST_WINDOW = 10_000_000  # steps of which the spikes are remembered
_DIGITS = 10  # of a time in ms that is a number of steps


@public
class PopulationActivity(PopulationBase):
    """Inputs and spikes of the last steps."""

    _refractory: NDArray | None
    _rate_window_ms: float | None

    def sum(self, target: str = "") -> NDArray:
        """Return the last weighted sums of `target`; of spiking neurons the conductance.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> source = net.create(annlab.InputArray(3))
        >>> source.r = [1.0, 2.0, 3.0]
        >>> cells = net.create(1, annlab.LeakyIntegrator)
        >>> proj = net.connect(source, cells, "exc").all_to_all(0.5)
        >>> net.compile()
        >>> net.step()
        >>> cells.sum("exc")
        array([3.])
        """
        state = self._state
        found = None if state is None else _inputs(state, target)
        if found is None:
            why = "the network is not compiled" if state is None else f"it has no input {target!r}"
            warn(f"{self._label}: sum({target!r}) is 0: {why}")
            return np.zeros(self._geometry, self._network._config.dtype)
        return self._network._call(lambda: found[: self._size].copy())

    @property
    def spike(self) -> NDArray[np.int32]:
        """Ranks of the neurons that spiked in the last step."""
        state = self._require_state("spike")
        spikes = state.spikes
        if spikes is None:
            raise StateError(f"{self._label} is rate-coded: it has no spikes", hint="read its r")
        network = self._network
        return network._call(lambda: spikes.at(network.current_step - 1))

    def compute_firing_rate(self, window: float) -> None:
        """Let `r` be the mean firing rate [Hz] over the last `window` ms.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(annlab.SpikeSourceArray([1.0, 3.0, 5.0]))
        >>> cells.compute_firing_rate(window=10.0)
        >>> net.compile()
        >>> net.simulate(10.0)
        10
        >>> cells.r  # [Hz]
        array([300.])
        """
        if not self._model.is_spiking:
            raise ArgumentError(
                f"{self._label} is rate-coded: it has no firing rate", hint="its r is its rate"
            )
        window_ms = read_number(window, f"the window of {self._label} [ms]")
        n_steps = window_ms / self._network.dt
        if n_steps < 1:
            raise ArgumentError(
                f"{self._label}: a window of {window_ms:g} ms is shorter than a step",
                hint=f"give at least {self._network.dt:g} ms",
            )
        if n_steps > _LONGEST_WINDOW:
            raise ArgumentError(
                f"{self._label}: a window of {window_ms:g} ms are {n_steps:g} steps",
                why="the spikes of all of them are remembered",
                hint=f"give at most {_LONGEST_WINDOW} steps",
            )
        self._rate_window_ms = window_ms
        if self._state is not None:
            state = self._state
            made = self._rate_window()

            def apply() -> None:
                state.rate_window = made
                state.count_from_0()
                self._network._refresh()

            self._network._call(apply)

    @property
    def refractory(self) -> Any:
        """Refractory period [ms]: a number if it is the same for all, else an array."""
        linked = self._linked_refractory()
        if not self._model.is_spiking:
            warn(f"{self._label} is rate-coded: it has no refractory period")
            return None
        if linked is not None:
            return self.get(linked)
        state = self._state
        if state is None:
            values = self._refractory_ms()
        else:
            steps = self._network._call(lambda: state.refractory_steps[: self._size].copy())
            values = np.round(steps * self._network.dt, _DIGITS)
        is_uniform = bool(np.all(values == values[0]))
        return float(values[0]) if is_uniform else values.reshape(self._geometry)

    @refractory.setter
    def refractory(self, value: object) -> None:
        linked = self._linked_refractory()
        if linked is not None or not self._model.is_spiking:
            reason = f"it follows {linked!r}" if linked else "it is rate-coded"
            warn(f"{self._label}: the refractory period is not set, {reason}")
            return
        values = self._read_refractory(value)
        self._refractory = values
        state = self._state
        if state is not None:
            steps = self._in_steps(values)

            def apply() -> None:
                state.refractory_steps[: self._size] = steps

            self._network._call(apply)

    def _linked_refractory(self) -> str | None:
        refractory = self._model.refractory
        return refractory if isinstance(refractory, str) else None

    def _refractory_ms(self) -> NDArray:
        if self._refractory is None:
            given = self._model.refractory
            if isinstance(given, Distribution):
                given = from_model(given)
            self._refractory = self._read_refractory(0.0 if given is None else given)
        return self._refractory

    def _read_refractory(self, value: object) -> NDArray:
        values = many_values(
            value,
            self._size,
            np.dtype(float),
            Place("refractory", self._label),
            rng=self._network.default_rng,
        )
        if not np.all((values >= 0) & np.isfinite(values)):
            raise ArgumentError(
                f"{self._label}: a refractory period is finite and not below 0 ms",
                hint="to keep neurons from spiking, call disable()",
            )
        return values.copy()

    def _in_steps(self, values_ms: NDArray) -> NDArray[np.int32]:
        return np.rint(values_ms / self._network.dt).astype(np.int32)

    def _rate_window(self) -> RateWindow:
        assert self._rate_window_ms is not None
        window = max(1, round(self._rate_window_ms / self._network.dt))
        return RateWindow(
            window=window,
            counts=np.zeros(padded(self._size), np.int32),
            per_step=np.zeros(window, np.int32),
            fifo=np.empty(self._size * window, np.int32),
            ends=np.zeros(2, np.int64),
        )


def _inputs(state: PopulationState, target: str) -> NDArray | None:
    if state.model.is_spiking:
        return state.values.get(f"g_{target}")
    return state.sums.get(str(target))


__all__ = ["PopulationActivity"]
