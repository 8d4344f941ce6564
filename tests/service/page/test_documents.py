"""The documents of the page, put together from the files that are served."""

import posixpath
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from service.page import documents
from service.page.documents import LANGUAGES, STYLES, VIEWS, WORDS, Documents

STATIC = Path(documents.__file__).parents[1] / "static"
FILES = {str(each.relative_to(STATIC)): each.read_bytes() for each in STATIC.rglob("*") if each.is_file()}
PLACE = "page/0/"
MADE = Documents(FILES, PLACE)
VOID = {"meta", "link", "input", "br", "img"}


class Elements(HTMLParser):
    """All elements of a document, whose end tags must match; SVG's empty ones may end by a slash."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.open: list[str] = []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), (tag, attrs)
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and data.strip():
            self.texts.setdefault(self.open[-1], []).append(data.strip())

    def all(self, tag: str, **wanted: str) -> list[dict[str, str | None]]:
        """Return the attributes of the elements of a kind that have all of some values."""
        return [has for name, has in self.found if name == tag and wanted.items() <= has.items()]


def html(view: str, language: str) -> str:
    return MADE.fill(view, language, root="../", open="false", bytes="0", sharing="", picture="<i></i>").decode()


def imported(name: str) -> set[str]:
    """Return a module and all that it imports at once, read in another way than by the module under test."""
    found, left = set(), {name}
    while left:
        each = left.pop()
        found.add(each)
        source = re.sub(r"/\*.*?\*/|//[^\n]*", "", FILES[each].decode(), flags=re.DOTALL)
        for statement in re.findall(r"(?:^|;)\s*(?:import|export)\s[^;]*", source, re.MULTILINE):
            for path in re.findall(r"""from\s+["'](\.[^"']+)["']|import\s+["'](\.[^"']+)["']""", statement):
                left.add(posixpath.normpath(posixpath.join(posixpath.dirname(each), "".join(path))))
        left -= found
    return found


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("view", VIEWS)
def test_document_is_whole(view: str, language: str) -> None:
    text = html(view, language)
    assert "{{" not in text
    elements = Elements(text)
    assert elements.found[0] == ("html", {"lang": language})
    assert len(elements.all("title")) == len(elements.all("h1")) == len(elements.all("main")) == 1
    assert elements.texts["h1"] and all("digitgan" in title for title in elements.texts["title"])
    [current] = elements.all("a", **{"aria-current": "page"})
    assert current["href"] == f"../{view}"
    ids = [has["id"] for _, has in elements.found if has.get("id")]
    assert len(set(ids)) == len(ids)
    assert {has["for"] for has in elements.all("label") if "for" in has} <= {*ids}
    [description] = elements.all("meta", name="description")
    assert 20 < len(description["content"] or "") < 200
    addresses = [
        has.get("href") or has.get("src") or "" for tag, has in elements.found if tag in ("a", "link", "script")
    ]
    assert all(each.startswith(("../", "#", "https://schema.org")) for each in addresses if each)
    assert not [name for _, has in elements.found for name in has if name.startswith("on")]  # the policy forbids them


@pytest.mark.parametrize("view", VIEWS)
def test_document_preloads_exactly_what_its_module_imports_at_once(view: str) -> None:
    elements = Elements(html(view, "en"))
    place = "../" + PLACE
    preloads = [has["href"] for has in elements.all("link", rel="modulepreload")]
    assert len(set(preloads)) == len(preloads)
    assert {*preloads} == {place + each for each in imported(f"views/{view}/{view}.js")}
    assert [has["href"] for has in elements.all("link", rel="modulepreload", **{"as": "json"})] == [place + WORDS]
    [script] = elements.all("script", type="module")
    assert script["src"] == preloads[0] == f"{place}views/{view}/{view}.js"


@pytest.mark.parametrize("view", VIEWS)
def test_document_has_its_style_so_that_nothing_waits_for_it(view: str) -> None:
    elements = Elements(html(view, "en"))
    assert elements.all("link", rel="stylesheet") == []
    [style] = elements.texts["style"][:1]
    for name in (*STYLES, f"views/{view}/{view}.css"):
        source = re.sub(r"/\*.*?\*/", "", FILES[name].decode(), flags=re.DOTALL)
        assert " ".join(source.split()) in style
    assert "</" not in style and "/*" not in style
    assert style.count("{") == style.count("}")
    assert not re.search(r"url\(|@import", style)  # which would be relative to the document


@pytest.mark.parametrize("language", LANGUAGES)
def test_titles_and_headings_differ_by_view(language: str) -> None:
    made = [Elements(html(view, language)) for view in VIEWS]
    for tag in ("title", "h1"):
        assert len({each.texts[tag][0] for each in made}) == len(VIEWS)
    descriptions = {each.all("meta", name="description")[0]["content"] for each in made}
    assert len(descriptions) == len(VIEWS)


def test_places_are_filled_as_given() -> None:
    made = MADE.fill("write", "en", root="./", sharing="<meta />", picture="<svg></svg>").decode()
    assert '<div id="picture" class="paper"><svg></svg></div>' in made
    assert "<meta />" in made.partition("</head>")[0]
    assert f'src="./{PLACE}views/write/write.js"' in made


def test_view_without_words_is_refused() -> None:
    files = {**FILES, "views/learn/learn.html": b"{{learn.nothing}}"}
    with pytest.raises(KeyError, match="nothing"):
        Documents(files, PLACE)
