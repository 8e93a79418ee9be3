"""A random projection as numbers: what a device needs to make it without the host."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from annlab.ir.expr import Side
from annlab.runtime.drawing.laws import Law


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How the rows of a projection are drawn between two ranges of ranks.

    Attributes
    ----------
    n_pre, n_post
        Sizes of the whole populations.
    pre, post
        The ranks that are joined.
    is_recurrent
        Equal ranks are the same neuron, which is not joined to itself.
    drawn
        Whose rows are drawn, each by itself.
    probability
        Of each pair; None where a row has `number` synapses.
    weights, delays
        One for all, or what each is drawn from. Delays are in steps, and the longest is known.
    float_type
        Of weights.
    """

    n_pre: int
    n_post: int
    pre: range
    post: range
    is_recurrent: bool
    drawn: Side
    probability: float | None = None
    number: int = 0
    weights: float | Law
    delays: int | Law
    longest: int
    float_type: np.dtype

    def sides(self, rows: Side) -> tuple[range, range]:
        """Return the ranks of rows and of columns."""
        return (self.pre, self.post) if rows is Side.PRE else (self.post, self.pre)
