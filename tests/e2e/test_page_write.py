"""The view Write in a real browser: every control, its address, its files, and the programs to copy."""

import io
import json
import re
import subprocess
import sys
from pathlib import Path
from time import sleep
from urllib.parse import quote

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect

from digitgan.contract.hand import token_of
from digitgan.contract.latents import seeds_to_latents
from service.page.picture import USUAL_HAND
from tests.browser import Browse, browsing, shown, until
from tests.e2e.numbers import DRAWN, PATHS, VERSION, check_typing, is_at, number, shows
from tests.e2e.views import open_all

pytestmark = pytest.mark.long

TOKEN = token_of(seeds_to_latents([7], 64)[0])
CONTROLS = {
    "textbox": ["Number", "Hand"],
    "button": [
        *("New hand Space", *(f"Type {digit}" for digit in range(10))),
        *("Download SVG", "Download PNG", "Write again", "Copy", "Copy link"),
    ],
    "slider": ["Variety", "Height of the PNG in pixels"],
    "radio": [
        *("Ink", "Pixels", "Natural", "In squares"),
        *("Same as the page", "Blue", "Red", "Green", "curl", "Python", "JavaScript"),
    ],
    "combobox": ["Model"],
}


def choose(page: Page, option: str) -> None:
    page.get_by_role("radio", name=option, exact=True).check(force=True)  # its label is over it


def test_first_picture_is_in_the_document_and_not_fetched_again(browse: Browse, service: httpx.Client) -> None:
    page = browse("/write/31?hand=7", java_script_enabled=False)
    expect(page.get_by_role("img", name="31 in the hand 7")).to_be_in_viewport(ratio=1)
    page = browse()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{service.base_url}/write/31?hand=7&utm_source=letter")
    page.wait_for_load_state("networkidle")
    expect(page.get_by_role("img", name="31 in the hand 7")).to_be_visible()
    shows(page, service, number(7, "31"))
    assert [url for url in asked if "/numbers/31/" in url] == []
    assert len([url for url in asked if "/numbers/0123456789/" in url]) == 1


def test_every_control_has_a_role_and_a_name(browse: Browse) -> None:
    page = browse()
    open_all(page)
    for role, names in CONTROLS.items():
        for name in names:
            found = page.get_by_role(role, name=name, exact=True)  # type: ignore[arg-type]
            expect(found).to_have_count(1)
            expect(found).to_be_attached()


def test_typing_anywhere_writes_and_space_rolls(browse: Browse, service: httpx.Client) -> None:
    check_typing(browse(), service)
    page = browse()  # where a key replaces the usual number, and the next one is added
    for digit in "042":
        page.get_by_role("button", name=f"Type {digit}").click()
    expect(page.get_by_role("textbox", name="Number")).to_have_value("042")


def test_each_control_changes_the_picture_and_the_address_brings_it_back(browse: Browse, service: httpx.Client) -> None:
    page = browse(viewport={"width": 1440, "height": 900})
    page.get_by_role("textbox", name="Number").fill("3-1")
    page.get_by_role("textbox", name="Hand").fill(TOKEN)
    shows(page, service, number(TOKEN, "3-1"))
    page.get_by_role("slider", name="Variety").fill("0.6")
    shows(page, service, number(TOKEN, "3-1", "&layout=natural&truncation=0.6"))
    choose(page, "In squares")
    shows(page, service, number(TOKEN, "3-1", "&layout=grid&truncation=0.6"))
    choose(page, "Blue")
    ink = "getComputedStyle(document.querySelector('#picture svg > path')).fill"
    until(page, f"{ink} === 'rgb(29, 78, 158)'")
    page.get_by_role("slider", name="Height of the PNG").fill("99")
    expect(page.locator("output[data-of=height]")).to_have_text("99")
    address = f"/write/3-1?hand={TOKEN}&truncation=0.6&layout=grid&color=1d4e9e&height=99"
    is_at(page, service, address)
    again = browse(address, color_scheme="dark")
    shows(again, service, number(TOKEN, "3-1", "&layout=grid&truncation=0.6"))
    expect(again.get_by_role("slider", name="Height of the PNG")).to_have_value("99")
    expect(again.get_by_role("radio", name="Blue")).to_be_checked()
    assert again.evaluate(ink) == "rgb(29, 78, 158)"
    expect(again.locator("#picture")).to_have_css("background-color", "rgb(255, 255, 255)")
    choose(page, "Pixels")
    expect(page.get_by_role("radio", name="Blue")).to_be_hidden()
    expect(page.get_by_role("button", name="Write again")).to_be_hidden()
    image = "document.querySelector('#picture img')?"
    pixels = service.get(f"/numbers/3-1/{TOKEN}.png?{VERSION}&truncation=0.6&scale=8").raise_for_status().content
    with Image.open(io.BytesIO(pixels)) as opened:
        until(page, f"{image}.naturalWidth === {opened.width} && {image}.naturalHeight === {opened.height}")
    page.get_by_role("textbox", name="Number").fill("2026")
    page.get_by_role("textbox", name="Hand").fill(str(USUAL_HAND))
    page.goto(str(service.base_url) + "/write/9")
    expect(page.get_by_role("textbox", name="Number")).to_have_value("9")


