"""Let a saved notebook keep the views that somebody has put into boxes of ipywidgets.

A view shown alone has a second output, which is what is seen of it without its kernel. A box
is a widget of another make and knows nothing of that: it gets one such output for each view in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol, runtime_checkable

import ipywidgets
from IPython.core.getipython import get_ipython
from IPython.display import display

from annlab.widgets.routing import serve_while_busy


@runtime_checkable
class Kept(Protocol):
    """A widget of which a saved notebook keeps something."""

    def _kept(self) -> dict[str, str]:
        """Return the output that stands for it, and let the page know of it; {} if none does."""
        ...


def keep_boxes() -> None:
    """From now on show what boxes hold to the notebook as well; harmless without one."""
    formatter = getattr(get_ipython(), "display_formatter", None)
    shows = getattr(formatter, "ipython_display_formatter", None)
    # A class of the user's that has a way of its own is found first, and keeps it.
    if shows is not None and ipywidgets.Box not in shows.type_printers:
        shows.for_type(ipywidgets.Box, show_box)


def show_box(box: ipywidgets.Box) -> None:
    """Show a box, and below it, hidden while it lives, what a saved notebook shows instead.

    Raises
    ------
    NotImplementedError
        If nothing in it is ours: IPython then shows it as ever.
    """
    # Any: what IPython calls such a method on.
    own: Any = getattr(box, "_ipython_display_", None)
    if own is not None:
        own()
        return
    outputs = [kept for view in _inside(box) if (kept := view._kept())]
    if not outputs:
        raise NotImplementedError
    serve_while_busy(box)
    display(box._repr_mimebundle_(), raw=True)
    for output in outputs:
        display(output, raw=True)


def _inside(box: ipywidgets.Box) -> Iterator[Kept]:
    """Go through the views in a box and in the boxes in it, each once."""
    seen: set[int] = set()
    waiting = [box]
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, Kept):
            yield one
        elif isinstance(one, ipywidgets.Box):
            waiting += reversed(one.children)


__all__ = ["keep_boxes", "show_box"]
