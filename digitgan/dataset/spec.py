"""The specification of a labelled data set: a few values that always give the same images.

The values are the fields of a request, the options of a command, and one text that stands in addresses:
``model-digits,version-1,count-60000,seed-0``.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, Strict

from digitgan.contract.card import Card
from digitgan.contract.documents import shorten
from digitgan.contract.errors import InvalidPlan
from digitgan.contract.limits import MAX_CANDIDATES
from digitgan.contract.words import counted
from digitgan.dataset.selection import JudgedSelection
from digitgan.dataset.shares import MNIST_CLASSES, mnist_labels
from digitgan.engine.plan import Plan, Repeated
from digitgan.engine.source import seeds_in_hand
from digitgan.picture.address import spelling
from digitgan.request.fields import Hand, ModelName, ModelVersion, Seed, Truncation, Vary, WholeNumber

_TEST_SHARE = 6  # MNIST has 60,000 images to train with, and 10,000 to test with


class DatasetSpec(BaseModel):
    """How many labelled images, from which seed on, and of which classes.

    Image i has seed ``seed + i``. Its class is ``i`` modulo the number of classes, or belongs to its seed if the labels
    are those of MNIST. So any part of a data set is a data set of its own, and each image is the picture at its
    permanent address. In one hand, each seed varies that hand.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: ModelName = None
    version: ModelVersion = None
    count: Annotated[int, WholeNumber(1), Field(description="how many images")]
    seed: Annotated[Seed, Field(description="seed of the first image; the others follow")] = 0
    labels: Annotated[
        Literal["balanced", "mnist"],
        Field(description="`balanced`: classes differ by one image at most; `mnist`: in the shares of MNIST"),
    ] = "balanced"
    truncation: Truncation = 1.0
    hand: Annotated[Hand | None, Field(description="the hand of all images; default: each seed is a hand")] = None
    vary: Annotated[
        Vary, Field(description="how much the seeds vary the hand: 0 not at all, 1 so that nothing of it is left")
    ] = 0.0
    verified: Annotated[
        bool,
        Strict(),
        Field(description="of up to 16 candidates, take one that the judge reads as its label"),
    ] = False
    difficulty: Annotated[
        int,
        WholeNumber(1, MAX_CANDIDATES),
        Field(description="of that many candidates, take the image whose label is the least likely to the judge"),
    ] = 1

    @property
    def of_hand(self) -> dict[str, Any]:
        """The fields of the hand; none if each seed is a hand of its own."""
        return {} if self.hand is None else {"hand": self.hand, "vary": self.vary}

    @property
    def of_selection(self) -> dict[str, Any]:
        """The fields by which images are chosen; none if all are taken as they come."""
        is_chosen = self.verified or self.difficulty > 1
        return {"verified": self.verified, "difficulty": self.difficulty} if is_chosen else {}

    def of(self, card: Card) -> Self:
        """Return the same data set with the name and version of its model."""
        return self.model_copy(update={"model": card.model, "version": card.version})

    def part(self, start: int, stop: int) -> Self:
        """Return images start to stop, where start is a multiple of the classes if labels are balanced."""
        stop = min(stop, self.count)
        return self.model_copy(update={"seed": self.seed + start, "count": stop - start})

    @property
    def test(self) -> Self:
        """The data set to test with what learned from this one: a sixth of its size, from the next seed on."""
        return self.model_copy(update={"seed": self.seed + self.count, "count": max(1, self.count // _TEST_SHARE)})

    def plan(self, card: Card, max_images: int) -> Plan:
        """Return the images as a plan, whose length costs nothing.

        Args:
            card: card of the model version that the spec names.
            max_images: maximum number of images in one file.

        Raises:
            InvalidPlan: the model has no classes, or not those that the labels need; the seeds exceed their range; or
                count exceeds max_images.
        """
        if not card.is_conditional:
            raise InvalidPlan("model", f"model {card.model!r} has no classes, so its images have no labels")
        if self.count > max_images:
            raise InvalidPlan(
                "count", f"{counted(self.count, 'image')}; at most {max_images:,} are allowed in one file"
            )
        plan = Plan(
            source=seeds_in_hand(self.seed, self.count, self.hand, self.vary),
            labels=self._labels(card),
            truncation=self.truncation,
            model=self.model,
            version=self.version,
            selection=JudgedSelection(**self.of_selection) if self.of_selection else None,
        )
        if plan.selection:
            plan.selection.check(plan, card)
        return plan

    def text(self, card: Card) -> str:
        """Return the one text that stands for this data set of a model version.

        Args:
            card: card of the model version that the spec names.
        """
        given = self.of(card).model_dump(exclude_defaults=True) | {"seed": self.seed}
        items = ((name, given[name]) for name in type(self).model_fields if name in given)
        return ",".join(f"{name}-{spelling(value)}" for name, value in items)

    def _labels(self, card: Card) -> Repeated[int]:
        """Return the labels of all images.

        Raises:
            InvalidPlan: the labels are those of MNIST, and the model has other classes.
        """
        if self.labels == "balanced":
            return Repeated(range(card.n_classes), self.count)
        if card.n_classes != MNIST_CLASSES:
            raise InvalidPlan("labels", f"model {card.model!r} has {card.n_classes} classes; MNIST has {MNIST_CLASSES}")
        labels = mnist_labels()
        return Repeated(labels, self.count, self.seed % len(labels))  # of its seed, so a part has the same


def items_of(text: str) -> dict[str, str]:
    """Return the items of a text, by name; see `DatasetSpec.text`.

    Raises:
        InvalidPlan: an item is no name with a value, or occurs twice.
    """
    items: dict[str, str] = {}
    for item in text.split(","):
        name, hyphen, value = item.partition("-")
        if not (name and hyphen and value):
            raise InvalidPlan("spec", f"{shorten(item)!r} must be a name, a hyphen and a value, as in count-60000")
        if name in items:
            raise InvalidPlan("spec", f"{shorten(name)} is given more than once; give it once")
        items[name] = value
    return items
