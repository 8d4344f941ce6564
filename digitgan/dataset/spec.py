"""The specification of a labelled data set: a few numbers that always give the same images, balanced over classes."""

from dataclasses import dataclass

from digitgan.contract.card import Card
from digitgan.contract.errors import InvalidPlan
from digitgan.contract.words import counted
from digitgan.engine.plan import Plan, Repeated
from digitgan.engine.source import Seeds


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetSpec:
    """The number of labelled images, and the seed of the first one.

    Image i has seed ``seed + i`` and class ``i`` modulo the number of classes. So any part of a data set is a data set
    of its own, and each image is the picture at its permanent address.

    Attributes:
        count: number of images.
        seed: seed of the first image; the next images have the next seeds.
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
            card: card of the model version that the spec names.
            max_images: maximum number of images in one file.

        Raises:
            InvalidPlan: the model has no classes, the seeds exceed their range, or count exceeds max_images.
        """
        if not card.is_conditional:
            raise InvalidPlan("model", f"model {card.model!r} has no classes, so its images have no labels")
        if self.count > max_images:
            raise InvalidPlan(
                "count", f"{counted(self.count, 'image')}; at most {max_images:,} are allowed in one file"
            )
        return Plan(
            source=Seeds.following(self.seed, self.count),
            labels=Repeated(range(card.n_classes), self.count),
            truncation=self.truncation,
            model=self.model,
            version=self.version,
        )
