"""Knows the body of a request for the frames between key images, and how it turns into a plan.

Does not know how frames are shown; what a model can do is checked against its card, by the plan.
"""

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from digitgan.contract.card import Card
from digitgan.contract.errors import InvalidPlan
from digitgan.engine.interpolation import interpolate, nearest_keys
from digitgan.engine.plan import Plan, as_latents, spread
from digitgan.picture.picture import Picture
from service.requests.fields import (
    Columns,
    Invert,
    Labels,
    Latent,
    Metadata,
    ModelName,
    ModelVersion,
    Padding,
    Scale,
    Seed,
    Truncation,
    Whole,
    exactly_one_of,
)

MAX_KEYS = 256


class InterpolateRequest(BaseModel):
    """Key images, from either seeds or latents, and how to go from each to the next."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {"seeds": [1, 2, 3], "labels": 5, "steps": 12, "loop": True, "scale": 4},
                {"seeds": [7, 7], "labels": [3, 8], "steps": 8},
            ],
            **exactly_one_of("seeds", "latents"),
        },
    )

    seeds: Annotated[
        list[Seed] | None, Field(min_length=2, max_length=MAX_KEYS, description="one seed a key image")
    ] = None
    latents: Annotated[
        list[Latent] | None, Field(min_length=2, max_length=MAX_KEYS, description="one latent a key image")
    ] = None
    labels: Annotated[
        Labels | None,
        Field(
            description="one class for all frames, or one a key: a frame has its nearest key's; default: the latent's"
        ),
    ] = None
    steps: Annotated[int, Whole(1, 240), Field(description="frames from one key to the next")] = 12
    loop: Annotated[bool, Field(strict=True, description="go on from the last key to the first, for ever")] = False
    frame_ms: Annotated[
        int,
        Field(multiple_of=10),
        Whole(20, 10_000),
        Field(description="milliseconds a frame of an animation"),
    ] = 80
    model: ModelName = None
    version: ModelVersion = None
    truncation: Truncation = 1.0
    scale: Scale = 1
    columns: Columns = None
    padding: Padding = 2
    invert: Invert = False
    metadata: Metadata = False

    @model_validator(mode="after")
    def _names_one_source(self) -> Self:
        if (self.seeds is None) == (self.latents is None):
            raise ValueError(f"give exactly one of seeds and latents, not {'both' if self.seeds else 'none'}")
        return self

    def plan_and_picture(self, card: Card, max_images: int) -> tuple[Plan, Picture]:
        """Return the frames as a plan, and how they are shown.

        Args:
            card: of the model version that is asked for.
            max_images: most frames.

        Raises:
            InvalidPlan: lengths do not fit, the model cannot do it, or it makes more than max_images.
        """
        source, n_keys = ("seeds", len(self.seeds)) if self.seeds else ("latents", len(self.latents or ()))
        n = n_keys * self.steps if self.loop else (n_keys - 1) * self.steps + 1
        if n > max_images:
            raise InvalidPlan("steps", f"{n_keys} keys with {self.steps} steps make {n} frames; at most {max_images}")
        latents = None if self.latents is None else as_latents(self.latents)
        _, labels = spread(range(n_keys), self.labels, source)
        keys = Plan(self.seeds, latents, labels, self.truncation, self.model, self.version)
        keys.check(card)
        key_latents = keys.rows(0, n_keys, card.latent_size).latents
        frames = Plan(
            None,
            interpolate(key_latents, card.style_size, self.steps, loop=self.loop),
            labels and [labels[key] for key in nearest_keys(n_keys, self.steps, loop=self.loop)],
            self.truncation,
            self.model,
            self.version,
        )
        picture = Picture(
            self.scale,
            self.columns,
            self.padding,
            self.invert,
            frame_ms=self.frame_ms,
            loop=self.loop,
            metadata=self.metadata,
        )
        return frames, picture

    @property
    def keys(self) -> dict[str, Any] | None:
        """The fields that say between which images the frames are; None without seeds, since latents are long."""
        if self.seeds is None:
            return None
        labels = {} if self.labels is None else {"labels": self.labels}
        return {"seeds": self.seeds, **labels, "steps": self.steps, "loop": self.loop}
