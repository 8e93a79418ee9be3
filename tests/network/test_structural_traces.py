"""Event-driven variables stay once per neuron while synapses come: the young ones are apart."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from annlab import Network, Neuron, Projection, Synapse, load_snapshot
from annlab.runtime.native import NativeRunner
from annlab.runtime.traces import TraceMirror, YoungLists

N_PRE, N_POST = 70, 130  # more than a block, so that three threads share the neurons

CLOCK = Neuron(  # a spike every few steps, at a phase of its own
    parameters="phase = 0.0\nperiod = 3.0",
    equations="n = if n >= period - 1.0: 0.0 else: n + 1.0\n4.0 * dg_exc/dt = -g_exc",
    spike="n == phase",
    reset="",
)


def learning(**options: Any) -> Synapse:
    return Synapse(
        parameters="A = 0.125 : projection",
        equations="3.0 * dx/dt = -x : event-driven\n5.0 * dy/dt = -y : event-driven",
        pre_spike="g_target += w\nx += A\nw = clip(w + 0.01 * y, 0.0, 2.0)",
        post_spike="y -= A\nw = clip(w + 0.01 * x, 0.0, 2.0)",
        **options,
    )


def network(synapse: Synapse, delay: float = 0.0, **options: Any) -> Projection:
    net = Network(seed=4, **options)
    net.config(structural_plasticity=True)
    pre, post = net.create(N_PRE, CLOCK), net.create(N_POST, CLOCK)
    pre.set({"phase": np.arange(N_PRE) % 4, "period": 4.0})
    post.set({"phase": np.arange(N_POST) % 5, "period": 5.0})
    proj = net.connect(pre, post, "exc", synapse)
    proj.fixed_probability(0.4, weights=1.0, delays=delay)
    net.compile()
    return proj


def mirror_of(proj: Projection) -> TraceMirror | None:
    mirror = proj._compiled("values").values.mirror
    assert mirror is None or isinstance(mirror, TraceMirror)
    return mirror


RULES = {"creating": "post.n >= 0.0 : proba = 0.01, w = 0.5", "pruning": "w > 0.0 : proba=0.01"}


YOUTH_MS = 36.1 * 5.0  # until the last digit of the slower trace is forgotten


def ruled(
    delay: float, period: float = 7.0, piece: float = 20.0, **options: Any
) -> tuple[list[Any], Projection]:
    proj = network(learning(**RULES), delay, **options)
    proj.start_creating(period)
    proj.start_pruning(period)
    seen = []
    for _ in range(6):
        proj._network.simulate(piece)
        seen += [proj.pre_ranks, proj.get("w", as_array=True), proj.post.g_exc]
        seen += [proj.get(name, as_array=True) for name in "xy"]
    return seen, proj


@pytest.mark.parametrize("delay", [0.0, 3.0])
def test_rules_leave_traces_with_the_neurons(delay: float) -> None:
    found, proj = ruled(delay, backend="cpu", num_threads=1)
    mirror = mirror_of(proj)
    assert mirror is not None
    assert 0 < len(mirror.young) < proj.nb_synapses / 2
    with_threads, _ = ruled(delay, backend="cpu", num_threads=3)
    expected, _ = ruled(delay, backend="reference")
    require_equal(found, with_threads, expected)


def test_synapses_ripen_between_two_changes() -> None:
    long = {"delay": 0.0, "period": 1.5 * YOUTH_MS, "piece": YOUTH_MS}
    found, proj = ruled(**long, backend="cpu", num_threads=1)
    mirror = mirror_of(proj)
    assert mirror is not None
    with_threads, _ = ruled(**long, backend="cpu", num_threads=3)
    expected, _ = ruled(**long, backend="reference")
    require_equal(found, with_threads, expected)


def require_equal(found: list[Any], with_threads: list[Any], expected: list[Any]) -> None:
    for here, there, reference in zip(found, with_threads, expected, strict=True):
        if isinstance(here, list):
            assert here == there == reference
        else:
            np.testing.assert_array_equal(here, there)
            np.testing.assert_allclose(here, reference, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("is_recorded", [False, True])
def test_a_change_binds_anew_what_it_touches(
    is_recorded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything was bound at each change, which took as long as finding what comes."""
    n_bound = 0
    bind = NativeRunner._bind

    def counted(self: NativeRunner) -> None:
        nonlocal n_bound
        n_bound += 1
        bind(self)

    def history(**options: Any) -> list[Any]:
        nonlocal n_bound
        proj = network(learning(**RULES), **options)
        watch = proj._network.monitor(proj.dendrite(3), "w") if is_recorded else None
        proj.start_creating(5.0)
        proj.start_pruning(5.0)
        proj._network.simulate(2.0)
        n_bound = 0
        proj._network.simulate(20.0)
        recorded = [] if watch is None else [row.tolist() for row in watch.get("w")]
        return [proj.get("w", as_array=True), proj.post.g_exc.copy(), recorded]

    expected = history(backend="reference")
    monkeypatch.setattr(NativeRunner, "_bind", counted)
    found = history(backend="cpu")
    assert n_bound == (4 if is_recorded else 0)
    for here, there in zip(found, expected, strict=True):
        if isinstance(here, list):
            assert [len(row) for row in here] == [len(row) for row in there]
        else:
            np.testing.assert_allclose(here, there, rtol=1e-12, atol=1e-15)