@pytest.mark.parametrize("colour", ["Same as the page", "Green"])
def test_downloads_are_the_services_own_files(browse: Browse, service: httpx.Client, colour: str) -> None:
    page = browse("/write/12%2F31?hand=3&height=56")
    choose(page, colour)
    given = {"Same as the page": "", "Green": "2e6b3a"}[colour]
    ink = f"ink=true&height=56&color={given or '000000'}&background=ffffff"
    for kind, query in (("SVG", f"&color={given}" if given else ""), ("PNG", f"&{ink}")):
        with page.expect_download() as download:
            page.get_by_role("button", name=f"Download {kind}").click()
        assert download.value.suggested_filename == f"12_31-3.{kind.lower()}"
        address = f"/numbers/12%2F31/3.{kind.lower()}?{VERSION}&layout=natural{query}"
        assert Path(download.value.path()).read_bytes() == service.get(address).raise_for_status().content


def test_wrong_field_acts_on_nothing_and_says_what_is_allowed(browse: Browse, service: httpx.Client) -> None:
    page = browse("/write/31?hand=7")
    hand, digits = (page.get_by_role("textbox", name=name) for name in ("Hand", "Number"))
    notice = page.locator("#notice")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for wrong in ("1e3", "-1", "9007199254740992", "7.5", "h", ""):
        hand.fill(wrong)
        expect(notice).to_have_text(
            "Hand: must be a seed from 0 to 9,007,199,254,740,991, or the token of a hand.", ignore_case=True
        )
        expect(hand).to_have_attribute("aria-invalid", "true")
        for name in ("Download SVG", "Download PNG", "Write again"):
            expect(page.get_by_role("button", name=name)).to_be_disabled()
    hand.fill("8")
    expect(notice).to_have_text("")
    expect(page.get_by_role("button", name="Download PNG")).to_be_enabled()
    digits.fill("12a")
    expect(notice).to_contain_text("must be digits and the signs . , - / : + % ( ) and space, at most 64")
    page.keyboard.press("Enter")
    digits.fill("/")
    expect(notice).to_contain_text("with at least one digit")
    hand.fill("1e3")
    expect(notice).to_contain_text("must be a seed")
    page.get_by_role("button", name="New hand").click()  # which mends the hand, and not the number
    expect(notice).not_to_contain_text("must be a seed")
    expect(notice).to_contain_text("with at least one digit")
    rolled = hand.input_value()
    digits.fill("12")
    expect(notice).to_have_text("")
    shows(page, service, number(rolled, "12"))
    assert not [url for url in asked if "1e3" in url or "/12a/" in url or "/1000." in url]


def test_wrong_address_is_explained_and_shows_the_usual(browse: Browse, service: httpx.Client) -> None:
    page = browse("/write/12a?hand=1e3&model=digits+99&color=red&layout=round&truncation=9")
    for text in (
        "Number: must be digits",
        "Hand: must be a seed",
        "Colour of the ink: must be six",
        "Spacing: must be one of",
    ):
        expect(page.locator("#notice")).to_contain_text(text, ignore_case=True)
    shows(page, service, number(USUAL_HAND))
    expect(page.get_by_role("textbox", name="Hand")).to_have_value(str(USUAL_HAND))
    page = browse("/write/31?model=digits+99")
    expect(page.locator("#notice")).to_contain_text("digits 99 is not served here; showing digits 1 instead.")
    shows(page, service, number(USUAL_HAND, "31"))


