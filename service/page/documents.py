"""The page's documents: each view inside the shell, in each language, put together once at startup."""

import json
import posixpath
import re
from collections.abc import Mapping

VIEWS = ("write", "hand", "explore", "between", "compare", "data", "learn")
LANGUAGES = ("en", "zh-Hans")  # in the order of the words in the table
SHELL, WORDS = "index.html", "messages.json"
STYLES = ("shell/page.css", "shell/controls.css")  # of every view
_SHARED = "shell"  # the words of the shell
_WORD = re.compile(r"\{\{(\w+)\.(\w+)\}\}")
_PART = re.compile(r"\{\{part\.(\w+)\}\}")  # of several views
_COMMENT, _SPACE = re.compile(r"/\*.*?\*/", re.DOTALL), re.compile(r"\s+")  # of styles, which have no quoted texts
_IMPORT = re.compile(r'^(?:import|export)\b[^"]*"(\.[^"]+\.(?:js|json))"', re.MULTILINE)


class Documents:
    """The documents of all views.

    A document still has the places ``{{root}}`` for what leads from it to the service's root, ``{{sharing}}`` for what
    its head tells other sites, ``{{picture}}`` for a first picture, ``{{open}}`` for whether other sites may show
    pictures, and ``{{bytes}}`` for how much a browser may keep.

    Args:
        files: the page's files by name, its shell and its table of words among them.
        place: where the files are served, relative to the service's root.
    """

    def __init__(self, files: Mapping[str, bytes], place: str) -> None:
        self._files = files
        self._place = place
        self._table: dict[str, dict[str, tuple[str, str]]] = json.loads(files[WORDS])
        self._documents = {(view, each): self._document(view, each) for view in VIEWS for each in LANGUAGES}

    def fill(self, view: str, language: str, **places: str) -> bytes:
        """Return the document of a view.

        Args:
            view: one of `VIEWS`.
            language: one of `LANGUAGES`.
            places: what to put in the places named, as HTML.
        """
        document = self._documents[view, language]
        for name, text in places.items():
            document = document.replace(f"{{{{{name}}}}}", text)
        return document.encode()

    def words(self, section: str, name: str, language: str, **values: object) -> str:
        """Return a text of the table, with values in its places, such as ``{number}``."""
        text = self._table[section][name][LANGUAGES.index(language)]
        for place, value in values.items():
            text = text.replace(f"{{{place}}}", str(value))
        return text

    def _document(self, view: str, language: str) -> str:
        script = _file(view, "js")
        links = [self._preload(each) for each in self._imports(script)]
        parts = {
            "{{language}}": language,
            "{{style}}": self._style(view),
            "{{links}}": "\n    ".join(links),
            "{{main}}": self._files[_file(view, "html")].decode(),
            "{{script}}": script,
            "{{place}}": self._place,
            f'href="{{{{root}}}}{view}"': f'href="{{{{root}}}}{view}" aria-current="page"',
        }
        html = self._files[SHELL].decode()
        for place, part in parts.items():
            html = html.replace(place, part)
        html = _PART.sub(lambda found: self._files[f"parts/{found[1]}.html"].decode().strip(), html)

        def word(found: re.Match[str]) -> str:
            section = view if found[1] == "view" else found[1]
            return self.words(section, found[2], language)

        return _WORD.sub(word, html)

    def _style(self, view: str) -> str:
        """Return the style of a view, which is part of its document, since nothing is shown before it."""
        names = [*STYLES, _file(view, "css")]
        sources = [self._files[name].decode() for name in names]
        return _SPACE.sub(" ", _COMMENT.sub("", "".join(sources))).strip()

    def _preload(self, name: str) -> str:
        # The table is not on the way to the first paint.
        kind = ' as="json" fetchpriority="low"' if name.endswith(".json") else ""
        return f'<link rel="modulepreload"{kind} href="{{{{root}}}}{self._place}{name}" />'

    def _imports(self, script: str) -> list[str]:
        """Return a module and all that it imports at once, so that a browser fetches them side by side."""
        found = [script]
        for each in found:  # which grows meanwhile
            names = _IMPORT.findall(self._files[each].decode())
            paths = [posixpath.normpath(posixpath.join(posixpath.dirname(each), name)) for name in names]
            found += [path for path in dict.fromkeys(paths) if path not in found]
        return found


def _file(view: str, suffix: str) -> str:
    return f"views/{view}/{view}.{suffix}"
