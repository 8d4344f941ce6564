"""``/``, the page for people, and the files that it consists of, read once at startup."""

import hashlib
import mimetypes
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Request, Response

from ..http.caching import IMMUTABLE
from ..http.files import CodedFile
from ..http.routing import OPEN, create_router
from ..http.services import Services

_FOLDER = files(__package__.rpartition(".")[0]) / "static"
_INDEX = "index.html"
_PLACE = "page/"  # of the page's files, relative to the page, since a gateway may move it anywhere
_PACKED = ".zst"
_TYPES = ".mts"  # of vendored modules, for a type checker alone
# A machine's own table may differ, and browsers would refuse its types.
for _suffix, _media_type in ((".js", "text/javascript"), (".mjs", "text/javascript"), (".wasm", "application/wasm")):
    mimetypes.add_type(_media_type, _suffix)
# A worker has its own policy. Only the one that runs models may compile WebAssembly; the page may not.
_WORKER_POLICIES = {
    "runner.js": "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'",
    "learn/player.js": "default-src 'none'; script-src 'self'",
}


def router(_: Services) -> APIRouter:
    """Return the routes of the page; its files are immutable, since other content has another address."""
    routes = create_router(include_in_schema=False)
    static = dict(_read(_FOLDER))
    # One release for all files: modules import each other by relative names, and must get files of the same release.
    digests = "".join(static[name].sha256 for name in sorted(static))
    current = hashlib.sha256(digests.encode()).hexdigest()[:16]
    del static[_INDEX]
    index = (_FOLDER / _INDEX).read_bytes().replace(f'="{_PLACE}'.encode(), f'="{_PLACE}{current}/'.encode())
    page = _file(_INDEX, index)

    @routes.get("/", openapi_extra=OPEN)
    async def show(request: Request) -> Response:
        return await page.answer(request, "no-cache")

    @routes.get("/page/{asked}/{name:path}", openapi_extra=OPEN)
    async def file(
        request: Request, release: Annotated[str, Path(alias="asked")], name: Annotated[str, Path()]
    ) -> Response:
        if name not in static:
            raise HTTPException(404, f"the page has no file {name!r}")
        # A page of another release was served by another worker, before or after an upgrade.
        return await static[name].answer(request, IMMUTABLE if release == current else "no-cache")

    return routes


def _read(folder: Traversable, place: str = "") -> Iterator[tuple[str, CodedFile]]:
    """Yield the files of a folder and all folders in it, by the path without the suffix of a packed file."""
    for each in folder.iterdir():
        if each.is_dir():
            yield from _read(each, f"{place}{each.name}/")
        elif not each.name.endswith(_TYPES):
            name = (place + each.name).removesuffix(_PACKED)
            yield name, _file(name, each.read_bytes(), is_packed=each.name.endswith(_PACKED))


def _file(name: str, content: bytes, *, is_packed: bool = False) -> CodedFile:
    media_type = mimetypes.guess_type(name)[0] or "text/plain"
    policy = _WORKER_POLICIES.get(name)
    headers = {"Content-Security-Policy": policy} if policy else {}
    return CodedFile(content, media_type, is_packed=is_packed, headers=headers)
