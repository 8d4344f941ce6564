"""The exact limit of a body; `routes` tests the answers."""

import asyncio

import pytest
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope, Send

from service.middleware.body_limit import BodyLimit


def received(parts: list[bytes], declared: str | None = None, limit: int = 10) -> bytes:
    """Return what an application reads of a body through the middleware."""
    body = b""

    async def read(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal body
        more = True
        while more:
            message = await receive()
            body += message["body"]
            more = message["more_body"]

    async def receive() -> Message:
        part = left.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(left)}

    async def send(message: Message) -> None:
        raise AssertionError("nothing is sent")

    left = list(parts)
    headers = [] if declared is None else [(b"content-length", declared.encode())]
    asyncio.run(BodyLimit(read, limit)({"type": "http", "headers": headers}, receive, send))
    return body


@pytest.mark.parametrize("parts", [[b""], [b"0123456789"], [b"01234", b"56789"]])
def test_body_up_to_the_limit_passes_whole(parts: list[bytes]) -> None:
    assert received(parts, declared=str(sum(map(len, parts)))) == b"".join(parts)


@pytest.mark.parametrize("parts", [[b"0123456789x"], [b"0123456789", b"x"], [b"x"] * 11])
def test_body_one_byte_above_the_limit_is_refused(parts: list[bytes]) -> None:
    with pytest.raises(HTTPException, match="413: the body may have at most 10 bytes"):
        received(parts)


def test_body_declared_too_large_is_refused_before_it_is_read() -> None:
    with pytest.raises(HTTPException, match="413"):
        received([], declared="11")


def test_small_declaration_does_not_hide_a_large_body() -> None:
    with pytest.raises(HTTPException, match="413"):
        received([b"x" * 11], declared="5")
