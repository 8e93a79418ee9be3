"""How Sphinx makes the site: ``make docs`` builds it into ``build/docs``.

The sources are those of the whole repository, so that a link between a page, a notebook and the
changelog is the same on the site and on a Git host. Nothing is fetched and no notebook is run
(their cells are tests of their own).
"""

from __future__ import annotations

import builtins
from importlib import import_module
from typing import Any

from docutils import nodes
from docutils.utils.math import MathError, latex2mathml
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util import logging

import annlab

project = "annlab"
author = "the annlab developers"
copyright = author  # its name in Sphinx
release = annlab.__release__
version = annlab.__version__

extensions = ["sphinx.ext.autodoc", "sphinx.ext.napoleon", "myst_nb"]
root_doc = "docs/index"
include_patterns = [
    "docs/*.md",
    "docs/api/*.md",
    "notebooks/**",
    "benchmarks/README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
]
exclude_patterns = [".*", "annlab", "build", "dist", "node_modules", "tests", "**/.*"]
pygments_style = "friendly"

# Markdown and notebooks.
myst_enable_extensions = ["dollarmath", "deflist"]
myst_heading_anchors = 3
nb_execution_mode = "off"
# Outputs that need a kernel are not shown, so no page loads a library for them.
nb_ipywidgets_js = {}
nb_mime_priority_overrides = [
    ("html", "application/vnd.jupyter.widget-view+json", None),
    ("html", "application/vnd.bokehjs_exec.v0+json", None),
    ("html", "application/vnd.bokehjs_load.v0+json", None),
]

# Docstrings.
toc_object_entries_show_parents = "hide"
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
napoleon_custom_sections = [("Source", "References")]
napoleon_use_rtype = False
default_role = "py:obj"
nitpicky = True

# Browsers draw MathML themselves, so that the site needs nothing from elsewhere.
html_math_renderer = "mathml"
html_theme = "pydata_sphinx_theme"
html_title = "annlab"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_extra_path = ["_static/root"]
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {
    "navbar_align": "left",
    "navbar_persistent": ["search-button"],
    "navbar_end": ["theme-switcher"],
    "header_links_before_dropdown": 6,
    "show_prev_next": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "pygments_light_style": "friendly",
}
# Pages that are one of a kind have no neighbours to list.
_ALONE = ("docs/index", "docs/user-guide", "docs/jupyterlab", "docs/language", "docs/performance")
_ALONE += ("CHANGELOG",)
html_sidebars = {page: [] for page in _ALONE}


def setup(app: Sphinx) -> None:
    """Join what the site needs to Sphinx."""
    app.add_html_math_renderer("mathml", (_inline_math, None), (_display_math, None))
    app.connect("doctree-read", _leave_builtins)
    app.connect("missing-reference", _resolve, priority=900)
    app.connect("autodoc-process-docstring", _free_the_returns, priority=100)


def _inline_math(writer: Any, node: nodes.math) -> None:
    writer.body.append(_mathml(node, as_block=False))
    raise nodes.SkipNode


def _display_math(writer: Any, node: nodes.math_block) -> None:
    writer.body.append(f'<div class="math">{_mathml(node, as_block=True)}</div>')
    raise nodes.SkipNode


def _mathml(node: nodes.Element, *, as_block: bool) -> str:
    try:
        return latex2mathml.tex2mathml(node.astext(), as_block=as_block)
    except MathError as error:
        logging.getLogger("annlab").warning("%s", error, location=node)
        return f"<code>{nodes.unescape(node.astext())}</code>"


def _leave_builtins(app: Sphinx, doctree: nodes.document) -> None:
    """Keep Python's own names (``type[Neuron]``) from leading to members of that name."""
    for node in list(doctree.findall(addnodes.pending_xref)):
        if node.get("refdomain") == "py" and hasattr(builtins, node["reftarget"]):
            node.replace_self(node.children)


def _resolve(app: Sphinx, env: Any, node: Any, contnode: Any) -> Any:
    """Find the public name of an object that a docstring or a signature calls by another.

    Docstrings name neighbours (`simulate`) and signatures modules (``annlab.network.view``); the
    site documents both as ``annlab.<name>``. Words in backticks that are no object of annlab
    (arguments, types of other libraries) stay words; a public name that the reference
    lacks is a warning, and so an error of the build.
    """
    if node.get("refdomain") != "py":
        return None
    python = env.domains.python_domain
    target = node["reftarget"]
    for name in _candidates(target, node.get("py:class")):
        if found := python.objects.get(name):
            return _reference(app, node, contnode, found, name)
    is_ours = target in annlab.__all__ or _is_public(target)
    return None if is_ours and node["reftype"] != "attr" else contnode


def _candidates(target: str, within: str | None) -> list[str]:
    last = target.rsplit(".", 1)[-1]
    places = ["annlab", "annlab.widgets", "annlab.errors", "annlab.extensions.bold"]
    places += ["annlab.extensions.convolution", "annlab.extensions.image", "annlab.models"]
    names = [f"{within}.{target}"] if within else []
    names += [f"{place}.{target}" for place in places]
    if target.startswith("annlab."):
        names += [f"{place}.{last}" for place in places]
    return names


def _is_public(target: str) -> bool:
    package, _, name = target.rpartition(".")
    if package not in ("annlab", "annlab.widgets", "annlab.errors"):
        return False
    return name in getattr(import_module(package), "__all__", ())


def _reference(app: Sphinx, node: Any, contnode: Any, found: Any, name: str) -> nodes.reference:
    uri = app.builder.get_relative_uri(node["refdoc"], found.docname)
    reference = nodes.reference("", "", internal=True, refuri=f"{uri}#{found.node_id}")
    reference["reftitle"] = name
    reference += contnode
    return reference


def _free_the_returns(
    app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]
) -> None:
    """Let a section ``Returns`` be prose; napoleon would take its first line for a type."""
    for i, line in enumerate(lines[:-1]):
        if line == "Returns" and set(lines[i + 1]) == {"-"}:
            lines[i : i + 2] = [".. rubric:: Returns", ""]
