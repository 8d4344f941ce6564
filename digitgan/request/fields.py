"""Fields that several requests share: their types, ranges and descriptions."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from annotated_types import Ge, GroupedMetadata, Le
from numpy.typing import NDArray
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    FiniteFloat,
    GetPydanticSchema,
    Strict,
    StringConstraints,
    TypeAdapter,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
)
from pydantic_core.core_schema import no_info_wrap_validator_function

from digitgan.contract.card import Name, Version
from digitgan.contract.class_names import MAX_CLASS_NAME
from digitgan.contract.documents import shorten
from digitgan.contract.hand import PREFIX, style_of
from digitgan.contract.limits import (
    MAX_DIGITS,
    MAX_SEED,
    MAX_TOKEN,
    MAX_TRUNCATION,
    SIGNS,
    SIGNS_IN_WORDS,
    TOKEN_PATTERN,
)
from digitgan.engine.source import Hands, Latents, Seeds, Source
from digitgan.request.messages import ALLOWED


def _whole(value: Any) -> Any:
    """Return 7.0 as 7; anything else unchanged."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _number_or_name(value: Any, validate: ValidatorFunctionWrapHandler) -> int | str:
    """Return a label; whether a model has a class of that number or name, its card says."""
    if isinstance(value, str) and 0 < len(value) <= MAX_CLASS_NAME:
        return str(value)
    label: int = validate(_whole(value))
    return label


def _as_array(value: Any, validate: ValidatorFunctionWrapHandler) -> NDArray[np.float64]:
    """Return a latent as an array; numbers that are no latent are left to the validator, which names the first."""
    if isinstance(value, list) and set(map(type, value)) <= {int, float}:
        with suppress(OverflowError):  # an integer beyond float64
            latent = np.array(value, np.float64)
            if latent.size and np.isfinite(latent).all():
                return latent
    return np.array(validate(value), np.float64)


def _without_unknown_signs(value: Any) -> Any:
    """Return a number unchanged.

    Raises:
        ValueError: it has a character that is neither a digit nor a sign.
    """
    known = "0123456789" + SIGNS
    if isinstance(value, str) and (sign := next((each for each in value if each not in known), None)) is not None:
        raise ValueError(f"must be digits and the signs {SIGNS_IN_WORDS}; {shorten(value)!r} has {sign!r}")
    return value


def _is_token(token: str) -> str:
    """Return a token unchanged; raise ValueError if it is none."""
    style_of(token)
    return token


def _seed_or_hand(value: Any, _: ValidatorFunctionWrapHandler) -> int | str:
    """Return a valid seed or token.

    Raises:
        ValueError: it is neither.
    """
    if isinstance(value, str) and value.startswith(PREFIX):
        return _HAND.validate_python(value)
    if isinstance(value, int) and 0 <= value <= MAX_SEED:
        return value
    given = f"{value:,}" if isinstance(value, int) else repr(shorten(value))
    raise ValueError(f"must be a seed, an integer from 0 to {MAX_SEED:,}, or a hand token, not {given}")


class Alone(list[Any]):
    """A list of one item that was written without the list."""


def _one_or_list(item: Any, items: Any, is_alone: Callable[[Any], bool]) -> Any:
    """Return the type of a list that may be written as its only item.

    An item that stands alone is validated by itself, so that errors point at the field and not at a first item.

    Args:
        item: type of an item.
        items: type of the list.
        is_alone: whether a value is written as an item.
    """
    alone = TypeAdapter(item)

    def validate(value: Any, validate_list: ValidatorFunctionWrapHandler) -> Any:
        return Alone([alone.validate_python(value)]) if is_alone(value) else validate_list(value)

    return Annotated[items, WrapValidator(validate, json_schema_input_type=item | items)]


def _is_scalar(value: Any) -> bool:
    return isinstance(value, int | float | str)


