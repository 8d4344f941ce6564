"""How the calls of tools are answered, whatever the transport."""

import asyncio
import logging
from contextlib import AbstractContextManager
from typing import Any

import pytest
from mcp import Client
from starlette.requests import Request

from digitgan.contract.errors import CannotServe, Overloaded
from digitgan.engine.engine import Engine
from service.access.quota import QuotaExceeded
from service.http.problems import CANNOT_SERVE
from service.protocols.mcp_server import create_server
from tests.backends import EchoBackend
from tests.cards import a_card

WRITE: dict[str, Any] = {"number": "42", "seed": 1}


def answered(error: Exception | None = None, arguments: dict[str, Any] = WRITE) -> Any:
    """Return the result of a call for which an error is raised where images are counted."""
    counted: list[int] = []

    def charge(_: Request, n_images: int) -> AbstractContextManager[None]:
        counted.append(n_images)
        raise error or AssertionError

    async def connected() -> Any:
        engine = Engine([EchoBackend(a_card(n_classes=10))], default_model="tiny", batch_images=8, queue_images=8)
        server = create_server(engine, 100, charge if error else None)
        try:
            async with Client(server) as client:
                return await client.call_tool("write_number", arguments)
        finally:
            engine.close()

    return asyncio.run(connected())


def test_tool_answers_with_a_picture_and_what_it_shows() -> None:
    result = answered()
    assert [each.type for each in result.content] == ["image", "text"]
    assert result.structured_content["number"] == "42"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (QuotaExceeded("the limit is 1", 7), "the limit is 1; try again in 7 s"),
        (Overloaded("no room", 3), "no room"),
    ],
)
def test_refusal_is_a_text_for_the_model(error: Exception, said: str) -> None:
    result = answered(error)
    assert (result.is_error, result.content[0].text) == (True, said)


@pytest.mark.parametrize(
    ("error", "said"), [(RuntimeError("a secret"), "internal error"), (CannotServe("a secret"), CANNOT_SERVE)]
)
def test_unexpected_error_is_logged_and_not_told(caplog: pytest.LogCaptureFixture, error: Exception, said: str) -> None:
    with caplog.at_level(logging.ERROR):
        result = answered(error)
    assert (result.is_error, result.content[0].text) == (True, said)
    assert "a secret" in caplog.text
