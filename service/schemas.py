"""Knows the bodies of requests and answers, and how a request turns into a plan.

Does not know models: what a model can do is checked against its card, by the plan.
"""

import secrets
from collections.abc import Sequence
from typing import Annotated, Any, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, FiniteFloat, Strict, model_validator

from service.engine.card import Card, ModelReference, Name, Precision, Version
from service.engine.errors import InvalidPlan
from service.engine.latents import MAX_SEED
from service.engine.plan import Plan, as_latents, spread
from service.render.picture import Picture


def _listed(value: Any) -> Any:
    """Return a lone number as a list of one; anything else as it is."""
    return [value] if isinstance(value, int | float) else value


def _listed_latents(value: Any) -> Any:
    """Return one latent, a list of numbers, as a list of one latent; anything else as it is."""
    return [value] if isinstance(value, list) and value and not isinstance(value[0], list) else value


Integer = Annotated[int, Strict()]
Seed = Annotated[Integer, Field(ge=0, le=MAX_SEED)]
Label = Annotated[Integer, Field(ge=0)]
Latent = Annotated[list[Annotated[FiniteFloat, Strict()]], Field(min_length=1)]
Seeds = Annotated[list[Seed], Field(min_length=1), BeforeValidator(_listed, json_schema_input_type=Seed | list[Seed])]
Labels = Annotated[
    list[Label], Field(min_length=1), BeforeValidator(_listed, json_schema_input_type=Label | list[Label])
]
Latents = Annotated[
    list[Latent],
    Field(min_length=1),
    BeforeValidator(_listed_latents, json_schema_input_type=Latent | list[Latent]),
]


class GenerateRequest(BaseModel):
    """What to generate, from exactly one of seeds, latents or count, and how to show it."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {"seeds": [1, 2, 3], "labels": [3, 1, 4]},
                {"seeds": 7, "labels": [2, 0, 2, 6], "columns": 4, "scale": 4},
                {"count": 16},
            ]
        },
    )

    seeds: Annotated[Seeds | None, Field(description="one seed an image, or one for all of the labels")] = None
    latents: Annotated[Latents | None, Field(description="one latent an image, each of the model's latent size")] = None
    count: Annotated[
        Annotated[Integer, Field(ge=1)] | None, Field(description="how many images of random seeds, which are returned")
    ] = None
    labels: Annotated[
        Labels | None, Field(description="the class of each image, or one for all; default: the latent's own class")
    ] = None
    model: Annotated[Name | None, Field(description="default: the configured model")] = None
    version: Annotated[Version | None, Field(description="default: the model's newest")] = None
    truncation: Annotated[
        FiniteFloat,
        Strict(),
        Field(ge=0, le=2, description="scales the style of each latent: below 1 more typical, above 1 more varied"),
    ] = 1.0
    scale: Annotated[Integer, Field(ge=1, le=32, description="side of the square that each pixel becomes")] = 1
    columns: Annotated[
        Annotated[Integer, Field(ge=1, le=1024)] | None,
        Field(description="images in a row of a contact sheet; default: as square as can be"),
    ] = None
    padding: Annotated[
        Integer, Field(ge=0, le=64, description="pixels around the images of a contact sheet, before scaling")
    ] = 2
    invert: Annotated[bool, Strict(), Field(description="black ink on white")] = False

    @model_validator(mode="after")
    def _names_one_source(self) -> Self:
        given = [name for name in ("seeds", "latents", "count") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"give exactly one of seeds, latents and count, not {' and '.join(given) or 'none'}")
        return self

    @property
    def picture(self) -> Picture:
        """How the images are to be shown."""
        return Picture(self.scale, self.columns, self.padding, self.invert)

    def plan(self, max_images: int) -> Plan:
        """Return what is asked, with single seeds and labels spread and random seeds drawn.

        Raises:
            InvalidPlan: lengths do not fit, or it is more than max_images.
        """
        source = "seeds" if self.seeds is not None else "latents" if self.latents is not None else "count"
        n = max(self.count or 0, len(self.seeds or ()), len(self.latents or ()), len(self.labels or ()))
        if n > max_images:
            raise InvalidPlan(source, f"{n} images asked for; at most {max_images} a request")
        if self.latents is not None:
            order, labels = spread(range(len(self.latents)), self.labels, source)
            return self._plan(None, as_latents(self.latents)[list(order)], labels)
        drawn = self.seeds or [secrets.randbelow(MAX_SEED + 1) for _ in range(self.count or 0)]
        seeds, labels = spread(drawn, self.labels, source)
        return self._plan(seeds, None, labels)

    def _plan(
        self, seeds: Sequence[int] | None, latents: NDArray[np.float32] | None, labels: Sequence[int] | None
    ) -> Plan:
        return Plan(seeds, latents, labels, self.truncation, self.model, self.version)


class GeneratedImage(BaseModel):
    """One generated image."""

    seed: int | None = Field(description="null where a latent was given")
    label: int | None = Field(description="the class that was drawn; null for a model without classes")
    png: str = Field(description="PNG file, 8-bit greyscale, in base64")


class GenerateResponse(BaseModel):
    """Generated images, in the order of the request."""

    model: str
    version: str
    images: list[GeneratedImage]


class ModelVersion(BaseModel):
    """One model version as it is served here."""

    model: str
    version: str
    versions: list[str] = Field(description="all versions of this model, from oldest to newest")
    provider: str = Field(description="execution provider that is active, as the runtime reports it")
    reproduces_card: bool = Field(description="whether the card's golden seeds gave the card's pixels at start")
    card: Card


class ModelSummary(BaseModel):
    """One model, by its newest version."""

    model: str
    version: str
    versions: list[str]
    description: str
    n_classes: int
    latent_size: int
    precision: Precision
    variant_of: ModelReference | None = Field(description="the fp32 file that a variant was made from")
    provider: str


class ModelList(BaseModel):
    """All models that are served here."""

    default_model: str
    models: list[ModelSummary]


class Health(BaseModel):
    """The state of a health check."""

    status: str


class ProblemError(BaseModel):
    """One fault in a request's body."""

    pointer: str = Field(description="JSON pointer (RFC 6901) to the field")
    message: str = Field(description="what is wrong and what is allowed")


class ProblemBody(BaseModel):
    """An error, RFC 9457."""

    type: str = Field(description="address of a page that explains this kind of error")
    title: str
    status: int
    detail: str
    request_id: str
    errors: list[ProblemError] | None = None
