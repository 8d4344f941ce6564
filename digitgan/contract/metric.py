"""The figures of a model card, and what all parts of a card share."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

MAX_NUMBER = 2**53 - 1  # the largest integer that JSON parsers in every language represent exactly
MAX_FILE_BYTES = 2**31 - 1  # of any ONNX file: the limit of protobuf

Size = Annotated[int, Field(gt=0, le=MAX_NUMBER)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


def is_none(value: object) -> bool:
    """Return whether a field has no value, so that cards older than the field keep their bytes."""
    return value is None


class CardPart(BaseModel):
    """A part of a card: immutable, without unknown fields, and with finite numbers only."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=(), allow_inf_nan=False)


class DescribedFile(CardPart):
    """A file beside the card, by which it is verified."""

    sha256: Sha256
    size_bytes: Annotated[int, Field(gt=0, le=MAX_FILE_BYTES)]


class ReaderScore(CardPart):
    """How well one reader reads real test images, after it learned from generated ones alone."""

    accuracy: Annotated[float, Field(ge=0, le=1, description="share of test images that it reads right")]
    floor: Annotated[float, Field(ge=0, le=1, description="the same after it learned from as many real images")]
    seed: Annotated[int, Field(ge=0, le=MAX_NUMBER, description="of its first weights, its batches and shifts")]
    n_steps: Annotated[Size, Field(description="batches of 128 images that it learned from")]


class Metric(CardPart):
    """One figure, with its meaning and how it was measured.

    Margins are half the width of a 95 % confidence interval over repeated draws of images.
    """

    value: float
    definition: Annotated[str, Field(description="what is measured, in one sentence")]
    floor: Annotated[float | None, Field(description="score of real images, measured in the same way")] = None
    margin: Annotated[float | None, Field(description="margin of the value; null for a single draw")] = None
    floor_margin: Annotated[float | None, Field(description="margin of the floor")] = None
    n_images: Annotated[Size | None, Field(description="images in each draw; null in cards older than this field")] = (
        None
    )
    n_draws: Size | None = None
    readers: Annotated[
        dict[str, ReaderScore] | None,
        Field(
            exclude_if=is_none,
            min_length=1,
            description="of a score that is the mean over several readers: each reader's, by its architecture",
        ),
    ] = None
    judge_sha256: Annotated[
        Sha256 | None, Field(description="hash of the judge that read the images; null if none did")
    ] = None
