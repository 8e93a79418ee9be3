"""Who wants to know that code has set values: sliders, which then need not ask all the time.

A notice says whose values were set and which, never to what: who hears of it
reads when it has the time. Knows neither populations nor widgets.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable

# The object (None: any), and its attribute (None: any).
Listener = Callable[[object, str | None], None]


class Notices:
    """The listeners of one network, all of them bound methods, held weakly."""

    def __init__(self) -> None:
        self._listeners: tuple[weakref.WeakMethod[Listener], ...] = ()

    def subscribe(self, listener: Listener) -> None:
        """Call `listener` in the thread that has set something, when it is set."""
        self._listeners = (*self._living(), weakref.WeakMethod(listener))

    def unsubscribe(self, listener: Listener) -> None:
        """Call `listener` no longer. Harmless if it was not called."""
        self._listeners = tuple(known for known in self._living() if known() != listener)

    def tell(self, thing: object = None, name: str | None = None) -> None:
        """Say that `name` of `thing` was set; without, that anything may have been."""
        for known in self._listeners:  # nearly always none: an attribute is set as fast as ever
            listener = known()
            if listener is not None:
                listener(thing, name)

    def _living(self) -> tuple[weakref.WeakMethod[Listener], ...]:
        return tuple(known for known in self._listeners if known() is not None)
