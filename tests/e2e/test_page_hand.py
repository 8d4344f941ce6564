"""The view Your hand in a real browser: from a drawing or a photo to all ten digits and any number in that hand."""

import io
import re
from pathlib import Path
from typing import Literal

import httpx
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect

from digitgan.contract.hand import style_of, token_of
from digitgan.contract.latents import seeds_to_latents
from service.app import create_app
from service.settings import Settings
from tests.browser import Browse, browsing, shown, until
from tests.e2e.drawings import DRAWINGS, Drawing, draw, give
from tests.e2e.pictures import at, picture, shows
from tests.e2e.test_page_makers import NOT_COMPILED, requested
from tests.live import live

pytestmark = pytest.mark.long

HAND = token_of(seeds_to_latents([7], 64)[0])
PLAIN = {each.name: each for each in DRAWINGS}
SEVEN = PLAIN["a plain 7"]
PHOTO = PLAIN["a slanted 5 on a photographed sheet"]
CONTROLS: dict[Literal["button", "link", "radio", "slider", "textbox", "combobox"], list[str]] = {
    "button": [
        *("Undo", "Clear", "Choose a photo", "Write one for me"),
        *("Roll a stranger", "Download SVG", "Download PNG"),
    ],
    "link": ["Write with this hand", "Open the picture's address"],
    "radio": ["This browser", "Service"],
    "slider": ["Towards a stranger's hand"],
    "textbox": ["Any number", "The stranger's seed"],
    "combobox": ["Model"],
}
TWO_FIGURES = Drawing("two ones", 1, [[(0.2, 0.1), (0.2, 0.5), (0.2, 0.9)], [(0.8, 0.1), (0.8, 0.5), (0.8, 0.9)]])


def ready(browse: Browse, address: str = "/hand", **options: object) -> Page:
    """Open the view, and wait until this browser can read drawings."""
    page = browse(address, **options)
    shown(page.locator("#paper")).hover()
    page.evaluate(
        """async () => {
            const { src } = document.querySelector("script[src]");
            const { load } = await import(new URL("../../drawing/runtime.js", src).href);
            await Promise.all(["model", "encoder"].map((name) => load(`models/digits/1/${name}.onnx`)));
        }"""
    )
    page.wait_for_load_state("networkidle")
    return page


def hand_of(page: Page) -> str:
    """Return the token in the page's address, once it is there."""
    until(page, "/[?&]hand=h/.test(location.search)")
    found = re.search(r"[?&]hand=(h[\w-]+)", page.evaluate("location.search"))
    assert found
    return found[1]


def is_read(page: Page, digit: int) -> None:
    expect(page.locator("#read")).to_have_text(re.compile(rf"^Read as {digit}, \d+ % certain\.$"))


def shows_ten(page: Page, service: httpx.Client, hand: str) -> None:
    for digit in range(10):
        wanted = at(service, f"/digits/{digit}/{hand}.png")
        shows(page, wanted, f"#ten img:nth-child({digit + 1})", grey_levels=1)


def sent_of(urls: list[str]) -> list[str]:
    """Return the requests that reached the network; a browser asks for the icon whenever it likes."""
    return [url for url in urls if url.startswith("http") and not url.endswith("/icon.svg")]


def shows_number(page: Page, digits: str) -> None:
    """Wait until a number in the hand is there, each of its digits in ink."""
    until(page, f"document.querySelector('#number').ariaLabel === '{digits} in this hand'")
    expect(page.locator("#number > svg > path")).to_have_count(len(digits))


def morph(page: Page, towards: float) -> None:
    page.get_by_role("slider", name="Towards a stranger's hand").fill(str(towards))


def clear(page: Page) -> None:
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#read")).to_contain_text("Write a digit")


def by_server(page: Page) -> None:
    if not page.locator("#reading").evaluate("(each) => each.open"):
        page.get_by_text("Model, and who reads").click()
    shown(page.locator("[name=reader][value=server]")).check(force=True)


def test_drawing_is_read_and_written_in_the_browser_alone(browse: Browse, service: httpx.Client) -> None:
    page = ready(browse)
    expect(page.locator("#where")).to_have_text("Your drawing stays in this browser.")
    with requested(page) as urls:
        draw(page, SEVEN)
        is_read(page, 7)
        hand = hand_of(page)
        page.get_by_label("Any number").fill("31")
        shows_number(page, "31")
        morph(page, 0.5)
        page.get_by_role("button", name="Undo").click()
        expect(page.locator("#written")).to_be_hidden()
        draw(page, SEVEN)
        is_read(page, 7)
        page.wait_for_load_state("networkidle")
        assert sent_of(urls) == []
    shows_ten(page, service, hand)
    size, _, pixels = picture(page, "#prepared")
    assert size == 28 and np.frombuffer(pixels, np.uint8).max() == 255
    shows(page, picture(page, "#ten img:nth-child(8)"), "#reconstruction", grey_levels=32)  # a token is rounded


