"""The page by keyboard, with screen readers, on a phone, in both colour schemes, and with keys, in a real browser."""

from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from digitgan.contract.hand import token_of
from digitgan.contract.latents import seeds_to_latents
from tests.browser import AXE, PHONE, Browse, shown, until
from tests.e2e.test_page_drawing import at, shows

HAND = token_of(seeds_to_latents([7], 64)[0])
VIEWS = {  # address and number of pictures of each
    "draw": ("#draw", 1),
    "seeds": ("#explore?way=seeds", 40),
    "walk": ("#explore?way=seeds&around=5", 49),
    "corners": ("#explore?way=corners", 5),
    "film": ("#explore?way=film", 33),
    "compare": ("#compare", 2),
    "dataset": ("#dataset", 0),
    "hand": (f"#hand?hand={HAND}", 11),
    "learn": ("#learn", 0),
}


def go(page: Page, name: str) -> None:
    """Follow a view's address within the page, and wait for its pictures."""
    address, n_pictures = VIEWS[name]
    page.evaluate("(address) => { location.hash = address; }", address)
    until(page, f"document.getElementById('{address[1:].partition('?')[0]}').checkVisibility()")
    shown = "[...document.querySelectorAll('main img')].filter((each) => each.checkVisibility())"
    until(page, f"{shown}.filter((each) => each.naturalWidth).length === {n_pictures}")
    until(page, "document.querySelector('#learn').hidden || !document.querySelector('[data-piece]:empty')")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation_in_any_view(browse: Browse, scheme: str) -> None:
    page = browse(color_scheme=scheme)
    page.evaluate(AXE.read_text(encoding="utf-8"))  # the content policy forbids the page to load it
    for name in VIEWS:
        go(page, name)
        found = page.evaluate("axe.run()")
        assert [(name, each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == []


@pytest.mark.parametrize("width", [320, PHONE["width"]])
def test_every_view_fits_the_width_of_a_phone(browse: Browse, width: int) -> None:
    page = browse(viewport={**PHONE, "width": width}, has_touch=True, is_mobile=True)
    for name in VIEWS:
        go(page, name)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name


def test_background_follows_the_colour_scheme(browse: Browse) -> None:
    backgrounds = [
        browse(color_scheme=scheme).evaluate("getComputedStyle(document.body).backgroundColor")
        for scheme in ("light", "dark")
    ]
    light, dark = (sum(map(int, ground[4:-1].split(","))) for ground in backgrounds)
    assert light > 3 * 240 and dark < 3 * 30


@pytest.mark.parametrize("view", VIEWS)
def test_tab_reaches_every_control(browse: Browse, view: str) -> None:
    page = browse(VIEWS[view][0])
    wanted = page.evaluate(
        """() => {
        const all = [...document.querySelectorAll("a, button, input, select, [tabindex='0']")];
        const reachable = all.filter((each) => each.checkVisibility() && !each.disabled);
        // A group of radio buttons is one stop; arrow keys choose within it.
        window.wanted = reachable.filter((each) => each.type !== "radio" || each.checked);
        return wanted.length; }"""
    )
    for _ in range(wanted + 2):
        page.keyboard.press("Tab")
        page.evaluate("wanted = wanted.filter((each) => each !== document.activeElement)")
    assert page.evaluate("wanted.map((each) => each.outerHTML)") == []


def test_keyboard_alone_draws_a_number_and_copies_a_program(browse: Browse, service: httpx.Client) -> None:
    page = browse(color_scheme="dark")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Control+a")
    page.keyboard.type("77")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowUp")
    shows(page, at(service, "/numbers/77/8.png?model=digits&version=1&ink=true&height=224&layout=natural"))
    page.get_by_label("Link", exact=True).focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_label("curl", exact=True)).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()").startswith("curl -s")


def test_page_opens_and_asks_for_a_key_where_one_is_required(guarded: tuple[Browse, str]) -> None:
    browse, key = guarded
    page = browse()
    box = page.get_by_role("dialog")
    box.get_by_text("an API key is required").wait_for()
    box.get_by_label("Key", exact=True).fill("wrong")
    page.keyboard.press("Enter")
    box.get_by_text("the API key is not valid").wait_for()
    box.get_by_label("Key", exact=True).fill(key)
    page.keyboard.press("Enter")
    until(page, "document.querySelector('#drawing').alt.startsWith('2026')")
    shown(page.get_by_label("curl", exact=True)).check(force=True)
    assert "x-api-key: $DIGITGAN_KEY" in page.locator("#text").inner_text()
    page.reload()
    until(page, "document.querySelector('#drawing').alt.startsWith('2026')")


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("light", {"color_scheme": "light", "viewport": {"width": 1200, "height": 760}}),
        ("dark", {"color_scheme": "dark", "viewport": {"width": 1200, "height": 760}}),
        ("phone", {"color_scheme": "light", "viewport": PHONE, "device_scale_factor": 2}),
    ],
)
def test_screenshots(browse: Browse, request: pytest.FixtureRequest, name: str, options: dict[str, object]) -> None:
    folder = request.config.getoption("--screenshots")
    if folder is None:
        pytest.skip("--screenshots FOLDER takes them")
    page = browse("#explore?way=corners&across=0.35&down=0.2" if name == "dark" else "#draw", **options)
    for who in ("Server", "This browser") if name == "dark" else ():
        shown(page.get_by_label(who)).check(force=True)
        for step in range(9):  # the page shows a median of as many times
            page.locator("[name=down]").fill(f"{0.24 - 0.005 * step:.3f}")
            page.wait_for_timeout(100)
    page.screenshot(path=Path(folder) / f"page-{name}.png")
