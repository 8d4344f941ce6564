"""A translated page has the structure, the code, the formulas, the figures and the numbers of its original."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.docs.examples import ROOT, TRANSLATED

PAGES = sorted((ROOT / TRANSLATED).rglob("*.md"))


def original(page: Path) -> Path:
    return ROOT / "docs" / page.relative_to(ROOT / TRANSLATED)


def levels(text: str) -> list[int]:
    return [len(each) for each in re.findall(r"^(#+) ", without_code(text), re.MULTILINE)]


def code(text: str) -> list[str]:
    return re.findall(r"^```.*?^```", text, re.MULTILINE | re.DOTALL)


def formulas(text: str) -> list[str]:
    """Return the displayed formulas in order, and then each one of the prose once."""
    prose = " ".join(without_code(text).split())
    displayed = re.findall(r"\$\$.*?\$\$", prose)
    return displayed + sorted({*re.findall(r"\$[^$]+\$", re.sub(r"\$\$.*?\$\$", "", prose))})


def figures(text: str) -> list[str]:
    return [
        Path(each).name
        for each in re.findall(r"!\[[^\]]*\]\(([^)]+)\)|<img src=\"([^\"]+)\"", text)
        for each in each
        if each
    ]


def shape(text: str) -> list[str]:
    """Return the items of lists and the rows of tables by their kind, in order."""
    return re.findall(r"^(\d+\.|-|\|)(?: |-)", without_code(text), re.MULTILINE)


def numbers(text: str) -> list[str]:
    """Return each number of the prose once; those in addresses of links do not count."""
    prose = re.sub(r"\]\([^)]*\)|<[^>]*>|https?:\S+", "", without_code(text))
    return sorted({*re.findall(r"\d[\d,.]*\d|\d", prose)})


def targets(text: str) -> list[str]:
    """Return the pages to which a text links, without those in other languages."""
    links = re.findall(r"(?<!!)\[([^\]]+)\]\(([^)]+)\)", without_code(text))
    return sorted(Path(link.partition("#")[0]).name for name, link in links if name not in ("English", "简体中文"))


def without_code(text: str) -> str:
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("of", [levels, code, formulas, figures, shape, numbers, targets], ids=lambda of: of.__name__)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_translation_has_what_its_original_has(page: Path, of: Callable[[str], list[object]]) -> None:
    assert of(page.read_text(encoding="utf-8")) == of(original(page).read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_both_languages_link_to_each_other(page: Path) -> None:
    for one, other, name in ((page, original(page), "English"), (original(page), page, "简体中文")):
        found = re.search(rf"\[{name}\]\(([^)]+)\)", one.read_text(encoding="utf-8"))
        assert found and (one.parent / found[1]).resolve() == other
