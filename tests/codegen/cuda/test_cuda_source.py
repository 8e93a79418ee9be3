"""The generated CUDA C is reviewed as code, and NVIDIA's compiler takes all of it.

ANNLAB_UPDATE_GOLDEN=1 writes the reviewed files anew; read the difference before you commit it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from clike_models import FLOAT64, POPULATIONS, PROJECTIONS, population_source

from annlab.codegen.cuda.headers import drawing, services, with_headers, with_one_kernel
from annlab.codegen.cuda.render import RENDERER

GOLDEN = Path(__file__).parent / "golden"
FLOAT32 = np.dtype(np.float32)
REVIEWED = (
    "population_axon", "population_noisy_izhikevich", "projection_oja_dense",
    "projection_rates_csr", "projection_spikes_delayed_csr", "projection_stdp_csr",
)  # fmt: skip
# What a GPU of the last seven years can do; warnings but those of unused names are errors.
NVCC = ["nvcc", "--ptx", "-arch=sm_75", "-std=c++17", "--fmad=false", "-Werror=all-warnings"]
QUIET = ["-diag-suppress=177,550"]


def source(name: str, float_type: np.dtype = FLOAT64) -> str:
    kind, _, model = name.partition("_")
    if kind in ("services", "drawing"):
        return services() if kind == "services" else drawing()
    if kind == "population":
        return population_source(POPULATIONS[model], float_type, RENDERER)
    return PROJECTIONS[model].source(float_type, RENDERER)


def names() -> list[str]:
    with_traces = {name for name, wiring in PROJECTIONS.items() if wiring.has_traces}
    found = [f"population_{name}" for name in POPULATIONS]
    return found + [f"projection_{name}" for name in PROJECTIONS if name not in with_traces]


@pytest.mark.parametrize("name", REVIEWED)
def test_a_kernel_is_as_reviewed(name: str) -> None:
    path, text = GOLDEN / f"{name}.cu", source(name)
    if os.environ.get("ANNLAB_UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    assert text == path.read_text(), f"{path.name} differs; ANNLAB_UPDATE_GOLDEN=1 renews it"


def test_no_reviewed_file_is_left_over() -> None:
    assert sorted(path.stem for path in GOLDEN.iterdir()) == sorted(REVIEWED)


# On a GPU and in the emulation.
ADDING = {
    'asm volatile("red.global.add.u64 [%0], %1;" ::"l"(__cvta_generic_to_global(sum)), "l"(bits)',
    "atomicAdd((unsigned long long*)sum, bits);",
}


def atomics(text: str) -> set[str]:
    """Return the uses of atomic functions, without what the emulation says of them."""
    lines = re.sub(r"//.*", "", with_headers(text)).splitlines()
    uses = (x.strip() for x in lines if re.search(r"\batomic\w+\(|\b(red|atom)\.", x))
    return {x for x in uses if "ANNLAB_ATOMIC" not in x}


@pytest.mark.parametrize("name", names())
def test_only_integers_are_added_atomically(name: str) -> None:
    """The order is left to chance, and with it the last bit of a sum of other numbers."""
    assert atomics(source(name)) == ADDING


def test_what_draws_synapses_counts_atomically_and_no_more() -> None:
    assert atomics(drawing()) == ADDING | {
        "atomicAdd(at<unsigned>(slots, 2) + at<Index>(slots, 0)[k], 1u);",
        "const unsigned place = atomicAdd(at<unsigned>(slots, 3) + column, 1u);",
        "for (int64_t k = lane; k < length; k += WARP) atomicAdd(counts.words + delays[k], 1u);",
        "if (largest > 0) atomicMax(found, largest);",
        "if (n_bad > 0) atomicAdd(found + 2, n_bad);",
        "if (smallest != ~0ull) atomicMin(found + 1, smallest);",
        "return (atomicOr(marks.words + k / WARP, bit) & bit) == 0;",
    }


@pytest.mark.parametrize("name", names())
def test_single_precision_has_no_number_of_double_precision(name: str) -> None:
    code = [line.partition("//")[0] for line in source(name, FLOAT32).splitlines()]
    assert "using real = float;" in code
    assert not [line for line in code if re.search(r"\d\.\d+(e[-+]?\d+)?(?![\d.fe])", line)]


@pytest.mark.parametrize("name", names())
def test_a_source_needs_no_folder_of_headers(name: str) -> None:
    """NVRTC gets the text alone, and has no standard headers."""
    text = with_headers(source(name))
    included = re.findall(r"^#include (.*)$", text, re.MULTILINE)
    assert set(included) == {"<stdint.h>"}  # twice, both skipped by NVRTC
    assert text.count('extern "C" __global__ void name(') == 1


@pytest.mark.parametrize("name", [*names(), "services", "drawing"])
def test_every_kernel_can_be_had_alone(name: str) -> None:
    text = with_headers(source(name))
    kernels = re.findall(r"^ANNLAB_KERNEL\((\w+),", text, re.MULTILINE)
    assert len(kernels) == text.count("\nANNLAB_KERNEL(") > 0
    for kernel in kernels:
        alone = with_one_kernel(text, kernel)
        assert re.findall(r"^ANNLAB_KERNEL\((\w+),", alone, re.MULTILINE) == [kernel]
    assert (
        "ANNLAB_KERNEL(" not in with_one_kernel(text, "none").partition("#define ANNLAB_KERNEL")[0]
    )
    assert "advance_clock" not in text or "advance_clock(" in with_one_kernel(text, "advance_clock")


@pytest.mark.skipif(shutil.which("nvcc") is None, reason="nvcc is not installed")
@pytest.mark.parametrize(
    ("float_type", "chosen"), [(FLOAT64, names()), (FLOAT32, REVIEWED)], ids=["double", "single"]
)
def test_nvcc_takes_every_kernel(
    float_type: np.dtype, chosen: Sequence[str], tmp_path: Path
) -> None:
    """One file of all of them, each in a namespace of its own: nvcc starts slowly."""
    head = with_headers('#include "storage.cuh"\n#include "drawing.hpp"\n')
    parts = [head]
    for name in chosen:
        text = re.sub(r'^#include ".*"\n', "", source(name, float_type), flags=re.MULTILINE)
        # Kernels have C names, which namespaces do not keep apart.
        text = re.sub(r"ANNLAB_KERNEL\((\w+),", rf"ANNLAB_KERNEL(\1_of_{name},", text)
        parts.append(f"namespace {name} {{\n{text}}}\n")
    parts.append(services().replace('#include "device.cuh"\n', ""))
    parts.append(re.sub(r'#include "(device.cuh|drawing.hpp)"\n', "", drawing()))
    file = tmp_path / "kernels.cu"
    file.write_text("\n".join(parts))
    done = subprocess.run(
        [*NVCC, *QUIET, str(file), "-o", str(tmp_path / "kernels.ptx")],
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )
    assert done.returncode == 0, done.stderr[:3000]
    entries = re.findall(r"\.entry (\w+)\(", (tmp_path / "kernels.ptx").read_text())
    assert len(entries) == len(set(entries)) > 2 * len(chosen)
