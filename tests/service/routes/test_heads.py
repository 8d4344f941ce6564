"""Knows that HEAD says what GET would. Does not know what that is."""

import httpx
import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute

from service.routes.heads import with_heads

# The length of what is not made is not known.
OF_THE_MOMENT = {"date", "server-timing", "x-request-id", "content-length"}


def fields(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name not in OF_THE_MOMENT}


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
def test_head_says_what_get_says_without_its_body(service: httpx.Client, path: str) -> None:
    got, head = service.get(path), service.head(path)
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert fields(head) == fields(got)


def test_a_route_that_answers_head_itself_is_left_to_do_so() -> None:
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
