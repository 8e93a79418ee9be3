"""The emulation of a GPU does what a GPU does, and shows what a GPU would hide."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from annlab.codegen.cuda.headers import with_headers
from annlab.codegen.cuda.kernels import KernelSource
from annlab.errors import SimulationError
from annlab.runtime.cuda.device import Launch
from annlab.runtime.cuda.emulated import EmulatedBlock, EmulatedDevice

N = 128
KERNELS = """#include "device.cuh"
// Who am I?
static void number_(void* const* slots, const annlab_step*) {
    ((int64_t*)slots[0])[annlab::element()] = annlab::element() * 10 + blockIdx.y;
}
// Every thread hands its number to its left neighbour in the block, in two phases.
static void pass_(void* const* slots, const annlab_step*) {
    __shared__ int64_t shelf[1024];
    shelf[threadIdx.x] = annlab::element();
    __syncthreads();
    ((int64_t*)slots[0])[annlab::element()] = shelf[(threadIdx.x + 1) % blockDim.x];
}
// The same without the barrier.
static void snatch_(void* const* slots, const annlab_step*) {
    __shared__ int64_t shelf[1024];
    shelf[threadIdx.x] = annlab::element();
    ((int64_t*)slots[0])[annlab::element()] = shelf[(threadIdx.x + 1) % blockDim.x];
}
static void desert_(void* const*, const annlab_step*) {
    if (threadIdx.x != 5) __syncthreads();
}
static void sum_(void* const* slots, const annlab_step*) {
    ((int64_t*)slots[0])[annlab::element()] = annlab::total(annlab::element());
}
static void largest_(void* const* slots, const annlab_step*) {
    const int64_t e = annlab::element();
    ((int64_t*)slots[0])[e] = annlab::extreme<true>(-e, e % 3 == 1);
}
static void votes_(void* const* slots, const annlab_step*) {
    ((int64_t*)slots[0])[annlab::element()] = __ballot_sync(annlab::ALL, threadIdx.x % 2 == 0);
}
static void peers_(void* const* slots, const annlab_step*) {
    ((int64_t*)slots[0])[annlab::element()] = __match_any_sync(annlab::ALL, (int)threadIdx.x % 16);
}
ANNLAB_KERNEL(number, number_)
ANNLAB_KERNEL(pass, pass_)
ANNLAB_KERNEL(snatch, snatch_)
ANNLAB_KERNEL(desert, desert_)
ANNLAB_KERNEL(sum, sum_)
ANNLAB_KERNEL(largest, largest_)
ANNLAB_KERNEL(votes, votes_)
// As `pass`, over the lanes of a warp.
static void hand_(void* const* slots, const annlab_step*) {
    __shared__ int64_t shelf[1024];
    shelf[threadIdx.x] = annlab::element();
    __syncwarp();
    ((int64_t*)slots[0])[annlab::element()] = shelf[threadIdx.x ^ 1];
}
// A vote orders no memory.
static void vote_(void* const* slots, const annlab_step*) {
    __shared__ int64_t shelf[1024];
    shelf[threadIdx.x] = annlab::element();
    __ballot_sync(annlab::ALL, 1);
    ((int64_t*)slots[0])[annlab::element()] = shelf[threadIdx.x ^ 1];
}
// One number for all blocks.
static void count_(void* const* slots, const annlab_step*) {
    if (threadIdx.x == 0) ((int64_t*)slots[0])[0] += 1;
}
static void add_(void* const* slots, const annlab_step*) {
    atomicAdd((unsigned long long*)slots[0], 1ull);
}
static void add_and_look_(void* const* slots, const annlab_step*) {
    atomicAdd((unsigned long long*)slots[0], 1ull);
    if (blockIdx.x == 1 && threadIdx.x == 40) ((int64_t*)slots[0])[1] = ((int64_t*)slots[0])[0];
}
static void beyond_(void* const* slots, const annlab_step*) {
    ((int64_t*)slots[0])[annlab::element() + 1] = 1;
}
static void elsewhere_(void* const*, const annlab_step*) {
    if (annlab::element() == 0) *(int64_t*)annlab_emulated->touch = 1;
}
static void skewed_(void* const* slots, const annlab_step*) {
    if (annlab::element() == 0) *(int64_t*)((char*)slots[0] + 4) = 1;
}
static void unwritten_(void* const* slots, const annlab_step*) {
    const int64_t e = annlab::element();
    if (e == 0) ((int64_t*)slots[0])[0] = ((int64_t*)slots[0])[1];
}
static void unwritten_shelf_(void* const* slots, const annlab_step*) {
    __shared__ int64_t shelf[64];
    if (annlab::element() == 0) shelf[0] = 1;
    __syncthreads();
    ((int64_t*)slots[0])[annlab::element()] = shelf[0];
}
static void astray_(void* const* slots, const annlab_step*) {
    int64_t sum = 0;
    if (threadIdx.x % 2 == 0) sum = __shfl_sync(annlab::ALL, (int64_t)1, 0);
    else sum = __ballot_sync(annlab::ALL, 1);
    ((int64_t*)slots[0])[annlab::element()] = sum;
}
ANNLAB_KERNEL(hand, hand_)
ANNLAB_KERNEL(vote, vote_)
ANNLAB_KERNEL(count, count_)
ANNLAB_KERNEL(add, add_)
ANNLAB_KERNEL(add_and_look, add_and_look_)
ANNLAB_KERNEL(beyond, beyond_)
ANNLAB_KERNEL(elsewhere, elsewhere_)
ANNLAB_KERNEL(skewed, skewed_)
ANNLAB_KERNEL(unwritten, unwritten_)
ANNLAB_KERNEL(unwritten_shelf, unwritten_shelf_)
ANNLAB_KERNEL(astray, astray_)
static void rest_(void* const*, const annlab_step*) {}
ANNLAB_KERNEL(peers, peers_)
ANNLAB_KERNEL(rest, rest_)
"""


class Bench:
    """Launches one kernel over two blocks of 64 threads."""

    def __init__(self, *, is_watched: bool = False) -> None:
        self.device = EmulatedDevice(is_watched=is_watched)
        (self.library,) = self.device.load([KernelSource("tests", with_headers(KERNELS), {})])

    def run(
        self, name: str, n_runs: int = 1, n_members: int = 1, *, is_zeroed: bool = False
    ) -> list[NDArray[np.int64]]:
        out = self.device.allocate(8 * N)
        if is_zeroed:
            self.device.write(out.address, np.zeros(N, np.int64))
        slots, tables, first = (self.device.allocate(64) for _ in range(3))
        self.device.write(slots.address, np.array([out.address], np.uint64))
        self.device.write(tables.address, np.full(n_members, slots.address, np.uint64))
        self.device.write(first.address, np.arange(n_members + 1, dtype=np.int32))
        clock = self.device.allocate(64)
        self.device.write(clock.address, np.zeros(8, np.int64))
        launch, tick = (
            Launch(
                name=kernel,
                function=self.library.function(kernel),
                arguments=(tables.address, first.address, clock.address),
                grid=(2, n_members),
                n_threads=64,
            )
            for kernel in (name, "rest")
        )
        graph = self.device.graph([launch], tick)
        return [self._result(graph, out) for _ in range(n_runs)]

    def _result(self, graph: object, out: EmulatedBlock) -> NDArray[np.int64]:
        graph.run(1)  # type: ignore[attr-defined]
        found = np.zeros(N, np.int64)
        self.device.read(out.address, found)
        return found


@pytest.fixture(scope="module")
def bench() -> Bench:
    return Bench()


@pytest.fixture(scope="module")
def watched() -> Bench:
    return Bench(is_watched=True)


def test_every_thread_of_every_block_runs_and_knows_its_place(bench: Bench) -> None:
    assert bench.run("number")[0].tolist() == [10 * e for e in range(N)]


def test_groups_of_tables_are_the_second_index_of_a_block(bench: Bench) -> None:
    assert bench.run("number", n_members=3)[0].tolist() == [10 * e + 2 for e in range(N)]


def test_threads_of_a_block_share_memory_and_wait_for_each_other(bench: Bench) -> None:
    expected = [e // 64 * 64 + (e + 1) % 64 for e in range(N)]
    assert [r.tolist() for r in bench.run("pass", 2)] == [expected, expected]


def test_a_missing_barrier_shows_in_one_of_two_runs(bench: Bench) -> None:
    one, other = bench.run("snatch", 2)
    assert (one != other).any()


def test_a_barrier_that_not_all_reach_is_an_error_and_no_hang(bench: Bench) -> None:
    with pytest.raises(SimulationError, match="the kernel 'desert' waits for ever"):
        bench.run("desert")
    assert bench.run("number")[0].tolist() == [10 * e for e in range(N)]


def test_lanes_add_up_to_what_every_lane_gets(bench: Bench) -> None:
    sums = np.arange(N).reshape(-1, 32).sum(axis=1)
    assert bench.run("sum")[0].tolist() == np.repeat(sums, 32).tolist()


def test_the_largest_is_taken_among_lanes_that_have_a_value(bench: Bench) -> None:
    warps = np.arange(N).reshape(-1, 32)
    largest = [max(-e for e in warp if e % 3 == 1) for warp in warps]
    assert bench.run("largest")[0].tolist() == np.repeat(largest, 32).tolist()


def test_votes_and_peers_are_masks_of_the_warp(bench: Bench) -> None:
    assert set(bench.run("votes")[0].tolist()) == {0x55555555}
    expected = [(1 << e % 16) | (1 << (e % 16 + 16)) for e in range(N)]
    assert bench.run("peers")[0].tolist() == expected


def test_lanes_that_wait_for_different_reasons_are_an_error(bench: Bench) -> None:
    with pytest.raises(SimulationError, match="'astray' waits for ever"):
        bench.run("astray")


# ---- watched ---------------------------------------------------------------------


@pytest.mark.parametrize("name", ["number", "pass", "sum", "votes", "peers", "hand", "largest"])
def test_a_watched_kernel_without_fault_gives_its_result(
    bench: Bench, watched: Bench, name: str
) -> None:
    one, other = watched.run(name, 2)
    assert one.tolist() == other.tolist() == bench.run(name)[0].tolist()


FAULTS = {
    "snatch": "(a race|never written): thread",
    "vote": "a race: thread",
    "count": "never written: thread 0 of block 0 .*reads 8 bytes at byte 0 of 1024",
    "add": "never written: thread 0 of block 0 .*adds to 8 bytes",
    "beyond": r"memory that is not the device's: thread 63 of block 1 .*writes 8 bytes",
    "elsewhere": "memory that is not the device's",
    "skewed": "not aligned: thread 0 of block 0 .*writes 8 bytes at byte 4 of 1024",
    "unwritten": "never written: thread 0 of block 0 .*reads 8 bytes at byte 8",
    "unwritten_shelf": r"never written: thread \d+ of block 1",
}


@pytest.mark.parametrize("name", FAULTS)
def test_the_watch_finds_what_a_gpu_would_do_otherwise(watched: Bench, name: str) -> None:
    with pytest.raises(SimulationError, match=f"'{name}' fails on a GPU: {FAULTS[name]}"):
        watched.run(name)
    assert watched.run("number")[0].tolist() == [10 * e for e in range(N)]  # it goes on


def test_blocks_that_write_one_number_race(watched: Bench) -> None:
    line = r"\(in `if \(threadIdx.x == 0\) .*\[0\] \+= 1;`\)"
    rival = rf"reads 8 bytes at byte 0 of 1024, thread 0 of block 0 {line} too"
    with pytest.raises(SimulationError, match=rf"a race: thread 0 of block 1 {line} {rival}"):
        watched.run("count", is_zeroed=True)


def test_without_binutils_the_watch_says_where_the_code_lies(
    watched: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SimulationError, match=r"thread 0 of block 1 \(code at \+0x\w+\) reads"):
        watched.run("count", is_zeroed=True)


def test_atomic_sums_are_no_race_but_reading_them_meanwhile_is(watched: Bench) -> None:
    assert watched.run("add", is_zeroed=True)[0][0] == N
    with pytest.raises(SimulationError, match="'add_and_look' fails on a GPU: a race"):
        watched.run("add_and_look", is_zeroed=True)