def test_every_control_has_a_role_and_a_name(browse: Browse) -> None:
    page = browse(f"/hand?hand={HAND}")
    page.get_by_text("Model, and who reads").click()
    main = page.locator("#hand, .panel")
    expect(main.locator("a, button, input, select")).to_have_count(sum(map(len, CONTROLS.values())))
    for role, names in CONTROLS.items():
        for name in names:
            expect(main.get_by_role(role, name=name, exact=True)).to_be_visible()


def test_paper_is_large_and_above_the_fold(browse: Browse) -> None:
    page = browse("/hand")
    for width, height in [(390, 844), (640, 360), (1440, 900)]:
        page.set_viewport_size({"width": width, "height": height})
        box, panel = (page.locator(each).bounding_box() for each in ("#paper", ".panel"))
        assert box is not None and panel is not None
        assert box["width"] == pytest.approx(box["height"], abs=1)
        assert box["width"] >= min(350, 0.55 * height)
        assert box["y"] + box["height"] <= (height if width > 960 else panel["y"])


def test_hand_writes_in_the_view_write(browse: Browse) -> None:
    page = browse(f"/hand?hand={HAND}&digits=12/31")
    shows_number(page, "12/31")
    page.get_by_role("link", name="Write with this hand").click()
    expect(page.get_by_role("img", name=f"12/31 in the hand {HAND}")).to_be_visible()
    assert page.url.endswith(f"/write/12%2F31?hand={HAND}")


def test_keys_undo_and_clear_but_not_while_one_types(browse: Browse) -> None:
    page = ready(browse)
    page.get_by_role("button", name="Write one for me").click()
    is_read(page, 3)
    page.get_by_label("Any number").fill("12")
    for key in ("Control+z", "Escape"):
        page.keyboard.press(key)
    expect(page.locator("#written")).to_be_visible()
    page.locator("#paper").hover()  # which scrolls to it
    draw(page, SEVEN)  # over the 3
    page.get_by_role("button", name="Clear").focus()
    page.keyboard.press("Control+z")
    is_read(page, 3)
    page.keyboard.press("Escape")
    expect(page.locator("#read")).to_contain_text("Write a digit")
    expect(page.locator("#written")).to_be_hidden()


def test_wrong_fields_act_on_nothing(browse: Browse) -> None:
    page = browse(f"/hand?hand={HAND}&digits=41")
    shows_number(page, "41")
    acting = [page.get_by_role("button", name="Download SVG"), page.get_by_role("button", name="Download PNG")]
    for label, wrong, right in (("Any number", "4x", "41"), ("The stranger's seed", "1e3", "12")):
        page.get_by_label(label).fill(wrong)
        expect(page.locator("#notice")).to_contain_text(f"{label}: ")
        assert page.locator("#write").evaluate("(each) => each.inert")
        for each in acting:
            expect(each).to_be_disabled()
        expect(page.locator("#number")).to_have_attribute("aria-label", "41 in this hand")
        page.get_by_label(label).fill(right)
        expect(page.locator("#notice")).to_have_text("")
        for each in acting:
            expect(each).to_be_enabled()


def test_every_drawing_is_read_as_its_digit(browse: Browse) -> None:
    page = ready(browse)
    hands = set()
    for drawing in DRAWINGS:
        draw(page, drawing)
        is_read(page, drawing.digit)
        hands.add(hand_of(page))
        clear(page)
    assert len(DRAWINGS) == 20


def test_server_reads_the_same_hand(browse: Browse, service: httpx.Client) -> None:
    page = ready(browse)
    draw(page, SEVEN)
    is_read(page, 7)
    here = style_of(hand_of(page))
    with page.expect_response("**/encode?*") as answer:
        by_server(page)
    is_read(page, 7)
    assert answer.value.status == 200
    expect(page.locator("#where")).to_contain_text("sent to this service, which reads it and stores nothing")
    there = answer.value.json()["hand"]
    until(page, f"location.search.includes('{there}')")
    assert np.abs(style_of(there) - here).max() < 0.25
    shows_ten(page, service, there)
    assert "NaN" not in page.content()


