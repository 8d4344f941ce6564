"""The table of the page's words: complete, used, the same in both languages, and the only place of the page's words.

A script names each text by a literal such as "write.rolled", so that it can be found here; keys made from parts are
not. Documents have ``{{write.lead}}``, where the section ``view`` stands for each view.
"""

import json
import re

import pytest

from service.page.documents import VIEWS
from tests.service.static.modules import STATIC, node

TABLE: dict[str, dict[str, list[str]]] = json.loads((STATIC / "messages.json").read_text(encoding="utf-8"))
SCRIPTS = {
    path.relative_to(STATIC).as_posix(): re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    for path in sorted(STATIC.rglob("*.js"))
    if "vendor" not in path.parts
}
DOCUMENTS = {
    path.relative_to(STATIC).as_posix(): path.read_text(encoding="utf-8") for path in sorted(STATIC.rglob("*.html"))
}
PYTHON = "".join(path.read_text(encoding="utf-8") for path in (STATIC.parent / "page").glob("*.py"))
KEYS = {f"{section}.{name}" for section, names in TABLE.items() for name in names}
LITERAL = re.compile(rf'"((?:{"|".join(TABLE)})\.\w+)"')
FILES = (".js", ".json", ".css", ".html", ".png", ".svg", ".zip", ".npy", ".parquet")  # whose names look like keys
CALL = re.compile(r'\b(?:text|words)\(\s*"(\w+\.\w+)"\s*(?:,\s*\{([^{}]*)\}\s*)?,?\s*\)')
NAMES = {"digitgan", "API", "curl", "Python", "JavaScript", "SVG", "PNG", "WebP", "APNG", "GIF"}  # in all languages
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def places(text: str) -> set[str]:
    return {*re.findall(r"\{(\w+)\}", text)}


def used() -> dict[str, str]:
    """Return the keys that documents and scripts use, each with a file that does."""
    found = {key: name for name, script in SCRIPTS.items() for key in LITERAL.findall(script)}
    for name, html in DOCUMENTS.items():
        for section, word in re.findall(r"\{\{(\w+)\.(\w+)\}\}", html):
            if section != "part":
                found |= {f"{each}.{word}": name for each in (VIEWS if section == "view" else [section])}
    for section, word in re.findall(r'words\((\w+|"\w+"), "(\w+)"', PYTHON):
        found |= {f"{each}.{word}": "service/page" for each in ([section[1:-1]] if section[0] == '"' else VIEWS)}
    return found


def test_every_key_that_is_used_exists_and_every_key_is_used() -> None:
    found = used()
    assert {key: name for key, name in found.items() if key not in KEYS and not key.endswith(FILES)} == {}
    assert sorted(KEYS - found.keys()) == []


def test_no_key_is_made_from_parts() -> None:
    for name, script in SCRIPTS.items():
        assert not re.search(r"\b(?:text|words)\(\s*(?:`|\"[\w.]*\" \+)", script), name


@pytest.mark.parametrize("section", TABLE)
def test_both_languages_say_the_same_with_the_same_places(section: str) -> None:
    for name, texts in TABLE[section].items():
        english, chinese = texts
        assert english and chinese, name
        assert places(english) == places(chinese), name
        assert not CHINESE.search(english), name
        has_words = re.search(r"[^\W\d_]", re.sub(r"\{\w+\}", "", chinese))
        assert CHINESE.search(chinese) or english == chinese or not has_words, name
        assert not re.search(r"[\u4e00-\u9fff][,;:?!.]|[,;:?!][\u4e00-\u9fff]", chinese), name  # its own signs are wide


def test_equal_texts_have_one_key() -> None:
    keys: dict[tuple[str, ...], list[str]] = {}
    for section, names in TABLE.items():
        for name, texts in names.items():
            if name != "heading":  # which each view has beside its name
                keys.setdefault(tuple(texts), []).append(f"{section}.{name}")
    assert [each for each in keys.values() if len(each) > 1] == []


def test_every_place_of_a_text_gets_a_value() -> None:
    n_checked = 0
    for name, script in SCRIPTS.items():
        for key, values in CALL.findall(script):
            if key not in KEYS or "..." in values:
                continue
            section, word = key.split(".")
            given = {*re.findall(r"(?:^|,)\s*(\w+)\s*(?=[:,]|$)", values.strip())}
            assert places(TABLE[section][word][0]) <= given, (name, key)
            n_checked += 1
    assert n_checked > 100


def test_no_words_stay_in_documents() -> None:
    for name, html in DOCUMENTS.items():
        shown = re.sub(r"<!--.*?-->|<[^>]*>|\{\{[\w.]+\}\}|&\w+;", "\n", html, flags=re.DOTALL)
        assert {*re.findall(r"[^\W\d_]{2,}", shown)} <= NAMES, name
        for attribute in re.findall(r'\b(?:aria-label|alt|title|placeholder)="([^"]*)"', html):
            assert not re.search(r"[^\W\d_]{2,}", re.sub(r"\{\{[\w.]+\}\}", "", attribute)), (name, attribute)


def test_no_words_stay_in_what_scripts_show() -> None:
    for name, script in SCRIPTS.items():
        found = re.findall(r"\b(?:textContent|ariaLabel|alt|title|placeholder)\s*[:=]\s*[\"`][A-Za-z].*", script)
        assert not found, name


def test_words_are_in_the_language_of_the_document() -> None:
    found = node(
        "shell/messages.js",
        '[text("hand.read", { name: "7", certainty: 98 }), text("shell.whole", { least: 0 }), count(1e4)]',
    )
    assert found == ["Read as 7, 98 % certain.", "must be a whole number from 0 to {most}", "10,000"]
    in_chinese = node("shell/messages.js", '[text("hand.undo"), sizeInWords(12_345_678)]', language="zh-Hans")
    assert in_chinese == ["撤销", "12.3 MB"]
    with pytest.raises(Exception, match="returned non-zero"):
        node("shell/messages.js", 'text("hand.nothing")')
