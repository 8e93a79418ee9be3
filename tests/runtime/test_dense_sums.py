"""Sums over all-to-all connections, walked as if no cache held their weights.

Without AVX-512 four rows are walked at once then.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from annlab.codegen.build.settings import FILE

SUMS = """
import json, sys
import numpy as np
import annlab

n, first, threads, dtype = json.loads(sys.argv[1])
net = annlab.Network(num_threads=threads, dtype=dtype, seed=5)
source = net.create(n, annlab.Neuron(parameters="r = 0.0"))
apart = net.create(n, annlab.Neuron(equations="r = sum(exc)"))
itself = net.create(n, annlab.Neuron(equations="r = sum(rec)"))
far = net.connect(source, apart[first:], "exc").all_to_all(annlab.Uniform(-1.0, 1.0))
near = net.connect(itself, itself[first:], "rec").all_to_all(annlab.Uniform(-1.0, 1.0))
net.compile()
given = np.random.default_rng(3).normal(size=n)
source.r, itself.r = given, given
weights = [np.zeros((n, n)), np.zeros((n, n))]
for matrix, proj in zip(weights, (far, near)):
    for dendrite in proj:
        matrix[dendrite.post_rank, dendrite.pre_ranks] = dendrite.w
net.step()
rows = apart.r, weights[0] @ given, itself.r, weights[1] @ given
print(json.dumps([np.asarray(row, float).tolist() for row in rows]))
"""


def sums(config: Path, n: int, first: int, threads: int, dtype: str) -> np.ndarray:
    done = subprocess.run(
        [sys.executable, "-c", SUMS, json.dumps([n, first, threads, dtype])],
        env={**os.environ, "XDG_CONFIG_HOME": str(config)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return np.array(json.loads(done.stdout))


@pytest.fixture(params=["", "-mno-avx512f"], ids=["native", "no AVX-512"])
def config(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A folder of settings that has the compiler take every matrix for a large one."""
    if request.param and platform.machine() not in ("x86_64", "AMD64"):
        pytest.skip("AVX-512 is an extension of x86-64")
    folder = tmp_path / "annlab"
    folder.mkdir()
    flags = f"-DANNLAB_FAR=0 {request.param}"
    (folder / FILE).write_text(json.dumps({"openmp": {"flags": flags}}))
    return tmp_path


# 150 rows leave less than four to the last of three threads; from row 7 on, no four are whole
# lanes.
@pytest.mark.parametrize(("n", "first"), [(150, 0), (150, 7), (67, 62), (3, 0)])
@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-13), ("float32", 1e-4)])
def test_rows_of_large_matrices_sum_their_own_synapses(
    config: Path, n: int, first: int, dtype: str, tolerance: float
) -> None:
    far, wanted_far, near, wanted_near = one = sums(config, n, first, 1, dtype)
    assert np.abs(far).max() > 0.1
    np.testing.assert_allclose(far, wanted_far, rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(near, wanted_near, rtol=tolerance, atol=tolerance)
    np.testing.assert_array_equal(sums(config, n, first, 3, dtype), one)
