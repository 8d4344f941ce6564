"""``/openapi.json``: the service's own description, encoded once; the page reads its limits from it."""

import orjson
from fastapi import APIRouter, Request, Response

from ..http.files import CodedFile
from ..http.routing import OPEN
from ..http.services import Services


def router(_: Services) -> APIRouter:
    """Return the route of the description; it takes the place of FastAPI's, which neither compresses nor has a tag."""
    routes = APIRouter(include_in_schema=False)
    files: list[CodedFile] = []  # empty until the first request, when all routes are known

    @routes.get("/openapi.json", openapi_extra=OPEN)
    async def describe(request: Request) -> Response:
        if not files:
            files.append(CodedFile(orjson.dumps(request.app.openapi()), "application/json"))
        return await files[0].answer(request, "no-cache")

    return routes
