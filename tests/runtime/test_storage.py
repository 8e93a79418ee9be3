"""Storage: the same synapses in every layout, in the user's order and in the kernels'."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from annlab.errors import TooLargeError
from annlab.ir.expr import Side
from annlab.runtime import memory
from annlab.runtime.storage import (
    AllToAll,
    Connectivity,
    Storage,
    StorageKind,
    build_storage,
    with_delays,
)

MAJORS = pytest.mark.parametrize("major", [Side.PRE, Side.POST])

matrices = hnp.arrays(
    np.float64,
    hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=8),
    elements=st.one_of(st.just(np.nan), st.floats(-10, 10)),
)


def connectivity_of(
    table: NDArray, major: Side, delays: NDArray | int = 1, *, own: bool = True
) -> Connectivity:
    """Return the synapses of a table (n_post, n_pre) that has NaN where there is none."""
    by_row = table.T if major is Side.PRE else table
    exists = ~np.isnan(by_row)
    if isinstance(delays, np.ndarray):
        delays = (delays.T if major is Side.PRE else delays)[exists]
    return Connectivity(
        major=major,
        n_pre=table.shape[1],
        n_post=table.shape[0],
        row_ptr=np.concatenate(([0], np.cumsum(exists.sum(axis=1)))),
        index=np.nonzero(exists)[1],
        weights=by_row[exists] if own else 1.0,
        delays=delays,
    )


def table_of(storage: Storage, values: NDArray, shape: tuple[int, int]) -> NDArray:
    """Return the table (n_post, n_pre) of values in storage order."""
    table = np.full(shape, np.nan)
    pre, post, positions = storage.pairs()
    table[post, pre] = values[positions]
    return table


@MAJORS
@pytest.mark.parametrize("given_major", [Side.PRE, Side.POST])
@given(table=matrices)
@settings(max_examples=40, deadline=None)
def test_any_matrix_comes_back_from_rows_of_either_side(
    table: NDArray, given_major: Side, major: Side
) -> None:
    storage, weights = build_storage(
        connectivity_of(table, given_major), major=major, delays_cut_rows=False
    )
    assert isinstance(weights, np.ndarray)
    np.testing.assert_array_equal(table_of(storage, weights, table.shape), table)


@MAJORS
@given(table=matrices)
@settings(max_examples=40, deadline=None)
def test_dendrites_are_the_rows_of_the_matrix(table: NDArray, major: Side) -> None:
    storage, weights = build_storage(
        connectivity_of(table, Side.POST), major=major, delays_cut_rows=False
    )
    dendrites = storage.dendrites
    expected = [row[~np.isnan(row)] for row in table if not np.isnan(row).all()]
    found = np.split(dendrites.take(weights), dendrites.row_ptr[1:-1])
    assert dendrites.post_ranks.tolist() == np.flatnonzero(~np.isnan(table).all(axis=1)).tolist()
    assert [part.tolist() for part in found if len(part)] == [row.tolist() for row in expected]


@st.composite
def ranges(draw: st.DrawFn) -> range:
    first = draw(st.integers(0, 6))
    return range(first, first + draw(st.integers(1, 9)))


@MAJORS
@given(pre=ranges(), post=ranges(), has_self=st.booleans())
@settings(max_examples=60, deadline=None)
def test_dendrites_of_everybody_to_everybody_are_computed_as_they_would_be_listed(
    pre: range, post: range, has_self: bool, major: Side
) -> None:
    pattern = AllToAll(n_pre=20, n_post=20, pre=pre, post=post, has_self=has_self, weights=1.0)
    storage, _ = build_storage(pattern, major=major, delays_cut_rows=False)
    dendrites = storage.dendrites
    pairs = sorted(zip(*(x.tolist() for x in storage.pairs()[1::-1]), strict=True))
    positions = {(j, i): k for i, j, k in zip(*(x.tolist() for x in storage.pairs()), strict=True)}
    assert dendrites.post_ranks.tolist() == sorted({post for post, _ in pairs})
    assert np.diff(dendrites.row_ptr).sum() == len(pairs) == storage.n_synapses
    rows = [slice(a, b) for a, b in pairwise(dendrites.row_ptr.tolist())]
    for part in (*rows, *(slice(k, k + 1) for k in range(len(pairs))), slice(None)):
        wanted = pairs[part]
        assert dendrites.pre_of(part).tolist() == [pre for _, pre in wanted]
        assert dendrites.positions_of(part).tolist() == [positions[pair] for pair in wanted]
    values = np.full(storage.n_slots, -1.0)
    dendrites.put(values, np.arange(len(pairs), dtype=float))
    assert dendrites.take(values).tolist() == list(range(len(pairs)))
    assert [values[positions[pair]] for pair in pairs] == list(range(len(pairs)))
    assert (values == -1.0).sum() == storage.n_slots - len(pairs)


@given(table=matrices, data=st.data())
@settings(max_examples=60, deadline=None)
def test_rows_cut_by_delay_keep_every_synapse_and_its_delay(
    table: NDArray, data: st.DataObject
) -> None:
    delays = data.draw(hnp.arrays(np.int64, table.shape, elements=st.integers(1, 5)))
    storage, weights = build_storage(
        connectivity_of(table, Side.PRE, delays), major=Side.PRE, delays_cut_rows=True
    )
    assert isinstance(weights, np.ndarray)
    assert storage.delays is not None
    np.testing.assert_array_equal(table_of(storage, weights, table.shape), table)
    expected = np.where(np.isnan(table), np.nan, delays)
    np.testing.assert_array_equal(
        table_of(storage, storage.delays.astype(float), table.shape), expected
    )
    check_segments(storage)


def check_segments(storage: Storage) -> None:
    """Assert that segments cut each row into ascending delays, each with ascending ranks."""
    assert storage.segment_ptr is not None
    assert storage.segment_delay is not None
    assert storage.delays is not None
    lengths = np.diff(storage.row_ptr)
    assert np.all(lengths > 0)
    np.testing.assert_array_equal(np.repeat(storage.segment_delay, lengths), storage.delays)
    owner = np.repeat(np.arange(storage.n_pre), np.diff(storage.segment_ptr))
    is_same_row = np.diff(owner) == 0
    assert np.all(np.diff(storage.segment_delay)[is_same_row] > 0)
    segment = np.repeat(np.arange(len(lengths)), lengths)
    assert np.all(np.diff(storage.index.astype(int))[np.diff(segment) == 0] > 0)


def test_rows_of_many_delays_are_cut_in_several_groups() -> None:
    rng = np.random.default_rng(1)
    table = np.where(rng.random((40, 300)) < 0.3, rng.random((40, 300)), np.nan)
    delays = rng.integers(1, 5000, table.shape)
    storage, weights = build_storage(
        connectivity_of(table, Side.PRE, delays), major=Side.PRE, delays_cut_rows=True
    )
    np.testing.assert_array_equal(table_of(storage, weights, table.shape), table)
    check_segments(storage)


@given(table=matrices, data=st.data())
@settings(max_examples=30, deadline=None)
def test_other_delays_bring_values_into_the_new_order(table: NDArray, data: st.DataObject) -> None:
    elements = st.integers(1, 4)
    before, after = (
        data.draw(hnp.arrays(np.int64, table.shape, elements=elements)) for _ in range(2)
    )
    storage, weights = build_storage(
        connectivity_of(table, Side.PRE, before), major=Side.PRE, delays_cut_rows=True
    )
    pre, post, positions = storage.pairs()
    steps = np.empty(storage.n_slots, np.int32)
    steps[positions] = after[post, pre]
    changed, order = with_delays(storage, steps)
    assert order is not None
    np.testing.assert_array_equal(table_of(changed, weights[order], table.shape), table)
    np.testing.assert_array_equal(
        table_of(changed, changed.delays.astype(float), table.shape),
        np.where(np.isnan(table), np.nan, after),
    )
    check_segments(changed)


def test_other_delays_of_postsynaptic_rows_leave_the_order() -> None:
    table = np.array([[1.0, 2.0], [np.nan, 4.0]])
    delays = np.array([[1, 2], [1, 3]])
    storage, _ = build_storage(
        connectivity_of(table, Side.POST, delays), major=Side.POST, delays_cut_rows=False
    )
    changed, order = with_delays(storage, np.array([5, 6, 7]))
    assert order is None
    assert changed.max_delay == 7


@MAJORS
@given(
    pre=st.tuples(st.integers(0, 6), st.integers(1, 6)),
    post=st.tuples(st.integers(0, 6), st.integers(1, 6)),
    has_self=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_a_dense_storage_holds_all_pairs_of_its_ranges(
    major: Side, pre: tuple[int, int], post: tuple[int, int], has_self: bool
) -> None:
    pre_range, post_range = (range(a, a + n) for a, n in (pre, post))
    weights = np.arange(1.0, len(pre_range) * len(post_range) + 1)
    weights = weights.reshape(len(post_range), len(pre_range))
    pattern = AllToAll(12, 12, pre_range, post_range, has_self, weights)
    storage, stored = build_storage(pattern, major=major, delays_cut_rows=False)
    expected = np.full((12, 12), np.nan)
    expected[post_range.start : post_range.stop, pre_range.start : pre_range.stop] = weights
    if not has_self:
        np.fill_diagonal(expected, np.nan)
    assert storage.kind is StorageKind.DENSE
    assert storage.n_synapses == np.count_nonzero(~np.isnan(expected))
    np.testing.assert_array_equal(table_of(storage, stored, (12, 12)), expected)


@MAJORS
def test_slots_of_a_dense_storage_without_synapse_hold_zero(major: Side) -> None:
    pattern = AllToAll(3, 3, range(3), range(3), False, np.ones((3, 3)))
    _, stored = build_storage(pattern, major=major, delays_cut_rows=False)
    assert isinstance(stored, np.ndarray)
    assert stored.sum() == 6.0


@MAJORS
def test_one_shared_weight_stays_one_number(major: Side) -> None:
    pattern = AllToAll(3, 4, range(3), range(4), True, 0.5)
    assert build_storage(pattern, major=major, delays_cut_rows=False)[1] == 0.5


@pytest.mark.parametrize("given_major", [Side.PRE, Side.POST])
@pytest.mark.parametrize("shift", [-2, 0, 2])
def test_a_diagonal_is_stored_one_to_one(given_major: Side, shift: int) -> None:
    table = np.full((6, 6), np.nan)
    for rank in range(2, 4):
        table[rank + shift, rank] = rank
    storage, weights = build_storage(
        connectivity_of(table, given_major), major=Side.POST, delays_cut_rows=False
    )
    assert storage.kind is StorageKind.ONE_TO_ONE
    assert isinstance(weights, np.ndarray)
    np.testing.assert_array_equal(table_of(storage, weights, (6, 6)), table)


@pytest.mark.parametrize(
    "table",
    [
        [[np.nan, 1.0], [1.0, np.nan]],
        [[1.0, 1.0], [np.nan, np.nan]],
        [[1.0, np.nan, np.nan], [np.nan, np.nan, np.nan], [np.nan, np.nan, 1.0]],
        [[np.nan]],
    ],
    ids=["reversed", "one row", "gap", "empty"],
)
def test_what_is_no_diagonal_is_stored_as_rows(table: list[list[float]]) -> None:
    storage, _ = build_storage(
        connectivity_of(np.array(table), Side.PRE), major=Side.PRE, delays_cut_rows=False
    )
    assert storage.kind is StorageKind.CSR


@pytest.mark.parametrize(("n_post", "dtype"), [(1 << 16, np.uint16), ((1 << 16) + 1, np.int32)])
def test_ranks_take_two_bytes_where_the_population_allows(n_post: int, dtype: type) -> None:
    connectivity = Connectivity(
        major=Side.PRE,
        n_pre=1,
        n_post=n_post,
        row_ptr=np.array([0, 2]),
        index=np.array([0, n_post - 1]),
        weights=1.0,
    )
    storage, _ = build_storage(connectivity, major=Side.PRE, delays_cut_rows=False)
    assert storage.index.dtype == dtype
    assert storage.dendrites.post_ranks.tolist() == [0, n_post - 1]


def test_a_neuron_without_synapses_has_no_dendrite() -> None:
    table = np.array([[1.0, np.nan], [np.nan, np.nan], [np.nan, 2.0]])
    storage, _ = build_storage(
        connectivity_of(table, Side.POST), major=Side.POST, delays_cut_rows=False
    )
    assert [storage.dendrites.row_of(rank) for rank in range(3)] == [0, None, 1]


def test_a_dense_projection_that_cannot_fit_is_refused_before_it_is_laid_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(memory, "available_bytes", lambda: 1 << 20)
    weights = np.broadcast_to(np.float64(1.0), (4000, 4000))
    pattern = AllToAll(4000, 4000, range(4000), range(4000), True, weights)
    with pytest.raises(TooLargeError, match=r"a dense projection of 16000000 synapses needs 0.1"):
        build_storage(pattern, major=Side.PRE, delays_cut_rows=False)
