"""The twenty types of spiking of Izhikevich (2004), IEEE Trans. Neural Netw. 15:1063, figure 1.

Parameters, first values and currents are those of the program that draws the figure, figure1.m on
https://www.izhikevich.org/publications/whichmod.htm. Sixteen types are those of the standard model.
Four need another form of it, in the program too: class 1 and the integrator have another parabola,
accommodation has a recovery variable without a leak, and the depolarisation after a spike needs the
program's order, in which u follows the new v.

Two hang on the program's steps of 0.25 and 0.5 ms, and are played with these in their own test.
With 0.1 ms the inhibition-induced burst of its d = -2 would never end: here d is 0, as in
izhikevich.m of the same page. The pulse that ends the firing of the bistable type comes where that
firing is with 0.1 ms, at 207.5 and not at 216 ms.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

import annlab as ann

STEP_MS = 0.1
DURATION_MS = 350.0
TIMES = np.arange(0.0, DURATION_MS, STEP_MS)


def pulse(begin: float, end: float) -> NDArray:
    return 1.0 * ((begin < TIMES) & (end > TIMES))


def on(begin: float) -> NDArray:
    return 1.0 * (begin < TIMES)


FOUR = pulse(40, 44) + pulse(60, 64) + pulse(280, 284) + pulse(320, 324)
# 8 ms after a spike, as in the figure: the moment decides whether the pulse ends the firing.
SWITCHES = pulse(37.5, 42.5) + pulse(207.5, 212.5)
BREAK = np.where((TIMES < 50) | (TIMES > 250), 80.0, 75.0)

# a, b, c, d, first v, current
STANDARD: dict[str, tuple[float, float, float, float, float, NDArray]] = {
    "tonic spiking": (0.02, 0.2, -65, 6, -70, 14.0 * on(10)),
    "phasic spiking": (0.02, 0.25, -65, 6, -64, 0.5 * on(20)),
    "tonic bursting": (0.02, 0.2, -50, 2, -70, 15.0 * on(22)),
    "phasic bursting": (0.02, 0.25, -55, 0.05, -64, 0.6 * on(20)),
    "mixed mode": (0.02, 0.2, -55, 4, -70, 10.0 * on(16)),
    "spike frequency adaptation": (0.01, 0.2, -65, 8, -70, 30.0 * on(8.5)),
    "class 2": (0.2, 0.26, -65, 0, -64, -0.5 + 0.015 * (TIMES - 30.0) * on(30)),
    "spike latency": (0.02, 0.2, -65, 6, -70, 7.04 * pulse(10, 13)),
    "subthreshold oscillations": (0.05, 0.26, -60, 0, -62, 2.0 * pulse(20, 25)),
    "resonator": (0.1, 0.26, -60, -1, -62, 0.65 * FOUR),
    "rebound spike": (0.03, 0.25, -60, 4, -64, -15.0 * pulse(20, 25)),
    "rebound burst": (0.03, 0.25, -52, 0, -64, -15.0 * pulse(20, 25)),
    "threshold variability": (
        0.03, 0.25, -60, 4, -64, pulse(10, 15) + pulse(80, 85) - 6.0 * pulse(70, 75),
    ),
    "bistability": (0.1, 0.26, -60, 0, -61, 0.24 + SWITCHES),
    "inhibition-induced spiking": (-0.02, -1, -60, 8, -63.8, BREAK),
    "inhibition-induced bursting": (-0.026, -1, -45, 0, -63.8, BREAK),
}  # fmt: skip

RAMP = np.where(TIMES < 200, TIMES / 25, (TIMES - 300) * 0.32 * pulse(300, 312.5))
CLOSE_AND_APART = np.sum([pulse(t, t + 2) for t in (100 / 11, 100 / 11 + 5, 70, 80)], axis=0)
# a, b, c, d, first v, first u, linear, constant, v of u, leak of u, current
OTHER_FORM: dict[
    str, tuple[float, float, float, float, float, float, float, float, float, float, NDArray]
] = {
    "class 1": (0.02, -0.1, -55, 6, -60, 6, 4.1, 108, 0, 1, 0.075 * (TIMES - 30) * on(30)),
    "integrator": (0.02, -0.1, -55, 6, -60, 6, 4.1, 108, 0, 1, 9.0 * CLOSE_AND_APART),
    "accommodation": (0.02, 1, -55, 4, -65, -16, 5, 140, -65, 0, RAMP),
    "depolarisation after a spike": (1, 0.2, -60, -21, -70, -14, 5, 140, 0, 1, 20 * pulse(9, 11)),
}

_NAMES = ["a", "b", "c", "d", "v", "u", "linear", "constant", "centre", "leak"]
_OTHER = ann.Neuron(
    parameters="\n".join(f"{name} = 0.0" for name in (*_NAMES[:4], *_NAMES[6:])),
    equations="""
        dv/dt = 0.04 * v^2 + linear * v + constant - u + g_exc
        u += dt * a * (b * (v - centre) - leak * u)
    """,
    spike="v > 30.0",
    reset="v = c; u += d",
)


@dataclass(frozen=True, slots=True)
class Trace:
    """What one neuron did: times of its spikes [ms], potential in each step [mV]."""

    spikes: NDArray
    v: NDArray

    @property
    def intervals(self) -> NDArray:
        return np.diff(self.spikes)

    @property
    def bursts(self) -> list[NDArray]:
        """The spikes that follow each other within 15 ms."""
        return np.split(self.spikes, np.flatnonzero(self.intervals > 15.0) + 1)

    def only_between(self, begin: float, end: float) -> bool:
        return len(self.spikes) > 0 and begin < self.spikes[0] and self.spikes[-1] < end

    def at(self, time: float) -> float:
        return float(self.v[round(time / STEP_MS)])


@cache
def traces() -> dict[str, Trace]:
    net = ann.Network(dt=STEP_MS, seed=1, backend="cpu")
    found: dict[str, Trace] = {}
    monitors = []
    for table, neuron, names in (
        (STANDARD, ann.Izhikevich(), _NAMES[:5]),
        (OTHER_FORM, _OTHER, _NAMES),
    ):
        cells = net.create(len(table), neuron)
        *values, currents = zip(*table.values(), strict=True)
        cells.set(dict(zip(names, map(list, values), strict=True)))
        flowing = np.transpose(currents)
        if neuron is not _OTHER:
            cells.u = cells.b * cells.v
            cells.i_offset = flowing[0]  # from the first step on; what is injected comes one later
            flowing = flowing - flowing[0]
        source = net.create(ann.TimedArray(flowing))
        net.connect(ann.CurrentInjection(source, cells, "exc")).connect_current()
        monitors.append((list(table), net.monitor(cells, ["spike", "v"])))
    net.compile()
    net.simulate(DURATION_MS)
    for kinds, monitor in monitors:
        data = monitor.get()
        for rank, kind in enumerate(kinds):
            found[kind] = Trace(np.array(data["spike"][rank]) * STEP_MS, data["v"][:, rank])
    return found


def _fires_at_once_and_on(t: Trace, first_ms: tuple[float, float]) -> bool:
    is_long = len(t.spikes) > 6 and bool(t.spikes[-1] > DURATION_MS - 40.0)
    return is_long and first_ms[0] < t.intervals[0] < first_ms[1]


def _rest_crossings(t: Trace) -> int:
    late = t.v[round(60.0 / STEP_MS) :]
    return int(np.count_nonzero(np.diff(np.sign(late - late[-round(100.0 / STEP_MS) :].mean()))))


IS: dict[str, Callable[[Trace], bool]] = {
    "tonic spiking": lambda t: (
        len(t.spikes) > 10 and np.ptp(t.intervals[4:]) < 1.0 and t.intervals.min() > 3.0
    ),
    "phasic spiking": lambda t: len(t.spikes) == 1 and t.only_between(35.0, 50.0),
    "tonic bursting": lambda t: len(t.bursts) >= 5 and min(map(len, t.bursts[:-1])) >= 4,
    "phasic bursting": lambda t: (
        len(t.bursts) == 1 and len(t.spikes) >= 5 and t.only_between(20.0, 100.0)
    ),
    "mixed mode": lambda t: (
        len(t.bursts[0]) == 3 and t.intervals[1] < 6.0 and max(map(len, t.bursts[1:])) == 1
    ),
    "spike frequency adaptation": lambda t: (
        len(t.spikes) > 8 and np.all(np.diff(t.intervals[:5]) > 0) and len(t.bursts[0]) == 4
    ),
    "class 1": lambda t: _fires_at_once_and_on(t, (33.0, 60.0)),  # below 30 Hz
    "class 2": lambda t: _fires_at_once_and_on(t, (10.0, 22.0)),  # above 45 Hz
    "spike latency": lambda t: len(t.spikes) == 1 and t.only_between(16.0, 19.0),
    "subthreshold oscillations": lambda t: (
        len(t.spikes) == 1 and t.only_between(20.0, 30.0) and _rest_crossings(t) >= 8
    ),
    "resonator": lambda t: len(t.spikes) == 1 and t.only_between(324.0, 345.0),
    "integrator": lambda t: len(t.spikes) == 1 and t.only_between(19.0, 25.0),
    "rebound spike": lambda t: len(t.spikes) == 1 and t.only_between(52.0, 70.0),
    "rebound burst": lambda t: (
        len(t.bursts) == 1 and len(t.spikes) >= 6 and t.only_between(45.0, 120.0)
    ),
    "threshold variability": lambda t: len(t.spikes) == 1 and t.only_between(80.0, 100.0),
    "bistability": lambda t: (
        len(t.spikes) >= 4 and t.intervals.min() > 25.0 and t.only_between(37.5, 213.0)
    ),
    "depolarisation after a spike": lambda t: (
        len(t.spikes) == 1 and t.at(13.0) > -57.0 and abs(t.at(50.0) + 70.0) < 0.5
    ),
    "accommodation": lambda t: len(t.spikes) == 1 and t.only_between(300.0, 314.0),
    "inhibition-induced spiking": lambda t: (
        len(t.spikes) >= 3 and t.intervals.min() > 30.0 and t.only_between(60.0, 260.0)
    ),
    "inhibition-induced bursting": lambda t: (
        len(t.bursts) >= 2 and min(map(len, t.bursts)) >= 4 and t.only_between(60.0, 280.0)
    ),
}


def test_there_are_twenty_types() -> None:
    assert len(IS) == 20
    assert IS.keys() == STANDARD.keys() | OTHER_FORM.keys()


@pytest.mark.parametrize("kind", IS)
def test_a_type_fires_as_its_name_says(kind: str) -> None:
    assert IS[kind](traces()[kind]), traces()[kind].spikes


@pytest.mark.parametrize("kind", IS)
def test_a_name_tells_a_type_from_all_others(kind: str) -> None:
    taken = [other for other, trace in traces().items() if IS[kind](trace)]
    assert taken == [kind]


# Step, duration, a, b, c, d, first v, current at a time; as the program has them.
AS_PROGRAMMED: dict[str, tuple[float, float, tuple[float, ...], Callable[[float], float]]] = {
    "bistability": (
        0.25, 300.0, (0.1, 0.26, -60, 0, -61),
        lambda t: 1.24 if 37.5 < t < 42.5 or 216 < t < 221 else 0.24,
    ),
    "inhibition-induced bursting": (
        0.5, 350.0, (-0.026, -1, -45, -2, -63.8), lambda t: 80.0 if t < 50 or t > 250 else 75.0,
    ),
}  # fmt: skip


def _spikes_of_the_program(kind: str) -> list[float]:
    """Do what the program does, line by line."""
    step, duration, (a, b, c, d, v), current = AS_PROGRAMMED[kind]
    u, spikes = b * v, []
    for t in np.arange(0.0, duration, step):
        v += step * (0.04 * v**2 + 5 * v + (140 + current(t)) - u)
        u += step * a * (b * v - u)
        if v > 30:
            spikes.append(float(t))
            v, u = c, u + d
    return spikes


@pytest.mark.parametrize("kind", AS_PROGRAMMED)
def test_the_steps_of_the_program_give_its_spikes(kind: str) -> None:
    step, duration, (a, b, c, d, v), current = AS_PROGRAMMED[kind]
    net = ann.Network(dt=step, seed=1, backend="cpu")
    cell = net.create(1, _OTHER)
    cell.set({"a": a, "b": b, "c": c, "d": d, "v": v, "u": b * v, "linear": 5.0, "leak": 1.0})
    monitor = net.monitor(cell, "spike")
    net.compile()
    for t in np.arange(0.0, duration, step):
        cell.constant = 140.0 + current(t)
        net.step()
    spikes = [n * step for n in monitor.get("spike")[0]]
    assert spikes == _spikes_of_the_program(kind)
    assert len(spikes) in (5, 12)  # one row of five; bursts of seven and of five
