"""Which network a population belongs to that is made without saying so.

`Population(...)` and its relatives join the global network, as in scripts that know
no other; while a network copies an object into itself, they join that one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from annlab.network.network import Network

_current: ContextVar[Network | None] = ContextVar("network", default=None)
_global: list[Callable[[], Network]] = []


def provide_global_network(provider: Callable[[], Network]) -> None:
    """Say how the global network is found (done once, by the module of networks)."""
    _global[:] = [provider]


def current_network() -> Network:
    """Return the network that new objects join."""
    network = _current.get()
    return network if network is not None else _global[0]()


@contextmanager
def joining(network: Network) -> Iterator[None]:
    """Let objects that are made inside join `network`."""
    token = _current.set(network)
    try:
        yield
    finally:
        _current.reset(token)
