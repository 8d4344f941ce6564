"""The page follows the limits of its service, in a real browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from service.app import create_app
from service.settings import Settings
from tests.browser import Browse, browsing, until
from tests.e2e.test_page_explore import requested
from tests.live import live

pytestmark = pytest.mark.long


@pytest.fixture
def limited(browser: Browser, models_dir: Path) -> Iterator[Browse]:
    """Yield a function that opens an address of a service with lower limits than usual."""
    app = create_app(Settings(models_dir=models_dir, threads=1, max_images=32, max_stream_images=500))
    with live(app) as service, browsing(browser, service) as opening:
        yield opening


def test_number_is_as_long_as_the_service_allows(limited: Browse) -> None:
    page = limited(f"/write/{'1' * 33}")
    fault = "must be digits and the signs . , - / : + % ( ) and space, at most 32, with at least one digit"
    expect(page.locator("#notice")).to_contain_text(fault)
    number = page.get_by_role("textbox", name="Number")
    expect(number).to_have_value("2026")
    until(page, "document.querySelector('#picture').ariaLabel?.startsWith('2026')")
    number.fill("1" * 32)
    until(page, "document.querySelector('#picture').ariaLabel.length > 32")
    number.evaluate("(input) => input.removeAttribute('maxlength')")  # typing stops there; the pattern is left
    number.fill("1" * 33)
    expect(page.locator("#notice")).to_have_text(f"Number: {fault}.")


def test_map_asks_for_no_more_images_than_the_service_allows(limited: Browse) -> None:
    page = limited("/explore?hand=23&zoom=1")
    until(page, "document.querySelector('#ground').ariaBusy === 'false'")
    bodies = requested(page)
    page.locator("#ground").press("+")
    page.get_by_role("button", name="Whole map").click()
    until(page, "location.search.includes('zoom=-') && document.querySelector('#ground').ariaBusy === 'false'")
    assert max(len(body["seeds"]) for body in bodies) == 25  # the largest square
    expect(page.locator("#card-name")).to_have_text("Hand 23")
    expect(page.locator("#trouble")).to_have_text("")


def test_controls_have_the_described_ranges(browse: Browse) -> None:
    page = browse()
    described = page.evaluate("fetch('openapi.json').then((answer) => answer.json())")["components"]["schemas"]
    properties = described["GenerateRequest"]["properties"]
    height, variety = (
        [float(page.locator(f"[name={name}]").get_attribute(end) or "") for end in ("min", "max")]
        for name in ("height", "truncation")
    )
    assert height == [properties["height"]["minimum"], properties["height"]["maximum"]]
    assert properties["truncation"]["minimum"] <= variety[0] < 1 < variety[1] <= properties["truncation"]["maximum"]


def test_description_without_limits_is_reported(browse: Browse) -> None:
    page = browse()
    page.route("**/openapi.json", lambda route: route.fulfill(json={"paths": {}}))
    page.reload()
    expect(page.locator("#trouble")).to_have_text("the service's description has no POST /dataset")
