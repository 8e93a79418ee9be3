"""Kernel IR -> C++ source, through the templates beside this file.

Imported only when something has to be compiled: a warm start must not pay for
Jinja2 or SymPy.
"""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import jinja2
import numpy as np

from annlab.codegen.clike.layout import Layout
from annlab.codegen.clike.population import population_context
from annlab.codegen.clike.projection import projection_context
from annlab.codegen.lowering import lower_neuron, lower_synapse
from annlab.ir.model import NeuronModel, SynapseModel

_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
    undefined=jinja2.StrictUndefined,
    keep_trailing_newline=True,
    autoescape=False,
)


def render_population(model: NeuronModel, float_type: np.dtype) -> tuple[str, dict]:
    """Return the source of a population's kernel and its manifest.

    The manifest says what the binder must know: the keys of the slots in order and the names of
    the exported functions.
    """
    context, slots = population_context(lower_neuron(model), float_type)
    functions = ["update"]
    functions += ["update_global"] if context.has_global else []
    functions += ["check_stop"] if context.stop else []
    return _render("population.cpp.j2", context), {"slots": slots, "functions": functions}


def render_projection(
    model: SynapseModel, layout: Layout, float_type: np.dtype
) -> tuple[str, dict]:
    """Return the source of a projection's kernels and its manifest (see `render_population`)."""
    context, slots = projection_context(lower_synapse(model), layout, float_type)
    names = (
        "deliver", "deliver_axon", "post_events", "commit_traces", "transmit", "update_global",
        "update_semiglobal", "update_synapses",
    )  # fmt: skip
    functions = [name for name in names if getattr(context, name) is not None]
    manifest = {
        "slots": slots,
        "functions": functions,
        "variants": [suffix for suffix, _ in context.variants],
        "runs_ahead": context.runs_ahead is not None,
    }
    return _render("projection.cpp.j2", context), manifest


def _render(template: str, context: object) -> str:
    values = {f.name: getattr(context, f.name) for f in fields(context)}  # type: ignore[arg-type]
    text = _ENVIRONMENT.get_template(template).render(values)
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"
