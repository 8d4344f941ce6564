"""What pages of other origins may use (CORS): methods and fields, derived from the routes, and public answers."""

from collections.abc import Iterator, Sequence
from typing import TypedDict

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .caching import IMMUTABLE
from .openapi import KEYS, SHARED_PARAMETERS

# What middleware, and so no route, describes.
_READ_OF_ALL = (
    *("Content-Type", "Content-Encoding", "Authorization", KEYS["key"]["name"], *SHARED_PARAMETERS, "X-Request-Id"),
    *("traceparent", "tracestate", "baggage"),  # W3C Trace Context and Baggage, which instrumented pages send
)
_SENT_BY_CLIENTS = ("x-stainless-", "openai-")  # how the names begin of what OpenAI's clients add, unread here
_SENT_BY_ALL = ("X-Request-Id", "Retry-After", "RateLimit", "RateLimit-Policy")
_IS_PUBLIC = (b"cache-control", IMMUTABLE.encode())
_ASKED, _ALLOWED = "access-control-request-headers", "access-control-allow-headers"
_ALWAYS_EXPOSED = {"Cache-Control"}  # Fetch, "CORS-safelisted response-header name"


class CrossOrigin(CORSMiddleware):
    """ASGI middleware for pages of other origins.

    Answers that never change and need no key say that they are the same for every origin, so caches keep one.

    Args:
        app: the next application.
        origins: those whose pages may use the service; "*" for all.
        options: what they may use.
        has_keys: whether requests need a key.
    """

    def __init__(self, app: ASGIApp, origins: Sequence[str], options: "CorsOptions", *, has_keys: bool) -> None:
        super().__init__(app, allow_origins=origins, **options)
        self._has_keys = has_keys

    async def simple_response(self, scope: Scope, receive: Receive, send: Send, request_headers: Headers) -> None:
        """Pass a request on, and add the fields to its answer."""
        if self._has_keys or scope["method"] not in ("GET", "HEAD"):
            await super().simple_response(scope, receive, send, request_headers)
            return

        async def send_shared(message: Message) -> None:
            if message["type"] == "http.response.start" and _IS_PUBLIC in message["headers"]:
                fields = self.simple_headers | {"Access-Control-Allow-Origin": "*"}
                MutableHeaders(scope=message).update(fields)
                await send(message)
            else:
                await self.send(message, send, request_headers)

        await self.app(scope, receive, send_shared)

    def preflight_response(self, request_headers: Headers) -> Response:
        """Return the answer to a page's question what it may use."""
        asked = [name.strip() for name in request_headers.get(_ASKED, "").split(",") if name.strip()]
        added = [name for name in asked if name.lower().startswith(_SENT_BY_CLIENTS)]
        others = ", ".join(name for name in asked if name not in added)
        fields = {name: value for name, value in request_headers.items() if name != _ASKED}
        answer = super().preflight_response(Headers(fields | ({_ASKED: others} if others else {})))
        answer.headers[_ALLOWED] = ", ".join([answer.headers[_ALLOWED], *added])
        return answer


class CorsOptions(TypedDict):
    """Options of `CORSMiddleware`."""

    allow_methods: list[str]
    allow_headers: list[str]
    expose_headers: list[str]


def cors_options(app: FastAPI) -> CorsOptions:
    """Return the methods and header fields of all routes of an application.

    Args:
        app: the application, with all of its routes.
    """
    routes = [route for route in app.routes if isinstance(route, APIRoute)]
    return {
        "allow_methods": sorted({method for route in routes for method in route.methods or ()}),
        "allow_headers": list(dict.fromkeys([*_READ_OF_ALL, *_request_headers(routes)])),
        "expose_headers": [
            name for name in dict.fromkeys([*_response_headers(routes), *_SENT_BY_ALL]) if name not in _ALWAYS_EXPOSED
        ],
    }


def _request_headers(routes: list[APIRoute]) -> Iterator[str]:
    for route in routes:
        for parameter in (route.openapi_extra or {}).get("parameters", ()):
            if parameter["in"] == "header":
                yield parameter["name"]


def _response_headers(routes: list[APIRoute]) -> Iterator[str]:
    for route in routes:
        for response in route.responses.values():
            yield from response.get("headers", ())
