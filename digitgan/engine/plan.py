"""A plan: the images that a request wants from a model, in one form for all kinds of requests."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import cycle, islice
from typing import Any, TypeVar, overload

import numpy as np

from digitgan.contract.card import Card
from digitgan.contract.errors import InvalidPlan
from digitgan.engine.backend import Rows
from digitgan.engine.source import Source

OWN_CLASS = -1

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Repeated(Sequence[T]):
    """Values over and over; a hundred thousand labels take neither memory nor time.

    Attributes:
        values: at least one.
        length: number of items.
    """

    values: Sequence[T]
    length: int

    def __len__(self) -> int:
        return self.length

    def __iter__(self) -> Iterator[T]:
        return islice(cycle(self.values), self.length)

    @overload
    def __getitem__(self, position: int) -> T: ...
    @overload
    def __getitem__(self, position: slice) -> list[T]: ...
    def __getitem__(self, position: int | slice) -> T | list[T]:
        positions = range(self.length)[position]
        n = len(self.values)
        if isinstance(positions, int):
            return self.values[positions % n]
        return [self.values[each % n] for each in positions]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Plan:
    """A request for N images of one model version.

    Attributes:
        source: N seeds or latents.
        labels: N classes, or None for each latent's own class.
        truncation: factor on the style part of every latent.
        model: name, or None for the default model.
        version: version, or None for the model's newest.
        labels_field: what the caller calls a label, for error messages; ``{}`` stands for its position.
        keys: the plan of the key images, if these images are frames between them.
    """

    source: Source
    labels: Sequence[int] | None = None
    truncation: float = 1.0
    model: str | None = None
    version: str | None = None
    labels_field: str = "labels/{}"
    keys: "Plan | None" = None

    def __len__(self) -> int:
        return len(self.source)

    def check(self, card: Card) -> None:
        """Raise InvalidPlan unless the model can make these images; the error names the field and what it allows."""
        self.source.check(card)
        if self.labels is None:
            return
        if not card.is_conditional:
            field = self.labels_field.removesuffix("/{}")
            raise InvalidPlan(field, f"model {card.model!r} has no classes, so it takes no {field}")
        labels = self.labels.values[: len(self)] if isinstance(self.labels, Repeated) else self.labels
        wrong = next((i for i, label in enumerate(labels) if not 0 <= label < card.n_classes), None)
        if wrong is not None:
            raise InvalidPlan(
                self.labels_field.format(wrong),
                f"must be a class of model {card.model!r}, an integer from 0 to {card.n_classes - 1:,}, "
                f"not {self.labels[wrong]:,}",
            )

    def part(self, start: int, stop: int) -> "Plan":
        """Return the plan of images start to stop."""
        labels = None if self.labels is None else self.labels[start:stop]
        return replace(self, source=self.source.part(start, stop), labels=labels)

    def rows(self, start: int, stop: int, latent_size: int) -> Rows:
        """Return the model's input for images start to stop. Seeds become latents only here."""
        latents = self.source.part(start, stop).latents(latent_size)
        n = len(latents)
        labels = [OWN_CLASS] * n if self.labels is None else self.labels[start:stop]
        return Rows(latents, np.array(labels, np.int64), np.array([self.truncation] * n, np.float32))


def number_plan(source: Source, numbers: Sequence[str], *, labels_field: str = "digits", **options: Any) -> Plan:
    """Return the plan of numbers: one image per digit, all digits of a number in the hand of one item of the source.

    Args:
        source: one item for each number.
        numbers: strings of digits, none empty.
        labels_field: what the caller calls a digit, for error messages.
        options: further fields of the plan.
    """
    positions = [position for position, number in enumerate(numbers) for _ in number]
    labels = [int(digit) for number in numbers for digit in number]
    return Plan(source=source.take(positions), labels=labels, labels_field=labels_field, **options)


def spread(source: Source, contents: Sequence[T], field: str) -> tuple[Source, Sequence[T]]:
    """Return a source and its contents with equal lengths: a single item of either is repeated for all of the other.

    Args:
        source: one item, or one for each picture.
        contents: one class or number, or one for each picture.
        field: what the caller calls the contents.

    Raises:
        InvalidPlan: both have more than one item, and their lengths differ.
    """
    if len(contents) == len(source):
        return source, contents
    if len(contents) == 1:
        return source, Repeated(contents, len(source))
    if len(source) == 1:
        return source.take([0] * len(contents)), contents
    raise InvalidPlan(field, f"{len(contents):,} {field} for {len(source):,} {source.field}; give one, or one for each")
