"""The guide builds without a warning and loads nothing from other hosts. Run `make docs` once before this test."""

import os
import re
import subprocess
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser import browsing, chromium
from tests.programs import skip_without

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "service" / "static"


def test_guide_builds_strictly_and_loads_nothing_from_other_hosts(tmp_path: Path) -> None:
    mkdocs = skip_without("mkdocs", shows="that the guide can be built")
    built = subprocess.run(
        [mkdocs, "build", "--strict", "--site-dir", tmp_path],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    for page in tmp_path.rglob("*.html"):
        loaded = re.findall(r"<(?:script|link|img|iframe)\b[^>]*?(?:src|href)=\"?([^\"\s>]+)", page.read_text())
        assert not [url for url in loaded if re.match(r"(https?:)?//", url)], page
    assert "<math" in (tmp_path / "guide" / "what-a-gan-is.html").read_text()
    chinese = tmp_path / "zh" / "guide" / "what-a-gan-is.html"
    assert '<html lang="zh-Hans"' in chinese.read_text(encoding="utf-8")
    pieces = sorted((STATIC / "learn").iterdir())
    assert len(pieces) > 10
    for path in (*(STATIC / name for name in ("shell/elements.js", "shell/messages.js", "messages.json")), *pieces):
        assert (tmp_path / "page" / path.relative_to(STATIC)).read_bytes() == path.read_bytes()
    assert_guide_works_on_a_phone(tmp_path)


def assert_guide_works_on_a_phone(site: Path) -> None:
    """Open the guide in a browser, which must fill each piece, scroll nothing sideways and complain of nothing."""
    handler = partial(QuietHandler, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server, chromium() as browser:
        threading.Thread(target=server.serve_forever).start()
        try:
            with (
                httpx.Client(base_url=f"http://127.0.0.1:{server.server_port}") as home,
                browsing(browser, home) as open_,
            ):
                page = open_(
                    "/guide/what-a-gan-is.html", viewport={"width": 390, "height": 800}, reduced_motion="reduce"
                )
                expect(page.locator("article.learn h3")).to_have_count(5)
                page.get_by_role("button", name="Step", exact=True).click()
                expect(page.locator("[data-figure=iteration]")).to_have_text("1")
                page.get_by_role("slider", name="Moment of the run").fill("150")
                expect(page.get_by_text("Sheet of iteration 30,000")).to_be_visible()

                assert page.evaluate("document.documentElement.scrollWidth") <= 390
                formulas = page.locator("math")
                assert formulas.count() > 50
                too_wide = formulas.evaluate_all("all => all.filter((each) => each.scrollWidth > each.clientWidth + 1)")
                assert not too_wide, "a formula scrolls on a phone; break it into two"

                page = open_("/zh/guide/what-a-gan-is.html", viewport={"width": 390, "height": 800})
                expect(page.locator("article.learn h3")).to_have_text(
                    ["猜测的代价", "一个回答的两面", "一维中的最优判别器", "看着 GAN 学习", "一次真实的训练"]
                )
                assert page.evaluate("document.documentElement.scrollWidth") <= 390

                page = open_("/guide/what-a-gan-is.html", java_script_enabled=False, reduced_motion="reduce")
                expect(page.get_by_label("play")).not_to_be_visible()  # nothing moves for a reader who avoids motion
                page.get_by_label("200", exact=True).check()
                expect(page.get_by_text("After 200 iterations")).to_be_visible()
                expect(page.get_by_text("After 30,000 iterations")).not_to_be_visible()
        finally:
            server.shutdown()


class QuietHandler(SimpleHTTPRequestHandler):
    """Files of the site, without a log."""

    def log_message(self, *_: object) -> None:
        """Log nothing."""
