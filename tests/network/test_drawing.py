"""Synapses are drawn side by side, and nobody sees it but for the time it takes."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np
import pytest

import annlab as ann
from annlab.network import drawing

CELLS = ann.Neuron(equations="v = g_exc", spike="v > 1.0")


def network(sizes: Sequence[int]) -> tuple[ann.Network, list[ann.Projection]]:
    net = ann.Network(dt=1.0, seed=7, backend="reference")
    pops = [net.create(n, CELLS) for n in sizes]
    projections = [
        net.connect(pop, pop, "exc").fixed_probability(
            0.3, weights=ann.Normal(1.0, 0.2), delays=ann.DiscreteUniform(1, 4)
        )
        for pop in pops
    ]
    return net, projections


def drawn(projection: ann.Projection) -> list[list]:
    return [
        np.concatenate(x).tolist() for x in (projection.pre_ranks, projection.w, projection.delay)
    ]


@pytest.fixture
def side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "FEW_PAIRS", 10)
    monkeypatch.setattr(drawing, "n_cores", lambda: 3)


def test_the_number_of_threads_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    net, projections = network([20, 30, 25, 10])
    net.compile()
    one_by_one = [drawn(p) for p in projections]
    monkeypatch.setattr(drawing, "FEW_PAIRS", 10)
    monkeypatch.setattr(drawing, "n_cores", lambda: 3)
    net, projections = network([20, 30, 25, 10])
    threads: set[str] = set()
    monkeypatch.setattr(
        ann.Projection, "_draw", _noting(ann.Projection._draw, threads), raising=True
    )
    net.compile()
    assert [drawn(p) for p in projections] == one_by_one
    assert threads
    assert all(name.startswith("annlab-draw") for name in threads)


def _noting(draw, threads: set[str]):
    def noted(projection, rng):
        threads.add(threading.current_thread().name)
        return draw(projection, rng)

    return noted


def test_a_projection_draws_the_same_whatever_another_one_has() -> None:
    net, projections = network([20, 30])
    net.compile()
    expected = drawn(projections[1])
    net, projections = network([500, 30])
    net.compile()
    assert drawn(projections[1]) == expected


def test_no_two_projections_draw_the_same() -> None:
    net, (first, second) = network([30, 30])
    net.compile()
    assert drawn(first) != drawn(second)


@pytest.mark.usefixtures("side_by_side")
def test_what_goes_wrong_beside_another_is_said_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    net, projections = network([20, 30, 25])
    draw, last = ann.Projection._draw, projections[-1]

    def fails(projection, rng):
        if projection is last:
            raise MemoryError("no room")
        return draw(projection, rng)

    with monkeypatch.context() as patch:
        patch.setattr(ann.Projection, "_draw", fails)
        with pytest.raises(MemoryError, match="no room"):
            net.compile()
    assert not any(p.initialized for p in projections)
    assert not [t for t in threading.enumerate() if t.name.startswith("annlab-draw")]
    net.compile()
    twin, expected = network([20, 30, 25])
    twin.compile()
    assert [drawn(p) for p in projections] == [drawn(p) for p in expected]


def test_synapses_are_drawn_anew_after_a_reset() -> None:
    net, (projection,) = network([30])
    net.compile()
    before = drawn(projection)
    net.reset(projections=True, synapses=True, reseed_rng=False)
    assert drawn(projection) != before
