"""Which methods and header fields pages of other origins may use."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI

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
        *("Accept", "Accept-Language", "Content-Language", "Content-Type"),
        *("Authorization", "X-Api-Key", "If-None-Match", "X-Request-Id", "X-Request-Timeout"),
        "Inference-Header-Content-Length",
    }
    assert exposed["access-control-expose-headers"] == (
        "ETag, Content-Location, Server-Timing, X-Request-Id, Retry-After, RateLimit, RateLimit-Policy"
    )


def preflight(client: httpx.Client) -> httpx.Headers:
    headers = {"Origin": "https://a.example", "Access-Control-Request-Method": "POST"}
    return client.options("/generate", headers=headers).raise_for_status().headers


@pytest.mark.parametrize("header", ["X-Other", "Cookie"])
def test_other_fields_are_not_allowed(models_dir: Path, header: str) -> None:
    settings = Settings(models_dir=models_dir, cors_origins=("https://a.example",), threads=1)
    assert header not in cors_options(create_app(settings))["allow_headers"]
