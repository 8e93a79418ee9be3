"""Let messages of the page reach a widget while a cell is busy.

JupyterLab sends what widgets say to a thread of its own (a subshell), but
ipykernel 7.4 answers on the thread that spoke last, which for a new widget is
the one that runs cells. A stop button that waits for the cell is no stop button.
"""

from __future__ import annotations

import ipywidgets

from annlab.comms import leave_figures_alone


def serve_while_busy(*widgets: ipywidgets.Widget) -> None:
    """Forget that the main thread spoke last on the comms of `widgets`.

    The page then chooses the thread, as it does with older and newer kernels, where this does
    nothing. What comes on another thread leaves the figures of a running cell alone.
    """
    for widget in widgets:
        if widget.comm is not None:
            vars(widget.comm).pop("_reply_subshell_id", None)
            leave_figures_alone(widget.comm)


def close_layouts(*widgets: ipywidgets.DOMWidget) -> None:
    """Close the layouts of `widgets`, which have comms of their own that no `close` ends."""
    for widget in widgets:
        widget.layout.close()
