"""``/mcp``: the Model Context Protocol over Streamable HTTP, without sessions, if the extra `[mcp]` is installed."""

import asyncio
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response
from starlette.types import Message, Receive, Scope, Send

from ..http.accounting import charge
from ..http.bodies import receive_body
from ..http.routing import create_router
from ..http.services import Services

_READ = ("MCP-Protocol-Version", "Mcp-Method", "Mcp-Name", "Mcp-Session-Id")  # by the SDK, beside HTTP's own


class _Exchange(Response):
    """An answer that the SDK gives.

    Args:
        module: `mcp_server`.
        server: has the tools.
        origins: see `serve_request`.
        content: the body, read before, since the SDK would make an internal error of a body that is refused.
    """

    def __init__(self, module: Any, server: Any, origins: tuple[str, ...], content: bytes) -> None:
        super().__init__()
        self._serve = partial(module.serve_request, server, origins)
        self._unread: list[Message] = [{"type": "http.request", "body": content, "more_body": False}]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request."""

        async def receive_again() -> Message:
            return self._unread.pop() if self._unread else await receive()

        await self._serve(scope, receive_again, send)


def router(services: Services) -> APIRouter:
    """Return the route of the protocol."""
    settings = services.settings
    routes = create_router()
    loading = asyncio.Lock()
    loaded: list[Any] = []  # the module that needs the SDK, and the server, from the first request on
    headers = [{"name": name, "in": "header", "schema": {"type": "string"}} for name in _READ]

    # The protocol describes its tools itself.
    @routes.post("/mcp", include_in_schema=False, openapi_extra={"parameters": headers})
    async def mcp(request: Request) -> Response:
        """Answer a message of the protocol."""
        if find_spec("mcp") is None:
            raise HTTPException(404, "the Model Context Protocol needs the service's extra [mcp]")
        async with loading:
            if not loaded:  # in a thread, since the SDK takes a second to load
                module = await asyncio.to_thread(import_module, ".mcp_server", __package__)
                loaded.extend([module, module.create_server(services.engine, settings.max_images, charge)])
        module, server = loaded
        return _Exchange(module, server, settings.cors_origins, await receive_body(request))

    return routes
