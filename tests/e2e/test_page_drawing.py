"""The view Draw in a real browser: its controls, its address, and the programs to copy."""

import io
import json
import re
import subprocess
import sys
from base64 import b64decode
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import quote

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser import Browse, browsing, shown, until
from tests.processes import PATIENCE_S

Pixels = tuple[int, int, bytes]
QUIET = "model=digits&version=1"
USUAL = f"{QUIET}&ink=true&height=224&layout=natural"
IMAGE = "#drawing"


def picture(page: Page, image: str = IMAGE) -> Pixels:
    """Return the pixels of the picture that an element shows; the content policy forbids fetching its bytes."""
    shown = page.evaluate(
        """(image) => {
            const picture = document.querySelector(image);
            if (!picture.naturalWidth) return null;
            const canvas = new OffscreenCanvas(picture.naturalWidth, picture.naturalHeight);
            const context = canvas.getContext("2d");
            context.drawImage(picture, 0, 0);
            const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
            const grey = data.filter((_, i) => i % 4 === 0);
            return [canvas.width, canvas.height, btoa(Array.from(grey, (each) => String.fromCharCode(each)).join(""))];
        }""",
        image,
    )
    return (shown[0], shown[1], b64decode(shown[2])) if shown else (0, 0, b"")


def pixels(png: bytes) -> Pixels:
    with Image.open(io.BytesIO(png)) as opened:
        return (*opened.size, opened.convert("L").tobytes())


def shows(page: Page, expected: Pixels, image: str = IMAGE, grey_levels: int = 0) -> None:
    """Wait until an element shows the expected pixels, each to within some grey levels; fail if it never does."""
    deadline = monotonic() + PATIENCE_S
    while not _is_like(picture(page, image), expected, grey_levels):
        assert monotonic() < deadline, "the picture never became the expected one"
        sleep(0.05)


def _is_like(shown: Pixels, expected: Pixels, grey_levels: int) -> bool:
    pairs = zip(shown[2], expected[2], strict=False)
    return shown[:2] == expected[:2] and all(abs(one - other) <= grey_levels for one, other in pairs)


def at(service: httpx.Client, address: str) -> Pixels:
    return pixels(service.get(address).raise_for_status().content)


def choose(page: Page, option: str) -> None:
    shown(page.get_by_label(option, exact=True)).check(force=True)  # its label is over it


def slide(page: Page, name: str, value: float) -> None:
    page.locator(f"section:not([hidden]) [name={name}]").first.fill(str(value))


def test_each_control_changes_the_picture(browse: Browse, service: httpx.Client) -> None:
    page = browse(color_scheme="dark")
    shows(page, at(service, f"/numbers/2026/7.png?{USUAL}"))
    page.get_by_label("Number", exact=True).fill("31")
    shows(page, at(service, f"/numbers/31/7.png?{USUAL}"))
    assert page.locator(IMAGE).get_attribute("alt") == "31 in the hand of seed 7"
    page.get_by_role("spinbutton", name="Seed", exact=True).fill("12")
    shows(page, at(service, f"/numbers/31/12.png?{USUAL}"))
    slide(page, "truncation", 0.5)
    slide(page, "height", 99)
    shows(page, at(service, f"/numbers/31/12.png?{QUIET}&truncation=0.5&ink=true&height=99&layout=natural"))
    choose(page, "In squares")
    slide(page, "gap", 5)
    shows(page, at(service, f"/numbers/31/12.png?{QUIET}&truncation=0.5&ink=true&height=99&gap=5"))
    page.get_by_label("Black ink on white").check()
    shows(page, at(service, f"/numbers/31/12.png?{QUIET}&truncation=0.5&ink=true&height=99&gap=5&invert=true"))
    choose(page, "Pixels")
    slide(page, "scale", 3)
    shows(page, at(service, f"/numbers/31/12.png?{QUIET}&scale=3&truncation=0.5&gap=5&invert=true"))
    page.locator("#draw select").select_option("mlp 1")
    shows(page, at(service, "/images/12.png?model=mlp&version=1&scale=3&truncation=0.5&invert=true"))
    assert page.get_by_label("Number", exact=True).is_disabled()
    choose(page, "Ink")
    shows(page, at(service, "/images/12.png?model=mlp&version=1&ink=true&height=99&truncation=0.5&invert=true"))


def test_controls_are_those_of_the_way_to_draw(browse: Browse) -> None:
    page = browse(color_scheme="dark")

    def has(**visible: bool) -> None:
        for name, is_visible in visible.items():
            expect(page.locator(f"#draw [name={name}]").first).to_be_visible(visible=is_visible)

    has(height=True, layout=True, scale=False, gap=False)
    choose(page, "In squares")
    has(height=True, layout=True, scale=False, gap=True)
    choose(page, "Pixels")
    has(height=False, layout=False, scale=True, gap=True)
    page.locator("#draw select").select_option("mlp 1")
    has(height=False, layout=False, scale=True, gap=False)


