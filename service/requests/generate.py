"""Knows the body of a request for images, and how it turns into a plan.

Does not know models: what a model can do is checked against its card, by the plan.
"""

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from digitgan.contract.card import Card
from digitgan.contract.errors import InvalidPlan
from digitgan.engine.plan import Plan, number_plan, spread
from digitgan.engine.source import Latents, Seeds, Source
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
        """Return what to generate and how to show it, with single items spread and random seeds drawn.

        Args:
            card: of the model version that the request names.
            max_images: most images.

        Raises:
            InvalidPlan: lengths do not match, latents do not fit the model, or there are more than max_images.
        """
        source = self._source(card, max_images)
        options: dict[str, Any] = {"truncation": self.truncation, "model": self.model, "version": self.version}
        numbers: tuple[str, ...] = ()
        if self.digits is not None:
            source, several = spread(source, self.digits, "digits")
            numbers = tuple(several)
            _check_count(sum(map(len, numbers)), max_images, "digits")
            plan = number_plan(source, numbers, **options)
        elif self.labels is not None:
            source, labels = spread(source, self.labels, "labels")
            _check_count(len(source), max_images, source.field)
            plan = Plan(source=source, labels=labels, **options)
        else:
            plan = Plan(source=source, **options)
        picture = Picture(
            scale=self.scale,
            columns=self.columns,
            padding=self.padding,
            invert=self.invert,
            numbers=numbers,
            gap=self.gap,
            metadata=self.metadata,
        )
        return plan, picture

    def _source(self, card: Card, max_images: int) -> Source:
        """Return the one source that the request gives, checked before any of it is repeated."""
        if self.latents is not None:
            _check_count(len(self.latents), max_images, "latents")
            latents = Latents.from_rows(self.latents)
            latents.check(card)
            return latents
        if self.seeds is not None:
            _check_count(len(self.seeds), max_images, "seeds")
            return Seeds(self.seeds)
        n = self.count or 0
        _check_count(n, max_images, "count")
        return Seeds.random(n)


def _check_count(n: int, max_images: int, field: str) -> None:
    if n > max_images:
        raise InvalidPlan(field, f"{n:,} images; at most {max_images:,} a request in this format")
