"""A labelled data set as PyTorch's loaders read it, drawn while it is read. It needs no PyTorch."""

import operator
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from digitgan.api.arguments import DigitsArguments, checked, named_errors
from digitgan.api.hand import Hand
from digitgan.api.loading import find, located
from digitgan.contract.card import Card
from digitgan.contract.limits import MAX_SEED
from digitgan.dataset.spec import DatasetSpec
from digitgan.engine.backend import ProviderName
from digitgan.engine.source import Neighbours

if TYPE_CHECKING:
    from torch.utils.data import Dataset

    from digitgan.api.stream import DigitStream

    Base = Dataset[tuple[Any, Any]]
else:
    Base = object  # PyTorch's loaders need no more, and so nothing imports PyTorch

_BLOCK_IMAGES = 256  # that are drawn together when they are read in order: a chunk of the engine


class Digits(Base):
    """Labelled digits, balanced over the classes, and the same each time: a map-style data set.

    Item i is the image of seed ``seed + i`` and of class ``i`` modulo the number of classes, as in the files that
    ``digitgan dataset`` writes with the same count and seed. An item is ``(image, label)``: uint8 (28, 28), 0 black to
    255 white, and an int. torchvision's transforms accept such an image, and PyTorch's loaders stack them as tensors.

    Images are drawn when they are read, in batches where the loader asks for batches. So a data set takes no memory
    and travels to other processes quickly; each process that reads it loads the model once.

    Args:
        count: number of images; without it, as many as there are seeds, to be read by `stream`.
        seed: seed of the first image, 0 to 2**53 - 1; the next images have the next seeds.
        hand: the hand of all images, or its token; without it, each seed is a hand of its own.
        vary: how much the seeds vary the hand, 0 to 1.
        truncation: scales the style, 0 to 2: below 1 more typical, above 1 more varied.
        model: name or path, as for `load`.
        version: the model's version; without it, the newest.
        models_dir: as for `load`.
        provider: as for `load`.
        threads: as for `load`; 1 is enough for each of several workers.
        transform: image -> what an item has instead.
        target_transform: label -> what an item has instead.

    Raises:
        ValueError: an argument is not possible, or the model has no classes; the message names the argument.
        CannotServe: the models folder or the model's card is not usable, or no runtime is installed.
    """

    def __init__(
        self,
        count: int | None = None,
        *,
        seed: int = 0,
        hand: Hand | str | None = None,
        vary: float = 0.0,
        truncation: float = 1.0,
        model: str | os.PathLike[str] | None = None,
        version: str | None = None,
        models_dir: str | os.PathLike[str] | None = None,
        provider: ProviderName | None = None,
        threads: int | None = None,
        transform: Callable[[NDArray[np.uint8]], Any] | None = None,
        target_transform: Callable[[int], Any] | None = None,
    ) -> None:
        with named_errors():
            given = checked(DigitsArguments, count=count, seed=seed, hand=hand, vary=vary, truncation=truncation)
            options: dict[str, Any] = {"models_dir": models_dir, "provider": provider, "threads": threads}
            self._model = find(*located(model, version, **options))
            self._n_images = MAX_SEED + 1 - given.seed if given.count is None else given.count
            spec = DatasetSpec(count=self._n_images, seed=given.seed, hand=given.hand, vary=given.vary)
            plan = spec.plan(self.card, self._n_images)  # or it is refused
            plan.source.check(self.card)
        self._source = plan.source
        self._seed = given.seed
        self._truncation = given.truncation
        self.count = given.count
        self.transform = transform
        self.target_transform = target_transform

    @property
    def card(self) -> Card:
        """The card of the model that draws the digits."""
        return self._model.card

    @property
    def classes(self) -> list[str]:
        """The name of each class by its label, as torchvision's data sets have them; its number if it has no name."""
        return [*(self.card.names or map(str, range(self.card.n_classes)))]

    @property
    def targets(self) -> NDArray[np.int64]:
        """The labels of all images, before `target_transform`: int64 (N,).

        Raises:
            TypeError: the data set is endless.
        """
        return np.arange(len(self)) % self.card.n_classes

    def __len__(self) -> int:
        if self.count is None:
            raise TypeError("this data set is endless; give it a count, or read it by stream()")
        return self.count

    def __getitem__(self, index: SupportsIndex) -> tuple[Any, Any]:
        return self.__getitems__([index])[0]

    def __getitems__(self, indices: Sequence[SupportsIndex]) -> list[tuple[Any, Any]]:
        """Return several items, drawn together, as PyTorch's loaders ask for a batch.

        Raises:
            IndexError: an index is out of range; negative ones count from the end.
        """
        positions = [self._position(operator.index(index)) for index in indices]
        if not positions:
            return []
        source: dict[str, Any] = {"seeds": [self._seed + position for position in positions]}
        if isinstance(self._source, Neighbours):
            source = {"latents": self._source.take(positions).latents(self.card.latent_size)}
        images, labels = self._model.generate(
            **source,
            labels=[position % self.card.n_classes for position in positions],
            truncation=self._truncation,
        )
        return [self._item(image, label) for image, label in zip(images, labels.tolist(), strict=True)]

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        return blocks(self)

    def stream(self) -> "DigitStream":
        """Return the same items in their order, as PyTorch's ``IterableDataset`` where PyTorch is installed.

        It may be endless. The workers of a loader share it in blocks, so that each item comes once; with several
        workers, the order depends on the size of a batch.
        """
        from digitgan.api.stream import stream  # imports PyTorch

        return stream(self)

    def _position(self, index: int) -> int:
        n = self._n_images
        if not -n <= index < n or (index < 0 and self.count is None):
            raise IndexError(f"index {index:,} is out of range for {n:,} images")
        return index % n

    def _item(self, image: NDArray[np.uint8], label: int) -> tuple[Any, Any]:
        return (
            self.transform(image) if self.transform else image,
            self.target_transform(label) if self.target_transform else label,
        )

    def __repr__(self) -> str:
        count = "endless" if self.count is None else f"{self.count:,}"
        return f"<Digits of {self.card.model}/{self.card.version}: {count}, from seed {self._seed}>"


def blocks(digits: Digits, first: int = 0, every: int = 1) -> Iterator[tuple[Any, Any]]:
    """Yield the items of some blocks of a data set, in order; the items of a block are drawn together.

    Args:
        digits: the data set.
        first: the first block.
        every: distance from one block to the next.
    """
    end = sys.maxsize if digits.count is None else digits.count
    for start in range(first * _BLOCK_IMAGES, end, every * _BLOCK_IMAGES):
        yield from digits.__getitems__(range(start, min(start + _BLOCK_IMAGES, end)))
