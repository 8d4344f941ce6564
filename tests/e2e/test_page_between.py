"""The view Between in a real browser: the film from hand to hand, the mix of all hands, and what both give."""

import io
import re
from itertools import cycle, pairwise
from pathlib import Path
from time import monotonic

import httpx
import numpy as np
import pytest
from PIL import Image, ImageSequence
from playwright.sync_api import Browser, Page, expect

from digitgan.contract.hand import style_of, token_of
from digitgan.contract.latents import seeds_to_latents
from digitgan.engine.interpolation import interpolate
from digitgan.judges.judge import GUARDING, SELECTING, load_judge
from service.app import create_app
from service.settings import Settings
from tests.browser import AXE, PHONE, Browse, browsing, until
from tests.cards import CLOTHES, a_card, deploy
from tests.e2e.pictures import at, pixels, shows
from tests.graphs import a_colour_graph
from tests.live import live
from tests.processes import PATIENCE_S

pytestmark = pytest.mark.long

FILM = "/between?hands=1%2C2%2C3&steps=4&pause=20&loop=false&digit=7"  # nine frames
TOKEN = token_of(seeds_to_latents([7], 64)[0])
CONTROLS = {  # by role
    "button": [
        *("Hand 1: 40", "Hand 2: 436", "Hand 3: 211", "Hand 4: 64"),
        *("Play", "New hand", "Remove", "Add a hand", *"0123456789", "APNG", "GIF", "WebP"),
    ],
    "slider": ["Mix of all hands", "Time", "Milliseconds per frame", "Frames from hand to hand", "Variety"],
    "textbox": ["Hand 1", "Hands", "Digits, one for all or one for each"],
    "combobox": ["Digit", "Model"],
    "radio": ["Ink", "Pixels", "Service", "This browser"],
    "checkbox": ["Back to the first hand"],
    "link": ["Write with this hand"],
}
FILL = """([selector, value]) => {
    const input = document.querySelector(selector);
    input.value = value;
    input.dispatchEvent(new Event("input", { bubbles: true })); }"""  # also of what is folded away


def red(png: bytes) -> tuple[int, int, bytes]:
    """Return the size and the red of a picture in colour, which is what `shows` compares."""
    with Image.open(io.BytesIO(png)) as opened:
        return (*opened.size, opened.convert("RGB").getchannel("R").tobytes())


def frame(page: Page, n: int, of: int) -> None:
    """Wait until the page shows a frame of the film."""
    until(page, f"document.querySelector('#picture').ariaLabel === 'Frame {n} of {of}'")


def curves(service: httpx.Client, **body: object) -> list[str]:
    """Return the curves of all frames of a film, or of images."""
    path = "/interpolate" if "steps" in body else "/generate"
    answer = service.post(path, json={"ink": True, "columns": 96, **body}, headers={"accept": "image/svg+xml"})
    return re.findall(r'<path d="([^"]+)"', answer.raise_for_status().text)


def draws(page: Page, curve: str) -> None:
    """Wait until the picture is this curve."""
    until(page, f"document.querySelector('#picture path')?.getAttribute('d') === '{curve}'")


def open_all(page: Page) -> None:
    page.evaluate("document.querySelectorAll('main details').forEach((each) => { each.open = true; })")


def test_usual_hands_read_well_on_the_whole_way_and_in_the_whole_square(browse: Browse, service: httpx.Client) -> None:
    page = browse("/between?steps=12")
    hands = [int(each) for each in page.locator("[name=hands]").input_value().split(",")]
    styles = seeds_to_latents(hands, 74).astype(np.float64)[:, :64]
    lengths = np.linalg.norm(styles, axis=1)
    parts = np.linspace(0, 1, 7)
    weights = np.array([((1 - x) * (1 - y), x * (1 - y), x * y, (1 - x) * y) for x in parts for y in parts])
    mixes = weights @ styles
    mixes *= (weights @ lengths / np.linalg.norm(mixes, axis=1))[:, None]
    latents = np.pad(mixes, ((0, 0), (0, 10))).round(4).tolist()
    npy = {"accept": "application/x-npy"}
    judges = [load_judge(name) for name in (SELECTING, GUARDING)]
    for digit in range(10):
        film = {"seeds": hands, "labels": digit, "steps": 12, "loop": True}
        images = [
            np.load(io.BytesIO(service.post(path, json=body, headers=npy).content))
            for path, body in (("/interpolate", film), ("/generate", {"latents": latents, "labels": digit}))
        ]
        for judge in judges:
            reading = judge.read(np.concatenate(images))
            assert set(reading.labels.tolist()) == {digit}
            assert reading.confidences.min() > 0.9


