"""Read the JavaScript and CSS files of the views."""

from __future__ import annotations

import json
from functools import cache
from hashlib import sha256
from importlib.resources import files

# What a view that is a picture puts in front of its own module.
FIGURE = ("switchboard", "parts", "header", "embedding", "timeline", "figure")


# A page keeps each module that it ever loaded, with all that was compiled of it: 0.1 MB, once for
# each view that was shown. So a view's own module is this one, of which only the first of its kind
# in a page loads what all of them share.
_LOADER = """\
const modules = (globalThis.__annlab_modules_1 ??= new Map());
function load() {
const url = URL.createObjectURL(new Blob([%(text)s], { type: "text/javascript" }));
return import(url).finally(() => URL.revokeObjectURL(url));
}
export default async () => {
const key = "%(key)s";
if (!modules.has(key)) modules.set(key, load());
try {
return (await modules.get(key)).default;
} catch (error) {
modules.delete(key);
throw error;
}
};
"""


@cache
def script(*names: str) -> str:
    """Return several files of ``static/`` as one module, in the given order.

    A module that a kernel sends cannot import another by a relative path, so what views share
    is put in front of each. Modules hold nothing: what they remember belongs to a view or hangs on
    ``globalThis``.
    """
    text = "".join(_compact(_read(f"{name}.js")) for name in names)
    return _LOADER % {"key": sha256(text.encode()).hexdigest()[:16], "text": json.dumps(text)}


def _compact(text: str) -> str:
    """Leave out comments and indentation: the page keeps the text."""
    lines = (line.strip() for line in text.splitlines())
    return "".join(f"{line}\n" for line in lines if line and not line.startswith("//"))


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
