"""The number that the view Write shows, and how one types it, in any browser."""

import json
import re
from time import monotonic, sleep
from urllib.parse import quote

import httpx
from playwright.sync_api import Page, expect

from service.page.picture import USUAL_HAND
from tests.browser import until
from tests.processes import PATIENCE_S

VERSION = "model=digits&version=1"
DRAWN = "document.querySelector('#picture').firstElementChild.outerHTML"
PATHS = re.compile(r'\bd="([^"]+)"')


def shows(page: Page, service: httpx.Client, address: str) -> None:
    """Wait until the picture has the curves of an address of the service; fail if it never does."""
    wanted = PATHS.findall(service.get(f"{address}{'&' if '?' in address else '?'}{VERSION}").raise_for_status().text)
    deadline = monotonic() + PATIENCE_S
    while PATHS.findall(page.evaluate(DRAWN))[-len(wanted) :] != wanted:  # the pen's own curves come before
        assert monotonic() < deadline, f"the picture never became that of {address}"
        sleep(0.05)


def number(hand: int | str, digits: str = "2026", more: str = "&layout=natural") -> str:
    return f"/numbers/{quote(digits, safe='')}/{hand}.svg?{more.removeprefix('&')}"


def is_at(page: Page, service: httpx.Client, address: str) -> None:
    """Wait until the address bar has an address; it follows a moment later."""
    until(page, f"location.href === {json.dumps(str(service.base_url) + address)}")


def check_typing(page: Page, service: httpx.Client) -> None:
    """Check that what is typed anywhere on the page is written, and that Space rolls a hand."""
    field = page.get_by_role("textbox", name="Number")
    page.keyboard.press("5")  # the first one replaces the usual number
    expect(field).to_be_focused()
    page.keyboard.type(".3")
    expect(field).to_have_value("5.3")
    shows(page, service, number(USUAL_HAND, "5.3"))
    is_at(page, service, "/write/5.3")
    hand = page.get_by_role("textbox", name="Hand")
    page.keyboard.press("Space")  # in the field, too
    expect(hand).not_to_have_value(str(USUAL_HAND))
    expect(field).to_have_value("5.3")
    first = hand.input_value()
    shows(page, service, number(first, "5.3"))
    page.keyboard.press("Shift+Space")
    page.keyboard.type("1")
    expect(field).to_have_value("5.3 1")
    page.locator("#picture").click()
    expect(field).to_be_focused()
    page.get_by_role("button", name="Type 7").click()
    expect(field).to_have_value("5.3 17")
    page.keyboard.type("8")  # with the focus on the key
    expect(field).to_have_value("5.3 178")
    shows(page, service, number(first, "5.3 178"))
    page.get_by_role("button", name="New hand").click()
    expect(hand).not_to_have_value(first)
    second = hand.input_value()
    page.keyboard.press("Space")  # on the button, once
    expect(hand).not_to_have_value(second)
    hand.fill("7")
    page.keyboard.press("End")
    page.keyboard.type("1")
    expect(field).to_have_value("5.3 178")
    shows(page, service, number(71, "5.3 178"))
    is_at(page, service, "/write/5.3%20178?hand=71")
