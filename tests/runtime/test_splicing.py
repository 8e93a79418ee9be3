"""Rows after a splice are those that a storage built at once would have."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from annlab.codegen.cpu.kernels import engine
from annlab.ir.expr import Side
from annlab.runtime.binding.splicing import NativeCopier
from annlab.runtime.binding.storage import BoundStorage
from annlab.runtime.free_pairs import FreePairs
from annlab.runtime.memory import Rooms
from annlab.runtime.rules import picked
from annlab.runtime.splicing import NUMPY, Copier, Splice, locate, splice
from annlab.runtime.storage import Connectivity, Storage, compressed

N_PRE, N_POST = 6, 5

Pairs = dict[tuple[int, int], tuple[float, int]]  # (pre, post) -> weight, delay

pairs = st.dictionaries(
    st.tuples(st.integers(0, N_PRE - 1), st.integers(0, N_POST - 1)),
    st.tuples(st.floats(0, 1), st.integers(1, 4)),
    max_size=20,
)


def built(synapses: Pairs, major: Side, *, has_delays: bool) -> tuple[Storage, np.ndarray]:
    """Return the storage of some synapses, and their weights in its order."""
    keys = sorted(synapses, key=lambda pair: pair[::-1])
    counts = np.bincount([post for _, post in keys], minlength=N_POST)
    connectivity = Connectivity(
        major=Side.POST,
        n_pre=N_PRE,
        n_post=N_POST,
        row_ptr=np.concatenate(([0], np.cumsum(counts))),
        index=np.array([pre for pre, _ in keys], np.int32),
        weights=np.array([synapses[k][0] for k in keys], float),
        delays=np.array([synapses[k][1] for k in keys], np.int32) if has_delays else 1,
    )
    storage, weights = compressed(connectivity, major, delays_cut_rows=major is Side.PRE)
    return storage, np.asarray(weights)


@pytest.mark.parametrize("has_delays", [False, True])
@pytest.mark.parametrize("major", [Side.PRE, Side.POST])
@given(before=pairs, after=pairs)
def test_a_spliced_storage_is_the_one_built_at_once(
    major: Side, has_delays: bool, before: Pairs, after: Pairs
) -> None:
    storage, weights = built(before, major, has_delays=has_delays)
    gone = [pair for pair in before if before[pair] != after.get(pair)]
    come = [pair for pair in after if before.get(pair) != after[pair]]
    leaving = np.sort(locate(storage, *columns(gone)))
    delays = np.array([after[pair][1] for pair in come], np.int32) if has_delays else None

    changed, joint, order = splice(storage, leaving, *columns(come), delays)

    expected, expected_weights = built(after, major, has_delays=has_delays)
    new_weights = np.array([after[pair][0] for pair in come], float)
    np.testing.assert_array_equal(joint.apply(weights, new_weights[order]), expected_weights)
    for name in ("row_ptr", "index", "delays", "segment_ptr", "segment_delay"):
        np.testing.assert_array_equal(getattr(changed, name), getattr(expected, name))
    assert (changed.n_synapses, changed.n_slots) == (len(after), len(after))


def ranks(n: int) -> st.SearchStrategy[set[int]]:
    return st.sets(st.integers(0, n - 1), min_size=1)


def columns(keys: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    table = np.array(keys, np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


@pytest.mark.parametrize("n_changes", [3, 400])  # runs are copied; a mask is used
def test_values_keep_their_order_however_much_changes(n_changes: int) -> None:
    rng = np.random.default_rng(1)
    values = rng.random(1000)
    leaving = np.sort(rng.choice(1000, n_changes, replace=False))
    before = np.sort(rng.integers(0, 1001, n_changes))
    coming = rng.random(n_changes)

    result = Splice(1000, leaving, before).apply(values, coming)

    expected = []
    for k in range(1001):
        expected += coming[before == k].tolist()
        expected += [values[k]] if k < 1000 and k not in leaving else []
    assert result.tolist() == expected


def uniform(ids: np.ndarray) -> np.ndarray:
    return np.random.default_rng(7).random(10**6)[ids.astype(int)]


def test_a_share_is_picked() -> None:
    found = np.concatenate(list(picked(10**6, 0.01, uniform)))
    assert len(found) == pytest.approx(10**4, abs=400)  # four standard deviations
    assert np.all(np.diff(found) > 0)
    assert np.mean(found) == pytest.approx(5e5, abs=1.2e4)


@pytest.mark.parametrize(("probability", "expected"), [(0.0, []), (1.0, [0, 1, 2]), (1e-300, [])])
def test_picks_at_the_bounds(probability: float, expected: list[int]) -> None:
    found = [int(k) for part in picked(3, probability, uniform) for k in part]
    assert found == expected


def copiers() -> list[Copier]:
    return [NUMPY, NativeCopier(engine())]


@given(
    old=st.lists(st.integers(0, 9), max_size=40),
    changes=st.lists(st.tuples(st.integers(0, 40), st.booleans()), max_size=30),
    dtype=st.sampled_from([np.bool_, np.uint16, np.float32, np.int64]),
)
def test_all_copiers_do_the_same(
    old: list[int], changes: list[tuple[int, bool]], dtype: type[np.generic]
) -> None:
    values = np.array(old, dtype)
    leaving = np.array(sorted({k for k, leaves in changes if leaves and k < len(old)}), np.int64)
    before = np.array(sorted(k for k, leaves in changes if not leaves and k <= len(old)), np.int64)
    coming = np.arange(len(before)).astype(dtype)
    expected = []
    for k in range(len(old) + 1):
        expected += coming[before == k].tolist()
        expected += [values[k].item()] if k < len(old) and k not in leaving else []

    for copier in copiers():
        joint = Splice(len(old), leaving, before, copier=copier)
        assert joint.apply(values, coming).tolist() == expected
        memory = np.concatenate((values, coming))  # there is room for all
        copier.splice(memory[: len(old)], memory[: len(expected)], joint.runs, coming)
        assert memory[: len(expected)].tolist() == expected
        new, stays = joint.moved(np.arange(len(old)))
        assert [expected[k] for k in new] == values[stays].tolist()
        assert [expected[k] for k in joint.places] == coming.tolist()


@given(
    rows=st.lists(st.lists(st.integers(0, 200)), min_size=1, max_size=5),
    wanted=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 201)), max_size=20),
    dtype=st.sampled_from([np.uint16, np.int32, np.uint32]),
)
def test_all_copiers_find_the_same_places(
    rows: list[list[int]], wanted: list[tuple[int, int]], dtype: type[np.integer]
) -> None:
    index = np.array([x for row in rows for x in sorted(row)], dtype)
    ends = np.cumsum([0, *map(len, rows)])
    asked = [(row, x) for row, x in wanted if row < len(rows)]
    low = np.array([ends[row] for row, _ in asked], np.int64)
    high = np.array([ends[row + 1] for row, _ in asked], np.int64)
    numbers = np.array([x for _, x in asked], np.int64)
    expected = [ends[row] + sum(y < x for y in rows[row]) for row, x in asked]
    for copier in copiers():
        assert copier.bisect(index, low, high, numbers).tolist() == expected


@given(
    rows=st.lists(st.sets(st.integers(0, 200)), min_size=1, max_size=5),
    wanted=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 201)), max_size=20),
    dtype=st.sampled_from([np.uint16, np.int32]),
)
def test_all_copiers_find_the_same_entries(
    rows: list[set[int]], wanted: list[tuple[int, int]], dtype: type[np.integer]
) -> None:
    index = np.array([x for row in rows for x in sorted(row)], dtype)
    row_ptr = np.cumsum([0, *map(len, rows)])
    asked = [(row, x) for row, x in wanted if row < len(rows)]
    places = [row_ptr[row] + sum(y < x for y in rows[row]) for row, x in asked]
    expected = [k if x in rows[r] else ~k for k, (r, x) in zip(places, asked, strict=True)]
    for copier in copiers():
        found = copier.find(row_ptr, index, *columns(asked))
        assert found.tolist() == expected


@pytest.mark.parametrize("has_delays", [False, True])
@pytest.mark.parametrize("major", [Side.PRE, Side.POST])
@given(synapses=pairs, pres=ranks(N_PRE), posts=ranks(N_POST))
def test_free_pairs_are_those_without_a_synapse(
    major: Side, has_delays: bool, synapses: Pairs, pres: set[int], posts: set[int]
) -> None:
    present = {key: value for key, value in synapses.items() if key[0] in pres and key[1] in posts}
    storage, _ = built(present, major, has_delays=has_delays)
    expected = sorted(
        {(pre, post) for pre in pres for post in posts} - present.keys(),
        key=lambda pair: pair if major is Side.PRE else pair[::-1],
    )
    for copier in copiers():
        free = FreePairs(storage, np.array(sorted(pres)), np.array(sorted(posts)), copier)
        pre, post, places = free.at(np.arange(free.n))
        assert list(zip(pre.tolist(), post.tolist(), strict=True)) == expected
        every_third, _, _ = free.at(np.arange(0, free.n, 3))
        if storage.segment_ptr is not None:
            assert places is None
            continue
        assert free.n == len(expected)
        assert every_third.tolist() == pre[::3].tolist()
        assert places is not None
        come = np.empty(0, np.int64), pre, post, np.ones(free.n, np.int32) if has_delays else None
        looked_up, _, order = splice(storage, *come, copier=copier)
        known, _, _ = splice(storage, *come, places=places, copier=copier)
        assert order.tolist() == list(range(len(expected)))
        np.testing.assert_array_equal(known.index, looked_up.index)
        np.testing.assert_array_equal(known.row_ptr, looked_up.row_ptr)


def test_all_copiers_draw_the_same_numbers() -> None:
    counters = np.array([0, 1, 2**32 + 5, 7], np.uint64)
    drawn = [copier.units((3, 2**31 + 4), 65535, 2**33 + 1, counters) for copier in copiers()]
    assert drawn[0].tolist() == drawn[1].tolist()


@given(start=pairs, history=st.lists(pairs, min_size=1, max_size=5))
@example(start={}, history=[{(0, 0): (1.0, 1)}, {}])
def test_columns_and_values_follow_any_history_in_their_memory(
    start: Pairs, history: list[Pairs]
) -> None:
    copier, rooms = NativeCopier(engine()), Rooms()
    storage, weights = built(start, Side.PRE, has_delays=False)
    BoundStorage(storage, engine(), n_threads=1, has_columns=True)
    now = start
    for after in history:
        gone = [pair for pair in now if now[pair] != after.get(pair)]
        come = [pair for pair in after if now.get(pair) != after[pair]]
        leaving = np.sort(locate(storage, *columns(gone), copier))
        storage, joint, order = splice(
            storage, leaving, *columns(come), None, copier=copier, rooms=rooms
        )
        weights = joint.apply(weights, np.array([after[pair][0] for pair in come], float)[order])
        now = after

        expected, expected_weights = built(after, Side.PRE, has_delays=False)
        BoundStorage(expected, engine(), n_threads=1, has_columns=True)
        assert storage.by_column is not None
        assert expected.by_column is not None
        for name in ("pointers", "owner", "position"):
            np.testing.assert_array_equal(
                getattr(storage.by_column, name), getattr(expected.by_column, name)
            )
        np.testing.assert_array_equal(storage.index, expected.index)
        np.testing.assert_array_equal(weights, expected_weights)
        for name in ("post_ranks", "row_ptr", "pre_ranks", "positions"):
            np.testing.assert_array_equal(
                getattr(storage.dendrites, name), getattr(expected.dendrites, name)
            )


def test_columns_stay_in_their_memory_while_as_many_come_as_go() -> None:
    rng = np.random.default_rng(2)
    copier = NativeCopier(engine())
    exists = rng.random((60, 50)) < 0.5
    row_ptr = np.concatenate(([0], np.cumsum(exists.sum(1))))
    connectivity = Connectivity(
        major=Side.PRE, n_pre=60, n_post=50, row_ptr=row_ptr, index=np.nonzero(exists)[1], weights=1
    )
    storage, _ = compressed(connectivity, Side.PRE, delays_cut_rows=True)
    BoundStorage(storage, engine(), n_threads=1, has_columns=True)
    assert storage.by_column is not None
    memory = storage.by_column.owners
    for _ in range(60):  # more than there is room for, if entries did not move back
        gone = rng.permutation(np.argwhere(exists))[:20]
        come = rng.permutation(np.argwhere(~exists))[:20]
        exists[tuple(gone.T)], exists[tuple(come.T)] = False, True
        leaving = np.sort(locate(storage, gone[:, 0], gone[:, 1], copier))
        storage, _, _ = splice(storage, leaving, come[:, 0], come[:, 1], None, copier=copier)
        assert storage.by_column is not None
        assert storage.by_column.owners is memory
    np.testing.assert_array_equal(storage.by_column.owner, np.nonzero(exists.T)[1])
    at = np.full(exists.shape, -1)
    at[exists] = np.arange(exists.sum())
    np.testing.assert_array_equal(storage.by_column.position, at.T[exists.T])


def test_memory_is_used_again_and_never_that_of_others() -> None:
    rooms = Rooms()
    theirs = np.arange(10.0)[:8]

    def changed(values: np.ndarray) -> np.ndarray:
        joint = Splice(len(values), np.array([7]), np.array([0]), rooms=rooms)
        return joint.apply(values, 5.0)

    first = changed(theirs)
    assert theirs.tolist() == list(range(8))
    second = changed(first)
    assert second.base is first.base
    assert second.tolist() == [5.0, 5.0, *range(6)]
    grown = rooms.fit(second, 10_000)
    assert grown.base is not first.base
    assert room_of(grown) < 10_500
    assert room_of(rooms.fit(grown, 100)) < 200  # what has become too large is given back


def room_of(array: np.ndarray) -> int:
    assert array.base is not None
    return len(array.base)
