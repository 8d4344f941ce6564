"""What is wrong with a request, in the service's own words: each error points at its field and says what is allowed."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, get_type_hints

from pydantic import BaseModel, ValidationError

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
        return NotJson(f"the body is not JSON: {errors[0]['ctx']['error']}")
    return InvalidRequest([_describe(each, each["loc"], model) for each in errors[:MOST_LISTED]], n_errors)


def invalid_parameters(errors: Sequence[Mapping[str, Any]], endpoint: Callable[..., Any]) -> InvalidRequest:
    """Return what is wrong with an address.

    Args:
        errors: pydantic's errors, each with "path" or "query" before its place.
        endpoint: the function that takes the parameters; those of the query are fields of one model.
    """
    models = [
        hint for hint in get_type_hints(endpoint).values() if isinstance(hint, type) and issubclass(hint, BaseModel)
    ]
    query = next(iter(models), None)
    described = [
        _describe(each, each["loc"][1:], query if each["loc"][0] == "query" else None, term="parameter")
        for each in errors[:MOST_LISTED]
    ]
    return InvalidRequest(described, len(errors))


def pointer(place: Place) -> str:
    """Return a place as a JSON pointer (RFC 6901); long names are shortened, since an answer must not repeat a body."""
    names = (shorten(str(part)) for part in place)
    return "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in names)


def _describe(
    error: Mapping[str, Any], place: Place, model: type[BaseModel] | None, term: str = "field"
) -> ProblemError:
    return ProblemError(pointer=pointer(place), message=message_of(error, place, model, term))
