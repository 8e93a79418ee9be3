"""What the tests of the extensions need: a GPU, on the CPU."""

from __future__ import annotations

import pytest

from annlab.runtime.cuda.device import EMULATE_VARIABLE, WATCH


@pytest.fixture(autouse=True)
def _gpu_is_emulated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(EMULATE_VARIABLE, WATCH)
