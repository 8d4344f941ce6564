"""Send a request to an ASGI application without a server or a socket."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from starlette.types import ASGIApp, Message


async def ask(app: ASGIApp, body: bytes) -> None:
    """Post a body to ``/generate``.

    Raises:
        RuntimeError: the answer's status is not 200.
    """
    headers = {"content-type": "application/json", "content-length": str(len(body))}
    await _answered(app, "POST", "/generate", headers, body, 200)


async def get(
    app: ASGIApp, address: str, status: int, headers: Mapping[str, str] = MappingProxyType({})
) -> dict[str, str]:
    """Get an address, and return the header fields of the answer.

    Raises:
        RuntimeError: the answer has another status.
    """
    return await _answered(app, "GET", address, headers, b"", status)


async def _answered(
    app: ASGIApp, method: str, address: str, headers: Mapping[str, str], body: bytes, status: int
) -> dict[str, str]:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    path, _, query = address.partition("?")
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "state": {},
    }
    await app(scope, receive, send)
    if sent[0]["status"] != status:
        raise RuntimeError(f"status {sent[0]['status']} instead of {status}")
    return {name.decode(): value.decode() for name, value in sent[0]["headers"]}
