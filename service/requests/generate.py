"""Knows the body of a request for images, and how it turns into a plan.

Does not know models: what a model can do is checked against its card, by the plan.
"""

import secrets
from collections.abc import Sequence
from typing import Annotated, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from digitgan.contract.card import Card
from digitgan.contract.errors import InvalidPlan
from digitgan.contract.latents import MAX_SEED
from digitgan.engine.plan import Plan, as_latents, spread
from digitgan.picture.picture import Picture
from service.requests.fields import (
    Columns,
    Gap,
    Invert,
    Labels,
    Latents,
    Metadata,
    ModelName,
    ModelVersion,
    Numbers,
    Padding,
    Scale,
    Seeds,
    Truncation,
    Whole,
    exactly_one_of,
)


class GenerateRequest(BaseModel):
    """What to generate, from exactly one of seeds, latents or count, and how to show it."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {"seeds": [1, 2, 3], "labels": [3, 1, 4]},
                {"seeds": 7, "digits": "2026", "gap": 2, "scale": 4},
                {"count": 16, "columns": 4},
            ],
            **exactly_one_of("seeds", "latents", "count"),
            "anyOf": [{"properties": {name: {"type": "null"}}} for name in ("labels", "digits")],  # not both
        },
    )

    seeds: Annotated[
        Seeds | None, Field(description="one seed an image or number, or one for all of the labels or digits")
    ] = None
    latents: Annotated[
        Latents | None, Field(description="one latent an image or number, each of the model's latent size")
    ] = None
    count: Annotated[
        Annotated[int, Whole(1)] | None, Field(description="how many random seeds to draw; they are returned")
    ] = None
    labels: Annotated[
        Labels | None, Field(description="the class of each image, or one for all; default: the latent's own class")
    ] = None
    digits: Annotated[
        Numbers | None,
        Field(description="a number to write in the hand of one seed, or several; each is one strip of digits"),
    ] = None
    model: ModelName = None
    version: ModelVersion = None
    truncation: Truncation = 1.0
    scale: Scale = 1
    columns: Columns = None
    padding: Padding = 2
    gap: Gap = 0
    invert: Invert = False
    metadata: Metadata = False

    @model_validator(mode="after")
    def _names_one_source(self) -> Self:
        given = [name for name in ("seeds", "latents", "count") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"give exactly one of seeds, latents and count, not {' and '.join(given) or 'none'}")
        if self.labels is not None and self.digits is not None:
            raise ValueError("give labels or digits, not both: digits are the labels of a number, one after the other")
        return self

    def plan_and_picture(self, card: Card, max_images: int) -> tuple[Plan, Picture]:
        """Return what is asked and how it is shown, with what is single spread and random seeds drawn.

        Args:
            card: of the model version that is asked for.
            max_images: most images.

        Raises:
            InvalidPlan: lengths do not fit, latents are not the model's, or it is more than max_images.
        """
        source = "seeds" if self.seeds is not None else "latents" if self.latents is not None else "count"
        n = self.count or len(self.seeds or self.latents or ())
        self._refuse_beyond(max_images, n, source)
        latents = None if self.latents is None else as_latents(self.latents)
        if latents is not None:
            Plan(None, latents).check(card)  # before they are spread: one of any length may stand for all images
        sources: Sequence[int] = range(n) if latents is not None else self.seeds or _drawn(n)
        numbers: tuple[str, ...] = ()
        if self.digits is not None:
            sources, several = spread(sources, self.digits, source, "digits")
            numbers = tuple(several or ())
            self._refuse_beyond(max_images, sum(map(len, numbers)), "digits")
            sources = [each for each, digits in zip(sources, numbers, strict=True) for _ in digits]
            labels: Sequence[int] | None = [int(digit) for digits in numbers for digit in digits]
        else:
            sources, labels = spread(sources, self.labels, source)
            self._refuse_beyond(max_images, len(sources), source)
        plan = Plan(
            sources if latents is None else None,
            None if latents is None else latents[np.asarray(sources)],
            labels,
            self.truncation,
            self.model,
            self.version,
            labels_field="labels/{}" if self.digits is None else "digits",
        )
        picture = Picture(
            self.scale, self.columns, self.padding, self.invert, numbers, self.gap, metadata=self.metadata
        )
        return plan, picture

    def _refuse_beyond(self, max_images: int, n: int, field: str) -> None:
        if n > max_images:
            raise InvalidPlan(field, f"{n} images asked for; at most {max_images} a request in this form")


def _drawn(n: int) -> list[int]:
    """Return n random seeds; their range is a power of two, so that the bits of a word are seed enough."""
    words = np.frombuffer(secrets.token_bytes(8 * n), np.uint64)
    return [int(word) for word in words & np.uint64(MAX_SEED)]
