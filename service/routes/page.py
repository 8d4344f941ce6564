"""Knows ``/``, the page for people, and the files that it is made of, read once.

Does not know what the page shows.
"""

import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Request, Response

from service.render.coding import CODINGS, choose
from service.render.etag import matches

_FOLDER = files("service") / "static"
_INDEX = "index.html"
_PLACE = "page/"  # where the page looks for its files, relative to itself: a gateway may put it anywhere
_FOR_GOOD = "public, max-age=31536000, immutable"
mimetypes.add_type("text/javascript", ".js")  # a machine's own table may say otherwise, and browsers would refuse it


@dataclass(frozen=True)
class _File:
    name: str
    content: bytes

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @cached_property
    def coded(self) -> dict[str, bytes]:
        """The content in each coding on offer, made when a file is first asked for."""
        return {coding.name: coding.compress(self.content) for coding in CODINGS}

    def answer(self, request: Request, cache_control: str) -> Response:
        """Return the file in the coding that a client prefers, or 304 where the client has it."""
        coding = choose(request.headers.get("accept-encoding"))
        name = coding.name if coding else "identity"
        headers = {
            "ETag": f'"{self.sha256[:32]}-{name}"',
            "Cache-Control": cache_control,
            "Vary": "Accept-Encoding",
        }
        if matches(request.headers.get("if-none-match"), headers["ETag"]):
            return Response(status_code=304, headers=headers)
        if coding:
            headers["Content-Encoding"] = coding.name
        media_type = mimetypes.guess_type(self.name)[0]
        return Response(self.coded[name] if coding else self.content, headers=headers, media_type=media_type)


def router() -> APIRouter:
    """Return the routes of the page; its files are kept for good, since other content has another address."""
    routes = APIRouter(include_in_schema=False)
    static = {each.name: _File(each.name, each.read_bytes()) for each in _FOLDER.iterdir() if each.is_file()}
    # One name for all of them: modules import each other by relative names, and so get what was made together.
    release = hashlib.sha256("".join(static[name].sha256 for name in sorted(static)).encode()).hexdigest()[:16]
    index = static.pop(_INDEX)
    page = _File(_INDEX, index.content.replace(f'="{_PLACE}'.encode(), f'="{_PLACE}{release}/'.encode()))

    @routes.get("/")
    async def show(request: Request) -> Response:
        return page.answer(request, "no-cache")

    @routes.get("/page/{asked}/{name}")
    async def file(request: Request, asked: Annotated[str, Path()], name: Annotated[str, Path()]) -> Response:
        if name not in static:
            raise HTTPException(404, f"the page has no file {name!r}")
        # Another release's address comes from a page that another worker served, before or after an upgrade.
        return static[name].answer(request, _FOR_GOOD if asked == release else "no-cache")

    return routes
