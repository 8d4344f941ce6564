"""``/docs`` and the pages of errors in a real browser: axe finds nothing, whatever is open, in light and in dark."""

import httpx
import pytest
from playwright.sync_api import Page

from tests.browser import AXE, Browse, until

pytestmark = pytest.mark.long


def violations(page: Page) -> list[tuple[str, str]]:
    found = page.evaluate("axe.run()")
    return [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]]


def open_operation(page: Page, name: str) -> None:
    page.locator(f"[id='operations-{name}'] .opblock-summary-control").click()
    page.locator(f"[id='operations-{name}'] .try-out__btn").click()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation_among_the_operations(browse: Browse, scheme: str) -> None:
    page = browse("/docs", color_scheme=scheme)
    until(page, "document.querySelectorAll('.opblock').length > 40")
    for name in ("digits-generate", "pictures-number"):
        open_operation(page, name)
    page.locator("#operations-digits-generate .execute").click()
    page.locator("#operations-digits-generate .live-responses-table .microlight").first.wait_for()
    page.evaluate(AXE.read_text(encoding="utf-8"))
    assert violations(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation_on_pages_of_errors(browse: Browse, scheme: str) -> None:
    page = browse("/problems", color_scheme=scheme, viewport={"width": 390, "height": 800})
    for name in (None, "Unprocessable request", "Internal error"):
        if name:
            page.get_by_role("link", name="Errors").click()
            page.get_by_role("link", name=name).click()
        page.get_by_role("heading", level=1, name=name or "Errors").wait_for()
        page.evaluate(AXE.read_text(encoding="utf-8"))
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_every_operation_has_a_sentence_for_people_and_a_described_tag(service: httpx.Client) -> None:
    described = service.get("/openapi.json").json()
    tags = {each["name"] for each in described["tags"] if each["description"]}
    for path, operations in described["paths"].items():
        for operation in operations.values():
            assert {*operation["tags"]} <= tags, path
            summary = operation["summary"]
            assert summary[0].isupper() and " " in summary and not summary.endswith("."), path
            assert not {*summary} & {*"`_\n"}, path
    assert tags == {each for path in described["paths"].values() for one in path.values() for each in one["tags"]}
