"""Networks on the reference back end, forgotten after each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from small import Connect, connecting

import annlab


@pytest.fixture(autouse=True)
def forget_everything(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("ANNLAB_BACKEND", "reference")
    annlab.clear()
    yield
    annlab.clear()


@pytest.fixture
def net() -> annlab.Network:
    return annlab.Network(seed=3)


@pytest.fixture
def network() -> annlab.Network:
    """A network whose step is no whole millisecond: steps and ms cannot be mixed up."""
    return annlab.Network(dt=0.5, seed=1)


@pytest.fixture
def connect(network: annlab.Network) -> Connect:
    """Return a function that makes a projection in `network`."""
    return connecting(network)
