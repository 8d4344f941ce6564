"""The guide builds without a warning and loads nothing from other hosts. Run `make docs` once before this test."""

import os
import re
import subprocess
from pathlib import Path

from tests.browser import chromium
from tests.programs import skip_without

ROOT = Path(__file__).parents[2]


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
    translated = tmp_path / "zh" / "guide" / "what-a-gan-is.html"
    assert '<html lang="zh-Hans"' in translated.read_text(encoding="utf-8")
    guide = tmp_path / "guide" / "what-a-gan-is.html"
    assert "<math" in guide.read_text()
    with chromium() as browser:
        shown = browser.new_context(viewport={"width": 390, "height": 800}, reduced_motion="reduce").new_page()
        shown.goto(guide.as_uri())
        assert shown.evaluate("document.documentElement.scrollWidth") <= 390
        formulas = shown.locator("math")
        assert formulas.count() > 50
        too_wide = formulas.evaluate_all("all => all.filter((each) => each.scrollWidth > each.clientWidth + 1)")
        assert not too_wide, "a formula scrolls on a phone; break it into two"
        assert not shown.get_by_label("play").is_visible(), "nothing moves for a reader who avoids motion"
        shown.get_by_label("200", exact=True).check()
        assert shown.get_by_text("After 200 iterations").is_visible()
        assert not shown.get_by_text("After 30,000 iterations").is_visible()
