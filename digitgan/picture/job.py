"""One request for pictures, validated and ready to run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from digitgan.contract.card import Card
from digitgan.engine.plan import Plan
from digitgan.picture.picture import Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """All that is known of an answer before its first image.

    Attributes:
        card: of the model version that answers.
        plan: the images.
        picture: how they are shown.
        keys: the fields that name the key images of an interpolation; None for anything else, or without seeds.
        is_random: the seeds were drawn for this answer, so the same request gives other images next time.
    """

    card: Card
    plan: Plan
    picture: Picture
    keys: Mapping[str, Any] | None = None
    is_random: bool = False
