"""The feed of a phase plane: paths from taps, the field whenever it looks different."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from annlab.runtime.tap import ValueTap
from annlab.runtime.worker import Request
from annlab.widgets.feeds import Clock, first_after_reset
from annlab.widgets.finite import drawable, single
from annlab.widgets.flow_field import FlowField, Limits, Surroundings
from annlab.widgets.pump import Json, Part

# How often the field is looked at again, and how fast inputs are averaged.
FIELD_S = 0.25
SHARE = 0.3

Lines = list[NDArray[np.floating]]


class Reader(Protocol):
    def copy(self) -> Surroundings: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Plane:
    """Paths ``(n, n_neurons, 2)`` and the field within the limits."""

    paths: NDArray[np.floating]
    x_limits: Limits
    y_limits: Limits
    nullclines: tuple[Lines, Lines]
    arrows: NDArray[np.floating]


class Room:
    """Limits of an axis: they widen at once, and narrow when less than half is used."""

    def __init__(self, given: Limits | None) -> None:
        self._given = given
        self._limits: Limits | None = None

    def around(self, values: NDArray[np.floating], centre: float) -> Limits:
        """Return limits that hold `values`, or some room around `centre` if there are none."""
        if self._given is not None:
            return self._given
        known = drawable(np.append(values, centre))
        low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 0.0)
        if self._limits is not None:
            is_inside = low >= self._limits[0] and high <= self._limits[1]
            is_used = high - low > 0.4 * (self._limits[1] - self._limits[0])
            if is_inside and (is_used or high == low):
                return self._limits
        room = max(0.2 * (high - low), 0.25 * max(abs(low), abs(high)) * (high == low))
        room = room or 1.0
        self._limits = (low - room, high + room)
        return self._limits


class PlaneFeed:
    """Paths of neurons since the last frame; with them the field, if it changed."""

    def __init__(
        self,
        taps: tuple[ValueTap, ...],
        field: FlowField,
        reader: Reader,
        *,
        keep: int,
        limits: tuple[Limits | None, Limits | None],
        clock: Clock,
        ask: Callable[[Callable[[], object]], Request],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._x, self._y = taps
        self._field = field
        self.reader = reader
        self._keep = keep
        self._rooms = (Room(limits[0]), Room(limits[1]))
        self._clock = clock
        self._ask = ask
        self._now = now
        self._request: Request | None = None
        self._due = 0.0
        self._around: Surroundings | None = None
        self._drawn: tuple[Surroundings | None, Limits, Limits] | None = None
        self._last_step = -1
        self._is_fresh = True

    def rewind(self) -> None:
        self._is_fresh = True
        self._drawn = None

    def collect(self) -> Part | None:
        self._look_around()
        around = self._around
        if around is None:
            return None
        self._field = self._field.following(around.model)
        steps, paths = self._paths()
        is_fresh = self._is_fresh or (len(steps) > 0 and int(steps[-1]) < self._last_step)
        new = steps > (-1 if is_fresh else self._last_step)
        limits = self._limits(paths, around)
        key = (around, *limits)
        has_field = self._drawn is None or not self._looks_like(key)
        if not is_fresh and not new.any() and not has_field:
            return None
        self._is_fresh = False
        if len(steps):
            self._last_step = int(steps[-1])
        arrays: list[NDArray] = [single(paths[new])]
        if has_field:
            self._drawn = key
            first, second = self._field.nullclines(*limits, around)
            arrays += [_joined(first), _joined(second)]
            arrays.append(single(self._field.arrows(*limits, around)))
        header: dict[str, Json] = {
            "fresh": is_fresh,
            "keep": self._keep,
            "x_limits": list(limits[0]),
            "y_limits": list(limits[1]),
        }
        return Part(header=header, arrays=tuple(arrays))

    def window(self, around: Surroundings) -> Plane:
        """Return paths and field of now."""
        self._field = self._field.following(around.model)
        _, paths = self._paths()
        limits = self._limits(paths, around)
        return Plane(
            paths=paths,
            x_limits=limits[0],
            y_limits=limits[1],
            nullclines=self._field.nullclines(*limits, around),
            arrows=self._field.arrows(*limits, around),
        )

    def _look_around(self) -> None:
        """Ask for what the equations read, and take what was asked for before."""
        if self._request is None and self._now() >= self._due:
            self._request = self._ask(self.reader.copy)
        request = self._request
        if request is None or not request.done.is_set():
            return
        self._request, self._due = None, self._now() + FIELD_S
        if request.error is not None:
            raise request.error
        found: Surroundings = request.result  # type: ignore[assignment]  # what `copy` returned
        self._around = found.mixed(self._around, SHARE, frozenset(found.model.conductances))

    def _looks_like(self, key: tuple[Surroundings, Limits, Limits]) -> bool:
        assert self._drawn is not None  # asked before
        before, *limits = self._drawn
        return tuple(limits) == key[1:] and key[0].is_like(before, self._field.moving)

    def _limits(self, paths: NDArray, around: Surroundings) -> tuple[Limits, Limits]:
        x, y = around.values[self._field.x], around.values[self._field.y]
        return (
            self._rooms[0].around(paths[:, :, 0], x),
            self._rooms[1].around(paths[:, :, 1], y),
        )

    def _paths(self) -> tuple[NDArray[np.int64], NDArray[np.floating]]:
        """Return the steps and ``(n, n_neurons, 2)`` of what both taps hold."""
        x_steps, x, _, _ = self._x.read(0)
        y_steps, y, _, _ = self._y.read(0)
        x_first = first_after_reset(x_steps, self._clock)
        y_first = first_after_reset(y_steps, self._clock)
        x_steps, x = x_steps[x_first:], x[x_first:]
        y_steps, y = y_steps[y_first:], y[y_first:]
        steps, in_x, in_y = np.intersect1d(x_steps, y_steps, return_indices=True)
        paths = np.stack([x[in_x], y[in_y]], axis=-1)
        return steps[-self._keep :], paths[-self._keep :]


def _joined(lines: Sequence[NDArray[np.floating]]) -> NDArray[np.float32]:
    """Return lines as one array of points, NaN between them."""
    gap = np.full((1, 2), np.nan)
    parts = [part for line in lines for part in (line, gap)]
    return single(np.concatenate(parts)) if parts else np.empty((0, 2), np.float32)
