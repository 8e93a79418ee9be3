"""How much memory the recordings of a run will take, before it is run.

Values are counted exactly: a row is due or not. Spikes are estimated from a rate. A run whose
values cannot fit is refused; one whose spikes may not fit is warned of.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from annlab.calls import public
from annlab.errors import TooLargeError
from annlab.network.checks import read_number
from annlab.network.timing import n_steps
from annlab.network.tracks import Track
from annlab.runtime.memory import available_bytes
from annlab.runtime.recorder import SpikeRecorder

if TYPE_CHECKING:
    from annlab.network.monitor import Monitor
    from annlab.network.network import Network

ASSUMED_RATE_HZ = 10.0
SPIKE_BYTES = 12  # a step and a rank
_SMALL = 1 << 26  # asking the system what is free costs more than so few bytes are worth


@public
@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryEstimate:
    """What the recordings of a run will take [bytes], besides what is recorded already.

    Attributes
    ----------
    by_variable
        In memory, by variable (of a network: by monitor and variable).
    spikes
        The part of `in_memory` that rests on a firing rate.
    on_disk
        In files, before compression.
    available
        What the machine has now.
    rate
        Firing rate [Hz] that was assumed or measured; None without spikes.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network(backend="reference")
    >>> cells = net.create(1000, annlab.Izhikevich, name="cells")
    >>> watch = net.monitor(cells, "spike")
    >>> net.compile()
    >>> estimate = net.memory_estimate(1000.0, rate=20.0)
    >>> estimate
    <0.24 MB in memory: Monitor_cells.spike 0.24 MB; at 20 Hz>
    >>> estimate.in_memory, estimate.fits
    (240000, True)
    """

    in_memory: int
    spikes: int
    on_disk: int
    available: int
    rate: float | None
    by_variable: Mapping[str, int] = field(default_factory=dict)

    @property
    def fits(self) -> bool:
        """Whether it fits into the memory that the machine has now."""
        return self.in_memory <= self.available

    def __repr__(self) -> str:
        largest = sorted(self.by_variable.items(), key=lambda item: -item[1])[:3]
        parts = [f"{name} {_told(n)}" for name, n in largest if n]
        text = f"<{_told(self.in_memory)} in memory"
        text += f": {', '.join(parts)}" if parts else ""
        text += f"; {_told(self.on_disk)} in files" if self.on_disk else ""
        text += f"; at {self.rate:.3g} Hz" if self.rate is not None else ""
        return f"{text}>" if self.fits else f"{text}; {_told(self.available)} are free>"


@dataclass(slots=True)
class _Sum:
    in_memory: int = 0
    spikes: int = 0
    on_disk: int = 0
    rates: list[float] = field(default_factory=list)
    by_variable: dict[str, int] = field(default_factory=dict)

    def result(self) -> MemoryEstimate:
        return MemoryEstimate(
            in_memory=self.in_memory,
            spikes=self.spikes,
            on_disk=self.on_disk,
            available=available_bytes(),
            rate=max(self.rates, default=None),
            by_variable=self.by_variable,
        )


def estimate_monitor(monitor: Monitor, duration: float, rate: float | None) -> MemoryEstimate:
    """See `Monitor.estimate`."""
    state = monitor._network._require_state(f"estimate the recordings of {monitor.name}")
    total, steps = _Sum(), n_steps(duration, state.dt)
    _check_rate(rate)
    monitor._network._call(lambda: _add(total, monitor, steps, rate, prefix=""))
    return total.result()


def estimate_network(network: Network, duration: float, rate: float | None) -> MemoryEstimate:
    """See `Network.memory_estimate`."""
    total, steps = _Sum(), n_steps(duration, network.dt)
    network._require_state("estimate its recordings")
    _check_rate(rate)

    def add() -> None:
        for monitor in network._monitors:
            _add(total, monitor, steps, rate, prefix=f"{monitor.name}.")

    network._call(add)
    return total.result()


def require_room(network: Network, steps: int) -> str | None:
    """Refuse a run whose recordings cannot fit; return a warning if its spikes may not."""
    if not network._monitors:
        return None
    total = _Sum()
    for monitor in network._monitors:
        _add(total, monitor, steps, None, prefix=f"{monitor.name}.")
    if total.in_memory < _SMALL:
        return None
    estimate = total.result()
    if estimate.fits:
        return None
    largest = max(estimate.by_variable, key=lambda name: estimate.by_variable[name])
    what = (
        f"{_told(estimate.in_memory)} of recordings, most of them {largest}, "
        f"and {_told(estimate.available)} are free"
    )
    hint = (
        "record fewer neurons or with a longer period, the last ms only (last=...), "
        "a window, or into a file (file=...); net.memory_estimate(ms) tells what a run will take"
    )
    if estimate.in_memory - estimate.spikes > estimate.available:
        raise TooLargeError(f"the run would need {what}", hint=hint)
    return f"at {estimate.rate:.3g} Hz the run may need {what}: {hint}"


def _check_rate(rate: float | None) -> None:
    if rate is not None:
        read_number(rate, "the firing rate [Hz]", least=0.0)


def _add(total: _Sum, monitor: Monitor, steps: int, rate: float | None, *, prefix: str) -> None:
    now = monitor._step()
    for name, track in monitor._tracks.items():
        if not track.recorder.is_active[0]:
            n_bytes, assumed = 0, None
        else:
            n_bytes, assumed = _needed(track, now, steps, rate, monitor._network.dt)
        if assumed is not None:
            total.rates.append(assumed)
        if monitor._file is not None:
            total.on_disk += n_bytes
            continue
        n_bytes = max(0, n_bytes - _discarded(track, monitor._most_steps, n_bytes, steps))
        total.in_memory += n_bytes
        total.by_variable[f"{prefix}{name}"] = n_bytes
        if assumed is not None:
            total.spikes += n_bytes


def _needed(
    track: Track, now: int, steps: int, rate: float | None, dt: float
) -> tuple[int, float | None]:
    """Return bytes, and the rate that was used."""
    recorder = track.recorder
    if not isinstance(recorder, SpikeRecorder):
        return recorder.n_rows_until(now, now + steps) * recorder.row_bytes, None
    n_neurons = len(track.store.form.labels["rank"])
    rate = _rate_so_far(recorder, now, n_neurons, dt) if rate is None else rate
    first, end = max(now, int(recorder.window[0])), min(now + steps, int(recorder.window[1]))
    seconds = max(0, end - first) * dt / 1000.0
    return round(rate * n_neurons * seconds) * SPIKE_BYTES, rate


def _rate_so_far(recorder: SpikeRecorder, now: int, n_neurons: int, dt: float) -> float:
    seconds = recorder.n_steps(now) * dt / 1000.0
    n_spikes = recorder.n_entries + int(recorder.count[0])
    return n_spikes / (n_neurons * seconds) if seconds > 0 else ASSUMED_RATE_HZ


def _discarded(track: Track, most_steps: int | None, n_bytes: int, steps: int) -> int:
    """Return how much of it a ring throws away, whose oldest chunk goes as a whole."""
    if most_steps is None or steps <= most_steps:
        return 0
    recorder = track.recorder
    chunk = recorder.capacity * (
        SPIKE_BYTES if isinstance(recorder, SpikeRecorder) else recorder.row_bytes
    )
    return n_bytes - min(n_bytes, round(n_bytes * most_steps / steps) + chunk)


def _told(n_bytes: int) -> str:
    return f"{n_bytes / 1e9:.2f} GB" if n_bytes >= 1e7 else f"{n_bytes / 1e6:.3g} MB"


__all__ = ["MemoryEstimate", "estimate_monitor", "estimate_network", "require_room"]