def test_every_control_has_a_role_and_a_name(browse: Browse) -> None:
    page = browse("/between?at=0.5")
    frame(page, 13, 96)
    open_all(page)
    for role, names in CONTROLS.items():
        found = page.locator("main").get_by_role(role)  # type: ignore[arg-type]
        for name in names:
            expect(found.and_(page.get_by_role(role, name=name, exact=True))).to_have_count(1)  # type: ignore[arg-type]
    expect(page.locator(".scene, .panel").get_by_role("button")).to_have_count(len(CONTROLS["button"]))
    expect(page.locator(".scene, .panel").get_by_role("slider")).to_have_count(len(CONTROLS["slider"]))
    expect(page).to_have_title("Between hands · digitgan")
    expect(page.get_by_role("slider", name="Time")).to_have_attribute("aria-valuetext", "0.5 s of 3.8 s")


def test_film_plays_pauses_and_is_scrubbed_by_keyboard(browse: Browse, service: httpx.Client) -> None:
    page = browse(FILM)
    wanted = curves(service, seeds=[1, 2, 3], labels=7, steps=4)
    assert len(wanted) == 9
    frame(page, 1, 9)
    draws(page, wanted[0])
    page.evaluate(
        """() => { window.frames_ = [];
        new MutationObserver(() => frames_.push(Number(picture.ariaLabel.split(" ")[1])))
            .observe(picture, { attributeFilter: ["aria-label"] }); }"""
    )
    page.get_by_role("button", name="Play").click()
    frame(page, 9, 9)  # and stops there
    page.get_by_role("button", name="Play").wait_for()
    seen = page.evaluate("[...new Set(frames_)]")
    assert seen == sorted(seen) and len(seen) > 3
    draws(page, wanted[8])
    until(page, "location.search.includes('at=2')")
    time = page.get_by_role("slider", name="Time")
    time.press("Home")
    frame(page, 1, 9)
    time.press("ArrowRight")
    frame(page, 2, 9)
    draws(page, wanted[1])
    until(page, "location.search.includes('at=0.25')")
    page.get_by_label("Back to the first hand").check()
    frame(page, 2, 12)
    page.locator("main").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Pause").wait_for()
    until(page, "frames_.slice(-99).some((each, i, all) => each < all[i - 1])")  # round again
    page.keyboard.press("Space")
    page.get_by_role("button", name="Play").wait_for()
    expect(page.get_by_role("button", name="Hand 3: 3")).to_have_attribute("aria-pressed", "false")
    page.get_by_role("button", name="Hand 3: 3").press("Enter")
    frame(page, 9, 12)
    expect(page.get_by_role("textbox", name="Hand 3")).to_have_value("3")


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_one_round_is_played_at_the_start_unless_motion_is_unwanted(browse: Browse, motion: str) -> None:
    page = browse("/between", reduced_motion=motion)
    if motion == "no-preference":
        page.get_by_role("button", name="Pause").wait_for()
        until(page, "document.querySelector('#dot').ariaValueNow > 10")
        page.get_by_role("button", name="Pause").click()
    else:
        frame(page, 1, 96)
    page.get_by_role("button", name="Play").wait_for()


def test_film_is_downloaded_in_every_moving_format(browse: Browse) -> None:
    page = browse(FILM)
    for looks in ("Ink", "Pixels"):
        page.get_by_label(looks).check(force=True)  # its label is over it
        for kind, suffix in (("APNG", "png"), ("GIF", "gif"), ("WebP", "webp")):
            with page.expect_download() as download:
                page.get_by_role("button", name=kind, exact=True).click()
            assert download.value.suggested_filename == f"between.{suffix}"
            with Image.open(Path(download.value.path())) as film:
                assert (sum(1 for _ in ImageSequence.Iterator(film)), film.size) == (9, (224, 224))
                assert len(film.convert("L").getcolors() or range(99)) > 2  # not blank


