"""One parameter that a slider moves: what its position means for the values of a network.

A number for all neurons, or, where each has its own, a factor or a shift of the
values that there were, or their mean and spread. Setting an attribute is all
that ever happens: no structure changes, nothing is compiled.
"""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from annlab.calls import public
from annlab.errors import ArgumentError, UnknownAttributeError, nearest
from annlab.ir.expr import Expr, Literal, Locality
from annlab.ir.model import NeuronModel, SynapseModel
from annlab.network.checks import read_number
from annlab.network.network import Network
from annlab.network.population import Population
from annlab.network.projection import Projection
from annlab.network.view import PopulationView
from annlab.widgets.given import read_limits
from annlab.widgets.held import Held
from annlab.widgets.latest import Latest
from annlab.widgets.pump import Json
from annlab.widgets.ranges import SliderRange, slider_range, unit_of
from annlab.widgets.source import is_annlabs_own

Steerable = Population | PopulationView | Projection

VALUE, SCALE, OFFSET, MEAN = "value", "scale", "offset", "mean"
# Mode -> what the page calls it.
_TEXTS = {VALUE: "value", SCALE: "× factor", OFFSET: "+ shift", MEAN: "mean ± sd"}
_SIGNS = {VALUE: "", SCALE: " ×", OFFSET: " +", MEAN: " mean"}
# What the page says of a row whose attribute the model has no longer.
LOST = "no longer part of the model"
# Added to the key of a row: the one of the standard deviation.
OF_SPREAD = ":sd"


