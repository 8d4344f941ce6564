"""What holds for every view of the page, as checks of an open one."""

import re
from itertools import pairwise

from playwright.sync_api import Page

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

# Of the boxes of all pictures, what is seen of them on the first screen.
SEEN = """() => {
    const kinds = ["svg", "canvas", "img", ".paper", "[role=img]"].map((kind) => `.scene ${kind}`).join();
    const all = [...document.querySelectorAll(kinds)].filter((each) => each.checkVisibility());
    const outer = all.filter((each) => !each.parentElement.closest(kinds) && !each.closest("button, a, label"));
    const length = (from, to, most) => Math.max(0, Math.min(to, most) - Math.max(from, 0));
    const seen = outer.map((each) => each.getBoundingClientRect()).map(({ left, right, top, bottom }) =>
        length(left, right, innerWidth) * length(top, bottom, innerHeight));
    return seen.reduce((sum, each) => sum + each, 0) / innerWidth / innerHeight;
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
# What Tab stops at; a group of radio buttons is one stop, in which arrow keys choose.
STOPS = """(controls) => {
    const all = [...document.querySelectorAll(controls)];
    const reachable = all.filter((each) => each.checkVisibility() && !each.disabled && each.tabIndex >= 0);
    const isChosen = (radio) => (each) => each.checked && each.name === radio.name && each.form === radio.form;
    const isStop = (each) => each.type !== "radio" || each.checked || !reachable.some(isChosen(each));
    window.stops = reachable.filter(isStop);
    return stops.length;
}"""
# What has the focus: whether it shows that, by its own outline or by that of what it stands for.
FOCUSED = """() => {
    const now = document.activeElement;
    if (now === document.body) return null;
    const around = [now, ...(now.labels ?? []), now.closest("label, .button, summary")].filter(Boolean);
    const isOutlined = (each) => {
        const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(each);
        return (outlineStyle !== "none" && parseFloat(outlineWidth) > 0) || boxShadow !== "none";
    };
    const { left, top, bottom, width } = now.getBoundingClientRect();
    const middle = document.elementFromPoint(left + Math.min(width, innerWidth) / 2, (top + bottom) / 2);
    return {
        element: now.outerHTML.slice(0, 80),
        number: window.stops.indexOf(now),
        isShown: around.some(isOutlined),
        isInSight: bottom > 0 && top < innerHeight,
        isUncovered: around.some((each) => each.contains(middle)) || middle?.contains(now) || !middle,
    };
}"""


def axe(page: Page) -> list[tuple[str, str]]:
    """Return what axe finds, as rule and element.

    The window is as high as the document meanwhile: a target that the sheet at the edge of the window covers in part
    would count as too small, and one only needs to scroll.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))  # the content policy forbids the page to load it
    size = page.viewport_size
    assert size
    page.set_viewport_size({**size, "height": max(size["height"], page.evaluate("document.body.scrollHeight"))})
    found = page.evaluate("axe.run({ rules: { 'target-size': { enabled: true } } })")  # as Lighthouse does
    page.set_viewport_size(size)
    return [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]]


def settle(page: Page) -> None:
    """Wait until a view has its pictures, and nothing moves that ends by itself."""
    page.wait_for_load_state("networkidle")
    until(page, "![...document.images].some((each) => each.checkVisibility() && each.src && !each.complete)")
    endless = "Number.isFinite(each.effect.getComputedTiming().endTime)"
    until(page, f"document.getAnimations().every((each) => each.playState !== 'running' || !{endless})")


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
    assert page.locator("[tabindex]:not([tabindex='0']):not([tabindex='-1'])").count() == 0
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
        seen[width, height] = page.evaluate(SEEN)
    print(f"{page.url}: of the first screen, pictures take", {size: f"{part:.0%}" for size, part in seen.items()})
    assert {size: part for size, part in seen.items() if part < LEAST_PICTURE} == {}


def open_all(page: Page) -> None:
    """Open everything that is folded."""
    page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
