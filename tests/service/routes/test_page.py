"""Knows how the page and its files are served. Does not know what they do; that is looked at in a browser, in e2e."""

import re
from pathlib import Path

import httpx
import pytest

from service.routes import page
from tests.service.routes.problems import problem

STATIC = Path(page.__file__).parents[1] / "static"
FILES = sorted(each.name for each in STATIC.iterdir() if each.name != "index.html")


def release(service: httpx.Client) -> str:
    found: set[str] = set(re.findall(r'="page/(\w+)/', service.get("/").text))
    assert len(found) == 1
    return found.pop()


def test_the_page_is_asked_for_again_each_time_and_sent_once(service: httpx.Client) -> None:
    first = service.get("/")
    assert first.headers["content-type"] == "text/html; charset=utf-8"
    assert first.headers["cache-control"] == "no-cache"
    again = service.get("/", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_kept_for_good_at_the_address_of_its_release(service: httpx.Client, name: str) -> None:
    answer = service.get(f"/page/{release(service)}/{name}")
    assert answer.content == (STATIC / name).read_bytes()
    kind = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
    assert answer.headers["content-type"] == kind[Path(name).suffix]
    assert "immutable" in answer.headers["cache-control"]
    assert service.get(f"/page/0123456789abcdef/{name}").headers["cache-control"] == "no-cache"


def test_a_file_is_compressed_as_the_client_likes(service: httpx.Client) -> None:
    address = f"/page/{release(service)}/page.css"
    tags = set()
    for asked, answered in (("gzip", "gzip"), ("zstd, gzip", "zstd"), ("identity", None)):
        answer = service.get(address, headers={"Accept-Encoding": asked})
        assert answer.headers.get("content-encoding") == answered
        assert answer.headers["vary"] == "Accept-Encoding"
        tags.add(answer.headers["etag"])
    assert len(tags) == 3


@pytest.mark.parametrize("name", ["nothing.js", "..", "%2e%2e%2fapp.py", "index.html"])
def test_nothing_else_is_a_file_of_the_page(service: httpx.Client, name: str) -> None:
    problem(service.get(f"/page/{release(service)}/{name}"), 404, "not-found")


def test_every_file_that_is_named_is_there(service: httpx.Client) -> None:
    named = re.findall(r'="page/\w+/([^"]+)"', service.get("/").text)
    for each in STATIC.glob("*.js"):
        named += re.findall(r'from "\./([^"]+)"', each.read_text(encoding="utf-8"))
    assert {*named} == {*FILES}


def test_the_page_may_run_its_files_alone(service: httpx.Client) -> None:
    policy = dict(each.split(" ", 1) for each in service.get("/").headers["content-security-policy"].split("; "))
    assert policy["script-src"] == policy["connect-src"] == "'self'"
    assert "://" not in re.sub(r'xmlns="[^"]+"', "", "".join(each.read_text() for each in STATIC.iterdir()))


def test_every_module_says_what_it_knows() -> None:
    for each in STATIC.glob("*.js"):
        assert each.read_text(encoding="utf-8").startswith("// Knows "), each.name
        assert len(each.read_text(encoding="utf-8").splitlines()) <= 200, each.name
