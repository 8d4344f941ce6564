"""Versions of a model that share the requests which name no version, in proportion to their weights.

What a request asks for decides which version answers it, so a repeated request gets the same answer from every worker
and replica with the same weights (docs/adr/0039-version-weights.md).
"""

from array import array
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import accumulate
from typing import Any, Generic, TypeVar

from digitgan.contract.card import Card
from digitgan.contract.errors import UnknownModel
from digitgan.engine.plan import Plan
from digitgan.engine.settings import Weights
from digitgan.engine.versions import Versions

T = TypeVar("T")

_PERSON = b"digitgan-split"  # so that nothing else that hashes the same content chooses alike


@dataclass(frozen=True, slots=True)
class Split(Generic[T]):
    """The versions of one model that share its requests.

    Attributes:
        items: one for each version, from oldest to newest, at least one.
        weights: the weight of each, at least 1.
    """

    items: Sequence[T]
    weights: Sequence[int]

    @property
    def newest(self) -> T:
        """The item of the newest version."""
        return self.items[-1]

    @property
    def shares(self) -> list[float]:
        """The share of the requests that each item gets; together 1."""
        return [weight / sum(self.weights) for weight in self.weights]

    def choose(self, plan: Plan) -> T:
        """Return the item that a plan falls to. If the newest item's weight grows, plans move only to newer items."""
        ends = list(accumulate(self.weights))
        return self.items[bisect_right(ends, _position(plan) * ends[-1] >> 64)]


def splits(
    weights: Weights, versions: Versions[T], card_of: Callable[[T], Card]
) -> tuple[dict[str, Split[T]], list[str]]:
    """Return the split of each model that has weights, and what is wrong with the weights.

    A version that is missing gets no requests. Neither does one whose latents, classes or images have other sizes than
    those of the newest version with a weight, or whose classes have other names, since a request is read before it is
    known which version answers it.
    """
    found: dict[str, Split[T]] = {}
    problems = []
    for model, by_version in weights.items():
        items: list[tuple[T, int]] = []
        for version in sorted(by_version, key=int, reverse=True):
            try:
                item = versions.find(model, version)
            except UnknownModel as error:
                problems.append(f"version_weights: {error}")
                continue
            if not by_version[version]:
                continue
            newest = card_of(items[0][0] if items else item)
            if _sizes(card_of(item)) == _sizes(newest):
                items.append((item, by_version[version]))
            else:
                differ = "have latents, classes or images of different sizes or names, so they cannot share requests"
                problems.append(f"version_weights: {model}/{version} and {model}/{newest.version} {differ}")
        if items:
            found[model] = Split(*zip(*reversed(items), strict=True))
    return found, problems


def _sizes(card: Card) -> tuple[Any, ...]:
    return card.latent_size, card.style_size, card.n_classes, card.image_shape, card.names


def _position(plan: Plan) -> int:
    """Return an integer below 2**64 that depends on what a plan shows, but not on how it is drawn or encoded.

    Frames have the position of their key images: their own latents may differ between machines by rounding.
    """
    shown = plan.keys or plan
    labels = None if shown.labels is None else array("q", shown.labels).tobytes()
    digest = blake2b(
        repr((shown.source.field, labels, float(shown.truncation))).encode(), digest_size=8, person=_PERSON
    )
    digest.update(shown.source.fingerprint())
    return int.from_bytes(digest.digest())