def test_more_young_synapses_of_a_neuron_than_are_taken_together() -> None:
    def history(**options: Any) -> list[Any]:
        proj = network(learning(), 2.0, **options)
        proj._network.simulate(13.0)
        for post in range(N_POST):
            dendrite = proj.dendrite(post)
            if post == 4:
                dendrite.prune_synapses(dendrite.pre_ranks)
            free = sorted(set(range(N_PRE)) - set(dendrite.pre_ranks))
            dendrite.create_synapses(free if post == 4 else [k for k in free if k % 9 == 5], 0.25)
        proj._network.simulate(15.0)
        return [proj.get("w", as_array=True), proj.post.g_exc.copy()]

    expected = history(backend="reference")
    for n_threads in (1, 3):
        for here, there in zip(
            history(backend="cpu", num_threads=n_threads), expected, strict=True
        ):
            np.testing.assert_allclose(here, there, rtol=1e-12, atol=1e-15)


def test_young_synapses_ripen() -> None:
    proj = network(learning(), backend="cpu")
    net, dendrite = proj._network, proj.dendrite(3)
    net.simulate(20.0)
    free = sorted(set(range(N_PRE)) - set(dendrite.pre_ranks))[:3]
    dendrite.create_synapses(free, 1.0)
    net.simulate(1.0)
    mirror = mirror_of(proj)
    assert mirror is not None
    assert len(mirror.young) == 3
    net.simulate(YOUTH_MS - 20.0)
    assert len(mirror.young) == 3
    net.simulate(21.0)
    assert mirror_of(proj) is mirror
    assert len(mirror.young) == 0


def test_who_is_left_stays_where_kernels_look() -> None:
    proj = network(learning(), backend="cpu")
    proj._network.simulate(20.0)
    for post in range(0, N_POST, 3):
        dendrite = proj.dendrite(post)
        dendrite.create_synapses(sorted(set(range(N_PRE)) - set(dendrite.pre_ranks))[:5], 0.5)
    proj._network.simulate(1.0)
    mirror = mirror_of(proj)
    assert mirror is not None
    before, young, own = mirror.lists(), mirror.young, dict(mirror.own)
    left = np.flatnonzero(np.arange(len(young)) % 7 == 2)
    expected, values = young[left].copy(), own["x"][left].copy()
    mirror._keep_only(left)
    np.testing.assert_array_equal(mirror.young, expected)
    np.testing.assert_array_equal(mirror.own["x"], values)
    anew = YoungLists.of(expected, proj._compiled("values").storage)
    for field in fields(YoungLists):
        now = getattr(mirror.lists(), field.name)
        np.testing.assert_array_equal(now, getattr(anew, field.name))
        assert np.shares_memory(now, getattr(before, field.name))
    assert np.shares_memory(mirror.young, young)
    assert np.shares_memory(mirror.own["x"], own["x"])


@pytest.mark.parametrize("by_file", [False, True])
def test_a_snapshot_knows_when_they_ripen(by_file: bool, tmp_path: Path) -> None:
    proj = network(learning(**RULES), backend="cpu")
    net = proj._network
    net.simulate(20.0)
    proj.start_creating(4.0 * YOUTH_MS)
    net.simulate(YOUTH_MS / 2.0)
    mirror = mirror_of(proj)
    assert mirror is not None
    assert len(mirror.young) > 20
    snapshot = net.snapshot()
    if by_file:
        snapshot.save(str(tmp_path / "half.npz"))
        snapshot = load_snapshot(str(tmp_path / "half.npz"))
    net.simulate(2.0 * YOUTH_MS)
    expected = proj.get("w", as_array=True)
    net.restore(snapshot)
    net.simulate(2.0 * YOUTH_MS)
    mirror = mirror_of(proj)
    assert mirror is not None
    assert len(mirror.young) < 10  # but for a rounding error
    np.testing.assert_array_equal(proj.get("w", as_array=True), expected)


def test_a_young_synapse_starts_from_the_initial_values() -> None:
    def weight(backend: str) -> float:
        proj = network(learning(), backend=backend)
        dendrite = proj.dendrite(3)
        gone = dendrite.pre_ranks[0]
        proj._network.simulate(21.0)
        dendrite.prune_synapse(gone)
        dendrite.create_synapse(gone, 1.0)
        assert (dendrite[gone].x, dendrite[gone].y) == (0.0, 0.0)
        proj._network.simulate(9.0)
        return dendrite[gone].w

    assert weight("cpu") == pytest.approx(weight("reference"), rel=1e-13)


def test_values_that_users_set_count_for_young_and_old() -> None:
    def history(backend: str) -> np.ndarray:
        proj = network(learning(), backend=backend)
        proj._network.simulate(20.0)
        for dendrite in proj:
            dendrite.prune_synapse(dendrite.pre_ranks[0])
        dendrite = proj.dendrite(3)
        free = next(k for k in range(N_PRE) if k not in dendrite.pre_ranks)
        dendrite.create_synapse(free, 1.0)
        proj._network.simulate(3.0)
        proj.x = 2.0 * proj.get("x", as_array=True)
        proj._network.simulate(10.0)
        return proj.get("w", as_array=True)

    np.testing.assert_allclose(history("cpu"), history("reference"), rtol=1e-12)


def test_a_snapshot_holds_the_young() -> None:
    proj = network(learning(**RULES), backend="cpu")
    net = proj._network
    proj.start_creating(7.0)
    net.simulate(45.0)
    snapshot = net.snapshot()
    net.simulate(30.0)
    expected = proj.get("w", as_array=True)
    net.restore(snapshot)
    mirror = mirror_of(proj)
    assert mirror is not None
    assert len(mirror.young) > 0
    net.simulate(30.0)
    np.testing.assert_array_equal(proj.get("w", as_array=True), expected)
