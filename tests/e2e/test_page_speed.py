"""How fast pictures follow the pointer, made by the server and by the browser, in a real browser."""

from statistics import median
from time import sleep

import pytest

from tests.browser import Browse, shown, until
from tests.e2e.drawings import DRAWINGS, draw
from tests.e2e.views import open_all

pytestmark = pytest.mark.long

WANTED = 30  # pictures per second, the fewest that look like motion
TRIES = 5  # other processes may slow the page down, so the best try counts
ENOUGH_FRAMES = 40  # per second; with fewer, the browser itself is too slow to judge the page
DRAG_MS = 1500
WANTED_MS = 100  # from the pen's lifting to the ten digits, where the yardstick takes as long as this:
YARDSTICK_MS = 14
N_DRAWINGS = 7  # enough for the browser to compile what it runs often
# A loop whose time tells how fast the processor is at the moment, beside whatever else it or its host does.
YARDSTICK = """() => {
    const numbers = new Float32Array(1e6).fill(0.5);
    const started = performance.now();
    for (let turn = 0; turn < 20; turn++) for (let i = 0; i < numbers.length; i++) numbers[i] = numbers[i] * 0.5 + 0.25;
    return performance.now() - started;
}"""
# The last of the ten digits is set after the others; it is on the screen when the frame after its decoding ends.
TIMED = """() => {
    window.waits = [];
    let lifted;
    addEventListener("pointerup", () => (lifted = performance.now()), true);
    const ten = document.querySelector("#ten");
    const painted = () => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => waits.push(performance.now() - lifted);
        requestAnimationFrame(() => port2.postMessage(undefined));
    };
    new MutationObserver((changes) => {
        if (changes.every(({ target }) => target !== ten.lastElementChild)) return;
        Promise.all([...ten.children].map((each) => each.decode())).then(painted);
    }).observe(ten, { subtree: true, attributeFilter: ["src"] });
}"""
# The pointer moves in every frame, which a driver outside the browser is too slow for; the press before it is real.
DRAG = """(ms) => new Promise((resolve) => {
    const square = document.querySelector("#square"), picture = document.querySelector("#picture");
    const { left, top, width } = square.querySelector("svg").getBoundingClientRect();
    const pointerId = Array.from({ length: 9 }, (_, id) => id).find((id) => square.hasPointerCapture(id));
    const begun = performance.now();
    let before = picture.innerHTML, frames = 0, pictures = 0;
    const frame = (now) => {
        const passed = now - begun;
        if (passed > ms) return resolve({ pictures: (1000 * pictures) / passed, frames: (1000 * frames) / passed });
        frames++;
        if (picture.innerHTML !== before && (picture.firstElementChild.complete ?? true)) {
            before = picture.innerHTML;
            pictures++;
        }
        const at = (turn) => width * (0.5 + 0.4 * turn(passed / 300));
        const place = { clientX: left + at(Math.cos), clientY: top + at(Math.sin) };
        square.dispatchEvent(new PointerEvent("pointermove", { pointerId, ...place }));
        requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
})"""


@pytest.mark.alone
@pytest.mark.parametrize("who", ["server", "browser"])
def test_thirty_pictures_per_second_follow_a_drag(browse: Browse, who: str) -> None:
    page = browse("/between?drawn=pixels", viewport={"width": 1200, "height": 1000})
    open_all(page)
    shown(page.locator(f"[name=by][value={who}]")).check(force=True)
    until(page, f"document.querySelector('#by-{who}').textContent !== ''")
    page.locator("#square").scroll_into_view_if_needed()  # the choice of who draws is further down
    square = page.locator("#square svg").first.bounding_box()
    assert square is not None
    best = most_frames = 0.0
    for _ in range(TRIES):
        page.mouse.move(square["x"] + square["width"] / 2, square["y"] + square["height"] / 2)
        page.mouse.down()
        seen = page.evaluate(DRAG, DRAG_MS)
        page.mouse.up()
        took = page.locator(f"#by-{who}").inner_text()
        print(f"{who}: {seen['pictures']:.1f} pictures in {seen['frames']:.1f} frames a second, {took} each")
        best, most_frames = max(best, seen["pictures"]), max(most_frames, seen["frames"])
        if best >= WANTED:
            break
        sleep(2)
    if best < WANTED and most_frames < ENOUGH_FRAMES:
        pytest.skip(f"the machine is too busy: the browser itself painted {most_frames:.0f} frames a second")
    assert best >= WANTED


@pytest.mark.alone
@pytest.mark.parametrize("who", ["browser", "server"])
def test_ten_digits_follow_the_pen_within_100_ms(browse: Browse, who: str) -> None:
    page = browse("/hand", viewport={"width": 1200, "height": 1000})
    page.get_by_text("Model, and who reads").click()
    shown(page.locator(f"[name=reader][value={who}]")).check(force=True)
    quickest = float("inf")
    for _ in range(TRIES):
        page.evaluate(TIMED)
        yardsticks = []
        # Each has one stroke, whose answer no later one overtakes, and another hand, since equal pictures would stay.
        for drawing in [each for each in DRAWINGS if len(each.strokes) == 1 and each.made == "page"][:N_DRAWINGS]:
            n_seen = page.evaluate("waits.length")
            draw(page, drawing)
            until(page, f"waits.length > {n_seen}")
            page.get_by_role("button", name="Clear").click()
            until(page, "document.querySelector('#written').hidden")
            yardsticks.append(page.evaluate(YARDSTICK))
        wait_ms, yardstick_ms = median(page.evaluate("waits")), median(yardsticks)
        print(f"{who}: ten digits {wait_ms:.0f} ms after the pen, beside a yardstick of {yardstick_ms:.1f} ms")
        quickest = min(quickest, wait_ms / max(1, yardstick_ms / YARDSTICK_MS))
        if quickest <= WANTED_MS:
            break
        page.reload()
        page.wait_for_load_state("networkidle")
        sleep(2)
    assert quickest <= WANTED_MS
