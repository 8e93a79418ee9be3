"""What the parts of a monitor share: what it records, and the tracks that hold it.

`Monitor` is put together of one class for each concern: when it records, its file, its tracks, how
it is steered, and how it is read. What all of them know is declared here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from annlab.errors import ArgumentTypeError
from annlab.network.recorders import canonical
from annlab.network.tracks import Track
from annlab.runtime.state import NetworkState

if TYPE_CHECKING:
    from annlab.network.network import Network
    from annlab.network.spill import RecordingFile


class MonitorBase:
    """The fields of a monitor, and the step in which its network is."""

    name: str
    object: Any  # a property of Monitor
    _network: Network
    _variables: list[str]
    _tracks: dict[str, Track]
    _ended: set[str]  # recorded until the model was exchanged for one without
    _state: NetworkState | None
    _is_running: bool
    _file: RecordingFile | None

    def _step(self) -> int:
        return 0 if self._state is None else self._state.step


def read_variables(variables: str | Sequence[str]) -> list[str]:
    """Return the names that a monitor was given, each once, or refuse what are none."""
    if not isinstance(variables, Sequence) or not all(isinstance(v, str) for v in variables):
        raise ArgumentTypeError(
            f"a monitor cannot record {variables!r}", hint="give a name, or a list of names"
        )
    names = [variables] if isinstance(variables, str) else list(variables)
    return list(dict.fromkeys(canonical(n) for n in names))


__all__ = ["MonitorBase", "read_variables"]
