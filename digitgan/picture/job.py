"""One request for pictures, validated and ready to run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from digitgan.contract.card import Card
from digitgan.engine.plan import Plan
from digitgan.picture.picture import Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Everything that is known about an answer before its first image.

    Attributes:
        card: card of the model version that answers.
        plan: the images to generate.
        picture: how they are shown.
        keys: the request fields that name the key images of an interpolation from seeds; None otherwise.
        is_random: whether the seeds were drawn for this answer, so that the same request would give other images.
    """

    card: Card
    plan: Plan
    picture: Picture
    keys: Mapping[str, Any] | None = None
    is_random: bool = False
