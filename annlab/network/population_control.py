"""How a population is steered: neurons that rest, values that go back, a past that is forgotten."""

from __future__ import annotations

from collections.abc import Sequence

from annlab.calls import public, warn
from annlab.network.attributes import unknown_attribute
from annlab.network.checks import read_names
from annlab.network.population_base import PopulationBase
from annlab.runtime.ageing import bring_to_now, solutions
from annlab.runtime.remodel import event_driven
from annlab.runtime.state import PopulationState


@public
class PopulationControl(PopulationBase):
    """Switch neurons off and on, and let them begin again."""

    _is_enabled: bool

    @property
    def enabled(self) -> bool:
        """False while the neurons are not updated and receive nothing."""
        return self._is_enabled

    def enable(self) -> None:
        """Update the neurons again.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(1, annlab.Neuron(equations="r += 1.0"))
        >>> net.compile()
        >>> cells.disable()
        >>> net.step()
        >>> cells.enable()
        >>> net.step()
        >>> cells.r, cells.enabled
        (array([1.]), True)
        """
        self._set_enabled(True)

    def disable(self) -> None:
        """Do not update the neurons; their values stay and are still transmitted.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(1, annlab.Neuron(equations="r += 1.0"))
        >>> net.compile()
        >>> cells.disable()
        >>> net.simulate(10.0)
        10
        >>> cells.r, cells.enabled
        (array([0.]), False)
        """
        self._set_enabled(False)

    def _set_enabled(self, is_enabled: bool) -> None:
        self._is_enabled = is_enabled
        state = self._state
        network = self._network._state
        if state is None or network is None:
            return
        # While its neurons are disabled, time stands still for event-driven variables onto them.
        timed = [p for p in network.projections if p.post is state and event_driven(p.model)]
        for p in timed:
            solutions(p)  # reading the model takes time, and nothing waits yet

        def apply() -> None:
            if bool(state.enabled[0]) != is_enabled:
                for p in timed:
                    bring_to_now(p, network)
            state.enabled[0] = is_enabled

        self._network._call(apply)

    def reset(self, attributes: Sequence[str] | None = None) -> None:
        """Give attributes the values that they had at compile; all of them by default.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(1, annlab.Neuron("drive = 1.0", "r = drive"))
        >>> net.compile()
        >>> cells.drive = 2.0
        >>> net.step()
        >>> cells.reset(["r"])
        >>> cells.r, cells.drive
        (array([0.]), array([2.]))
        """
        state = self._state
        if state is None:
            return
        names = self.attributes if attributes is None else read_names(attributes, "attributes")
        unknown = [name for name in names if self._model.attribute(name) is None]
        for name in unknown:
            warn(f"reset: {unknown_attribute(name, self._label, self.attributes)}")

        def apply() -> None:
            for name in names:
                if name not in unknown:
                    state.values[name][: len(self._values[name])] = self._values[name]
            if "r" in names:
                state.count_from_0()  # or the next spike would bring the old rate back

        self._network._call(apply)
        self._network._notices.tell(self)

    def clear(self) -> None:
        """Forget the spikes and delayed values of the past; firing rates are counted from 0.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> source = net.create(annlab.SpikeSourceArray([1.0]))
        >>> cells = net.create(1, annlab.Neuron(equations="v += g_exc", spike="v > 99.0"))
        >>> proj = net.connect(source, cells, "exc").one_to_one(1.0, delays=5.0)
        >>> net.compile()
        >>> net.simulate(3.0)
        3
        >>> source.clear()  # the spike that was on its way
        >>> net.simulate(10.0)
        10
        >>> cells.v
        array([0.])
        """
        state = self._state
        if state is not None:
            self._network._call(lambda: forget(state))


def forget(state: PopulationState) -> None:
    """Empty the buffers of spikes and delayed values, and what counts spikes."""
    for ring in (state.spikes, state.axon_spikes):
        if ring is not None:
            ring.clear()
    state.count_from_0()
    for name, history in state.histories.items():
        history.fill(state.values[name])


__all__ = ["PopulationControl", "forget"]
