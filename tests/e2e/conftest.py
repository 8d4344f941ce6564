"""Knows what tests in a browser share. Does not know pages."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser

from tests.browser import Browse, browsing, chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Yield a browser for the tests of a module."""
    with chromium() as found:
        yield found


@pytest.fixture
def browse(browser: Browser, service: httpx.Client) -> Iterator[Browse]:
    """Yield what opens an address of the service in a fresh window."""
    with browsing(browser, service) as opening:
        yield opening