def test_mix_follows_a_drag_and_leaves_the_way(browse: Browse, service: httpx.Client) -> None:
    page = browse("/between?hands=5%2C6%2C7%2C8&digit=3&drawn=pixels")
    shows(page, at(service, "/digits/3/5.png"), "#picture img")
    page.evaluate(
        """() => { window.shown = new Set();
        new MutationObserver(() => shown.add(picture.firstElementChild)).observe(picture, { childList: true }); }"""
    )
    square = page.locator("#square svg").first.bounding_box()
    assert square is not None
    x, y, side = square["x"], square["y"], square["width"]
    page.mouse.move(x + side / 2, y + side / 2)
    page.mouse.down()
    started = monotonic()
    for part in cycle((1, 0.5)):  # for as long as it takes
        page.mouse.move(x + part * side, y + part * side, steps=30)
        if page.evaluate("shown.size") > 3:  # while the button is still held
            break
        assert monotonic() - started < PATIENCE_S
    page.mouse.move(x + side + 20, y + side + 20, steps=30)
    page.mouse.up()
    # In a corner the mix is that corner's latent, rounded to four decimals; the corners are the hands in their order.
    shows(page, at(service, "/digits/3/7.png"), "#picture img", grey_levels=1)
    expect(page.locator("#picture")).to_have_attribute("aria-label", "Mix of all hands")
    until(page, "location.search.includes('mix=1%2C1')")
    dot = page.get_by_role("slider", name="Mix of all hands")
    expect(dot).to_be_focused()
    link = page.get_by_role("link", name="Write with this hand")
    token = token_of(seeds_to_latents([7], 64)[0].round(4))
    expect(link).to_have_attribute("href", re.compile(rf"/write/2026\?hand={token}"))
    page.get_by_role("button", name="Play").click()  # goes on where the way was left
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#picture")).to_have_attribute("aria-label", re.compile("Frame"))
    until(page, "!location.search.includes('mix')")


def test_dot_is_moved_by_keys_and_by_touch_and_the_address_restores_it(browse: Browse, service: httpx.Client) -> None:
    page = browse("/between?mix=0.5%2C0.5", has_touch=True, viewport=PHONE)
    dot = page.get_by_role("slider", name="Mix of all hands")
    expect(dot).to_have_attribute("aria-valuetext", "50 % across, 50 % down")
    dot.press("ArrowRight")
    dot.press("Shift+ArrowUp")
    expect(dot).to_have_attribute("aria-valuetext", "55 % across, 49 % down")
    until(page, "location.search.includes('mix=0.55%2C0.49')")
    square = page.locator("#square svg").first.bounding_box()
    assert square is not None
    page.touchscreen.tap(square["x"] + square["width"] * 0.25, square["y"] + square["height"] * 0.75)
    expect(dot).to_have_attribute("aria-valuetext", "25 % across, 75 % down")
    until(page, "location.search.includes('mix=0.2')")
    page.wait_for_load_state("networkidle")
    curve = page.locator("#picture path").get_attribute("d")
    assert curve is not None
    draws(browse(page.url.partition(str(service.base_url))[2]), curve)


def test_playing_moves_the_dot_along_the_figure_of_the_hands(browse: Browse) -> None:
    page = browse("/between?steps=2&pause=20", viewport=PHONE)
    time = page.get_by_role("slider", name="Time")
    for n in (2, 3, 4, 8):
        page.evaluate(FILL, ["[name=hands]", ",".join(map(str, range(n)))])
        frame(page, 1, 2 * n)
        places = []
        for _ in range(2 * n):
            places.append(page.evaluate("['--x', '--y'].map((each) => Number(dot.style.getPropertyValue(each)))"))
            time.press("ArrowRight")
        corners, middles = np.array(places[::2]), np.array(places[1::2])
        np.testing.assert_allclose(middles, (corners + np.roll(corners, -1, axis=0)) / 2, atol=1e-9)
        sides = [np.hypot(*(one - other)) for one, other in pairwise(corners)]
        assert np.ptp(sides) < 1e-9 < min(sides)
        expect(page.locator("#square .corner")).to_have_count(n)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        time.press("Home")


