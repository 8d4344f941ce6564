"""The interface between the engine and whatever runs a model: rows in, uint8 images out.

`digitgan.engine.onnx_backend` implements it with onnxruntime.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from digitgan.contract.card import Card

if TYPE_CHECKING:
    from digitgan.engine.encoder import PictureEncoder

ProviderName = Literal["auto", "cpu", "cuda", "tensorrt", "openvino"]


@dataclass(frozen=True, slots=True)
class Rows:
    """N rows of model input.

    Attributes:
        latents: float32 (N, latent size).
        labels: int64 (N,), -1 for the latent's own class; ignored by a model without classes.
        truncation: float32 (N,), the factor on the style part of each latent.
    """

    latents: NDArray[np.float32]
    labels: NDArray[np.int64]
    truncation: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.latents)

    def part(self, start: int, stop: int) -> "Rows":
        """Return rows start to stop, without a copy."""
        return Rows(self.latents[start:stop], self.labels[start:stop], self.truncation[start:stop])


@dataclass(frozen=True, slots=True)
class Images:
    """N generated images.

    Attributes:
        pixels: uint8 (N, H, W), 0 black background to 255 white ink; or (N, H, W, 3), RGB.
        labels: int64 (N,), the classes that were drawn; None for a model without classes.
    """

    pixels: NDArray[np.uint8]
    labels: NDArray[np.int64] | None

    def part(self, start: int, stop: int) -> "Images":
        """Return images start to stop, without a copy."""
        return Images(self.pixels[start:stop], None if self.labels is None else self.labels[start:stop])


class Backend(Protocol):
    """Runs one model version.

    `run` may be called from any thread, and from several at once if `is_parallel`.
    """

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
        """Whether a run uses one processor only, so that concurrent runs are faster than consecutive ones."""

    @property
    def reproduces_card(self) -> bool:
        """Whether the card's golden seeds gave the card's pixels on this machine."""

    @property
    def encoder(self) -> "PictureEncoder | None":
        """What finds the latents of pictures; None for a version without an encoder of its own."""

    def run(self, rows: Rows) -> Images:
        """Return one image per row, each a function of its row alone."""
