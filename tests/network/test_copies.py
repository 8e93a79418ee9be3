"""Who sets an item of a copy that nobody keeps is told; whoever keeps it is not."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable

import numpy as np
import pytest
from small import RATE, STEADY

from annlab import Network, Population, Projection
from annlab.errors import AnnlabWarning


@pytest.fixture
def sheet(net: Network) -> Population:
    return net.create((2, 2), STEADY, name="sheet")


@pytest.fixture
def loop(net: Network, sheet: Population) -> Projection:
    projection = net.connect(sheet, net.create(2, RATE), "exc").from_matrix(np.ones((2, 4)))
    net.compile()
    return projection


def _item(p: Population) -> None:
    p.r[0, 1] = 5.0


def _item_of_a_row(p: Population) -> None:
    p.r[0][1] = 5.0


def _part(p: Population) -> None:
    p.r[p.r > 0.0] = 5.0


def _in_place(p: Population) -> None:
    p.r[:] += 5.0


def _item_of_a_view(p: Population) -> None:
    p[:2].r[0] = 5.0


def test_an_array_that_nobody_keeps(sheet: Population) -> None:
    with pytest.warns(AnnlabWarning, match=r"nothing changes; write sheet\[i\].r = value"):
        _item(sheet)
    assert sheet.r.max() == 1.0


@pytest.mark.parametrize("change", [_item_of_a_row, _part, _in_place, _item_of_a_view])
def test_other_ways_to_set_a_part_of_a_copy(
    sheet: Population, change: Callable[[Population], None]
) -> None:
    with pytest.warns(AnnlabWarning, match="an item of a copy is set"):
        change(sheet)


def test_an_array_that_is_kept_is_the_users_own(sheet: Population) -> None:
    rates = sheet.r
    rates[0][1] = 5.0
    rates[1, 1] = 6.0
    sheet.r = rates
    sheet.r += 1.0
    np.testing.assert_array_equal(sheet.r, [[2.0, 6.0], [2.0, 7.0]])


def test_weights_that_nobody_keeps(loop: Projection) -> None:
    with pytest.warns(AnnlabWarning, match=r"write proj.dendrite\(post\).w = values"):
        loop.w[0][1] = 5.0
    with pytest.warns(AnnlabWarning, match=r"write dendrite.synapse\(pre\).w = value"):
        loop.dendrite(1).w[0] = 5.0


def test_weights_that_are_kept(loop: Projection) -> None:
    weights = loop.w
    weights[0][1] = 5.0
    loop.w = weights
    row = loop.dendrite(1).w
    row[0] = 6.0
    loop.dendrite(1).w = row
    assert loop.w == [[1.0, 5.0, 1.0, 1.0], [6.0, 1.0, 1.0, 1.0]]


def test_what_is_computed_of_copies_is_plain(sheet: Population, loop: Projection) -> None:
    assert type(2.0 * sheet.r) is np.ndarray
    assert type(sheet.r.sum()) is np.float64
    assert type(pickle.loads(pickle.dumps(sheet.r))) is np.ndarray
    assert type(pickle.loads(pickle.dumps(loop.w))[0]) is list
    assert json.dumps(loop.dendrite(0).w) == "[1.0, 1.0, 1.0, 1.0]"
    assert repr(sheet[0:1, 0].r) == "array([1.])"
