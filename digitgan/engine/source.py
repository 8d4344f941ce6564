"""What images are made from: seeds, hands or latents.

All other modules handle a `Source` without asking which kind it is. Seeds become latents only when their rows run, so a
plan of 100,000 images holds no arrays.
"""

import secrets
from abc import ABC, abstractmethod
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from digitgan.contract.card import Card
from digitgan.contract.errors import InvalidPlan
from digitgan.contract.hand import style_of, vary
from digitgan.contract.latents import seeds_to_latents
from digitgan.contract.limits import MAX_SEED
from digitgan.contract.words import counted

_MOST_LISTED = 1_000_000  # seeds: as many as a service can be set to answer at most


class Source(ABC):
    """N items, each of which gives one latent.

    Attributes:
        field: what a request calls these items.
        has_classes: whether an item also says what to draw, so that labels may be missing.
    """

    field: ClassVar[str]
    has_classes: ClassVar[bool] = True

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
    def hand(self, position: int) -> int | str | None:
        """Return what an address has for one item: a seed or a token; None for an item that addresses cannot hold."""

    @abstractmethod
    def fields(self, position: int) -> dict[str, Any]:
        """Return the fields by which a request can ask for one item again."""

    @abstractmethod
    def key(self, position: int) -> int:
        """Return what the hand of one item varies by as it writes: an integer from 0 to 2**64 - 1."""

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
        return self.with_values(self.values[start:stop])

    def take(self, positions: Sequence[int]) -> Self:
        """Return the seeds at the given positions."""
        return self.with_values([self.values[position] for position in positions])

    def with_values(self, values: Sequence[int]) -> Self:
        """Return other seeds that are used in the same way."""
        return replace(self, values=values)

    def check(self, card: Card) -> None:
        """Accept any model: a seed gives latents of any size."""

    def latents(self, size: int) -> NDArray[np.float32]:
        """Return the latent of each seed."""
        return seeds_to_latents(self.values, size)

    def seed(self, position: int) -> int:
        """Return the seed at a position."""
        return self.values[position]

    def hand(self, position: int) -> int | None:
        """Return the seed at a position."""
        return self.values[position]

    def fields(self, position: int) -> dict[str, Any]:
        """Return the seed at a position."""
        return {self.field: self.values[position]}

    def key(self, position: int) -> int:
        """Return the seed at a position."""
        return self.values[position]

    def fingerprint(self) -> bytes:
        """Return eight bytes for each seed, or a few for more seeds in a range than a request can list."""
        seeds = self.values
        if not isinstance(seeds, range):
            return array("Q", seeds).tobytes()
        if len(seeds) > _MOST_LISTED:
            return repr(seeds).encode()
        return np.arange(seeds.start, seeds.stop, seeds.step, dtype=np.uint64).tobytes()


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours(Seeds):
    """Seeds, each of which varies the same hand.

    Attributes:
        token: the hand.
        vary: how much, 0 to 1; see `digitgan.contract.hand.vary`.
    """

    token: str
    vary: float

    def check(self, card: Card) -> None:
        """Raise InvalidPlan unless the token is valid and the model has styles of its size."""
        try:
            style = style_of(self.token)
        except ValueError as error:
            raise InvalidPlan("hand", str(error)) from error
        _check_style("hand", len(style), card)

    def latents(self, size: int) -> NDArray[np.float32]:
        """Return the latent of each seed, its style varied."""
        latents = seeds_to_latents(self.values, size)
        style = style_of(self.token)
        latents[:, : len(style)] = vary(style, self.vary, self.values)
        return latents

    def hand(self, position: int) -> None:
        """Return None: an address has no room for both hand and seed."""

    def fields(self, position: int) -> dict[str, Any]:
        """Return the seed at a position, the hand and how much it varies."""
        return {self.field: self.values[position], "hand": self.token, "vary": self.vary}

    def key(self, position: int) -> int:
        """Return the first eight bytes of a hash of token and seed."""
        return _hash(f"{self.token} {self.values[position]}".encode())

    def fingerprint(self) -> bytes:
        """Return the bytes of all seeds, the token and how much it varies."""
        return Seeds.fingerprint(self) + f"{self.token} {self.vary!r}".encode()


