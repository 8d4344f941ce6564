"""How JSON bodies are read, described and refused."""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Request, Response
from pydantic import AfterValidator, BaseModel

from service.http import error_handlers
from service.http.bodies import JsonRoute, read
from service.http.problems import ProblemError
from service.http.shape import shape_of
from service.http.validation import InvalidRequest, NotJson
from service.middleware.request_id import RequestId
from tests.live import live
from tests.processes import PATIENCE_S
from tests.service.problems import problem

MOST = 40_000
SPACE = b" " * 40_000  # makes a body large without changing its meaning

parsed_in: list[threading.Thread] = []


def note(value: int) -> int:
    parsed_in.append(threading.current_thread())
    return value


class Sum(BaseModel):
    """Numbers to add, once or in rows."""

    numbers: list[int] = []
    rows: list[list[int]] = []
    once: Annotated[int, AfterValidator(note)] = 0


@pytest.fixture(autouse=True)
def _nothing_is_parsed_yet() -> Iterator[None]:
    parsed_in.clear()
    yield


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    routes = APIRouter(route_class=JsonRoute.for_lists(MOST))

    @routes.post("/sum", response_class=Response)
    async def add(request: Request, body: Sum) -> Response:
        return Response(str(sum(body.numbers)))

    app = FastAPI()
    error_handlers.install(app)
    app.include_router(routes)
    app.add_middleware(RequestId)
    with live(app) as client:
        yield client


def read_now(content: bytes) -> Sum:
    return asyncio.run(read(content, Sum, shape_of(Sum, MOST)))


def errors_of(content: bytes) -> list[ProblemError]:
    with pytest.raises(InvalidRequest) as refused:
        read_now(content)
    return refused.value.errors


def post(client: httpx.Client, content: bytes, content_type: str | None = "application/json") -> httpx.Response:
    headers = {} if content_type is None else {"Content-Type": content_type}
    return client.post("/sum", content=content, headers=headers)


def test_small_bodies_are_parsed_in_the_loop_and_large_ones_in_a_thread() -> None:
    small, large = read_now(b'{"once": 7}'), read_now(b'{"once": 7}' + SPACE)
    here, elsewhere = parsed_in
    assert small.once == large.once == 7
    assert here is threading.current_thread()
    assert elsewhere is not here


def test_a_body_that_exceeds_its_shape_is_not_parsed() -> None:
    [error] = errors_of(b'{"once": 1, "rows": [%b]}' % b",".join([b"{}"] * MOST))
    assert error.pointer == ""
    assert error.message.startswith("too many objects: the body has about 40,001; at most ")
    assert not parsed_in


def test_errors_of_large_bodies_point_at_their_field() -> None:
    [error] = errors_of(b'{"numbers": [1, "two"]}' + SPACE)
    assert error.pointer == "/numbers/1"
    with pytest.raises(NotJson):
        read_now(SPACE)


def test_a_body_becomes_the_argument_of_the_function(client: httpx.Client) -> None:
    assert post(client, b'{"numbers": [1, 2, 3]}').text == "6"


def test_byte_order_mark_of_a_body_is_ignored(client: httpx.Client) -> None:
    for n in (3, 20_000):  # parsed at once, and in steps
        assert post(client, "\ufeff".encode() + json.dumps({"numbers": [1] * n}).encode()).text == str(n)


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "Application/JSON"])
def test_json_may_be_declared_with_parameters_and_in_any_case(client: httpx.Client, content_type: str) -> None:
    assert post(client, b'{"numbers": []}', content_type).text == "0"


@pytest.mark.parametrize(
    "content_type",
    [None, "text/plain", "application/x-www-form-urlencoded", "application/vnd.digits+json", "json", "/", ";;"],
)
def test_bodies_not_declared_as_json_are_refused(client: httpx.Client, content_type: str | None) -> None:
    detail = problem(post(client, b'{"numbers": []}', content_type), 415, "unsupported-media-type")["detail"]
    assert (content_type or "missing") in detail
    assert "application/json" in detail


def test_body_without_a_length_is_required_to_have_one(client: httpx.Client) -> None:
    with closing(HTTPConnection(client.base_url.host, client.base_url.port, timeout=PATIENCE_S)) as connection:
        connection.putrequest("POST", "/sum")
        connection.putheader("Content-Type", "application/json")
        connection.endheaders()
        with connection.getresponse() as answer:
            assert (answer.status, answer.getheader("Content-Type")) == (411, "application/problem+json")
            assert json.load(answer)["detail"].startswith(
                "the request has neither Content-Length nor Transfer-Encoding"
            )


@pytest.mark.parametrize("content", [b"", b"{", b"numbers=1", b"\xff\xfe{}", b'{"numbers": [1,]}', b"[" * 10_000])
def test_bodies_that_are_not_json_are_refused_with_the_place(client: httpx.Client, content: bytes) -> None:
    assert "at line 1 column" in problem(post(client, content), 400, "not-json")["detail"]


def test_errors_point_at_their_field(client: httpx.Client) -> None:
    [error] = problem(post(client, b'{"numbers": [1, "two"]}'), 422, "invalid-request")["errors"]
    assert error["pointer"] == "/numbers/1"


def test_the_body_is_described_like_any_other(client: httpx.Client) -> None:
    schema = client.get("/openapi.json").json()
    content = schema["paths"]["/sum"]["post"]["requestBody"]["content"]["application/json"]
    assert content["schema"] == {"$ref": "#/components/schemas/Sum"}
