"""Networks of each test are forgotten after it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import annlab


@pytest.fixture(autouse=True)
def forget_everything() -> Iterator[None]:
    annlab.clear()
    yield
    annlab.clear()
