"""How the page and its files are served; tests/e2e shows in a browser what they do."""

import gzip
import hashlib
import json
import os
import re
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest
from fastapi.routing import APIRoute
from starlette.routing import Match

from service.app import create_app
from service.page.documents import STYLES, VIEWS
from service.page.offline import WORKER
from service.routes import page
from service.settings import Settings
from tests.service.problems import problem

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

SERVICE = Path(page.__file__).parents[1]
STATIC = SERVICE / "static"
RUNTIME = STATIC / "vendor" / "onnxruntime-web"
NOT_SERVED = (".zst", ".mts", ".html")  # served unpacked; types for a checker alone; parts of documents
SERVED = sorted(
    str(each.relative_to(STATIC))
    for each in STATIC.rglob("*")
    if each.is_file() and each.suffix not in NOT_SERVED and each.name != WORKER  # which is served at the root
)
FILES = [name for name in SERVED if not name.startswith("vendor/")]
TEXTS = [name for name in FILES if not name.endswith(".png")]
ADDRESSES = ["/", *(f"/{view}" for view in VIEWS), "/write/12%2F31?hand=7"]
TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".png": "image/png",
    ".txt": "text/plain; charset=utf-8",
    "": "text/plain; charset=utf-8",
}


def release(service: httpx.Client) -> str:
    found: set[str] = set(re.findall(r'="\./page/(\w+)/', service.get("/").text))
    assert len(found) == 1
    return found.pop()


@pytest.mark.parametrize("address", ADDRESSES)
def test_document_is_revalidated_on_every_visit(service: httpx.Client, address: str) -> None:
    first = service.get(address)
    assert (first.status_code, first.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert first.headers["cache-control"] == "no-cache"
    assert {"Accept-Encoding", "Accept-Language"} <= {*first.headers["vary"].split(", ")}
    again = service.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    head = service.head(address)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("etag", "cache-control", "vary", "content-type", "content-language"):
        assert head.headers[name] == first.headers[name]
        assert name == "content-type" or again.headers[name] == first.headers[name]


def test_every_document_has_a_tag_of_its_own(service: httpx.Client) -> None:
    tags = [
        service.get(address, headers={"Accept-Language": language, "Accept-Encoding": coding}).headers["etag"]
        for address in (*ADDRESSES[1:], "/write/31?hand=7", "/write/31?hand=8")
        for language in ("en", "zh")
        for coding in ("gzip", "identity")
    ]
    assert len({*tags}) == len(tags)


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("*", "en"),
        ("de-DE,fr;q=0.5", "en"),
        ("zh", "zh-Hans"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"),
        ("ZH-Hans-CN", "zh-Hans"),
        ("en;q=0.8, zh-TW;q=0.9", "zh-Hans"),
        ("zh;q=0.8, en-GB;q=0.9", "en"),
        ("en, zh", "en"),
        ("zh;q=0.5, en;q=0.5", "en"),
        ("fr, zh;q=0.1", "zh-Hans"),
        ("zh;q=0", "en"),
        ("zhx, x-zh", "en"),
        ("zh;q=nonsense", "en"),
        ("zh;q=2", "en"),
        (";;,,q=1", "en"),
        ("xx," * 5000 + "zh", "en"),
    ],
)
def test_document_is_in_the_language_that_the_browser_prefers(
    service: httpx.Client, accepted: str | None, language: str
) -> None:
    headers = {} if accepted is None else {"Accept-Language": accepted}
    answer = service.get("/learn", headers=headers)
    assert f'<html lang="{language}">' in answer.text
    assert answer.headers["content-language"] == language


