"""How the page and its files are served; tests/e2e shows in a browser what they do."""

import gzip
import hashlib
import os
import re
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from service.routes import page
from tests.service.problems import problem

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

SERVICE = Path(page.__file__).parents[1]
STATIC = SERVICE / "static"
RUNTIME = STATIC / "vendor" / "onnxruntime-web"
LEARN = STATIC / "learn"
FILES = sorted(
    str(each.relative_to(STATIC))
    for folder in (STATIC, LEARN)
    for each in folder.iterdir()
    if each.is_file() and each.name != "index.html"
)
NOT_SERVED = (".zst", ".mts")  # served unpacked; types for a checker alone
SERVED = [*FILES, *(str(each.relative_to(STATIC)) for each in RUNTIME.iterdir() if each.suffix not in NOT_SERVED)]
TEXTS = [name for name in FILES if not name.endswith(".png")]
TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".png": "image/png",
    ".txt": "text/plain; charset=utf-8",
    "": "text/plain; charset=utf-8",
}


def release(service: httpx.Client) -> str:
    found: set[str] = set(re.findall(r'="page/(\w+)/', service.get("/").text))
    assert len(found) == 1
    return found.pop()


def test_page_is_revalidated_on_every_visit(service: httpx.Client) -> None:
    first = service.get("/")
    assert first.headers["content-type"] == "text/html; charset=utf-8"
    assert first.headers["cache-control"] == "no-cache"
    again = service.get("/", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("name", SERVED)
def test_file_is_cached_forever_at_the_address_of_its_release(service: httpx.Client, name: str) -> None:
    answer = service.get(f"/page/{release(service)}/{name}")
    assert answer.content == (STATIC / name).read_bytes()
    assert answer.headers["content-type"] == TYPES[Path(name).suffix]
    assert "immutable" in answer.headers["cache-control"]
    assert service.get(f"/page/0123456789abcdef/{name}").headers["cache-control"] == "no-cache"


def test_file_is_compressed_as_the_client_accepts(service: httpx.Client) -> None:
    address = f"/page/{release(service)}/page.css"
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
    named = re.findall(r'="page/\w+/([^"]+)"', service.get("/").text)
    for each in (*STATIC.glob("*.js"), *LEARN.glob("*.js")):
        found = re.findall(r'(?:from |import\(|URL\()"([^"]+\.\w+)"', each.read_text(encoding="utf-8"))
        named += [os.path.relpath(each.parent / name, STATIC) for name in found]
    assert {*named} == {*FILES, "vendor/onnxruntime-web/ort.wasm.bundle.min.mjs"}


def test_content_policy_allows_only_the_pages_own_files(service: httpx.Client) -> None:
    policy = dict(each.split(" ", 1) for each in service.get("/").headers["content-security-policy"].split("; "))
    assert policy["script-src"] == policy["connect-src"] == "'self'"
    assert "://" not in re.sub(r'(?:xmlns=|SVG = )"[^"]+"', "", "".join((STATIC / name).read_text() for name in TEXTS))


def test_only_the_worker_may_compile_webassembly(service: httpx.Client) -> None:
    for name in FILES:
        policy = service.get(f"/page/{release(service)}/{name}").headers.get("content-security-policy")
        assert (policy is not None and "script-src 'self' 'wasm-unsafe-eval';" in policy) == (name == "runner.js")
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
    html = (STATIC / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"<input[^>]* (?:min|max|maxlength|pattern)=", html)
