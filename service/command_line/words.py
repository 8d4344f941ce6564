"""Knows how a request's fields are called on the command line, and what is wrong with them in those words.

Does not know commands, nor what a field is for.
"""

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from digitgan.contract.errors import InvalidPlan, UnknownModel
from service.requests.allowed import allowed

_OTHERWISE = {"seeds": "--seed", "digits": "NUMBER", "labels": "NUMBER"}

Request = TypeVar("Request", bound=BaseModel)


class WrongWords(Exception):
    """What was typed asks for something that cannot be had.

    Args:
        lines: what is wrong and what is allowed, one fault a line.
    """

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


def word(field: str) -> str:
    """Return what a field is called on the command line."""
    name = field.partition("/")[0]
    return _OTHERWISE.get(name, "--" + name.replace("_", "-"))


def number(text: str) -> int | float | str:
    """Return a word as the number that it is, or as it is, for the request to refuse."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def request(kind: type[Request], fields: dict[str, Any]) -> Request:
    """Return a request of a kind.

    Raises:
        WrongWords: a field is out of its range or of another type.
    """
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        raise WrongWords(*(_said(kind, fault) for fault in error.errors(include_url=False))) from None


def wrong_words(error: InvalidPlan | UnknownModel) -> WrongWords:
    """Return what the engine refuses in the words of the command line."""
    return WrongWords(f"{word(error.field)}: {error}")


def _said(kind: type[BaseModel], fault: Any) -> str:
    place = fault["loc"]
    what = allowed(kind, place)
    return f"{word(str(place[0]))} = {fault['input']!r}: {fault['msg']}" + (f"; {what}" if what else "")
