"""Knows how a JSON body is read: declared as JSON, parsed and validated in one pass over its bytes.

Does not know what bodies say. Why FastAPI's own reading is passed by: docs/adr/0011-one-seed.md.
"""

from collections.abc import Callable, Coroutine
from email.message import Message
from typing import Any, get_type_hints

from fastapi import HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError

from service.problems import MOST_ERRORS
from service.requests.allowed import allowed

_JSON = "application/json"
_MOST_SORTED_OUT = 1000  # faults of one body; pydantic tells of all or none, at some 5 microseconds each


class JsonRoute(APIRoute):
    """The route of a function that takes ``request`` and a pydantic model as ``body``, and returns a Response.

    FastAPI describes it as any other; dependencies and other parameters are not solved.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request: body read, function called."""
        endpoint = self.endpoint
        model = get_type_hints(endpoint)["body"]

        async def answer(request: Request) -> Response:
            _require_json(request.headers.get("content-type", ""))
            try:
                body = model.model_validate_json(await request.body())
            except ValidationError as error:
                raise faults_of(error, model) from error
            response: Response = await endpoint(request=request, body=body)
            return response

        return answer


def faults_of(error: ValidationError, model: type[BaseModel]) -> RequestValidationError:
    """Return what is wrong with a body that does not keep to its model, each fault with what is allowed."""
    if (n_faults := error.error_count()) > _MOST_SORTED_OUT:
        detail = f"{n_faults} faults; of up to {_MOST_SORTED_OUT} the first would be named"
        return RequestValidationError([{"type": "too_many_faults", "loc": ("body",), "msg": detail}])
    faults = error.errors(include_url=False, include_input=False)[:MOST_ERRORS]
    return RequestValidationError(
        [{**fault, "loc": ("body", *fault["loc"]), "allowed": allowed(model, fault["loc"])} for fault in faults]
    )


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
