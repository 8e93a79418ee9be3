"""What of some numbers can be drawn: an axis has ends that are finite.

Pages get numbers of 32 bits, and Bokeh refuses an axis that ends at NaN or at infinity: its figure
then stays as it is for ever.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Well within numbers of 32 bits, so that what lies a little beside an axis is finite as well.
LARGEST = 1e37


def drawable(values: NDArray) -> NDArray:
    """Return those of `values` that have a place on an axis.

    Examples
    --------
    >>> import numpy as np
    >>> drawable(np.array([1.0, np.nan, -np.inf, 1e300]))
    array([1.])
    """
    return values[np.abs(values) <= LARGEST]


def single(values: NDArray) -> NDArray[np.float32]:
    """Return `values` with 32 bits; what is too large for them becomes infinite."""
    with np.errstate(over="ignore"):
        return values.astype(np.float32)
