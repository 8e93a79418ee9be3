"""NVIDIA's compiler takes every kernel, with the options that CuPy gives it, down to machine code.

It needs no GPU: NVRTC is a library (``pip install '.[nvrtc]'``).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest
from clike_models import FLOAT64, POPULATIONS, PROJECTIONS, population_source

from annlab.codegen.cuda.headers import drawing, services, with_headers, with_one_kernel
from annlab.codegen.cuda.render import RENDERER
from annlab.runtime.cuda.gpu import LEAST_CAPABILITY, OPTIONS

if TYPE_CHECKING:
    from conftest import Nvrtc

OLDEST = f"sm_{LEAST_CAPABILITY[0]}{LEAST_CAPABILITY[1]}"
DATA_CENTRE = "sm_90"
FLOAT32 = np.dtype(np.float32)
TRACED = {name for name, wiring in PROJECTIONS.items() if wiring.has_traces}
NAMES = [
    "services",
    "drawing",
    *(f"population_{name}" for name in POPULATIONS),
    *(f"projection_{name}" for name in PROJECTIONS if name not in TRACED),
]


def source(name: str, float_type: np.dtype) -> str:
    kind, _, model = name.partition("_")
    match kind:
        case "services":
            return with_headers(services())
        case "drawing":
            return with_headers(drawing())
        case "population":
            return with_headers(population_source(POPULATIONS[model], float_type, RENDERER))
    return with_headers(PROJECTIONS[model].source(float_type, RENDERER))


@pytest.mark.parametrize("name", NAMES)
def test_nvrtc_takes_every_kernel_and_spills_no_register(nvrtc: Nvrtc, name: str) -> None:
    text = source(name, FLOAT64)
    told = nvrtc.compile(
        text, [f"--gpu-architecture={DATA_CENTRE}", *OPTIONS, "--ptxas-options=-v"]
    )
    spills = re.findall(r"(\d+) bytes spill stores, (\d+) bytes spill loads", told)
    n_kernels = len(re.findall(r"^ANNLAB_KERNEL\(", text, re.MULTILINE))
    assert len(spills) >= n_kernels > 0
    assert set(spills) == {("0", "0")}


@pytest.mark.parametrize("name", ["drawing", "population_noisy_izhikevich", "projection_stdp_csr"])
@pytest.mark.parametrize("float_type", [FLOAT64, FLOAT32], ids=["double", "single"])
def test_it_takes_them_for_the_oldest_gpu_that_is_allowed(
    nvrtc: Nvrtc, name: str, float_type: np.dtype
) -> None:
    told = nvrtc.compile(source(name, float_type), [f"--gpu-architecture={OLDEST}", *OPTIONS])
    assert "error" not in told


def test_it_takes_one_kernel_alone(nvrtc: Nvrtc) -> None:
    text = with_one_kernel(source("projection_spikes_delayed_csr", FLOAT64), "accumulate_wide_own")
    told = nvrtc.compile(
        text, [f"--gpu-architecture={DATA_CENTRE}", *OPTIONS, "--ptxas-options=-v"]
    )
    assert told.count("bytes spill stores") == 1


def test_what_it_refuses_is_told_with_the_line(nvrtc: Nvrtc) -> None:
    text = source("population_izhikevich", FLOAT64) + "\nint oops = nothing;\n"
    with pytest.raises(AssertionError, match=r'kernels\.cu\(\d+\): error: identifier "nothing"'):
        nvrtc.compile(text, [f"--gpu-architecture={DATA_CENTRE}", *OPTIONS])
