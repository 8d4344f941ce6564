"""Fields that several requests share: their types, ranges and descriptions."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from annotated_types import Ge, GroupedMetadata, Le
from numpy.typing import NDArray
from pydantic import (
    BaseModel,
    BeforeValidator,
    Field,
    FiniteFloat,
    GetPydanticSchema,
    Strict,
    StringConstraints,
    ValidatorFunctionWrapHandler,
)
from pydantic_core.core_schema import no_info_wrap_validator_function

from digitgan.contract.card import Name, Version
from digitgan.contract.limits import (
    MAX_COLUMNS,
    MAX_DIGITS,
    MAX_GAP,
    MAX_PADDING,
    MAX_SCALE,
    MAX_SEED,
    MAX_TRUNCATION,
)
from digitgan.engine.source import Latents, Seeds, Source


def _whole(value: Any) -> Any:
    """Return 7.0 as 7; anything else unchanged."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _as_list(value: Any) -> Any:
    """Return a single number or string as a list of one; anything else unchanged."""
    return [value] if isinstance(value, int | float | str) else value


def _as_array(value: Any, validate: ValidatorFunctionWrapHandler) -> NDArray[np.float64]:
    """Return a latent as an array; numbers that are no latent are left to the validator, which names the first."""
    if isinstance(value, list) and set(map(type, value)) <= {int, float}:
        with suppress(OverflowError):  # an integer beyond float64
            latent = np.array(value, np.float64)
            if latent.size and np.isfinite(latent).all():
                return latent
    return np.array(validate(value), np.float64)


def _as_list_of_latents(value: Any) -> Any:
    """Return one latent, a list of numbers, as a list of one latent; anything else unchanged."""
    return [value] if isinstance(value, list) and value and not isinstance(value[0], list) else value


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


def source_of(seeds: list[int] | None, latents: list[NDArray[np.float64]] | None) -> Source:
    """Return the source of a request that gives either seeds or latents.

    Raises:
        InvalidPlan: as raised by `Latents.from_rows`.
    """
    return Seeds(seeds or []) if latents is None else Latents.from_rows(latents)


Seed = Annotated[int, WholeNumber(0, MAX_SEED)]
Label = Annotated[int, WholeNumber(0)]
_Components = Annotated[list[Annotated[FiniteFloat, Strict()]], Field(fail_fast=True, min_length=1)]
# An array takes a quarter of the memory of a list of numbers, and other threads run between one latent and the next.
Latent = Annotated[
    NDArray[np.float64],
    GetPydanticSchema(lambda _, schema_of: no_info_wrap_validator_function(_as_array, schema_of(_Components))),
]
Number = Annotated[str, Strict(), StringConstraints(pattern=rf"^[0-9]{{1,{MAX_DIGITS}}}$")]

ALONE = "one alone needs no list"  # in the descriptions of the fields below, since their schemas do not say it
# The first wrong item of a list is named; pydantic would collect hundreds of bytes about each of the others.
_SeedList = Annotated[list[Seed], Field(fail_fast=True, min_length=1)]
_LabelList = Annotated[list[Label], Field(fail_fast=True, min_length=1)]
_LatentList = Annotated[list[Latent], Field(fail_fast=True, min_length=1)]
_NumberList = Annotated[list[Number], Field(fail_fast=True, min_length=1)]
SeedList = Annotated[_SeedList, BeforeValidator(_as_list, json_schema_input_type=Seed | _SeedList)]
LabelList = Annotated[_LabelList, BeforeValidator(_as_list, json_schema_input_type=Label | _LabelList)]
LatentList = Annotated[_LatentList, BeforeValidator(_as_list_of_latents, json_schema_input_type=Latent | _LatentList)]
NumberList = Annotated[_NumberList, BeforeValidator(_as_list, json_schema_input_type=Number | _NumberList)]

ModelName = Annotated[Name | None, Field(description="default: the configured model", examples=["digits"])]
ModelVersion = Annotated[Version | None, Field(description="default: the model's newest", examples=["1"])]
Truncation = Annotated[
    FiniteFloat,
    Strict(),
    Field(
        ge=0,
        le=MAX_TRUNCATION,
        description="scales the style of each latent: below 1 more typical, above 1 more varied",
    ),
]
Scale = Annotated[int, WholeNumber(1, MAX_SCALE), Field(description="side of the square that each pixel becomes")]
Columns = Annotated[
    Annotated[int, WholeNumber(1, MAX_COLUMNS)] | None,
    Field(description="images in a row of a contact sheet; default: as square as possible"),
]
Padding = Annotated[
    int, WholeNumber(0, MAX_PADDING), Field(description="pixels around the images of a contact sheet, before scaling")
]
Gap = Annotated[
    int, WholeNumber(0, MAX_GAP), Field(description="pixels between the digits of a number, before scaling")
]
Metadata = Annotated[
    bool,
    Strict(),
    Field(description="PNGs state their model, seeds and options, and that they are generated by a trained model"),
]
Invert = Annotated[bool, Strict(), Field(description="black ink on white")]
