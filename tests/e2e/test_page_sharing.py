"""Sharing: a link to every view, and code that shows a picture in the pages of other sites."""

from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect
from starlette.responses import HTMLResponse

from service.app import create_app
from service.page.documents import VIEWS
from service.settings import Settings
from tests.browser import Browse, browsing
from tests.e2e.views import LINKS, check_link
from tests.live import live

pytestmark = pytest.mark.long


def copied_link(page: Page) -> httpx.URL:
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator("#copied")).to_have_text("Copied")
    return httpx.URL(page.evaluate("navigator.clipboard.readText()"))


def test_every_view_has_a_link_to_copy(browse: Browse) -> None:
    page = browse("/write/29%2F11?hand=9")
    page.get_by_role("radio", name="Red").check()
    link = copied_link(page)
    assert link.raw_path.startswith(b"/write/29%2F11?")
    assert {"hand": "9", "color": "b3391b"}.items() <= dict(link.params).items()
    for view in VIEWS:
        page.goto(str(link.join(LINKS[view])))
        check_link(page)
        assert copied_link(page).raw_path == LINKS[view].encode()


@pytest.mark.parametrize("origins", [("*",), ()], ids=["open", "closed"])
def test_embedded_pictures_show_in_another_site_if_the_service_is_open(
    browser: Browser, models_dir: Path, origins: tuple[str, ...]
) -> None:
    app = create_app(Settings(models_dir=models_dir, threads=1, cors_origins=origins))
    code = ""

    async def other_site(scope: object, receive: object, send: object) -> None:
        await HTMLResponse(f"<!doctype html><title>Other</title>{code}")(scope, receive, send)  # type: ignore[arg-type]

    with live(app) as service, live(other_site, has_lifespan=False) as other:
        with browsing(browser, service) as browse:
            page = browse("/write/20%2F26?hand=7&color=1d4e9e")
            page.get_by_text("Embed in a page").click()
            assert page.locator("#embed-note").is_visible() == (not origins)
            for name, place in (("Copy the picture", "picture"), ("Copy the one that writes itself", "film")):
                page.get_by_role("button", name=name).click()
                expect(page.locator(f"#embed-{place} [role=status]")).to_have_text("Copied")
                code += page.evaluate("navigator.clipboard.readText()")
        assert 'alt="20/26 in the hand 7"' in code
        context = browser.new_context()
        foreign = context.new_page()
        foreign.goto(str(other.base_url).replace("127.0.0.1", "localhost"))
        foreign.wait_for_load_state("networkidle")
        assert bool(foreign.evaluate("document.images[0].naturalHeight")) == bool(origins)
        assert bool(foreign.frames[1].locator("path").count()) == bool(origins)
        context.close()
