"""The page follows the limits of its service, in a real browser."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from service.app import create_app
from service.settings import Settings
from tests.browser import Browse, browsing, until
from tests.live import live


@pytest.fixture
def limited(browser: Browser, models_dir: Path) -> Iterator[Browse]:
    """Yield a function that opens an address of a service with lower limits than usual."""
    app = create_app(Settings(models_dir=models_dir, threads=1, max_images=32, max_stream_images=500))
    with live(app) as service, browsing(browser, service) as opening:
        yield opening


def test_number_is_as_long_as_the_service_allows(limited: Browse) -> None:
    page = limited("#draw?digits=123")
    number = page.get_by_label("Number", exact=True)
    number.fill("1" * 32)
    until(page, "document.querySelector('#drawing').alt.length > 32")
    number.evaluate("(input) => input.removeAttribute('maxlength')")  # typing stops there; the pattern is left
    number.fill("1" * 33)
    page.get_by_text("Number: 1 to 32 digits and signs").wait_for()


def test_data_set_is_as_large_as_the_service_allows(limited: Browse) -> None:
    page = limited("#dataset?count=100000")
    images = page.get_by_role("spinbutton", name="Images")
    expect(images).to_have_value("500")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    with zipfile.ZipFile(io.BytesIO(Path(download.value.path()).read_bytes())) as archive:
        assert len([name for name in archive.namelist() if name.endswith(".png")]) == 500
    images.fill("501")
    page.get_by_text("Images: a whole number from 1 to 500").wait_for()


def test_grids_are_as_large_as_the_service_allows(limited: Browse) -> None:
    page = limited("#explore?way=seeds")
    expect(page.locator("#grid img")).to_have_count(32)
    page.get_by_role("button", name="Later").click()
    page.get_by_role("button", name="Seed 32", exact=True).click()
    expect(page.locator("#grid img")).to_have_count(25)
    expect(page.locator("#grid button:nth-child(13)")).to_have_class("here")
    columns = page.evaluate("getComputedStyle(document.getElementById('grid')).gridTemplateColumns.split(' ').length")
    assert columns == 5
    page.evaluate("location.hash = '#compare'")
    until(page, "document.querySelector('#right img').alt.startsWith('32 digits by ')")
    assert page.locator("#trouble").inner_text() == ""


def test_controls_have_the_described_ranges(browse: Browse) -> None:
    page = browse()
    described = page.evaluate("fetch('openapi.json').then((answer) => answer.json())")["components"]["schemas"]
    for name in ("truncation", "scale", "height", "gap"):
        slider = page.locator(f"#draw [name={name}]")
        field = described["GenerateRequest"]["properties"][name]
        assert [float(slider.get_attribute(end) or "") for end in ("min", "max")] == [
            field["minimum"],
            field["maximum"],
        ]


def test_description_without_limits_is_reported(browse: Browse) -> None:
    page = browse()
    page.route("**/openapi.json", lambda route: route.fulfill(json={"paths": {}}))
    page.reload()
    expect(page.locator("#trouble")).to_have_text("the service's description has no POST /dataset")