@pytest.mark.parametrize("digits", ["12/31/2026", "(555) 123-4567", "-3.5 %", "1//2", "1" * 64])
def test_number_with_signs_is_shown_written_and_linked(browse: Browse, service: httpx.Client, digits: str) -> None:
    page = browse()
    page.get_by_role("textbox", name="Number").fill(digits)
    shows(page, service, number(USUAL_HAND, digits))
    until(page, "location.pathname !== '/'")
    again = browse(page.url.removeprefix(str(service.base_url)))
    shows(again, service, number(USUAL_HAND, digits))
    expect(again.get_by_role("textbox", name="Number")).to_have_value(digits)
    again.get_by_role("link", name="Learn").click()
    again.wait_for_url("**/learn")
    plain = browse(f"/write/{digits.replace('%', '%25')}")  # with slashes as they are
    expect(plain.get_by_role("textbox", name="Number")).to_have_value(digits)


def test_long_number_can_be_read_on_a_phone(browse: Browse) -> None:
    page = browse(f"/write/{'1234567890' * 6}", viewport={"width": 390, "height": 844})
    height = page.evaluate(
        """(() => {
            const svg = document.querySelector("#picture svg");
            const [, , width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
            const box = svg.getBoundingClientRect();
            return height * Math.min(box.width / width, box.height / height); })()"""
    )
    assert height >= 28  # CSS pixels of a digit's square
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator("#picture").focus()
    page.keyboard.press("ArrowRight")
    until(page, "document.querySelector('#picture').scrollLeft > 0")


def test_write_again_starts_the_strokes_anew(browse: Browse, service: httpx.Client) -> None:
    page = browse("/write/5?hand=7")
    running = "document.getAnimations().filter(({ playState }) => playState === 'running').length"
    until(page, f"{running} === 0")
    page.get_by_role("button", name="Write again").click()
    until(page, f"{running} > 0")
    page.get_by_role("textbox", name="Number").fill("6")
    shows(page, service, number(7, "6"))
    until(page, f"{running} === 0")  # what is typed is there at once
    page.get_by_role("button", name="Write again").click()
    until(page, f"{running} > 0")
    page.get_by_role("button", name="Write again").click()
    until(page, f"{running} > 0")


def test_late_answer_never_replaces_a_newer_one(browse: Browse, service: httpx.Client) -> None:
    page = browse()
    requested: list[Route] = []

    def late(route: Route) -> None:
        requested.append(route)
        if len(requested) > 1:  # the first one is answered last
            route.continue_()

    page.route(re.compile("/numbers/9[0-9]*/"), late)
    page.keyboard.type("98765", delay=30)
    shows(page, service, number(USUAL_HAND, "98765"))
    assert 1 < len(requested) < 5  # of the changes in the meantime, only the last is requested
    requested[0].continue_()
    sleep(0.3)
    shows(page, service, number(USUAL_HAND, "98765"))


def test_unreachable_service_is_reported_until_it_answers_again(browser: Browser, service: httpx.Client) -> None:
    with browsing(browser, service, expected="net::ERR") as browse:
        page = browse()
        trouble = page.locator("#trouble")
        page.route("**/numbers/**", lambda route: route.abort())
        page.route("**/model.onnx", lambda route: route.abort())  # by which this browser would draw
        page.get_by_role("textbox", name="Number").fill("31")
        expect(trouble).to_have_text("the service cannot be reached; try again in a moment")
        expect(trouble).to_be_in_viewport()
        page.unroute("**/numbers/**")
        page.get_by_role("button", name="New hand").click()
        expect(trouble).to_have_text("")
        for address in ("models", "openapi.json"):
            page.route(f"**/{address}", lambda route: route.abort())
            page.reload()
            expect(trouble).to_have_text("the service cannot be reached; try again in a moment")
            page.unroute(f"**/{address}")


