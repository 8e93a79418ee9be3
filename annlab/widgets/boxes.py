"""Let a saved notebook keep the views that somebody has put into boxes of ipywidgets.

A view shown alone has a second output, which is what is seen of it without its kernel. A box
is a widget of another make and knows nothing of that: it gets one such output for all views in it,
arranged as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any, Protocol, runtime_checkable

import ipywidgets
from IPython.core.getipython import get_ipython
from IPython.display import display

from annlab.widgets.routing import serve_while_busy
from annlab.widgets.saved import piece

# Of what a saved notebook shows of a box whose children lie beside each other, and of one of these.
# JupyterLab's sanitizer, for notebooks that nobody trusts yet, lets them pass.
_ROW = "display: flex; gap: 8px"
_SHARE = "flex: 1 1 0; min-width: 0"


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
    codes: list[str] = []
    html = _arranged(box, codes, {id(box)})
    if not html:
        raise NotImplementedError
    serve_while_busy(box)
    display(box._repr_mimebundle_(), raw=True)
    display({"text/html": html, "text/plain": "\n\n".join(codes)}, raw=True)


def _arranged(box: ipywidgets.Box, codes: list[str], seen: set[int]) -> str:
    """Return HTML for the views in a box and in the boxes in it, each once; add their code."""
    style = _style(box)
    parts = [html for child in _new(box, seen) if (html := _of_child(child, codes, seen))]
    if len(parts) < 2 or not style:
        return "".join(parts)
    cells = "".join(f'<div style="{_SHARE}">{part}</div>' for part in parts)
    return f'<div style="{escape(style, quote=True)}">{cells}</div>'


def _new(box: ipywidgets.Box, seen: set[int]) -> Iterator[object]:
    for child in box.children:
        if id(child) not in seen:
            seen.add(id(child))
            yield child


def _of_child(child: object, codes: list[str], seen: set[int]) -> str:
    if isinstance(child, Kept):
        kept = child._kept()
        codes += [kept["text/plain"]] if kept else []
        return piece(kept) if kept else ""
    return _arranged(child, codes, seen) if isinstance(child, ipywidgets.Box) else ""


def _style(box: ipywidgets.Box) -> str:
    """Return how what is in a box is arranged; nothing if one is below the other."""
    if isinstance(box, ipywidgets.GridBox):
        columns = box.layout.grid_template_columns
        return f"display: grid; gap: 8px; grid-template-columns: {columns}" if columns else ""
    # Of tabs and the like one is seen at a time: all of them do not fit beside each other.
    is_row = isinstance(box, ipywidgets.HBox) or type(box) is ipywidgets.Box
    is_turned = (box.layout.flex_flow or "").startswith("column")
    return _ROW if is_row and not is_turned else ""


__all__ = ["keep_boxes", "show_box"]
