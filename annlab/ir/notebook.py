"""How a model looks in a notebook: its equations typeset, its parameters in a table.

Returns MIME bundles: HTML for notebooks (MathJax reads the formulas in it), LaTeX for papers,
plain text for everything else. A model that cannot be read shows as it was written, with the
error below: a display never raises.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from textwrap import indent

from annlab.errors import AnnlabError
from annlab.ir.alone import analyse_alone
from annlab.ir.definition import Neuron, Synapse
from annlab.ir.listing import listing
from annlab.ir.model import Attribute, Distribution, NeuronModel, SynapseModel
from annlab.ir.typeset import latex_model

Bundle = dict[str, str]


def model_bundle(definition: Neuron | Synapse) -> Bundle:
    """Return the MIME bundle of a neuron or a synapse."""
    title = f"{definition.label}: {definition.short_description}"
    try:
        model = analyse_alone(definition)
    except AnnlabError as error:
        return _unreadable(title, listing(definition), str(error))
    formulas = latex_model(model)
    bundle = {
        "text/plain": f"{title}\n{indent(listing(definition), '  ')}",
        "text/html": box(title, formula(formulas), folded("attributes", attributes_table(model))),
    }
    return {**bundle, "text/latex": f"$$\n{formulas}\n$$"} if formulas else bundle


def _unreadable(title: str, text: str, error: str) -> Bundle:
    return {
        "text/plain": f"{title}\n{indent(text, '  ')}\n{error}",
        "text/html": box(title, preformatted(text), preformatted(error)),
    }


def attributes_table(
    model: NeuronModel | SynapseModel, values: dict[str, str] | None = None
) -> str:
    """Return the attributes of a model as an HTML table; `values` replace the initial ones."""
    rows = [
        (
            a.name,
            "parameter" if a.is_parameter else "variable",
            how_many(a),
            a.dtype,
            (values or {}).get(a.name, initial(a)),
        )
        for a in model.attributes
    ]
    return table(("name", "kind", "locality", "type", "value" if values else "initial"), rows)


def how_many(attribute: Attribute) -> str:
    """Return the locality of an attribute in words."""
    return f"{attribute.locality}, open" if attribute.is_open else str(attribute.locality)


def initial(attribute: Attribute) -> str:
    """Return the declared first value of an attribute, without drawing it."""
    value = attribute.init
    if isinstance(value, Distribution):
        return f"drawn from {value.name}"
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)


# -- pieces of HTML -----------------------------------------------------------------


def box(title: str, *parts: str) -> str:
    """Return parts of HTML under a title."""
    return f'<div class="annlab"><b>{escape(title)}</b>{"".join(parts)}</div>'


def formula(latex: str) -> str:
    """Return LaTeX for MathJax; nothing for nothing."""
    return f"<div>$$\n{escape(latex)}\n$$</div>" if latex else ""


def preformatted(text: str) -> str:
    """Return text as it is."""
    # tex2jax_ignore: a dollar sign in generated code is none of MathJax's business.
    return f'<pre class="tex2jax_ignore mathjax_ignore">{escape(text)}</pre>'


def folded(title: str, content: str, *, is_open: bool = False) -> str:
    """Return HTML that a click on the title shows."""
    state = " open" if is_open else ""
    return f"<details{state}><summary>{escape(title)}</summary>{content}</details>"


def table(titles: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return an HTML table; cells are text."""
    head = "".join(f"<th>{escape(t)}</th>" for t in titles)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


__all__ = [
    "Bundle",
    "attributes_table",
    "box",
    "folded",
    "formula",
    "how_many",
    "initial",
    "model_bundle",
    "preformatted",
    "table",
]
