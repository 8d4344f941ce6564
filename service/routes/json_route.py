"""Knows which bodies a route takes, and who is called with them: declared as JSON, read by `service.routes.reading`.

Does not know what bodies say. Why FastAPI's own reading is passed by: docs/adr/0011-one-seed.md.
"""

from collections.abc import Callable, Coroutine
from email.message import Message
from typing import Any, ClassVar, get_type_hints

from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute

from service.routes.reading import read

_JSON = "application/json"


class JsonRoute(APIRoute):
    """The route of a function that takes ``request`` and a pydantic model as ``body``, and returns a Response.

    FastAPI describes it as any other; dependencies and other parameters are not solved.

    Attributes:
        most_items: that any list of a body may have.
    """

    most_items: ClassVar[int] = 32_768  # more than there are commas or brackets in a text of any body

    @classmethod
    def for_lists(cls, most_items: int) -> "type[JsonRoute]":
        """Return the route of functions whose bodies have lists of up to so many items."""
        return type(cls.__name__, (cls,), {"most_items": most_items})

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request: body read, function called."""
        endpoint = self.endpoint
        model = get_type_hints(endpoint)["body"]

        async def answer(request: Request) -> Response:
            _require_json(request.headers.get("content-type", ""))
            body = await read(await request.body(), model, self.most_items)
            response: Response = await endpoint(request=request, body=body)
            return response

        return answer


def _require_json(content_type: str) -> None:
    """Do nothing if a body is declared as JSON.

    Raises:
        HTTPException: 415, it is not.
    """
    if content_type == _JSON:  # as nearly all clients write it
        return
    declared = Message()
    declared["content-type"] = content_type
    if declared.get_content_type() != _JSON:
        raise HTTPException(
            415, f"the body is declared as {content_type or 'nothing'!r}; application/json is read here"
        )