@pytest.mark.parametrize(
    "address",
    [
        *ADDRESSES,
        "/write/",
        "/write/12/31",
        "/write/12/31/",
        "/write/%2F%2F1",
        "/%77rite/12/31",
        "/write/no/number",
    ],
)
def test_links_lead_to_the_service_wherever_it_is(service: httpx.Client, address: str) -> None:
    outer = service.base_url.join("/a/gateway/moves/it")  # and takes this away again
    for headers in ({}, {"X-Forwarded-Prefix": outer.path}):
        answer = service.get(address, headers=headers)
        document = httpx.URL(str(outer) + answer.request.url.raw_path.decode())
        links = re.findall(r'(?:href|src)="(\.[^"]*)"', answer.text)
        assert len(links) > 20
        for each in links:
            target = urljoin(str(document), each)
            assert target.startswith(f"{outer}/"), (each, target)
        views = [urljoin(str(document), each).removeprefix(f"{outer}/") for each in links]
        assert {*VIEWS, "docs", ""} <= {*views}
        assert f"page/{release(service)}/shell/elements.js" in views


def test_no_route_hides_another(service: httpx.Client, models_dir: Path) -> None:
    app = create_app(Settings(models_dir=models_dir, threads=1))
    routes = [each for each in app.routes if isinstance(each, APIRoute)]
    values = {"number": "12/31", "hand": "7", "label": "3", "digits": "2026", "name": "shell/page.js", "asked": "0"}
    for route in routes:
        path = re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: values.get(found[1], "x"), route.path)
        scope = {"type": "http", "method": next(iter(route.methods or ())), "path": path, "headers": []}
        first = next(each for each in routes if each.matches(scope)[0] is Match.FULL)
        assert first.path == route.path, path
    pages = [each.path for each in routes if each.endpoint.__module__ == page.__name__]
    assert {*pages} == {
        *("/", *(f"/{view}" for view in VIEWS), "/write/{number:path}", f"/{WORKER}", "/page/{asked}/{name:path}")
    }


@pytest.mark.parametrize(
    "path", ["/explore/", "/writes", "/write2026", "/WRITE", "/index.html", "/views/write/write.html"]
)
def test_what_resembles_a_view_is_none(service: httpx.Client, path: str) -> None:
    problem(service.get(path), 404, "not-found")


@pytest.mark.parametrize("address", ADDRESSES)
def test_documents_are_only_read(service: httpx.Client, address: str) -> None:
    answer = service.post(address, content=b"")
    problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize("name", SERVED)
def test_file_is_cached_forever_at_the_address_of_its_release(service: httpx.Client, name: str) -> None:
    answer = service.get(f"/page/{release(service)}/{name}")
    assert answer.content == (STATIC / name).read_bytes()
    assert answer.headers["content-type"] == TYPES[Path(name).suffix]
    assert "immutable" in answer.headers["cache-control"]
    assert service.get(f"/page/0123456789abcdef/{name}").headers["cache-control"] == "no-cache"


def test_file_is_compressed_as_the_client_accepts(service: httpx.Client) -> None:
    address = f"/page/{release(service)}/shell/page.css"
    tags = set()
    for accepted, encoding in (("gzip", "gzip"), ("zstd, gzip", "zstd"), ("identity", None)):
        answer = service.get(address, headers={"Accept-Encoding": accepted})
        assert answer.headers.get("content-encoding") == encoding
        assert answer.headers["vary"] == "Accept-Encoding"
        tags.add(answer.headers["etag"])
    assert len(tags) == 3


