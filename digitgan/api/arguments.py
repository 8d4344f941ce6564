"""The arguments of the Python API: the fields of the service's requests, given as Python, numpy or torch values."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any, Self, TypeVar

import numpy as np
from pydantic import BaseModel, model_validator

from digitgan.api.hand import Hand
from digitgan.contract.errors import InvalidPlan, UnknownModel
from digitgan.request.fields import Hand as HandToken
from digitgan.request.fields import (
    HandList,
    LabelList,
    LatentList,
    Seed,
    SeedList,
    Truncation,
    Vary,
    WholeNumber,
    check_one_given,
)
from digitgan.request.messages import validated

Arguments = TypeVar("Arguments", bound=BaseModel)


class GenerateArguments(BaseModel):
    """Images, from seeds, hands or latents."""

    seeds: SeedList | None = None
    hands: HandList | None = None
    latents: LatentList | None = None
    labels: LabelList | None = None
    truncation: Truncation = 1.0

    @model_validator(mode="after")
    def _names_one_source(self) -> Self:
        check_one_given(self, "seeds", "hands", "latents")
        return self


class DigitsArguments(BaseModel):
    """A labelled data set."""

    count: Annotated[int, WholeNumber(1)] | None = None
    seed: Seed = 0
    hand: HandToken | None = None
    vary: Vary = 0.0
    truncation: Truncation = 1.0


def checked(kind: type[Arguments], **given: Any) -> Arguments:
    """Return arguments that are valid.

    Raises:
        InvalidPlan: a value is not possible; the field is the argument's name, and the position in a list.
    """
    return validated(kind, {name: plain(value) for name, value in given.items()}, "argument")


def plain(value: Any) -> Any:
    """Return numpy's values, tensors, ranges and other iterables as numbers and lists, and a hand as its token."""
    if isinstance(value, Hand):
        return value.token
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