def test_address_brings_the_hand_back_without_the_drawing(browse: Browse, service: httpx.Client) -> None:
    page = browse(f"/hand?hand={HAND}&digits=41")
    shows_ten(page, service, HAND)
    shows_number(page, "41")
    expect(page.locator("#likeness")).to_be_hidden()
    assert not [name for name in page.evaluate("performance.getEntries().map(({ name }) => name)") if "runner" in name]
    path = page.locator("#permanent").get_attribute("href")
    assert path is not None
    assert path.startswith(f"{service.base_url}/numbers/41/{HAND}.svg?")
    svg = service.get(path).raise_for_status()
    assert svg.headers["content-type"].startswith("image/svg+xml")
    curves = page.locator("#number path").evaluate_all("all => all.map((each) => each.getAttribute('d'))")
    assert curves == re.findall(r' d="([^"]+)"', svg.text)
    page.get_by_text("Copy as code").click()
    shown(page.get_by_label("curl", exact=True)).check(force=True)
    expect(page.locator("#text")).to_contain_text(path)


@pytest.mark.parametrize("hand", ["h", "hello!", HAND[:-1], f"{HAND}A", "hAAAA"])
def test_address_with_no_hand_of_the_model_shows_an_empty_paper(browse: Browse, hand: str) -> None:
    page = browse(f"/hand?hand={hand}")
    expect(page.locator("#read")).to_contain_text("Write a digit")
    expect(page.locator("#written")).to_be_hidden()
    expect(page.locator("#code")).to_be_hidden()


def test_number_downloads_and_morphs(browse: Browse, service: httpx.Client) -> None:
    page = browse(f"/hand?hand={HAND}&digits=3.5&stranger=9")
    for kind, size in (("SVG", ""), ("PNG", "&ink=true&height=224")):
        with page.expect_download() as download:
            page.get_by_role("button", name=f"Download {kind}").click()
        assert download.value.suggested_filename == f"hand-3.5.{kind.lower()}"
        address = f"/numbers/3.5/{HAND}.{kind.lower()}?model=digits&version=1&layout=natural{size}"
        assert Path(download.value.path()).read_bytes() == service.get(address).raise_for_status().content
    morph(page, 1)
    shows_ten(page, service, token_of(seeds_to_latents([9], 64)[0]))
    page.get_by_role("button", name="Roll a stranger").click()
    until(page, "document.querySelector('[name=stranger]').value !== '9'")
    morph(page, 0)
    shows_ten(page, service, HAND)


@pytest.mark.parametrize("by", ["browser", "server"])
def test_refusal_says_what_was_seen(browser: Browser, service: httpx.Client, by: str) -> None:
    with browsing(browser, service, expected="422") as browse:
        page = ready(browse)
        if by == "server":
            by_server(page)
        draw(page, TWO_FIGURES)
        expect(page.locator("#read")).to_contain_text("the picture shows 2 separate figures; one digit is needed")
        expect(page.locator("#written")).to_be_hidden()
        clear(page)
        scribble = [(0.1 + 0.8 * (i % 2), 0.1 + 0.09 * i) for i in range(10)]
        draw(page, Drawing("a scribble", 0, [scribble, [(y, x) for x, y in scribble]]))
        expect(page.locator("#read")).to_contain_text("this does not look like one digit; the nearest is ")
        clear(page)
        draw(page, SEVEN)
        is_read(page, 7)


@pytest.mark.parametrize("how", ["choose", "drop", "paste"])
def test_photo_is_read_in_the_browser(browse: Browse, how: str) -> None:
    page = ready(browse)
    with requested(page) as urls:
        give(page, PHOTO.photo(), how)
        is_read(page, 5)
        draw(page, SEVEN)  # on a new paper
        is_read(page, 7)
        assert sent_of(urls) == []


def test_photo_is_sent_as_it_is_and_a_file_that_is_none_is_reported(browse: Browse) -> None:
    page = ready(browse)
    by_server(page)
    give(page, b"no picture")
    expect(page.locator("#trouble")).to_contain_text("the browser cannot read this file as a picture")
    with page.expect_request("**/encode?*") as sent:
        give(page, PHOTO.photo())
    is_read(page, 5)
    headers = sent.value.all_headers()
    assert (headers["content-type"], int(headers["content-length"])) == ("image/jpeg", len(PHOTO.photo()))
    expect(page.locator("#trouble")).to_be_empty()


def test_pen_writes_as_thick_as_it_is_pressed(browse: Browse) -> None:
    page = ready(browse)
    covered = {}
    for pressure in (0.1, 0.5, 0.9):
        draw(page, Drawing("one", 1, [[(0.5, 0.1), (0.5, 0.5), (0.5, 0.9)]], pressure=pressure))
        is_read(page, 1)
        grey = np.asarray(Image.open(io.BytesIO(page.locator("#paper").screenshot())).convert("L"))
        covered[pressure] = float((grey < 128).mean())
        clear(page)
    assert covered[0.1] < 0.7 * covered[0.5] < 0.6 * covered[0.9]


