"""Which methods and header fields pages of other origins may use."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI

from service.access.key_file import add_key
from service.app import create_app
from service.http.cross_origin import cors_options
from service.http.routing import add_routes
from service.settings import Settings
from tests.live import live


def test_methods_and_fields_of_a_new_route_are_allowed() -> None:
    app, routes = FastAPI(), APIRouter()
    parameter = {"name": "X-Mine", "in": "header", "schema": {"type": "string"}}
    responses: dict[int | str, dict[str, Any]] = {200: {"headers": {"X-Answer": {}, "Cache-Control": {}}}}
    routes.add_api_route(
        "/new", lambda: None, methods=["PATCH"], openapi_extra={"parameters": [parameter]}, responses=responses
    )
    before = cors_options(app)
    add_routes(app, routes)
    after = cors_options(app)
    assert after["allow_methods"] == sorted([*before["allow_methods"], "PATCH"])
    assert after["allow_headers"] == [*before["allow_headers"], "X-Mine"]
    assert after["expose_headers"] == ["X-Answer", *before["expose_headers"]]


def test_pages_of_other_origins_may_use_every_method_and_field(models_dir: Path) -> None:
    settings = Settings(models_dir=models_dir, cors_origins=("https://a.example",), threads=1)
    with live(create_app(settings)) as client:
        fields = preflight(client)
        exposed = client.get("/health/live", headers={"Origin": "https://a.example"}).headers
    assert fields["access-control-allow-methods"] == "GET, HEAD, POST, QUERY"
    assert {*fields["access-control-allow-headers"].split(", ")} == {
        *("Accept", "Accept-Language", "Content-Language", "Content-Type", "Content-Encoding"),
        *("Authorization", "X-Api-Key", "If-None-Match", "X-Request-Id", "X-Request-Timeout"),
        *("traceparent", "tracestate", "baggage"),
        *("Inference-Header-Content-Length", "Range", "If-Range"),
        *("MCP-Protocol-Version", "Mcp-Method", "Mcp-Name", "Mcp-Session-Id"),
    }
    assert {*exposed["access-control-expose-headers"].split(", ")} == {
        *("ETag", "Content-Location", "Content-Disposition", "Server-Timing", "X-Request-Id", "Retry-After"),
        *("RateLimit", "RateLimit-Policy", "Inference-Header-Content-Length"),
        *("Accept-Ranges", "Content-Range", "Repr-Digest", "Location"),
    }


# What browsers ask for the clients of each protocol.
PREFLIGHTS = {
    "openai for npm": (
        "/v1/images/generations",
        "authorization,content-type,openai-project,x-stainless-arch,x-stainless-lang,x-stainless-os,"
        "x-stainless-package-version,x-stainless-retry-count,x-stainless-runtime,x-stainless-runtime-version,"
        "x-stainless-timeout",
    ),
    "openai for npm, no other fields": ("/v1/images/generations", "x-stainless-os"),
    "binary inference": ("/v2/models/digits/infer", "content-type,inference-header-content-length"),
    "compressed inference": ("/v2/models/digits/infer", "content-encoding,inference-header-content-length"),
    "OpenTelemetry": ("/generate", "content-type,traceparent,tracestate,baggage"),
    "the page elsewhere": ("/generate", "content-type,if-none-match,x-api-key,x-request-id,x-request-timeout"),
}


@pytest.mark.parametrize("client", PREFLIGHTS)
def test_preflight_of_a_real_client_is_granted(open_to_one: httpx.Client, client: str) -> None:
    path, fields = PREFLIGHTS[client]
    headers = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": fields}
    answer = open_to_one.options(path, headers=headers)
    assert answer.status_code == 200, answer.text
    allowed = answer.headers["access-control-allow-headers"].lower().split(", ")
    assert set(fields.split(",")) <= set(allowed)
    assert answer.headers["access-control-allow-origin"] == "https://a.example"


def test_preflight_with_another_field_is_refused(open_to_one: httpx.Client) -> None:
    headers = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-stainless-os, x-other"}
    assert open_to_one.options("/generate", headers=headers).status_code == 400


PICTURE = "/digits/7/1.png"


def test_pictures_that_never_change_are_the_same_for_every_origin(open_to_one: httpx.Client) -> None:
    for_good, newest = (open_to_one.get(PICTURE + query) for query in ("?model=digits&version=1", ""))
    assert for_good.headers["access-control-allow-origin"] == "*"
    assert "vary" not in for_good.headers
    assert newest.headers["access-control-allow-origin"] == "https://a.example"
    assert newest.headers["vary"] == "Origin"


def test_refusals_of_middleware_may_be_read_by_pages_and_pictures_need_the_key(
    models_dir: Path, tmp_path: Path
) -> None:
    key = add_key(tmp_path / "keys.json", "a")
    settings = Settings(
        models_dir=models_dir,
        cors_origins=("https://a.example",),
        keys_file=tmp_path / "keys.json",
        requests_per_minute=2,
        threads=1,
    )
    with live(create_app(settings)) as client:
        client.headers["Origin"] = "https://a.example"
        without = client.get("/models")
        client.headers["X-Api-Key"] = key
        picture, *_, exceeded = (client.get(f"{PICTURE}?model=digits&version=1") for _ in range(3))
    assert [each.status_code for each in (without, picture, exceeded)] == [401, 200, 429]
    for answer in (without, picture, exceeded):
        assert answer.headers["access-control-allow-origin"] == "https://a.example"
        assert "Origin" in answer.headers["vary"]


def preflight(client: httpx.Client) -> httpx.Headers:
    headers = {"Origin": "https://a.example", "Access-Control-Request-Method": "POST"}
    return client.options("/generate", headers=headers).raise_for_status().headers


@pytest.mark.parametrize("header", ["X-Other", "Cookie"])
def test_other_fields_are_not_allowed(models_dir: Path, header: str) -> None:
    settings = Settings(models_dir=models_dir, cors_origins=("https://a.example",), threads=1)
    assert header not in cors_options(create_app(settings))["allow_headers"]


@pytest.fixture(scope="module")
def open_to_one(models_dir: Path) -> Iterator[httpx.Client]:
    """Yield a client from an origin that may use the service, which has a path that fails."""
    app = create_app(
        Settings(models_dir=models_dir, cors_origins=("https://a.example",), threads=1, max_body_bytes=1024)
    )

    @app.get("/fail")
    async def fail() -> None:
        raise ZeroDivisionError

    with live(app) as client:
        client.headers["Origin"] = "https://a.example"
        yield client


@pytest.mark.parametrize(
    ("request_line", "headers", "status"),
    [
        ("GET /fail", {}, 500),
        ("GET /missing", {}, 404),
        ("PUT /generate", {}, 405),
        ("GET /models", {"X-Request-Timeout": "never"}, 400),
        ("POST /generate", {"Content-Type": "text/plain"}, 415),
    ],
)
def test_errors_have_the_fields_of_other_answers(
    open_to_one: httpx.Client, request_line: str, headers: dict[str, str], status: int
) -> None:
    method, path = request_line.split()
    answer = open_to_one.request(method, path, headers=headers, content=b'{"count": 9}' if method == "POST" else None)
    assert answer.status_code == status
    fields = open_to_one.get("/health/live").headers
    for name, value in fields.items():
        if name.startswith(("access-control-", "cross-origin-", "vary", "referrer-")):
            assert answer.headers[name] == value
    assert "access-control-allow-origin" in fields


def test_a_body_that_is_too_large_is_refused_with_the_fields_of_other_answers(open_to_one: httpx.Client) -> None:
    answer = open_to_one.post("/generate", content=bytes(1025), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (413, "https://a.example")
