"""The view Explore: a map of hands that one drags, zooms and walks over, and the hand that one takes from it."""

import io
import json
import re
from base64 import b64decode
from urllib.parse import parse_qs, urlsplit

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, Page, Request, expect

from digitgan.contract.hand import style_of, token_of
from tests.browser import AXE, PHONE, Browse, browsing, shown, until

pytestmark = pytest.mark.long

WIDE = {"width": 1200, "height": 800}
SIDE = 64  # of the committed maps
_FRAMES = "new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))"
_IS_WRITTEN = """import(new URL("../../shell/state.js", document.querySelector("script[src]").src).href)
    .then(({ address }) => address() === location.href)"""
_PIXELS = """([selector, left, top, side]) => {
    const canvas = document.querySelector(selector);
    const { data } = canvas.getContext("2d").getImageData(left, top, side || canvas.width, side || canvas.height);
    return [canvas.height, canvas.width, ...data.filter((_, i) => i % 4 === 0)];
}"""


def whole(page: Page) -> None:
    """Wait until the map has all pictures that are in sight."""
    page.evaluate(_FRAMES)
    until(page, "document.querySelector('#ground').ariaBusy === 'false'")


def place(page: Page) -> dict[str, float]:
    """Return what the address says, once it follows."""
    page.evaluate(_FRAMES)
    until(page, _IS_WRITTEN)
    return {name: float(values[0]) for name, values in parse_qs(urlsplit(page.url).query).items() if name != "hand"}


def hand_in(page: Page) -> str:
    until(page, "location.search.includes('hand=')")
    return parse_qs(urlsplit(page.url).query)["hand"][0]


def requested(page: Page) -> list[dict[str, list[int]]]:
    """Return the list of the bodies that the page sends to be generated from now on."""
    bodies: list[dict[str, list[int]]] = []

    def note(sent: Request) -> None:
        if sent.url.endswith("/generate"):
            bodies.append(json.loads(sent.post_data or ""))

    page.on("request", note)
    return bodies


def middle(page: Page) -> tuple[float, float]:
    box = page.locator("#ground").bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def ten_digits(service: httpx.Client, source: dict[str, object], **looks: object) -> NDArray[np.uint8]:
    body = {**source, "labels": list(range(10)), "columns": 5, "padding": 0, **looks}
    answer = service.post("/generate", json=body, headers={"accept": "image/png"})
    with Image.open(io.BytesIO(answer.content)) as picture:
        return np.asarray(picture.convert("L"))


def shows_ten(page: Page, expected: NDArray[np.uint8]) -> None:
    for _ in range(100):
        address = page.evaluate("document.querySelector('#ten').toDataURL()")
        with Image.open(io.BytesIO(b64decode(address.partition(",")[2]))) as picture:
            drawn = np.asarray(picture.convert("L"))
        if drawn.shape == expected.shape and np.abs(drawn - expected.astype(int)).max() <= 1:
            return
        page.wait_for_timeout(50)
    pytest.fail("the card never showed the ten digits of the hand")


def test_map_shows_the_seeds_of_its_file_and_a_click_opens_one(browse: Browse, service: httpx.Client) -> None:
    seeds = service.get("/models/digits/1/map.json").json()["seeds"]
    column, row = 20, 41
    page = browse(f"/explore?x={column / 63:.5f}&y={row / 63:.5f}&zoom=1&digit=5&truncation=9", viewport=WIDE)
    whole(page)
    expect(page.locator("#notice")).to_contain_text("Variety: must be")  # though the map has moved to its place since
    page.mouse.click(*middle(page))
    seed = seeds[row * SIDE + column]
    expect(page.locator("#card-name")).to_have_text(f"Hand {seed}")
    assert hand_in(page) == str(seed)
    shows_ten(page, ten_digits(service, {"seeds": [seed] * 10}, ink=True, height=112))
    # What the map draws in the ring is the chosen hand's digit.
    ring, ground = page.locator("#chosen").bounding_box(), page.locator("#ground").bounding_box()
    assert ring is not None and ground is not None
    where = [round(ring["x"] - ground["x"]), round(ring["y"] - ground["y"]), round(ring["width"])]
    _, _, *values = page.evaluate(_PIXELS, ["#ground canvas", *where])
    drawn = Image.fromarray(np.reshape(values, (where[2], where[2])).astype(np.uint8)).resize((28, 28))
    with Image.open(io.BytesIO(service.get(f"/digits/5/{seed}.png").content)) as picture:
        likeness = np.corrcoef(np.asarray(drawn).ravel(), np.asarray(picture.convert("L")).ravel())[0, 1]
    assert likeness > 0.9
    page.evaluate(AXE.read_text(encoding="utf-8"))
    assert page.evaluate("axe.run().then(({ violations }) => violations.map(({ id }) => id))") == []


