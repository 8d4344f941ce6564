"""How a JSON body becomes the argument of a route's function, and how much of one is too much to parse.

Why FastAPI does not read bodies here: docs/adr/0011-one-seed.md.
"""

import asyncio
from collections.abc import Callable, Coroutine
from email.message import Message
from typing import Any, ClassVar, TypeVar, get_type_hints

from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError

from service.http.shape import Shape, shape_of
from service.http.validation import invalid_body

_JSON = "application/json"
_SMALL_BYTES = 32 * 1024  # parsed within a millisecond, or a few at worst; a thousand seeds are half as much

Body = TypeVar("Body", bound=BaseModel)


class JsonRoute(APIRoute):
    """The route of a function that takes ``request`` and a pydantic model as ``body``, and returns a Response.

    FastAPI describes it like any other route, but resolves no dependencies or other parameters.

    Attributes:
        most_items: maximum number of items in a list that the body's model does not bound itself.
        most_components: returns the maximum number of components in an item that is itself a list.
    """

    most_items: ClassVar[int] = 1_024
    most_components: ClassVar[Callable[[], int]] = staticmethod(int)

    @classmethod
    def for_lists(cls, most_items: int, most_components: Callable[[], int] = int) -> "type[JsonRoute]":
        """Return the route of functions whose bodies have lists of at most this many items and components."""
        limits = {"most_items": most_items, "most_components": staticmethod(most_components)}
        return type(cls.__name__, (cls,), limits)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the function that answers a request: it reads the body and calls the endpoint."""
        endpoint = self.endpoint
        model = get_type_hints(endpoint)["body"]

        async def answer(request: Request) -> Response:
            _require_json(request.headers.get("content-type", ""))
            shape = shape_of(model, self.most_items, type(self).most_components())
            body = await read(await receive(request), model, shape)
            response: Response = await endpoint(request=request, body=body)
            return response

        return answer


async def receive(request: Request) -> bytes:
    """Return the body of a request; unlike `Request.body`, keep no copy for as long as the answer takes."""
    return b"".join([part async for part in request.stream()])


async def read(content: bytes, model: type[Body], shape: Shape) -> Body:
    """Return a request from the bytes of its body; small bodies are parsed in the event loop, large ones in a thread.

    Args:
        content: the body.
        model: the body's model.
        shape: what a body may have at most.

    Raises:
        NotJson: the body is not JSON.
        InvalidRequest: the body does not fit its model, or exceeds its shape.
    """
    shape.check(content)
    if len(content) <= _SMALL_BYTES:
        return _parse(content, model)
    return await asyncio.to_thread(_parse, content, model)


def _parse(content: bytes, model: type[Body]) -> Body:
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        raise invalid_body(error, model) from error


def _require_json(content_type: str) -> None:
    """Raise HTTPException 415 unless a body is declared as JSON."""
    if content_type == _JSON:  # as nearly all clients write it
        return
    declared = Message()
    declared["content-type"] = content_type
    if declared.get_content_type() != _JSON:
        given = repr(content_type) if content_type else "nothing"
        raise HTTPException(415, f"the body is declared as {given}, not as application/json")
