"""What the storage of synapses refuses, before it allocates anything."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from annlab.errors import TooLargeError
from annlab.runtime.binding.storage import BoundStorage


def test_more_synapses_than_positions_are_refused() -> None:
    """Postsynaptic spikes find their synapses by 32-bit positions."""
    bound = BoundStorage.__new__(BoundStorage)
    bound.has_columns = True
    bound.storage = cast("Any", SimpleNamespace(n_synapses=2**31))
    with pytest.raises(TooLargeError, match=r"at most 2\*\*31 - 1 synapses, not 2147483648"):
        bound._transposed()
