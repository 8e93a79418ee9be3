"""Which network is meant where none is said.

`Population(...)` and its relatives join the global network, as in scripts that know
no other; while a network copies an object into itself, they join that one.
All networks that are alive are found here by their number; 0 is the global one.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import count
from typing import TYPE_CHECKING

from annlab.errors import ArgumentTypeError, UnknownObjectError

if TYPE_CHECKING:
    from annlab.network.network import Network

GLOBAL_ID = 0
NOWHERE = -1

_current: ContextVar[Network | None] = ContextVar("network", default=None)
_makers: list[Callable[[int], Network]] = []
_global: list[Network] = []
_alive: weakref.WeakValueDictionary[int, Network] = weakref.WeakValueDictionary()
_ids: list[Iterator[int]] = [count(1)]


def provide_networks(maker: Callable[[int], Network]) -> None:
    """Say how a network of a given number is made (done once, by the module of networks)."""
    _makers[:] = [maker]


def global_network() -> Network:
    """Return the network of number 0, made when it is first asked for."""
    if not _global:
        _global.append(_makers[0](GLOBAL_ID))
        _alive[GLOBAL_ID] = _global[0]
    return _global[0]


def has_global_network() -> bool:
    """True if the global network was asked for before."""
    return bool(_global)


def register(network: Network) -> int:
    """Return the number of a new network."""
    number = next(_ids[0])
    _alive[number] = network
    return number


def adopt(network: Network) -> None:
    """Let a network that was made in another process be found by its number."""
    if network.id == GLOBAL_ID:
        _global[:] = [network]
    _alive[network.id] = network


def current_network(*, is_template: bool = False) -> Network:
    """Return the network that new objects join.

    A template (an input, which is probably made to be copied into some network) joins one of its
    own where the global network is compiled and takes no more objects.
    """
    network = _current.get()
    if network is not None:
        return network
    if is_template and _global and _global[0].compiled:
        return _makers[0](NOWHERE)
    return global_network()


def network_of_id(number: int) -> Network:
    """Return a network by its number."""
    if not isinstance(number, int):
        raise ArgumentTypeError(f"the number of a network is {number!r}", hint="use net.id")
    if number == GLOBAL_ID:
        return global_network()
    found = _alive.get(number)
    if found is None:
        raise UnknownObjectError(
            f"there is no network {number}", why=f"alive: {sorted(_alive)}", hint="use net.id"
        )
    return found


def meant_network(number: int | Network = GLOBAL_ID) -> Network:
    """Return a network by its number, or itself.

    0 means the only one that there is, if there is only one.
    """
    if hasattr(number, "_is_blank"):
        return number  # type: ignore[return-value]  # a network
    others = [n for i, n in list(_alive.items()) if i != GLOBAL_ID]
    if number == GLOBAL_ID and len(others) == 1 and (not _global or _global[0]._is_blank()):
        return others[0]
    return network_of_id(number)  # type: ignore[arg-type]  # refused there if it is none


def networks() -> list[Network]:
    """Return all networks that are alive."""
    return [network for _, network in sorted(_alive.items())]


def forget() -> None:
    """Forget all networks and count from 1 again."""
    _global.clear()
    _alive.clear()
    _ids[0] = count(1)


@contextmanager
def joining(network: Network) -> Iterator[None]:
    """Let objects that are made inside join `network`."""
    token = _current.set(network)
    try:
        yield
    finally:
        _current.reset(token)
