"""Random numbers from counters: the value depends on who asks and when, never on threads.

Every draw is a function of (seed, object, draw, step, element): no state, so a
snapshot has nothing to store, and what one object draws does not depend on what
else is in the network. The native kernels compute the same numbers; this module
is their meaning.

Source: Salmon, Moraes, Dror & Shaw (2011), "Parallel random numbers: as easy as
1, 2, 3", SC11 (Philox4x32-10). Normal: Box & Muller (1958). Gamma: Marsaglia &
Tsang (2000). Binomial: inversion by sequential search (Kachitvichyanukul &
Schmeiser 1988), in chunks short enough not to underflow.
"""

from __future__ import annotations

import enum
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

_MASK32 = np.uint64(0xFFFFFFFF)
_MULTIPLIERS = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
_WEYL = (0x9E3779B9, 0xBB67AE85)
_ROUNDS = 10
_BLOCK = 64  # neurons that share counters
_CHUNK = 500.0  # mean number of successes up to which (1 - p)**n does not underflow
_ACCEPT = 0x8000  # attempts of the acceptance numbers of a gamma draw


class Layout(enum.Enum):
    """How the elements of an array map onto counters."""

    NEURONS = "neurons"  # element i of a population: a counter serves 2 neurons, or 4 in float32
    SINGLE = "single"  # one counter per id (synapses, dendrites, global values)


def stream_key(seed: int, kind: str, name: str) -> tuple[int, int]:
    """Return the 2 x 32-bit key of an object's stream.

    `kind` is "population" or "projection"; names are unique within a network.
    """
    x = (seed ^ (zlib.crc32(f"{kind}/{name}".encode()) << 32)) & (2**64 - 1)
    for _ in range(2):  # splitmix64
        x = (x + 0x9E3779B97F4A7C15) & (2**64 - 1)
        z = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & (2**64 - 1)
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & (2**64 - 1)
        x = z ^ (z >> 31)
    return x & 0xFFFFFFFF, x >> 32


