"""Kernel IR -> C++ source, through the templates beside this file.

Imported only when something has to be compiled: a warm start must not pay for
Jinja2 or SymPy.
"""

from __future__ import annotations

from pathlib import Path

from annlab.codegen.clike.render import Renderer

RENDERER = Renderer(Path(__file__).parent / "templates", ".cpp.j2")

render_population = RENDERER.population
render_projection = RENDERER.projection
