"""Serve what a page says without disturbing the cell that runs.

The library of comms tells IPython around each message that code was executed, and matplotlib then
shows and closes all figures. That is right on the thread that runs cells. JupyterLab serves
messages on a thread of their own (a subshell), and there it takes the figures away from a cell
that is just drawing them: they appear half drawn or empty.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Mapping
from typing import Any


def leave_figures_alone(comm: Any) -> None:  # Any: a comm of ipykernel, which has no types
    """Let messages on `comm` count as executed code on the main thread only."""
    if "handle_msg" in vars(comm) or not hasattr(comm, "_msg_callback"):
        return  # done before, or a comm of another kind
    # Weakly, so that a comm does not hold itself and its widget until Python's collector comes.
    known = weakref.ref(comm)
    as_executed_code = type(comm).handle_msg

    def handle_msg(message: Mapping[str, Any]) -> None:
        comm = known()
        if comm is None:
            return
        if threading.current_thread() is threading.main_thread():
            as_executed_code(comm, message)
        elif comm._msg_callback is not None:
            comm._msg_callback(message)

    comm.handle_msg = handle_msg


__all__ = ["leave_figures_alone"]
