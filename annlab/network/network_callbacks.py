"""The functions that a run calls: see `annlab.every`."""

from __future__ import annotations

from annlab.calls import public
from annlab.network.callbacks import Callback, Schedule
from annlab.network.network_base import NetworkBase


@public
class NetworkCallbacks(NetworkBase):
    """They are called, or not, or forgotten."""

    def callbacks_enabled(self) -> bool:
        """Return whether simulate() calls the functions of `every`.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> net.callbacks_enabled()
        True
        """
        return self._has_callbacks

    def disable_callbacks(self) -> None:
        """Let simulate() call no functions.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> net.disable_callbacks()
        >>> net.callbacks_enabled()
        False
        """
        self._has_callbacks = False

    def enable_callbacks(self) -> None:
        """Let simulate() call the functions of `every` again.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> net.disable_callbacks()
        >>> net.enable_callbacks()
        >>> net.callbacks_enabled()
        True
        """
        self._has_callbacks = True

    def clear_all_callbacks(self) -> None:
        """Forget all functions of `every`.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(1, annlab.LeakyIntegrator)
        >>> @annlab.every(network=net, period=1.0)
        ... def tell(n):
        ...     print(n)
        >>> net.compile()
        >>> net.simulate(2.0)
        0
        1
        2
        >>> net.clear_all_callbacks()
        >>> net.simulate(2.0)
        2
        """
        self._callbacks.clear()
        if self._calls is not None:
            self._call(self._calls.clear)

    def _add_callback(self, callback: Callback) -> None:
        self._callbacks.append(callback)
        calls, state = self._calls, self._state
        if calls is not None and state is not None:  # also in the run that is under way
            self._call(lambda: calls.add(callback, start=state.n_run))

    def _schedule(self) -> Schedule | None:
        """Return what a run that begins has to call; what is added or cleared meanwhile counts."""
        state = self._require_state("call functions")
        is_on = self._has_callbacks
        self._calls = Schedule(self._callbacks, start=state.n_run, dt=self.dt) if is_on else None
        return self._calls


__all__ = ["NetworkCallbacks"]
