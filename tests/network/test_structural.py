"""Synapses come and go: by hand, by rule, before, between and during runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small import RATE, SPIKING, STEADY

import annlab
from annlab import (
    Creating,
    Network,
    Neuron,
    Parameter,
    Projection,
    Pruning,
    Synapse,
    Uniform,
    Variable,
)
from annlab.errors import AnnlabError, ArgumentError, ShapeError, StateError, UnknownObjectError

BACKENDS = [
    pytest.param({"backend": "reference"}, id="reference"),
    pytest.param({"backend": "cpu", "num_threads": 1}, id="cpu-1"),
    pytest.param({"backend": "cpu", "num_threads": 3}, id="cpu-3"),
]
TABLE = [[1.0, None, 2.0, None], [None, None, None, None], [None, 3.0, None, 4.0]]


def editable(
    synapse: Synapse | None = None, *, table: Any = None, delays: Any = 0.0, **options: Any
) -> Projection:
    """Return a compiled projection of 4 neurons onto 3; the second has no dendrite."""
    net = Network(seed=1, **options)
    net.config(structural_plasticity=True)
    pre, post = net.create(4, STEADY), net.create(3, RATE)
    proj = net.connect(pre, post, "exc", synapse)
    proj.from_matrix(TABLE if table is None else table, delays=delays)
    net.compile()
    return proj


def ruled(
    *, start: Any = "one_to_one", n_pre: int = 4, n_post: int = 4, **rules: Any
) -> Projection:
    """Return a compiled projection whose synapse has rules."""
    options = {k: rules.pop(k) for k in ("backend", "num_threads", "dt") if k in rules}
    net = Network(seed=1, **options)
    pre, post = net.create(n_pre, STEADY), net.create(n_post, STEADY)
    proj = net.connect(pre, post, "exc", Synapse(**rules))
    if start == "one_to_one":
        proj.one_to_one(1.0)
    else:
        proj.from_matrix(start)
    net.compile()
    return proj


# -- by hand ----------------------------------------------------------------------------


def test_a_synapse_is_made_in_the_order_of_ranks() -> None:
    proj = editable()
    proj.dendrite(0).create_synapse(1, w=0.5)
    assert (proj.pre_ranks, proj.w) == ([[0, 1, 2], [1, 3]], [[1.0, 0.5, 2.0], [3.0, 4.0]])
    assert (proj.nb_synapses, proj.nb_synapses_per_dendrite) == (5, [3, 2])


def test_several_are_made_in_any_order() -> None:
    proj = editable()
    proj.dendrite(2).create_synapses([2, 0], weights=[0.2, 0.1])
    assert proj.dendrite(2).pre_ranks == [0, 1, 2, 3]
    assert proj.dendrite(2).w == [0.1, 3.0, 0.2, 4.0]


def test_one_weight_serves_all_that_are_made() -> None:
    proj = editable()
    proj.dendrite(2).create_synapses([2, 0], weights=0.5)
    assert proj.dendrite(2).w == [0.5, 3.0, 0.5, 4.0]


def test_weights_may_be_drawn() -> None:
    proj = editable()
    proj.dendrite(2).create_synapses([2, 0], weights=Uniform(5.0, 6.0))
    assert all(5.0 <= proj.synapse(pre, 2).w <= 6.0 for pre in (0, 2))


def test_dendrites_are_meant_by_rank_not_by_position() -> None:
    proj = editable()
    proj.dendrite(2).prune_synapse(1)
    assert (proj.pre_ranks, proj.w) == ([[0, 2], [3]], [[1.0, 2.0], [4.0]])


def test_a_dendrite_stays_when_its_last_synapse_goes() -> None:
    proj = editable()
    dendrite = proj.dendrite(0)
    dendrite.prune_synapses([2, 0])
    assert (dendrite.pre_ranks, dendrite.w, len(dendrite), dendrite.idx) == ([], [], 0, 0)
    assert (proj.post_ranks, proj.pre_ranks, proj.size) == ([0, 2], [[], [1, 3]], 2)
    dendrite.create_synapse(3, w=7.0)
    assert proj.w == [[7.0], [3.0, 4.0]]


def test_ranks_are_known_before_the_arrays_are_changed() -> None:
    proj = editable()
    dendrite, storage = proj.dendrite(0), proj._state.storage
    dendrite.create_synapse(3)
    dendrite.prune_synapse(0)
    assert (dendrite.pre_ranks, dendrite.size) == ([2, 3], 2)
    assert [s.rank for s in dendrite] == [2, 3]
    assert proj._state.storage is storage  # one pass for all changes, when it has to be


def test_other_dendrites_are_read_while_changes_wait() -> None:
    proj = editable()
    storage = proj._state.storage
    proj.dendrite(0).create_synapse(3)
    assert proj.dendrite(2).w == [3.0, 4.0]
    assert proj._state.storage is storage
    assert proj.dendrite(0).w == [1.0, 2.0, 0.0]
    assert proj._state.storage is not storage


def test_a_synapse_that_is_made_anew_starts_afresh() -> None:
    proj = editable(Synapse(equations="c += 1.0"))
    proj._network.simulate(3.0)
    proj.dendrite(0).prune_synapse(0)
    proj.dendrite(0).create_synapse(0, w=9.0)
    assert (proj.w[0], proj.c[0]) == ([9.0, 2.0], [0.0, 3.0])


@pytest.mark.parametrize(
    ("declared", "given", "expected"),
    [
        ({"k": 0.5}, None, 0.5),
        ({"k": 0.5}, 0.7, 0.7),
        ({"k": 0.5}, [[1.0, 2.0], [3.0, 4.0]], 0.5),  # the list tells of what was there
        ({"k": "start"}, None, 0.25),
    ],
    ids=["declared", "set", "list", "constant"],
)
def test_other_attributes_take_their_initial_values(
    declared: Any, given: Any, expected: float
) -> None:
    annlab.Constant("start", 0.25)
    net = Network(seed=1)
    net.config(structural_plasticity=True)
    synapse = Synapse(declared, equations=[Variable("c = c", init="k")])
    proj = net.connect(net.create(4, STEADY), net.create(3, RATE), "exc", synapse)
    proj.from_matrix(TABLE)
    if given is not None:
        proj.k = given
    net.compile()
    proj.dendrite(0).create_synapse(1)
    k = proj.k
    assert (k[0][1] if isinstance(k, list) else k) == expected
    assert proj.c[0][1] == expected


def test_initial_values_are_drawn_for_each() -> None:
    proj = editable(Synapse({"k": Parameter(Uniform(2.0, 3.0), locality="local")}))
    proj.dendrite(0).create_synapses([1, 3])
    first, second = proj.k[0][1], proj.k[0][3]
    assert 2.0 <= first <= 3.0
    assert 2.0 <= second <= 3.0
    assert first != second


@pytest.mark.parametrize("options", BACKENDS)
@pytest.mark.parametrize("connector", ["all_to_all", "one_to_one", "fixed_probability"])
def test_sums_follow_changes(connector: str, options: dict[str, Any]) -> None:
    net = Network(seed=1, **options)
    net.config(structural_plasticity=True)
    pre, post = net.create(5, STEADY), net.create(5, RATE)
    pre.r = np.arange(1.0, 6.0)
    proj = net.connect(pre, post, "exc")
    getattr(proj, connector)(*([0.5] if connector == "fixed_probability" else []), weights=2.0)
    net.compile()
    dendrite = next(iter(proj))
    dendrite.prune_synapse(dendrite.pre_ranks[0])
    missing = [k for k in range(5) if k not in dendrite.pre_ranks]
    dendrite.create_synapses(missing, weights=0.25)
    net.simulate(2.0)
    np.testing.assert_allclose(post.r, proj.connectivity_matrix() @ pre.r)
    dendrite.prune_synapse(missing[0])
    net.simulate(2.0)
    np.testing.assert_allclose(post.r, proj.connectivity_matrix() @ pre.r)


SPIKES = {
    "plain": Synapse(pre_spike="g_target += w"),
    "learning": Synapse(
        equations="10.0 * dx/dt = -x : event-driven",
        pre_spike="g_target += w\nx += 1.0\nw += 0.125 * x",
        post_spike="w -= 0.25 * x",
    ),
}


STDP = Synapse(
    equations="10.0 * dx/dt = -x : event-driven\n20.0 * dy/dt = -y : event-driven",
    pre_spike="g_target += w\nx += 1.0\nw += 0.125 * y",
    post_spike="y += 1.0\nw += 0.25 * x",
)


def spiking(delays: Any, synapse: Synapse, **options: Any) -> Projection:
    net = Network(seed=2, **options)
    net.config(structural_plasticity=True)
    source = Neuron(
        parameters="phase = 0.0",
        equations="n = if n >= 2.0: 0.0 else: n + 1.0",
        spike="n == phase",
        reset="",
    )
    pre, post = net.create(9, source), net.create(6, Neuron(
        equations="v = v + g_exc", spike="v > 20.0", reset="v = 0.0"
    ))  # fmt: skip
    pre.phase = np.arange(9) % 3
    proj = net.connect(pre, post, "exc", synapse).fixed_probability(0.9, 1.0, delays=delays)
    net.compile()
    return proj


@pytest.mark.parametrize("delays", [0.0, 2.0, Uniform(1.0, 4.0)], ids=["none", "one", "many"])
@pytest.mark.parametrize("kind", SPIKES)
@pytest.mark.parametrize("options", BACKENDS[1:])
def test_spikes_take_the_ways_that_there_are(
    kind: str, delays: Any, options: dict[str, Any]
) -> None:
    """A history of changes on one back end and on the reference: the same numbers."""

    def history(proj: Projection) -> tuple[Any, ...]:
        net, rng = proj._network, np.random.default_rng(3)
        seen = []
        for _ in range(6):
            for dendrite in proj:
                there = dendrite.pre_ranks
                dendrite.prune_synapses(there[::3])
                free = sorted(set(range(9)) - set(dendrite.pre_ranks))
                chosen = rng.permutation(free)[:2].tolist()
                steps = rng.integers(1, 5, len(chosen)) if proj.uniform_delay < 0 else 0.0
                dendrite.create_synapses(chosen, 1.0, steps)
            net.simulate(4.0)
            seen.append((proj.pre_ranks, proj.w, proj.delay, proj.post.v.tolist()))
        return tuple(seen)

    found = history(spiking(delays, SPIKES[kind], **options))
    expected = history(spiking(delays, SPIKES[kind], backend="reference"))
    assert [s[0] for s in found] == [s[0] for s in expected]
    assert [s[2] for s in found] == [s[2] for s in expected]
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one[3], other[3], rtol=1e-12)
        np.testing.assert_allclose(np.concatenate(one[1]), np.concatenate(other[1]), rtol=1e-12)


@pytest.mark.parametrize("options", BACKENDS)
def test_pruned_synapses_transmit_no_spikes(options: dict[str, Any]) -> None:
    proj = spiking(0.0, SPIKES["plain"], **options)
    for dendrite in proj:
        dendrite.prune_synapses(dendrite.pre_ranks)
    proj._network.simulate(10.0)
    assert proj.post.v.tolist() == [0.0] * 6


@given(
    changes=st.lists(
        st.tuples(st.sampled_from(["create", "prune", "read", "run"]), st.integers(0, 7)),
        max_size=12,
    )
)
@settings(max_examples=30)
def test_any_history_ends_where_the_list_of_synapses_ends(changes: list[tuple[str, int]]) -> None:
    proj = editable()
    known = {(0, 0): 1.0, (2, 0): 2.0, (1, 2): 3.0, (3, 2): 4.0}
    for count, (what, place) in enumerate(changes):
        pre, post = place % 4, 2 * (place // 4)
        dendrite = proj.dendrite(post)
        if what == "create" and (pre, post) not in known:
            dendrite.create_synapse(pre, w=float(count))
            known[pre, post] = float(count)
        elif what == "prune" and (pre, post) in known:
            dendrite.prune_synapse(pre)
            del known[pre, post]
        elif what == "read":
            assert dendrite.w == [known[k, post] for k in range(4) if (k, post) in known]
        elif what == "run":
            proj._network.simulate(1.0)
    expected = np.zeros((3, 4))
    for (pre, post), weight in known.items():
        expected[post, pre] = weight
    np.testing.assert_array_equal(proj.connectivity_matrix(), expected)


def test_delays_are_those_of_all_unless_each_has_its_own() -> None:
    proj = editable(table=[[1.0, None, 2.0, None]] * 3, delays=[[2.0, 1.0, 3.0, 1.0]] * 3)
    proj.dendrite(1).create_synapse(1, w=1.0, delay=5.0)
    proj.dendrite(2).create_synapse(3, w=1.0)
    assert proj.delay == [[2.0, 3.0], [2.0, 5.0, 3.0], [2.0, 3.0, 1.0]]
    assert proj.max_delay == 5


@pytest.mark.parametrize(
    ("act", "error", "text"),
    [
        (
            lambda d: d.create_synapse(0),
            ArgumentError,
            "already has a synapse 0 -> 0\n.*at most one synapse between.*\n.*prune it first",
        ),
        (lambda d: d.create_synapses([1, 0]), ArgumentError, "already has a synapse 0 -> 0"),
        (lambda d: d.prune_synapse(1), UnknownObjectError, "there is no synapse 1 -> 0 in proj"),
        (lambda d: d.prune_synapses([0, 3]), UnknownObjectError, "there is no synapse 3 -> 0"),
        (
            lambda d: d.create_synapse(4),
            ArgumentError,
            "has no presynaptic neuron 4\n.*ranks of 'pop0' go from 0 to 3",
        ),
        (lambda d: d.create_synapse(-1), ArgumentError, "has no presynaptic neuron -1"),
        (
            lambda d: d.create_synapses([1, 3, 1]),
            ArgumentError,
            r"ranks \[1, 3, 1\] for the dendrite of neuron 0 .* name a neuron twice",
        ),
        (
            lambda d: d.create_synapses([1, 3], weights=[1.0]),
            ShapeError,
            "'w' of new synapses of neuron 0 in projection .* has 2 values, 1 were given",
        ),
        (
            lambda d: d.create_synapse(1, delay=3.0),
            ArgumentError,
            "one delay of 1 ms for all synapses, 3 ms was given\n.*one delay per synapse",
        ),
    ],
)
def test_refused_and_nothing_changes(
    act: Callable[[Any], object], error: type[Exception], text: str
) -> None:
    proj = editable()
    with pytest.raises(error, match=text) as caught:
        act(proj.dendrite(0))
    assert isinstance(caught.value, AnnlabError)
    assert proj.w == [[1.0, 2.0], [3.0, 4.0]]


@pytest.mark.parametrize(
    ("method", "what"), [("create_synapse", "created"), ("prune_synapse", "pruned")]
)
def test_refused_without_the_option(method: str, what: str) -> None:
    net = Network()
    proj = net.connect(net.create(4, STEADY), net.create(3, RATE), "exc").from_matrix(TABLE)
    net.compile()
    text = f"cannot be {what}\n.*without structural plasticity\n.*config.structural_plasticity=True"
    with pytest.raises(StateError, match=text):
        getattr(proj.dendrite(0), method)(1)


def test_single_weights_become_own_ones() -> None:
    net = Network()
    net.config(structural_plasticity=True)
    proj = net.connect(net.create(2, STEADY), net.create(2, RATE), "exc").all_to_all(1.5)
    net.compile()
    assert proj.w == [[1.5, 1.5], [1.5, 1.5]]
    assert proj.storage.startswith("csr")


def test_reset_of_synapses_forgets_the_changes() -> None:
    proj = editable()
    proj.dendrite(0).create_synapse(1)
    proj._network.reset(synapses=True, projections=True)
    assert proj.w == [[1.0, 2.0], [3.0, 4.0]]
    proj.dendrite(2).prune_synapse(3)
    assert proj.w == [[1.0, 2.0], [3.0]]


def test_files_hold_the_changes(tmp_path: Any) -> None:
    proj = editable()
    proj.dendrite(0).create_synapse(1, w=0.5)
    proj.save(str(tmp_path / "proj.npz"))
    proj.dendrite(0).prune_synapses([0, 1])
    proj.load(str(tmp_path / "proj.npz"))
    assert proj.w == [[1.0, 0.5, 2.0], [3.0, 4.0]]
    proj.dendrite(0).prune_synapse(1)
    assert proj.pre_ranks == [[0, 2], [1, 3]]


@pytest.mark.parametrize("options", BACKENDS)
def test_changes_while_the_network_runs(options: dict[str, Any]) -> None:
    proj = editable(**options)
    net, dendrite = proj._network, proj.dendrite(0)
    net.start()
    try:
        for _ in range(20):
            dendrite.create_synapse(3, w=1.0)
            assert dendrite.w == [1.0, 2.0, 1.0]
            dendrite.prune_synapse(3)
            with pytest.raises(UnknownObjectError, match="there is no synapse 3 -> 0"):
                dendrite.prune_synapse(3)
        dendrite.create_synapse(1, w=0.5)
    finally:
        net.stop()
    net.simulate(1.0)
    assert proj.post.r.tolist() == [3.5, 0.0, 7.0]


# -- monitors ---------------------------------------------------------------------------


def test_a_dendrite_is_recorded_through_its_changes() -> None:
    proj = editable(Synapse(equations="c += 1.0"))
    net, watch = proj._network, proj._network.monitor(proj.dendrite(0), "c")
    net.simulate(2.0)
    proj.dendrite(0).create_synapse(1)
    net.simulate(2.0)
    proj.dendrite(0).prune_synapse(0)  # two of three are left, as at first
    net.simulate(1.0)
    rows = [row.tolist() for row in watch.get("c", keep=True)]
    assert rows == [[1, 1], [2, 2], [3, 1, 3], [4, 2, 4], [3, 5]]
    assert [row.tolist() for row in watch.get("c")] == rows
    assert watch.times() == {"c": {"start": [0], "stop": [5]}}
    net.simulate(1.0)
    assert watch.get("c").tolist() == [[4, 6]]


def test_a_projection_is_recorded_through_its_changes() -> None:
    proj = editable(Synapse(equations="w += 0.0"))
    net, watch = proj._network, proj._network.monitor(proj, "w", period=2.0)
    net.simulate(2.0)
    proj.dendrite(0).create_synapse(1, w=0.5)
    net.simulate(2.0)
    found = [[part.tolist() for part in row] for row in watch.get("w")]
    assert found == [[[1, 2], [3, 4]], [[1, 0.5, 2], [3, 4]]]


def test_a_row_of_the_same_length_stays_in_one_table() -> None:
    proj = editable(Synapse(equations="w += 0.0"))
    net, watch = proj._network, proj._network.monitor(proj.dendrite(0), "w")
    net.simulate(1.0)
    proj.dendrite(0).create_synapse(3, w=7.0)
    proj.dendrite(0).prune_synapse(0)
    net.simulate(1.0)
    assert watch.get("w").tolist() == [[1.0, 2.0], [2.0, 7.0]]


# -- by rule ----------------------------------------------------------------------------


def test_rules_rest_until_they_are_started() -> None:
    proj = ruled(creating="pre.r > 0.0", pruning="w > 0.0")
    proj._network.simulate(3.0)
    assert proj.pre_ranks == [[0], [1], [2], [3]]


@pytest.mark.parametrize("options", BACKENDS)
def test_synapses_are_created_where_there_are_none(options: dict[str, Any]) -> None:
    table = [[5.0, None, None], [None, None, None], [None, None, 5.0]]
    rule = Creating("pre.r * post.r > 1.0", w=0.5)
    proj = ruled(start=table, n_pre=3, n_post=3, creating=rule, **options)
    proj.pre.r, proj.post.r = [3.0, 0.0, 2.0], [1.0, 1.0, 0.5]
    proj.start_creating()
    proj._network.simulate(1.0)
    # Neuron 1 has no dendrite; 2 * 0.5 is not above 1; what exists keeps its weight.
    assert (proj.pre_ranks, proj.w) == ([[0, 2], [0, 2]], [[5.0, 0.5], [0.5, 5.0]])


@pytest.mark.parametrize("options", BACKENDS)
def test_synapses_are_pruned_by_their_own_values(options: dict[str, Any]) -> None:
    proj = ruled(
        start=[[1.0, 2.0, 3.0, 4.0]] * 4, pruning="w > limit : proba=1.0",
        parameters="limit = 2.5 : projection", **options,
    )  # fmt: skip
    proj.start_pruning()
    proj._network.simulate(1.0)
    assert proj.pre_ranks == [[0, 1]] * 4


def test_text_and_objects_mean_the_same() -> None:
    texts = {"creating": "pre.r > 0.0 : proba=0.5, w=2.0", "pruning": "w < 1.5 : proba=0.5"}
    objects = {
        "creating": Creating("pre.r > 0.0", proba=0.5, w=2.0),
        "pruning": Pruning("w < 1.5", proba=0.5),
    }
    first, second = (grown(ruled(n_pre=12, n_post=12, **rules)) for rules in (texts, objects))
    assert first == second


def grown(proj: Projection) -> tuple[Any, Any]:
    proj.start_creating(period=2.0)
    proj.start_pruning(period=3.0)
    proj._network.simulate(13.0)
    return proj.pre_ranks, proj.w


def test_a_period_counts_from_the_call_on_the_clock_of_the_network() -> None:
    annlab.Network()  # another clock
    proj = ruled(
        start=[[None, 0.0]], n_pre=2, n_post=1, dt=0.5, creating="t > 0.0", pruning="t > 0"
    )
    net = proj._network
    net.simulate(1.5)  # step 3 is next: the rule is due in steps 3, 7, 11
    proj.start_pruning(period=2.0)
    sizes = []
    for _ in range(9):
        proj._network.step()
        sizes.append(proj.nb_synapses)
        for free in {0, 1} - set(proj.dendrite(0).pre_ranks):
            proj.dendrite(0).create_synapse(free)
    assert sizes == [0, 2, 2, 2, 0, 2, 2, 2, 0]


def test_a_stopped_rule_rests() -> None:
    proj = ruled(creating="pre.r > 0.0")
    proj.start_creating()
    proj.stop_creating()
    proj._network.simulate(2.0)
    assert proj.nb_synapses == 4


def test_what_is_created_may_be_pruned_in_the_same_step() -> None:
    proj = ruled(creating=Creating("pre.r > 0.0", w=0.5), pruning="w < 1.0")
    proj.start_creating()
    proj.start_pruning()
    proj._network.simulate(3.0)
    assert proj.w == [[1.0]] * 4


def test_rules_see_the_values_of_their_step() -> None:
    net = Network(seed=1)
    counter = Neuron(equations="r = t")
    proj = net.connect(net.create(2, counter), net.create(2, counter), "exc",
                       Synapse(creating="pre.r == 2.0 and t == 2.0"))  # fmt: skip
    proj.one_to_one(1.0)
    net.compile()
    proj.start_creating()
    net.simulate(2.0)
    assert proj.nb_synapses == 2
    net.simulate(1.0)
    assert proj.nb_synapses == 4


def test_new_synapses_have_the_delay_of_the_rule() -> None:
    proj = ruled(creating=Creating("pre.r > 0.0", d=3.0))
    proj.start_creating()
    proj._network.simulate(1.0)
    assert proj.delay[0] == [1.0, 3.0, 3.0, 3.0]


def test_new_synapses_have_the_delay_of_all() -> None:
    proj = ruled(creating="pre.r > 0.0")
    proj.start_creating()
    proj._network.simulate(1.0)
    assert proj.delay == 1.0


def test_a_share_of_the_pairs_is_created() -> None:
    proj = ruled(n_pre=200, n_post=200, creating="pre.r > 0.0 : proba=0.1, w=Uniform(2.0, 3.0)")
    proj.start_creating()
    proj._network.simulate(1.0)
    n_free = 200 * 199
    n_created = proj.nb_synapses - 200
    assert n_created == pytest.approx(0.1 * n_free, abs=5 * np.sqrt(n_free * 0.09))
    new = [w for row in proj.w for w in row if w != 1.0]
    assert 2.0 <= min(new) < 2.05
    assert 2.95 < max(new) <= 3.0


def test_a_random_condition_is_drawn_for_each_pair() -> None:
    proj = ruled(n_pre=100, n_post=100, creating="Uniform(0.0, 1.0) < 0.3")
    proj.start_creating()
    proj._network.simulate(1.0)
    assert proj.nb_synapses - 100 == pytest.approx(0.3 * 9900, abs=5 * np.sqrt(9900 * 0.21))


def test_views_bound_what_is_created() -> None:
    net = Network(seed=1)
    pre, post = net.create(6, STEADY), net.create(6, STEADY)
    proj = net.connect(pre[2:4], post[1:3], "exc", Synapse(creating="pre.r > 0.0"))
    proj.one_to_one(1.0)
    net.compile()
    proj.start_creating()
    net.simulate(1.0)
    assert (proj.post_ranks, proj.pre_ranks) == ([1, 2], [[2, 3], [2, 3]])


LIVELY = {
    "equations": "age += 1.0",
    "creating": "pre.r * post.r > 1.0 : proba=0.05, w=Normal(1.0, 0.1)",
    "pruning": "age > Uniform(2.0, 9.0) : proba=0.4",
}


def life(**options: Any) -> list[Any]:
    proj = ruled(n_pre=90, n_post=90, **LIVELY, **options)
    proj.pre.r, proj.post.r = np.arange(90) * 0.25, np.arange(90) * 0.125
    proj.start_creating(period=2.0)
    proj.start_pruning(period=3.0)
    proj._network.simulate(17.0)
    return [proj.pre_ranks, proj.w, proj.age]


@pytest.mark.parametrize("num_threads", [1, 2, 3])
def test_all_back_ends_give_the_same_bits(num_threads: int) -> None:
    assert life(backend="cpu", num_threads=num_threads) == life(backend="reference")


def test_pieces_of_a_run_give_the_same_bits() -> None:
    proj = ruled(n_pre=90, n_post=90, **LIVELY, backend="cpu")
    proj.pre.r, proj.post.r = np.arange(90) * 0.25, np.arange(90) * 0.125
    proj.start_creating(period=2.0)
    proj.start_pruning(period=3.0)
    net = proj._network
    net.simulate(4.0)
    net.start(duration=9.0)
    net.wait()
    for _ in range(4):
        net.step()
    assert [proj.pre_ranks, proj.w, proj.age] == life(backend="reference")


def test_rules_in_the_background_can_be_watched_and_stopped() -> None:
    proj = ruled(n_pre=20, n_post=20, creating="pre.r > 0.0 : proba=0.01", backend="cpu")
    net = proj._network
    proj.start_creating()
    net.start()
    try:
        while proj.nb_synapses < 30:
            net._call(lambda: None)
        proj.stop_creating()
        n_synapses = proj.nb_synapses
        net._call(lambda: None)
        assert proj.nb_synapses == n_synapses
    finally:
        net.stop()


def test_a_projection_without_rules_is_changed_by_hand_beside_one_with() -> None:
    net = Network(seed=1, backend="cpu")
    a, b = net.create(4, STEADY), net.create(4, RATE)
    net.connect(a, b, "other", Synapse(pruning="w > 0.0")).one_to_one(1.0)
    proj = net.connect(a, b, "exc").all_to_all(2.0)
    net.compile()
    assert proj.w == 2.0  # fast, until it is changed
    proj.dendrite(1).prune_synapse(3)
    net.simulate(1.0)
    assert proj.w == [[2.0] * 4, [2.0] * 3, [2.0] * 4, [2.0] * 4]
    assert b.r.tolist() == [8.0, 6.0, 8.0, 8.0]


def test_the_compiled_kernel_is_found_behind_the_rules() -> None:
    proj = ruled(creating="pre.r > 0.0", backend="cpu")
    assert "in the cache under the key projection-" in str(proj.explain("code"))


def test_traces_of_other_projections_go_on() -> None:
    net = Network(seed=1, backend="cpu")
    a, b = net.create(4, STEADY), net.create(4, STEADY)
    changing = net.connect(a, b, "exc", Synapse(pruning="w > 0.0")).one_to_one(1.0)
    source, sink = net.create(annlab.PoissonPopulation(5, rates=300.0)), net.create(2, SPIKING)
    stdp = net.connect(source, sink, "exc", annlab.STDP()).all_to_all(0.1)
    net.compile()
    net.simulate(50.0)
    changing.start_pruning()
    net.simulate(50.0)
    assert changing.nb_synapses == 0
    assert stdp._state.values.mirror is not None


@pytest.mark.parametrize("reads", [False, True])
def test_traces_of_neurons_stay_when_synapses_come_and_go(reads: bool) -> None:
    def history(backend: str) -> tuple[list[bool], list[Any]]:
        proj = spiking(0.0, STDP, backend=backend)
        has_traces, seen = [], []
        for k in range(6):
            proj._network.simulate(4.0)
            if reads:
                seen.append(np.concatenate(proj.x))
            for dendrite in proj:
                dendrite.prune_synapses(dendrite.pre_ranks[:1])
            proj._network.simulate(3.0)
            has_traces.append(proj._state.values.mirror is not None)
            seen += [np.concatenate(proj.w), np.concatenate(proj.y)] if reads or k == 5 else []
            if k == 3:
                proj.dendrite(0).create_synapse(proj.dendrite(0).pre_ranks[0] - 1, w=1.0)
        return has_traces, seen

    has_traces, found = history("cpu")
    _, expected = history("reference")
    assert all(has_traces)
    np.testing.assert_allclose(np.concatenate(found), np.concatenate(expected), rtol=1e-12)


@pytest.mark.parametrize(
    ("act", "error", "text"),
    [
        (lambda p: p.start_pruning(), StateError, "has no rule `pruning`\n.*pruning=..."),
        (lambda p: p.stop_pruning(), StateError, "has no rule `pruning`"),
        (
            lambda p: p.start_creating(period=0.0),
            ArgumentError,
            "cannot evaluate `creating` every 0.0 ms\n.*above 0; a step takes 1 ms",
        ),
    ],
)
def test_refused_rules(
    act: Callable[[Projection], object], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        act(ruled(creating="pre.r > 0.0"))


@pytest.mark.parametrize(
    "method", ["start_creating", "stop_creating", "start_pruning", "stop_pruning"]
)
def test_rules_need_a_compiled_network(method: str) -> None:
    net = Network()
    pop = net.create(2, STEADY)
    proj = net.connect(pop, pop, "exc", Synapse(creating="pre.r > 0.0", pruning="w > 0.0"))
    with pytest.raises(StateError, match="is not compiled, so it has no synapses that come and go"):
        getattr(proj, method)()
