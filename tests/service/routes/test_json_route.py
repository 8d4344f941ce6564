"""Knows what a route reads its body by, and what it tells FastAPI. Does not know bodies of the service."""

from collections.abc import Iterator

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Request, Response
from pydantic import BaseModel

from service import problems
from service.middleware.request_id import RequestId
from service.routes.json_route import JsonRoute
from tests.live import live


class Sum(BaseModel):
    """Numbers to add."""

    numbers: list[int]


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    routes = APIRouter(route_class=JsonRoute)

    @routes.post("/sum", response_class=Response)
    async def add(request: Request, body: Sum) -> Response:
        return Response(str(sum(body.numbers)))

    app = FastAPI()
    problems.install(app)
    app.include_router(routes)
    app.add_middleware(RequestId)
    with live(app) as client:
        yield client


def post(client: httpx.Client, content: bytes, content_type: str | None = "application/json") -> httpx.Response:
    headers = {} if content_type is None else {"Content-Type": content_type}
    return client.post("/sum", content=content, headers=headers)


def test_a_body_is_read(client: httpx.Client) -> None:
    assert post(client, b'{"numbers": [1, 2, 3]}').text == "6"


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "Application/JSON"])
def test_json_may_be_declared_in_other_words(client: httpx.Client, content_type: str) -> None:
    assert post(client, b'{"numbers": []}', content_type).text == "0"


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded", "json", "/"])
def test_what_is_not_declared_as_json_is_not_read(client: httpx.Client, content_type: str | None) -> None:
    answer = post(client, b'{"numbers": []}', content_type)
    assert answer.status_code == 415
    assert (content_type or "nothing") in answer.json()["detail"]


@pytest.mark.parametrize("content", [b"", b"{", b"numbers=1", b"\xff\xfe{}", b'{"numbers": [1,]}', b"[" * 100_000])
def test_what_is_not_json_is_a_problem_that_says_where(client: httpx.Client, content: bytes) -> None:
    answer = post(client, content)
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/not-json")
    assert "at line 1 column" in answer.json()["detail"]


def test_a_fault_is_pointed_at(client: httpx.Client) -> None:
    answer = post(client, b'{"numbers": [1, "two"]}')
    assert answer.status_code == 422
    [fault] = answer.json()["errors"]
    assert fault["pointer"] == "/numbers/1"


def test_the_body_is_described_as_any_other(client: httpx.Client) -> None:
    schema = client.get("/openapi.json").json()
    content = schema["paths"]["/sum"]["post"]["requestBody"]["content"]["application/json"]
    assert content["schema"] == {"$ref": "#/components/schemas/Sum"}


def test_of_very_many_faults_only_their_number_is_told(client: httpx.Client) -> None:
    few, many = (post(client, b'{"numbers": ["a"' + b',"a"' * n + b"]}").json() for n in (999, 1_000))
    assert [error["pointer"] for error in few["errors"]] == [f"/numbers/{i}" for i in range(problems.MOST_ERRORS)]
    assert [error["pointer"] for error in many["errors"]] == [""]
    assert "1001 faults" in many["detail"]
