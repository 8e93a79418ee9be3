"""What the parts of a network share: its members, what compile made, and the moment to touch it.

`Network` is put together of one class for each concern: its clock, runs, callbacks, learning,
looking up, files, copies, and what it tells of itself. They know each other through what is
declared here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar, cast

from annlab.errors import StateError

if TYPE_CHECKING:
    import numpy as np

    from annlab.network.callbacks import Callback, Schedule
    from annlab.network.config import Config
    from annlab.network.constants import Constant
    from annlab.network.monitor import Monitor
    from annlab.network.network import Network
    from annlab.network.notices import Notices
    from annlab.network.population import Population
    from annlab.network.projection import Projection
    from annlab.runtime.runner import Runner
    from annlab.runtime.state import NetworkState
    from annlab.runtime.worker import Worker

T = TypeVar("T")


OWN_KEYWORDS = ("dt", "seed", "backend", "num_threads", "dtype")  # of every constructor


class NetworkBase:
    """The fields of a network, and how to reach what runs it."""

    _id: int
    _config: Config
    _populations: list[Population]
    _projections: list[Projection]
    _monitors: list[Monitor]
    _extensions: list[Any]
    _constants: dict[str, Constant]
    _callbacks: list[Callback]
    _has_callbacks: bool
    _calls: Schedule | None  # of the latest run
    _copies: dict[int, tuple[object, Any]]
    _notices: Notices
    _seed: int | None
    _rng: np.random.Generator | None
    _state: NetworkState | None
    _runner: Runner | None
    _worker: Worker | None
    _constructor: tuple[tuple[Any, ...], dict[str, Any]]
    dt: Any  # a property of Network, as the next is of NetworkClock
    seed: Any

    @property
    def id(self) -> int:
        """Number of the network; 0 is the global one."""
        return self._id

    @property
    def compiled(self) -> bool:
        """Whether the network was compiled, and can run."""
        return self._state is not None

    def _call(self, function: Callable[[], T]) -> T:
        """Execute `function` while no step is under way."""
        return function() if self._worker is None else self._worker.call(function)

    @contextmanager
    def _at_once(self) -> Iterator[None]:
        """Let several changes take effect together."""
        if self._worker is None:
            yield
            return
        with self._worker.hold():
            yield

    def _refresh(self) -> None:
        """Tell the back end that arrays were added or replaced. Call it inside `_call`."""
        if self._runner is not None:
            self._runner.refresh()

    def _as_called(self, function: str) -> str:
        """Return how a script calls a method; those of version 4 have no name for the network."""
        return f"{function}()" if self._id == 0 else f"net.{function}()"

    def _require_uncompiled(self, what: str) -> None:
        if self.compiled:
            raise StateError(
                f"network {self._id} is compiled: it is too late to {what}",
                hint=f"do it before compile(), or call {self._as_called('clear')} first",
            )

    def _require_state(self, what: str) -> NetworkState:
        return self._require(self._state, what)

    def _require_worker(self, what: str) -> Worker:
        return self._require(self._worker, what)

    def _require(self, made: T | None, what: str) -> T:
        """Return a part that `compile` makes; another thread may just be compiling or clearing."""
        if made is None:
            raise StateError(
                f"network {self._id} cannot {what} before it is compiled",
                hint=f"call {self._as_called('compile')} first",
            )
        return made

    def _as_network(self) -> Network:
        """Return the whole of which this class is a part."""
        return cast("Network", self)


__all__ = ["OWN_KEYWORDS", "NetworkBase"]