def philox(
    p: NDArray[np.uint64], *, attempt: int, step: int | NDArray, draw: int, key: tuple[int, int]
) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Return two 64-bit words for each counter; `step` is one number, or one for each."""
    steps = np.asarray(step, np.uint64)
    c0 = p & _MASK32
    c1 = (p >> np.uint64(32)) | np.uint64(attempt << 16)
    c2 = np.broadcast_to(steps & _MASK32, p.shape)
    high = (steps >> np.uint64(32)) & np.uint64(0xFFFF)
    c3 = np.broadcast_to(high | np.uint64(draw << 16), p.shape)
    k0, k1 = key
    for _ in range(_ROUNDS):
        p0, p1 = c0 * _MULTIPLIERS[0], c2 * _MULTIPLIERS[1]
        c0, c2 = (
            (p1 >> np.uint64(32)) ^ c1 ^ np.uint64(k0),
            (p0 >> np.uint64(32)) ^ c3 ^ np.uint64(k1),
        )
        c1, c3 = p1 & _MASK32, p0 & _MASK32
        k0, k1 = (k0 + _WEYL[0]) & 0xFFFFFFFF, (k1 + _WEYL[1]) & 0xFFFFFFFF
    shift = np.uint64(32)
    return (c0 << shift) | c1, (c2 << shift) | c3


def unit(word: NDArray[np.uint64], float_type: np.dtype) -> NDArray:
    """Turn 64 random bits into a number of [0, 1) by filling in the mantissa."""
    if float_type == np.float32:
        bits = (word >> np.uint64(41)).astype(np.uint32) | np.uint32(0x3F800000)
        return bits.view(np.float32) - np.float32(1)
    bits = (word >> np.uint64(12)) | np.uint64(0x3FF0000000000000)
    return bits.view(np.float64) - 1.0


class Stream:
    """The random numbers of one draw of one object."""

    def __init__(
        self, *, key: tuple[int, int], draw: int, layout: Layout, float_type: np.dtype
    ) -> None:
        self.key = key
        self.draw = draw
        self.layout = layout
        self.float_type = np.dtype(float_type)

    def sample(
        self, name: str, arguments: Sequence[ArrayLike], step: int, ids: ArrayLike
    ) -> NDArray:
        """Return one draw per element.

        Parameters
        ----------
        name
            Uniform, DiscreteUniform, Normal, LogNormal, Exponential, Gamma or Binomial.
        arguments
            Scalars, in the order of the language.
        step
            The clock.
        ids
            (n,) integers: ranks of neurons, or for synapses ``post * n_pre + pre``, for
            dendrites the postsynaptic rank, for a global value ``[0]``.
        """
        ids = np.asarray(ids, np.uint64)
        a = [self.float_type.type(x) for x in arguments]  # type: ignore[arg-type]
        match name:
            case "Uniform":
                return a[0] + (a[1] - a[0]) * self.uniform(step, ids)
            case "DiscreteUniform":
                return a[0] + np.floor((a[1] - a[0] + 1) * self.uniform(step, ids))
            case "Normal":
                return a[0] + a[1] * self.normal(step, ids)
            case "LogNormal":
                return np.exp(a[0] + a[1] * self.normal(step, ids))
            case "Exponential":
                return -np.log(1 - self.uniform(step, ids)) / a[0]
            case "Gamma":
                return a[1] * self._gamma(float(a[0]), step, ids)
            case "Binomial":
                return self._binomial(float(a[0]), float(a[1]), step, ids)
        raise ValueError(name)

    def uniform(self, step: int, ids: NDArray[np.uint64]) -> NDArray:
        """Return one number of [0, 1) per element."""
        first, second, is_second = self._pairs(step, ids)
        return unit(np.where(is_second, second, first), self.float_type)

    def normal(self, step: int, ids: NDArray[np.uint64]) -> NDArray:
        """Return one standard normal number per element."""
        first, second, is_second = self._pairs(step, ids)
        radius = np.sqrt(-2 * np.log(1 - unit(first, self.float_type)))
        angle = self.float_type.type(2 * np.pi) * unit(second, self.float_type)
        return radius * np.where(is_second, np.sin(angle), np.cos(angle))

    def _pairs(self, step: int, ids: NDArray[np.uint64]):
        """Return the two words of each element's pair, and whether it is the second one's.

        Neurons share a counter with those that are as many ranks away as a block has counters. In
        single precision a word of 64 bits is enough for two numbers.
        """
        if self.layout is Layout.SINGLE:
            return *self._philox(step, ids, 0), np.zeros(len(ids), bool)
        is_single = self.float_type == np.float32
        n = np.uint64(_BLOCK // (4 if is_single else 2))
        place = ids % np.uint64(_BLOCK) // n
        counters = ids // np.uint64(_BLOCK) * n + ids % n
        one, two = self._philox(step, counters, 0)
        if is_single:
            one = np.where(place < 2, one, two)
            two = one << np.uint64(32)
        return one, two, place % 2 == 1

    def _philox(self, step: int, counters: NDArray[np.uint64], attempt: int):
        return philox(counters, attempt=attempt, step=step, draw=self.draw, key=self.key)

    def _attempt(self, step: int, ids: NDArray[np.uint64], attempt: int):
        """Return two numbers of [0, 1) of double precision for one attempt of a rejection."""
        first, second = self._philox(step, ids, attempt)
        return unit(first, np.dtype(float)), unit(second, np.dtype(float))

    def _gamma(self, shape: float, step: int, ids: NDArray[np.uint64]) -> NDArray:
        if not 0 < shape <= 1e300:  # no attempt would ever be accepted
            return np.full(len(ids), np.nan, self.float_type)
        boost = np.ones(len(ids))
        if shape < 1:  # Gamma(a) = Gamma(a + 1) * U**(1/a)
            boost = (1 - self._attempt(step, ids, 2 * _ACCEPT - 1)[0]) ** (1 / shape)
            shape += 1
        d = shape - 1 / 3
        c = 1 / np.sqrt(9 * d)
        result = np.empty(len(ids))
        pending = np.arange(len(ids))
        attempt = 1
        while len(pending):
            u, angle = self._attempt(step, ids[pending], attempt)
            x = np.sqrt(-2 * np.log(1 - u)) * np.cos(2 * np.pi * angle)
            v = (1 + c * x) ** 3
            accept = 1 - self._attempt(step, ids[pending], _ACCEPT + attempt)[0]
            with np.errstate(invalid="ignore", divide="ignore"):
                good = (v > 0) & (np.log(accept) < 0.5 * x * x + d - d * v + d * np.log(v))
            result[pending[good]] = d * v[good]
            pending = pending[~good]
            attempt += 1
        return (result * boost).astype(self.float_type)

    def _binomial(self, n: float, p: float, step: int, ids: NDArray[np.uint64]) -> NDArray:
        if p > 0.5:
            return (np.floor(n) - self._binomial(n, 1 - p, step, ids)).astype(self.float_type)
        total = np.zeros(len(ids))
        if p <= 0 or n < 1:
            return total.astype(self.float_type)
        chunk = max(1, int(_CHUNK / p))
        left, attempt = int(n), 1
        while left > 0:
            size = min(left, chunk)
            total += self._binomial_chunk(size, p, self._attempt(step, ids, attempt)[0])
            left -= size
            attempt += 1
        return total.astype(self.float_type)

    @staticmethod
    def _binomial_chunk(n: int, p: float, u: NDArray) -> NDArray:
        """Invert the distribution function by searching upwards from 0."""
        odds = p / (1 - p)
        probability = np.full(len(u), (1 - p) ** n)
        k = np.zeros(len(u))
        u = u.copy()
        for i in range(n):
            above = u >= probability
            if not above.any():
                break
            u = np.where(above, u - probability, u)
            k += above
            probability = np.where(above, probability * odds * (n - i) / (i + 1), np.inf)
        return k
