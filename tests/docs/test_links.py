"""Every relative link of the documentation points to a file, and every anchor to one of its headings."""

import re
from pathlib import Path

import pytest

from reference.tables import anchor

ROOT = Path(__file__).parents[2]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def prose(page: Path) -> str:
    """Return the text of a page without code and formulas."""
    return re.sub(r"```.*?```|\$\$.*?\$\$|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings."""
    headings = re.findall(r"^#+ +(.*)$", re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL), re.MULTILINE)
    return {anchor(heading) for heading in headings}


def test_pages_contain_links() -> None:
    assert sum(len(LINK.findall(prose(page))) for page in PAGES) > 50


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_relative_links_of_a_page_point_to_files_and_headings(page: Path) -> None:
    dead = []
    for link in LINK.findall(prose(page)):
        if re.match(r"[a-z]+:", link):
            continue
        target, _, place = link.partition("#")
        there = (page.parent / target).resolve() if target else page
        if not there.exists() or (place and place not in anchors(there)):
            dead.append(link)
    assert not dead
