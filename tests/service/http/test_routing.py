"""What follows from routes: HEAD beside GET, allowed methods, and open paths."""

from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from service.http.routing import (
    OPEN,
    add_documentation,
    add_routes,
    allowed_methods,
    open_paths,
    paths_taking,
    take_documentation,
    with_heads,
)

# The length of an answer that is not made is unknown.
VARYING = {"date", "server-timing", "x-request-id", "content-length"}


def fields(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name not in VARYING}


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/docs",
        "/openapi.json",
        "/metrics",
        "/models",
        "/models/digits",
        "/models/digits/1",
        "/models/none",
        "/health/live",
        "/health/ready",
        "/problems/overloaded",
        "/v2",
        "/v2/health/ready",
        "/v2/models/digits",
        "/digits/3/7.png",
        "/images/7.png?model=mlp",
        "/nothing",
    ],
)
def test_head_has_the_status_and_fields_of_get_and_no_body(service: httpx.Client, path: str) -> None:
    got, head = service.get(path), service.head(path)
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert fields(head) == fields(got)


def test_with_heads_leaves_a_head_route_that_exists() -> None:
    routes = APIRouter()
    for method in ("GET", "HEAD"):
        routes.add_api_route("/mine", lambda: None, methods=[method])
    routes.add_api_route("/other", lambda: None, methods=["GET"])
    for _ in range(2):
        kept = [route for route in with_heads(routes).routes if isinstance(route, APIRoute)]
        assert [(route.path, route.methods) for route in kept] == [
            ("/mine", {"GET"}),
            ("/mine", {"HEAD"}),
            ("/other", {"GET"}),
            ("/other", {"HEAD"}),
        ]


@pytest.fixture
def app() -> FastAPI:
    """Return an application with an open and a closed route, and one path that two routes share."""
    made = FastAPI()
    documentation = take_documentation(made)
    routes = APIRouter(prefix="/things")
    routes.add_api_route("", lambda: None, methods=["GET"], openapi_extra=OPEN)
    routes.add_api_route("/{name}/open", lambda: None, methods=["GET"], openapi_extra=OPEN)
    routes.add_api_route("/{name}/open/{part:path}", lambda: None, methods=["GET"], openapi_extra=OPEN)
    routes.add_api_route("/{name}", lambda: None, methods=["GET"])
    routes.add_api_route("/{name}", lambda: None, methods=["POST", "QUERY"])
    add_routes(made, routes)
    add_documentation(made, documentation)
    return made


@pytest.mark.parametrize("path", ["/things", "/things/x/open", "/things/x/open/a/b", "/docs"])
def test_routes_marked_open_and_the_documentation_need_no_key(app: FastAPI, path: str) -> None:
    assert open_paths(app)(path)


@pytest.mark.parametrize("path", ["/things/", "/things/x", "/x/things", "/docs/x", "/Things", "/", ""])
def test_other_paths_need_a_key(app: FastAPI, path: str) -> None:
    assert not open_paths(app)(path)


def test_paths_that_take_a_media_type_are_those_whose_routes_describe_it(app: FastAPI) -> None:
    assert not paths_taking(app, "image/png")("/things")
    body: dict[str, Any] = {"requestBody": {"content": {"image/png": {}, "application/json": {}}}}
    routes = APIRouter()
    routes.add_api_route("/things/{name}/picture", lambda: None, methods=["PUT"], openapi_extra=body)
    add_routes(app, routes)
    takes = paths_taking(app, "image/png")
    assert takes("/things/x/picture")
    assert not any(map(takes, ("/things", "/things/x", "/things/x/pictures", "/docs")))


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/things", ["GET", "HEAD"]),
        ("/things/x", ["GET", "HEAD", "POST", "QUERY"]),
        ("/docs", ["GET", "HEAD"]),
        ("/nothing", []),
    ],
)
def test_allowed_methods_are_those_of_all_routes_of_a_path(app: FastAPI, path: str, methods: list[str]) -> None:
    assert allowed_methods(app, {"type": "http", "path": path, "method": "PATCH", "headers": []}) == methods
