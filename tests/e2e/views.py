"""What holds for every view of the page, as checks of an open one."""

import io
import re
from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import parse_qsl, urlsplit

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Page, expect

from digitgan.contract.hand import token_of
from digitgan.contract.latents import seeds_to_latents
from service.page.documents import VIEWS
from tests.browser import AXE, until

SIZES = [(390, 844), (640, 360), (768, 1024), (1440, 900)]  # a phone, a zoom of 200 %, a tablet, a desktop
LEAST_PICTURE = 0.15  # of the first screen
LEAST_TARGET, WANTED_TARGET = 24, 44  # CSS pixels; WCAG 2.2, 2.5.8 and 2.5.5
ROLES = (
    *("button", "link", "textbox", "searchbox", "spinbutton", "slider", "checkbox", "radio", "combobox", "listbox"),
    *("option", "switch", "tab", "menuitem", "group", "radiogroup", "img", "dialog", "region", "application"),
)
NAMELESS = re.compile(rf"^\s*- (?:{'|'.join(ROLES)})(?! \")\b.*$", re.MULTILINE)
MAY_BE_NAMELESS = re.compile(r"- (?:group|option|img)(?:\s*:.*)?$")  # fieldsets and details without, and decoration
CONTROLS = "a[href], button, input, select, textarea, summary, [tabindex='0']"

# What is seen of all pictures on the first screen, as boxes of left, top, right and bottom, and how wide its frame is.
SEEN = """() => {
    const kinds = ["svg", "canvas", "img", ".paper", "[role=img]"].map((kind) => `.scene ${kind}`).join();
    const all = [...document.querySelectorAll(kinds)].filter((each) => each.checkVisibility());
    const others = "button, a, label, #likeness"; // the last shows what the model gets, which has no scheme
    const outer = all.filter((each) => !each.parentElement.closest(kinds) && !each.closest(others));
    const within = (most) => (at) => Math.min(Math.max(at, 0), most);
    return outer.map((each) => {
        const box = each.getBoundingClientRect();
        const [left, right] = [box.left, box.right].map(within(innerWidth));
        const [top, bottom] = [box.top, box.bottom].map(within(innerHeight));
        return [left, top, right, bottom, each.matches("svg") ? 0 : 12];
    });
}"""
# Controls whose targets are too small; the box of a label counts with its control's, and links in text are exempt.
SMALL = """([controls, least]) => {
    const boxOf = (control) => {
        const boxes = [control, ...(control.labels ?? [])].map((each) => each.getBoundingClientRect());
        return [Math.max(...boxes.map(({ width }) => width)), Math.max(...boxes.map(({ height }) => height))];
    };
    return [...document.querySelectorAll(controls)]
        .filter((each) => each.checkVisibility() && each.tabIndex >= 0)
        .filter((each) => !each.closest(".skip, p:not(.row), li, td, pre"))
        .filter((each) => Math.min(...boxOf(each)) < least)
        .map((each) => `${each.outerHTML.slice(0, 80)} ${boxOf(each).map(Math.round).join(" x ")}`);
}"""
# Texts of links, buttons and choices that are wider than their boxes, so that they are cut off or lie over others.
CUT = """() => [...document.querySelectorAll("a, button, summary, .choice label")]
    .filter((each) => each.checkVisibility() && getComputedStyle(each).display !== "inline")
    .filter((each) => each.scrollWidth > each.clientWidth + 1 && !each.closest(".skip"))
    .map((each) => `${each.outerHTML.slice(0, 80)} ${each.scrollWidth} > ${each.clientWidth}`)"""
