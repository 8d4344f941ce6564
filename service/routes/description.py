"""``/openapi.json``, the service's own description, which the page reads for its limits, and ``/docs`` to show it."""

from functools import lru_cache

import orjson
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.openapi.docs import get_swagger_ui_html

from ..http.addresses import prefix_of
from ..http.files import CodedFile
from ..http.routing import OPEN, create_router
from ..http.services import Services

STATIC = "static-offline-docs"  # where fastapi_offline mounts the files of Swagger UI
_MOST_PREFIXES = 8  # whose descriptions are kept; a proxy has one


def router(_: Services) -> APIRouter:
    """Return the routes of the description; they take the place of FastAPI's, which know no prefix of a proxy.

    The description is encoded once for each prefix, and compressed.
    """
    routes = create_router(include_in_schema=False)

    @lru_cache(_MOST_PREFIXES)
    def description(app: FastAPI, prefix: str) -> CodedFile:  # called when all routes are known
        servers = {"servers": [{"url": prefix}]} if prefix else {}
        return CodedFile(orjson.dumps(app.openapi() | servers), "application/json")

    @routes.get("/openapi.json", openapi_extra=OPEN)
    async def describe(request: Request) -> Response:
        return await description(request.app, prefix_of(request)).answer(request, "no-cache")

    @routes.get("/docs", openapi_extra=OPEN)
    async def show(request: Request) -> Response:
        return get_swagger_ui_html(
            openapi_url="openapi.json",  # relative to this page, like the others
            title=f"{request.app.title} - Swagger UI",
            swagger_js_url=f"{STATIC}/swagger-ui-bundle.js",
            swagger_css_url=f"{STATIC}/swagger-ui.css",
            swagger_favicon_url=f"{STATIC}/favicon.png",
        )

    return routes
