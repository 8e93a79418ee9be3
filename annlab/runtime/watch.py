"""Look for numbers that are none (NaN) after every step, and say where and when one appeared.

`NanWatch` stands between the worker and the back end. While it is off it costs nothing;
while it is on the network runs step by step, so that the step is known, and slowly.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from annlab.errors import SimulationError
from annlab.ir.expr import Locality
from annlab.runtime.runner import Runner, Until
from annlab.runtime.state import NetworkState, PopulationState, ProjectionState


class NanWatch:
    """A runner that may stop at the first NaN; see `annlab.runtime.runner.Runner`."""

    def __init__(self, inner: Runner, state: NetworkState, *, is_on: bool = False) -> None:
        self.inner = inner
        self.is_on = is_on
        self._state = state
        self._wants_attention = False

    def run(self, n_steps: int, until: Until | None = None) -> int:
        """Advance by at most `n_steps` and return how many were done.

        Raises
        ------
        SimulationError
            If a float of the state is NaN. The step is complete, the network may go on once the
            value is mended or the watch is off.
        """
        if not self.is_on:
            return self.inner.run(n_steps, until)
        self._require_numbers(f"before the step at t = {self._time_ms(0):g} ms")
        done = 0
        while done < n_steps and not self._wants_attention:
            done += self.inner.run(1, until)
            self._require_numbers(f"after the step at t = {self._time_ms(-1):g} ms")
            if until is not None and until.holds():
                break
        self._wants_attention = False
        return done

    def request_attention(self) -> None:
        """Make a `run` in another thread return soon."""
        self._wants_attention = self.is_on
        self.inner.request_attention()

    def refresh(self) -> None:
        """Bind again after arrays were replaced."""
        self.inner.refresh()

    def follow(self, projections: Sequence[ProjectionState]) -> None:
        """Bind again after synapses came or went."""
        self.inner.follow(projections)

    def close(self) -> None:
        """Free native memory."""
        self.inner.close()

    def _time_ms(self, steps_from_now: int) -> float:
        return (self._state.step + steps_from_now) * self._state.dt

    def _require_numbers(self, when: str) -> None:
        where = next(_places(self._state), None)
        if where is None:
            return
        raise SimulationError(
            f"NaN in {where}, {when}",
            why="no number came of an operation like 0/0, the logarithm of a negative number, or "
            "infinity less infinity",
            hint="a smaller dt, bounds (min=, max=) or another method may help; set the value, or "
            "net.config(check_nan=False), to go on",
        )


def _places(state: NetworkState) -> Iterator[str]:
    """Yield in words where there is a NaN: per attribute, the first neuron or synapse."""
    for population in state.populations:
        yield from _places_in_population(population)
    for projection in state.projections:
        yield from _places_in_projection(projection)


def _places_in_population(p: PopulationState) -> Iterator[str]:
    for name, values in p.values.items():
        is_global = _locality(p, name) is Locality.GLOBAL
        bad = _bad(values[: 1 if is_global else p.n])
        if bad.size:
            neuron = "" if is_global else f", neuron {bad[0]}{_others(bad)}"
            yield f"{name!r} of population {p.name!r}{neuron}"


def _places_in_projection(p: ProjectionState) -> Iterator[str]:
    pre, post, positions = p.storage.pairs()
    for name, values in p.values.items():
        place = f"{name!r} of projection {p.name!r}"
        if len(values) == 1 or _locality(p, name) is Locality.GLOBAL:
            if _bad(values[:1]).size:
                yield place
        elif _locality(p, name) is Locality.SEMIGLOBAL:
            bad = _bad(values[: p.post.n])
            if bad.size:
                yield f"{place}, postsynaptic neuron {bad[0]}{_others(bad)}"
        else:  # the slots of a dense matrix that hold no synapse are not looked at
            bad = _bad(values[positions])
            if bad.size:
                first = bad[0]
                yield f"{place}, synapse {pre[first]} -> {post[first]}{_others(bad)}"


def _locality(owner: PopulationState | ProjectionState, name: str) -> Locality:
    attribute = owner.model.attribute(name)
    return Locality.LOCAL if attribute is None else attribute.locality


def _bad(values: NDArray) -> NDArray[np.intp]:
    return np.flatnonzero(np.isnan(values)) if values.dtype.kind == "f" else np.empty(0, np.intp)


def _others(bad: NDArray[np.intp]) -> str:
    return f" and {len(bad) - 1} more" if len(bad) > 1 else ""
