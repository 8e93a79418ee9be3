"""When a projection transmits and learns: four flags, a period and an offset."""

from __future__ import annotations

from typing import Any

from annlab.calls import public
from annlab.errors import ArgumentError
from annlab.network.checks import read_flag, read_number
from annlab.network.projection_base import ProjectionBase
from annlab.network.timing import warn_of_rounding
from annlab.runtime.remodel import event_driven
from annlab.runtime.state import ProjectionState

FLAGS = {
    "transmission": ProjectionState.TRANSMISSION,
    "axon_transmission": ProjectionState.AXON_TRANSMISSION,
    "update": ProjectionState.UPDATE,
    "plasticity": ProjectionState.PLASTICITY,
}


@public
class ProjectionLearning(ProjectionBase):
    """The flags, which may be set at any time."""

    def _flag(self, name: str) -> bool:
        flags = self._flags if self._state is None else self._state.flags
        return bool(flags[FLAGS[name]])

    def _set_flag(self, name: str, value: Any) -> None:
        is_on = read_flag(value, f"{name} of projection {self._label}")
        # While nothing is transmitted, time stands still for event-driven variables.
        timed = [e.variable.name for e in event_driven(self._model)]
        must_age = name == "transmission" and self._ages(timed)

        def change() -> None:
            if must_age and self._flag(name) != is_on:
                self._bring_to_now()
            self._flags[FLAGS[name]] = is_on
            if self._state is not None:
                self._state.flags[FLAGS[name]] = is_on

        self._now(change)

    @property
    def transmission(self) -> bool:
        """Whether anything is transmitted; may be set at any time."""
        return self._flag("transmission")

    @transmission.setter
    def transmission(self, value: bool) -> None:
        self._set_flag("transmission", value)

    @property
    def axon_transmission(self) -> bool:
        """Whether axonal events are transmitted; may be set at any time."""
        return self._flag("axon_transmission")

    @axon_transmission.setter
    def axon_transmission(self, value: bool) -> None:
        self._set_flag("axon_transmission", value)

    @property
    def update(self) -> bool:
        """Whether the equations of the synapses run; may be set at any time."""
        return self._flag("update")

    @update.setter
    def update(self, value: bool) -> None:
        self._set_flag("update", value)

    @property
    def plasticity(self) -> bool:
        """Whether events may change weights; may be set at any time."""
        return self._flag("plasticity")

    @plasticity.setter
    def plasticity(self, value: bool) -> None:
        self._set_flag("plasticity", value)

    def enable_learning(self, period: float | None = None, offset: float | None = None) -> None:
        """Let the synapses learn.

        Parameters
        ----------
        period
            Time [ms] between two evaluations of the equations; every step by default.
        offset
            Delay [ms] of the first evaluation after now, below `period`.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(2, annlab.LeakyIntegrator)
        >>> rule = annlab.Synapse(equations="w += 1.0")
        >>> loop = net.connect(cells, cells, "exc", rule).one_to_one(0.0)
        >>> net.compile()
        >>> loop.enable_learning(period=5.0)
        >>> net.simulate(10.0)
        10
        >>> loop.w, loop.update
        ([[2.0], [2.0]], True)
        """
        if period is not None:
            period = read_number(period, "the period of learning [ms]", least=0.0)
        if offset is not None:
            offset = read_number(offset, "the offset of learning [ms]", least=0.0)
        if offset is not None and period is None:
            raise ArgumentError("an offset of learning needs a period", hint="give both")
        if offset is not None and period is not None and offset >= period:
            raise ArgumentError(
                f"offset {offset:g} ms of learning is not below the period of {period:g} ms"
            )
        dt = self._network.dt
        every = 1 if period is None else max(1, round(period / dt))
        if period is not None:
            warn_of_rounding(f"the period of learning of {self._label}", period, every, dt)
        later = 0 if offset is None else round(offset / dt)

        def change() -> None:
            self._set_flag("update", True)
            self._set_flag("plasticity", True)
            if self._state is not None:
                self._state.learning[:] = every, (self._network.current_step + later) % every

        self._now(change)

    def disable_learning(self, update: Any = None) -> None:
        """Stop learning: all equations if rate-coded, changes of the weights if spiking.

        `update` is accepted and ignored.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(2, annlab.LeakyIntegrator)
        >>> rule = annlab.Synapse(equations="w += 1.0")
        >>> loop = net.connect(cells, cells, "exc", rule).one_to_one(0.0)
        >>> net.compile()
        >>> loop.disable_learning()
        >>> net.simulate(10.0)
        10
        >>> loop.w, loop.update
        ([[0.0], [0.0]], False)
        """
        self._set_flag("plasticity" if self._model.is_spiking else "update", False)


__all__ = ["FLAGS", "ProjectionLearning"]