# Tab goes on from what was clicked last, even without the focus; after this, it begins with the document.
START = """() => {
    const start = Object.assign(document.createElement("i"), { tabIndex: -1 });
    document.body.prepend(start);
    start.focus();
    start.remove();
}"""
# What Tab stops at; a group of radio buttons is one stop, in which arrow keys choose.
STOPS = """(controls) => {
    const all = [...document.querySelectorAll(controls)];
    const reachable = all.filter((each) => each.checkVisibility() && !each.disabled && each.tabIndex >= 0);
    const isChosen = (radio) => (each) => each.checked && each.name === radio.name && each.form === radio.form;
    const isStop = (each) => each.type !== "radio" || each.checked || !reachable.some(isChosen(each));
    window.stops = reachable.filter(isStop);
    return stops.length;
}"""
# What has the focus: whether it shows that, by its own outline or by that of what it stands for, which is not cut off.
FOCUSED = """() => {
    const now = document.activeElement;
    if (now === document.body) return null;
    const around = [now, ...(now.labels ?? []), now.closest("label, .button, summary")].filter(Boolean);
    const isOutlined = (each) => {
        const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(each);
        return (outlineStyle !== "none" && parseFloat(outlineWidth) > 0) || boxShadow !== "none";
    };
    const isWhole = (each) => {
        const { outlineStyle, outlineWidth, outlineOffset } = getComputedStyle(each);
        const beyond = outlineStyle === "none" ? 0 : parseFloat(outlineWidth) + parseFloat(outlineOffset);
        const box = each.getBoundingClientRect();
        for (let around = each.parentElement; around !== document.body; around = around.parentElement) {
            const { overflowX, overflowY, display } = getComputedStyle(around);
            if (display === "inline" || display === "contents") continue;
            const [left, top] = [around.getBoundingClientRect().left, around.getBoundingClientRect().top];
            const [x, y] = [left + around.clientLeft, top + around.clientTop];
            const isCutX = box.left - beyond < x - 0.5 || box.right + beyond > x + around.clientWidth + 0.5;
            const isCutY = box.top - beyond < y - 0.5 || box.bottom + beyond > y + around.clientHeight + 0.5;
            if ((overflowX !== "visible" && isCutX) || (overflowY !== "visible" && isCutY)) return false;
        }
        return true;
    };
    const { left, top, bottom, width } = now.getBoundingClientRect();
    const middle = document.elementFromPoint(left + Math.min(width, innerWidth) / 2, (top + bottom) / 2);
    return {
        element: now.outerHTML.slice(0, 80),
        number: window.stops.indexOf(now),
        isShown: around.some((each) => isOutlined(each) && isWhole(each)),
        isInSight: bottom > 0 && top < innerHeight,
        isUncovered: around.some((each) => each.contains(middle)),
    };
}"""


# What cannot be seen as it should be with forced colours, each as a fault and an element.
UNSEEN = """() => {
    const names = ["Canvas", "CanvasText", "LinkText", "VisitedText", "GrayText", "Highlight", "HighlightText",
        "ButtonText", "ButtonFace", "ButtonBorder", "Field", "FieldText", "SelectedItem", "SelectedItemText"];
    const probe = document.body.appendChild(document.createElement("i"));
    probe.style.forcedColorAdjust = "none";
    const [canvas, ...others] = names.map((name) => {
        probe.style.color = name;
        return getComputedStyle(probe).color;
    });
    probe.remove();
    const palette = new Set([canvas, ...others]);
    const none = "rgba(0, 0, 0, 0)";
    const faults = [];
    const say = (fault, each) => faults.push(`${fault}: ${each.outerHTML.slice(0, 80)}`);
    const shown = (kinds) =>
        [...document.querySelectorAll(kinds)].filter((each) => each.checkVisibility({ opacityProperty: true }));

    for (const each of shown("body *:not(canvas, img, svg, svg *, option)")) {
        const { forcedColorAdjust, backgroundColor, color } = getComputedStyle(each);
        if (forcedColorAdjust !== "none") continue;
        if (![none, ...palette].includes(backgroundColor)) say(`ground ${backgroundColor}`, each);
        const isUnread = !palette.has(color) || color === backgroundColor;
        if (each.innerText.trim() && isUnread) say(`text ${color} on ${backgroundColor}`, each);
    }
    for (const each of shown("button, .button, select, input:not([type=radio], [type=checkbox], [type=range])")) {
        const isFile = each.type === "file"; // which its label shows
        const { borderTopWidth, borderTopColor, backgroundColor } = getComputedStyle(each);
        const isEdged = parseFloat(borderTopWidth) > 0 && ![none, canvas].includes(borderTopColor);
        if (!isFile && !isEdged && [none, canvas].includes(backgroundColor)) say("no edge", each);
    }
    const look = (each) => {
        const { backgroundColor, borderBottomColor } = getComputedStyle(each);
        return `${backgroundColor} ${borderBottomColor}`;
    };
    for (const [chosen, other] of [
        [".choice label:has(:checked)", ":scope > :not(:has(:checked))"],
        ["[aria-pressed='true']", ":scope > [aria-pressed='false']"],
        ["nav [aria-current]", ":scope > :not([aria-current])"],
    ]) {
        for (const each of shown(chosen)) {
            const beside = each.parentElement.querySelector(other);
            if (beside && look(beside) === look(each)) say("no choice", each);
        }
    }
    return faults;
}"""
# What is in the state of a view of some fields, and what their controls show of it.
RESTORED = """async (given) => {
    const { src } = document.querySelector("script[src]");
    const { address, state } = await import(new URL("../../shell/state.js", src).href);
    const shown = ([name]) => {
        const controls = [...document.querySelectorAll(`main [name="${name}"]`)];
        const [first] = controls;
        if (first?.type === "radio") return controls.find(({ checked }) => checked)?.value;
        return first?.type === "checkbox" ? String(first.checked) : first?.value;
    };
    const isRestored = (each) => String(state[each[0]]) === each[1] && [undefined, each[1]].includes(shown(each));
    return address() === location.href && given.every(isRestored);
}"""
LINKS = {  # to views, each with several choices; learn has none
    "write": "/write/3-1?hand=7&truncation=0.6&layout=grid&color=1d4e9e&height=99",
    "hand": f"/hand?hand={token_of(seeds_to_latents([7], 64)[0])}&digits=41&stranger=9&towards=0.4",
    "explore": "/explore?digit=5&x=0.3&y=0.7&zoom=2&hand=23&truncation=0.8",
    "between": "/between?hands=5%2C6&digit=1%2C4&at=0.5&loop=false&steps=8&pause=60&truncation=0.8&drawn=pixels",
    "compare": "/compare?one=mlp+1&other=digits-small+1&seed=5",
    "data": "/data?count=60&seed=5&labels=mnist&truncation=0.8&loader=duckdb",
    "learn": "/learn",
}
LEAST_INK, LEAST_CONTRAST = 0.0005, 3  # of a picture's pixels; WCAG 2.2, 1.4.11


