"""A real Chromium or Firefox for the tests, which fail if a page logs an error or contacts another host."""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect, sync_playwright

from tests.processes import PATIENCE_S
from tests.programs import skip_without

Browse = Callable[..., Page]
AXE = Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js"
_BLOCKED = "Service Worker registration blocked by Playwright"
PHONE = {"width": 375, "height": 760}

expect.set_options(timeout=PATIENCE_S * 1000)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Yield the system's Chromium or Chrome."""
    path = skip_without("chromium", shows="the page")
    with sync_playwright() as playwright:
        as_root = ["--no-sandbox"]
        browser = playwright.chromium.launch(executable_path=path, args=as_root, timeout=PATIENCE_S * 1000)
        yield browser
        browser.close()


@contextmanager
def firefox(preferences: Mapping[str, str | int] | None = None) -> Iterator[Browser]:
    """Yield the system's Firefox, whose windows have the media features of its start.

    Args:
        preferences: the user's, by name, such as of a scheme; without them it is light, with motion.
    """
    path = skip_without("firefox", shows="the page in Firefox")
    with sync_playwright() as playwright:
        browser = playwright.firefox.launch(
            channel="moz-firefox",  # one that is not patched, by WebDriver BiDi
            executable_path=Path(__file__).parent / "firefox.py",
            env={**os.environ, "FIREFOX": path},
            firefox_user_prefs=dict(preferences or {}),
            timeout=PATIENCE_S * 1000,
        )
        yield browser
        browser.close()


@contextmanager
def browsing(browser: Browser, service: httpx.Client, expected: str | None = None) -> Iterator[Browse]:
    """Yield a function that opens an address of the service, and fail if a page complains or contacts another host.

    The function takes an address and options of the browser's context, in which service workers are blocked unless an
    option allows them, since they answer before a test sees a request. A complaint may match ``expected``.
    """
    home = str(service.base_url)
    complaints: list[str] = []
    contexts = []

    def browse(address: str = "/", **options: Any) -> Page:
        options = {"service_workers": "block"} | options
        if browser.browser_type.name == "chromium":
            options["permissions"] = ["clipboard-read", "clipboard-write"]
        context = browser.new_context(**options)
        context.set_default_timeout(PATIENCE_S * 1000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if _is_complaint(said) else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: complaints.append(request.url) if _is_foreign(request.url, home) else None)
        if browser.browser_type.name == "firefox":  # which logs nothing of answers that are errors
            page.on("response", lambda got: complaints.append(f"{got.status} {got.url}") if got.status >= 400 else None)
        page.goto(home + address)
        page.wait_for_load_state("networkidle")
        return page

    yield browse
    for context in contexts:
        context.close()
    if unexpected := [each for each in complaints if not expected or not re.search(expected, each)]:
        pytest.fail(f"the page complained: {unexpected}")


def until(page: Page, condition: str) -> None:
    """Wait until an expression is true in the page; Playwright's own waiting is forbidden by the content policy."""
    deadline = monotonic() + PATIENCE_S
    while not page.evaluate(condition):
        assert monotonic() < deadline, f"never true: {condition}"
        sleep(0.02)


def shown(control: Locator) -> Locator:
    """Return a control once it is visible; an action by force, which its overlying label requires, would not wait."""
    control.wait_for()
    return control


def _is_complaint(said: ConsoleMessage) -> bool:
    return said.type in ("error", "warning") and said.text != _BLOCKED


def _is_foreign(url: str, home: str) -> bool:
    return urlsplit(url).scheme in ("http", "https") and not url.startswith(home)
