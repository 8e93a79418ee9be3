"""The kernels of the CUDA back end agree with the others, and no bit depends on who runs when.

They run on the CPU here (`annlab.runtime.cuda.emulated`), or on a GPU where there is one: see
tests/conformance.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from agreement_networks import NetworkText, build, differing, everything, networks
from agreement_zoo import ZOO, compiled
from hypothesis import given, settings
from numpy.typing import NDArray
from test_random_models import COMMON, N_STEPS

import annlab as ann
from annlab.runtime.cuda.device import EMULATE_VARIABLE, WATCH
from annlab.runtime.cuda.emulated import EmulatedDevice

N = 130  # two blocks of neurons and a rest
PIECES = (1, 7, 2, 10)
CLOSE = {"rtol": 1e-7, "atol": 1e-9}


@pytest.fixture(autouse=True)
def emulated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(EMULATE_VARIABLE, WATCH)


def after(name: str, pieces: tuple[int, ...], **options: Any) -> dict[str, NDArray]:
    with compiled(name, N, **options) as net:
        for piece in pieces:
            net.simulate(float(piece))
        return everything(net)


@pytest.mark.parametrize("name", ZOO)
def test_networks_of_every_kind_agree_with_the_reference(name: str) -> None:
    found = after(name, (N_STEPS,), backend="cuda")
    assert differing(found, after(name, (N_STEPS,), backend="reference"), **CLOSE) == []


@pytest.mark.parametrize("name", ZOO)
def test_neither_blocks_nor_pieces_of_a_run_change_a_bit(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = after(name, (sum(PIECES),), backend="cuda")
    monkeypatch.setattr(EmulatedDevice, "n_threads", 32)
    monkeypatch.setattr(EmulatedDevice, "n_threads_alone", 128)
    assert differing(after(name, PIECES, backend="cuda"), one) == []


@pytest.mark.parametrize("name", ["rate_noisy", "spiking_dense", "spiking_stdp"])
def test_single_precision_agrees_with_that_of_the_cpu(name: str) -> None:
    found = after(name, (3,), backend="cuda", dtype="float32")
    expected = after(name, (3,), backend="cpu", dtype="float32")
    assert differing(found, expected, rtol=1e-4, atol=1e-4) == []
    assert {a.dtype for k, a in found.items() if k.endswith(".v")} == {np.dtype(np.float32)}


@pytest.mark.gpu
@pytest.mark.parametrize("name", ZOO)
def test_a_gpu_gives_what_its_emulation_gives_and_the_same_bits_twice(
    name: str, gpu: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = after(name, (N_STEPS,), backend="cuda")
    monkeypatch.delenv(EMULATE_VARIABLE)
    found = after(name, PIECES, backend="cuda")
    assert differing(after(name, (sum(PIECES),), backend="cuda"), found) == []
    assert differing(after(name, (N_STEPS,), backend="cuda"), expected, **CLOSE) == []


def results(text: NetworkText, backend: str) -> dict[str, NDArray]:
    with build(text, backend=backend) as net:
        for _ in range(N_STEPS):
            net.step()
        return everything(net)


@settings(COMMON, max_examples=15)
@given(networks(is_spiking=False))
def test_rate_coded_networks_that_nobody_chose_agree(text: NetworkText) -> None:
    assert differing(results(text, "cuda"), results(text, "reference"), **CLOSE) == []


@settings(COMMON, max_examples=15)
@given(networks(is_spiking=True))
def test_spiking_networks_that_nobody_chose_agree(text: NetworkText) -> None:
    assert differing(results(text, "cuda"), results(text, "reference"), **CLOSE) == []


def test_the_spikes_of_a_network_are_those_of_the_cpu_to_the_last_one() -> None:
    """Sums in the same order: a chaotic network stays the same for a while."""

    def spikes(backend: str) -> dict[int, list[int]]:
        with compiled("spiking_delayed", N, backend=backend) as net:
            (monitor,) = net.get_monitors()
            net.simulate(100.0)
            found = monitor.get("spike")
        assert isinstance(found, dict)
        return found

    expected = spikes("cpu")
    assert sum(map(len, expected.values())) > 100
    assert spikes("cuda") == expected


def test_a_warm_start_on_the_device_renders_and_compiles_nothing() -> None:
    from annlab.codegen.build.build import compilation_forbidden

    def run(size: int, tau: float, weight: float) -> float:
        with ann.Network(dt=0.5, backend="cuda") as net:
            cell = ann.Neuron(f"tau = {tau}", "tau*dv/dt = 1.3 - v", spike="v > 1", reset="v = 0")
            pop = net.create(size, cell)
            net.connect(pop, pop, "exc").fixed_probability(0.5, weight, delays=2.0)
            net.compile()
            net.simulate(0.5)
            return float(pop.v[size - 1])

    first = run(10, 5.0, 0.1)
    with compilation_forbidden():
        assert run(77, 6.0, 0.2) == pytest.approx(first * 5.0 / 6.0)
