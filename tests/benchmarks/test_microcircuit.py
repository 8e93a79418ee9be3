"""The microcircuit of the benchmarks is the published one."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import annlab

sys.path.insert(0, str(Path(__file__).parents[2]))  # benchmarks are no part of the package

from benchmarks.case import Settings, all_cases
from benchmarks.cases.microcircuit import Microcircuit, describe


def spikes(numbers: Microcircuit, duration_ms: float, backend: str) -> list[dict]:
    with annlab.Network(dt=numbers.step_ms, seed=1, backend=backend) as net:
        pops = describe(annlab, net, numbers, Settings())
        monitors = [net.monitor(pop, "spike") for pop in pops]
        net.compile()
        net.simulate(duration_ms)
        return [monitor.get("spike") for monitor in monitors]


def test_the_full_network_has_the_published_size() -> None:
    assert Microcircuit().n_neurons == 77_169
    # NEST's version of the model counts 298 880 968; each projection is rounded there.
    assert Microcircuit().n_synapses == pytest.approx(298_880_968, abs=64)


def test_a_smaller_one_has_as_much_variance_and_a_current_for_the_mean() -> None:
    full, tenth = Microcircuit(), Microcircuit(size=0.1)
    for post in range(8):
        for pre in range(8):
            of_full = full.inputs(post, pre) * full.weight(post, pre) ** 2
            assert tenth.inputs(post, pre) * tenth.weight(post, pre) ** 2 == pytest.approx(of_full)
    assert full.missing_pa(0) == 0.0
    assert tenth.missing_pa(0) != 0.0


def test_the_same_spikes_on_the_device_as_on_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANNLAB_CUDA_EMULATE", "1")
    numbers = Microcircuit(size=0.01)
    found = spikes(numbers, 3.0, "cuda")
    assert found == spikes(numbers, 3.0, "cpu")
    assert sum(len(times) for pop in found for times in pop.values()) > 20


def test_the_full_network_is_measured_only_where_it_is_named() -> None:
    cases = all_cases()
    assert cases["microcircuit"].is_large
    assert not cases["microcircuit-tenth"].is_large
