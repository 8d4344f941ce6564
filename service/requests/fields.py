"""Knows the fields that several requests share: their types, ranges and descriptions.

Does not know requests, models or plans.
"""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, FiniteFloat, Strict, StringConstraints

from service.engine.card import Name, Version
from service.engine.latents import MAX_SEED

MAX_DIGITS = 64  # of one number


def _listed(value: Any) -> Any:
    """Return a lone number or string as a list of one; anything else as it is."""
    return [value] if isinstance(value, int | float | str) else value


def _listed_latents(value: Any) -> Any:
    """Return one latent, a list of numbers, as a list of one latent; anything else as it is."""
    return [value] if isinstance(value, list) and value and not isinstance(value[0], list) else value


Integer = Annotated[int, Strict()]
Seed = Annotated[Integer, Field(ge=0, le=MAX_SEED)]
Label = Annotated[Integer, Field(ge=0)]
Latent = Annotated[list[Annotated[FiniteFloat, Strict()]], Field(min_length=1)]
Number = Annotated[str, Strict(), StringConstraints(pattern=rf"^[0-9]{{1,{MAX_DIGITS}}}$")]
Seeds = Annotated[list[Seed], Field(min_length=1), BeforeValidator(_listed, json_schema_input_type=Seed | list[Seed])]
Labels = Annotated[
    list[Label], Field(min_length=1), BeforeValidator(_listed, json_schema_input_type=Label | list[Label])
]
Latents = Annotated[
    list[Latent],
    Field(min_length=1),
    BeforeValidator(_listed_latents, json_schema_input_type=Latent | list[Latent]),
]
Numbers = Annotated[
    list[Number], Field(min_length=1), BeforeValidator(_listed, json_schema_input_type=Number | list[Number])
]

ModelName = Annotated[Name | None, Field(description="default: the configured model")]
ModelVersion = Annotated[Version | None, Field(description="default: the model's newest")]
Truncation = Annotated[
    FiniteFloat,
    Strict(),
    Field(ge=0, le=2, description="scales the style of each latent: below 1 more typical, above 1 more varied"),
]
Scale = Annotated[Integer, Field(ge=1, le=32, description="side of the square that each pixel becomes")]
Columns = Annotated[
    Annotated[Integer, Field(ge=1, le=1024)] | None,
    Field(description="images in a row of a contact sheet; default: as square as can be"),
]
Padding = Annotated[
    Integer, Field(ge=0, le=64, description="pixels around the images of a contact sheet, before scaling")
]
Gap = Annotated[Integer, Field(ge=0, le=28, description="pixels between the digits of a number, before scaling")]
Metadata = Annotated[
    bool,
    Strict(),
    Field(description="PNGs say what they come from, enough to ask for them again, and that a model made them"),
]
Invert = Annotated[bool, Strict(), Field(description="black ink on white")]
