"""SVG in a browser and in an independent renderer: the same picture as the PNG in ink, wherever it is shown."""

import io
from collections.abc import Callable
from typing import Any

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser import Browse, until

pytestmark = pytest.mark.long

Pixels = NDArray[np.floating]
Render = Callable[[str, int, int], Pixels]

DOCUMENTS: dict[str, dict[str, Any]] = {
    "two holes": {"seeds": 3, "labels": 8},
    "sheet": {"seeds": list(range(20)), "labels": [each % 10 for each in range(20)]},
    "number": {"seeds": 7, "digits": "2026", "gap": 2},
    "natural": {"seeds": [7, 8], "digits": ["2,086.50", "(9/4) +6%"], "layout": "natural"},
}
HEIGHT = 112
MOST = 8  # grey levels
FINER = 4  # a renderer's own smoothing is off by as much as is allowed here, so pixels are averaged from finer ones


def greys(png: bytes) -> Pixels:
    return np.asarray(Image.open(io.BytesIO(png)).convert("L"), np.float64)


def averaged(pixels: Pixels) -> Pixels:
    height, width = pixels.shape
    means: Pixels = pixels.reshape(height // FINER, FINER, width // FINER, FINER).mean(axis=(1, 3))
    return means


@pytest.fixture(params=["chromium", "resvg"])
def render(request: pytest.FixtureRequest) -> Render:
    """Return a function from a document, height and width to pixels."""
    if request.param == "resvg":
        resvg = pytest.importorskip("resvg_py", reason="needs resvg-py (pip install resvg-py)")
        return lambda svg, height, width: averaged(greys(resvg.svg_to_bytes(svg_string=svg, width=FINER * width)))
    browser: Browser = request.getfixturevalue("browser")

    def in_page(svg: str, height: int, width: int) -> Pixels:
        page = browser.new_page(viewport={"width": width, "height": height}, device_scale_factor=FINER)
        page.set_content(f"<style>body {{ margin: 0 }} svg {{ display: block; width: {width}px }}</style>{svg}")
        pixels = averaged(greys(page.screenshot()))
        page.close()
        return pixels

    return in_page


@pytest.mark.parametrize("name", DOCUMENTS)
def test_renderers_draw_the_ink_of_the_png(service: httpx.Client, render: Render, name: str) -> None:
    def posted(media_type: str, **body: Any) -> httpx.Response:
        answer = service.post("/generate", json=DOCUMENTS[name] | body, headers={"Accept": media_type})
        return answer.raise_for_status()

    drawn = greys(posted("image/png", ink=True, height=HEIGHT).content)
    rendered = render(posted("image/svg+xml", color="white", background="black").text, *drawn.shape)
    is_edge = np.any([(each > 0) & (each < 255) for each in (drawn, rendered)], axis=0)
    assert is_edge.sum() > 3 * HEIGHT
    assert np.abs(drawn - rendered)[is_edge].mean() <= MOST


def darkness(page: Page) -> float:
    """Return how dark a page is, from 0 to 1."""
    return float(1 - greys(page.screenshot()).mean() / 255)


def test_an_address_can_be_opened(browse: Browse) -> None:
    page = browse("/numbers/2026/7.svg", viewport={"width": 400, "height": 100})
    assert page.evaluate("document.documentElement.localName") == "svg"
    assert 0.05 < darkness(page) < 0.4


def test_an_address_can_be_embedded_as_an_image(browse: Browse) -> None:
    page = browse("/", viewport={"width": 300, "height": 300})
    page.evaluate("document.body.innerHTML = '<img src=digits/8/3.svg width=300 height=300 alt=8>'")
    until(page, "document.images[0].complete && document.images[0].naturalWidth > 0")
    assert 0.02 < darkness(page) < 0.4


def test_a_page_styles_and_names_a_document_within_it(browser: Browser, service: httpx.Client) -> None:
    page = browser.new_page(viewport={"width": 200, "height": 200})
    two = service.get("/digits/8/3.svg").text + service.get("/numbers/1%2F2/3.svg").text
    page.set_content(f"<style>body {{ color: #f00 }} svg {{ width: 100px }}</style>{two}")
    expect(page.get_by_role("img", name="8, handwritten")).to_be_visible()
    expect(page.get_by_role("img", name="1/2, handwritten")).to_be_visible()
    red, green, blue = np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB")).reshape(-1, 3).T
    assert (red == 255).all() and green.min() == blue.min() == 0
    page.close()
