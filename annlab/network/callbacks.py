"""Functions that a simulation calls at regular times: ``@every(period=10.0)``."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from annlab.calls import public
from annlab.errors import ArgumentError, ArgumentTypeError
from annlab.network import context
from annlab.network.checks import read_number
from annlab.network.timing import warn_of_rounding

if TYPE_CHECKING:
    from annlab.network.network import Network

Function = Callable[[int], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """A function and when it is called, in ms relative to the begin of a simulation."""

    function: Function
    period_ms: float
    offset_ms: float
    wait_ms: float


class Schedule:
    """The callbacks of one simulation, in steps. Implements the worker's `Callbacks`."""

    def __init__(self, callbacks: Sequence[Callback], *, start: int, dt: float) -> None:
        self._dt = dt
        self._entries = [_Entry.of(c, start=start, dt=dt) for c in callbacks]

    def add(self, callback: Callback, *, start: int) -> None:
        """Take one more, whose times are counted from step `start`."""
        self._entries = [*self._entries, _Entry.of(callback, start=start, dt=self._dt)]

    def clear(self) -> None:
        """Call nothing any more."""
        self._entries = []

    def next_step(self, step: int) -> int | None:
        """Return the first step from `step` on before which something is due."""
        return min((e.next_step(step) for e in self._entries), default=None)

    def fire(self, step: int) -> None:
        """Call what is due before `step`, in order of declaration."""
        for entry in self._entries:
            if entry.next_step(step) == step:
                entry.function((step - entry.first) // entry.period)


@dataclass(frozen=True, slots=True)
class _Entry:
    function: Function
    first: int
    period: int

    @classmethod
    def of(cls, callback: Callback, *, start: int, dt: float) -> _Entry:
        period = max(1, round(callback.period_ms / dt))
        name = getattr(callback.function, "__name__", "a function")
        warn_of_rounding(f"the period of {name}() under every()", callback.period_ms, period, dt)
        # Negative offsets count from the end of the period.
        offset = round(callback.offset_ms / dt) % period
        return cls(callback.function, start + round(callback.wait_ms / dt) + offset, period)

    def next_step(self, step: int) -> int:
        if step <= self.first:
            return self.first
        return self.first - (self.first - step) // self.period * self.period


def _takes_a_number(function: Callable[..., object]) -> bool:
    try:
        inspect.signature(function).bind(0)
    except TypeError:
        return False
    except ValueError:  # it does not tell
        return True
    return True


@public
class every:
    """Decorate a function ``f(n)`` that `simulate` calls before certain steps.

    Parameters
    ----------
    network
        Whose simulations; default the only network there is, else the global one. A number
        here is the period, as scripts of version 4 write it.
    period, offset, wait
        [ms]: calls come at ``wait + offset``, then every `period`, counted from the begin of the
        simulation, or from now if one is under way. A negative offset counts from the end of the
        period. `n` counts the calls.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network(backend="reference")
    >>> calls = []
    >>> @annlab.every(network=net, period=10.0)
    ... def note(n):
    ...     calls.append((n, net.time))
    >>> cells = net.create(1, annlab.LeakyIntegrator)
    >>> net.compile()
    >>> steps = net.simulate(30.0)
    >>> calls
    [(0, 0.0), (1, 10.0), (2, 20.0)]
    """

    def __init__(
        self,
        network: Network | float | None = None,
        period: float = 1.0,
        offset: float = 0.0,
        wait: float = 0.0,
        *,
        net_id: int = 0,
    ) -> None:
        if isinstance(network, (int, float)):
            network, period = None, float(network)
        if network is not None and not hasattr(network, "_add_callback"):
            raise ArgumentTypeError(
                f"every() was given {network!r} as a network",
                hint="write @every(network=net, period=10.0)",
            )
        self._network = network if network is not None else context.meant_network(net_id)
        if not read_number(period, "every(): period [ms]") > 0.0:
            raise ArgumentError(f"every(): period [ms] is {period!r}", hint="give more than 0")
        self._times = {
            "period_ms": float(period),
            "offset_ms": read_number(offset, "every(): offset [ms]"),
            "wait_ms": read_number(wait, "every(): wait [ms]", least=0.0),
        }

    def __call__(self, function: Function) -> Function:
        if not callable(function):
            raise ArgumentTypeError(
                f"every() decorates a function, not {function!r}",
                hint="write @every(period=10.0) above a function of one argument",
            )
        if not _takes_a_number(function):
            raise ArgumentTypeError(
                f"every() calls {getattr(function, '__name__', function)!r} with one number, which "
                "it does not take",
                hint="write def f(n): n counts the calls",
            )
        self._network._add_callback(Callback(function=function, **self._times))
        return function
