"""The clock and the seed of a network, and the way back to their beginning."""

from __future__ import annotations

import secrets

import numpy as np

from annlab.calls import other_names, public, warn
from annlab.errors import ArgumentError, StateError
from annlab.network.checks import read_flag, read_number, read_whole
from annlab.network.network_base import NetworkBase
from annlab.runtime import beginnings
from annlab.runtime.clocks import move_clock, rewind_clock

_LAST_STEP = 2**62 - 1  # of a clock of 64 bits, with room for what is due later
_RESET_FLAGS = ("populations", "projections", "synapses", "monitors", "reseed_rng")


@public
class NetworkClock(NetworkBase):
    """Time and random numbers, under the names of version 4 too."""

    @property
    def seed(self) -> int:
        """The seed of all random numbers."""
        if self._seed is None:
            given = self._config.seed
            self._seed = secrets.randbits(32) if given is None else given
        return self._seed

    @seed.setter
    def seed(self, seed: int) -> None:
        raise StateError(
            "the seed of a network cannot be exchanged",
            hint="give it at the beginning: Network(seed=...), or use net.set_seed(...)",
        )

    @property
    def default_rng(self) -> np.random.Generator:
        """The NumPy generator of initial values, weights and connectivity."""
        if self._rng is None:
            self._rng = np.random.default_rng(self.seed)
        return self._rng

    @default_rng.setter
    def default_rng(self, rng: object) -> None:
        raise StateError(
            "the generator of a network cannot be exchanged", hint="use Network(seed=...)"
        )

    @property
    def current_step(self) -> int:
        """The next step to run.

        Set by hand, it changes what the clock shows and nothing else: whatever happened, is on its
        way or is due (inputs, learning, structural rules, monitors) keeps its distance to now.
        """
        state = self._state
        return 0 if state is None else state.step

    @current_step.setter
    def current_step(self, step: int) -> None:
        state = self._require_state("set the clock")
        number = read_whole(step, "the step of the clock")
        if number > _LAST_STEP:
            raise ArgumentError(f"the clock cannot show step {number}", hint="give less than 2^62")
        self._call(lambda: move_clock(state, number))

    @property
    def time(self) -> float:
        """The clock [ms]."""
        return self.current_step * self.dt

    @time.setter
    def time(self, time_ms: float) -> None:
        self.current_step = round(read_number(time_ms, "the time [ms]", least=0.0) / self.dt)

    def reset(
        self,
        populations: bool = True,
        projections: bool = False,
        synapses: bool = False,
        monitors: bool = True,
        reseed_rng: bool = True,
    ) -> None:
        """Return to the moment of compile.

        Parameters
        ----------
        populations
            Attributes get the values that they had then; spikes on their way are forgotten.
        projections
            Attributes of synapses too, but for `w`.
        synapses
            Connectivity and weights are drawn again (implies `projections`).
        monitors
            Recordings are dropped.
        reseed_rng
            Random numbers start again from the seed.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(seed=1)
        >>> cells = net.create(1, annlab.Neuron(equations="r += Uniform(0.0, 1.0)"))
        >>> net.compile()
        >>> net.simulate(10.0)
        10
        >>> first = float(cells.r[0])
        >>> net.reset()
        >>> net.time, cells.r
        (0.0, array([0.]))
        >>> net.simulate(10.0)
        10
        >>> float(cells.r[0]) == first  # the same random numbers
        True
        """
        state = self._require_state("reset")
        flags = (populations, projections, synapses, monitors, reseed_rng)
        for name, flag in zip(_RESET_FLAGS, flags, strict=True):
            read_flag(flag, f"{name} of reset()")
        if synapses and not projections:
            warn("reset(synapses=True) resets the attributes of the projections too")

        def apply() -> None:
            rewind_clock(state)
            if reseed_rng:
                self._rng = np.random.default_rng(self.seed)
                state.seed = self.seed
            else:
                state.seed = int(self.default_rng.integers(2**32))
            if populations:
                for population in self._populations:
                    population._start_again()
            if projections or synapses:
                for projection in self._projections:
                    projection.reset(synapses=synapses)
            if monitors:
                for monitor in self._monitors:
                    monitor.reset()
            self._refresh()

        self._call(apply)
        self._notices.tell()
        beginnings.tell()  # pages that rest know another time

    def set_seed(self, seed: int, use_seed_seq: bool = True) -> None:
        """Set the seed, also after compile; what was drawn stays.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(seed=1)
        >>> net.set_seed(2)
        >>> net.seed
        2
        """
        self._config = self._config.changed({"seed": seed}, origin="set_seed()")
        self._seed = self._rng = None
        state = self._state
        if state is not None:

            def apply() -> None:
                state.seed = self.seed
                self._refresh()

            self._call(apply)

    def get_time(self) -> float:
        """Return the clock [ms], as `time` does.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> net.get_time()
        0.0
        """
        return self.time

    def set_time(self, t: float) -> None:
        """Set the clock [ms], as `time` does.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(dt=0.5)
        >>> cells = net.create(1, annlab.LeakyIntegrator)
        >>> net.compile()
        >>> net.set_time(10.0)
        >>> net.current_step
        20
        """
        self.time = t

    def get_current_step(self) -> int:
        """Return the next step to run, as `current_step` does.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> net.get_current_step()
        0
        """
        return self.current_step

    @other_names(t="n")
    def set_current_step(self, n: int) -> None:
        """Set the clock in steps, as `current_step` does.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(dt=0.5)
        >>> cells = net.create(1, annlab.LeakyIntegrator)
        >>> net.compile()
        >>> net.set_current_step(20)
        >>> net.time
        10.0
        """
        self.current_step = n


__all__ = ["NetworkClock"]
