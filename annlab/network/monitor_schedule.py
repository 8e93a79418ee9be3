"""When a monitor records: in which steps, within which window, and how long it keeps them."""

from __future__ import annotations

from annlab.calls import public
from annlab.errors import AnnlabError, ArgumentError, ArgumentTypeError
from annlab.network.checks import read_number
from annlab.network.monitor_base import MonitorBase
from annlab.network.recorders import Plan
from annlab.network.timing import warn_of_rounding
from annlab.runtime.recorder import EVER, MOST_ROWS, ValueRecorder


@public
class MonitorSchedule(MonitorBase):
    """Times [ms] of the user as steps."""

    _period: float | None
    _period_offset: float | None
    _window: tuple[float, float] | None
    _last: float | None

    @property
    def period(self) -> float:
        """Time between two records [ms]."""
        return self._schedule()[0] * self._network.dt

    @period.setter
    def period(self, value: float | None) -> None:
        self._reschedule(value, self._period_offset)

    @property
    def period_offset(self) -> float:
        """Time of the records inside a period [ms]."""
        return self._schedule()[1] * self._network.dt

    @period_offset.setter
    def period_offset(self, value: float | None) -> None:
        self._reschedule(self._period, value)

    @property
    def window(self) -> tuple[float, float] | None:
        """Begin and end [ms] of what is recorded, by the network's clock; None: always."""
        return self._window

    @window.setter
    def window(self, window: tuple[float, float] | None) -> None:
        self._window = self._checked_window(window)
        steps = self._window_steps()

        def change() -> None:
            for track in self._tracks.values():
                track.recorder.record_in(steps, self._step())

        self._network._call(change)

    @property
    def last(self) -> float | None:
        """Of how many ms before now the recordings are kept; None: of all."""
        return self._last

    def _schedule(self) -> tuple[int, int]:
        """Return (period, offset) in steps, checked."""
        dt = self._network.dt
        if self._period is not None:
            read_number(self._period, f"the period of {self.name} [ms]", least=0.0)
        if self._period_offset is not None:
            read_number(self._period_offset, f"the period_offset of {self.name} [ms]")
        period = 1 if self._period is None else max(1, round(self._period / dt))
        offset = 0 if self._period_offset is None else round(self._period_offset / dt)
        if not 0 <= offset < period:
            raise ArgumentError(
                f"period_offset {offset * dt:g} ms of {self.name} is not below the period "
                f"of {period * dt:g} ms"
            )
        return period, offset

    def _warn_of_rounding(self) -> None:
        """Tell of times that lie between the steps."""
        dt = self._network.dt
        given = {"period": self._period, "period_offset": self._period_offset}
        for (name, meant), taken in zip(given.items(), self._schedule(), strict=True):
            if meant is not None:
                warn_of_rounding(f"the {name} of {self.name}", meant, taken, dt)

    def _reschedule(self, period: float | None, offset: float | None) -> None:
        before = self._period, self._period_offset
        self._period, self._period_offset = period, offset
        try:
            schedule = self._schedule()
        except AnnlabError:
            self._period, self._period_offset = before
            raise
        self._warn_of_rounding()

        def change() -> None:
            for track in self._tracks.values():
                if isinstance(track.recorder, ValueRecorder):
                    track.recorder.plan(*schedule, step=self._step())

        self._network._call(change)

    def _checked_window(self, window: object) -> tuple[float, float] | None:
        if window is None:
            return None
        try:
            first, last = (float(x) for x in window)  # type: ignore[attr-defined]  # see below
        except (TypeError, ValueError):
            raise ArgumentTypeError(
                f"the window of {self.name} is {window!r}",
                hint="give (first, last) in ms of the network's clock",
            ) from None
        if not 0 <= first < last:
            raise ArgumentError(
                f"the window of {self.name} goes from {first:g} ms to {last:g} ms",
                hint="it begins at 0 or later, and ends after its begin; inf: never",
            )
        return first, last

    def _window_steps(self) -> tuple[int, int]:
        if self._window is None:
            return 0, EVER
        first, last = (t / self._network.dt for t in self._window)
        return round(first), EVER if last > EVER else round(last)

    def _checked_last(self, last: float | None, file: object) -> float | None:
        if last is None:
            return None
        if not read_number(last, f"last of {self.name} [ms]") > 0:
            raise ArgumentError(
                f"{self.name} cannot keep the last {last!r} ms", hint="give a time above 0"
            )
        if file is not None:
            raise ArgumentError(
                f"{self.name} was given last={last:g} and a file",
                why="a file keeps everything",
                hint="give one of both",
            )
        return float(last)

    @property
    def _most_steps(self) -> int | None:
        if self._last is None:
            return None
        return max(1, round(self._last / self._network.dt))

    def _plan(self, step: int) -> Plan:
        period, offset = self._schedule()
        most = self._most_steps
        return Plan(
            period=period,
            offset=offset,
            start=step % period,
            window=self._window_steps(),
            most_rows=MOST_ROWS if most is None else most // period + 1,
        )


__all__ = ["MonitorSchedule"]
