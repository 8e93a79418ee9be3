"""Examples of docstrings begin with nothing: no network, no file, no compiler."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import annlab


@pytest.fixture(autouse=True)
def _blank(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    if not isinstance(request.node, pytest.DoctestItem):
        yield
        return
    monkeypatch.setenv("ANNLAB_BACKEND", "reference")
    monkeypatch.chdir(tmp_path)
    annlab.clear()
    yield
    annlab.clear()
