"""Fixtures of the tests in a browser."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser

from service.access.key_file import add_key
from service.app import create_app
from service.settings import Settings
from tests.browser import Browse, browsing, chromium
from tests.live import live


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Yield a browser for all tests of a module."""
    with chromium() as found:
        yield found


@pytest.fixture
def browse(browser: Browser, service: httpx.Client) -> Iterator[Browse]:
    """Yield a function that opens an address of the service in a new window."""
    with browsing(browser, service) as opening:
        yield opening


@pytest.fixture
def guarded(browser: Browser, models_dir: Path, tmp_path: Path) -> Iterator[tuple[Browse, str]]:
    """Yield a function that opens an address of a service that requires keys, and one of its keys."""
    key = add_key(tmp_path / "keys.json", "shop")
    app = create_app(Settings(models_dir=models_dir, threads=1, keys_file=tmp_path / "keys.json"))
    with live(app) as service, browsing(browser, service, expected="401") as opening:
        yield opening, key
