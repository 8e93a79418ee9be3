"""Networks on the reference back end, forgotten after each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

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
