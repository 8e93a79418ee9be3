"""Statistics of recorded spikes.

Spikes are given as `Monitor.get("spike")` returns them: a dictionary from the rank of
every recorded neuron to the list of its spikes [steps], ascending. `dt` is the step
[ms] with which they were recorded; results are in ms and Hz. What a monitor returned knows
its step and when it was recorded; of other dictionaries the step is that of the only
network, or of the global one, and the recording lasts from step 0 to the last spike.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annlab.calls import public
from annlab.errors import ArgumentError, ArgumentTypeError
from annlab.network.checks import read_flag, read_number, read_whole
from annlab.network.context import meant_network

Spikes = Mapping[int, Sequence[int]]
Intervals = Sequence[tuple[int, int]]  # [first step, step after the last] of recording
MS_PER_SECOND = 1000.0


class Recorded:
    """Spikes that know how they were recorded, as far as a monitor has told them."""

    dt: float | None = None  # step [ms]
    intervals: Intervals | None = None


class SpikeTrains(dict[int, list[int]], Recorded):
    """Rank -> steps of its spikes, together with the same spikes as two flat arrays.

    Statistics take the arrays, which is a hundred times faster than collecting the lists.
    """

    def __init__(
        self,
        steps: NDArray[np.int64],
        ranks: NDArray[np.int32],
        recorded: NDArray,
        intervals: Intervals | None = None,
    ) -> None:
        """Take spikes in order of time, the ranks of all neurons recorded, and when they were."""
        self.intervals = intervals
        self._steps, self._ranks = _by_neuron(steps, ranks)
        everyone = np.sort(recorded)
        starts = np.searchsorted(self._ranks, everyone, side="left").tolist()
        stops = np.searchsorted(self._ranks, everyone, side="right").tolist()
        steps_list = self._steps.tolist()
        super().__init__(
            (rank, steps_list[a:b])
            for rank, a, b in zip(everyone.tolist(), starts, stops, strict=True)
        )

    def arrays(self) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
        """Return (steps, ranks), neuron by neuron, or None if lists were changed since."""
        if sum(map(len, self.values())) != len(self._steps):
            return None
        return self._steps, self._ranks

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (dict(self),)


class SpikeArrays(Mapping[int, list[int]], Recorded):
    """Spikes as two arrays, which reads as the dictionary of `SpikeTrains` but makes no lists."""

    def __init__(
        self,
        steps: NDArray[np.int64],
        ranks: NDArray[np.int32],
        recorded: NDArray,
        intervals: Intervals | None = None,
    ) -> None:
        """Take spikes in order of time, the ranks of all neurons recorded, and when they were."""
        self.intervals = intervals
        self.steps = steps
        self._ranks = ranks
        self._everyone = np.sort(recorded)

    @property
    def n_bytes(self) -> int:
        """Memory taken."""
        return self.steps.nbytes + self._ranks.nbytes

    @cached_property
    def _sorted(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        return _by_neuron(self.steps, self._ranks)

    def arrays(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return (steps, ranks), neuron by neuron."""
        return self._sorted

    def __getitem__(self, rank: int) -> list[int]:
        place = int(np.searchsorted(self._everyone, rank))
        if place == len(self._everyone) or self._everyone[place] != rank:
            raise KeyError(rank)
        steps, ranks = self._sorted
        first, end = np.searchsorted(ranks, [rank, rank + 1])
        return steps[first:end].tolist()

    def __iter__(self) -> Iterator[int]:
        return iter(self._everyone.tolist())

    def __len__(self) -> int:
        return len(self._everyone)


_WORD = 62  # bits of a key that is sorted


