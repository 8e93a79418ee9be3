"""Projections whose weights are shared: convolution, pooling, copies and transposes.

Filters are laid out as ordinary synapses at compile, one weight each, so every back end runs
them. A `Copy` and a `Transpose` have no weights of their own: they walk those of another
projection where they lie.
"""

from annlab.extensions.convolution.filters import Convolution
from annlab.extensions.convolution.pooling import Pooling
from annlab.extensions.convolution.shared import Copy, Transpose

__all__ = ["Convolution", "Copy", "Pooling", "Transpose"]
