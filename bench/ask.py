"""Send a request to an ASGI application without a server or a socket."""

from typing import Any

from starlette.types import ASGIApp, Message


async def ask(app: ASGIApp, body: bytes) -> None:
    """Post a body to ``/generate``.

    Raises:
        RuntimeError: the answer's status is not 200.
    """
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/generate",
        "raw_path": b"/generate",
        "root_path": "",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())],
        "state": {},
    }
    await app(scope, receive, send)
    if sent[0]["status"] != 200:
        raise RuntimeError(f"status {sent[0]['status']} instead of 200")