def _by_neuron(
    steps: NDArray[np.int64], ranks: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (steps, ranks), neuron by neuron, each in the order in which they were given."""
    if not len(steps):
        return steps, ranks.astype(np.int64)
    first = int(steps[0])
    n_bits = int(steps[-1] - first).bit_length()
    is_ascending = bool(np.all(steps[1:] >= steps[:-1]))  # not if the clock was set meanwhile
    if not is_ascending or n_bits + int(ranks.max()).bit_length() > _WORD:
        order = np.argsort(ranks, kind="stable")
        return steps[order], ranks[order].astype(np.int64)
    # NumPy sorts whole numbers with vector instructions; an order of indices it does not.
    key = ranks.astype(np.int64)
    key <<= n_bits
    key |= steps if first == 0 else steps - first
    key.sort()
    sorted_ranks = key >> n_bits
    key &= (1 << n_bits) - 1
    key += first
    return key, sorted_ranks


def all_steps(spikes: Spikes) -> NDArray[np.int64]:
    """Return the steps of all spikes, in any order."""
    return spikes.steps if isinstance(spikes, SpikeArrays) else flat(spikes)[0]


def flat(spikes: Spikes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (steps, ranks) of all spikes, neuron by neuron."""
    if not isinstance(spikes, Mapping):
        raise ArgumentTypeError(
            f"spikes are {type(spikes).__name__}",
            hint="pass what monitor.get('spike') returned: rank -> list of steps",
        )
    is_flat = isinstance(spikes, SpikeTrains | SpikeArrays)
    if is_flat and (arrays := spikes.arrays()) is not None:
        return arrays
    parts = [_train(rank, times) for rank, times in spikes.items()]
    ranks = np.repeat(np.array(list(spikes), np.int64), [len(part) for part in parts])
    return (np.concatenate(parts) if parts else np.empty(0, np.int64)), ranks


def _train(rank: object, times: object) -> NDArray[np.int64]:
    """Return the steps of one neuron's spikes in order."""
    try:
        given = np.asarray(times)
        steps = given.astype(np.int64)
    except (TypeError, ValueError, OverflowError):
        given = steps = np.empty((1, 1), np.int64)
    is_whole = given.ndim == 1 and np.array_equal(steps, given)
    if not is_whole or not isinstance(rank, int | np.integer):
        raise ArgumentTypeError(
            f"the spikes of neuron {rank!r} are {times!r}",
            why="statistics count in steps",
            hint="pass what monitor.get('spike') returned: rank -> list of steps",
        )
    return np.sort(steps)


def _step_of(dt: float | None, spikes: Spikes) -> float:
    """Return a step [ms] that was checked; without one that of the spikes, or of a network."""
    if dt is None:
        known = spikes.dt if isinstance(spikes, Recorded) else None
        return meant_network().dt if known is None else known
    if not read_number(dt, "dt [ms]") > 0:
        raise ArgumentError(f"dt is {dt!r} ms", hint="give the step of the network: net.dt")
    return dt


# Any: whatever a monitor has recorded.
def with_step(value: Any, dt: float) -> Any:
    """Let recorded spikes know their step [ms], for functions that are given nothing else."""
    if isinstance(value, Recorded):
        value.dt = dt
    return value


def recorded_in(spikes: Spikes) -> Intervals | None:
    """Return when spikes were recorded, if they know."""
    return spikes.intervals if isinstance(spikes, Recorded) else None


def _chosen(ranks: Iterable[int] | None) -> NDArray[np.int64] | None:
    if ranks is None:
        return None
    try:
        given = np.array(ranks if isinstance(ranks, np.ndarray) else list(ranks))
    except (TypeError, ValueError):
        given = np.empty((1, 1))
    if given.ndim != 1 or (len(given) and given.dtype.kind not in "iu"):
        raise ArgumentTypeError(f"ranks are {ranks!r}", hint="give a list of integers, or None")
    return given.astype(np.int64)


def _steps_between(window: object) -> tuple[int, int]:
    """Return the first and the last step of a window."""
    try:
        first, last = window  # type: ignore[misc]  # see below
        ends = read_whole(first, "the first step"), read_whole(last, "the last step")
    except (TypeError, ValueError, ArgumentError):
        ends = (1, 0)
    if ends[0] > ends[1]:
        raise ArgumentError(
            f"recording_window is {window!r}",
            hint="give (first, last) in steps, the last not before the first",
        )
    return ends


@public
def raster_plot(
    spikes: Spikes, dt: float | None = None
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return times [ms] and ranks of all spikes, neuron by neuron.

    Examples
    --------
    >>> times, ranks = raster_plot({0: [1, 4], 1: [2]}, dt=0.5)
    >>> times, ranks
    (array([0.5, 2. , 1. ]), array([0, 0, 1]))
    """
    steps, ranks = flat(spikes)
    return steps.astype(np.float64) * _step_of(dt, spikes), ranks


@public
def histogram(
    spikes: Spikes,
    bins: float | None = None,
    per_neuron: bool = False,
    recording_window: tuple[int, int] | None = None,
    dt: float | None = None,
) -> NDArray:
    """Return the number of spikes in bins of `bins` ms (one step by default).

    Bins begin with the first spike and end with the last, or with the first and last step of
    `recording_window`. With `per_neuron` each neuron is counted by itself: (neurons, bins).

    Examples
    --------
    >>> histogram({0: [1, 4], 1: [2]}, bins=2.0, dt=1.0)
    array([2, 1])
    >>> histogram({0: [1, 4], 1: [2]}, bins=2.0, per_neuron=True, dt=1.0)
    array([[1, 1],
           [1, 0]])
    """
    if bins is not None and not read_number(bins, "bins [ms]") > 0:
        raise ArgumentError(f"bins of {bins!r} ms", hint="give a width above 0")
    steps, ranks = flat(spikes)
    if recording_window is not None:
        first, last = _steps_between(recording_window)
    elif len(steps):
        first, last = int(steps.min()), int(steps.max())
    else:
        first, last = 0, -1
    width = _steps_of(1.0 if bins is None else bins / _step_of(dt, spikes))
    n_bins = max(0, int((last - first) // width) + 1)
    is_inside = (steps >= first) & (steps <= last)
    places = ((steps[is_inside] - first) // width).astype(np.int64)
    if not read_flag(per_neuron, "per_neuron of histogram()"):
        return np.bincount(places, minlength=n_bins)
    rows = np.searchsorted(np.sort(list(spikes)), ranks[is_inside])
    counts = np.bincount(rows * n_bins + places, minlength=len(spikes) * n_bins)
    return counts.reshape(len(spikes), n_bins)


def _steps_of(width: float) -> float | int:
    """Return a whole number of steps where rounding alone prevents it."""
    return round(width) if abs(width - round(width)) < 1e-9 * width else width


@public
def inter_spike_interval(
    spikes: Spikes,
    ranks: Iterable[int] | None = None,
    per_neuron: bool = False,
    dt: float | None = None,
) -> Any:
    """Return the intervals [ms] between spikes, neurons with less than two spikes left out.

    A flat list, or with `per_neuron` a dictionary by rank.

    Examples
    --------
    >>> inter_spike_interval({0: [1, 4, 9], 1: [2]}, dt=0.5)
    [1.5, 2.5]
    """
    dt = _step_of(dt, spikes)
    if read_flag(per_neuron, "per_neuron of inter_spike_interval()"):
        return {rank: (np.diff(times) * dt).tolist() for rank, times in _trains(spikes, ranks, 2)}
    steps, owners = flat(spikes)
    is_interval = owners[1:] == owners[:-1]
    if (chosen := _chosen(ranks)) is not None:
        is_interval &= np.isin(owners[1:], chosen)
    return (np.diff(steps)[is_interval] * dt).tolist()


@public
def coefficient_of_variation(
    spikes: Spikes,
    ranks: Iterable[int] | None = None,
    dt: float | None = None,
    *,
    per_neuron: bool = False,
) -> Any:
    """Return standard deviation by mean of the intervals of each neuron that has two or more.

    A list, or with `per_neuron` a dictionary by rank.

    Examples
    --------
    >>> coefficient_of_variation({0: [0, 2, 4, 6]})
    [0.0]
    >>> coefficient_of_variation({3: [0, 2, 4, 6]}, per_neuron=True)
    {3: 0.0}
    """
    intervals = ((rank, np.diff(times)) for rank, times in _trains(spikes, ranks, 3))
    found = {rank: float(np.std(isi) / np.mean(isi)) for rank, isi in intervals}
    is_by_rank = read_flag(per_neuron, "per_neuron of coefficient_of_variation()")
    return found if is_by_rank else list(found.values())


def _trains(
    spikes: Spikes, ranks: Iterable[int] | None, n_least: int
) -> Iterable[tuple[int, NDArray[np.int64]]]:
    steps, owners = flat(spikes)
    found = _chosen(ranks)
    chosen = None if found is None else set(found.tolist())
    changes = np.flatnonzero(np.diff(owners)) + 1
    for train, owner in zip(
        np.split(steps, changes), owners[np.r_[0, changes]] if len(owners) else []
    ):
        if len(train) >= n_least and (chosen is None or int(owner) in chosen):
            yield int(owner), train


@public
def mean_fr(spikes: Spikes, duration: float | None = None, dt: float | None = None) -> float:
    """Return the mean firing rate [Hz] over all neurons.

    Parameters
    ----------
    duration
        Time of recording [ms]; by default that of the spikes, or from 0 to the last of them.

    Examples
    --------
    >>> mean_fr({0: [10, 20], 1: []}, duration=100.0)
    10.0
    """
    steps = all_steps(spikes)
    if duration is None:
        known = recorded_in(spikes)
        last = int(steps.max()) + 1 if len(steps) else 0
        n_steps = last if known is None else sum(end - first for first, end in known)
        duration = n_steps * _step_of(dt, spikes) if n_steps else 0.0
    if not spikes or duration <= 0:
        return 0.0
    return len(steps) / (len(spikes) * duration) * MS_PER_SECOND


@public
def population_rate(
    spikes: Spikes,
    smooth: float = 0.0,
    dt: float | None = None,
    *,
    start: int | None = None,
    stop: int | None = None,
) -> NDArray[np.float64]:
    """Return the rate [Hz] of the population in each step from `start` to before `stop`.

    Parameters
    ----------
    smooth
        Time constant [ms] of a first-order low-pass filter.
    start, stop
        Steps; by default those of the recording, or from 0 to the last spike.

    Examples
    --------
    >>> import annlab
    >>> annlab.population_rate({0: [1, 3], 1: [3]}, dt=1.0)  # [Hz], one for each step
    array([   0.,  500.,    0., 1000.])
    """
    dt, smooth = _step_of(dt, spikes), read_number(smooth, "smooth [ms]", least=0.0)
    steps = all_steps(spikes)
    start, n_steps = _span(spikes, steps, start, stop)
    inside = steps[(steps >= start) & (steps < start + n_steps)] - start
    counts = np.bincount(inside, minlength=n_steps)[:n_steps]
    rates = counts.astype(np.float64) * (MS_PER_SECOND / (dt * max(1, len(spikes))))
    return smoothed(rates, smooth, dt) if smooth > dt else rates


@public
def smoothed_rate(
    spikes: Spikes,
    smooth: float = 0.0,
    dt: float | None = None,
    *,
    start: int | None = None,
    stop: int | None = None,
) -> NDArray[np.float64]:
    """Return the instantaneous rates [Hz] (neurons, steps): inverse interspike intervals.

    The rate is 0 before the first and from the last spike of a neuron on.

    Examples
    --------
    >>> import annlab
    >>> annlab.smoothed_rate({0: [0, 2], 1: [1, 2]}, dt=1.0)  # (neurons, steps) [Hz]
    array([[ 500.,  500.,    0.],
           [   0., 1000.,    0.]])
    """
    dt, smooth = _step_of(dt, spikes), read_number(smooth, "smooth [ms]", least=0.0)
    steps, ranks = flat(spikes)
    start, n_steps = _span(spikes, steps, start, stop)
    rows = np.searchsorted(np.sort(list(spikes)), ranks)
    is_next = ranks[1:] == ranks[:-1]
    begin = np.clip(steps[:-1][is_next] - start, 0, n_steps)
    end = np.clip(steps[1:][is_next] - start, 0, n_steps)
    with np.errstate(divide="ignore"):
        rate = MS_PER_SECOND / (dt * (steps[1:] - steps[:-1])[is_next])
    lengths = end - begin
    offsets = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    rates = np.zeros((len(spikes), n_steps))
    where = np.repeat(rows[:-1][is_next], lengths), np.repeat(begin, lengths) + offsets
    rates[where] = np.repeat(rate, lengths)
    return smoothed(rates, smooth, dt) if smooth > 0 else rates


def _span(
    spikes: Spikes, steps: NDArray[np.int64], start: int | None, stop: int | None
) -> tuple[int, int]:
    """Return the first step that is asked for, and how many there are."""
    known = recorded_in(spikes)
    if start is None:
        start = known[0][0] if known else 0
    first = read_whole(start, "the first step")
    if stop is None:
        stop = known[-1][1] if known else int(steps.max()) + 1 if len(steps) else first
    return first, max(0, read_whole(stop, "the step after the last") - first)


def smoothed(rates: NDArray[np.float64], smooth: float, dt: float) -> NDArray[np.float64]:
    """Low-pass filter the last axis with a time constant of `smooth` ms."""
    filtered = rates.copy()
    fraction = dt / smooth
    for i in range(1, rates.shape[-1]):
        before = filtered[..., i - 1]
        filtered[..., i] = before + fraction * (rates[..., i] - before)
    return filtered
