"""Examples of docstrings begin with nothing: no network, no file, no compiler.

And how the tests are dealt to several processes: the cells of a notebook, and tests that share
what was begun for their file, stay together; so do all that drive a browser, which is slow beside
a second one.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import annlab
from annlab.limits import n_cores


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


def pytest_collection_finish() -> None:
    """Leave what now exists, thousands of tests, out of every later collection of garbage."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Return a process for each core, and one for the browser, which waits more than it works."""
    return n_cores() + 1


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object:
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return "browser" if file.startswith("tests/browser/") else file

    return ByFile(config, log)
