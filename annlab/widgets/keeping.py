"""Keep the page's copy of a dashboard's code up to date, for a notebook that is saved.

The page is told when something was set, by a hand or by code, and not asked for it by the pump:
that serves what is in sight, and sliders are moved far below the top of a dashboard.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from annlab.network.network import Network
from annlab.widgets.errands import Soon
from annlab.widgets.held import forgetful

log = logging.getLogger(__name__)

# How long [s] after something was set the page is told, of all that came meanwhile.
SOON_S = 0.3


class Keeper:
    """Calls `keep` a moment after values of `network` were set, or after `soon`."""

    def __init__(self, network: Network, keep: Callable[[], None]) -> None:
        self._keep: Callable[[], None] | None = keep
        self._soon = Soon(forgetful(self._look), SOON_S, "annlab-keeping")
        network._notices.subscribe(self._hear)

    def close(self) -> None:
        """Keep nothing any more. A network that lives on finds nobody to tell."""
        self._keep = None

    def _hear(self, _thing: object, _name: str | None) -> None:
        self.soon()

    def soon(self) -> None:
        """Look again in a moment."""
        if self._keep is not None:
            self._soon.ask()

    def _look(self) -> None:
        keep = self._keep
        try:
            if keep is not None:
                keep()
        except Exception:
            # Nobody waits for this thread.
            log.exception("annlab: the code of a dashboard could not be kept")


__all__ = ["SOON_S", "Keeper"]
