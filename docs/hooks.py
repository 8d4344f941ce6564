"""Extend MkDocs: list all decisions, unlink source files, and mark formulas, short code and pages in Chinese."""

import re
from html import unescape
from pathlib import Path
from typing import Any

from latex2mathml.converter import convert

_FORMULA = re.compile(r'<(span|div) class="arithmatex">\\([(\[])(.*?)\\[)\]]</\1>', re.DOTALL)
_SHORT_CODE = re.compile(r"<code>([^<\n]{1,24})</code>")
_OUT_OF_THE_GUIDE = re.compile(r"\[([^\]]+)\]\((?:\.\./)+(?!docs/)[^)]*\)")


def on_config(config: Any) -> Any:
    """Add every decision to the navigation, in order."""
    folder = Path(config.docs_dir) / "adr"
    config.nav.append({"Decisions": [f"adr/{path.name}" for path in sorted(folder.glob("*.md"))]})
    return config


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
