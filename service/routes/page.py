"""``/``, the page for people, and the files that it consists of, read once at startup."""

import asyncio
import hashlib
import mimetypes
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Request, Response

from service.http.caching import IMMUTABLE, is_current
from service.http.coding import Coding, choose_coding, unpack
from service.http.negotiation import field_value
from service.http.routing import OPEN
from service.http.services import Services

_FOLDER = files("service") / "static"
_INDEX = "index.html"
_PLACE = "page/"  # of the page's files, relative to the page, since a gateway may move it anywhere
_IDENTITY = "identity"
_PACKED, _PACKED_AS = ".zst", "zstd"
_TYPES = ".mts"  # of vendored modules, for a type checker alone
# A machine's own table may differ, and browsers would refuse its types.
for _suffix, _media_type in ((".js", "text/javascript"), (".mjs", "text/javascript"), (".wasm", "application/wasm")):
    mimetypes.add_type(_media_type, _suffix)
# A worker has its own policy. Only this one may compile WebAssembly; the page may not.
_WORKER = "runner.js"
_WORKER_POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"


class _File:
    """A file in all codings; a packed one is unpacked only for clients that cannot read it packed.

    Args:
        name: its path in the folder; a packed file's has a suffix more.
        content: content of the file in the folder.
    """

    def __init__(self, name: str, content: bytes) -> None:
        self.name = name.removesuffix(_PACKED)
        self.sha256 = hashlib.sha256(content).hexdigest()
        self._stored_in = _IDENTITY if self.name == name else _PACKED_AS
        self._contents = {self._stored_in: content}

    async def answer(self, request: Request, cache_control: str) -> Response:
        """Return the file in the coding that a client prefers, or 304 if the client has it."""
        coding = choose_coding(field_value(request, "accept-encoding"))
        name = coding.name if coding else _IDENTITY
        headers = {
            "ETag": f'"{self.sha256[:32]}-{name}"',
            "Cache-Control": cache_control,
            "Vary": "Accept-Encoding",
        }
        if self.name == _WORKER:
            headers["Content-Security-Policy"] = _WORKER_POLICY
        if is_current(request, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        if coding:
            headers["Content-Encoding"] = name
        if name not in self._contents:
            self._contents[name] = await asyncio.to_thread(self._in, coding)  # megabytes take a quarter of a second
        return Response(
            self._contents[name], headers=headers, media_type=mimetypes.guess_type(self.name)[0] or "text/plain"
        )

    def _in(self, coding: Coding | None) -> bytes:
        content = self._contents[self._stored_in]
        plain = content if self._stored_in == _IDENTITY else unpack(content)
        return coding.compress(plain) if coding else plain


def router(_: Services) -> APIRouter:
    """Return the routes of the page; its files are immutable, since other content has another address."""
    routes = APIRouter(include_in_schema=False)
    static = {each.name: each for each in _read(_FOLDER)}
    # One release for all files: modules import each other by relative names, and must get files of the same release.
    release = hashlib.sha256("".join(static[name].sha256 for name in sorted(static)).encode()).hexdigest()[:16]
    del static[_INDEX]
    index = (_FOLDER / _INDEX).read_bytes()
    page = _File(_INDEX, index.replace(f'="{_PLACE}'.encode(), f'="{_PLACE}{release}/'.encode()))

    @routes.get("/", openapi_extra=OPEN)
    async def show(request: Request) -> Response:
        return await page.answer(request, "no-cache")

    @routes.get("/page/{wanted}/{name:path}", openapi_extra=OPEN)
    async def file(request: Request, wanted: Annotated[str, Path()], name: Annotated[str, Path()]) -> Response:
        if name not in static:
            raise HTTPException(404, f"the page has no file {name!r}")
        # A page of another release was served by another worker, before or after an upgrade.
        return await static[name].answer(request, IMMUTABLE if wanted == release else "no-cache")

    return routes


def _read(folder: Traversable, place: str = "") -> Iterator[_File]:
    for each in folder.iterdir():
        if each.is_dir():
            yield from _read(each, f"{place}{each.name}/")
        elif not each.name.endswith(_TYPES):
            yield _File(place + each.name, each.read_bytes())
