"""What a back end offers to the network: run a `NetworkState` for some steps.

`annlab.runtime.reference` and `annlab.runtime.native` implement it; the worker
(`annlab.runtime.worker`) drives it. A runner never takes commands itself: it
returns, and whoever called it may then change the state.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from annlab.runtime.state import PopulationState, ProjectionState


@dataclass(frozen=True, slots=True)
class Until:
    """End a run after the step in which the stop conditions hold.

    `operator` is "and" (all populations) or "or" (at least one).
    """

    populations: tuple[PopulationState, ...]
    operator: str = "and"

    def holds(self) -> bool:
        """Tell whether the stop conditions held after the last step."""
        stopped = [bool(p.stopped[0]) for p in self.populations]
        return all(stopped) if self.operator == "and" else any(stopped)


class Runner(Protocol):
    """One network, compiled for one back end."""

    def run(self, n_steps: int, until: Until | None = None) -> int:
        """Advance by at most `n_steps` and return how many were done.

        Returns early after `request_attention` (at the end of a slice of about 5 ms) or when
        `until` holds. Full recorders are served inside. May be called from any one thread.
        """
        ...

    def request_attention(self) -> None:
        """Make a `run` in another thread return soon. Harmless if none is under way."""
        ...

    def refresh(self) -> None:
        """Bind again after arrays were replaced (delays, connectivity, recorders, tables)."""
        ...

    def follow(self, projections: Sequence[ProjectionState]) -> None:
        """Bind again after nothing happened but that synapses of these came or went.

        Rules do that while a network runs, so a back end may do less than in `refresh`.
        """
        ...

    def close(self) -> None:
        """Free native memory."""
        ...
