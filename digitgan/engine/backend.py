"""Knows the one seam between the engine and whatever runs a model: rows in, uint8 images out.

Does not know onnxruntime; `digitgan.engine.generator` implements this Protocol with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from digitgan.contract.card import Card

ProviderName = Literal["auto", "cpu", "cuda", "tensorrt", "openvino"]


@dataclass(frozen=True, slots=True)
class Rows:
    """N rows of model input.

    Attributes:
        latents: float32 (N, latent size).
        labels: int64 (N,), -1 where the latent's own class is to be used; ignored by a model without classes.
        truncation: float32 (N,), the factor on the style part of each latent.
    """

    latents: NDArray[np.float32]
    labels: NDArray[np.int64]
    truncation: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.latents)


@dataclass(frozen=True, slots=True)
class Images:
    """N generated images.

    Attributes:
        pixels: uint8 (N, H, W), 0 black background to 255 white ink.
        labels: int64 (N,), the classes that were used; None for a model without classes.
    """

    pixels: NDArray[np.uint8]
    labels: NDArray[np.int64] | None


class Backend(Protocol):
    """Something that runs one model version; `run` may be called from any thread; by several at once if parallel."""

    @property
    def card(self) -> Card:
        """The card of the model version that this runs."""

    @property
    def provider(self) -> str:
        """The execution provider that is active, as the runtime reports it."""

    @property
    def nodes(self) -> Mapping[str, int]:
        """How many nodes of the graph each execution provider runs, as the runtime reports it."""

    @property
    def is_parallel(self) -> bool:
        """Whether a run takes one processor, so that several at a time are faster than one after the other."""

    @property
    def reproduces_card(self) -> bool:
        """Whether the card's golden seeds gave the card's pixels here."""

    def run(self, rows: Rows) -> Images:
        """Return one image a row, each a function of its row alone."""
