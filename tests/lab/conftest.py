"""A page without a browser, and something for it to look at."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pages import Page

import annlab as ann
from annlab.lab.session import Session


@pytest.fixture
def page() -> Iterator[Page]:
    page = Page()
    session = Session(page, lambda: page.variables)
    yield page
    session.end()


@pytest.fixture
def net() -> Iterator[ann.Network]:
    """Some neurons that spike, on the back end that needs no compiler."""
    net = ann.Network(dt=1.0, seed=1, backend="reference")
    cells = net.create((2, 5), ann.Izhikevich(i_offset=10.0), name="cells")
    net.connect(cells, cells, "exc", name="recurrent").all_to_all(weights=0.1)
    yield net
    net.clear()