def _is_latent(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and not isinstance(value[0], list)


@dataclass(frozen=True, slots=True)
class WholeNumber(GroupedMetadata):
    """Makes an ``int`` accept whole numbers of a range, written as 7 or 7.0, which are the same number in JSON.

    Attributes:
        least: lowest number allowed.
        most: highest number allowed; None for no limit.
    """

    least: int
    most: int | None = None

    def __iter__(self) -> Iterator[Any]:
        """Yield the parts, bounds first: behind the validator, pydantic would not find their integer."""
        yield Strict()
        yield Ge(self.least)
        if self.most is not None:
            yield Le(self.most)
        yield BeforeValidator(_whole)


def check_one_given(request: BaseModel, *names: str) -> None:
    """Raise ValueError unless exactly one of some fields of a request is given."""
    given = [name for name in names if getattr(request, name) is not None]
    if len(given) != 1:
        all_names = f"{', '.join(names[:-1])} and {names[-1]}"
        raise ValueError(f"give exactly one of {all_names}, not {' and '.join(given) or 'none'}")


def source_of(
    seeds: list[int] | None, hands: list[str] | None = None, latents: list[NDArray[np.float64]] | None = None
) -> Source:
    """Return the source of a request that gives seeds, hands or latents.

    Raises:
        InvalidPlan: as raised by `Hands.of` and `Latents.from_rows`.
    """
    if seeds is not None:
        return Seeds(seeds)
    return Latents.from_rows(latents or []) if hands is None else Hands.of(hands)


Seed = Annotated[int, WholeNumber(0, MAX_SEED)]
Hand = Annotated[
    str,
    Strict(),
    StringConstraints(max_length=MAX_TOKEN, pattern=TOKEN_PATTERN),
    AfterValidator(_is_token),
    Field(json_schema_extra={ALLOWED: "the token of a hand, as POST /encode returns it"}),
]
_HAND: TypeAdapter[str] = TypeAdapter(Hand)
# A text in the description: generators of clients find no common type for an integer and a text.
SeedOrHand = Annotated[
    int | str,
    WrapValidator(_seed_or_hand),
    WithJsonSchema({"type": "string", "maxLength": MAX_TOKEN, "pattern": "^([0-9]{1,16}|h[A-Za-z0-9_-]+)$"}),
]
_Components = Annotated[list[Annotated[FiniteFloat, Strict()]], Field(fail_fast=True, min_length=1)]
# An array takes a quarter of the memory of a list of numbers, and other threads run between one latent and the next.
Latent = Annotated[
    NDArray[np.float64],
    GetPydanticSchema(lambda _, schema_of: no_info_wrap_validator_function(_as_array, schema_of(_Components))),
]
_ANY = f"[0-9{SIGNS.replace('-', '')}-]*"
Number = Annotated[
    str,
    Strict(),
    StringConstraints(min_length=1, max_length=MAX_DIGITS, pattern=f"^{_ANY}[0-9]{_ANY}$"),
    BeforeValidator(_without_unknown_signs),
    Field(
        json_schema_extra={
            ALLOWED: f"text of 1 to {MAX_DIGITS} digits and signs, with at least one digit, as in '2026'"
        }
    ),
]

ALONE = "one alone needs no list"  # in the descriptions of the fields below, since their schemas do not say it
# The first wrong item of a list is named; pydantic would collect hundreds of bytes about each of the others.
_SeedList = Annotated[list[Seed], Field(fail_fast=True, min_length=1)]
_HandList = Annotated[list[Hand], Field(fail_fast=True, min_length=1)]
_LatentList = Annotated[list[Latent], Field(fail_fast=True, min_length=1)]
_NumberList = Annotated[list[Number], Field(fail_fast=True, min_length=1)]
if TYPE_CHECKING:  # what the fields hold after validation
    Label = int | str
    SeedList = list[int]
    HandList = list[str]
    LabelList = list[int | str]
    LatentList = list[NDArray[np.float64]]
    NumberList = list[str]
else:
    SeedList = _one_or_list(Seed, _SeedList, _is_scalar)
    HandList = _one_or_list(Hand, _HandList, _is_scalar)
    Label = Annotated[int, Strict(), Ge(0), WrapValidator(_number_or_name)]
    _LabelList = Annotated[list[Label], Field(fail_fast=True, min_length=1)]
    LabelList = _one_or_list(Label, _LabelList, _is_scalar)
    LatentList = _one_or_list(Latent, _LatentList, _is_latent)
    NumberList = _one_or_list(Number, _NumberList, _is_scalar)

_NAME = "the name of a model: text of 1 to 63 lower-case letters, digits and hyphens, such as 'digits'"
_Name = Annotated[Name, Field(json_schema_extra={ALLOWED: _NAME})]
_Version = Annotated[Version, Field(json_schema_extra={ALLOWED: "the number of a version as text, such as '1'"})]
ModelName = Annotated[_Name | None, Field(description="default: the configured model", examples=["digits"])]
ModelVersion = Annotated[
    _Version | None, Field(description="default: the newest, or one that the service's weights choose", examples=["1"])
]
Truncation = Annotated[
    FiniteFloat,
    Strict(),
    Field(
        ge=0,
        le=MAX_TRUNCATION,
        description="scales the style of each latent: below 1 more typical, above 1 more varied",
    ),
]
Vary = Annotated[FiniteFloat, Strict(), Field(ge=0, le=1)]


class ModelFields(BaseModel):
    """Which model draws, and how freely."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: ModelName = None
    version: ModelVersion = None
    truncation: Truncation = 1.0

    @property
    def of_plan(self) -> dict[str, Any]:
        """These fields, which are also fields of `Plan`."""
        return {"model": self.model, "version": self.version, "truncation": self.truncation}
