"""From models to the sources of CUDA kernels, by way of the cache.

What is kept is text: whoever loads it has it compiled, and keeps binaries under a
digest of the text. No number is part of a key.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from annlab.codegen.build import cache
from annlab.codegen.clike.layout import Layout
from annlab.codegen.clike.requests import Request, fingerprint, hashed
from annlab.ir.digest import digest
from annlab.ir.model import NeuronModel, SynapseModel


@dataclass(frozen=True, slots=True)
class KernelSource:
    """The text of a kernel, headers included, and what a binder must know of it.

    Attributes
    ----------
    name
        For people: ``population 'pop0'``.
    manifest
        slots, functions, variants; see `annlab.codegen.clike.render.Renderer`.
    """

    name: str
    text: str
    manifest: dict


def population_source(model: NeuronModel, float_type: np.dtype, name: str) -> KernelSource:
    """Return the source of a population's kernel."""

    def render() -> tuple[str, dict]:
        from annlab.codegen.cuda.render import render_population  # a warm start needs no templates

        return render_population(model, float_type)

    key = _key("population", digest(model), float_type)
    return _obtain(Request(key, f"population '{name}'", render))


def projection_source(
    model: SynapseModel, layout: Layout, float_type: np.dtype, name: str
) -> KernelSource:
    """Return the source of a projection's kernels."""

    def render() -> tuple[str, dict]:
        from annlab.codegen.cuda.render import render_projection  # a warm start needs no templates

        return render_projection(model, layout, float_type)

    key = _key("projection", digest(model, repr(layout)), float_type)
    return _obtain(Request(key, f"projection '{name}'", render))


def service_source() -> KernelSource:
    """Return the source of the kernels that depend on no model."""
    from annlab.codegen.cuda.headers import services, with_headers

    return KernelSource("the services", with_headers(services()), {})


def drawing_source() -> KernelSource:
    """Return the source of the kernels that draw synapses."""
    from annlab.codegen.cuda.headers import drawing, with_headers

    return KernelSource("the drawing of synapses", with_headers(drawing()), {})


def _key(kind: str, structure: str, float_type: np.dtype) -> str:
    return f"cuda-{kind}-{hashed(structure, float_type.name, fingerprint('cuda'))}"


def _obtain(request: Request) -> KernelSource:
    from annlab.codegen.cuda.headers import with_headers

    kept = cache.read_manifest(request.key)
    if kept is None or "source" not in kept:
        source, manifest = request.render()
        kept = {**manifest, "source": source}
        cache.keep_manifest(request.key, kept)
    return KernelSource(request.name, with_headers(kept["source"]), kept)
