"""Read the JavaScript and CSS files of the views."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

# What a view that is a picture puts in front of its own module.
FIGURE = ("switchboard", "parts", "header", "embedding", "timeline", "figure")


@cache
def script(*names: str) -> str:
    """Return several files of ``static/`` as one module, in the given order.

    A module that a kernel sends cannot import another by a relative path, so what views share
    is put in front of each.
    """
    return "\n".join(_read(f"{name}.js") for name in names)


@cache
def style() -> str:
    """Return the style sheet of all views."""
    return _read("annlab.css")


@cache
def bokehjs() -> bytes:
    """Return BokehJS as it comes with the installed Bokeh, so that no page needs the internet."""
    from_bokeh = files("bokeh") / "server" / "static" / "js" / "bokeh.min.js"
    return from_bokeh.read_bytes()


def _read(name: str) -> str:
    return (files("annlab.widgets") / "static" / name).read_text(encoding="utf-8")