def test_vendored_runtime_matches_its_checksums_in_every_coding(service: httpx.Client) -> None:
    lines = (RUNTIME / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    sums = {name: sha256 for sha256, name in map(str.split, lines)}
    assert {*sums} == {"ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm"}
    readers: dict[str, Callable[[bytes], bytes]] = {"identity": bytes, "gzip": gzip.decompress, "zstd": zstd.decompress}
    for name in sums:
        address = f"/page/{release(service)}/vendor/onnxruntime-web/{name}"
        for coding, read in readers.items():
            with service.stream("GET", address, headers={"Accept-Encoding": coding}) as answer:
                content = read(b"".join(answer.iter_raw()))
            assert hashlib.sha256(content).hexdigest() == sums[name]
    assert answer.headers["content-type"] == "application/wasm"


def test_runtime_is_sent_as_it_is_stored_and_has_the_version_of_the_makefile(service: httpx.Client) -> None:
    address = f"/page/{release(service)}/vendor/onnxruntime-web/ort-wasm-simd-threaded.wasm"
    with service.stream("GET", address, headers={"Accept-Encoding": "zstd"}) as answer:
        assert b"".join(answer.iter_raw()) == (RUNTIME / "ort-wasm-simd-threaded.wasm.zst").read_bytes()
    makefile = (STATIC.parents[1] / "Makefile").read_text(encoding="utf-8")
    found = re.search(r"ONNX Runtime Web v(\S+)", (RUNTIME / "ort.wasm.bundle.min.mjs").read_text(encoding="utf-8"))
    assert found and f"ORT_WEB := {found[1]}\n" in makefile


@pytest.mark.parametrize("name", ["nothing.js", "..", "%2e%2e%2fapp.py", "index.html", "vendor", "vendor/"])
def test_no_other_file_is_served(service: httpx.Client, name: str) -> None:
    problem(service.get(f"/page/{release(service)}/{name}"), 404, "not-found")


def test_every_file_is_used_and_every_used_file_exists(service: httpx.Client) -> None:
    named: list[str] = []
    for address in ADDRESSES:
        named += re.findall(r'"(?:\.\./|\./)*page/\w+/([^"]+)"', service.get(address).text)
    for each in (STATIC / name for name in FILES if name.endswith(".js")):
        found = re.findall(r'(?:from |import\(|URL\()"([^"]+\.\w+)"', each.read_text(encoding="utf-8"))
        named += [os.path.relpath(each.parent / name, STATIC) for name in found]
    named += [each["src"] for each in json.loads((STATIC / "manifest.webmanifest").read_bytes())["icons"]]
    named += [*STYLES, *(f"views/{view}/{view}.css" for view in VIEWS)]  # in documents
    assert {*named} == {*FILES, "vendor/onnxruntime-web/ort.wasm.bundle.min.mjs"}


def test_content_policy_allows_only_the_pages_own_files(service: httpx.Client) -> None:
    policy = dict(each.split(" ", 1) for each in service.get("/").headers["content-security-policy"].split("; "))
    assert policy["script-src"] == policy["connect-src"] == "'self'"
    assert "://" not in re.sub(r'(?:xmlns=|SVG = )"[^"]+"', "", "".join((STATIC / name).read_text() for name in TEXTS))


def test_only_the_worker_may_compile_webassembly(service: httpx.Client) -> None:
    for name in FILES:
        policy = service.get(f"/page/{release(service)}/{name}").headers.get("content-security-policy")
        assert (policy is not None and "script-src 'self' 'wasm-unsafe-eval';" in policy) == (
            name == "drawing/runner.js"
        )
    assert "wasm" not in service.get("/").headers["content-security-policy"]


def test_worker_of_the_live_game_may_do_nothing_but_load_its_modules(service: httpx.Client) -> None:
    answer = service.get(f"/page/{release(service)}/learn/player.js")
    assert answer.headers["content-security-policy"] == "default-src 'none'; script-src 'self'"


def test_package_contains_every_file() -> None:
    project = tomllib.loads((STATIC.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    packed = {
        path
        for glob in project["tool"]["setuptools"]["package-data"]["digitgan.service"]
        for path in SERVICE.glob(glob)
    }
    assert {path for path in STATIC.rglob("*") if path.is_file()} <= packed
    licences = {path for glob in project["project"]["license-files"] for path in STATIC.parents[1].glob(glob)}
    assert {RUNTIME / "LICENSE", RUNTIME / "ThirdPartyNotices.txt"} <= licences


def test_page_repeats_no_limit_of_the_service() -> None:
    for each in STATIC.rglob("*.html"):
        assert not re.search(r"<input[^>]* (?:min|max|maxlength|pattern)=", each.read_text(encoding="utf-8")), each
