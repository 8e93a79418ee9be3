"""Kernel IR -> CUDA C, through the templates beside this file.

Imported only when something has to be rendered.
"""

from __future__ import annotations

from pathlib import Path

from annlab.codegen.clike.render import Renderer
from annlab.codegen.cuda.population import DevicePopulationBuilder
from annlab.codegen.cuda.projection import DeviceProjectionBuilder

RENDERER = Renderer(
    Path(__file__).parent / "templates",
    ".cu.j2",
    DevicePopulationBuilder,
    DeviceProjectionBuilder,
)

render_population = RENDERER.population
render_projection = RENDERER.projection
