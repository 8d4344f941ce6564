"""Knows what is asked of a model, in canonical and compact form: seeds stay seeds until their rows are run.

Does not know how the request was written, nor how the answer will be.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.engine.backend import Rows
from service.engine.card import Card
from service.engine.errors import InvalidPlan
from service.engine.latents import seeds_to_latents

OWN_CLASS = -1


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """N images of one model version, from seeds or from latents.

    Attributes:
        seeds: N seeds, or None where latents are given.
        latents: float32 (N, latent size), or None where seeds are given.
        labels: N classes, or None for each latent's own.
        truncation: factor on the style part of every latent.
        model: name, or None for the default model.
        version: version, or None for the model's newest.
    """

    seeds: Sequence[int] | None
    latents: NDArray[np.float32] | None
    labels: Sequence[int] | None = None
    truncation: float = 1.0
    model: str | None = None
    version: str | None = None

    def __len__(self) -> int:
        rows = self.seeds if self.seeds is not None else self.latents
        return len(rows) if rows is not None else 0

    def check(self, card: Card) -> None:
        """Do nothing if the model can do what is asked.

        Raises:
            InvalidPlan: it cannot; the field and what it allows are named.
        """
        if self.latents is not None and self.latents.shape[1] != card.latent_size:
            raise InvalidPlan(
                "latents",
                f"a latent of model {card.model!r} has {card.latent_size} components, not {self.latents.shape[1]}",
            )
        if self.labels is None:
            return
        if not card.is_conditional:
            raise InvalidPlan("labels", f"model {card.model!r} has no classes, so it takes no labels")
        wrong = next((i for i, label in enumerate(self.labels) if not 0 <= label < card.n_classes), None)
        if wrong is not None:
            raise InvalidPlan(
                f"labels/{wrong}", f"a label of model {card.model!r} is an integer from 0 to {card.n_classes - 1}"
            )

    def rows(self, start: int, stop: int, latent_size: int) -> Rows:
        """Return the model's input for images start to stop; only now do seeds become latents."""
        if self.latents is not None:
            latents = self.latents[start:stop]
        else:
            latents = seeds_to_latents((self.seeds or ())[start:stop], latent_size)
        n = len(latents)
        labels = np.full(n, OWN_CLASS) if self.labels is None else np.array(self.labels[start:stop], np.int64)
        return Rows(latents, labels, np.full(n, self.truncation, np.float32))


def spread(rows: Sequence[int], labels: Sequence[int] | None, field: str) -> tuple[Sequence[int], Sequence[int] | None]:
    """Return seeds (or row numbers) and labels of one length: a single one is repeated for all of the other.

    Args:
        rows: one item an image.
        labels: one class an image, or None.
        field: what the caller calls the rows, for the error's text.

    Raises:
        InvalidPlan: both have more than one item, and not as many.
    """
    if labels is None or len(labels) == len(rows):
        return rows, labels
    if len(labels) == 1:
        return rows, list(labels) * len(rows)
    if len(rows) == 1:
        return list(rows) * len(labels), labels
    raise InvalidPlan("labels", f"{len(labels)} labels for {len(rows)} {field}: give one label, or one for each image")


def as_latents(rows: Sequence[Sequence[float]]) -> NDArray[np.float32]:
    """Return latents as float32 (N, L).

    Raises:
        InvalidPlan: the rows differ in length, or a number has no finite float32.
    """
    size = len(rows[0])
    for i, row in enumerate(rows):
        if len(row) != size:
            raise InvalidPlan(f"latents/{i}", f"has {len(row)} components, but the first latent has {size}")
    latents = np.array(rows, np.float64)
    fits = (np.abs(latents) <= np.finfo(np.float32).max).all(axis=1)  # false for NaN, too
    if not fits.all():
        raise InvalidPlan(f"latents/{fits.argmin()}", "every component must be a finite number that fits float32")
    return latents.astype(np.float32)
