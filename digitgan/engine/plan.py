"""Knows what is asked of a model, in canonical and compact form: seeds stay seeds until their rows are run.

Does not know how the request was written, nor how the answer will be.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from digitgan.contract.card import Card
from digitgan.contract.errors import InvalidPlan
from digitgan.contract.latents import seeds_to_latents
from digitgan.engine.backend import Rows

OWN_CLASS = -1

T = TypeVar("T")


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
        labels_field: what the caller calls a label, for an error's text; ``{}`` stands for its place.
    """

    seeds: Sequence[int] | None
    latents: NDArray[np.float32] | None
    labels: Sequence[int] | None = None
    truncation: float = 1.0
    model: str | None = None
    version: str | None = None
    labels_field: str = "labels/{}"

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
            field = self.labels_field.removesuffix("/{}")
            raise InvalidPlan(field, f"model {card.model!r} has no classes, so it takes no {field}")
        wrong = next((i for i, label in enumerate(self.labels) if not 0 <= label < card.n_classes), None)
        if wrong is not None:
            raise InvalidPlan(
                self.labels_field.format(wrong),
                f"a label of model {card.model!r} is an integer from 0 to {card.n_classes - 1}",
            )

    def part(self, start: int, stop: int) -> "Plan":
        """Return the plan of images start to stop alone."""
        return replace(
            self,
            seeds=None if self.seeds is None else self.seeds[start:stop],
            latents=None if self.latents is None else self.latents[start:stop],
            labels=None if self.labels is None else self.labels[start:stop],
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


def spread(
    rows: Sequence[int], contents: Sequence[T] | None, rows_field: str, contents_field: str = "labels"
) -> tuple[Sequence[int], Sequence[T] | None]:
    """Return seeds (or row numbers) and their contents in one length: a single one is repeated for all of the other.

    Args:
        rows: one item a picture.
        contents: one class or number a picture, or None.
        rows_field: what the caller calls the rows, for the error's text.
        contents_field: what the caller calls the contents.

    Raises:
        InvalidPlan: both have more than one item, and not as many.
    """
    if contents is None or len(contents) == len(rows):
        return rows, contents
    if len(contents) == 1:
        return rows, list(contents) * len(rows)
    if len(rows) == 1:
        return list(rows) * len(contents), contents
    raise InvalidPlan(
        contents_field,
        f"{len(contents)} {contents_field} for {len(rows)} {rows_field}: give one, or one for each",
    )


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
