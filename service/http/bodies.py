"""How a JSON body becomes the argument of a route's function, and how much of one is too much to parse.

Why FastAPI does not read bodies here: docs/adr/0011-one-seed.md.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from email.message import Message
from functools import partial
from typing import Any, ClassVar, ParamSpec, TypeVar, get_type_hints

from fastapi import HTTPException, Request
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from digitgan.contract.documents import shorten
from digitgan.contract.errors import InvalidPlan
from digitgan.request.fields import Alone

from .shape import BodyShape, shape_of
from .validation import invalid_body, not_json

JSON_TYPE = "application/json"
_ANNOUNCES_BODY = {b"content-length", b"transfer-encoding"}
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # RFC 8259, section 8.1, lets a parser ignore it
_SMALL_BYTES = 32 * 1024  # parsed within a millisecond, or a few at worst; a thousand seeds are half as much

# One thread: the event loop would wait for each of several that hold the interpreter's lock in turn.
_PARSING = ThreadPoolExecutor(1, "parsing")

Body = TypeVar("Body", bound=BaseModel)
P = ParamSpec("P")
Result = TypeVar("Result")


class JsonRoute(APIRoute):
    """The route of a function that takes ``request`` and a pydantic model as ``body``, and returns a Response.

    FastAPI describes it and finds it like any other route, but resolves no dependencies or other parameters: `handle`
    answers before anything that FastAPI would set up for them.

    Attributes:
        most_items: maximum number of items in a list that the body's model does not bound itself.
        most_components: returns the maximum number of components in an item that is itself a list.
    """

    most_items: ClassVar[int] = 1_024
    most_components: ClassVar[Callable[[], int]] = staticmethod(int)

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        self._model = get_type_hints(endpoint)["body"]

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body, call the function, and send its answer; another method is left to FastAPI to refuse."""
        if scope["method"] not in (self.methods or ()):
            await super().handle(scope, receive, send)
            return
        request = Request(scope, receive, send)
        _require_json(scope["headers"])
        shape = shape_of(self._model, self.most_items, type(self).most_components())
        body = await read(await receive_body(request), self._model, shape)
        try:
            answer = await self.endpoint(request=request, body=body)
        except InvalidPlan as error:
            name, _, position = error.field.partition("/")
            if position and isinstance(getattr(body, name, None), Alone):
                raise InvalidPlan(name, str(error)) from error
            raise
        await answer(scope, receive, send)

    @classmethod
    def for_lists(cls, most_items: int, most_components: Callable[[], int] = int) -> "type[JsonRoute]":
        """Return the route of functions whose bodies have lists of at most this many items and components."""
        limits = {"most_items": most_items, "most_components": staticmethod(most_components)}
        return type(cls.__name__, (cls,), limits)


async def receive_body(request: Request) -> bytes:
    """Return the body of a request; unlike `Request.body`, keep no copy for as long as the answer takes.

    Raises:
        HTTPException: 411, the request announces no body (RFC 9112, section 6.3).
        ClientDisconnect: the client has left.
    """
    is_announced = any(name in _ANNOUNCES_BODY for name, _ in request.scope["headers"])
    if not is_announced and request.scope.get("http_version", "").startswith("1"):  # later versions need not
        raise HTTPException(411, "the request has neither Content-Length nor Transfer-Encoding, and so no body")
    parts: list[bytes] = []
    is_last = False
    while not is_last:  # the asynchronous generator `Request.stream` would cost 2 % of a small request
        try:
            message = await request.receive()
        except Exception:
            parts.clear()  # the exception keeps this frame until the answer is sent
            raise
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        parts.append(message.get("body", b""))
        is_last = not message.get("more_body", False)
    return b"".join(parts)


async def read(content: bytes, model: type[Body], shape: BodyShape) -> Body:
    """Return a request from the bytes of its body; small bodies are parsed in the event loop, large ones in a thread.

    Args:
        content: the body.
        model: the body's model.
        shape: what a body may have at most.

    Raises:
        NotJson: the body is not JSON.
        InvalidRequest: the body does not fit its model, or exceeds its shape.
    """
    return await convert(len(content), _parse, content, model, shape)


async def convert(n_bytes: int, function: Callable[P, Result], *args: P.args, **kwargs: P.kwargs) -> Result:
    """Return what a function makes of a body: in the event loop if the body is small, else in the thread for parsing.

    Args:
        n_bytes: size of the body.
        function: takes time in proportion to the body.
        args: of the function.
        kwargs: of the function.
    """
    if n_bytes <= _SMALL_BYTES:
        return function(*args, **kwargs)
    return await asyncio.get_running_loop().run_in_executor(_PARSING, partial(function, *args, **kwargs))


def _parse(content: bytes, model: type[Body], shape: BodyShape) -> Body:
    content = content.removeprefix(_BYTE_ORDER_MARK)
    shape.check(content)
    return _parse_at_once(content, model) if len(content) <= _SMALL_BYTES else _parse_in_steps(content, model)


def _parse_at_once(content: bytes, model: type[Body]) -> Body:
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        raise invalid_body(error, model) from error


def _parse_in_steps(content: bytes, model: type[Body]) -> Body:
    """Parse a body by the same grammar, but let other threads run between the items of its lists.

    Validation of Python objects calls the fields' validators in Python for each item, and its errors refer to the
    objects; from JSON, pydantic would hold the interpreter's lock throughout, and copy what is wrong.
    """
    try:
        value = from_json(content)
    except ValueError as error:
        raise not_json(str(error)) from error
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise invalid_body(error, model) from error


def _require_json(headers: list[tuple[bytes, bytes]]) -> None:
    """Raise HTTPException 415 unless a body is declared as JSON."""
    content_type = next((value for name, value in headers if name == b"content-type"), b"").decode("latin-1")
    if content_type != JSON_TYPE and media_type_of(content_type) != JSON_TYPE:  # nearly all clients write it so
        raise unsupported_type(content_type, JSON_TYPE)


def unsupported_type(content_type: str, allowed: str) -> HTTPException:
    """Return the error of a body of a type that its operation does not take.

    Args:
        content_type: the value of ``Content-Type``, empty if there is none.
        allowed: the types that the operation takes, in words.
    """
    given = f"not {shorten(content_type)!r}" if content_type else "but is missing"
    return HTTPException(415, f"Content-Type must be {allowed}, {given}")


def media_type_of(content_type: str) -> str:
    """Return the media type in a ``Content-Type``, without its parameters; "text/plain" for none that is valid."""
    declared = Message()
    declared["content-type"] = content_type
    return declared.get_content_type()
