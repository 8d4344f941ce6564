"""The view Compare in a real browser: samples, training and figures of two models, side by side."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, Request, expect

from tests.browser import AXE, Browse, browsing, until

pytestmark = pytest.mark.long

ADDRESS = "/compare?one=better+1&other=worse+1"
CHARTS = [
    "Distance from real images, logarithmic axis",
    "Images told apart by the discriminator",
    "Loss of the generator",
    "Loss of the discriminator",
]


@pytest.fixture
def browse(browser: Browser, gallery: httpx.Client) -> Iterator[Browse]:
    with browsing(browser, gallery) as opening:
        yield opening


def asked_by(page: Page) -> list[dict[str, Any]]:
    """Return a list that grows by the body of each request for samples."""
    bodies: list[dict[str, Any]] = []

    def note(request: Request) -> None:
        if request.url.endswith("/generate"):
            bodies.append(request.post_data_json or {})

    page.on("request", note)
    return bodies


def settled(page: Page) -> None:
    until(page, "[...document.querySelectorAll('.pair img')].every((each) => each.complete && each.naturalWidth)")
    page.locator(".curve").first.wait_for()


def test_both_models_draw_the_same_seeds_and_labels(browse: Browse, gallery: httpx.Client) -> None:
    page = browse("/docs")
    bodies = asked_by(page)
    page.goto(f"{gallery.base_url}{ADDRESS}&seed=100")
    settled(page)
    one, other = sorted(bodies, key=lambda body: body["model"])
    assert (one["model"], other["model"]) == ("better", "worse")
    assert one["seeds"] == other["seeds"] == list(range(100, 120))
    assert one["labels"] == [i % 10 for i in range(20)]
    assert "labels" not in other  # a model without classes
    expect(page.get_by_role("img", name="Samples of better 1, seeds 100 to 119")).to_be_visible()
    expect(page.get_by_role("img", name="Samples of worse 1, seeds 100 to 119")).to_be_visible()
    page.get_by_role("button", name="New samples").click()
    until(page, "!document.querySelector('[name=seed]').value.startsWith('100')")
    page.get_by_role("combobox", name="Second model").select_option("digits 1")
    page.get_by_role("columnheader", name="digits 1").wait_for()
    until(page, "location.search.includes('other=digits+1')")
    page.reload()
    expect(page.get_by_role("combobox", name="Second model")).to_have_value("digits 1")


def test_samples_are_large_and_above_the_fold(browse: Browse) -> None:
    page = browse(ADDRESS)
    for width, height, columns in ((390, 844, 5), (640, 360, 5), (768, 1024, 5), (980, 1100, 10), (1440, 900, 5)):
        page.set_viewport_size({"width": width, "height": height})
        until(page, f"document.querySelector('#other img').naturalWidth === {28 * columns}")
        rows = (15 if height < 480 else 20) // columns
        until(page, f"document.querySelector('#other img').naturalHeight === {28 * rows}")
        for side in ("one", "other"):
            box = page.locator(f"#{side} img").bounding_box()
            assert box is not None
            assert box["width"] / columns in (56, 84)  # whole multiples of 28 pixels
            assert box["y"] + box["height"] <= height - (0 if width >= 960 else 44)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_wrong_seed_acts_on_nothing(browse: Browse) -> None:
    page = browse(ADDRESS)
    settled(page)
    bodies = asked_by(page)
    page.get_by_role("textbox", name="Seed of the first sample").fill("1e3")
    page.get_by_text("Seed of the first sample: must be a whole number from 0 to 9,007,199,254,740,991").wait_for()
    page.get_by_role("textbox", name="Seed of the first sample").fill("1000")
    expect(page.locator("#notice")).to_be_empty()
    page.get_by_role("img", name="Samples of better 1, seeds 1,000 to 1,019").wait_for()
    assert {body["seeds"][0] for body in bodies} == {1000}


def test_model_that_is_not_served_is_named(browse: Browse) -> None:
    page = browse("/compare?one=nothing+1&other=worse+1")
    page.get_by_text("nothing 1 is not served here; showing better 1 instead.").wait_for()


def test_training_of_both_models_has_one_axis(browse: Browse) -> None:
    page = browse(ADDRESS)
    settled(page)
    figures = page.locator(".curve")
    names = [each.get_attribute("aria-label") or "" for each in figures.get_by_role("img").all()]
    assert [name.split(", over 400 iterations. ")[0] for name in names] == CHARTS
    assert names[0].endswith("better 1: 0.8 at first, 0.6 at the end. worse 1: 32 at first, 8 at the end.")
    assert names[1].endswith("worse 1: 100 % at first, 25 % at the end.")
    distance, _, losses, _ = figures.all()
    expect(distance.locator(".up span")).to_have_text(["0.1", "1", "10", "100"], use_inner_text=True)
    # From 0.1 to 100 by their logarithms; the shorter run ends in the middle of the axis.
    expect(distance.locator(".plot .line0")).to_have_attribute("d", "M25.00 69.90L50.00 74.06")
    expect(distance.locator(".plot .line1")).to_have_attribute("d", "M25.00 16.50L50.00 20.66L75.00 26.53L100.00 36.56")
    # From 0 to 4: nothing is cut off.
    expect(losses.locator(".plot .line1")).to_have_attribute("d", "M25.00 0.00L50.00 50.00L75.00 66.67L100.00 75.00")
    legend = distance.get_by_role("list", name="Legend").get_by_role("listitem")
    expect(legend).to_have_text(["better 1\n0.6 (ended at 200)", "worse 1\n8"], use_inner_text=True)
    slider = page.get_by_role("slider", name="Values at iteration")
    slider.focus()
    page.keyboard.press("Home")
    slider.fill("200")
    expect(legend).to_have_text(["better 1\n0.6", "worse 1\n24"], use_inner_text=True)
    expect(page.locator("#iteration-shown")).to_have_text("200")


def test_trouble_of_one_model_stays_while_the_other_is_drawn(browser: Browser, gallery: httpx.Client) -> None:
    with browsing(browser, gallery, expected="net::ERR") as browse:
        page = browse("/docs")
        is_worse = re.compile('"model":"worse"').search
        page.route(
            "**/generate", lambda route: route.abort() if is_worse(route.request.post_data or "") else route.continue_()
        )
        page.goto(f"{gallery.base_url}{ADDRESS}")
        page.get_by_role("img", name="Samples of better 1").wait_for()
        page.get_by_role("row", name="Precision of the weights").wait_for()
        page.wait_for_load_state("networkidle")
        expect(page.locator("#trouble")).to_have_text("the service cannot be reached; try again in a moment")
        page.unroute("**/generate")
        page.get_by_role("button", name="New samples").click()
        page.get_by_role("img", name="Samples of worse 1").wait_for()
        expect(page.locator("#trouble")).to_be_empty()


def test_model_without_a_history_is_named_and_the_other_is_drawn(browse: Browse) -> None:
    page = browse("/compare?one=tints+1&other=worse+1")
    page.get_by_text("tints 1 has no training curve.").wait_for()
    expect(page.locator(".curve")).to_have_count(4)
    expect(page.locator(".curve .legend li").first).to_have_text("tints 1not recorded")
    page.get_by_role("combobox", name="Second model").select_option("tints 1")
    expect(page.locator(".curve")).to_have_count(0)
    expect(page.get_by_role("slider", name="Values at iteration")).to_be_hidden()


def test_figures_have_bars_on_one_scale(browse: Browse) -> None:
    page = browse(ADDRESS)
    settled(page)
    row = page.get_by_role("row", name="frechet distance").or_(page.get_by_role("row", name="Frechet distance")).first
    expect(row.locator("td span")).to_have_text(["0.2", "8"], use_inner_text=True)
    assert row.locator(".bar").evaluate_all("(bars) => bars.map((bar) => bar.style.width)") == ["2.5%", "100%"]
    expect(row.get_by_role("rowheader")).to_contain_text("how far from real images")
    expect(row.get_by_role("rowheader")).to_contain_text("Real images: 0.1")
    precision = page.get_by_role("row", name="Precision of the weights")
    expect(precision.get_by_role("cell")).to_have_text(["fp32", "fp32"], use_inner_text=True)
    expect(precision.locator(".bar")).to_have_count(0)


def test_classes_with_names_and_colour_are_compared(browse: Browse) -> None:
    page = browse("/compare?one=clothes+1&other=tints+1")
    page.get_by_role("img", name="Samples of clothes 1").wait_for()
    tints = page.get_by_role("img", name="Samples of tints 1")
    expect(tints).to_have_class("colour")
    until(page, "document.querySelector('#other img').naturalWidth === 100")  # five columns of 20 pixels
    assert tints.evaluate("(image) => getComputedStyle(image).filter") == "none"
    assert page.locator("#one img").evaluate("(image) => getComputedStyle(image).filter") == "invert(1)"


def test_view_is_accessible_and_models_differ_by_more_than_colour(browse: Browse) -> None:
    page = browse(ADDRESS)
    settled(page)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate("axe.run().then(({ violations }) => violations.map(({ id }) => id))") == []
    page.emulate_media(forced_colors="active")
    styles = "(lines) => lines.map((line) => getComputedStyle(line)).map((each) => [each.stroke, each.strokeDasharray])"
    (one, solid), (other, dashed) = (
        page.locator(".curve").first.locator(".plot :is(.line0, .line1)").evaluate_all(styles)
    )
    assert one == other
    assert (solid, dashed) == ("none", "5px, 3px")
    first, second = (
        page.locator("#figures tr")
        .first.locator(".bar")
        .evaluate_all("(bars) => bars.map((bar) => getComputedStyle(bar).backgroundColor)")
    )
    assert first != second
