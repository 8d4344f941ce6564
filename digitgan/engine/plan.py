"""A plan: the images that a request wants from a model, in one form for all kinds of requests."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, cycle, islice
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from digitgan.contract.card import Card
from digitgan.contract.class_names import did_you_mean
from digitgan.contract.errors import InvalidPlan
from digitgan.engine.backend import Rows
from digitgan.engine.source import Source

if TYPE_CHECKING:
    from digitgan.engine.selection import Selection

OWN_CLASS = -1
DIGITS = "0123456789"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Repeated(Sequence[T]):
    """Values over and over; a thousand million labels take neither memory nor time.

    Attributes:
        values: at least one.
        length: number of items.
        first: position of the first item among the values.
    """

    values: Sequence[T]
    length: int
    first: int = 0

    def __len__(self) -> int:
        return self.length

    def __iter__(self) -> Iterator[T]:
        return islice(cycle(self.values), self.first, self.first + self.length)

    @overload
    def __getitem__(self, position: int) -> T: ...
    @overload
    def __getitem__(self, position: slice) -> "Repeated[T]": ...
    def __getitem__(self, position: int | slice) -> "T | Repeated[T]":
        """Return an item, or a part without steps."""
        positions, n = range(self.length)[position], len(self.values)
        if isinstance(positions, int):
            return self.values[(self.first + positions) % n]
        return Repeated(self.values, len(positions), (self.first + positions.start) % n)

    def array(self) -> NDArray[np.int64]:
        """Return the items, which are integers: int64 (length,)."""
        end = self.first + self.length
        return np.tile(np.asarray(self.values, np.int64), -(-end // len(self.values)))[self.first : end]


@dataclass(frozen=True, slots=True)
class Joined(Sequence[T]):
    """Several sequences, one after the other, without a copy of them.

    Attributes:
        parts: the sequences, at least one.
    """

    parts: Sequence[Sequence[T]]

    def __len__(self) -> int:
        return sum(map(len, self.parts))

    def __iter__(self) -> Iterator[T]:
        return chain.from_iterable(self.parts)

    @overload
    def __getitem__(self, position: int) -> T: ...
    @overload
    def __getitem__(self, position: slice) -> list[T]: ...
    def __getitem__(self, position: int | slice) -> T | list[T]:
        """Return an item, or the items of a part without steps."""
        positions = range(len(self))[position]
        if isinstance(positions, int):
            return self[positions : positions + 1][0]
        found: list[T] = []
        start = 0
        for part in self.parts:
            found += part[max(positions.start - start, 0) : max(positions.stop - start, 0)]
            start += len(part)
        return found


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
        selection: chooses each image among several candidates; None for images as they come.
    """

    source: Source
    labels: Sequence[int] | None = None
    truncation: float = 1.0
    model: str | None = None
    version: str | None = None
    labels_field: str = "labels/{}"
    keys: "Plan | None" = None
    selection: "Selection | None" = None

    def __len__(self) -> int:
        return len(self.source)

    @property
    def n_made(self) -> int:
        """The number of images that a model makes for this plan, at least: candidates count where work is counted."""
        return len(self) * (self.selection.n_candidates if self.selection else 1)

    @property
    def n_at_once(self) -> int:
        """The maximum number of images that wait, run or are in memory at a time for this plan."""
        return max(len(self), self.selection.n_at_once(len(self))) if self.selection else len(self)

    def check(self, card: Card) -> None:
        """Raise InvalidPlan unless the model can make these images; the error names the field and what it allows."""
        self.source.check(card)
        if self.selection:
            self.selection.check(self, card)
        if self.labels is None:
            if not self.source.has_classes:
                raise InvalidPlan("labels", "a hand has no class of its own; say what it writes: labels or digits")
            return
        if not card.is_conditional:
            raise _no_classes(card, self.labels_field.removesuffix("/{}"))
        labels = self.labels.values if isinstance(self.labels, Repeated) else self.labels
        if min(labels, default=0) < 0 or max(labels, default=0) >= card.n_classes:
            wrong = next((i for i, label in enumerate(self.labels) if not 0 <= label < card.n_classes), 0)
            raise InvalidPlan(
                self.labels_field.format(wrong),
                f"must be a class of model {card.model!r}, an integer from 0 to {card.n_classes - 1:,}, "
                f"not {self.labels[wrong]:,}",
            )

    @property
    def images(self) -> "Plan":
        """The plan of the images themselves: this one."""
        return self

    @property
    def contents(self) -> str:
        """What is drawn, as a text that differs whenever that does."""
        return repr(self.labels)

    def part(self, start: int, stop: int) -> "Plan":
        """Return the plan of images start to stop."""
        labels = None if self.labels is None else self.labels[start:stop]
        return replace(self, source=self.source.part(start, stop), labels=labels)

    def rows(self, start: int, stop: int, latent_size: int) -> Rows:
        """Return the model's input for images start to stop. Seeds become latents only here."""
        is_whole = start == 0 and stop == len(self)
        latents = (self.source if is_whole else self.source.part(start, stop)).latents(latent_size)
        n = len(latents)
        classes = np.array([OWN_CLASS] * n, np.int64) if self.labels is None else classes_of(self.labels, start, stop)
        return Rows(latents, classes, np.array([self.truncation] * n, np.float32))


