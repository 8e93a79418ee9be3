"""The native loop without Python's header: the same network, the same numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import annlab
from annlab.codegen.cpu import kernels
from annlab.codegen.cpu.loose import LooseEngine, has_python_header


def _run() -> tuple[np.ndarray, list[int]]:
    net = annlab.Network(dt=1.0, seed=7, backend="cpu", num_threads=2)
    pop = net.create(100, annlab.Izhikevich(noise=6.0), stop_condition="v > 1e9")
    synapses = net.connect(pop, pop, "exc", annlab.STDP())
    synapses.fixed_probability(0.2, weights=0.5)
    spikes = net.monitor(pop, "spike")
    net.compile()
    net.simulate(100.0)
    net.simulate_until(20.0, pop)
    return pop.v, spikes.get("spike")[0]


def test_the_header_is_looked_for_where_python_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("sysconfig.get_path", lambda *_: str(tmp_path))
    assert not has_python_header()
    (tmp_path / "Python.h").touch()
    assert has_python_header()


def test_both_engines_give_the_same_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    bound = _run()
    monkeypatch.setattr("annlab.codegen.cpu.kernels.has_python_header", lambda: False)
    kernels.engine.cache_clear()
    try:
        loose = _run()
        assert isinstance(kernels.engine(), LooseEngine)
    finally:
        kernels.engine.cache_clear()
    np.testing.assert_array_equal(bound[0], loose[0])
    assert bound[1] == loose[1]
