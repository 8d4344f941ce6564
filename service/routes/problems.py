"""``/problems``: a list of all types of errors, and a page about each at the address that the error names."""

import re
from html import escape
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Request
from starlette.responses import Response

from ..http.negotiation import field_value, negotiate
from ..http.problems import PROBLEMS, Problem
from ..http.routing import OPEN, create_router
from ..http.services import Services

_TEXT, _PAGE = "text/plain", "text/html"  # browsers ask for pages; all others get text
_NO_REQUEST = "No request gets this answer by itself."
_STYLE = """
:root{color-scheme:light dark;--paper:#fcfcfb;--ink:#1b1b1a;--soft:#5f5e59;--card:#f1f0ec;--link:#1f5fb0;--bad:#a3261d;
--good:#1c6b3d}
@media(prefers-color-scheme:dark){:root{--paper:#161615;--ink:#f1f0ec;--soft:#a9a79f;--card:#262623;--link:#7fb4f5;
--bad:#f0958d;--good:#7fd0a1}}
*{box-sizing:border-box}body{margin:0 auto;max-width:46rem;padding:1.5rem 1rem 4rem;background:var(--paper);
color:var(--ink);font:16px/1.55 system-ui,sans-serif}a{color:var(--link)}nav a{margin-right:1rem}
h1{font-size:1.7rem;line-height:1.25;margin:1.5rem 0 .2rem}h2{font-size:1.1rem;margin:1.8rem 0 .4rem}
.bad{color:var(--bad)}.good{color:var(--good)}.soft{color:var(--soft)}code{font-size:.92em;overflow-wrap:anywhere}
pre{background:var(--card);border-radius:.5rem;padding:.8rem 1rem;margin:0;white-space:pre-wrap}
ul{padding-left:1.2rem}li{margin:.5rem 0}
"""


def router(_: Services) -> APIRouter:
    """Return the routes that explain errors."""
    routes = create_router(prefix="/problems", tags=["problems"])
    first = next(iter(PROBLEMS.values()))

    @routes.get("", response_class=Response, responses=_described(_list()), openapi_extra=OPEN)
    async def list_problems(request: Request) -> Response:
        """List all types of errors and their pages."""
        return _answer(request, _list(), _html_list())

    @routes.get("/{slug}", response_class=Response, responses=_described(_text(first)), openapi_extra=OPEN)
    async def explain_problem(
        request: Request, slug: Annotated[str, Path(json_schema_extra={"enum": [*PROBLEMS]})]
    ) -> Response:
        """Explain one type of error, with a request that gets it and the same request as it should be."""
        problem = PROBLEMS.get(slug)
        if problem is None:
            raise HTTPException(404, f"no problem {slug!r}; available problems: {', '.join(PROBLEMS)}")
        return _answer(request, _text(problem), _html(problem))

    return routes


def _described(example: str) -> dict[int | str, dict[str, Any]]:
    string = {"type": "string"}
    page = string | {"description": "The same as a page, for browsers."}
    return {200: {"content": {_TEXT: {"schema": string, "example": example}, _PAGE: {"schema": page}}}}


def _answer(request: Request, text: str, page: str) -> Response:
    """Return a page to clients that prefer HTML, and text to all others."""
    is_page = negotiate(field_value(request, "accept"), (_TEXT, _PAGE)) == _PAGE
    return Response(page if is_page else text, media_type=_PAGE if is_page else _TEXT, headers={"Vary": "Accept"})


def _text(problem: Problem) -> str:
    parts = [f"{problem.title} (HTTP {problem.status})", problem.cure]
    if problem.wrong:
        parts += [
            f"{name}:\n\n{_indented(code)}" for name, code in (("Wrong", problem.wrong), ("Right", problem.right))
        ]
    else:
        parts.append(_NO_REQUEST)
    return "\n\n".join(parts) + "\n"


def _indented(code: str) -> str:
    return "\n".join(f"    {line}" for line in code.splitlines())


def _list() -> str:
    return "".join(
        f"/problems/{slug}\n    {problem.title} (HTTP {problem.status})\n" for slug, problem in PROBLEMS.items()
    )


def _html(problem: Problem) -> str:
    parts = [
        f"<h1>{escape(problem.title)}</h1>",
        f"<p class=soft>HTTP {problem.status}, <code>/problems/{problem.slug}</code></p><p>{_prose(problem.cure)}</p>",
    ]
    if problem.wrong:
        parts += [
            f"<h2 class={kind}>{name}</h2><pre><code>{escape(code)}</code></pre>"
            for name, kind, code in (("Wrong", "bad", problem.wrong), ("Right", "good", problem.right))
        ]
    else:
        parts.append(f"<p>{_NO_REQUEST}</p>")
    return _document(problem.title, "".join(parts), "../")


def _html_list() -> str:
    items = "".join(
        f'<li><a href="problems/{slug}">{escape(problem.title)}</a> <span class=soft>HTTP {problem.status}</span></li>'
        for slug, problem in PROBLEMS.items()
    )
    return _document("Errors", f"<h1>Errors</h1><ul>{items}</ul>", "")


def _document(title: str, content: str, up: str) -> str:
    """Return a page; its links are relative, because a proxy may serve it under a prefix.

    Args:
        title: of the page.
        content: HTML.
        up: the relative address of the service.
    """
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<title>{escape(title)} - digitgan</title><link rel="icon" href="data:,"><style>{_STYLE}</style></head><body>'
        f'<nav><a href="{up or "./"}">digitgan</a><a href="{up}problems">Errors</a>'
        f'<a href="{up}docs">Operations</a></nav><main>{content}</main></body></html>\n'
    )


def _prose(text: str) -> str:
    """Return a text as HTML, with its code marked."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", escape(text))
