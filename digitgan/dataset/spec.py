"""A labelled data set, described by a few numbers: balanced over the classes, and the same each time."""

from dataclasses import dataclass

from digitgan.contract.card import Card
from digitgan.contract.errors import InvalidPlan
from digitgan.contract.limits import MAX_SEED
from digitgan.engine.plan import Plan
from digitgan.engine.source import Seeds


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetSpec:
    """How many labelled images, and from which seed on.

    Image i has seed ``seed + i`` and class ``i`` modulo the number of classes, so any part of a data set is a data set
    by itself, and each image is the one at its address.

    Attributes:
        count: images.
        seed: of the first image; the others follow.
        truncation: factor on the style part of every latent.
        model: name, or None for the default model.
        version: version, or None for the model's newest.
    """

    count: int
    seed: int = 0
    truncation: float = 1.0
    model: str | None = None
    version: str | None = None

    def plan(self, card: Card, max_images: int) -> Plan:
        """Return the images as a plan.

        Args:
            card: of the model version that the spec names.
            max_images: most images in one file.

        Raises:
            InvalidPlan: the model has no classes, the seeds run out, or there are more than max_images.
        """
        if not card.is_conditional:
            raise InvalidPlan("model", f"model {card.model!r} has no classes, so its images have no labels")
        if self.count > max_images:
            raise InvalidPlan("count", f"{self.count:,} images; at most {max_images:,} a request in this format")
        if self.seed + self.count - 1 > MAX_SEED:
            raise InvalidPlan("seed", f"{self.count:,} seeds from {self.seed} on exceed the largest seed, {MAX_SEED}")
        rounds = -(-self.count // card.n_classes)
        labels = (list(range(card.n_classes)) * rounds)[: self.count]
        return Plan(
            source=Seeds(range(self.seed, self.seed + self.count)),
            labels=labels,
            truncation=self.truncation,
            model=self.model,
            version=self.version,
        )