def test_finger_writes_and_does_not_scroll(browse: Browse) -> None:
    page = ready(browse, viewport={"width": 320, "height": 640}, has_touch=True, is_mobile=True)
    box = page.locator("#paper").bounding_box()
    assert box is not None
    fingers = page.context.new_cdp_session(page)
    for i, (x, y) in enumerate(SEVEN.paths()[0]):
        point = {"x": box["x"] + box["width"] * x, "y": box["y"] + box["height"] * y}
        kind = "touchStart" if i == 0 else "touchMove"
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
    fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    is_read(page, 7)
    assert page.evaluate("scrollY") == 0
    shows_number(page, "2026")
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_stale_answer_is_not_shown(browse: Browse) -> None:
    page = ready(browse)
    by_server(page)
    held: list[Route] = []
    page.route("**/encode?*", lambda route: route.continue_() if held else held.append(route))
    draw(page, SEVEN)
    until(page, "document.body.classList.contains('waiting')")
    clear(page)
    held[0].continue_()
    until(page, "!document.body.classList.contains('waiting')")
    expect(page.locator("#read")).to_contain_text("Write a digit")
    expect(page.locator("#written")).to_be_hidden()
    draw(page, PLAIN["a plain 3"])
    is_read(page, 3)


def test_browser_that_cannot_read_sends_nothing_unasked(browser: Browser, service: httpx.Client) -> None:
    with browsing(browser, service, expected=f"net::ERR|{NOT_COMPILED}") as browse:
        page = browse("/hand")
        page.route("**/encoder.onnx", lambda route: route.abort())
        with requested(page) as urls:
            draw(page, SEVEN)
            expect(page.locator("#read")).to_contain_text("this browser cannot read")
            assert not [url for url in urls if "encode?" in url]
            by_server(page)
            is_read(page, 7)


def test_service_that_gives_out_no_files_reads_and_says_so(browser: Browser, models_dir: Path) -> None:
    app = create_app(Settings(models_dir=models_dir, model_files=False, threads=1))
    with live(app) as service, browsing(browser, service) as browse:
        page = browse("/hand")
        expect(page.locator("#where")).to_contain_text("your drawing is sent to this service, which stores nothing")
        expect(page.locator("[name=reader][value=browser]")).to_be_disabled()
        draw(page, SEVEN)
        is_read(page, 7)


def test_model_without_an_encoder_is_replaced(browse: Browse) -> None:
    page = browse(f"/hand?model=mlp+1&hand={HAND}")
    page.get_by_text("mlp 1 cannot read pictures; showing digits 1 instead.").wait_for()
    page.get_by_text("Model, and who reads").click()
    models = page.get_by_role("combobox", name="Model")
    assert models.locator("option").all_inner_texts().count("mlp 1") == 0
    models.select_option("digits-small 1")
    until(page, "location.search.includes('digits-small')")
    link = page.get_by_role("link", name="Write with this hand").get_attribute("href")
    assert link is not None and link.endswith(f"/write/2026?hand={HAND}&model=digits-small+1")


def test_sheet_of_drawings(browse: Browse, request: pytest.FixtureRequest) -> None:
    folder = request.config.getoption("--screenshots")
    if folder is None:
        pytest.skip("--screenshots FOLDER takes them")
    page = ready(browse, color_scheme="light")
    side, gap = 56, 4
    sheet = Image.new("L", (2 * 12 * (side + gap) + 3 * gap, 10 * (side + gap) + gap), 255)
    for n, drawing in enumerate(DRAWINGS):
        draw(page, drawing)
        is_read(page, drawing.digit)
        paper = Image.open(io.BytesIO(page.locator("#paper").screenshot())).convert("L")
        until(page, "[...document.querySelectorAll('#ten img')].every(({ complete }) => complete)")
        cells = [paper.crop((4, 4, paper.width - 4, paper.height - 4))]
        for image in ("#prepared", *(f"#ten img:nth-child({i + 1})" for i in range(10))):
            width, height, pixels = picture(page, image)
            cells.append(Image.frombytes("L", (width, height), pixels))
        left, top = gap + n // 10 * (12 * (side + gap) + gap), gap + n % 10 * (side + gap)
        for i, cell in enumerate(cells):
            smooth = Image.Resampling.LANCZOS if i == 0 else Image.Resampling.NEAREST
            sheet.paste(cell.resize((side, side), smooth), (left + i * (side + gap), top))
        clear(page)
    sheet.save(Path(folder) / "your-hand.png", optimize=True)