def test_map_is_dragged_and_zoomed_around_the_pointer(browse: Browse) -> None:
    page = browse("/explore?zoom=2", viewport=WIDE)
    whole(page)
    x, y = middle(page)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 200, y - 100, steps=5)
    page.mouse.up()
    cell = page.evaluate("document.querySelector('#ground').clientWidth") / SIDE * 4
    moved = place(page)
    assert moved["x"] == pytest.approx(0.5 + 200 / cell / 63, abs=1e-3)
    assert moved["y"] == pytest.approx(0.5 + 100 / cell / 63, abs=1e-3)
    expect(page.locator("#card")).to_be_hidden()  # a drag is no click
    page.mouse.move(x + 150, y + 50)
    page.mouse.wheel(0, -400)
    zoomed = place(page)
    assert zoomed["zoom"] == pytest.approx(3)
    for name, pixels in (("x", 150), ("y", 50)):  # what is under the pointer stays there
        before, after = (each[name] * 63 + pixels / (cell * n) for each, n in ((moved, 1), (zoomed, 2)))
        assert after == pytest.approx(before, abs=0.01)
    page.get_by_role("button", name="Whole map").click()
    until(page, "!location.search.includes('x=') && location.search.includes('zoom=-')")
    page.get_by_role("button", name="Zoom in").click()
    page.get_by_role("button", name="Zoom out").click()
    assert place(page)["zoom"] < 0