@public
class Knob:
    """A number that moves an attribute of a population, a view or a projection.

    Setting `value` (or, of a mean, `spread`) applies it. Values that come faster than they can be
    applied are skipped, the last one wins.
    """

    _is_built = False  # from then on it takes no new attributes

    def __init__(
        self,
        thing: Steerable,
        name: str,
        limits: tuple[float, float] | None,
        changed: Callable[[], None],
    ) -> None:
        self.name = name
        self._held: Held[Steerable] = Held(thing)
        self._limits = limits
        self._changed = changed
        self._rebase(_numbers(thing, name))
        self._applied = (0.0, 0.0)
        self.mode = VALUE if self._is_uniform else SCALE
        self._start()
        self._latest = Latest()
        self._setter: int | None = None  # ident of the thread that sets for this knob just now
        self.n_moves = 0
        self.is_lost = False  # the model was edited and has the attribute no longer
        self._is_built = True

    def __setattr__(self, name: str, value: object) -> None:
        if self._is_built and not hasattr(self, name):
            near = nearest(name, (known := ("value", "spread")))
            raise UnknownAttributeError(
                f"the slider of '{self.name}' has no {name!r}",
                why=f"what can be set: {', '.join(known)}",
                hint=f"did you mean {near!r}?" if near else None,
            )
        object.__setattr__(self, name, value)

    @property
    def network(self) -> Network:
        """The network whose values it moves."""
        return (self._held.whole or self._thing)._network

    @property
    def is_gone(self) -> bool:
        """True once the network was deleted: nothing can be moved any more."""
        return self._held.is_gone

    @property
    def _thing(self) -> Steerable:
        return self._held.part

    @property
    def is_moving(self) -> bool:
        """True while a value is on its way to the network."""
        return self._latest.is_applying

    @property
    def modes(self) -> tuple[str, ...]:
        """The ways in which this attribute can be moved."""
        if self._base.size < 2 or not _is_local(self._thing, self.name):
            return (VALUE,)
        return (VALUE, MEAN) if self._is_uniform else (SCALE, OFFSET, MEAN)

    @property
    def value(self) -> float:
        """What the slider shows: the value, factor, shift or mean."""
        return self._value

    @value.setter
    def value(self, value: float) -> None:
        self.move(value)
        self._changed()

    @property
    def spread(self) -> float:
        """The standard deviation around a mean."""
        return self._spread

    @spread.setter
    def spread(self, spread: float) -> None:
        self.move(spread, is_spread=True)
        self._changed()

    def move(self, value: float, *, is_spread: bool = False) -> None:
        """As setting `value` or `spread`, but the page knows it already."""
        number = read_number(value, f"{'spread' if is_spread else 'value'} of '{self.name}'")
        self.n_moves += 1
        if is_spread:
            self._spread = number
        else:
            self._value = number
        self._latest.set(number, self._apply)

    def set_limits(
        self, low: float | None = None, high: float | None = None, *, is_spread: bool = False
    ) -> None:
        """Let the slider go from `low` to `high`; what is not given stays."""
        before = self.spread_range if is_spread else self.range
        ends = before.low if low is None else low, before.high if high is None else high
        limits = read_limits(ends, f"the slider of '{self.name}'")
        assert limits is not None  # both ends are there
        after = _limited(before, *limits)
        if is_spread:
            self.spread_range = after
        else:
            self.range = after
        self._changed()

    def widen(self, value: float, *, is_spread: bool = False) -> None:
        """Let the limits hold `value`."""
        now = self.spread_range if is_spread else self.range
        value = read_number(value, f"value of '{self.name}'")
        if not now.low <= value <= now.high:
            self.set_limits(min(now.low, value), max(now.high, value), is_spread=is_spread)

    def set_mode(self, mode: str) -> None:
        """Move the attribute in another way, from the values that it had at first."""
        if mode not in self.modes:
            raise ArgumentError(
                f"'{self.name}' cannot be moved by {mode!r}", hint=f"use {', '.join(self.modes)}"
            )
        self.mode = mode
        self.reset()

    def reset(self) -> None:
        """Put back the values that there were at first."""
        self.n_moves += 1
        self._start()
        self._latest.set(self._value, self._apply)
        self._changed()

    def follow(self, value: float | None) -> None:
        """Show `value`, which the network has already."""
        if value is not None:
            self._value = value
            self._applied = (value, self._spread)
        self._changed()

    def is_concerned(self, thing: object, name: str | None) -> bool:
        """Tell whether somebody else, in this thread, has set what the knob moves."""
        if self._setter == threading.get_ident() or name not in (None, self.name):
            return False
        own = self._held.whole
        return own is not None and (thing is None or thing is own)

    def read(self) -> NDArray[np.float64]:
        """Return a copy of the values that the network has now."""
        return _numbers(self._thing, self.name)

    def lose(self) -> bool:
        """Note that no values can be read; tell whether it is news that the model has none."""
        was_lost, self.is_lost = self.is_lost, self.name not in self._thing.attributes
        return self.is_lost and not was_lost

    def see(self, now: NDArray[np.float64]) -> bool:
        """Show the values that code has given the network; tell whether they are news.

        Factor and shift go on from the first values where these explain what there is now, else
        from the new ones. What the model lost and has again begins anew.
        """
        if not now.size or not np.isfinite(now).all():
            return False
        if self.is_lost:
            self.is_lost = False
            self._rebase(now)
            self.mode = VALUE if self._is_uniform else SCALE
            self._start()
            return True
        before = (self.mode, self._value, self._spread)
        explained = self._explained(now)
        if explained is None:
            if not isinstance(self._thing, Projection) and self.name not in self._thing.parameters:
                return False  # the equations move it too, and a slider is no trace
            self._rebase(now)
            if self.mode != MEAN:
                self.mode = VALUE if self._is_uniform else SCALE
            self._start()
        elif not np.allclose(explained, before[1:], rtol=1e-6, atol=1e-12):
            self._value, self._spread = explained
        self._applied = (self._value, self._spread)
        self.range = _holding(self.range, self._value)
        self.spread_range = _holding(self.spread_range, self._spread)
        return before != (self.mode, self._value, self._spread)

    def _explained(self, now: NDArray[np.float64]) -> tuple[float, float] | None:
        """Return the value and spread that lead to `now` in this mode; None if none do."""
        if self.mode == VALUE:
            is_uniform = bool((now == now.flat[0]).all())
            return (float(now.flat[0]), self._spread) if is_uniform else None
        if now.shape != self._base.shape:
            return None
        if self.mode == MEAN:
            units = self._units()
            spread = float(now.std() / units.std())
            value = float(now.mean()) - spread * float(units.mean())
            fits = np.allclose(now, value + spread * units, rtol=1e-6)
            return (value, spread) if fits else None
        largest = np.unravel_index(np.abs(self._base).argmax(), now.shape)
        if self.mode == SCALE:
            value = float(now[largest] / self._base[largest])
            fits = np.allclose(now, value * self._base, rtol=1e-6)
        else:
            value = float(now[largest] - self._base[largest])
            fits = np.allclose(now, value + self._base, rtol=1e-6)
        return (value, self._spread) if fits else None

    def let_go(self) -> None:
        """Tell nobody any more; forget the first values until the next move."""
        self._base = self._moved = np.empty(0)
        self._changed = _nobody

    def code(self, name: str) -> list[str]:
        """Return Python that brings the knob called `name` to where it is now."""
        lines: list[str] = []
        if self.is_lost:
            return lines
        if self.mode != (VALUE if self._is_uniform else SCALE):
            lines.append(f"{name}.set_mode({self.mode!r})")
        if self._value != self.default:
            lines.append(f"{name}.value = {self._value!r}")
        if self._spread != self.default_spread:
            lines.append(f"{name}.spread = {self._spread!r}")
        return lines

    def rows(self, key: str) -> list[dict[str, Json]]:
        """Return what the page draws: a row, and for a mean another for the deviation."""
        if self.is_lost:
            shown = _shown(self._value, self.default, self.range)
            return [
                {**shown, "key": key, "label": self.name, "unit": "", "modes": [], "lost": LOST}
            ]
        unit_text = "" if self.mode == SCALE else self._unit()
        row: dict[str, Json] = {
            **_shown(self._value, self.default, self.range),
            "key": key,
            "label": f"{self.name}{_SIGNS[self.mode]}",
            "unit": unit_text,
            "mode": self.mode,
            "modes": [[mode, _TEXTS[mode]] for mode in self.modes],
        }
        if self.mode != MEAN:
            return [row]
        spread: dict[str, Json] = {
            **_shown(self._spread, self.default_spread, self.spread_range),
            "key": key + OF_SPREAD,
            "label": f"{self.name} sd",
            "unit": unit_text,
            "modes": [],
        }
        return [row, spread]

    def _unit(self) -> str:
        whole = self._held.whole
        return unit_of(
            _model_of(self._thing), self.name, is_in_mv=whole is not None and is_annlabs_own(whole)
        )

    def _rebase(self, values: NDArray[np.float64]) -> None:
        """Count moves from `values` on."""
        self._base = values
        self._moved = np.empty_like(values)  # kept: fresh memory costs more than the product
        self._is_uniform = values.size == 0 or bool((values == values.flat[0]).all())

    def _start(self) -> None:
        base = self._base
        first, mean = (float(base.flat[0]), float(base.mean())) if base.size else (0.0, 0.0)
        self.default = {VALUE: first, SCALE: 1.0, OFFSET: 0.0, MEAN: mean}[self.mode]
        self._value = self.default
        self._spread = self.default_spread = 0.0 if self._is_uniform else float(base.std())
        top = 2 * self._spread or abs(mean) / 2 or 1.0
        self.spread_range = SliderRange(low=0.0, high=top)
        self.range = self._first_range()
        self._applied = (self._value, self._spread)

    def _first_range(self) -> SliderRange:
        if self.mode in (SCALE, OFFSET):
            extent = float(np.ptp(self._base))
            low, high = (0.0, 2.0) if self.mode == SCALE else (-extent, extent)
            given = self._limits or (low, high)
            return SliderRange(low=given[0], high=given[1])
        low, high = self._limits or _declared_bounds(_model_of(self._thing), self.name)
        in_mv = self._value == 0 and _has_potential_in_mv(self._thing)
        found = slider_range(self.name, self._value, low=low, high=high, is_in_mv=in_mv)
        # Decades have no 0: who asks for it gets an even scale.
        return _holding(_limited(found, *self._limits), self._value) if self._limits else found

    def _apply(self, _: float) -> None:
        if self.mode != VALUE and (not self._base.size or self._has_other_synapses()):
            self._rebase(self._before_moves(_numbers(self._thing, self.name)))
        self._setter = threading.get_ident()
        try:
            self._thing.set({self.name: self._values()})
        finally:
            self._setter = None
        self._applied = (self._value, self._spread)

    def _values(self) -> float | NDArray[np.float64]:
        match self.mode:
            case "scale":
                return np.multiply(self._base, self._value, out=self._moved)
            case "offset":
                return np.add(self._base, self._value, out=self._moved)
            case "mean":
                return self._value + self._spread * self._units()
        return self._value

    def _before_moves(self, now: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return from which values the applied moves led to `now`."""
        value, _ = self._applied
        if self.mode == SCALE:
            return now / value if value else now
        return now - value if self.mode == OFFSET else now

    def _has_other_synapses(self) -> bool:
        """Tell whether some have come or gone, so that the first values fit no longer."""
        thing = self._thing
        if not isinstance(thing, Projection) or not thing.initialized:
            return False
        return self._base.size not in (thing.nb_synapses, thing.size)

    def _units(self) -> NDArray[np.float64]:
        """Return numbers of mean 0 and deviation 1: the first values, or random ones."""
        if not self._is_uniform:
            return (self._base - self._base.mean()) / self._base.std()
        # The same numbers for the same name, so that a slider that comes back finds them again.
        rng = np.random.default_rng(zlib.crc32(self.name.encode()))
        return rng.standard_normal(self._base.shape)


def _nobody() -> None:
    """Hears of a knob whose sliders are closed."""


def _limited(before: SliderRange, low: float, high: float) -> SliderRange:
    return SliderRange(low=low, high=high, is_logarithmic=before.is_logarithmic and low > 0)


def _holding(now: SliderRange, value: float) -> SliderRange:
    """Return a range that holds `value` as well."""
    if now.low <= value <= now.high:
        return now
    return _limited(now, min(now.low, value), max(now.high, value))


def _shown(value: float, default: float, limits: SliderRange) -> dict[str, Json]:
    return {
        "value": value,
        "default": default,
        "low": limits.low,
        "high": limits.high,
        "is_log": limits.is_logarithmic,
    }


def _numbers(thing: Steerable, name: str) -> NDArray[np.float64]:
    """Return a copy of all values, in one array that may be set again."""
    if isinstance(thing, Projection) and thing.initialized:
        return thing.get(name, as_array=True).astype(np.float64)
    return np.array(getattr(thing, name), dtype=np.float64)


def _is_local(thing: Steerable, name: str) -> bool:
    attribute = _model_of(thing).attribute(name)
    return attribute is not None and attribute.locality is not Locality.GLOBAL


def _model_of(thing: Steerable) -> NeuronModel | SynapseModel:
    return thing._model if isinstance(thing, Projection) else thing.model


def _has_potential_in_mv(thing: Steerable) -> bool:
    """Guess whether inputs are in mV: the potential is, and no capacitance divides currents."""
    names = thing.attributes
    if isinstance(thing, Projection) or "v" not in names or {"cm", "C"} & set(names):
        return False
    return bool(np.abs(_numbers(thing, "v")).max(initial=0.0) > 10.0)


def _declared_bounds(
    model: NeuronModel | SynapseModel, name: str
) -> tuple[float | None, float | None]:
    """Return the numbers that the model gives as min and max of a variable."""
    for equation in model.equations:
        if equation.variable.name == name:
            return (_constant(equation.minimum), _constant(equation.maximum))
    return (None, None)


def _constant(bound: Expr | None) -> float | None:
    return float(bound.value) if isinstance(bound, Literal) else None
