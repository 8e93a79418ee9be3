"""The phase plane of a neuron: slopes over a grid, and where they vanish.

The slopes come from the equations that the network runs, through the evaluator
of the reference back end: nobody writes them a second time. All but the two
variables of the plane are held at what they are now; random numbers count with
their mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite

import numpy as np
from contourpy import contour_generator
from numpy.typing import NDArray

from annlab.codegen.lowering.ode import solve_for_gradient
from annlab.codegen.reference.evaluate import Lookup, Value, evaluate
from annlab.errors import ArgumentError, nearest
from annlab.ir.expr import Locality, Symbol, SymbolKind
from annlab.ir.model import Distribution, NeuronModel

N_GRID = 81
N_ARROWS = 14

Limits = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What one neuron sees beside the two variables: numbers by name."""

    model: NeuronModel  # whose equations they are for
    values: Mapping[str, float]
    inputs: Mapping[str, float]
    reductions: Mapping[str, float]
    constants: Mapping[str, float]
    clock: Mapping[str, float]

    def mixed(
        self, before: Surroundings | None, share: float, names: frozenset[str]
    ) -> Surroundings:
        """Return these with inputs and the values of `names` averaged over the last moments."""
        if before is None or before.model is not self.model:
            return self
        # What once was NaN or infinite must not be so for ever.
        mix = lambda new, old: old + share * (new - old) if isfinite(old) else new  # noqa: E731
        values = {k: mix(v, before.values[k]) if k in names else v for k, v in self.values.items()}
        inputs = {k: mix(v, before.inputs[k]) for k, v in self.inputs.items()}
        return Surroundings(
            model=self.model,
            values=values,
            inputs=inputs,
            reductions=self.reductions,
            constants=self.constants,
            clock=self.clock,
        )

    def is_like(self, other: Surroundings | None, without: frozenset[str]) -> bool:
        """Tell whether these numbers are nearly those of `other`, but for some names."""
        if other is None or other.model is not self.model:
            return False
        own = [v for k, v in self.values.items() if k not in without]
        its = [v for k, v in other.values.items() if k not in without]
        mine, theirs = [*own, *self.inputs.values()], [*its, *other.inputs.values()]
        return bool(np.allclose(mine, theirs, rtol=1e-3, atol=1e-9, equal_nan=True))


class FlowField:
    """``dx/dt`` and ``dy/dt`` of a model, as functions of x and y.

    Raises
    ------
    ArgumentError
        If a variable has no differential equation of its own.
    """

    def __init__(self, model: NeuronModel, x: str, y: str) -> None:
        odes = {e.variable.name: e for e in model.equations if e.is_ode}
        for name in (x, y):
            if name not in odes:
                near = nearest(name, odes)
                raise ArgumentError(
                    f"'{name}' of neuron '{model.name}' has no differential equation",
                    why=f"those with one: {', '.join(odes) or 'none'}",
                    hint=f"did you mean '{near}'?" if near else "choose two of them",
                )
        if x == y:
            raise ArgumentError(
                f"a phase plane needs two variables, '{x}' was named twice",
                hint="choose two different ones",
            )
        self.x, self.y = x, y
        self.model = model
        self._slopes = tuple(solve_for_gradient(odes[name]).slope for name in (x, y))
        self._steps = [
            (e.variable.name, e.right)
            for e in model.equations
            if not e.is_ode and e.variable.name not in (x, y)
        ]
        # What is computed anew for each place of the plane.
        self.moving = frozenset({x, y, *(name for name, _ in self._steps)})
        self._draws = {str(d.index): d.distribution for d in model.draws}

    def following(self, model: NeuronModel) -> FlowField:
        """Return the field of the same two variables of the model that runs now."""
        return self if model is self.model else FlowField(model, self.x, self.y)

    def slopes(
        self, x: NDArray[np.floating], y: NDArray[np.floating], around: Surroundings
    ) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
        """Return ``dx/dt, dy/dt`` in the shape of `x` and `y`."""
        values: dict[str, Value] = {**around.values, self.x: x, self.y: y}
        lookup = lookup_of(values, around, self._draws)
        for name, right in self._steps:
            values[name] = evaluate(right, lookup)
        both = (np.broadcast_to(evaluate(s, lookup), x.shape) for s in self._slopes)
        dx, dy = both
        return dx, dy

    def nullclines(
        self, x_limits: Limits, y_limits: Limits, around: Surroundings
    ) -> tuple[list[NDArray[np.floating]], list[NDArray[np.floating]]]:
        """Return the lines ``(n, 2)`` on which x does not change, and those for y."""
        xs, ys = np.linspace(*x_limits, N_GRID), np.linspace(*y_limits, N_GRID)
        x, y = np.meshgrid(xs, ys)
        found = []
        for slope in self.slopes(x, y, around):
            finite = np.ma.masked_invalid(slope)
            found.append(list(contour_generator(xs, ys, finite).lines(0.0)))
        return found[0], found[1]

    def arrows(
        self, x_limits: Limits, y_limits: Limits, around: Surroundings
    ) -> NDArray[np.floating]:
        """Return ``(n, 4)``: places x, y and directions in parts of the axes, of length <= 1."""
        width, height = x_limits[1] - x_limits[0], y_limits[1] - y_limits[0]
        inner = (np.arange(N_ARROWS) + 0.5) / N_ARROWS
        x, y = np.meshgrid(x_limits[0] + width * inner, y_limits[0] + height * inner)
        dx, dy = self.slopes(x, y, around)
        u, v = dx / width, dy / height
        length = np.hypot(u, v)
        finite = np.isfinite(length) & (length > 0)
        typical = np.median(length[finite]) if finite.any() else 1.0
        # Slopes differ by orders of magnitude: short arrows are slow, long ones only fast.
        length = length[finite]
        scale = np.tanh(length / typical) / length
        return np.stack([x[finite], y[finite], u[finite] * scale, v[finite] * scale], axis=-1)


def lookup_of(
    values: Mapping[str, Value],
    around: Surroundings,
    draws: Mapping[str, Distribution] | None = None,
) -> Lookup:
    """Return what tells the evaluator the value of a symbol; attributes are those of `values`."""

    def lookup(symbol: Symbol) -> Value:
        match symbol.kind:
            case SymbolKind.ATTRIBUTE:
                return values[symbol.name]
            case SymbolKind.INPUT:
                return around.inputs[symbol.name]
            case SymbolKind.CONSTANT:
                return around.constants[symbol.name]
            case SymbolKind.REDUCTION:
                return around.reductions[symbol.name]
            case SymbolKind.CLOCK:
                return around.clock.get(symbol.name, 0.0)
            case SymbolKind.DRAW if draws is not None:
                return _mean(draws[symbol.name], lookup)
        raise KeyError(symbol)

    return lookup


def _mean(distribution: Distribution, lookup: Lookup) -> float:
    """Return the mean of a distribution, its own bounds ignored."""
    values = [float(evaluate(argument, lookup)) for argument in distribution.arguments]
    match distribution.name:
        case "Uniform" | "DiscreteUniform":
            return (values[0] + values[1]) / 2
        case "LogNormal":
            return float(np.exp(values[0] + values[1] ** 2 / 2))
        case "Exponential":
            return 1.0 / values[0]
        case "Gamma" | "Binomial":
            return values[0] * values[1]
    return values[0]  # Normal


def locals_of(model: NeuronModel) -> frozenset[str]:
    """Return the names of the attributes of which each neuron has its own."""
    return frozenset(a.name for a in model.attributes if a.locality is Locality.LOCAL)
