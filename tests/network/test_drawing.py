"""Synapses are drawn side by side, and nobody sees it but for the time it takes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

import annlab as ann
from annlab.codegen.build import cache
from annlab.codegen.build.build import compilation_forbidden
from annlab.codegen.cpu import kernels
from annlab.errors import ArgumentError
from annlab.network import drawing
from annlab.runtime.drawing import plain
from annlab.runtime.drawing.native import NativeDrawing

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


# ---- by what they are drawn ---------------------------------------------------------------------

N = 200  # 40 000 pairs, so that loops that are there are used


def of_all_connectors(backend: str) -> ann.Network:
    net = ann.Network(dt=0.1, seed=3, backend=backend)
    pop = net.create(N, CELLS, name="pop")
    weights = ann.LogNormal(-1.0, 0.5, max=2.0)
    delays = ann.Exponential(1.0, max=3.0)
    for kwargs in ({"weights": weights}, {"weights": ann.Normal(0.1, 0.01), "delays": delays}):
        net.connect(pop, pop, "exc").fixed_probability(0.4, **kwargs)
        net.connect(pop, pop, "exc").fixed_number_pre(60, **kwargs)
        net.connect(pop, pop, "exc").fixed_number_post(150, **kwargs)
        net.connect(pop, pop, "exc").all_to_all(**kwargs)
    return net


@pytest.fixture
def new_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache without the loops that draw."""
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path))
    kernels.drawing_library.cache_clear()
    yield tmp_path
    kernels.drawing_library.cache_clear()


def synapses(net: ann.Network) -> list[tuple]:
    return [(p.pre_ranks, p.w, p.delay) for p in net.get_projections()]


def test_a_seed_draws_the_same_bits_on_every_back_end() -> None:
    kernels.drawing_library()
    expected = of_all_connectors("reference")
    expected.compile()
    net = of_all_connectors("cpu")
    assert isinstance(drawing.drawing_for(100 * N, "cpu"), NativeDrawing)
    net.compile()
    assert synapses(net) == synapses(expected)


@pytest.mark.parametrize(("n_synapses", "backend"), [(19_999, "cpu"), (1e9, "reference")])
def test_numpy_draws_what_is_small_and_for_the_reference(n_synapses: float, backend: str) -> None:
    assert drawing.drawing_for(n_synapses, backend) is plain


def test_loops_are_compiled_once_numpy_has_taken_as_long(new_cache: Path) -> None:
    some = 0.6 * drawing.WORTH_COMPILING
    assert drawing.drawing_for(some, "cpu") is plain
    assert not list(new_cache.rglob("drawing-*.so"))
    assert isinstance(drawing.drawing_for(some, "cpu"), NativeDrawing)
    assert isinstance(drawing.drawing_for(30_000, "cpu"), NativeDrawing)


def test_a_machine_that_cannot_compile_them_draws_with_numpy(
    new_cache: Path,
) -> None:
    with compilation_forbidden():
        assert drawing.drawing_for(1e8, "cpu") is plain


@pytest.mark.parametrize(
    ("connect", "n_drawn"),
    [
        (lambda p: p.all_to_all(0.1, delays=2.0), 0),
        (lambda p: p.all_to_all(ann.Uniform(0.0, 1.0)), 100),
        (lambda p: p.one_to_one(0.1, delays=ann.Uniform(0.1, 1.0)), 20),
        (lambda p: p.fixed_probability(0.5, 0.1), 200),
        (lambda p: p.fixed_number_pre(3, 0.1), 60),
        (lambda p: p.from_matrix(np.ones((20, 20))), 0),
    ],
)
def test_only_what_is_drawn_is_a_reason_to_compile_loops(
    monkeypatch: pytest.MonkeyPatch, connect: Callable[[ann.Projection], object], n_drawn: float
) -> None:
    asked: list[float] = []
    monkeypatch.setattr(drawing, "drawing_for", lambda n, *_: (asked.append(n), plain)[1])
    net = ann.Network(dt=0.1, backend="reference")
    pop = net.create(20, CELLS)
    connect(net.connect(pop, pop, "exc"))
    net.compile()
    assert asked == [n_drawn]


