"""What all tests in the browser need: a picture of the page that a test failed on."""

from __future__ import annotations

from collections.abc import Generator

import laboratory
import pytest
from playwright.sync_api import Page

# For a test and what has to be begun for it: a server, a browser, a kernel, each with patience.
TIMEOUT_S = 900


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        is_here = item.path.is_relative_to(laboratory.HERE)
        if is_here and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(TIMEOUT_S))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    page = getattr(item, "funcargs", {}).get("page")
    if report.failed and isinstance(page, Page) and not page.is_closed():
        said = laboratory.keep_failure(page, item.nodeid.rpartition("/")[2])
        report.sections.append(("the page", said))
    return report
