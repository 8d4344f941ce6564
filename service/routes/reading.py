"""Knows how the bytes of a JSON body become a request, and what is too much of it before any of it is parsed.

Does not know what bodies say, nor how they came. A small one is parsed where it is; a large one, in a thread.
"""

import asyncio
from typing import TypeVar

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

from service.problems import MOST_ERRORS
from service.requests.allowed import allowed

_SMALL_BYTES = 32 * 1024  # parsed within a millisecond, or a few at worst; a thousand seeds are half as much
_FEW = 16  # fields or lists, more than a body has beside its lists of items
_MANY = 32_768  # seeds, labels or components, which are parsed within milliseconds
_LISTS_OF_ITEMS = 2  # at most, of a body: what each image comes from, and its label
_MOST_SORTED_OUT = 1000  # faults of one body; pydantic tells of all or none, at some 5 microseconds each

Body = TypeVar("Body", bound=BaseModel)


async def read(content: bytes, model: type[Body], most_items: int) -> Body:
    """Return the request that a body is.

    Args:
        content: the body.
        model: of the body.
        most_items: that any list of a request may have which can be had.

    Raises:
        RequestValidationError: it is no JSON, not as the model has it, or has more items than can be had.
    """
    if len(content) <= _SMALL_BYTES:
        return _parsed(content, model)
    _refuse_too_many(content, most_items)
    return await asyncio.to_thread(_parsed, content, model)


def _refuse_too_many(content: bytes, most_items: int) -> None:
    """Do nothing unless a body has more items in its lists than there may be.

    A million lists take a second to make and to throw away, and hold the interpreter's lock for all of it; to count
    brackets takes milliseconds. A latent is a list in a list; between two seeds, labels or numbers is a comma. Where
    lists are few, they may also be latents, of many components.

    Raises:
        RequestValidationError: it has.
    """
    n, most = content.count(b"["), most_items + _FEW
    if n <= _FEW:
        n, most = content.count(b","), _LISTS_OF_ITEMS * max(most_items, _MANY) + _FEW
    if n > most:
        detail = f"some {n} items; a list of a request that can be had has at most {most_items}"
        raise RequestValidationError([{"type": "too_many_items", "loc": ("body",), "msg": detail}])


def _parsed(content: bytes, model: type[Body]) -> Body:
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        raise _faults_of(error, model) from error


def _faults_of(error: ValidationError, model: type[BaseModel]) -> RequestValidationError:
    """Return what is wrong with a body that does not keep to its model, each fault with what is allowed."""
    if (n_faults := error.error_count()) > _MOST_SORTED_OUT:
        detail = f"{n_faults} faults; of up to {_MOST_SORTED_OUT} the first would be named"
        return RequestValidationError([{"type": "too_many_faults", "loc": ("body",), "msg": detail}])
    faults = error.errors(include_url=False, include_input=False)[:MOST_ERRORS]
    return RequestValidationError(
        [{**fault, "loc": ("body", *fault["loc"]), "allowed": allowed(model, fault["loc"])} for fault in faults]
    )