def axe(page: Page, *rules: str) -> list[tuple[str, str]]:
    """Return what axe finds, by all of its rules or by some, as rule and element.

    The window is as high as the document meanwhile: a target that the sheet at the edge of the window covers in part
    would count as too small, and one only needs to scroll.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))  # the content policy forbids the page to load it
    usual = {"rules": {"target-size": {"enabled": True}}}  # as Lighthouse does
    size = page.viewport_size
    assert size
    page.set_viewport_size({**size, "height": max(size["height"], page.evaluate("document.body.scrollHeight"))})
    found = page.evaluate("axe.run", {"runOnly": rules} if rules else usual)
    page.set_viewport_size(size)
    return [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]]


def settle(page: Page) -> None:
    """Wait until a view has its pictures, and nothing moves that ends by itself."""
    # Scripts hear of a new size or scheme with the next frame.
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    page.wait_for_load_state("networkidle")
    until(page, "![...document.images].some((each) => each.checkVisibility() && each.src && !each.complete)")
    endless = "Number.isFinite(each.effect.getComputedTiming().endTime)"
    until(page, f"document.getAnimations().every((each) => each.playState !== 'running' || !{endless})")


def every_view(page: Page) -> Iterator[Page]:
    """Yield a page of the service once with each view."""
    root = page.url.rpartition("/")[0]
    for view in VIEWS:
        page.goto(f"{root}/{view}")
        settle(page)
        print(page.url)  # for the report of a check that fails
        yield page


def check_names(page: Page) -> None:
    """Check that a screen reader finds a name of every control, and an outline of the view."""
    open_all(page)
    snapshot = page.locator("body").aria_snapshot()
    assert [each for each in NAMELESS.findall(snapshot) if not MAY_BE_NAMELESS.search(each)] == []
    for role in ("heading", "navigation", "main", "link"):
        assert f"- {role}" in snapshot
    levels = [int(each) for each in re.findall(r"heading .*\[level=(\d)\]", snapshot)]
    assert levels.count(1) == 1
    assert all(later <= former + 1 for former, later in pairwise(levels)), levels


def check_focus(page: Page) -> None:
    """Check that Tab reaches every control that is shown, in order, and that each shows its focus, uncovered."""
    expect(page.locator("[tabindex]:not([tabindex='0']):not([tabindex='-1'])")).to_have_count(0)
    page.evaluate(START)
    n_stops = page.evaluate(STOPS, CONTROLS)
    found = []
    for _ in range(n_stops + 3):
        page.keyboard.press("Tab")
        if now := page.evaluate(FOCUSED):
            found.append(now)
        if now and now["number"] == n_stops - 1:
            break  # behind the last one, browsers go on with their own controls
    reached = [each["number"] for each in found if each["number"] >= 0]
    missed = "(reached) => stops.filter((_, i) => !reached.includes(i)).map((each) => each.outerHTML.slice(0, 80))"
    assert page.evaluate(missed, reached) == []
    assert reached == sorted(reached)
    assert [each["element"] for each in found if not each["isShown"]] == []
    assert [each["element"] for each in found if not each["isInSight"] or not each["isUncovered"]] == []


def check_sizes(page: Page) -> None:
    """Check that at any width, with all opened, nothing scrolls or is cut off, and targets are large enough."""
    wide, cut, small, unwanted = {}, {}, {}, set()
    for width, height in [(320, 640), *SIZES]:
        page.set_viewport_size({"width": width, "height": height})
        open_all(page)
        if (found := page.evaluate("document.documentElement.scrollWidth")) > width:
            wide[width] = found
        cut[width] = page.evaluate(CUT)
        small[width] = page.evaluate(SMALL, [CONTROLS, LEAST_TARGET])
        unwanted |= {*page.evaluate(SMALL, [CONTROLS, WANTED_TARGET])}
    print(f"{page.url}: below {WANTED_TARGET} px: {sorted(unwanted) or 'nothing'}")
    assert wide == {}
    assert {width: each for width, each in cut.items() if each} == {}
    assert {width: each for width, each in small.items() if each} == {}


def check_fold(page: Page) -> None:
    """Check that the first screen shows a picture, with a sheet of controls still closed, at every size."""
    seen = {}
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate("document.querySelectorAll('.panel').forEach((each) => (each.open = innerWidth >= 960))")
        page.evaluate("scrollTo(0, 0)")
        boxes = page.evaluate(SEEN)
        area = sum((right - left) * (bottom - top) for left, top, right, bottom, _ in boxes)
        seen[width, height] = area / width / height
    print(f"{page.url}: of the first screen, pictures take", {size: f"{part:.0%}" for size, part in seen.items()})
    assert {size: part for size, part in seen.items() if part < LEAST_PICTURE} == {}


def check_scheme(page: Page, scheme: str) -> None:
    """Check that the page is light or dark, and that its pictures are inked in the same way."""
    assert page.evaluate("(scheme) => matchMedia(`(prefers-color-scheme: ${scheme})`).matches", scheme)
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
    assert max(ground) < 30 if scheme == "dark" else min(ground) > 225
    pictures = [*_pictures(page)]
    assert pictures
    assert [_check_ink(levels) < 128 for levels in pictures] == [scheme == "dark"] * len(pictures)


def check_forced_colours(page: Page) -> None:
    """Check that with forced colours controls, choices and pictures are seen, in the user's own colours."""
    assert page.evaluate("matchMedia('(forced-colors: active)').matches")
    open_all(page)
    assert page.evaluate(UNSEEN) == []
    for levels in _pictures(page):
        _check_ink(levels)