@pytest.mark.parametrize("number", ["12/31/2026", "(555) 123-4567", "1,250.50", "-3.5 %"])
def test_number_has_signs(browse: Browse, service: httpx.Client, number: str) -> None:
    page = browse(color_scheme="dark")
    page.get_by_label("Number", exact=True).fill(number)
    shows(page, at(service, f"/numbers/{quote(number, safe='')}/7.png?{USUAL}"))
    with page.expect_download() as download:
        page.get_by_role("link", name="Download PNG").click()
    assert re.fullmatch(r"[0-9.,+_-]+-7\.png", download.value.suggested_filename)
    again = browse(page.evaluate("location.hash"), color_scheme="dark")
    shows(again, picture(page))


def test_rolled_seed_gives_another_picture_to_download(browse: Browse, service: httpx.Client) -> None:
    page = browse(color_scheme="dark")
    before = page.locator(IMAGE).get_attribute("src")
    page.get_by_role("button", name="Roll a seed").click()
    until(page, f"document.querySelector('#drawing').src !== '{before}'")
    seed = page.get_by_role("spinbutton", name="Seed", exact=True).input_value()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download PNG").click()
    assert download.value.suggested_filename == f"2026-{seed}.png"
    assert pixels(Path(download.value.path()).read_bytes()) == at(service, f"/numbers/2026/{seed}.png?{USUAL}")


def test_ink_can_be_downloaded_as_svg(browse: Browse, service: httpx.Client) -> None:
    page = browse("#draw?digits=7,5&seed=3&invert=true", color_scheme="dark")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download SVG").click()
    assert download.value.suggested_filename == "7,5-3.svg"
    address = f"/numbers/7%2C5/3.svg?{QUIET}&invert=true&layout=natural"
    assert Path(download.value.path()).read_bytes() == service.get(address).raise_for_status().content
    choose(page, "Pixels")
    expect(page.get_by_role("button", name="Download SVG")).to_be_hidden()


def test_invalid_input_is_explained_and_changes_nothing(browser: Browser, service: httpx.Client) -> None:
    with browsing(browser, service, expected="422") as browse:
        page = browse(color_scheme="dark")
        page.get_by_label("Number", exact=True).fill("12a")
        page.get_by_text("digits: must be digits and the signs . , - / : + % ( ) and space; '12a' has 'a'").wait_for()
        page.get_by_role("spinbutton", name="Seed", exact=True).fill("-1")
        page.get_by_text("Seed: a whole number from 0 to 9,007,199,254,740,991").wait_for()
        shows(page, at(service, f"/numbers/2026/7.png?{USUAL}"))
        page.get_by_label("Number", exact=True).fill("/")
        page.get_by_text("Number: 1 to 64 digits and signs, at least one of them a digit").wait_for()
        page.get_by_label("Number", exact=True).fill("12")
        shows(page, at(service, f"/numbers/12/7.png?{USUAL}"))
        expect(page.locator("#notice")).to_have_text("")
        expect(page.locator("#trouble")).to_have_text("")


def test_unreachable_service_is_reported_until_it_answers_again(browser: Browser, service: httpx.Client) -> None:
    with browsing(browser, service, expected="net::ERR") as browse:
        page = browse("#compare")  # whose end lies below the window
        page.route("**/generate", lambda route: route.abort())
        page.get_by_role("button", name="Roll a seed").click()
        expect(page.get_by_text("the service cannot be reached")).to_be_in_viewport()
        page.unroute("**/generate")
        page.get_by_role("button", name="Roll a seed").click()
        expect(page.locator("#trouble")).to_have_text("")


@pytest.mark.parametrize("address", ["models", "openapi.json"])
def test_unreachable_service_is_reported_at_the_start(browser: Browser, service: httpx.Client, address: str) -> None:
    with browsing(browser, service, expected="net::ERR") as browse:
        page = browse()
        page.route(f"**/{address}", lambda route: route.abort())
        page.reload()
        page.get_by_text("the service cannot be reached").wait_for()


def test_slow_answer_shows_that_the_page_waits(browse: Browse, service: httpx.Client) -> None:
    page = browse(color_scheme="dark")
    expect(page.locator("body.waiting")).to_have_count(0)
    held: list[Route] = []
    page.route("**/numbers/**", lambda route: held.append(route))
    page.get_by_label("Number", exact=True).fill("31")
    expect(page.locator("body.waiting")).to_have_count(1)
    until(page, "Number(getComputedStyle(document.body, '::before').opacity) === 1")
    held[0].continue_()
    shows(page, at(service, f"/numbers/31/7.png?{USUAL}"))
    expect(page.locator("body.waiting")).to_have_count(0)


