"""The back ends by name.

A back end is a function that turns a `NetworkState` into a `Runner`. Its module
is imported when it is first asked for, so that a network on one back end never
pays for, or depends on, another. One that cannot run here says so when it is
opened: nobody draws a hundred million synapses for a GPU that is not there.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from annlab.runtime.runner import Runner

Factory = Callable[..., Runner]

# name -> (module, function that opens it)
_OPENERS = {
    "cpu": ("annlab.runtime.native", "open_cpu"),
    "cuda": ("annlab.runtime.cuda.runner", "open_cuda"),
    "reference": ("annlab.runtime.reference", "open_reference"),
}


def names() -> tuple[str, ...]:
    """Return the names of all back ends."""
    return tuple(_OPENERS)


def open_backend(name: str) -> Factory:
    """Return what makes runners, ``factory(state, num_threads=...)``.

    Raises
    ------
    DeviceError
        If the back end called `name`, one of `names`, needs a device that is not there.
    """
    module, function = _OPENERS[name]
    return getattr(import_module(module), function)()


__all__ = ["Factory", "names", "open_backend"]
