"""Speeds from samples."""

from __future__ import annotations

import pytest

from annlab.lab.meter import Meter, Sample, Speed


def run(meter: Meter, *, seconds: float, factor: float, rate: float, start: Sample) -> Sample:
    """Read every 0.25 s while the network runs; return the last sample."""
    now = start
    for _ in range(int(seconds / 0.25)):
        simulated_ms = 250.0 * factor
        now = Sample(
            wall_s=now.wall_s + 0.25,
            run_ms=now.run_ms + simulated_ms,
            n_spikes=now.n_spikes + round(rate * simulated_ms / 1000.0),
        )
        meter.read(now)
    return now


ZERO = Sample(wall_s=0.0, run_ms=0.0, n_spikes=0)


@pytest.fixture
def meter() -> Meter:
    meter = Meter()
    meter.read(ZERO)
    return meter


def test_the_first_sample_has_no_speed() -> None:
    assert Meter().read(ZERO) == Speed()


def test_a_steady_run_shows_its_speed_at_once(meter: Meter) -> None:
    speed = meter.read(Sample(wall_s=0.5, run_ms=1000.0, n_spikes=70))
    assert (speed.factor, speed.spikes_per_s) == (2.0, 70.0)


def test_a_changed_speed_shows_after_a_second_or_so(meter: Meter) -> None:
    last = run(meter, seconds=2.0, factor=1.0, rate=100.0, start=ZERO)
    last = run(meter, seconds=3.0, factor=4.0, rate=300.0, start=last)
    speed = meter.read(
        Sample(wall_s=last.wall_s + 0.25, run_ms=last.run_ms + 1000.0, n_spikes=last.n_spikes + 300)
    )
    assert speed.factor == pytest.approx(4.0, rel=0.1)
    assert speed.spikes_per_s == pytest.approx(300.0, rel=0.1)


@pytest.mark.parametrize(
    "after",
    [
        Sample(wall_s=1.0, run_ms=500.0, n_spikes=0),  # it stood still
        Sample(wall_s=1.0, run_ms=0.0, n_spikes=0),  # it was built anew
        Sample(wall_s=9.0, run_ms=900.0, n_spikes=0),  # nobody looked
    ],
)
def test_after_a_gap_the_speed_is_unknown(meter: Meter, after: Sample) -> None:
    meter.read(Sample(wall_s=0.5, run_ms=500.0, n_spikes=0))
    assert meter.read(after) == Speed()
