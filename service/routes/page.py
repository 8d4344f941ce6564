"""``/``, the page for people, each of its views, and the files that it consists of, read once at startup."""

import hashlib
import mimetypes
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Request, Response

from digitgan.formats.registry import SVG

from ..http.caching import IMMUTABLE, etag, is_current
from ..http.files import CodedFile, coded_head, content_headers
from ..http.negotiation import field_value, qualities
from ..http.routing import OPEN, create_router
from ..http.services import Services
from ..page.documents import LANGUAGES, VIEWS, Documents
from ..page.offline import LIST, PACKED, WORKER, list_of, loadable, worker_of
from ..page.picture import Shown, first_job, first_picture
from ..page.sharing import sharing

_FOLDER = files(__package__.rpartition(".")[0]) / "static"
_PLACE = "page/"  # of the page's files, relative to the service's root, since a gateway may move it anywhere
_TYPES = ".mts"  # of vendored modules, for a type checker alone
_PARTS = ".html"  # of documents, which are served as wholes
# A machine's own table may differ, and browsers would refuse its types.
for _suffix, _media_type in (
    *((".js", "text/javascript"), (".mjs", "text/javascript")),
    *((".json", "application/json"), (".webmanifest", "application/manifest+json"), (".wasm", "application/wasm")),
):
    mimetypes.add_type(_media_type, _suffix)
# A worker has its own policy. Only the one that runs models may compile WebAssembly; the page may not.
_WORKER_POLICIES = {
    "drawing/runner.js": "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'",
    "learn/player.js": "default-src 'none'; script-src 'self'",
    WORKER: "default-src 'none'; connect-src 'self'",
}
_REVALIDATED = "no-cache"
_VARY = {"Vary": "Accept-Encoding, Accept-Language"}


def router(services: Services) -> APIRouter:
    """Return the routes of the page; its files are immutable, since other content has another address."""
    routes = create_router(include_in_schema=False)
    contents = dict(_read(_FOLDER))
    # One release for all files: modules import each other by relative names, and must get files of the same release.
    digests = "".join(hashlib.sha256(contents[name]).hexdigest() for name in sorted(contents))
    current = hashlib.sha256(digests.encode()).hexdigest()[:16]
    static = {
        name.removesuffix(PACKED): _file(name, content)
        for name, content in contents.items()
        if not name.endswith(_PARTS) and name != WORKER
    }
    sizes = loadable(contents)
    static[LIST] = _file(LIST, list_of(sizes))
    worker = _file(WORKER, worker_of(contents[WORKER], current))
    documents = Documents(contents, f"{_PLACE}{current}/")

    async def document(request: Request, view: str, shown: Shown | None = None) -> Response:
        language = _language(request)
        n_bytes = sum(sizes.values()) + services.engine.find(None, None).card.file.size_bytes
        places = {
            "root": _root(request),
            "open": str(bool(services.settings.cors_origins)).lower(),  # to other sites
            "bytes": str(n_bytes),  # of what a browser keeps for times without a network
            # Last, since it quotes the request.
            "sharing": sharing(request, services, documents, view, language, shown),
        }
        plain = documents.fill(view, language, picture="", **places)
        fields = {**_VARY, "Content-Language": language}
        job = first_job(services, shown) if shown else None
        if shown and job:
            tag = hashlib.sha256(plain + etag(job, SVG, "").encode()).hexdigest()
            coding, headers = coded_head(request, tag, _REVALIDATED, fields)
            if is_current(request, headers["ETag"]):
                return Response(status_code=304, headers=headers)
            if request.method == "HEAD":
                head = Response(headers=headers | content_headers(coding), media_type="text/html")
                del head.headers["content-length"]  # GET's is not known without making the picture
                return head
            name = documents.words("write", "picture", language, number=shown.number, hand=shown.hand)
            if picture := await first_picture(request, services, job, name):
                content = documents.fill(view, language, picture=picture, **places)
                return await CodedFile(content, "text/html", headers=fields, tag=tag).answer(request, _REVALIDATED)
        return await CodedFile(plain, "text/html", headers=fields).answer(request, _REVALIDATED)

    async def write(request: Request, number: str = "") -> Response:
        return await document(request, "write", Shown.by(number, request.query_params))

    @routes.get("/", openapi_extra=OPEN)
    async def home(request: Request) -> Response:
        return await write(request)

    @routes.get("/write/{number:path}", openapi_extra=OPEN)
    async def write_number(request: Request, number: Annotated[str, Path()]) -> Response:
        return await write(request, number)

    def add_view(view: str) -> None:
        async def show(request: Request) -> Response:
            return await (write(request) if view == "write" else document(request, view))

        routes.add_api_route(f"/{view}", show, name=f"view_{view}", openapi_extra=OPEN)

    for each in VIEWS:
        add_view(each)

    @routes.get(f"/{WORKER}", openapi_extra=OPEN)  # at the root, since it serves what lies below its own address
    async def service_worker(request: Request) -> Response:
        return await worker.answer(request, "no-cache")

    @routes.get("/page/{asked}/{name:path}", openapi_extra=OPEN)
    async def file(
        request: Request, release: Annotated[str, Path(alias="asked")], name: Annotated[str, Path()]
    ) -> Response:
        if name not in static:
            raise HTTPException(404, f"the page has no file {name!r}")
        # A page of another release was served by another worker, before or after an upgrade.
        return await static[name].answer(request, IMMUTABLE if release == current else _REVALIDATED)

    return routes


def _root(request: Request) -> str:
    """Return what leads from an address to the service's root, whatever precedes that for clients.

    The address counts as the client wrote it, since a number may have slashes, as they are or escaped.
    """
    return "../" * (request.scope["raw_path"].count(b"/") - 1) or "./"


def _language(request: Request) -> str:
    """Return the language that a browser prefers among those of the page; English if it names neither."""
    wanted = qualities(field_value(request, "accept-language") or "")
    best = dict.fromkeys(LANGUAGES, 0.0)
    for tag, quality in wanted.items():
        for each in LANGUAGES:
            if tag.partition("-")[0] == each.partition("-")[0]:
                best[each] = max(best[each], quality)
    return max(LANGUAGES, key=lambda each: best[each])  # the first of equals


def _read(folder: Traversable, place: str = "") -> Iterator[tuple[str, bytes]]:
    """Yield the files of a folder and all folders in it, by path."""
    for each in folder.iterdir():
        if each.is_dir():
            yield from _read(each, f"{place}{each.name}/")
        elif not each.name.endswith(_TYPES):
            yield place + each.name, each.read_bytes()


def _file(name: str, content: bytes) -> CodedFile:
    plain = name.removesuffix(PACKED)
    media_type = mimetypes.guess_type(plain)[0] or "text/plain"
    policy = _WORKER_POLICIES.get(plain)
    headers = {"Content-Security-Policy": policy} if policy else {}
    return CodedFile(content, media_type, is_packed=name != plain, headers=headers)
