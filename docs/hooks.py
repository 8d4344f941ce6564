"""Extend MkDocs.

All decisions are listed, source files are unlinked, formulas become MathML, short code stays on one line, pages in
Chinese say so, and the pieces to touch come from the service's page.
"""

import re
from html import unescape
from pathlib import Path
from typing import Any

from latex2mathml.converter import convert
from mkdocs.structure.files import File

_FORMULA = re.compile(r'<(span|div) class="arithmatex">\\([(\[])(.*?)\\[)\]]</\1>', re.DOTALL)
_SHORT_CODE = re.compile(r"<code>([^<\n]{1,24})</code>")
_PAGE = Path("service") / "static"  # the page that the service serves
_PIECES = ("shell/elements.js", "shell/messages.js", "messages.json", "learn/*")
_OUT_OF_THE_GUIDE = re.compile(r"\[([^\]]+)\]\((?:\.\./)+(?!docs/)[^)]*\)")


def on_config(config: Any) -> Any:
    """Add every decision to the navigation, in order."""
    folder = Path(config.docs_dir) / "adr"
    config.nav.append({"Decisions": [f"adr/{path.name}" for path in sorted(folder.glob("*.md"))]})
    return config


def on_files(files: Any, config: Any) -> Any:
    """Add the modules of the pieces as the service's page has them, below ``page/``."""
    folder = Path(config.config_file_path).parent / _PAGE
    for path in sorted(each for pattern in _PIECES for each in folder.glob(pattern)):
        uri = f"page/{path.relative_to(folder).as_posix()}"
        files.append(File.generated(config, uri, abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, **_: Any) -> str:
    """Replace links to files outside the guide by their text."""
    here = Path(config.docs_dir, page.file.src_uri).parent

    def text(link: re.Match[str]) -> str:
        target = link[0].rpartition("(")[2].rstrip(")").partition("#")[0]
        is_inside = (here / target).resolve().is_relative_to(Path(config.docs_dir).resolve())
        return link[0] if is_inside else link[1]

    return _OUT_OF_THE_GUIDE.sub(text, markdown)


def on_post_page(output: str, page: Any, **_: Any) -> str:
    """Say which pages are in Chinese, so that they are read out, hyphenated and shown in glyphs for it."""
    return (
        output.replace('<html lang="en"', '<html lang="zh-Hans"', 1) if page.file.src_uri.startswith("zh/") else output
    )


def on_page_content(html: str, **_: Any) -> str:
    """Turn formulas into MathML, which needs no scripts, and keep short code such as `--json` on one line."""

    def mathml(formula: re.Match[str]) -> str:
        latex = unescape(formula[3]).strip().replace(r"\log ", r"\log\, ")  # browsers put no space after it
        return convert(latex, display="block" if formula[2] == "[" else "inline")

    return _SHORT_CODE.sub(r'<code class="short">\1</code>', _FORMULA.sub(mathml, html))