def test_hands_are_added_replaced_and_removed(browse: Browse, service: httpx.Client) -> None:
    page = browse("/between?hands=1%2C2&digit=3%2C8&steps=3")
    draws(page, curves(service, seeds=[1, 2], labels=[3, 8], steps=3, loop=True)[0])
    keys = page.locator("#keys button")
    remove, add = (page.get_by_role("button", name=name) for name in ("Remove", "Add a hand"))
    expect(remove).to_be_disabled()
    for n in range(3, 9):
        add.click()
        expect(keys).to_have_count(n)
    expect(add).to_be_disabled()
    expect(page.get_by_role("button", name="Hand 8: 2")).to_be_visible()
    expect(page.locator("[name=digit]")).to_have_value("3,3,3,3,3,3,3,8")  # each new hand has its neighbour's
    for n in range(7, 2, -1):
        remove.click()
        expect(keys).to_have_count(n)
    expect(page.locator("[name=digit]")).to_have_value("3,3,3")
    field = page.get_by_role("textbox", name=re.compile(r"^Hand \d$"))
    field.fill(TOKEN)
    expect(page.get_by_role("button", name=re.compile(TOKEN))).to_have_count(1)
    page.get_by_role("button", name=re.compile(TOKEN)).click()
    expect(page.get_by_role("link", name="Write with this hand")).to_have_attribute("href", re.compile(f"hand={TOKEN}"))
    page.get_by_role("button", name="New hand").click()
    expect(field).to_have_value(re.compile(r"^\d{1,6}$"))
    expect(page.get_by_role("button", name=re.compile(TOKEN))).to_have_count(0)


def test_lists_may_have_spaces_and_what_is_wrong_acts_on_nothing(browse: Browse, service: httpx.Client) -> None:
    page = browse(FILM)
    frame(page, 1, 9)
    open_all(page)
    hands, digits = page.get_by_role("textbox", name="Hands"), page.locator("[name=digit]")
    hands.fill(" 5, 6 7")
    expect(page.get_by_role("button", name="Hand 3: 7")).to_be_visible()
    digits.fill("2 0, 6")
    draws(page, curves(service, seeds=[5, 6, 7], labels=[2, 0, 6], steps=4)[0])
    until(page, "location.search.includes('hands=5%2C6%2C7') && location.search.includes('digit=2%2C0%2C6')")
    page.get_by_role("combobox", name="Digit").select_option("4")
    expect(digits).to_have_value("4,0,6")
    page.get_by_role("button", name="9", exact=True).click()
    expect(digits).to_have_value("9")
    expect(page.get_by_role("button", name="9", exact=True)).to_have_attribute("aria-pressed", "true")
    until(page, "location.search.includes('digit=9')")
    address = page.evaluate("location.href")
    one = page.get_by_role("textbox", name="Hand 1")
    for field, text in ((hands, "5"), (hands, "1 2 3 4 5 6 7 8 9"), (hands, "5, 1e3"), (digits, "x"), (one, "1e3")):
        right = field.input_value()
        field.fill(text)
        expect(page.locator("#notice")).not_to_be_empty()
        for kind in ("APNG", "GIF", "WebP"):
            expect(page.get_by_role("button", name=kind, exact=True)).to_be_disabled()
        field.fill(right)
        expect(page.locator("#notice")).to_be_empty()
        expect(page.get_by_role("button", name="GIF", exact=True)).to_be_enabled()
    page.wait_for_timeout(300)  # addresses are written some time after a change
    assert page.evaluate("location.href") == address


def test_address_restores_all_and_has_only_what_is_unusual(browse: Browse, service: httpx.Client) -> None:
    page = browse(
        f"/between?hands={TOKEN}%2C6&digit=1%2C4&at=0.5&loop=false&steps=8&pause=60&truncation=0.8&drawn=pixels"
    )
    style = np.pad(style_of(TOKEN), (0, 10)).astype(np.float32)
    keys = np.stack([style, seeds_to_latents([6], 74)[0]])
    middle = interpolate(keys, 64, 8, loop=False)[4]
    body = {"latents": [middle.round(4).tolist()], "labels": 4, "truncation": 0.8}
    png = service.post("/generate", json=body, headers={"accept": "image/png"}).content
    shows(page, pixels(png), "#picture img", grey_levels=1)
    link = page.get_by_role("link", name="Write with this hand").get_attribute("href") or ""
    assert f"hand={token_of(middle[:64])}&truncation=0.8" in link
    usual = browse("/between?hands=40%2C436%2C211%2C64&digit=5&at=0")
    frame(usual, 1, 96)
    usual.get_by_label("Back to the first hand").uncheck()
    until(usual, "location.search === '?loop=false'")
    wrong = browse("/between?hands=1&steps=x&mix=7")
    frame(wrong, 1, 96)
    assert len(re.findall("must be", wrong.locator("#notice").inner_text())) == 3


