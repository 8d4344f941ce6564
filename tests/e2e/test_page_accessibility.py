"""All views of the page: by keyboard, with screen readers, in every scheme and size."""

from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from service.page.documents import LANGUAGES, VIEWS
from tests.browser import PHONE, Browse, browsing, until
from tests.e2e.views import (
    SIZES,
    axe,
    check_focus,
    check_fold,
    check_forced_colours,
    check_names,
    check_scheme,
    check_sizes,
    check_stillness,
    every_view,
    settle,
)

pytestmark = pytest.mark.long

Opened = Callable[..., Page]
BOTH = [*product(VIEWS, LANGUAGES)]


@pytest.fixture(scope="module")
def opened(browser: Browser, service: httpx.Client) -> Iterator[Opened]:
    """Yield a function that returns the page of a view in a language, which all tests share, in a size and a scheme."""
    pages: dict[tuple[str, str], Page] = {}
    with browsing(browser, service) as browse:

        def open_view(view: str, language: str = "en", size: tuple[int, int] = SIZES[-1], **media: Any) -> Page:
            if (view, language) not in pages:
                pages[view, language] = browse(f"/{view}", locale=language)
            page = pages[view, language]
            page.set_viewport_size({"width": size[0], "height": size[1]})
            page.emulate_media(**{"color_scheme": "light", "forced_colors": "none", **media})
            page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
            settle(page)
            return page

        yield open_view


@pytest.mark.parametrize("view", VIEWS)
def test_axe_finds_no_violation(opened: Opened, view: str) -> None:
    found = {
        "on a phone": axe(opened(view, size=SIZES[0])),
        "in the dark": axe(opened(view, color_scheme="dark")),
        "with forced colours": axe(opened(view, forced_colors="active")),
        "in Chinese": axe(opened(view, "zh-Hans")),
    }
    assert {name: each for name, each in found.items() if each} == {}


@pytest.mark.parametrize(("view", "language"), BOTH)
def test_every_control_has_a_role_and_a_name(opened: Opened, view: str, language: str) -> None:
    page = opened(view, language)
    check_names(page)
    expect(page.locator("html")).to_have_attribute("lang", language)


@pytest.mark.parametrize("view", VIEWS)
def test_tab_reaches_every_control_in_order_and_shows_it(opened: Opened, view: str) -> None:
    check_focus(opened(view))
    check_focus(opened(view, size=SIZES[0]))  # where a sheet lies over the end of the window


@pytest.mark.parametrize(("view", "language"), BOTH)
def test_nothing_scrolls_sideways_and_targets_are_large_enough(opened: Opened, view: str, language: str) -> None:
    check_sizes(opened(view, language))


@pytest.mark.parametrize("view", VIEWS)
def test_picture_is_above_the_fold(opened: Opened, view: str) -> None:
    check_fold(opened(view))


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_is_seen_in_each_scheme_and_with_forced_colours(opened: Opened, view: str) -> None:
    for scheme in ("light", "dark"):
        check_scheme(opened(view, color_scheme=scheme), scheme)
        check_forced_colours(opened(view, color_scheme=scheme, forced_colors="active"))


def test_nothing_moves_where_motion_is_unwanted(browse: Browse) -> None:
    for page in every_view(browse(reduced_motion="reduce", viewport={"width": 1024, "height": 700})):
        check_stillness(page)


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_scripts_something_is_seen(browse: Browse, language: str) -> None:
    page = browse(java_script_enabled=False, locale=language, viewport=PHONE)
    for view in VIEWS:
        page.goto(page.url.rpartition("/")[0] + f"/{view}")
        expect(page.get_by_role("heading", level=1)).to_be_in_viewport()
        expect(page.locator("noscript p")).to_be_visible()
        expect(page.locator("nav [aria-current]")).to_be_visible()
        if view == "write":
            expect(page.locator("#picture svg")).to_be_in_viewport(ratio=1)


def test_links_between_views_give_each_its_title_heading_and_focus(browse: Browse) -> None:
    page = browse()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    until(page, "document.activeElement.id === 'main'")
    seen = set()
    for view in ("hand", "learn", "write"):
        page.locator(f"nav a[href$='/{view}']").click()
        page.wait_for_url(f"**/{view}")
        assert page.evaluate("document.activeElement === document.body")  # the next Tab begins at the top
        seen.add((page.title(), page.get_by_role("heading", level=1).inner_text()))
    assert len(seen) == 3
    page.go_back()
    page.wait_for_url("**/learn")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [SIZES[0], SIZES[2], SIZES[3]])
def test_screenshots(browse: Browse, request: pytest.FixtureRequest, scheme: str, size: tuple[int, int]) -> None:
    folder = request.config.getoption("--screenshots")
    if folder is None:
        pytest.skip("--screenshots FOLDER takes them")
    page = browse(color_scheme=scheme, viewport={"width": size[0], "height": size[1]})
    for view in VIEWS:
        page.goto(page.url.rpartition("/")[0] + f"/{view}")
        settle(page)
        page.screenshot(path=Path(folder) / f"page-{view}-{scheme}-{size[0]}.png")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_screenshots_of_the_readme(browse: Browse, request: pytest.FixtureRequest, scheme: str) -> None:
    folder = request.config.getoption("--screenshots")
    if folder is None:
        pytest.skip("--screenshots FOLDER takes them")
    page = browse(color_scheme=scheme, viewport={"width": 1200, "height": 800}, reduced_motion="reduce")
    settle(page)
    page.screenshot(path=Path(folder) / f"page-{scheme}.png")
