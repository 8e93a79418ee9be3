"""Any connector, any history of changes: a dense matrix of weights says what has to be there."""

from __future__ import annotations

import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from small import RATE, STEADY

from annlab import LILConnectivity, Network, Projection, Uniform
from annlab.runtime.structure import NewSynapses, Structure

# Views of unequal sizes are among the examples.
pytestmark = pytest.mark.filterwarnings("ignore:one_to_one projection .* joins")

N_PRE, N_POST = 9, 9  # 3 x 3: the spatial connectors want a geometry
FORMATS = ("lil", "csr", "ellr", "dense", "auto", None)
ORDERS = ("post_to_pre", "pre_to_post", None)


def by_function(pre: Any, post: Any) -> LILConnectivity:
    """Connect every neuron to the one before it."""
    made = LILConnectivity()
    for place, rank in enumerate(post.ranks):
        made.add(rank, [pre.ranks[place % len(pre.ranks)]], weights=0.5)
    return made


def by_table(projection: Projection, storage: dict[str, Any]) -> None:
    rng = np.random.default_rng(4)
    table = rng.uniform(0.5, 1.0, (len(projection.post.ranks), len(projection.pre.ranks)))
    table[rng.random(table.shape) < 0.5] = np.nan
    projection.from_matrix(table, **storage)


def by_sparse(projection: Projection, storage: dict[str, Any]) -> None:
    from scipy import sparse

    shape = (len(projection.pre.ranks), len(projection.post.ranks))
    matrix = sparse.random_array(shape, density=0.4, rng=np.random.default_rng(5), format="lil")
    projection.from_sparse(matrix, **storage)


Connect = Callable[[Projection, bool, dict[str, Any]], object]
CONNECTORS: dict[str, Connect] = {
    "all_to_all": lambda p, own, s: p.all_to_all(
        Uniform(0.5, 1.0), allow_self_connections=own, **s
    ),
    "one_to_one": lambda p, own, s: p.one_to_one(
        Uniform(0.5, 1.0), **{k: v for k, v in s.items() if v != "dense"}
    ),
    "fixed_probability": lambda p, own, s: p.fixed_probability(
        0.4, Uniform(0.5, 1.0), allow_self_connections=own, **s
    ),
    "fixed_number_pre": lambda p, own, s: p.fixed_number_pre(
        3, Uniform(0.5, 1.0), allow_self_connections=own, **s
    ),
    "fixed_number_post": lambda p, own, s: p.fixed_number_post(
        3, 0.5, allow_self_connections=own, **s
    ),
    "from_matrix": lambda p, own, s: by_table(p, s),
    "from_sparse": lambda p, own, s: by_sparse(p, s),
    "from_function": lambda p, own, s: p.from_function(by_function, **s),
}
SPATIAL: dict[str, Connect] = {
    "gaussian": lambda p, own, s: p.gaussian(1.0, 0.4, allow_self_connections=own),
    "dog": lambda p, own, s: p.dog(1.0, 0.3, 0.5, 0.6, allow_self_connections=own),
}
SIDES = (slice(0, N_PRE), slice(2, 7))


@dataclass(frozen=True)
class Start:
    """How a projection comes to be."""

    connector: str
    allows_self: bool
    pre: slice
    post: slice
    is_recurrent: bool
    storage: tuple[tuple[str, Any], ...]

    def projection(self, **options: Any) -> Projection:
        net = Network(seed=3, **options)
        net.config(structural_plasticity=True)
        pre = net.create((3, 3), STEADY)
        post = pre if self.is_recurrent else net.create((3, 3), RATE)
        pre.r = np.arange(1.0, N_PRE + 1).reshape(3, 3)
        is_spatial = self.connector in SPATIAL
        ends = (pre, post) if is_spatial else (pre[self.pre], post[self.post])
        proj = net.connect(*ends, "exc")
        (SPATIAL if is_spatial else CONNECTORS)[self.connector](
            proj, self.allows_self, dict(self.storage)
        )
        net.compile()
        return proj


starts = st.builds(
    Start,
    connector=st.sampled_from([*CONNECTORS, *SPATIAL]),
    allows_self=st.booleans(),
    pre=st.sampled_from(SIDES),
    post=st.sampled_from(SIDES),
    is_recurrent=st.booleans(),
    storage=st.builds(
        lambda kind, order: (("storage_format", kind), ("storage_order", order)),
        st.sampled_from(("lil", "csr", "dense", "auto", None)),
        st.sampled_from(ORDERS),
    ),
)
one_change = st.tuples(
    st.sampled_from(["create", "prune", "run", "write"]),
    st.integers(0, N_PRE - 1),
    st.integers(0, N_POST - 1),
)
changes = st.lists(one_change, max_size=25)


def table_of(proj: Projection) -> NDArray:
    return proj.connectivity_matrix(fill=np.nan)


def agrees(proj: Projection, table: NDArray) -> None:
    """Every way of looking at a projection shows the table."""
    exists = ~np.isnan(table)
    np.testing.assert_array_equal(table_of(proj), table)
    assert proj.pre_ranks == [np.flatnonzero(exists[post]).tolist() for post in proj.post_ranks]
    assert proj.w == [table[post][exists[post]].tolist() for post in proj.post_ranks]
    assert proj.get("w", as_array=True).tolist() == table[exists].tolist()
    assert proj.nb_synapses == exists.sum()
    assert proj.nb_synapses_per_dendrite == [int(exists[post].sum()) for post in proj.post_ranks]
    assert proj.nb_efferent_synapses() == exists.sum(axis=0).tolist()
    assert set(np.flatnonzero(exists.any(axis=1))) <= set(proj.post_ranks)
    for dendrite in proj:
        row = table[dendrite.post_rank]
        assert dendrite.w == row[~np.isnan(row)].tolist()
        assert [(s.rank, s.w) for s in dendrite] == [
            (int(k), row[k]) for k in np.flatnonzero(~np.isnan(row))
        ]
        np.testing.assert_array_equal(
            dendrite.receptive_field(fill=-1.0).ravel(), np.where(np.isnan(row), -1.0, row)
        )


