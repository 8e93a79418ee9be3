"""The back ends by name.

A back end is a function that turns a `NetworkState` into a `Runner`. Its module
is imported when it is first asked for, so that a network on one back end never
pays for, or depends on, another.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from annlab.runtime.runner import Runner
from annlab.runtime.state import NetworkState

Factory = Callable[..., Runner]

# name -> (module, function); called as function(state, num_threads=...)
_FACTORIES = {
    "cpu": ("annlab.runtime.native", "NativeRunner"),
    "cuda": ("annlab.runtime.cuda.runner", "compile_cuda"),
    "reference": ("annlab.runtime.reference", "compile_reference"),
}


def names() -> tuple[str, ...]:
    """Return the names of all back ends."""
    return tuple(_FACTORIES)


def compile_network(state: NetworkState, *, backend: str, num_threads: int | str = 1) -> Runner:
    """Return a runner of `state` on the back end called `backend`, one of `names`."""
    module, function = _FACTORIES[backend]
    factory: Factory = getattr(import_module(module), function)
    return factory(state, num_threads=num_threads)


__all__ = ["Factory", "compile_network", "names"]
