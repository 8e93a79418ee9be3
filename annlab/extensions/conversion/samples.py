"""What a converted network is shown: samples as arrays, and what is suspicious about them.

Knows nothing of networks.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from annlab.calls import warn
from annlab.errors import ArgumentError, ShapeError
from annlab.network.checks import read_numbers


def read_samples(samples: ArrayLike, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return samples (n_samples, *shape)."""
    given = read_numbers(samples, "samples")
    if given.ndim < 2 or given.shape[1:] not in (shape, (math.prod(shape),)):
        is_single = given.shape in (shape, (math.prod(shape),))
        extents = ", ".join(map(str, shape))
        raise ShapeError(
            f"samples have shape {given.shape}, expected (n_samples, {extents})",
            hint="for a single sample, write predict([sample])" if is_single else None,
        )
    if not np.all(np.isfinite(given)) or given.min(initial=0.0) < 0.0:
        raise ArgumentError(
            f"samples lie between {given.min():g} and {given.max():g}",
            why="neurons have no negative firing rates, and no infinite ones",
            hint="scale the samples to numbers between 0 and 1, for the training as well",
        )
    return given.reshape(len(given), *shape)


def warn_of_rates(samples: NDArray[np.float64], *, max_rate_hz: float, limit_hz: float) -> None:
    """Warn of samples that stand for more spikes than steps can hold: bytes, for instance."""
    largest = samples.max(initial=0.0)
    if max_rate_hz * largest > limit_hz:
        warn(
            f"samples reach {largest:g}, which stands for {max_rate_hz * largest:g} Hz, and a "
            f"neuron spikes at most at {limit_hz:g} Hz: scale the samples to numbers between 0 "
            "and 1, or give a smaller max_f"
        )


def warn_of_silence(
    samples: NDArray[np.float64], answers: Sequence[Sequence[int]], *, n_needed: int
) -> None:
    """Warn of samples without an answer; those that are all 0 have none by nature."""
    n_silent = sum(
        not winners and bool(s.any()) for winners, s in zip(answers, samples, strict=True)
    )
    if n_silent:
        needed = "spiked" if n_needed == 1 else f"spiked {n_needed} times"
        warn(
            f"no output neuron {needed} for {n_silent} of {len(samples)} samples, which have no "
            "class; rates fall from layer to layer: a larger scale_factor, max_f or "
            "duration_per_sample helps"
        )


__all__ = ["read_samples", "warn_of_rates", "warn_of_silence"]
