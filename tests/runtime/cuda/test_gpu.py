"""What is done through CuPy follows the rules of CUDA, as far as they can be had without a GPU."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from fake_cupy import CompileError, FakeCupy

import annlab as ann
from annlab.errors import (
    BuildError,
    ConfigurationError,
    DeviceError,
    SimulationError,
    TooLargeError,
)
from annlab.runtime.cuda.device import EMULATE_VARIABLE
from annlab.runtime.cuda.gpu import OPTIONS, STEPS_OF_A_GRAPH

CELL = ann.Neuron(
    parameters="up = 0.1", equations="v = 0.9*v + g_exc + up + Normal(0.0, 0.2)",
    spike="v > 1.0", reset="v = 0.0",
)  # fmt: skip
N_STEPS = 2 * STEPS_OF_A_GRAPH + 3


@pytest.fixture
def cupy(monkeypatch: pytest.MonkeyPatch) -> FakeCupy:
    monkeypatch.delenv(EMULATE_VARIABLE, raising=False)
    found = FakeCupy()
    monkeypatch.setitem(sys.modules, "cupy", found)
    return found


def refuse(**_: object) -> object:
    """Stand for RawModule."""

    class Module:
        def get_function(self, name: str) -> None:
            raise CompileError("kern.cu(7): error: no such thing")

    return Module()


def network(backend: str = "cuda") -> ann.Network:
    net = ann.Network(dt=1.0, seed=5, backend=backend)
    pop = net.create(70, CELL, name="pop")
    delays = ann.DiscreteUniform(1, 5)
    net.connect(pop, pop, "exc").fixed_probability(0.2, ann.Uniform(0.0, 0.1), delays=delays)
    net.monitor(pop, ["v", "spike"])
    net.compile()
    return net


def result(net: ann.Network) -> tuple[object, object]:
    (monitor,) = net.get_monitors()
    return monitor.get("v").tolist(), monitor.get("spike")


def test_graphs_of_many_steps_and_of_one_do_what_the_emulation_does(
    cupy: FakeCupy, monkeypatch: pytest.MonkeyPatch
) -> None:
    with network() as net:
        net.simulate(float(N_STEPS))
        net.simulate(1.0)
        found = result(net)
    monkeypatch.setenv(EMULATE_VARIABLE, "1")
    with network() as net:
        net.simulate(float(N_STEPS + 1))
        assert result(net) == found
    assert found[1]


def test_values_are_read_and_set_between_runs(cupy: FakeCupy) -> None:
    with network() as net:
        pop = net.get_population("pop")
        net.simulate(3.0)
        pop.up = 0.0
        pop.v = np.zeros(70)
        pop.on_device("v")[7] = 5.0
        net.simulate(1.0)
        assert np.all(pop.up == 0.0)
        assert 7 in net.get_monitors()[0].get("spike")


def test_a_kernel_that_fails_surfaces_at_the_call_and_the_process_goes_on(cupy: FakeCupy) -> None:
    with network() as net:
        net.simulate(2.0)
        cupy.failing = "cudaErrorIllegalAddress: an illegal memory access was encountered"
        with pytest.raises(SimulationError, match="an illegal memory access"):
            net.simulate(2.0)
        with pytest.raises(DeviceError, match="cudaErrorIllegalAddress"):
            _ = net.get_population("pop").v
    with network(backend="reference") as net:
        net.simulate(2.0)


def test_memory_that_the_pool_refuses_is_named(
    cupy: FakeCupy, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: int) -> None:
        raise MemoryError("Out of memory allocating 512 bytes")

    monkeypatch.setattr(cupy.cuda, "alloc", refuse)
    with pytest.raises(TooLargeError, match="the GPU has no"):
        network()


def test_a_gpu_without_the_instructions_is_refused_by_name(
    cupy: FakeCupy, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = {"name": b"GeForce GTX 1080", "major": 6, "minor": 1, "multiProcessorCount": 20}
    monkeypatch.setattr(cupy.cuda.runtime, "getDeviceProperties", lambda _: old)
    with pytest.raises(DeviceError, match=r"GeForce GTX 1080 is too old.*6\.1, needed is 7\.0"):
        network()


def test_code_that_nvrtc_refuses_is_told_with_its_words(
    cupy: FakeCupy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cupy, "RawModule", refuse)
    with pytest.raises(BuildError, match=r"no such thing\n.*annlab doctor"):
        network()


def use_settings(monkeypatch: pytest.MonkeyPatch, folder: Path, text: str) -> Path:
    settings = folder / "annlab" / "annlab.json"
    settings.parent.mkdir()
    settings.write_text(text)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
    return settings


@pytest.mark.parametrize("said_by", ["Network", "compile", "settings"])
def test_another_gpu_is_chosen_and_nothing_is_done_on_the_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, said_by: str
) -> None:
    monkeypatch.delenv(EMULATE_VARIABLE, raising=False)
    cupy = FakeCupy(n_devices=3)
    monkeypatch.setitem(sys.modules, "cupy", cupy)
    first = 1 if said_by == "settings" else 0  # others come before the file
    use_settings(monkeypatch, tmp_path, f'{{"cuda": {{"device": {first}}}}}')
    net = ann.Network(dt=1.0, seed=5, backend="cuda")
    if said_by == "Network":
        net.config(device=1)
    pop = net.create(70, CELL)
    net.connect(pop, pop, "exc").fixed_probability(0.2, 0.05)
    monitor = net.monitor(pop, "v")
    net.compile(cuda_config={"device": 1} if said_by == "compile" else None)
    net.simulate(float(N_STEPS))
    pop.v = 0.0
    assert pop.on_device("v").shape == (70,)
    net.simulate(3.0)
    assert monitor.get("v").shape == (N_STEPS + 3, 70)
    with net.copy() as twin:
        twin.simulate(2.0)
    assert cupy.used == {1}
    net.clear()


def test_a_gpu_beyond_the_last_is_refused_with_those_there_are(cupy: FakeCupy) -> None:
    net = ann.Network(backend="cuda")
    net.config(device=2)
    with pytest.raises(DeviceError, match=r"no GPU number 2\n.*: 0 \(a fake\)"):
        net.compile()


@pytest.mark.parametrize("text", ['{"cuda": {"device": "first"}}', '{"cuda": {"flags": 3}}'])
def test_settings_that_mean_nothing_are_refused(
    cupy: FakeCupy, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str
) -> None:
    settings = use_settings(monkeypatch, tmp_path, text)
    with pytest.raises(ConfigurationError, match=f"{settings}' cannot be read"):
        network()


def test_flags_of_the_user_come_after_our_own(
    cupy: FakeCupy, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = '{"cuda": {"flags": "--generate-line-info -DX=1"}}'
    settings = use_settings(monkeypatch, tmp_path, text)
    network().clear()
    assert cupy.options == (*OPTIONS, "--generate-line-info", "-DX=1")
    monkeypatch.setattr(cupy, "RawModule", refuse)
    with pytest.raises(BuildError, match=f"{settings}' adds --generate-line-info -DX=1: try wi"):
        network()