def test_models_without_classes_with_others_and_with_other_hands(
    browser: Browser, browse: Browse, clothes: httpx.Client, service: httpx.Client
) -> None:
    page = browse(f"{FILM}&model=mlp+1")
    frame(page, 1, 9)
    for control in ("#classes", "#own-class", "#list-of-classes", "#write"):
        expect(page.locator(control)).to_be_hidden()
    draws(page, curves(service, seeds=[1, 2, 3], steps=4, model="mlp")[0])
    page.evaluate(FILL, ["[name=model]", "digits 1"])
    draws(page, curves(service, seeds=[1, 2, 3], labels=7, steps=4)[0])
    page.evaluate(FILL, ["[name=hands]", f"1 2 {token_of(np.ones(5))}"])
    page.get_by_text(re.compile("The hand .* belongs to another model, not to digits 1")).wait_for()
    expect(page.locator("#write")).to_be_hidden()
    with browsing(browser, clothes) as browse_clothes:
        page = browse_clothes("/between?hands=5%2C6%2C7&digit=3%2C99&drawn=pixels")
        shows(page, at(clothes, "/digits/Dress/5.png"), "#picture img")
        page.get_by_role("button", name="Hand 2: 6").click()
        own, every = page.locator("#own-class select"), page.locator("#classes select")
        expect(own.locator("option")).to_have_text(CLOTHES, use_inner_text=True)
        expect(page.get_by_role("combobox", name="Class")).to_have_count(2)
        expect(own).to_have_value("9")
        own.select_option("Bag")
        shows(page, at(clothes, "/digits/Bag/6.png"), "#picture img")
        every.select_option("Sneaker")
        shows(page, at(clothes, "/digits/Sneaker/6.png"), "#picture img")
        expect(page.locator("#write")).to_be_hidden()


def test_models_in_colour_have_no_ink_and_keep_their_colours(browser: Browser, tmp_path: Path) -> None:
    content, golden = a_colour_graph(12, 20, 10)
    sizes = {"image_height": 12, "image_width": 20, "image_channels": 3}
    deploy(tmp_path, a_card(content, model="tints", n_classes=10, style_size=4, golden=[golden], **sizes), content)
    app = create_app(Settings(models_dir=tmp_path, default_model="tints", threads=1))
    with live(app) as tints, browsing(browser, tints) as browse:
        page = browse(FILM)
        shows(page, red(tints.get("/digits/7/1.png").content), "#picture img", grey_levels=1)
        expect(page.locator("#picture img")).to_have_css("filter", "none")
        expect(page.get_by_role("radio", name="Ink")).to_be_hidden()
        with page.expect_download() as download:
            page.get_by_role("button", name="APNG").click()
        with Image.open(Path(download.value.path())) as film:
            assert (film.mode, film.size, getattr(film, "n_frames", 1)) == ("RGB", (160, 96), 9)
        page.get_by_role("slider", name="Mix of all hands").press("ArrowRight")
        until(page, "picture.ariaLabel === 'Mix of all hands' && picture.firstElementChild.naturalWidth === 20")


def test_axe_finds_nothing_and_the_view_fits_a_phone(browse: Browse) -> None:
    page = browse("/between?mix=0.3%2C0.6", viewport={"width": 320, "height": 700})
    expect(page.locator("#square .mix")).to_have_count(9)
    assert page.locator("#picture").bounding_box()["y"] < 200  # type: ignore[index]
    open_all(page)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate("axe.run().then(({ violations }) => violations.map(({ id }) => id))") == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    small = page.evaluate(
        """[...document.querySelectorAll("main button, main select, main input, #dot, #write")]
        .filter((each) => each.checkVisibility() && each.type !== "radio" && each.type !== "checkbox")
        .filter((each) => each.getBoundingClientRect().height < 43.5).map((each) => each.outerHTML)"""
    )
    assert small == []
