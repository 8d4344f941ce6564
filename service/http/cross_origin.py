"""Which methods and header fields pages of other origins may use (CORS), derived from the routes' descriptions."""

from collections.abc import Iterator
from typing import TypedDict

from fastapi import FastAPI
from fastapi.routing import APIRoute

from .openapi import KEYS, SHARED_PARAMETERS
from .routing import routes_of

# What middleware, and so no route, describes.
_READ_OF_ALL = (
    "Content-Type",
    "Content-Encoding",
    "Authorization",
    KEYS["key"]["name"],
    *SHARED_PARAMETERS,
    "X-Request-Id",
)
_SENT_BY_ALL = ("X-Request-Id", "Retry-After", "RateLimit", "RateLimit-Policy")
_ALWAYS_EXPOSED = {"Cache-Control"}  # Fetch, "CORS-safelisted response-header name"


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
    routes = [route for route in routes_of(app) if isinstance(route, APIRoute)]
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
