"""Networks that travel to another process, with everything that refers to them.

Functions of scripts name populations and monitors that live outside of them; sent in one parcel
with the network they name its copy there. What was compiled stays here: a network arrives
uncompiled, with the values it had at compile, and a snapshot brings it to the moment.
"""

from __future__ import annotations

import io
import threading
import weakref
from typing import Any  # Any: the state of objects, and of what users add to them

from annlab.network import context
from annlab.network.constants import GLOBAL_CONSTANTS, Constant
from annlab.network.dendrite import Dendrite
from annlab.network.monitor import Monitor
from annlab.network.network import Network
from annlab.network.population import Population
from annlab.network.projection import Projection

# Of compiled networks: what is bound to this process, and how it begins in another one.
_STAYS: dict[type, dict[str, Any]] = {
    Network: {
        **dict.fromkeys(("_state", "_runner", "_watch", "_worker", "_free")),
        "_changing": threading.RLock,
    },
    Population: {"_state": None},
    Projection: {"_state": None, "_monitors": weakref.WeakSet},
    Monitor: {"_state": None, "_tracks": dict},
}


def pack(value: object) -> bytes:
    """Return a value as bytes, networks and code that another process cannot import included."""
    import cloudpickle  # comes with the library of process pools

    class Packer(cloudpickle.Pickler):
        def reducer_override(self, obj: Any) -> Any:
            reduced = _reduced(obj)
            return super().reducer_override(obj) if reduced is None else reduced

    buffer = io.BytesIO()
    Packer(buffer).dump(value)
    return buffer.getvalue()


def settle(network: Network) -> None:
    """Let the monitors of a network that has arrived follow its synapses again."""
    for monitor in network._monitors:
        owner = monitor.object
        if isinstance(owner, Dendrite):
            owner = owner.proj
        if isinstance(owner, Projection):
            owner._monitors.add(monitor)


def _reduced(obj: Any) -> tuple[Any, ...] | None:
    """Return how an object is made again and filled; None: in the ordinary way."""
    if isinstance(obj, Constant):
        return _reduced_constant(obj)
    kind = next((k for k in _STAYS if isinstance(obj, k)), None)
    if kind is None:
        return None
    state = {name: value for name, value in obj.__dict__.items() if name not in _STAYS[kind]}
    if kind is Network:  # ids of objects are their own only here
        state["_copies"] = list(state["_copies"].values())
    return _blank, (type(obj),), (kind, state), None, None, _fill


def _blank(cls: type) -> Any:
    return object.__new__(cls)


def _fill(obj: Any, filling: tuple[type, dict[str, Any]]) -> None:
    kind, state = filling
    obj.__dict__.update(state)
    obj.__dict__.update(
        {name: begin() if callable(begin) else begin for name, begin in _STAYS[kind].items()}
    )
    if kind is Network:
        obj._copies = {id(original): (original, twin) for original, twin in state["_copies"]}
        context.adopt(obj)


def _reduced_constant(constant: Constant) -> tuple[Any, ...]:
    known = GLOBAL_CONSTANTS.get(constant.name)
    if known is constant:
        return _global_constant, (constant.name, constant.value)
    follows = known is not None and any(h.constant is constant for h in known._copies)
    network = None if constant._network is None else constant._network()
    state = (constant.name, constant.value, network, follows)
    return _blank_constant, (float(constant),), state, None, None, _fill_constant


def _global_constant(name: str, value: float) -> Constant:
    known = GLOBAL_CONSTANTS.get(name)
    return Constant(name, value) if known is None else known


def _blank_constant(value: float) -> Constant:
    return float.__new__(Constant, value)


def _fill_constant(constant: Constant, state: tuple[str, float, Network | None, bool]) -> None:
    name, value, network, follows = state
    constant._belong(name, value, network)
    if follows and name in GLOBAL_CONSTANTS:
        GLOBAL_CONSTANTS[name]._lead(constant)


__all__ = ["pack", "settle"]
