"""Random distributions as objects: initial values, weights, delays.

Takes parameters, returns arrays of independent draws. An object without its own
generator draws from the one of the network that uses it, so that a network's
seed decides its weights too; used alone, it draws from a fresh generator.
(Random numbers inside equations are made by the back ends, and weights and delays
of synapses by position where `RandomDistribution.law` says how.)
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annlab.calls import public
from annlab.errors import ArgumentError, ArgumentTypeError
from annlab.ir.expr import Binary, Expr, Literal, Unary
from annlab.ir.model import Distribution
from annlab.network.checks import read_number, read_whole
from annlab.runtime.drawing.laws import Kind, Law

Shape = int | tuple[int, ...]

EXACT = 1 << 52  # whole numbers up to this, and their differences, are whole as floats


@public
class RandomDistribution(ABC):
    """Base of all distributions.

    Those that take `min` and `max` move draws outside to the bound.

    Parameters
    ----------
    rng
        The NumPy generator to draw from; a whole number is a seed.
    seed
        Instead of `rng`: seed of an own generator.

    Examples
    --------
    >>> import annlab
    >>> weights = annlab.Normal(0.5, 0.1, min=0.0, max=1.0, seed=1)
    >>> weights.get_values((2, 3)).shape
    (2, 3)
    """

    min: float | None = None
    max: float | None = None

    def __init__(
        self, rng: np.random.Generator | int | None = None, seed: int | None = None
    ) -> None:
        if seed is None and isinstance(rng, int | np.integer) and not isinstance(rng, bool):
            rng, seed = None, int(rng)  # where scripts of version 4 have it
        if rng is not None and not isinstance(rng, np.random.Generator):
            raise ArgumentTypeError(
                f"{type(self).__name__}: rng must be a NumPy generator, not {rng!r}",
                hint="use numpy.random.default_rng(seed), or seed=...",
            )
        if rng is None and seed is not None:
            number = read_whole(seed, f"{type(self).__name__}: seed", least=-1)
            rng = None if number == -1 else np.random.default_rng(number)
        self.rng = rng

    def get_values(self, shape: Shape, rng: np.random.Generator | None = None) -> NDArray:
        """Return an array of draws.

        Parameters
        ----------
        rng
            Generator of the network, used if the object has none of its own.

        Examples
        --------
        >>> import annlab
        >>> annlab.Uniform(0.0, 1.0, seed=1).get_values((2, 2)).round(3)
        array([[0.512, 0.95 ],
               [0.144, 0.949]])
        """
        if rng is not None and not isinstance(rng, np.random.Generator):
            raise ArgumentTypeError(
                f"{self!r} cannot be drawn by {rng!r}",
                hint="give a generator of NumPy: numpy.random.default_rng(seed)",
            )
        generator = self.rng or rng or np.random.default_rng()
        try:
            values = self._draw(generator, shape)
        except (TypeError, ValueError, OverflowError) as error:
            raise ArgumentError(
                f"{self!r} cannot be drawn {shape!r} times",
                why=str(error),
                hint="give a number of draws, or a tuple with the shape of the array",
            ) from error
        if self.min is None and self.max is None:
            return values
        return np.clip(values, self.min, self.max)

    def get_list_values(self, size: int) -> list[float]:
        """Return a list of draws.

        Examples
        --------
        >>> import annlab
        >>> len(annlab.Uniform(0.0, 1.0).get_list_values(4))
        4
        """
        return list(self.get_values(size))

    def get_value(self) -> float:
        """Return one draw.

        Examples
        --------
        >>> import annlab
        >>> 1 <= annlab.DiscreteUniform(1, 6).get_value() <= 6
        np.True_
        """
        return self.get_values(1)[0]

    def latex(self) -> str:
        """Return the distribution as a formula of LaTeX.

        Examples
        --------
        >>> import annlab
        >>> "(0.0, 1.0)" in annlab.Uniform(0.0, 1.0).latex()
        True
        """
        return "$\\mathcal{" + type(self).__name__[0] + "}$(" + self._arguments() + ")"

    def __repr__(self) -> str:
        given = ", ".join([self._arguments(), *self._bounds()])
        return f"{type(self).__name__}({given})"

    def _bounds(self) -> list[str]:
        """Return the bounds as they are given where they are no parameters."""
        both = (("min", self.min), ("max", self.max))
        return [f"{name}={bound}" for name, bound in both if bound is not None]

    def reaches_below(self, bound: float) -> bool:
        """Tell whether a draw below `bound` is more than an oddity of one in some million.

        Examples
        --------
        >>> Normal(1.5, 0.75).reaches_below(0.0), Normal(1.5, 0.75, min=0.1).reaches_below(0.0)
        (True, False)
        """
        return self._least() < bound

    def _least(self) -> float:
        """Return a number below which (nearly) nothing is drawn: 0 for most without a `min`."""
        return 0.0 if self.min is None else self.min

    def law(self) -> Law | None:
        """Return what is drawn for each synapse by its position, if it can be.

        Not from an object with a generator of its own or of a class that draws in another way, nor
        where a draw takes as many numbers as chance will have it: those are drawn one after the
        other.

        Examples
        --------
        >>> import annlab
        >>> annlab.Uniform(0.0, 0.5).law()
        Law(kind=<Kind.UNIFORM: 0>, a=0.0, b=0.5, low=0.0, high=0.5, unit=0.0)
        >>> annlab.Uniform(0.0, 0.5, seed=1).law() is None
        True
        """
        numbers = self._law()
        if self.rng is not None or numbers is None or not self._draws_as_named():
            return None
        low = -np.inf if self.min is None else float(self.min)
        high = np.inf if self.max is None else float(self.max)
        return Law(*numbers, low=low, high=high)

    def _law(self) -> tuple[Kind, float, float] | None:
        return None

    def _draws_as_named(self) -> bool:
        """Return whether values come from the class that says what the law is."""
        kind = type(self)
        named = next(c for c in kind.__mro__ if "_law" in vars(c))
        return kind._draw is named._draw and kind.get_values is RandomDistribution.get_values

    @abstractmethod
    def _draw(self, rng: np.random.Generator, shape: Shape) -> NDArray: ...

    @abstractmethod
    def _arguments(self) -> str: ...

    def _numbers(self, **values: object) -> None:
        for name, value in values.items():
            read_number(value, f"{type(self).__name__}: {name}")

    def _bound(self, low: float | None, high: float | None) -> None:
        self._numbers(**{k: v for k, v in (("min", low), ("max", high)) if v is not None})
        if low is not None and high is not None and low >= high:
            raise ArgumentError(
                f"{type(self).__name__}: min ({low}) is not below max ({high})",
                hint="exchange them" if low > high else f"give {low}: nothing is drawn here",
            )
        self.min, self.max = low, high

    def _require(self, holds: bool, what: str) -> None:
        if not holds:
            raise ArgumentError(f"{type(self).__name__}: {what}")


@public
class Uniform(RandomDistribution):
    """Uniform in [min, max).

    Parameters
    ----------
    min, max
        Bounds.
    rng, seed
        A generator or seed of its own; that of the network which uses it by default.

    Raises
    ------
    ArgumentError
        If `min` is above `max`.

    Examples
    --------
    >>> Uniform(0.0, 2.0, seed=1).get_values(3)
    array([1.02364325, 1.90092739, 0.28831923])
    """

    def __init__(
        self,
        min: float,
        max: float,
        rng: np.random.Generator | int | None = None,
        *,
        seed: int | None = None,
    ) -> None:
        super().__init__(rng, seed)
        self._numbers(min=min, max=max)
        self._bound(min, max)
        self.low, self.high = float(min), float(max)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> NDArray:
        return rng.uniform(self.low, self.high, shape)

    def _law(self) -> tuple[Kind, float, float] | None:
        return (Kind.UNIFORM, self.low, self.high) if np.isfinite(self.high - self.low) else None

    def _arguments(self) -> str:
        return f"{self.low}, {self.high}"

    def _bounds(self) -> list[str]:
        return []


@public
class DiscreteUniform(RandomDistribution):
    """Integers from min to max, both included.

    Examples
    --------
    >>> DiscreteUniform(1, 3, seed=1).get_values(6)
    array([2, 2, 3, 3, 1, 1])
    """

    def __init__(
        self,
        min: int,
        max: int,
        rng: np.random.Generator | int | None = None,
        *,
        seed: int | None = None,
    ) -> None:
        super().__init__(rng, seed)
        self._numbers(min=min, max=max)
        self._require(min == int(min) and max == int(max), f"{min} and {max} are no integers")
        self._bound(min, max)
        self.low, self.high = int(min), int(max)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> NDArray:
        return rng.integers(self.low, self.high, shape, endpoint=True)

    def _law(self) -> tuple[Kind, float, float] | None:
        is_exact = max(abs(self.low), abs(self.high)) < EXACT
        return (Kind.WHOLE, float(self.low), float(self.high)) if is_exact else None

    def _arguments(self) -> str:
        return f"{self.low}, {self.high}"

    def _bounds(self) -> list[str]:
        return []


@public
class Normal(RandomDistribution):
    """Gaussian with mean `mu` and standard deviation `sigma`.

    Parameters
    ----------
    mu, sigma
        Mean and standard deviation; `sigma` is at least 0.
    min, max
        Bounds; a value beyond one becomes the bound.
    rng, seed
        A generator or seed of its own; that of the network which uses it by default.

    Raises
    ------
    ArgumentError
        If `sigma` is negative, or `min` above `max`.

    Examples
    --------
    >>> Normal(0.0, 1.0, min=0.0, seed=1).get_values(4)
    array([0.34558419, 0.82161814, 0.33043708, 0.        ])
    """

    def __init__(
        self,
        mu: float,
        sigma: float,
        min: float | None = None,
        max: float | None = None,
        rng: np.random.Generator | int | None = None,
        *,
        seed: int | None = None,
    ) -> None:
        super().__init__(rng, seed)
        self._numbers(mu=mu, sigma=sigma)
        self._require(sigma >= 0, f"sigma is {sigma}, it must be at least 0")
        self._bound(min, max)
        self.mu, self.sigma = float(mu), float(sigma)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> NDArray:
        return rng.normal(self.mu, self.sigma, shape)

    def _law(self) -> tuple[Kind, float, float]:
        return Kind.NORMAL, self.mu, self.sigma

    def _least(self) -> float:
        unbound = self.mu - 5.0 * self.sigma
        return unbound if self.min is None else max(unbound, self.min)

    def _arguments(self) -> str:
        return f"{self.mu}, {self.sigma}"


@public
class LogNormal(RandomDistribution):
    """exp of a Gaussian with mean `mu` and standard deviation `sigma`.

    Examples
    --------
    >>> LogNormal(0.0, 0.5, seed=1).get_values(2)
    array([1.18861896, 1.5080374 ])
    """

    def __init__(
        self,
        mu: float,
        sigma: float,
        min: float | None = None,
        max: float | None = None,
        rng: np.random.Generator | int | None = None,
        *,
        seed: int | None = None,
    ) -> None:
        super().__init__(rng, seed)
        self._numbers(mu=mu, sigma=sigma)
        self._require(sigma >= 0, f"sigma is {sigma}, it must be at least 0")
        self._bound(min, max)
        self.mu, self.sigma = float(mu), float(sigma)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> NDArray:
        return rng.lognormal(self.mu, self.sigma, shape)

    def _law(self) -> tuple[Kind, float, float]:
        return Kind.LOG_NORMAL, self.mu, self.sigma

    def _arguments(self) -> str:
        return f"{self.mu}, {self.sigma}"


@public
class Exponential(RandomDistribution):
    """Density Lambda exp(-Lambda x): the mean is 1/Lambda.

    Examples
    --------
    >>> values = Exponential(4.0, seed=1).get_values(100_000)
    >>> float(values.mean().round(2))
    0.25
    """

    def __init__(
        self,
        Lambda: float,
        min: float | None = None,
        max: float | None = None,
        rng: np.random.Generator | int | None = None,
        *,
        seed: int | None = None,
    ) -> None:
        super().__init__(rng, seed)
        self._numbers(Lambda=Lambda)
        self._require(Lambda > 0, f"Lambda is {Lambda}, it must be above 0")
        self._bound(min, max)
        self.Lambda = float(Lambda)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> NDArray:
        return rng.exponential(1.0 / self.Lambda, shape)

    def _law(self) -> tuple[Kind, float, float]:
        return Kind.EXPONENTIAL, self.Lambda, 0.0

    def _arguments(self) -> str:
        return f"{self.Lambda}"


@public
class Gamma(RandomDistribution):
    """Gamma with shape `alpha` and scale `beta`.

    An integer as third positional argument is a seed, as it was in version 4 of this interface.

    Examples
    --------
    >>> values = Gamma(2.0, 3.0, seed=1).get_values(100_000)
    >>> round(values.mean())
    6
    """

    def __init__(
        self,
        alpha: float,
        beta: float = 1.0,
        min: float | None = None,
        max: float | None = None,
        rng: np.random.Generator | int | None = None,
        *,
        seed: int | None = None,
    ) -> None:
        if isinstance(min, int) and not isinstance(min, bool) and max is None and seed is None:
            min, seed = None, min
        super().__init__(rng, seed)
        self._numbers(alpha=alpha, beta=beta)
        self._require(alpha > 0, f"alpha is {alpha}, it must be above 0")
        self._require(beta > 0, f"beta is {beta}, it must be above 0")
        self._bound(min, max)
        self.alpha, self.beta = float(alpha), float(beta)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> NDArray:
        return rng.gamma(self.alpha, self.beta, shape)

    def _arguments(self) -> str:
        return f"{self.alpha}, {self.beta}"


@public
class Binomial(RandomDistribution):
    """Number of successes in `n` trials of probability `p`.

    Examples
    --------
    >>> Binomial(10, 0.5, seed=1).get_values(4)
    array([5, 8, 3, 8])
    """

    def __init__(
        self,
        n: int,
        p: float,
        rng: np.random.Generator | int | None = None,
        *,
        seed: int | None = None,
    ) -> None:
        super().__init__(rng, seed)
        self._numbers(n=n, p=p)
        self._require(n >= 0, f"n is {n}, it must be at least 0")
        self._require(0 <= p <= 1, f"p is {p}, it must be between 0 and 1")
        self.n, self.p = int(n), float(p)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> NDArray:
        return rng.binomial(self.n, self.p, shape)

    def _arguments(self) -> str:
        return f"{self.n}, {self.p}"


_BY_NAME: dict[str, type[RandomDistribution]] = {
    c.__name__: c
    for c in (Uniform, DiscreteUniform, Normal, LogNormal, Exponential, Gamma, Binomial)
}


def from_model(distribution: Distribution) -> RandomDistribution:
    """Return the object for a distribution that was written in the text of a model."""
    arguments: list[Any] = [_number(a) for a in distribution.arguments]  # as the class takes them
    return _BY_NAME[distribution.name](*arguments)


def _number(expr: Expr) -> float:
    if isinstance(expr, Literal):
        return expr.value
    if isinstance(expr, Unary) and expr.op == "-":
        return -_number(expr.operand)
    if isinstance(expr, Binary):
        left, right = _number(expr.left), _number(expr.right)
        match expr.op:
            case "+":
                return left + right
            case "-":
                return left - right
            case "*":
                return left * right
            case "/":
                return left / right
            case "**":
                return left**right
    raise ArgumentError(
        "an initial value is drawn with an argument that is not a number",
        hint="write numbers, or use a distribution object",
    )