class Numbering(Protocol):
    """What says which number each seed writes."""

    @property
    def text(self) -> str:
        """A text that differs whenever the numbers do."""

    def number(self, seed: int) -> str:
        """Return the number of a seed: digits and signs, with at least one digit."""


def classes_of(labels: Sequence[int], start: int, stop: int) -> NDArray[np.int64]:
    """Return labels start to stop: int64 (stop - start,)."""
    part = labels[start:stop]
    return part.array() if isinstance(part, Repeated) else np.array(part, np.int64)


def numbered(labels: Sequence[int | str], card: Card, field: str = "labels/{}") -> list[int]:
    """Return labels with the number of each class that is given by its name.

    Args:
        labels: numbers, which are not checked, and names.
        card: card of the model version.
        field: what the caller calls a label, for error messages; ``{}`` stands for its position.

    Raises:
        InvalidPlan: no class has one of the names.
    """
    if not any(isinstance(label, str) for label in labels):
        return [*map(int, labels)]
    names = {name: label for label, name in enumerate(card.class_names or ())}
    numbers: list[int] = []
    for position, label in enumerate(labels):
        number = names.get(label) if isinstance(label, str) else label
        if number is None:
            raise _no_class(card, str(label), field.format(position))
        numbers.append(number)
    return numbers


def _no_class(card: Card, name: str, field: str) -> InvalidPlan:
    if not card.is_conditional:
        return _no_classes(card, field.partition("/")[0])
    if not card.names:
        return InvalidPlan(field, f"must be an integer of at least 0, not {name!r}")
    allowed = f"a class of model {card.model!r}, a name or an integer from 0 to {card.n_classes - 1:,}"
    return InvalidPlan(field, f"must be {allowed}, not {name!r}; {did_you_mean(name, card.names)}")


def _no_classes(card: Card, field: str) -> InvalidPlan:
    return InvalidPlan(field, f"model {card.model!r} has no classes, so it takes no {field}")


def needs_ink(field: str, card: Card, what: str = "") -> InvalidPlan:
    """Return the error that a model in colour has no ink, which is light on a ground.

    Args:
        field: what the caller calls what needs ink.
        card: card of the model version.
        what: what needs ink, if the field does not say it.
    """
    return InvalidPlan(field, f"{what} needs ink, but model {card.model!r} draws in colour".lstrip())


def n_digits(number: str) -> int:
    """Return how many digits a number has, and so how many images; its signs have none."""
    return sum(map(str.isdigit, number))


def number_plan(source: Source, numbers: Sequence[str], *, labels_field: str = "digits", **options: Any) -> Plan:
    """Return the plan of numbers: one image per digit, all digits of a number in the hand of one item of the source.

    Signs have no image.

    Args:
        source: one item for each number.
        numbers: strings of digits and signs, each with at least one digit.
        labels_field: what the caller calls a digit, for error messages.
        options: further fields of the plan.
    """
    digits = [(position, int(each)) for position, number in enumerate(numbers) for each in number if each.isdigit()]
    hands, labels = [position for position, _ in digits], [label for _, label in digits]
    return Plan(source=source.take(hands), labels=labels, labels_field=labels_field, **options)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class NumbersPlan(Plan):
    """A request for N numbers, one for each seed. Its parts are plans of their digits, which nothing counts before.

    Attributes:
        pattern: what says the number of each seed.
    """

    pattern: Numbering

    @property
    def images(self) -> Plan:
        """The plan of all digits."""
        return self.part(0, len(self))

    @property
    def contents(self) -> str:
        """The pattern's text."""
        return self.pattern.text

    def check(self, card: Card) -> None:
        """Raise InvalidPlan unless the model can write all digits in the hands of the seeds."""
        self.source.check(card)
        if card.is_colour:
            raise needs_ink("model", card, "a number")
        if card.n_classes < len(DIGITS):
            raise InvalidPlan("model", f"model {card.model!r} has no classes for all digits")

    def part(self, start: int, stop: int) -> Plan:
        """Return the plan of the digits of numbers start to stop."""
        source = self.source.part(start, stop)
        seeds = [seed for i in range(len(source)) if (seed := source.seed(i)) is not None]
        options = {"truncation": self.truncation, "model": self.model, "version": self.version}
        return number_plan(source, [*map(self.pattern.number, seeds)], labels_field="pattern", **options)


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
