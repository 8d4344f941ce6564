"""Knows the bodies of answers.

Does not know how they are made; requests have a room of their own.
"""

from pydantic import BaseModel, Field

from digitgan.contract.card import Card, ModelReference, Precision


class GeneratedImage(BaseModel):
    """One generated image."""

    seed: int | None = Field(description="null where a latent was given")
    label: int | None = Field(description="the class that was drawn; null for a model without classes")
    url: str | None = Field(description="where GET gives the same PNG, for good; null where a latent was given")
    png: str = Field(description="PNG file, 8-bit greyscale, in base64")


class Box(BaseModel):
    """A rectangle in a picture, in its pixels, from its upper left corner."""

    x: int
    y: int
    width: int
    height: int


class DigitBox(BaseModel):
    """One digit of a number."""

    label: int
    cell: Box = Field(description="the square that the digit was generated in")
    ink: Box | None = Field(description="the smallest box of all pixels of at least a quarter of full ink")


class GeneratedNumber(BaseModel):
    """One generated number: a strip of digits in one hand."""

    seed: int | None = Field(description="null where a latent was given")
    digits: str
    url: str | None = Field(description="where GET gives the same PNG, for good; null where a latent was given")
    boxes: list[DigitBox] = Field(description="where each digit stands in the strip, from left to right")
    png: str = Field(description="PNG file of the strip, 8-bit greyscale, in base64")


class GenerateResponse(BaseModel):
    """Generated images, or numbers where digits were asked for, in the order of the request."""

    model: str
    version: str
    images: list[GeneratedImage | GeneratedNumber]


class LatentsResponse(BaseModel):
    """Latents, in the order of their seeds."""

    model: str
    version: str
    seeds: list[int]
    latents: list[list[float]] = Field(description="each of the model's latent size; the shortest text of each float32")


class ModelVersion(BaseModel):
    """One model version as it is served here."""

    model: str
    version: str
    versions: list[str] = Field(description="all versions of this model, from oldest to newest")
    provider: str = Field(description="execution provider that is active, as the runtime reports it")
    nodes: dict[str, int] = Field(description="of the graph, by the execution provider that runs them")
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
    file_url: str | None = Field(description="where GET gives the ONNX file; null where files are not given out")


class RefusedVersion(BaseModel):
    """A model version that is not served as it lies in the models folder now."""

    model: str
    version: str
    reason: str


class ModelList(BaseModel):
    """All models that are served here."""

    default_model: str
    models: list[ModelSummary]
    refused: list[RefusedVersion] = Field(description="what the last look at the models folder refused, and why")


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