def test_picture_in_pixels_is_smoothed_only_when_reduced(browse: Browse) -> None:
    page = browse("#draw?ink=false")
    rendering = "getComputedStyle(document.querySelector('#drawing')).imageRendering"
    until(page, f"{rendering} === 'pixelated'")
    page.get_by_label("Number", exact=True).fill("1234567890" * 6)
    until(page, f"{rendering} === 'auto'")
    page.get_by_label("Number", exact=True).fill("1")
    until(page, f"{rendering} === 'pixelated'")
    page.set_viewport_size({"width": 240, "height": 800})
    until(page, f"{rendering} === 'auto'")
    page.set_viewport_size({"width": 1240, "height": 800})
    until(page, f"{rendering} === 'pixelated'")
    choose(page, "Ink")
    until(page, f"{rendering} === 'auto'")


def test_text_is_selected_when_the_clipboard_is_denied(browse: Browse) -> None:
    page = browse()
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('denied')); }")
    page.evaluate("() => { document.execCommand = () => false; }")
    page.get_by_role("button", name="Copy").click()
    page.get_by_text("Selected; copy it by hand").wait_for()
    assert page.evaluate("getSelection().toString()").strip() == page.locator("#text").inner_text().strip()


def test_late_answer_never_replaces_a_newer_one(browse: Browse, service: httpx.Client) -> None:
    page = browse(color_scheme="dark")
    requested: list[Route] = []

    def late(route: Route) -> None:
        requested.append(route)
        if len(requested) > 1:  # the first one is answered last
            route.continue_()

    page.route("**/numbers/**", late)
    page.get_by_label("Number", exact=True).fill("")
    page.get_by_label("Number", exact=True).press_sequentially("98765")
    shows(page, at(service, f"/numbers/98765/7.png?{USUAL}"))
    assert 1 < len(requested) < 5  # of the changes in the meantime, only the last is requested
    requested[0].continue_()
    sleep(0.3)
    shows(page, at(service, f"/numbers/98765/7.png?{USUAL}"))


def test_link_brings_the_picture_back(browse: Browse, service: httpx.Client) -> None:
    page = browse(color_scheme="light")
    page.get_by_label("Number", exact=True).fill("42")
    slide(page, "truncation", 0.7)
    page.get_by_label("Black ink on white").uncheck()
    shows(page, at(service, f"/numbers/42/7.png?{QUIET}&truncation=0.7&ink=true&height=224&layout=natural"))
    page.get_by_role("button", name="Copy").click()
    page.get_by_text("Copied").wait_for()
    link = page.evaluate("navigator.clipboard.readText()")
    until(page, f"location.href === {json.dumps(link)}")  # the address bar follows a moment later

    again = browse(link.removeprefix(str(service.base_url)), color_scheme="light")
    shows(again, picture(page))
    assert again.get_by_label("Number", exact=True).input_value() == "42"
    again.evaluate("location.hash = '#draw?digits=43'")
    shows(again, at(service, f"/numbers/43/7.png?{QUIET}&truncation=0.7&ink=true&height=224&layout=natural"))


@pytest.mark.parametrize("language", ["curl", "Python", "JavaScript"])
def test_copied_program_runs_and_writes_the_picture(browse: Browse, tmp_path: Path, language: str) -> None:
    page = browse(f"#draw?digits={quote('3/6,5')}&seed=3&height=56&truncation=0.9")
    shown(page.get_by_label(language, exact=True)).check(force=True)
    page.get_by_role("button", name="Copy").click()
    page.get_by_text("Copied").wait_for()
    program = page.evaluate("navigator.clipboard.readText()")
    command = {
        "curl": ["bash", "-ec"],
        "Python": [sys.executable, "-c"],
        "JavaScript": ["node", "--input-type=module", "--eval"],
    }[language]
    subprocess.run([*command, program], cwd=tmp_path, check=True, timeout=280)
    assert pixels((tmp_path / "3_6,5-3.png").read_bytes()) == picture(page)


def test_address_with_wrong_values_is_corrected(browse: Browse) -> None:
    page = browse("#draw?model=digits+99&seed=many&scale=1000&height=9")
    page.get_by_text("digits 99 is not served").wait_for()
    assert page.locator("#draw select").input_value() == "digits 1"
    assert page.locator("#draw [name=scale]").input_value() == "32"
    assert page.locator("#draw [name=height]").input_value() == "28"
