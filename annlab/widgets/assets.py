"""Read the JavaScript and CSS files of the views."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib.resources import files

# What a view that is a picture puts in front of its own module.
FIGURE = (
    *("switchboard", "parts", "format", "saving", "header"),
    *("embedding", "toolbar", "timeline", "figure"),
)


# A page keeps the text of each module that it ever imported, with all that was compiled of it: 50
# to 100 kB, once for each view that was shown. So what anywidget imports for a view are these few
# lines; its own page comes as a trait, of which only the first of its kind in a page is imported.
_LOADER = """\
const KEY = "%s";
const pages = (globalThis.__annlab_pages_1 ??= new Map());
function load(text) {
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  return import(url).then((module) => module.default).finally(() => URL.revokeObjectURL(url));
}
async function page(model) {
  if (!pages.has(KEY)) pages.set(KEY, load(model.get("_page")));
  try {
    return await pages.get(KEY);
  } catch (error) {
    pages.delete(KEY);
    throw error;
  }
}
export default {
  async initialize(context) { return (await page(context.model)).initialize?.(context); },
  async render(context) { return (await page(context.model)).render?.(context); },
};
"""


@cache
def script(*names: str) -> str:
    """Return several files of ``static/`` as one module, in the given order.

    A module that a kernel sends cannot import another by a relative path, so what views share
    is put in front of each. Modules hold nothing: what they remember belongs to a view or hangs on
    ``globalThis``.
    """
    return "".join(_compact(_read(f"{name}.js")) for name in names)


@cache
def loader(*names: str) -> str:
    """Return the module that imports `script` of these files from the trait ``_page``, once."""
    return _LOADER % sha256(script(*names).encode()).hexdigest()[:16]


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
