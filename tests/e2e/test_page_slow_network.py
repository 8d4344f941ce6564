"""How soon the view Write shows its first digit, and can be used, where the network is slow."""

import httpx
import pytest
from playwright.sync_api import Browser

from tests.browser import browsing, until

pytestmark = pytest.mark.long

# "Slow 3G", as Chromium's own tools have it: bits a second, and milliseconds from a request to its answer.
BITS_PER_S, LATENCY_MS = 400_000, 400
WANTED_S = 3.0
TRIES = 3  # other processes may slow the page down, so the best try counts
SEEN = """() => {
    const [page] = performance.getEntriesByType("navigation");
    const [painted] = performance.getEntriesByName("first-contentful-paint");
    const loaded = performance.getEntriesByType("resource");
    const early = loaded.filter(({ responseEnd }) => responseEnd <= painted.startTime);
    return {
        // The picture is the last part of the document that the first screen needs.
        digit: Math.max(painted.startTime, page.responseEnd),
        used: performance.now(),
        document: page.encodedBodySize,
        early: early.map(({ name }) => name.split("/").at(-1)).join(" "),
        bytes: loaded.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, page.encodedBodySize),
        requests: 1 + loaded.length,
    };
}"""


def test_first_digit_is_seen_within_3_s_on_slow_3g(browser: Browser, service: httpx.Client) -> None:
    best = float("inf")
    for _ in range(TRIES):
        with browsing(browser, service) as browse:
            page = browse("/problems")
            network = page.context.new_cdp_session(page)
            network.send("Network.enable")
            network.send("Network.setCacheDisabled", {"cacheDisabled": True})
            speed = BITS_PER_S / 8
            limits = {"offline": False, "latency": LATENCY_MS, "downloadThroughput": speed, "uploadThroughput": speed}
            network.send("Network.emulateNetworkConditions", limits)
            page.goto(f"{service.base_url}/write/2026?hand=7", wait_until="commit")
            until(page, "document.querySelectorAll('#keys button').length === 10")
            until(page, "performance.getEntriesByName('first-contentful-paint').length === 1")
            seen = page.evaluate(SEEN)
            assert page.locator("#picture svg path").count() > 4
        print(
            f"first digit after {seen['digit'] / 1000:.2f} s (document: {seen['document']:,} bytes; before it: "
            f"{seen['early'] or 'nothing'}); all after {seen['used'] / 1000:.2f} s: "
            f"{seen['requests']} requests, {seen['bytes']:,} bytes"
        )
        best = min(best, seen["digit"] / 1000)
        if best <= WANTED_S:
            break
    assert best <= WANTED_S
