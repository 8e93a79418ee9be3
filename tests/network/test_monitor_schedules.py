"""Random schedules of monitors, against a plain recorder of the same run."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

import annlab as ann

DT, N = 0.5, 6
# No random numbers: those follow the clock, which some schedules set.
WINDING = ann.Neuron(
    parameters="k = 0.1 : population",
    equations="v += k + 0.3 * v^2 / (1.0 + v)",
    spike="v > 2.0",
    reset="v -= 1.93",
)
N_STEPS = 70  # more than any schedule runs


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When a monitor records and what is done meanwhile; all times in steps."""

    period: int
    offset: int
    starts: bool
    window: tuple[int, int] | None
    last: int | None
    ranks: tuple[int, ...] | None
    in_file: bool
    actions: tuple[tuple[str, int], ...]


@st.composite
def schedules(draw: DrawFn) -> Schedule:
    period = draw(st.integers(1, 4))
    first = draw(st.integers(0, 15))
    windows = st.none() | st.just((first, first + draw(st.integers(1, 15))))
    in_file = draw(st.booleans())
    actions = st.one_of(
        st.tuples(st.just("run"), st.integers(1, 9)),
        st.tuples(st.sampled_from(["pause", "resume", "read", "keep", "reset"]), st.just(0)),
        st.tuples(st.just("period"), st.integers(1, 4)),
        st.tuples(st.just("clock"), st.integers(0, 30)),
        st.tuples(st.just("window"), st.integers(0, 30)),
    )
    return Schedule(
        period=period,
        offset=draw(st.integers(0, period - 1)),
        starts=draw(st.booleans()),
        window=draw(windows),
        last=None if in_file else draw(st.none() | st.integers(1, 12)),
        ranks=draw(st.none() | st.lists(st.integers(0, N - 1), min_size=1, unique=True).map(tuple)),
        in_file=in_file,
        actions=tuple(draw(st.lists(actions, min_size=1, max_size=7))) + (("run", 2), ("read", 0)),
    )


def _network(backend: str) -> tuple[ann.Network, ann.Population]:
    net = ann.Network(dt=DT, seed=5, backend=backend)
    pop = net.create(N, WINDING, name="winding")
    pop.v = [0.0, 0.3, 0.5, 0.9, 1.2, 1.7]
    return net, pop


@dataclass
class Plain:
    """Decides step by step what a monitor has to have; the slow and obvious way."""

    schedule: Schedule
    clock: int = 0
    n_run: int = 0
    start: int = 0
    period: int = 1
    offset: int = 0
    is_active: bool = True
    window: tuple[int, int] | None = None
    seen: list[tuple[int, int, bool]] = field(default_factory=list)  # n_run, clock, is due

    def step(self) -> None:
        is_inside = self.window is None or self.window[0] <= self.clock < self.window[1]
        if self.is_active and is_inside:
            is_due = (self.clock - self.start) % self.period == self.offset
            self.seen.append((self.n_run, self.clock, is_due))
        self.clock += 1
        self.n_run += 1

    def kept(self) -> list[tuple[int, int, bool]]:
        if self.schedule.last is None or not self.seen:
            return self.seen
        return [s for s in self.seen if s[0] > self.seen[-1][0] - self.schedule.last]


@pytest.fixture(scope="module")
def truth() -> tuple[np.ndarray, list[list[int]]]:
    """Values (steps, neurons) and spikes of every step of the network, read step by step."""
    net, pop = _network("reference")
    spikes = net.monitor(pop, "spike")
    net.compile()
    rows = []
    for _ in range(N_STEPS):
        net.step()
        rows.append(pop.v)
    fired: list[list[int]] = [[] for _ in range(N_STEPS)]
    for rank, steps in spikes.get("spike").items():
        for step in steps:
            fired[step].append(rank)
    return np.array(rows), fired


@contextmanager
def folder(is_wanted: bool) -> Iterator[Path | None]:
    """A folder that is not there yet."""
    if not is_wanted:
        yield None
        return
    pytest.importorskip("zarr")
    path = Path(tempfile.mkdtemp())
    try:
        yield path / "recording"
    finally:
        shutil.rmtree(path)


