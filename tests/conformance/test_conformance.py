"""Every back end computes what the cases say.

A case is a script that binds `result`. It runs with annlab's defaults; the back end comes
through the environment variables that set them.
"""

from __future__ import annotations

import json
import runpy
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from conformance_compare import differences, out_of_range, plain

import annlab
from annlab.codegen.cuda.kernels import KernelSource
from annlab.errors import AnnlabWarning
from annlab.runtime.backends import names
from annlab.runtime.cuda.emulated import EmulatedDevice

if TYPE_CHECKING:
    from conftest import Nvrtc

CASES = {
    c["id"]: c for c in json.loads((Path(__file__).parent / "cases.json").read_text())["cases"]
}

BACKENDS = {
    "reference": {"ANNLAB_BACKEND": "reference"},
    "cpu-1": {"ANNLAB_BACKEND": "cpu", "ANNLAB_NUM_THREADS": "1"},
    "cpu-2": {"ANNLAB_BACKEND": "cpu", "ANNLAB_NUM_THREADS": "2"},
    "cpu-float32": {"ANNLAB_BACKEND": "cpu", "ANNLAB_DTYPE": "float32"},
    "cuda-emulated": {"ANNLAB_BACKEND": "cuda", "ANNLAB_CUDA_EMULATE": "watch"},
    "cuda": {"ANNLAB_BACKEND": "cuda", "ANNLAB_CUDA_EMULATE": "watch"},
}
# Of seven digits some steps leave four, and of what cancels to 0 an error of the operands' size.
FLOAT32_TOLERANCES = {"rtol": 1e-4, "atol": 1e-5}

# Cases that annlab does not pass yet, each with the reason. Strict: one that begins to pass fails
# the suite until it is taken off this list.
NOT_YET: dict[str, str] = {}


def _parameters() -> list[Any]:
    return [
        pytest.param(
            case,
            backend,
            id=f"{case}-{backend}",
            marks=_marks(case, backend),
        )
        for case in CASES
        for backend in BACKENDS
    ]


def _marks(case: str, backend: str) -> list[pytest.MarkDecorator]:
    marks = [pytest.mark.xfail(reason=NOT_YET[case], strict=True)] if case in NOT_YET else []
    return [*marks, pytest.mark.gpu] if backend == "cuda" else marks


@pytest.fixture(autouse=True)
def _forget_everything():
    annlab.clear()
    yield
    annlab.clear()


@pytest.mark.parametrize(("case", "backend"), _parameters())
def test_case_gives_what_is_expected(
    case: str,
    backend: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
    nvrtc_if_any: Nvrtc | None,
) -> None:
    if backend == "cuda":
        request.getfixturevalue("gpu")
    options = BACKENDS[backend]
    if options["ANNLAB_BACKEND"] not in names():
        pytest.skip(f"there is no back end {options['ANNLAB_BACKEND']!r} yet")
    for name, value in options.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    script = tmp_path / "case.py"
    script.write_text(CASES[case]["code"])

    loaded: list[KernelSource] = []
    load = EmulatedDevice.load
    monkeypatch.setattr(
        EmulatedDevice,
        "load",
        lambda self, sources: (loaded.extend(sources), load(self, sources))[1],
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AnnlabWarning)
        result = plain(runpy.run_path(str(script))["result"])

    assert not loaded or backend == "cuda-emulated"
    for source in loaded if nvrtc_if_any is not None else ():
        nvrtc_if_any.takes(source.text)  # what was executed is CUDA C in the eyes of NVIDIA too
    expected, ranges = CASES[case].get("expect"), CASES[case].get("ranges", {})
    assert out_of_range(result, ranges) == []
    if expected is not None:
        if ranges:  # what is random is not expected to the digit
            result = {key: result[key] for key in expected}
        least = FLOAT32_TOLERANCES if "ANNLAB_DTYPE" in options else {"rtol": 0.0, "atol": 0.0}
        tolerances = {k: max(CASES[case][k], least[k]) for k in least}
        assert differences(result, expected, **tolerances) == []
