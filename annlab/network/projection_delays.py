"""The delays of a projection: one for all synapses, or one for each."""

from __future__ import annotations

import numbers
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annlab.calls import public
from annlab.errors import ArgumentError, ArgumentTypeError, ShapeError, StateError
from annlab.ir.expr import Locality
from annlab.network import synapse_values
from annlab.network.attributes import Place
from annlab.network.distributions import RandomDistribution
from annlab.network.projection_base import ProjectionBase
from annlab.network.recipes import Ends, check_delays, delay_steps
from annlab.runtime.state import ProjectionState
from annlab.runtime.storage import with_delays
from annlab.runtime.wiring import deepen, longest_delay, require_depth


@public
class ProjectionDelays(ProjectionBase):
    """Delays [ms], as they were given and as they may be changed."""

    def _ends(self) -> Ends:
        raise NotImplementedError

    @property
    def max_delay(self) -> int:
        """The longest delay [steps]."""
        if self._state is None:
            return 1
        return longest_delay(self._state)

    @property
    def uniform_delay(self) -> int:
        """The delay of all synapses [steps], or -1 if each has its own."""
        if self._state is None:
            return 1
        return -1 if self._state.storage.has_delays else int(self._state.delay_steps[0])

    @property
    def delay(self) -> Any:
        """Delays [ms]: one number, or a list per dendrite."""
        state = self._state
        if state is None:
            delays = self._recipe.delays if self._recipe is not None else 0.0
            is_number = isinstance(delays, numbers.Real)
            return max(float(delays), self._network.dt) if is_number else delays
        dt = self._network.dt
        if not state.storage.has_delays:
            return int(state.delay_steps[0]) * dt

        def read() -> list[list[float]]:
            storage = state.storage
            assert storage.delays is not None
            steps = storage.delays[storage.dendrites.positions]
            return synapse_values.by_dendrite(storage, steps * dt)

        return self._now(read)

    @delay.setter
    def delay(self, value: Any) -> None:
        state = self._settled("delay that could be set")
        if not state.storage.has_delays:
            self._set_uniform_delay(state, value)
        else:
            self._now(lambda: self._set_delays(state, value))

    def _set_uniform_delay(self, state: ProjectionState, value: Any) -> None:
        if not isinstance(value, numbers.Real):
            raise ArgumentTypeError(
                f"projection {self._label} has one delay for all synapses",
                hint="give one number [ms]",
            )
        dt = self._network.dt
        if float(value) < dt * (1 - 1e-9):
            raise ArgumentError(
                f"delay {value:g} ms of projection {self._label} is below one step ({dt:g} ms)"
            )
        steps = int(delay_steps(value, dt))
        require_depth(state, steps)
        if state.delay_steps[0] == 1 and steps > 1 and not self._had_delay:
            raise StateError(
                f"projection {self._label} was compiled without delays",
                hint="give delays to the connector, for instance delays=2 * dt",
            )

        def change() -> None:
            state.delay_steps[0] = steps
            deepen(state, self._network.current_step)
            self._network._refresh()

        self._now(change)

    @property
    def _had_delay(self) -> bool:
        delays = self._connected().delays
        if isinstance(delays, numbers.Real):
            return int(delay_steps(delays, self._network.dt)) > 1
        return True

    def _set_delays(self, state: ProjectionState, value: Any) -> None:
        place = Place("delay", f"projection {self._label}")
        if isinstance(value, numbers.Real):
            raise ShapeError(
                f"{place} has one value per synapse", hint="give one list [ms] per dendrite"
            )
        storage = state.storage
        if isinstance(value, RandomDistribution):
            check_delays(value, self._ends())
            drawn = value.get_values(storage.n_synapses, self._network.default_rng)
            value = np.maximum(drawn, 0.0)
        new_ms = synapse_values.joined(value, storage, place, np.dtype(np.float64))
        if np.any(new_ms < 0):
            raise ArgumentError(f"{place} is {new_ms.min():g} ms", hint="delays are at least 0 ms")
        steps = np.ones(storage.n_slots, dtype=np.int32)
        steps[storage.dendrites.positions] = delay_steps(new_ms, self._network.dt)
        require_depth(state, int(steps.max(initial=1)))
        state.storage, order = with_delays(storage, steps)
        if order is not None:
            self._reorder(state, order)
        deepen(state, self._network.current_step)
        self._network._refresh()

    def _reorder(self, state: ProjectionState, order: NDArray) -> None:
        for attribute in self._model.attributes:
            name = attribute.name
            if synapse_values.locality(state, name) is Locality.LOCAL:
                state.values[name] = state.values[name][order]
        if state.last_event is not None:
            state.last_event = state.last_event[order]
        for monitor in self._monitors:
            monitor._rebind()


__all__ = ["ProjectionDelays"]
