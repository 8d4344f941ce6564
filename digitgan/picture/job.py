"""Knows what is known of an answer before its first image: what is asked, which model answers, how it is to be shown.

Does not know media types.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from digitgan.contract.card import Card
from digitgan.engine.plan import Plan
from digitgan.picture.picture import Picture


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, understood and found possible.

    Attributes:
        card: of the model version that answers.
        plan: the images.
        picture: how they are shown.
        keys: fields of the request for key images whose in-between these images are; None if they are not, or if their
            keys have no seeds.
        is_random: the seeds were drawn for this answer, so the same request gives other images next time.
    """

    card: Card
    plan: Plan
    picture: Picture
    keys: Mapping[str, Any] | None = None
    is_random: bool = False
