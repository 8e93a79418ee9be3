"""The number of threads changes no bit of any result."""

from __future__ import annotations

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


@pytest.mark.parametrize("name", ZOO)
def test_the_networks_of_these_tests_do_something(name: str) -> None:
    found = on_one_thread(name, 1003)
    recorded = [v for k, v in found.items() if k.startswith("Monitor")]
    assert all(v.size > N_STEPS and np.ptp(v.astype(float)) > 0 for v in recorded)
