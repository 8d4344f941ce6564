"""What images are made from: seeds or latents.

All other modules handle a `Source` without asking which kind it is. Seeds become latents only when their rows run, so a
plan of 100,000 images holds no arrays.
"""

import secrets
from abc import ABC, abstractmethod
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from digitgan.contract.card import Card
from digitgan.contract.errors import InvalidPlan
from digitgan.contract.latents import seeds_to_latents
from digitgan.contract.limits import MAX_SEED
from digitgan.contract.words import counted


class Source(ABC):
    """N items, each of which gives one latent.

    Attributes:
        field: what a request calls these items.
    """

    field: ClassVar[str]

    @abstractmethod
    def __len__(self) -> int:
        """Return the number of items."""

    @abstractmethod
    def part(self, start: int, stop: int) -> Self:
        """Return items start to stop."""

    @abstractmethod
    def take(self, positions: Sequence[int]) -> Self:
        """Return the items at the given positions, in that order; a position may occur more than once."""

    @abstractmethod
    def check(self, card: Card) -> None:
        """Raise InvalidPlan unless every item fits the model."""

    @abstractmethod
    def latents(self, size: int) -> NDArray[np.float32]:
        """Return the latents: float32 (N, size), one row per item."""

    @abstractmethod
    def seed(self, position: int) -> int | None:
        """Return the seed at a position, or None if the source has no seeds."""

    @abstractmethod
    def item(self, position: int) -> Any:
        """Return the value by which a request can ask for one item again."""

    @abstractmethod
    def fingerprint(self) -> bytes:
        """Return bytes that differ whenever the items differ."""


@dataclass(frozen=True, slots=True, eq=False)
class Seeds(Source):
    """Seeds, each an integer from 0 to `MAX_SEED`."""

    field: ClassVar[str] = "seeds"
    values: Sequence[int]

    @classmethod
    def random(cls, n: int) -> Self:
        """Return n random seeds; their range is a power of two, so the low bits of random words are uniform over it."""
        words = np.frombuffer(secrets.token_bytes(8 * n), np.uint64)
        return cls(array("Q", (words & np.uint64(MAX_SEED)).tobytes()))  # a list takes five times the memory

    @classmethod
    def following(cls, first: int | None, n: int) -> Self:
        """Return n seeds, of which each is one more than the one before it.

        Args:
            first: the first seed; None for one that is drawn at random.
            n: number of seeds.

        Raises:
            InvalidPlan: the last seed is too large.
        """
        if first is None:
            first = secrets.randbelow(MAX_SEED + 2 - n)
        if first + n - 1 > MAX_SEED:
            raise InvalidPlan("seed", f"{counted(n, 'seed')} from {first:,} on exceed the largest seed, {MAX_SEED:,}")
        return cls(range(first, first + n))

    def __len__(self) -> int:
        return len(self.values)

    def part(self, start: int, stop: int) -> Self:
        """Return seeds start to stop."""
        return type(self)(self.values[start:stop])

    def take(self, positions: Sequence[int]) -> Self:
        """Return the seeds at the given positions."""
        return type(self)([self.values[position] for position in positions])

    def check(self, card: Card) -> None:
        """Accept any model: a seed gives latents of any size."""

    def latents(self, size: int) -> NDArray[np.float32]:
        """Return the latent of each seed."""
        return seeds_to_latents(self.values, size)

    def seed(self, position: int) -> int:
        """Return the seed at a position."""
        return self.values[position]

    def item(self, position: int) -> int:
        """Return the seed at a position."""
        return self.values[position]

    def fingerprint(self) -> bytes:
        """Return eight bytes for each seed."""
        seeds = self.values
        if isinstance(seeds, range):
            return np.arange(seeds.start, seeds.stop, seeds.step, dtype=np.uint64).tobytes()
        return array("Q", seeds).tobytes()


@dataclass(frozen=True, slots=True, eq=False)
class Latents(Source):
    """Latents: float32 (N, L)."""

    field: ClassVar[str] = "latents"
    values: NDArray[np.float32]

    @classmethod
    def from_rows(cls, rows: Sequence[Sequence[float] | NDArray[np.float64]]) -> Self:
        """Return latents from rows of numbers, of which there is at least one.

        Raises:
            InvalidPlan: the rows differ in length, or a number has no finite float32.
        """
        size = len(rows[0])
        for i, row in enumerate(rows):
            if len(row) != size:
                raise InvalidPlan(
                    f"latents/{i}", f"has {counted(len(row), 'component')}, but the first latent has {size:,}"
                )
        latents = np.array(rows, np.float64)
        fits = (np.abs(latents) <= np.finfo(np.float32).max).all(axis=1)  # false for NaN, too
        if not fits.all():
            raise InvalidPlan(f"latents/{fits.argmin()}", "every component must be a finite number that fits float32")
        return cls(latents.astype(np.float32))

    def __len__(self) -> int:
        return len(self.values)

    def part(self, start: int, stop: int) -> Self:
        """Return latents start to stop, without a copy."""
        return type(self)(self.values[start:stop])

    def take(self, positions: Sequence[int]) -> Self:
        """Return copies of the latents at the given positions."""
        return type(self)(self.values[np.asarray(positions)])

    def check(self, card: Card) -> None:
        """Raise InvalidPlan unless the latents have the model's size."""
        size = self.values.shape[1]
        if size != card.latent_size:
            raise InvalidPlan(
                self.field,
                f"a latent of model {card.model!r} has {counted(card.latent_size, 'component')}, not {size:,}",
            )

    def latents(self, size: int) -> NDArray[np.float32]:  # noqa: ARG002 - checked against the card before
        """Return the latents."""
        return self.values

    def seed(self, position: int) -> None:
        """Return None: a latent has no seed."""

    def item(self, position: int) -> NDArray[np.float32]:
        """Return the latent at a position: float32 (L,)."""
        latent: NDArray[np.float32] = self.values[position]
        return latent

    def fingerprint(self) -> bytes:
        """Return the bytes of all components."""
        return self.values.tobytes()
