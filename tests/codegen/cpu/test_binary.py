"""The machine code of hot loops: vectorised, and so are its calls of mathematics.

A loop that is not vectorised gives the same numbers, only later; so the test looks at the binary.
"""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from clike_models import FLOAT64, GATE, POPULATIONS, PROJECTIONS, population_source

from annlab.codegen.build import cache
from annlab.codegen.build.build import Unit, build
from annlab.codegen.build.compiler import find_compiler
from annlab.errors import NoCompilerError

FLOAT32 = np.dtype(np.float32)
Disassemble = Callable[[str, str], str]

# In C's own spelling; the vectorised ones of glibc are _ZGV<isa>N<lanes>v_<name>.
SCALAR_CALL = re.compile(r"call\s+\w+ <(exp|expm1|log|sin|cos|sincos|tanh|pow)f?@plt>")


@pytest.fixture(scope="module", autouse=True)
def _needs_objdump_and_gcc() -> None:
    if not sys.platform.startswith("linux") or platform.machine() != "x86_64":
        pytest.skip("the instructions that are looked for are those of x86-64 on Linux")
    if shutil.which("objdump") is None:
        pytest.skip("objdump (of binutils) is not installed")
    try:
        compiler = find_compiler()
    except NoCompilerError:
        pytest.skip("there is no C++ compiler")
    if "clang" in compiler.version:
        pytest.skip("clang does not reach the vectorised mathematics of glibc")


@pytest.fixture
def instructions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Disassemble:
    """Return a function that compiles a source and disassembles one of its functions."""
    monkeypatch.setenv("ANNLAB_CACHE", str(tmp_path))

    def disassemble(source: str, function: str) -> str:
        build([Unit(name="a kernel", key="kernel", source=source)])
        done = subprocess.run(
            ["objdump", "-d", "--no-show-raw-insn", str(cache.code_file("kernel"))],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        blocks = dict(re.findall(r"^\w+ <([^>]+)>:\n((?:.+\n)*)", done.stdout, re.MULTILINE))
        code = blocks[function]
        # The exported function may be a mere jump to the one that does the work.
        return code + "".join(
            blocks.get(name, "") for name in re.findall(r"jmp\s+\w+ <(\w+)>\n", code)
        )

    return disassemble


def vector_calls(code: str) -> set[str]:
    """Return the names of the vectorised functions that are called."""
    return set(re.findall(r"<_ZGV[bcde]N\d+v_(\w+?)f?@plt>", code))


def n_packed(code: str, float_type: np.dtype) -> int:
    """Return the number of arithmetic instructions on whole vectors."""
    suffix = "pd" if float_type == FLOAT64 else "ps"
    return len(re.findall(rf"\bv?(?:mul|add|sub|div|fn?m(?:add|sub)\d+){suffix}\b", code))


@pytest.mark.parametrize("float_type", [FLOAT64, FLOAT32], ids=str)
@pytest.mark.parametrize(
    ("name", "functions"),
    [
        ("izhikevich", {"log"}),
        ("noisy_izhikevich", {"log"}),
        ("if_cond_exp", {"exp", "expm1"}),
        ("hh_cond_exp", {"exp", "expm1"}),
        ("axon", {"exp", "expm1"}),
    ],
)
def test_the_update_of_neurons_is_vectorised_and_so_is_its_mathematics(
    instructions: Disassemble, name: str, functions: set[str], float_type: np.dtype
) -> None:
    code = instructions(population_source(POPULATIONS[name], float_type), "update")
    assert vector_calls(code) <= functions
    assert functions - vector_calls(code) <= {"exp", "expm1"}  # hoisted, where tau is global
    assert n_packed(code, float_type) > 3


@pytest.mark.parametrize("float_type", [FLOAT64, FLOAT32], ids=str)
@pytest.mark.parametrize("name", ["izhikevich", "noisy_izhikevich", "if_cond_exp", "hh_cond_exp"])
def test_no_function_of_mathematics_is_called_for_one_neuron_at_a_time(
    instructions: Disassemble, name: str, float_type: np.dtype
) -> None:
    code = instructions(population_source(POPULATIONS[name], float_type), "update")
    assert not SCALAR_CALL.findall(code)


@pytest.mark.parametrize("float_type", [FLOAT64, FLOAT32], ids=str)
def test_exponential_euler_reaches_the_vectorised_exp(
    instructions: Disassemble, float_type: np.dtype
) -> None:
    code = instructions(population_source(GATE, float_type), "update")
    assert "exp" in vector_calls(code)
    assert "exp" not in SCALAR_CALL.findall(code)


@pytest.mark.parametrize("float_type", [FLOAT64, FLOAT32], ids=str)
@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("rates_dense", "transmit_own"),
        ("oja_dense", "transmit_own"),
        ("oja_dense", "update_synapses_own"),
        ("spikes_dense", "deliver_own"),
    ],
)
def test_dense_rows_are_walked_in_whole_vectors(
    instructions: Disassemble, name: str, function: str, float_type: np.dtype
) -> None:
    code = instructions(PROJECTIONS[name].source(float_type), function)
    assert n_packed(code, float_type) >= 4


def test_a_shared_weight_is_not_read_for_every_synapse(instructions: Disassemble) -> None:
    source = PROJECTIONS["spikes_csr"].source()
    shared = instructions(source, "deliver_narrow_shared")
    own = instructions(source, "deliver_narrow_own")
    loads = re.compile(r"\bv?(?:movsd|addsd|movapd|movupd)\b.*\(%\w+,%\w+,8\),")
    assert len(loads.findall(shared)) < len(loads.findall(own))


@pytest.mark.parametrize("float_type", [FLOAT64, FLOAT32], ids=str)
@pytest.mark.parametrize("function", ["deliver_narrow_own", "post_events_narrow_own"])
def test_traces_decay_in_whole_vectors_also_where_nothing_scatters(
    instructions: Disassemble, monkeypatch: pytest.MonkeyPatch, function: str, float_type: np.dtype
) -> None:
    """Without AVX-512 the loop over the synapses is scalar, but not the exponentials before it."""
    monkeypatch.setenv("ANNLAB_CXX", f"{find_compiler().path} -mno-avx512f")
    code = instructions(PROJECTIONS["stdp_traces_csr"].source(float_type), function)
    assert n_packed(code, float_type) >= 12
