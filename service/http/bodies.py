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

from service.http.problems import ProblemError
from service.http.validation import InvalidRequest, invalid_body

_JSON = "application/json"
_SMALL_BYTES = 32 * 1024  # parsed within a millisecond, or a few at worst; a thousand seeds are half as much
_FEW = 16  # fields or lists; no body has more besides its lists of items
_MANY = 32_768  # seeds, labels or components, which are parsed within milliseconds
_LISTS_OF_ITEMS = 2  # at most, in one body: the sources of the images, and their labels

Body = TypeVar("Body", bound=BaseModel)


class JsonRoute(APIRoute):
    """The route of a function that takes ``request`` and a pydantic model as ``body``, and returns a Response.

    FastAPI describes it like any other route, but resolves no dependencies or other parameters.

    Attributes:
        most_items: maximum number of items in a list of a body.
    """

    most_items: ClassVar[int] = 32_768  # more than the commas and brackets in the text of any body

    @classmethod
    def for_lists(cls, most_items: int) -> "type[JsonRoute]":
        """Return the route of functions whose bodies have lists of at most this many items."""
        return type(cls.__name__, (cls,), {"most_items": most_items})

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the function that answers a request: it reads the body and calls the endpoint."""
        endpoint = self.endpoint
        model = get_type_hints(endpoint)["body"]

        async def answer(request: Request) -> Response:
            _require_json(request.headers.get("content-type", ""))
            body = await read(await receive(request), model, self.most_items)
            response: Response = await endpoint(request=request, body=body)
            return response

        return answer


async def receive(request: Request) -> bytes:
    """Return the body of a request; unlike `Request.body`, keep no copy for as long as the answer takes."""
    return b"".join([part async for part in request.stream()])


async def read(content: bytes, model: type[Body], most_items: int) -> Body:
    """Return a request from the bytes of its body; small bodies are parsed in the event loop, large ones in a thread.

    Args:
        content: the body.
        model: the body's model.
        most_items: maximum number of items in a list of a body.

    Raises:
        NotJson: the body is not JSON.
        InvalidRequest: the body does not fit its model, or has too many items.
    """
    if len(content) <= _SMALL_BYTES:
        return _parse(content, model)
    _check_items(content, most_items)
    return await asyncio.to_thread(_parse, content, model)


def _check_items(content: bytes, most_items: int) -> None:
    """Raise InvalidRequest if a body has more items in its lists than any request may have.

    A million lists take a second to build and to free, with the interpreter's lock held; counting brackets takes
    milliseconds. A latent is a list in a list; seeds, labels and numbers are separated by commas. A body with few lists
    may also hold a few latents with many components.
    """
    n, most = content.count(b"["), most_items + _FEW
    if n <= _FEW:
        n, most = content.count(b","), _LISTS_OF_ITEMS * max(most_items, _MANY) + _FEW
    if n > most:
        message = f"too many items: about {n:,}; at most {most_items:,} are allowed in a list"
        raise InvalidRequest([ProblemError(pointer="", message=message)], 1)


def _parse(content: bytes, model: type[Body]) -> Body:
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        raise invalid_body(error, model, content) from error


def _require_json(content_type: str) -> None:
    """Raise HTTPException 415 unless a body is declared as JSON."""
    if content_type == _JSON:  # as nearly all clients write it
        return
    declared = Message()
    declared["content-type"] = content_type
    if declared.get_content_type() != _JSON:
        given = repr(content_type) if content_type else "nothing"
        raise HTTPException(415, f"the body is declared as {given}, not as application/json")
