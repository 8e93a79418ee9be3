"""What all tests in the browser need: a picture of the page that a test failed on."""

from __future__ import annotations

from collections.abc import Generator

import laboratory
import pytest
from playwright.sync_api import Page


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
