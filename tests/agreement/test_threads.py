"""The number of threads changes no bit of any result."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache

import numpy as np
import pytest
from agreement_networks import differing, everything
from agreement_zoo import ZOO, compiled
from numpy.typing import NDArray

N_STEPS = 40
SIZES = (1, 3, 130, 1003)  # one neuron, less than a block, blocks and a rest
ODD_PIECES = (1, 7, 2, 13, 17)


@cache
def on_one_thread(name: str, n: int) -> dict[str, NDArray]:
    return after(name, n, pieces=(N_STEPS,), num_threads=1)


def after(name: str, n: int, *, pieces: tuple[int, ...], num_threads: int | str) -> dict:
    with compiled(name, n, backend="cpu", num_threads=num_threads) as net:
        for piece in pieces:
            net.simulate(float(piece))
        return everything(net)


@pytest.mark.parametrize("num_threads", [2, 3, "auto"])
@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("name", ZOO)
def test_any_number_of_threads_gives_the_same_bits(
    name: str, n: int, num_threads: int | str
) -> None:
    found = after(name, n, pieces=(N_STEPS,), num_threads=num_threads)
    assert differing(found, on_one_thread(name, n)) == []


@pytest.mark.parametrize("num_threads", [1, 3])
@pytest.mark.parametrize("name", ZOO)
def test_a_run_in_pieces_gives_the_same_bits(name: str, num_threads: int) -> None:
    found = after(name, 130, pieces=ODD_PIECES, num_threads=num_threads)
    assert differing(found, on_one_thread(name, 130)) == []


# -- where OpenMP gives fewer than were asked for --------------------------------------

FEWER = """
import hashlib, sys
import annlab as ann
wanted = sys.argv[1] if sys.argv[1] == "auto" else int(sys.argv[1])
net = ann.Network(dt=0.1, seed=3, backend="cpu", num_threads=wanted)
noisy = ann.Neuron("", "dv/dt = (Normal(0.5, 1.0) - v) / 10.0", spike="v > 0.9", reset="v = 0")
cells = net.create(4000, noisy)
synapses = net.connect(cells, cells, "exc").fixed_number_pre(10, weights=0.1)
net.compile()
net.simulate(20.0)
threads = net._runner._threads
print(hashlib.sha256(cells.v.tobytes()).hexdigest(), threads.most, threads.used)
"""


def on_a_machine(wanted: int | str, **settings: str) -> tuple[str, int, int]:
    """Return what comes out, how many threads may be asked for, and how many did the last piece."""
    done = subprocess.run(
        [sys.executable, "-c", FEWER, str(wanted)],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=100,  # it would wait for ever for threads that do not come
        check=False,
    )
    assert done.returncode == 0, done.stderr
    digest, most, used = done.stdout.split()
    return digest, int(most), int(used)


@pytest.mark.parametrize("wanted", [2, 3, "auto"])
def test_a_limit_of_threads_is_kept_and_changes_no_bit(wanted: int | str) -> None:
    expected = on_a_machine(1)[0]
    assert on_a_machine(wanted, OMP_THREAD_LIMIT="1") == (expected, 1, 1)
    if wanted != "auto":
        assert on_a_machine(wanted, OMP_THREAD_LIMIT="2") == (expected, 2, 2)


@pytest.mark.parametrize("wanted", [64, "auto"])
def test_a_runtime_that_gives_as_many_threads_as_it_likes_changes_no_bit(
    wanted: int | str,
) -> None:
    digest, _, used = on_a_machine(wanted, OMP_DYNAMIC="true")
    assert digest == on_a_machine(1)[0]
    assert used == 1 or wanted == "auto"  # not as many as were asked for


@pytest.mark.parametrize("name", ZOO)
def test_the_networks_of_these_tests_do_something(name: str) -> None:
    found = on_one_thread(name, 1003)
    recorded = [v for k, v in found.items() if k.startswith("Monitor")]
    assert all(v.size > N_STEPS and np.ptp(v.astype(float)) > 0 for v in recorded)
