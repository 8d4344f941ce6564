"""The arguments of the Python API: the fields of the service's requests, given as Python, numpy or torch values."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any, Self, TypeVar

import numpy as np
from pydantic import BaseModel, ValidationError, model_validator

from digitgan.contract.errors import InvalidPlan, UnknownModel
from digitgan.formats.numbers import PADDING
from digitgan.request.fields import (
    Gap,
    Invert,
    LabelList,
    LatentList,
    Metadata,
    ModelName,
    ModelVersion,
    NumberList,
    Padding,
    Scale,
    Seed,
    SeedList,
    Truncation,
    WholeNumber,
    check_one_given,
)
from digitgan.request.messages import message_of

Arguments = TypeVar("Arguments", bound=BaseModel)


class ModelArguments(BaseModel):
    """Which model."""

    model: ModelName = None
    version: ModelVersion = None


class WriteArguments(BaseModel):
    """Numbers, and how they are drawn."""

    digits: NumberList
    seed: Seed | None = None
    truncation: Truncation = 1.0
    scale: Scale = 1
    padding: Padding = PADDING
    gap: Gap = 0
    invert: Invert = False
    metadata: Metadata = False


class GenerateArguments(BaseModel):
    """Images, from seeds or latents."""

    seeds: SeedList | None = None
    latents: LatentList | None = None
    labels: LabelList | None = None
    truncation: Truncation = 1.0

    @model_validator(mode="after")
    def _names_one_source(self) -> Self:
        check_one_given(self, "seeds", "latents")
        return self


class DigitsArguments(BaseModel):
    """A labelled data set."""

    count: Annotated[int, WholeNumber(1)] | None = None
    seed: Seed = 0
    truncation: Truncation = 1.0


def checked(kind: type[Arguments], **given: Any) -> Arguments:
    """Return arguments that are valid.

    Raises:
        InvalidPlan: a value is not possible; the field is the argument's name, and the position in a list.
    """
    try:
        return kind.model_validate({name: plain(value) for name, value in given.items()})
    except ValidationError as error:
        raise invalid(error, kind) from None


def invalid(error: ValidationError, kind: type[BaseModel]) -> InvalidPlan:
    """Return the first error, in the words of the service."""
    first = error.errors(include_url=False)[0]
    place = first["loc"]
    return InvalidPlan("/".join(map(str, place)), message_of(first, place, kind, "argument"))


def plain(value: Any) -> Any:
    """Return numpy's values, tensors, ranges and other iterables as numbers and lists, which the fields accept."""
    if hasattr(value, "__array__"):
        return np.asarray(value).tolist()
    if isinstance(value, range):
        return list(value)  # if it is too long for the memory, this fails before any memory is used
    if isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping):
        return [plain(each) for each in value]
    return value


@contextmanager
def named_errors() -> Iterator[None]:
    """Begin the message of whatever is refused in the block with the name of the argument."""
    try:
        yield
    except (InvalidPlan, UnknownModel) as error:
        text = f"{error.field}: {error}" if error.field else str(error)
        raise type(error)(error.field, text) from None
