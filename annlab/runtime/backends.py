"""The back ends by name.

A back end is a function that turns a `NetworkState` into a `Runner`. Its module
is imported when it is first asked for, so that a network on one back end never
pays for, or depends on, another. One that cannot run here says so when it is
opened: nobody draws a hundred million synapses for a GPU that is not there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol

from numpy.typing import NDArray

from annlab.ir.expr import Side
from annlab.runtime.drawing.plain import Key
from annlab.runtime.drawing.plan import Plan
from annlab.runtime.runner import Runner
from annlab.runtime.storage import Storage


class Rows(Protocol):
    """What draws the synapses of whole projections where they will be used."""

    def takes(self, plan: Plan, n_expected: float, major: Side) -> bool:
        """Tell whether a projection is drawn there."""
        ...

    def draw(self, plan: Plan, key: Key, major: Side) -> tuple[Storage, float | NDArray]:
        """Return the storage of a projection, and its weights in the order of the storage."""
        ...


@dataclass(frozen=True, slots=True)
class Factory:
    """Makes one network run.

    Attributes
    ----------
    runner
        ``runner(state, num_threads=...)`` returns its runner.
    rows
        What draws synapses in its place; None where the host draws them all.
    """

    runner: Callable[..., Runner]
    rows: Rows | None = None


# name -> (module, function that opens it)
_OPENERS = {
    "cpu": ("annlab.runtime.native", "open_cpu"),
    "cuda": ("annlab.runtime.cuda.runner", "open_cuda"),
    "reference": ("annlab.runtime.reference", "open_reference"),
}


def names() -> tuple[str, ...]:
    """Return the names of all back ends."""
    return tuple(_OPENERS)


def open_backend(name: str, gpu: int | None = None) -> Factory:
    """Return what makes a network run; `gpu` is of matter where it runs on one.

    Raises
    ------
    DeviceError
        If the back end called `name`, one of `names`, needs a device that is not there.
    """
    module, function = _OPENERS[name]
    return getattr(import_module(module), function)(gpu)


__all__ = ["Factory", "Rows", "names", "open_backend"]