def test_keyboard_finds_a_mix_that_writes_the_same_hand(browse: Browse, service: httpx.Client) -> None:
    page = browse("/explore?zoom=4", viewport=WIDE, reduced_motion="reduce")
    ground = page.get_by_role("application", name="Map of hands")
    ground.focus()
    expect(page.locator("#middle")).to_be_visible()
    for key in ("ArrowLeft", "ArrowDown", "+", "+", "ArrowRight"):
        ground.press(key)
    assert place(page)["zoom"] == 5
    expect(page.get_by_role("status").filter(has_text=re.compile(r"^A mix of hands \d+, \d+"))).to_be_attached()
    ground.press("Enter")
    expect(page.locator("#card-name")).to_be_focused()
    expect(page.locator("#card-name")).to_have_text("A hand between seeds")
    token = hand_in(page)
    assert style_of(token).shape == (64,)
    expect(page.get_by_label("Token of this hand")).to_have_value(token)
    page.get_by_role("button", name="Copy", exact=True).first.click()
    page.get_by_text("Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == token
    shows_ten(page, ten_digits(service, {"hands": [token] * 10}, ink=True, height=112))
    page.reload()  # the address has the place and the hand
    whole(page)
    expect(page.locator("#chosen")).to_be_visible()
    expect(page.locator("#mix")).to_contain_text("A mix of hands")
    assert page.locator("#chosen").bounding_box() == page.locator("#middle").bounding_box()
    page.get_by_role("link", name="Write with this hand").click()
    page.wait_for_url(f"**/write/2026?hand={token}")
    expect(page.locator("[name=hand]")).to_have_value(token)
    written = service.get(f"/numbers/2026/{token}.svg", params={"layout": "natural", "animate": "true"}).text
    strokes = re.findall(r' d="([^"]+)"', written)
    expect(page.locator("#picture path")).to_have_count(len(strokes))
    paths = "[...document.querySelectorAll('#picture path')].map((path) => path.getAttribute('d'))"
    assert page.evaluate(paths) == strokes


def test_only_what_is_missing_is_asked_for(browse: Browse) -> None:
    page = browse("/explore?zoom=1", viewport=WIDE, reduced_motion="reduce")
    whole(page)
    bodies = requested(page)
    ground = page.locator("#ground")
    ground.press("+")
    whole(page)
    ground.press("-")
    page.wait_for_timeout(200)
    whole(page)
    n_before = len(bodies)
    ground.press("+")
    whole(page)
    ground.press("-")
    page.wait_for_timeout(200)
    assert len(bodies) == n_before  # all of it is kept
    page.get_by_role("button", name="7", exact=True).click()
    whole(page)
    assert {label for body in bodies[n_before:] for label in body["labels"]} == {7}
    expect(page.get_by_role("button", name="7", exact=True)).to_have_attribute("aria-pressed", "true")
    assert all(len(body["seeds"]) <= 64 for body in bodies)


def test_browser_draws_map_and_card_without_the_service(browse: Browse, service: httpx.Client) -> None:
    page = browse("/explore?zoom=5&hand=23", viewport=WIDE)
    whole(page)
    page.get_by_text("Model, and who draws").click()
    bodies = requested(page)
    shown(page.locator("input[name=by][value=browser]")).click(force=True)
    shows_ten(page, ten_digits(service, {"seeds": [23] * 10}))
    whole(page)
    page.locator("#ground").press("ArrowRight")
    whole(page)
    assert not bodies


def test_model_without_a_map_shows_its_seeds_in_order(browser: Browser, clothes: httpx.Client) -> None:
    with browsing(browser, clothes) as browse:
        page = browse("/explore", viewport=WIDE)
        page.get_by_text("This model has no map").wait_for()
        page.get_by_role("button", name="Bag").click()
        whole(page)
        page.mouse.click(*middle(page))
        assert 0 <= int(hand_in(page)) < SIDE * SIDE
        expect(page.get_by_role("link", name="Write with this hand")).to_be_hidden()


@pytest.mark.parametrize(
    ("model", "token"),
    [("mlp", token_of(np.ones(64))), ("mlp", token_of(np.ones(100))), ("digits", token_of(np.ones(5)))],
)
def test_token_that_is_no_hand_of_the_model_is_explained(browse: Browse, model: str, token: str) -> None:
    page = browse(f"/explore?model={model}+1&hand={token}", viewport=WIDE)
    whole(page)
    expect(page.locator("#notice")).to_contain_text(f"The hand {token} belongs to another model, not to {model} 1.")
    expect(page.locator("#card")).to_be_hidden()
    expect(page.locator("#trouble")).to_be_empty()
    expect(page.locator("#classes")).to_be_visible(visible=model == "digits")
    page.locator("#ground").press("Enter")
    expect(page.locator("#card-name")).to_have_text(re.compile(r"^Hand \d+$"))
    expect(page.locator("#notice")).to_be_empty()


def test_phone_pinches_the_map_and_opens_the_sheet_with_the_card(browse: Browse) -> None:
    page = browse("/explore", viewport=PHONE, has_touch=True)
    whole(page)
    fingers = page.context.new_cdp_session(page)
    x, y = middle(page)
    for apart in (20, 30, 40, 60, 80):
        points = [{"x": x + side * apart, "y": y, "id": side + 1} for side in (-1, 1)]
        kind = "touchStart" if apart == 20 else "touchMove"
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert place(page)["zoom"] == pytest.approx(2, abs=0.01)  # four times as far apart
    expect(page.locator("#card")).to_be_hidden()
    page.touchscreen.tap(*middle(page))
    expect(page.get_by_role("link", name="Write with this hand")).to_be_visible()
    expect(page.locator("#summary")).to_have_text(re.compile(r"^Hand \d+$"))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
