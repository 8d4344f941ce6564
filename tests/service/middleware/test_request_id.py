"""The ids that a client may choose."""

import asyncio
import re

import httpx
import pytest

from service.middleware.request_id import RequestId


@pytest.mark.parametrize("given", ["mine", "a" * 128, "00-4bf92f-01", "~!#"])
def test_usable_id_is_returned(service: httpx.Client, given: str) -> None:
    assert service.get("/health/live", headers={"X-Request-Id": given}).headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "a" * 129, "two words", "tab\there", "caf\xe9"])
def test_unusable_id_is_replaced(service: httpx.Client, given: str) -> None:
    answer = service.get("/health/live", headers={b"X-Request-Id": given.encode("latin-1")})
    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["x-request-id"])


def test_each_request_has_its_own_id(service: httpx.Client) -> None:
    ids = {service.get("/nothing").json()["request_id"] for _ in range(3)}
    assert len(ids) == 3


def test_processes_that_share_what_was_imported_give_different_ids() -> None:
    def first_id() -> str:
        scope = {"type": "http", "headers": []}

        async def app(*_: object) -> None: ...

        asyncio.run(RequestId(app)(scope, None, None))  # type: ignore[arg-type] # neither is used
        return scope["state"]["request_id"]  # type: ignore[call-overload, no-any-return]

    assert first_id() != first_id()
