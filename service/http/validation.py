"""What is wrong with a request, in the service's own words: each error points at its field and says what is allowed."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from fastapi import params
from pydantic import BaseModel, ValidationError, create_model

from digitgan.contract.documents import shorten
from digitgan.request.messages import Place, message_of

from .problems import ProblemError

MOST_LISTED = 10  # errors in one answer: a person corrects the first few, and a wrong list of seeds has thousands


class NotJson(Exception):
    """A body is not JSON; the text says where it stops being JSON."""


class InvalidRequest(Exception):
    """A request is not what its operation takes.

    Args:
        errors: the first errors, at least one.
        n_errors: how many there are.
    """

    def __init__(self, errors: list[ProblemError], n_errors: int) -> None:
        first, others = errors[0], ""
        if n_errors > len(errors):
            others = f"; {n_errors:,} errors; the first {len(errors):,} are listed"
        super().__init__(f"{first.pointer or 'body'}: {first.message}{others}")
        self.errors = errors


def invalid_body(error: ValidationError, model: type[BaseModel]) -> InvalidRequest | NotJson:
    """Return what is wrong with a body; its shape and lists that fail fast bound how many errors there are.

    Args:
        error: why it does not fit its model.
        model: the body's model.
    """
    n_errors = error.error_count()
    errors = error.errors(include_url=False)
    if errors[0]["type"] == "json_invalid":
        return not_json(errors[0]["ctx"]["error"])
    return InvalidRequest([_describe(each, each["loc"], model) for each in errors[:MOST_LISTED]], n_errors)


def not_json(reason: str) -> NotJson:
    """Return the error of a body that is not JSON.

    Args:
        reason: the parser's, which ends in the place.
    """
    what = "it ends too early," if reason.startswith("EOF") else "it stops being JSON"
    return NotJson(f"the body is not JSON: {what} at {reason[reason.rindex('line') :]}")


def invalid_parameters(errors: Sequence[Mapping[str, Any]], endpoint: Callable[..., Any]) -> InvalidRequest:
    """Return what is wrong with an address.

    Args:
        errors: pydantic's errors, each with "path" or "query" before its place.
        endpoint: the function that takes the parameters; those of the query are fields of one model.
    """
    models = _parameters(endpoint)
    described = [_describe(each, each["loc"][1:], models[each["loc"][0]], "parameter") for each in errors[:MOST_LISTED]]
    return InvalidRequest(described, len(errors))


@lru_cache
def _parameters(endpoint: Callable[..., Any]) -> dict[str, type[BaseModel]]:
    """Return the models of an operation's parameters: the query's own, and one made of those in the path."""
    query, path = BaseModel, {}
    for name, hint in get_type_hints(endpoint, include_extras=True).items():
        kinds = [type(each) for each in get_args(hint)[1:]] if get_origin(hint) is Annotated else []
        if params.Query in kinds:
            query = get_args(hint)[0]
        elif params.Path in kinds:
            path[name] = (hint, ...)
    return {"query": query, "path": create_model("Path", **path)}  # type: ignore[call-overload] # names as keywords


def pointer(place: Place) -> str:
    """Return a place as a JSON pointer (RFC 6901); long names are shortened, since an answer must not repeat a body."""
    names = (shorten(str(part)) for part in place)
    return "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in names)


def _describe(error: Mapping[str, Any], place: Place, model: type[BaseModel], term: str = "field") -> ProblemError:
    return ProblemError(pointer=pointer(place), message=message_of(error, place, model, term))
