"""All views of the page in Firefox, which reads the same documents in its own way."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser
from starlette.responses import HTMLResponse

from service.app import create_app
from service.page.documents import VIEWS
from service.settings import Settings
from tests.browser import Browse, browsing, firefox
from tests.e2e.numbers import check_typing
from tests.e2e.test_page_offline import check_offline, keep
from tests.e2e.views import (
    LINKS,
    SIZES,
    axe,
    check_focus,
    check_fold,
    check_forced_colours,
    check_link,
    check_names,
    check_scheme,
    check_sizes,
    check_stillness,
    every_view,
    settle,
)
from tests.live import live

pytestmark = pytest.mark.long

DESKTOP = {"width": SIZES[-1][0], "height": SIZES[-1][1]}
SMALL = {"width": 1024, "height": 700}  # with controls at the side, too
DARK_AND_STILL = {"ui.systemUsesDarkTheme": 1, "ui.prefersReducedMotion": 1}
FORCED = {  # as Windows does it on black
    "browser.display.document_color_use": 2,
    "browser.display.background_color": "#000000",
    "browser.display.foreground_color": "#ffffff",
    "browser.anchor_color": "#ffff00",
    "browser.visited_color": "#ffff00",
    "ui.highlight": "#1aebff",
    "ui.highlighttext": "#000000",
    "ui.buttonface": "#000000",
    "ui.buttontext": "#ffffff",
    "ui.graytext": "#3ff23f",
}


@pytest.fixture(scope="module")
def browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    """Yield a Firefox for all tests of this module that want the same preferences of its user."""
    with firefox(getattr(request, "param", None)) as found:
        yield found


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_can_be_used_from_a_link(browse: Browse, view: str) -> None:
    page = browse(LINKS[view], viewport=DESKTOP)
    settle(page)
    check_focus(page)
    check_link(page)
    check_fold(page)
    check_names(page)
    check_sizes(page)  # all of axe runs in Chromium alone: on the view Compare, it makes a process of Firefox 153 crash


def test_typing_anywhere_writes_and_space_rolls(browse: Browse, service: httpx.Client) -> None:
    check_typing(browse(), service)


def test_page_writes_without_its_service_once_it_is_kept(browser: Browser, models_dir: Path) -> None:
    with ExitStack() as running:
        service = running.enter_context(live(create_app(Settings(models_dir=models_dir, threads=1))))
        with browsing(browser, service) as browse:
            page = browse("/write/2026?hand=7", service_workers="allow")
            there = keep(page)
            running.close()  # a network that is cut off would still be there for a service worker of Firefox
            check_offline(page, f"{service.base_url}/", there)


def test_complaints_and_requests_to_other_hosts_are_heard(browser: Browser) -> None:
    async def faulty(scope: object, receive: object, send: object) -> None:
        content = "<!doctype html><img src='http://localhost:999/'><script>console.error('heard'); fail();</script>"
        await HTMLResponse(content, 404)(scope, receive, send)  # type: ignore[arg-type]

    with (
        live(faulty, has_lifespan=False) as service,
        pytest.raises(pytest.fail.Exception) as failed,
        browsing(browser, service) as browse,
    ):
        browse()
    for complaint in ("http://localhost:999/", "'heard'", "fail is not defined", "404 http://127"):
        assert complaint in str(failed.value)


@pytest.mark.parametrize("browser", [DARK_AND_STILL], indirect=True, ids=["dark and still"])
def test_every_view_is_dark_and_still_where_that_is_wanted(browse: Browse) -> None:
    for page in every_view(browse(viewport=SMALL)):
        check_stillness(page)
        check_scheme(page, "dark")
        assert axe(page, "color-contrast") == []


@pytest.mark.parametrize("browser", [FORCED], indirect=True, ids=["forced colours"])
def test_every_view_is_seen_with_forced_colours(browse: Browse) -> None:
    for page in every_view(browse(viewport=SMALL)):
        check_forced_colours(page)
    check_focus(page)