@dataclass(frozen=True, slots=True, eq=False)
class Hands(Source):
    """Hands, which have a style and no class.

    Attributes:
        tokens: N tokens.
        styles: their styles: float32 (N, S).
        name: what errors call them: the field of a request that has but one hand has another name.
    """

    field: ClassVar[str] = "hands"
    has_classes: ClassVar[bool] = False
    tokens: Sequence[str]
    styles: NDArray[np.float32]
    name: str = field

    @classmethod
    def of(cls, tokens: Sequence[str], name: str = field) -> Self:
        """Return the hands of at least one valid token.

        Raises:
            InvalidPlan: they differ in size.
        """
        styles = [style_of(token) for token in tokens]
        for i, style in enumerate(styles):
            if len(style) != len(styles[0]):
                raise InvalidPlan(
                    f"hands/{i}", f"has {counted(len(style), 'component')}, but the first hand has {len(styles[0]):,}"
                )
        return cls(tokens, np.stack(styles), name)

    def __len__(self) -> int:
        return len(self.tokens)

    def part(self, start: int, stop: int) -> Self:
        """Return hands start to stop."""
        return replace(self, tokens=self.tokens[start:stop], styles=self.styles[start:stop])

    def take(self, positions: Sequence[int]) -> Self:
        """Return the hands at the given positions."""
        tokens = [self.tokens[position] for position in positions]
        return replace(self, tokens=tokens, styles=self.styles[np.asarray(positions)])

    def check(self, card: Card) -> None:
        """Raise InvalidPlan unless the model has classes, and styles of the hands' size."""
        _check_style(self.name, self.styles.shape[1], card)

    def latents(self, size: int) -> NDArray[np.float32]:
        """Return the style of each hand, with equal scores for all classes."""
        latents = np.zeros((len(self), size), np.float32)
        latents[:, : self.styles.shape[1]] = self.styles
        return latents

    def seed(self, position: int) -> None:
        """Return None: a hand has no seed."""

    def hand(self, position: int) -> str:
        """Return the token at a position."""
        return self.tokens[position]

    def fields(self, position: int) -> dict[str, Any]:
        """Return the token at a position."""
        return {self.field: self.tokens[position]}

    def key(self, position: int) -> int:
        """Return the first eight bytes of a hash of the token."""
        return _hash(self.tokens[position].encode())

    def fingerprint(self) -> bytes:
        """Return all tokens."""
        return " ".join(self.tokens).encode()


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

    def hand(self, position: int) -> None:
        """Return None: a latent is too long for an address."""

    def fields(self, position: int) -> dict[str, Any]:
        """Return the latent at a position: float32 (L,)."""
        return {self.field: self.values[position]}

    def key(self, position: int) -> int:
        """Return the first eight bytes of a hash of the latent's components as little-endian float32."""
        return _hash(self.values[position].astype("<f4").tobytes())

    def fingerprint(self) -> bytes:
        """Return the bytes of all components."""
        return self.values.tobytes()


def source_of_one(hand: int | str) -> Source:
    """Return the source of one item as an address has it: a seed, or a valid token."""
    return Seeds([hand]) if isinstance(hand, int) else Hands.of([hand], "hand")


def seeds_or_hand(seed: int | None, hand: str | None, n: int = 1, name: str = "hand") -> Source:
    """Return n seeds from one on, or the same hand n times.

    Args:
        seed: the first one; None for a random one.
        hand: a valid token, or None for seeds.
        n: how many, at least 1.
        name: what errors call the hand.

    Raises:
        InvalidPlan: both are given, or the last seed is too large.
    """
    if hand is None:
        return Seeds.following(seed, n)
    if seed is not None:
        raise InvalidPlan(name, "give seed or hand, not both")
    return Hands.of([hand] * n, name)


def seeds_in_hand(seed: int, n: int, hand: str | None, vary: float) -> Seeds:
    """Return n seeds from one on; with a hand, a valid token, each varies it by `vary`.

    Raises:
        InvalidPlan: there is no hand to vary, or the last seed is too large.
    """
    if vary and hand is None:
        raise InvalidPlan("vary", "there is no hand to vary; give hand, or leave vary at 0")
    seeds = Seeds.following(seed, n)
    return seeds if hand is None else Neighbours(seeds.values, hand, vary)


def _check_style(field: str, size: int, card: Card) -> None:
    if not card.is_conditional:
        raise InvalidPlan(field, f"model {card.model!r} has no classes, and so no hands")
    if size != card.style_size:
        raise InvalidPlan(
            field, f"a hand of model {card.model!r} has {counted(card.style_size, 'component')}, not {size:,}"
        )


def _hash(content: bytes) -> int:
    """Return the first eight bytes of a hash, little-endian.

    Source: RFC 7693, BLAKE2b.
    """
    return int.from_bytes(blake2b(content, digest_size=8).digest(), "little")
