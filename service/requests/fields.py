"""Knows the fields that several requests share: their types, ranges and descriptions.

Does not know requests, models or plans.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from annotated_types import Ge, GroupedMetadata, Le
from pydantic import BeforeValidator, Field, FiniteFloat, Strict, StringConstraints

from digitgan.contract.card import Name, Version
from digitgan.contract.latents import MAX_SEED

MAX_DIGITS = 64  # of one number


def _whole(value: Any) -> Any:
    """Return 7.0 as 7; anything else as it is."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _listed(value: Any) -> Any:
    """Return a lone number or string as a list of one; anything else as it is."""
    return [value] if isinstance(value, int | float | str) else value


def _listed_latents(value: Any) -> Any:
    """Return one latent, a list of numbers, as a list of one latent; anything else as it is."""
    return [value] if isinstance(value, list) and value and not isinstance(value[0], list) else value


@dataclass(frozen=True, slots=True)
class Whole(GroupedMetadata):
    """What makes an ``int`` a whole number of a range: 7 and 7.0, which JSON and its schemas hold to be the same.

    Attributes:
        least: lowest number allowed.
        most: highest number allowed; None for no bound.
    """

    least: int
    most: int | None = None

    def __iter__(self) -> Iterator[Any]:
        """Yield the parts, the bounds first: pydantic would not find the integer behind the validator."""
        yield Strict()
        yield Ge(self.least)
        if self.most is not None:
            yield Le(self.most)
        yield BeforeValidator(_whole)


def exactly_one_of(*names: str) -> dict[str, Any]:
    """Return what a schema says of fields of which one, and one only, is given; null counts as not given."""
    return {"oneOf": [{"required": [name], "properties": {name: {"not": {"type": "null"}}}} for name in names]}


Seed = Annotated[int, Whole(0, MAX_SEED)]
Label = Annotated[int, Whole(0)]
Latent = Annotated[list[Annotated[FiniteFloat, Strict()]], Field(min_length=1)]
Number = Annotated[str, Strict(), StringConstraints(pattern=rf"^[0-9]{{1,{MAX_DIGITS}}}$")]

_Seeds = Annotated[list[Seed], Field(min_length=1)]
_Labels = Annotated[list[Label], Field(min_length=1)]
_Latents = Annotated[list[Latent], Field(min_length=1)]
_Numbers = Annotated[list[Number], Field(min_length=1)]
Seeds = Annotated[_Seeds, BeforeValidator(_listed, json_schema_input_type=Seed | _Seeds)]
Labels = Annotated[_Labels, BeforeValidator(_listed, json_schema_input_type=Label | _Labels)]
Latents = Annotated[_Latents, BeforeValidator(_listed_latents, json_schema_input_type=Latent | _Latents)]
Numbers = Annotated[_Numbers, BeforeValidator(_listed, json_schema_input_type=Number | _Numbers)]

ModelName = Annotated[Name | None, Field(description="default: the configured model", examples=["digits"])]
ModelVersion = Annotated[Version | None, Field(description="default: the model's newest", examples=["1"])]
Truncation = Annotated[
    FiniteFloat,
    Strict(),
    Field(ge=0, le=2, description="scales the style of each latent: below 1 more typical, above 1 more varied"),
]
Scale = Annotated[int, Whole(1, 32), Field(description="side of the square that each pixel becomes")]
Columns = Annotated[
    Annotated[int, Whole(1, 1024)] | None,
    Field(description="images in a row of a contact sheet; default: as square as can be"),
]
Padding = Annotated[int, Whole(0, 64), Field(description="pixels around the images of a contact sheet, before scaling")]
Gap = Annotated[int, Whole(0, 28), Field(description="pixels between the digits of a number, before scaling")]
Metadata = Annotated[
    bool,
    Strict(),
    Field(description="PNGs say what they come from, enough to ask for them again, and that a model made them"),
]
Invert = Annotated[bool, Strict(), Field(description="black ink on white")]
