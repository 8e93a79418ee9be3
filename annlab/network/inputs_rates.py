"""Rates that are brought into a network: set by hand, or given as an array over time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from annlab.calls import public
from annlab.errors import ArgumentError, ShapeError, StateError
from annlab.ir.definition import Neuron
from annlab.network.checks import read_flag
from annlab.network.copies import copied
from annlab.network.inputs_tables import Timed
from annlab.network.population import Population
from annlab.network.schedules import Schedule, rates_as_array

if TYPE_CHECKING:
    from annlab.network.network import Network


@public
class InputArray(Population):
    """Rate-coded neurons whose rates `r` are set by the user and kept.

    Parameters
    ----------
    geometry
        Number of neurons or tuple of extents.

    Raises
    ------
    ArgumentError
        If no geometry is given.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network(backend="reference")
    >>> image = net.create(annlab.InputArray((2, 2)))
    >>> image.r = [[0.0, 1.0], [1.0, 0.0]]
    >>> net.compile()
    >>> steps = net.simulate(5.0)
    >>> image.r
    array([[0., 1.],
           [1., 0.]])
    """

    def __init__(
        self,
        geometry: int | tuple[int, ...] | None = None,
        name: str | None = None,
        *,
        network: Network | None = None,
    ) -> None:
        if geometry is None:
            raise ArgumentError("an InputArray needs a geometry", hint="write InputArray(100)")
        neuron = Neuron(equations="r = r", name="Input array", description="Rates set by hand.")
        super().__init__(geometry, neuron, name, network=network)


@public
class TimedArray(Timed):
    """Rate-coded neurons whose rates follow an array over time.

    Parameters
    ----------
    rates
        Rates, ``(time, *geometry)``. Left out, the neurons are silent until `update`.
    geometry
        Of the population; taken from `rates` if left out.
    schedule
        Time [ms] between two rows (0: one step), or the time of each row. Before the first time
        the rates are 0; after the last row they stay.
    period
        Begin again after so many ms; negative: never.

    Raises
    ------
    ArgumentError
        If neither rates nor a geometry are given, or the schedule does not fit.
    ShapeError
        If the rates do not have the shape of the population.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network(backend="reference")
    >>> flash = net.create(annlab.TimedArray([[1.0], [0.0]], schedule=[2.0, 4.0]))
    >>> seen = net.monitor(flash, "r")
    >>> net.compile()
    >>> steps = net.simulate(6.0)
    >>> seen.get("r").ravel()
    array([0., 0., 1., 1., 0., 0.])
    >>> flash.rates.shape, flash.schedule, flash.period
    ((2, 1), [2.0, 4.0], -1.0)
    """

    def __init__(
        self,
        rates: ArrayLike | None = None,
        geometry: int | tuple[int, ...] | None = None,
        schedule: float | Sequence[float] = 0.0,
        period: float = -1.0,
        name: str | None = None,
        *,
        network: Network | None = None,
    ) -> None:
        if rates is None and geometry is None:
            raise ArgumentError(
                "a TimedArray needs rates or a geometry", hint="write TimedArray(rates=array)"
            )
        array = None if rates is None else _rates_array(rates)
        shape = geometry if geometry is not None else array.shape[1:] or (1,)  # type: ignore[union-attr]
        neuron = Neuron(equations="r = r", name="Timed array", description="Rates given over time.")
        super().__init__(shape, neuron, name, network=network)
        with self._withdrawn_if_refused():
            self._given_rates = None if array is None else self._fitting(array)
            self._times = Schedule.read(schedule, period, self._n_rows, "TimedArray")

    @property
    def _n_rows(self) -> int:
        return 0 if self._given_rates is None else len(self._given_rates)

    @property
    def _is_given(self) -> bool:
        return self._given_rates is not None

    def _fitting(self, array: NDArray) -> NDArray:
        if array.shape[1:] != self.geometry and not (array.ndim == 1 and self.size == 1):
            raise ShapeError(
                f"TimedArray {self.name!r}: rates have shape {array.shape}, "
                f"expected (time, {', '.join(map(str, self.geometry))})",
                why="the first axis is time, the others are those of the population",
            )
        return array

    def _tables(self) -> dict[str, NDArray]:
        if self._given_rates is None:
            return {"r": np.zeros((1, self.size))}
        rows = self._given_rates.reshape(self._n_rows, self.size)
        return {"r": self._times.used(rows)}

    @property
    def r(self) -> NDArray:
        """The rates now. They follow the array and cannot be set."""
        return self.get("r")

    @r.setter
    def r(self, value: object) -> None:
        raise StateError(
            f"the rates of TimedArray {self.name!r} follow its array and cannot be set",
            hint="call update(rates), or use an InputArray",
        )

    @property
    def rates(self) -> NDArray | None:
        """The array, ``(time, *geometry)``. Setting it keeps the schedule and restarts."""
        rates = self._given_rates
        return None if rates is None else copied(rates.copy(), "call update(rates)")

    @rates.setter
    def rates(self, value: ArrayLike) -> None:
        self.update(value)

    @property
    def schedule(self) -> float | list[float]:
        """Time between two rows, or the times of the rows [ms]."""
        return self._times.given

    @schedule.setter
    def schedule(self, value: float | Sequence[float]) -> None:
        self._times = Schedule.read(value, self._times.period, self._n_rows, "TimedArray")
        self._replace_tables(reset=False)

    @property
    def period(self) -> float:
        """Time after which the array begins again [ms]; negative: never."""
        return self._times.period

    @period.setter
    def period(self, value: float) -> None:
        self._times = Schedule.read(self._times.given, value, self._n_rows, "TimedArray")
        self._replace_tables(reset=False)

    def update(
        self,
        rates: ArrayLike,
        schedule: float | Sequence[float] | None = None,
        period: float | None = None,
        reset: bool = True,
    ) -> None:
        """Follow another array; schedule and period stay unless given.

        With `reset` it begins now, else the internal time goes on. A reset, of the population or
        the network, brings back what was followed at compile, if there was something.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> flash = net.create(annlab.TimedArray([[1.0], [2.0]]))
        >>> net.compile()
        >>> net.simulate(2.0)
        2
        >>> flash.update([[5.0], [6.0]])  # begins now
        >>> net.step()
        >>> flash.r
        array([5.])
        """
        read_flag(reset, "reset of update()")
        array = self._fitting(_rates_array(rates))
        times = Schedule.read(
            self._times.given if schedule is None else schedule,
            self._times.period if period is None else period,
            len(array),
            "TimedArray",
        )
        self._given_rates, self._times = array, times
        self._replace_tables(reset=reset)

    def reset(self, attributes: Sequence[str] | None = None) -> None:
        """Begin again with the first row of the rates that were there at compile.

        `r` is 0 until the next step.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> flash = net.create(annlab.TimedArray([[1.0], [2.0]]))
        >>> net.compile()
        >>> net.simulate(2.0)
        2
        >>> flash.r
        array([2.])
        >>> flash.reset()
        >>> net.step()
        >>> flash.r
        array([1.])
        """
        self._restart()
        super().reset(attributes)


def _rates_array(rates: ArrayLike) -> NDArray:
    array = rates_as_array(rates, "TimedArray")
    if array.ndim == 0 or 0 in array.shape:
        raise ShapeError(f"the rates of a TimedArray have shape {array.shape}, without elements")
    return array


__all__ = ["InputArray", "TimedArray"]
