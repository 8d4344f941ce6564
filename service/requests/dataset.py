"""Knows the body of a request for a labelled data set, and how it turns into a plan.

Does not know file formats.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from digitgan.contract.card import Card
from digitgan.contract.errors import InvalidPlan
from digitgan.contract.latents import MAX_SEED
from digitgan.engine.plan import Plan
from service.requests.fields import ModelName, ModelVersion, Seed, Truncation, Whole


class DatasetRequest(BaseModel):
    """How many labelled images, from which seed on.

    Image i has seed `seed + i` and the class `i` modulo the number of classes, so any part of a data set can be had by
    itself, and each image is the one at its address.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"examples": [{"count": 1_000}, {"count": 500, "seed": 1_000, "truncation": 0.9}]},
    )

    count: Annotated[int, Whole(1), Field(description="how many images; classes differ by one image at most")]
    seed: Annotated[Seed, Field(description="seed of the first image; the others follow")] = 0
    model: ModelName = None
    version: ModelVersion = None
    truncation: Truncation = 1.0

    def plan(self, card: Card, max_images: int) -> Plan:
        """Return the images as a plan.

        Args:
            card: of the model version that is asked for.
            max_images: most images in one answer.

        Raises:
            InvalidPlan: the model has no classes, there are not as many seeds, or it is more than max_images.
        """
        if not card.is_conditional:
            raise InvalidPlan("model", f"model {card.model!r} has no classes, so its images have no labels")
        if self.count > max_images:
            raise InvalidPlan("count", f"{self.count} images asked for; at most {max_images} a request in this form")
        if self.seed + self.count - 1 > MAX_SEED:
            raise InvalidPlan("seed", f"{self.count} seeds from here on go beyond {MAX_SEED}")
        rounds = -(-self.count // card.n_classes)
        labels = (list(range(card.n_classes)) * rounds)[: self.count]
        seeds = range(self.seed, self.seed + self.count)
        return Plan(seeds, None, labels, self.truncation, self.model, self.version)