@pytest.mark.parametrize("delays", [ann.Uniform(0.0, 1e12), ann.Normal(0.0, 1.0, 0.1, 1e12)])
def test_delays_that_cannot_be_counted_are_refused(delays: ann.Uniform) -> None:
    net = ann.Network(dt=0.1, backend="reference")
    pop = net.create(3, CELLS)
    with pytest.raises(ArgumentError, match=r"a delay cannot be 1e\+12 ms"):
        net.connect(pop, pop, "exc").fixed_probability(0.5, weights=1.0, delays=delays)


def test_a_distribution_with_its_own_generator_is_drawn_from_that() -> None:
    def weights(seed: int) -> list[list[float]]:
        net = ann.Network(seed=seed, backend="reference")
        pop = net.create(20, CELLS)
        proj = net.connect(pop, pop, "exc").all_to_all(weights=ann.Uniform(0.0, 1.0, seed=4))
        net.compile()
        return proj.w

    assert weights(1) == weights(2)
    expected = ann.Uniform(0.0, 1.0, seed=4).get_values(400)
    assert weights(1)[0][0] == expected[1]  # the first is of a neuron to itself


def test_laws_without_a_place_are_drawn_from_the_seed_too() -> None:
    def weights(seed: int) -> list[list[float]]:
        net = ann.Network(seed=seed, backend="reference")
        pop = net.create(20, CELLS)
        proj = net.connect(pop, pop, "exc").fixed_number_pre(5, weights=ann.Gamma(2.0, 1.0))
        net.compile()
        return proj.w

    assert weights(1) == weights(1)
    assert weights(1) != weights(2)


class _Folded(ann.Normal):
    def get_values(
        self, shape: int | tuple[int, ...], rng: np.random.Generator | None = None
    ) -> np.ndarray:
        return np.abs(super().get_values(shape, rng))


class _Shifted(ann.Normal):
    def _draw(self, rng: np.random.Generator, shape: int | tuple[int, ...]) -> np.ndarray:
        return 10.0 + np.abs(super()._draw(rng, shape))


class _Named(ann.Normal):
    pass


@pytest.mark.parametrize(("kind", "least"), [(_Folded, 0.0), (_Shifted, 10.0)])
def test_a_class_that_draws_in_another_way_is_asked_for_its_values(
    kind: type[ann.Normal], least: float
) -> None:
    net = ann.Network(seed=1, backend="reference")
    pop = net.create(20, CELLS)
    proj = net.connect(pop, pop, "exc").fixed_probability(0.5, weights=kind(0.0, 1.0))
    net.compile()
    assert min(map(min, proj.w)) > least
    assert _Named(0.0, 1.0).law() == ann.Normal(0.0, 1.0).law() is not None


def test_bounds_that_are_too_far_apart_are_refused() -> None:
    net = ann.Network(seed=1, backend="reference")
    pop = net.create(20, CELLS)
    net.connect(pop, pop, "exc").fixed_probability(0.5, weights=ann.Uniform(-1e308, 1.7e308))
    with pytest.raises(ArgumentError, match="cannot be drawn"):
        net.compile()


def test_whole_numbers_are_a_law_where_floats_are_whole() -> None:
    law = ann.DiscreteUniform(-(2**52) + 1, 2**52 - 1).law()
    assert law is not None
    assert (law.a, law.b) == (-(2.0**52) + 1, 2.0**52 - 1)
    assert ann.DiscreteUniform(2**53 + 1, 2**53 + 3).law() is None


def test_projections_side_by_side_share_the_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(drawing, "drawing_for", lambda *args: (asked.append(args[2]), plain)[1])
    monkeypatch.setattr(drawing, "n_cores", lambda: 16)
    monkeypatch.setattr(drawing, "FEW_PAIRS", 10)
    for sizes in ([20], [20, 20, 20], [20] * 40):
        network(sizes)[0].compile()
    assert asked == [16, 5, 1]