def change(proj: Projection, table: NDArray, what: str, pre: int, post: int) -> None:
    """Make one change in the projection and in the table."""
    exists = not np.isnan(table[post, pre])
    if post not in proj.post_ranks:
        return
    if what == "create" and not exists:
        table[post, pre] = 0.25 + pre
        proj.dendrite(post).create_synapse(pre, w=0.25 + pre)
    elif what == "prune" and exists:
        table[post, pre] = np.nan
        proj.dendrite(post).prune_synapse(pre)
    elif what == "write" and exists:
        table[post, pre] *= 2.0
        proj.synapse(pre, post).w = table[post, pre]


@pytest.mark.parametrize("backend", ["reference", "cpu"])
@given(start=starts, history=changes)
@settings(max_examples=25, deadline=None)
def test_any_history_of_any_connector(
    backend: str, start: Start, history: list[tuple[str, int, int]]
) -> None:
    proj = start.projection(backend=backend)
    net, table = proj._network, table_of(proj)
    for what, pre, post in history:
        if what != "run":
            change(proj, table, what, pre, post)
            continue
        net.simulate(2.0)
        if not start.is_recurrent:
            expected = np.nan_to_num(table) @ np.arange(1.0, N_PRE + 1)
            np.testing.assert_allclose(net.get_population("pop1").r.ravel(), expected)
    agrees(proj, table)
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "synapses.npz")
        proj.save(path)
        twin = start.projection(backend=backend)
        twin.load(path)
        agrees(twin, table)


@given(start=starts)
@settings(max_examples=25, deadline=None)
def test_connectors_keep_to_their_sides(start: Start) -> None:
    proj = start.projection(backend="reference")
    exists = ~np.isnan(table_of(proj))
    outside = np.ones_like(exists)
    outside[np.ix_(list(proj.post.ranks), list(proj.pre.ranks))] = False
    assert not exists[outside].any()
    takes_self = start.connector in ("one_to_one", "from_matrix", "from_sparse", "from_function")
    if start.is_recurrent and not start.allows_self and not takes_self:
        assert not np.diag(exists).any()


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("kind", FORMATS)
def test_every_storage_gives_the_same_numbers(kind: str | None, order: str | None) -> None:
    def run(storage: dict[str, Any]) -> tuple[NDArray, list[float]]:
        net = Network(seed=3)
        pre, post = net.create(N_PRE, STEADY), net.create(N_POST, RATE)
        pre.r = np.arange(1.0, N_PRE + 1)
        proj = net.connect(pre, post, "exc").fixed_probability(0.5, Uniform(0.0, 1.0), **storage)
        net.compile()
        net.simulate(3.0)
        return table_of(proj), post.r.tolist()

    table, r = run({"storage_format": kind, "storage_order": order})
    expected_table, expected = run({})
    np.testing.assert_array_equal(table, expected_table)
    assert r == expected


@pytest.fixture(scope="module")
def quick_turns() -> Iterator[None]:
    """Let threads take turns often: every look at a network that Python runs waits for one."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-4)
    yield
    sys.setswitchinterval(usual)


@given(history=changes)
@settings(max_examples=40, deadline=None)
def test_any_history_while_the_network_runs(history: list[tuple[str, int, int]]) -> None:
    changes_while_running("cpu", history)


# Few and short: each look waits for Python to give the other thread a turn, and what is looked at
# is the same code with both back ends.
@pytest.mark.usefixtures("quick_turns")
@given(history=st.lists(one_change, min_size=5, max_size=12))
@settings(max_examples=3, deadline=None)
def test_any_history_while_the_reference_runs(history: list[tuple[str, int, int]]) -> None:
    changes_while_running("reference", history)


def changes_while_running(backend: str, history: list[tuple[str, int, int]]) -> None:
    start = Start("fixed_probability", True, SIDES[0], SIDES[0], False, ())
    proj = start.projection(backend=backend)
    table = table_of(proj)
    proj._network.start()
    try:
        for what, pre, post in history:
            change(proj, table, what, pre, post)
        agrees(proj, table)
    finally:
        proj._network.stop()
    agrees(proj, table)


@pytest.mark.parametrize(
    ("look", "expected"),
    [(lambda p: p.dendrite(2).pre_ranks, [3, 4]), (lambda p: p.nb_synapses, N_POST + 1)],
    ids=["ranks", "number"],
)
def test_who_looks_while_changes_are_made_waits_for_them(
    monkeypatch: pytest.MonkeyPatch, look: Callable[[Projection], object], expected: object
) -> None:
    proj = Start("one_to_one", True, SIDES[0], SIDES[0], False, ()).projection(backend="reference")
    seen: list[object] = []
    looker = threading.Thread(target=lambda: seen.append(look(proj)))
    make = Structure.new

    def new(*arguments: Any, **keywords: Any) -> NewSynapses:
        looker.start()
        looker.join(0.1)  # it is as far as it comes
        return make(*arguments, **keywords)

    monkeypatch.setattr(Structure, "new", new)
    proj.dendrite(2).prune_synapse(2)
    for pre in (3, 4):
        proj.dendrite(2).create_synapse(pre, 1.0)
    assert proj.nb_synapses == N_POST + 1  # makes the changes
    looker.join()
    assert seen == [expected]
