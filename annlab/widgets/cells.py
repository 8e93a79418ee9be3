"""Close what an earlier run of the same notebook cell opened.

A view belongs to the cell that made it. When the cell runs again its old views
are closed before new ones come, so nothing is fed that nobody sees. Outside of
a notebook every view lives until it is closed.
"""

from __future__ import annotations

import threading
from typing import Protocol

from IPython.core.getipython import get_ipython

from annlab.network.burden import end_forgotten_runs


class Closable(Protocol):
    def close(self) -> None: ...


_lock = threading.Lock()
# Cell -> (the run of the cell, what that run opened).
_opened: dict[str, tuple[str, list[Closable]]] = {}


def close_earlier_runs() -> None:
    """Close what earlier runs of the cell that runs now have opened."""
    found = _current_cell()
    if found is None:
        return
    cell, run = found
    with _lock:
        known_run, views = _opened.get(cell, (run, []))
        if known_run == run:
            return
        del _opened[cell]
    for view in views:
        view.close()
    del views[:]
    end_forgotten_runs()  # nothing but the views may have known the network of that run


def own(view: Closable) -> None:
    """Note that the cell that runs now opened `view`."""
    found = _current_cell()
    if found is None:
        return
    cell, run = found
    with _lock:
        _opened.setdefault(cell, (run, []))[1].append(view)


def disown(view: Closable) -> None:
    """Forget `view`, which was closed."""
    with _lock:
        for cell, (run, views) in list(_opened.items()):
            if any(v is view for v in views):
                left = [v for v in views if v is not view]
                if left:
                    _opened[cell] = (run, left)
                else:
                    del _opened[cell]


def _current_cell() -> tuple[str, str] | None:
    """Return the identity of the running cell and of this run of it, where there is one.

    JupyterLab names its cells; elsewhere the text of the cell must do.
    """
    shell = get_ipython()
    kernel = getattr(shell, "kernel", None)
    if kernel is None:
        return None
    parent = kernel.get_parent()
    run = parent.get("header", {}).get("msg_id")
    cell = parent.get("metadata", {}).get("cellId") or parent.get("content", {}).get("code")
    return (cell, run) if cell and run else None