def test_slow_answer_shows_that_the_page_waits(browse: Browse, service: httpx.Client) -> None:
    page = browse()
    expect(page.locator("body.waiting")).to_have_count(0)
    held: list[Route] = []
    page.route("**/numbers/31/**", lambda route: held.append(route))
    page.get_by_role("textbox", name="Number").fill("31")
    expect(page.locator("body.waiting")).to_have_count(1)
    until(page, "Number(getComputedStyle(document.body, '::before').opacity) === 1")
    held[0].continue_()
    shows(page, service, number(USUAL_HAND, "31"))
    expect(page.locator("body.waiting")).to_have_count(0)


@pytest.mark.parametrize("language", ["curl", "Python", "JavaScript"])
def test_copied_program_runs_and_writes_the_picture(
    browse: Browse, service: httpx.Client, tmp_path: Path, language: str
) -> None:
    page = browse(f"/write/{quote('3/6,5', safe='')}?hand=3&truncation=0.9&color=1d4e9e")
    page.get_by_text("Copy as code").click()
    shown(page.get_by_role("radio", name=language, exact=True)).check(force=True)
    page.get_by_role("button", name="Copy", exact=True).click()
    page.get_by_text("Copied").wait_for()
    program = page.evaluate("navigator.clipboard.readText()")
    command = {
        "curl": ["bash", "-ec"],
        "Python": [sys.executable, "-c"],
        "JavaScript": ["node", "--input-type=module", "--eval"],
    }[language]
    subprocess.run([*command, program], cwd=tmp_path, check=True, timeout=280)
    address = f"/numbers/3%2F6,5/3.svg?{VERSION}&truncation=0.9&layout=natural&color=1d4e9e"
    assert (tmp_path / "3_6,5-3.svg").read_bytes() == service.get(address).content


def test_model_without_digits_draws_an_image_of_the_seed(browse: Browse, service: httpx.Client) -> None:
    page = browse("/write?model=mlp+1&hand=12", viewport={"width": 1440, "height": 900})
    wanted = PATHS.findall(service.get("/images/12.svg?model=mlp&version=1").raise_for_status().text)
    until(page, f"{DRAWN}.includes({json.dumps(wanted[0])})")
    expect(page.get_by_role("img", name="An image in the hand 12")).to_be_visible()
    expect(page.get_by_role("textbox", name="Number")).to_be_disabled()
    for hidden in ("#keys", "#layouts", "#again"):
        expect(page.locator(hidden)).to_be_hidden()
    for kind in ("SVG", "PNG"):
        with page.expect_download() as download:
            page.get_by_role("button", name=f"Download {kind}").click()
        assert download.value.suggested_filename == f"12.{kind.lower()}"
    page.get_by_text("Model", exact=True).first.click()
    page.get_by_role("combobox", name="Model").select_option("digits 1")
    shows(page, service, number(12))
    is_at(page, service, "/write?hand=12")
    expect(page.locator("#keys")).to_be_visible()


def test_model_in_colour_draws_pixels_alone(browser: Browser, gallery: httpx.Client) -> None:
    with browsing(browser, gallery) as browse:
        page = browse("/write?model=tints+1&hand=5", viewport={"width": 1440, "height": 900})
        until(page, "document.querySelector('#picture img')?.naturalWidth === 160")
        for hidden in ("#layouts", "#colours", "#again", "#save-svg", "fieldset:has([name=drawn])"):
            expect(page.locator(hidden)).to_be_hidden()
        expect(page.locator("#trouble")).to_have_text("")
        page.get_by_text("Model", exact=True).first.click()
        page.get_by_role("combobox", name="Model").select_option("digits 1")
        shows(page, gallery, number(5))  # in ink again


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
    expect(page.get_by_role("img", name=f"2026 in the hand {USUAL_HAND}")).to_be_visible()
    expect(page.locator("#text")).to_contain_text("x-api-key: $DIGITGAN_KEY")
    page.reload()
    expect(page.get_by_role("img", name=f"2026 in the hand {USUAL_HAND}")).to_be_visible()


def test_text_is_selected_when_the_clipboard_is_denied(browse: Browse) -> None:
    page = browse()
    page.get_by_text("Copy as code").click()
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('denied')); }")
    page.evaluate("() => { document.execCommand = () => false; }")
    page.get_by_role("button", name="Copy", exact=True).click()
    page.get_by_text("Selected; copy it by hand").wait_for()
    assert page.evaluate("getSelection().toString()").strip() == page.locator("#text").inner_text().strip()
