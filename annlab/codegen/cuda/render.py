"""Kernel IR -> CUDA C, through the templates beside this file.

Imported only when something has to be rendered.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from annlab.codegen.clike.layout import Layout
from annlab.codegen.clike.render import Renderer
from annlab.codegen.cuda.population import DevicePopulationBuilder
from annlab.codegen.cuda.projection import DeviceProjectionBuilder
from annlab.ir.model import NeuronModel, SynapseModel

_RENDERER = Renderer(
    Path(__file__).parent / "templates",
    ".cu.j2",
    DevicePopulationBuilder,
    DeviceProjectionBuilder,
)


def render_population(model: NeuronModel, float_type: np.dtype) -> tuple[str, dict]:
    """Return the source of a population's kernel and its manifest."""
    return _RENDERER.population(model, float_type)


def render_projection(
    model: SynapseModel, layout: Layout, float_type: np.dtype
) -> tuple[str, dict]:
    """Return the source of a projection's kernels and its manifest."""
    assert not layout.has_traces  # nobody keeps traces per neuron here
    return _RENDERER.projection(model, layout, float_type)
