"""How fast things go: simulated time over wall time, spikes over simulated time.

Knows neither networks nor clocks: it is given samples.
"""

from __future__ import annotations

from dataclasses import dataclass

SMOOTH_S = 1.0  # a changed speed shows within about this time


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What was read at one moment; `run_ms` was simulated in all runs, whatever the clock says."""

    wall_s: float
    run_ms: float
    n_spikes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """Simulated time over wall time, and spikes per second of simulated time."""

    factor: float = 0.0
    spikes_per_s: float = 0.0


class Meter:
    """Averages the speed over about a second; starts anew after a gap."""

    def __init__(self) -> None:
        self._last: Sample | None = None
        self._speed: Speed | None = None

    def read(self, now: Sample) -> Speed:
        """Return the speed, given what is true now."""
        last, self._last = self._last, now
        self._speed = None if last is None or _is_gap(last, now) else self._smoothed(last, now)
        return self._speed or Speed()

    def _smoothed(self, last: Sample, now: Sample) -> Speed:
        elapsed_s, simulated_s = now.wall_s - last.wall_s, (now.run_ms - last.run_ms) / 1000.0
        current = Speed(
            factor=simulated_s / elapsed_s,
            spikes_per_s=(now.n_spikes - last.n_spikes) / simulated_s,
        )
        before = self._speed
        if before is None:
            return current
        share = min(1.0, elapsed_s / SMOOTH_S)
        return Speed(
            factor=before.factor + share * (current.factor - before.factor),
            spikes_per_s=before.spikes_per_s + share * (current.spikes_per_s - before.spikes_per_s),
        )


def _is_gap(last: Sample, now: Sample) -> bool:
    """True if nothing ran between two samples, or something else did."""
    is_late = not 0 < now.wall_s - last.wall_s < 2 * SMOOTH_S
    return is_late or now.run_ms <= last.run_ms or now.n_spikes < last.n_spikes
