"""The script for a machine with a GPU goes through all of its sections."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    )


@pytest.mark.slow
def test_a_rehearsal_measures_every_network_and_gives_the_same_bits_twice(tmp_path: Path) -> None:
    done = run("benchmarks.gpu", "--rehearse", "--out", str(tmp_path), "--budget", "600")
    found = json.loads((tmp_path / "gpu.json").read_text())
    assert [k for k, v in found.items() if "error" in v or "skipped" in v] in ([], ["sanitizer"])
    assert [one["is_same"] for one in found["determinism"].values()] == [True] * 3
    measured = [one for one in found.values() if "us_per_step" in one]
    assert len(measured) >= 6
    assert all(one["floor_us"] > 0 and one["n_synapses"] > 0 for one in measured)
    assert all(x["alone_us"] > 0 for one in measured for x in one["launches"])
    assert all(len(one["launches"]) in (2, 3) for one in measured)
    assert "microcircuit" in done.stdout


@pytest.mark.slow
def test_the_networks_for_tools_run_on_the_emulated_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "ANNLAB_CUDA_EMULATE", "1")
    assert len(run("benchmarks.gpu_zoo").stdout.split()) > 5


def test_what_a_run_leaves_out_is_something_that_the_code_knows() -> None:
    from annlab.codegen.cuda.headers import services, with_headers
    from benchmarks.gpu import NO_PREFETCH

    name = NO_PREFETCH.removeprefix("-D")
    assert f"!defined({name})" in with_headers(services())


def test_without_a_gpu_that_is_said_once_and_at_once(tmp_path: Path) -> None:
    (tmp_path / "cupy.py").write_text("raise ImportError('no driver here')\n")
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.gpu", "--no-tests", "--out", str(tmp_path)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "There is no GPU that can be used here: ImportError: no driver here",
        "`annlab doctor` says what is missing; --rehearse goes through all without one.",
    ]
