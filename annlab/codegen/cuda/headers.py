"""The files of CUDA C that are written by hand, and sources that hold their headers.

What compiles a source, NVRTC included, needs no folder then, and what is kept under a
digest of the source is never out of date.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from annlab.codegen.build.build import NATIVE as CPU_HEADERS

NATIVE = Path(__file__).parent / "native"
_KERNEL = re.compile(r"^ANNLAB_KERNEL\((\w+),.*\)\n", re.MULTILINE)
_INCLUDE = re.compile(r'^#include "([\w.]+)"$', re.MULTILINE)


def services() -> str:
    """Return the source of the kernels that depend on no model."""
    return _text("services.cu")


def drawing() -> str:
    """Return the source of the kernels that draw synapses."""
    return _text("drawing.cu")


def with_headers(source: str) -> str:
    """Return a source with the text of its headers in place of the lines that include them."""
    seen: set[str] = set()

    def insert(found: re.Match[str]) -> str:
        name = found[1]
        if name in seen:
            return ""
        seen.add(name)
        return _INCLUDE.sub(insert, _text(name).replace("#pragma once\n", ""))

    return _INCLUDE.sub(insert, source)


def with_one_kernel(source: str, name: str) -> str:
    """Return a source without its other kernels: what is not used need not be compiled."""
    return _KERNEL.sub(lambda found: found[0] if found[1] == name else "", source)


def emulation() -> str:
    """Return the source of what runs kernels on the CPU."""
    return with_headers(_text("emulation.cpp"))


@lru_cache
def _text(name: str) -> str:
    folder = NATIVE if (NATIVE / name).exists() else CPU_HEADERS
    return (folder / name).read_text()
