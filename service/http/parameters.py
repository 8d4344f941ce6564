"""How the text of a parameter becomes the value that a body would have there, by one spelling only.

A cache keeps a picture under one name, so a value may not be written in two ways.
"""

from collections.abc import Callable, Sequence
from typing import Any

from pydantic import BaseModel, ValidationInfo, ValidatorFunctionWrapHandler, WrapValidator, field_validator

from digitgan.contract.documents import shorten
from digitgan.contract.errors import InvalidPlan
from digitgan.picture.address import spelling
from digitgan.request.messages import allowed_types

_BOOLS = {
    **dict.fromkeys(("true", "1", "on", "t", "y", "yes"), True),
    **dict.fromkeys(("false", "0", "off", "f", "n", "no"), False),
}


def _whole(text: str) -> int:
    """Return the number of a text that is read as a whole one, such as "7.0"."""
    whole, _, fraction = text.partition(".")
    if fraction.strip("0_ "):
        raise ValueError(text)
    return int(whole)


_READ: dict[str, Callable[[str], Any]] = {
    "boolean": lambda text: _BOOLS[text.lower()],
    "integer": _whole,
    "number": float,
    "string": str,
}


def _value(text: Any, kind: str) -> Any:
    """Return the value of a text; a text that stands for none of the kind is left as it is, for its validator."""
    try:
        return _READ[kind](text)
    except (ValueError, KeyError):
        return text


def _read(text: Any, validate: ValidatorFunctionWrapHandler, kind: str) -> Any:
    """Return the value of a text.

    Args:
        text: as the address has it.
        validate: checks the value.
        kind: the kind of the value in JSON.

    Raises:
        ValueError: the text is not the usual spelling of the value.
    """
    value = validate(_value(text, kind))
    usual = spelling(value)
    if text not in (usual, usual.removesuffix(".0")):  # 2 is as usual as 2.0, and stays one address more
        raise ValueError(f"must be written as {usual}, not {text[:40]!r}")
    return value


def check_unrepeated(names: Sequence[str], kind: str) -> None:
    """Raise InvalidPlan if a name occurs more than once.

    Args:
        names: of the parameters of an address, or of the fields of a form.
        kind: what a message calls one of them.
    """
    if repeated := next((name for name in names if names.count(name) > 1), None):
        raise InvalidPlan(repeated, f"the {kind} {shorten(repeated)} is given more than once; give it once")


def spelt(kind: str) -> WrapValidator:
    """Return what reads a parameter in a path whose value has this kind in JSON, such as "integer"."""
    return WrapValidator(lambda text, validate: _read(text, validate, kind))


class Parameters(BaseModel):
    """Lets the other bases of a class, whose fields a body may have, be the parameters of a query."""

    @field_validator("*", mode="wrap")
    @classmethod
    def _is_spelt(cls, text: Any, validate: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
        return _read(text, validate, allowed_types(cls, (info.field_name or "",))[0])


class Texts(BaseModel):
    """Lets the other bases of a class, whose fields a body may have, be fields of a form, in any spelling."""

    @field_validator("*", mode="before")
    @classmethod
    def _is_read(cls, text: Any, info: ValidationInfo) -> Any:
        return _value(text, allowed_types(cls, (info.field_name or "",))[0])
