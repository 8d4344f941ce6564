"""Models and their way back, as exported: the generator's file and the encoder's, each in onnxruntime on one thread."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from digitgan.contract import card as cards
from digitgan.contract.card import Card, ModelReference
from digitgan.contract.certainty import confidences
from digitgan.contract.errors import ModelRefused
from digitgan.contract.hand import style_of, token_of
from training.graphs.sessions import EncoderSession, GeneratorSession

VERSION = "1"
_ROWS = 500  # images that are drawn in one run

Images = NDArray[np.uint8]
Labels = NDArray[np.integer]
Styles = NDArray[np.float32]


@dataclass(frozen=True)
class Encoded:
    """What an encoder makes of N images.

    Attributes:
        styles: float32 (N, S).
        labels: int64 (N,), the classes that were read.
        confidences: float32 (N,), the probability of that class by softmax of the scores.
    """

    styles: Styles
    labels: NDArray[np.int64]
    confidences: NDArray[np.float32]


@dataclass(frozen=True)
class Model:
    """A generator, and the encoder that fits its latents.

    Attributes:
        card: of the generator.
        encoder_card: of the version whose encoder it is.
        generator: of the model.
        encoder: its own, or that of its teacher or base.
    """

    card: Card
    encoder_card: Card
    generator: GeneratorSession
    encoder: EncoderSession

    @classmethod
    def load(cls, folder: Path, name: str) -> Self:
        """Return a model of a folder of models.

        Raises:
            ModelRefused: it has no encoder that fits, or a file is missing or differs from its card.
        """
        card = cards.read_card(folder / name / VERSION)
        generator = GeneratorSession(cards.read_model_file(folder / name / VERSION, card))
        place = ModelReference(model=name, version=VERSION, sha256=card.file.sha256)
        if card.encoder is None and card.encoder_of:
            place = card.encoder_of
        encoder_folder = folder / place.model / place.version
        encoder_card = cards.read_card(encoder_folder)
        content = cards.read_encoder_file(encoder_folder, encoder_card)
        if content is None or encoder_card.file.sha256 != place.sha256:
            raise ModelRefused(f"{name}: no encoder in {encoder_folder} fits its latents")
        return cls(card, encoder_card, generator, EncoderSession(content))

    def encode(self, images: Images) -> Encoded:
        """Return what the encoder makes of images: uint8 (N, 28, 28), N at least 1."""
        latents, labels = self.encoder.run(images)
        sure = confidences(latents[:, self.card.style_size :]).astype(np.float32)
        return Encoded(np.ascontiguousarray(latents[:, : self.card.style_size]), labels, sure)

    def draw(self, styles: Styles, labels: Labels) -> Images:
        """Return the digits of styles (N, S) and labels (N,): uint8 (N, 28, 28)."""
        latents = np.zeros((len(styles), self.card.latent_size), np.float32)
        latents[:, : styles.shape[1]] = styles
        asked = labels.astype(np.int64)
        parts = [
            self.generator.run(latents[start : start + _ROWS], asked[start : start + _ROWS])[0]
            for start in range(0, len(latents), _ROWS)
        ]
        return np.concatenate(parts).astype(np.uint8, copy=False)

    def all_digits(self, styles: Styles) -> Images:
        """Return all digits of each style: uint8 (N, C, 28, 28)."""
        n, n_classes = len(styles), self.card.n_classes
        drawn = self.draw(styles.repeat(n_classes, axis=0), np.tile(np.arange(n_classes), n))
        return drawn.reshape(n, n_classes, *drawn.shape[1:])


def rounded(styles: Styles) -> Styles:
    """Return styles (N, S) as their tokens keep them."""
    return np.stack([style_of(token_of(style)) for style in styles])