def check_stillness(page: Page) -> None:
    """Check that nothing moves by itself, where a person wants no motion."""
    assert page.evaluate("matchMedia('(prefers-reduced-motion: reduce)').matches")
    before = page.screenshot()
    page.wait_for_timeout(300)
    assert page.evaluate("document.getAnimations().filter(({ playState }) => playState === 'running').length") == 0
    assert page.screenshot() == before


def check_link(page: Page) -> None:
    """Check that a page has what its address says, in its state and in its controls, and that it gives this address."""
    query, path = dict(parse_qsl(urlsplit(page.url).query)), urlsplit(page.url).path
    given = query | ({"number": path.removeprefix("/write/")} if path.startswith("/write/") else {})
    until(page, f"({RESTORED})({[*map(list, given.items())]})")
    expect(page.locator("#notice")).to_have_text("")
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator("#copied")).to_have_text("Copied")


def _pictures(page: Page) -> Iterator[NDArray[np.uint8]]:
    """Yield the grey levels of each picture of the first screen, as it is seen without its frame: uint8 (H, W)."""
    if (example := page.get_by_role("button", name="Write one for me")).is_visible():
        example.click()  # the paper of this view is blank before
        expect(page.locator("#number svg")).to_be_visible()  # the last of what is then drawn
    page.evaluate("scrollTo(0, 0)")
    settle(page)
    with Image.open(io.BytesIO(page.screenshot())) as screen:
        grey = np.asarray(screen.convert("L"))
    for box in page.evaluate(SEEN):
        left, top, right, bottom, frame = map(round, box)
        levels = grey[top + frame : bottom - frame, left + frame : right - frame]
        is_cut = bottom == grey.shape[0] and top > bottom / 2  # then its ink may be below
        if levels.size and not is_cut:
            yield levels


def _check_ink(levels: NDArray[np.uint8]) -> int:
    """Check that a picture has ink that contrasts with its ground, and return the level of the ground."""
    ground = int(np.bincount(levels.ravel()).argmax())
    luminance = (levels / 255) ** 2.2  # of greys, as WCAG defines it but for the darkest
    on = (ground / 255) ** 2.2
    contrast = (np.maximum(luminance, on) + 0.05) / (np.minimum(luminance, on) + 0.05)
    assert (contrast >= LEAST_CONTRAST).mean() >= LEAST_INK
    return ground


def open_all(page: Page) -> None:
    """Open everything that is folded."""
    page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