@pytest.mark.parametrize("backend", ["reference", "cpu"])
@given(schedule=schedules())
@settings(max_examples=60, deadline=None)
def test_a_monitor_has_what_a_plain_recorder_has(truth, backend: str, schedule: Schedule) -> None:
    net, pop = _network(backend)
    ms = None if schedule.window is None else tuple(t * DT for t in schedule.window)
    with folder(schedule.in_file) as path:
        monitor = net.monitor(
            pop if schedule.ranks is None else pop[list(schedule.ranks)],
            ["v", "spike"],
            schedule.period * DT,
            schedule.offset * DT,
            schedule.starts,
            window=ms,
            last=None if schedule.last is None else schedule.last * DT,
            file=path,
        )
        net.compile()
        plain = Plain(
            schedule,
            period=schedule.period,
            offset=schedule.offset,
            is_active=schedule.starts,
            window=schedule.window,
        )
        everything: list[tuple[int, int, bool]] = []
        for action, number in schedule.actions:
            everything += _do(net, monitor, plain, truth, action, number)
        if path is not None:
            monitor.flush()
            _compare_file(path, everything, truth, schedule)
        net.clear()


def _do(net, monitor, plain: Plain, truth, action: str, number: int) -> list:
    """Do it to both, and return what left the plain recorder."""
    gone: list[tuple[int, int, bool]] = []
    match action:
        case "run":
            net.simulate(number * DT)
            for _ in range(number):
                plain.step()
        case "pause":
            monitor.pause()
            plain.is_active = False
        case "resume":
            monitor.resume()
            plain.is_active = True
        case "reset":
            monitor.reset()
            gone, plain.seen = plain.seen, []
        case "period":
            monitor.period_offset = 0.0
            monitor.period = number * DT
            plain.period, plain.offset = number, 0
            plain.start %= number
        case "clock":
            net.current_step = number
            plain.start = (plain.start + number - plain.clock) % plain.period
            plain.clock = number
        case "window":
            monitor.window = (number * DT, (number + 10) * DT)
            plain.window = (number, number + 10)
        case "read" | "keep":
            _compare(monitor, plain, truth, keep=action == "keep")
            if action == "read":
                gone, plain.seen = plain.seen, []
    return gone


def _compare(monitor, plain: Plain, truth, *, keep: bool) -> None:
    values, fired = truth
    kept, ranks = plain.kept(), _ranks(plain.schedule)
    found = monitor.get(keep=keep)
    rows = [k for k, _, is_due in kept if is_due]
    assert np.array_equal(found["v"], values[rows][:, ranks])
    expected = {r: [clock for k, clock, _ in kept if r in fired[k]] for r in ranks}
    assert found["spike"] == expected
    times = monitor.times("v")["v"]
    steps = [s for a, b in zip(times["start"], times["stop"]) for s in range(a, b)]
    assert steps == [clock for _, clock, _ in kept]


def _compare_file(path: Path, everything: list, truth, schedule: Schedule) -> None:
    values, fired = truth
    recording = ann.open_recording(path)
    rows = [k for k, _, is_due in everything if is_due]
    ranks = _ranks(schedule)
    if rows:
        assert np.array_equal(recording.get("v"), values[rows][:, ranks])
    if any(set(fired[k]) & set(ranks) for k, _, _ in everything):
        expected = {r: [clock for k, clock, _ in everything if r in fired[k]] for r in ranks}
        assert recording.get("spike") == expected
    times = recording.times()["v"]
    steps = [s for a, b in zip(times["start"], times["stop"]) for s in range(a, b)]
    assert steps == [clock for _, clock, _ in everything]


def _ranks(schedule: Schedule) -> list[int]:
    return list(range(N)) if schedule.ranks is None else list(schedule.ranks)


def test_reading_does_not_take_the_buffer_from_a_native_loop() -> None:
    """Half a buffer or more is read, and the next rows are written where they are looked for."""
    net, pop = _network("cpu")
    monitor = net.monitor(pop, "v", last=DT)
    net.compile()
    for _ in range(20):
        net.simulate(8 * DT)
        monitor.get("v")
        net.simulate(2 * DT)
        assert np.array_equal(monitor.get("v")[-1], pop.v)
