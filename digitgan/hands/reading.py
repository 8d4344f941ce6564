"""What pictures of digits say: which digit, in whose hand, and how sure that is. What is no digit is refused."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitgan.contract.card import Card
from digitgan.contract.certainty import confidences, errors
from digitgan.contract.errors import PictureRefused
from digitgan.contract.hand import token_of
from digitgan.engine.engine import Encoded, Engine
from digitgan.hands.picture_file import n_bytes_needed, read_grey
from digitgan.hands.preparation import prepare


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class DigitReading:
    """What one picture says.

    Attributes:
        label: the class that the encoder reads.
        confidence: its probability, 0 to 1: the softmax of the latent's class scores.
        latent: float32 (L,), the style and then the class scores.
        style: float32 (S,), the first part of the latent.
        error: root mean square difference between the prepared picture and its reconstruction, in grey levels of 255.
        image: the reconstruction, which the model draws from the latent: uint8 (H, W).
        class_name: the name of the class; None if classes have no names.
    """

    label: int
    confidence: float
    latent: NDArray[np.float32]
    style: NDArray[np.float32]
    error: float
    image: NDArray[np.uint8]
    class_name: str | None = None

    @property
    def said(self) -> dict[str, Any]:
        """The label, and the name of its class if it has one, as answers have them."""
        return {"label": self.label} | ({"class_name": self.class_name} if self.class_name else {})

    @property
    def hand(self) -> str:
        """The token of the style."""
        return token_of(self.style)


class CommonHand(NamedTuple):
    """The one hand of several pictures.

    Attributes:
        token: of the mean of their styles.
        spread: root mean square distance of a style's component from the mean.
    """

    token: str
    spread: float


async def read_files(
    engine: Engine, files: Sequence[bytes], model: str | None = None, version: str | None = None
) -> list[DigitReading]:
    """Return what picture files say.

    Args:
        engine: has the models.
        files: PNG, JPEG or WebP, at least one.
        model: name, or None for the default model.
        version: version, or None for the model's newest.

    Raises:
        PictureRefused: as raised by `prepare_files` and `read`; the error has the picture's position.
        UnknownModel, InvalidPlan, Overloaded, CannotServe, RunFailed: as raised by `Engine.encode`.
    """
    return await read(engine, await prepare_files(engine, files), model, version)


async def prepare_files(engine: Engine, files: Sequence[bytes]) -> NDArray[np.uint8]:
    """Return the images of picture files, each prepared as the digits of MNIST were: uint8 (N, 28, 28).

    They are decoded one after the other, in the lanes where images are encoded, so within the same memory.

    Args:
        engine: has the lanes.
        files: PNG, JPEG or WebP, at least one.

    Raises:
        PictureRefused: a file is not a picture of one figure, or takes too much memory; the error has its position.
    """
    images = []
    for position, content in enumerate(files):
        with _at(position):
            n_bytes, most = n_bytes_needed(content), engine.lanes.budget.limit_bytes
            if n_bytes > most:
                raise PictureRefused(f"the picture takes {n_bytes:,} bytes of memory to decode; the limit is {most:,}")
            images.append(await engine.lanes.run(n_bytes, partial(_prepared, content), is_slow=True))
    return np.stack(images)


async def read(
    engine: Engine, images: NDArray[np.uint8], model: str | None = None, version: str | None = None
) -> list[DigitReading]:
    """Return what prepared images say.

    Args:
        engine: has the models.
        images: uint8 (N, H, W) of the model's size, white ink on black, at least one.
        model: name, or None for the default model.
        version: version, or None for the model's newest.

    Raises:
        PictureRefused: an image is no digit; the error has its position.
        UnknownModel, InvalidPlan, Overloaded, CannotServe, RunFailed: as raised by `Engine.encode`.
    """
    return readings_of(images, await engine.encode(images, model, version))


def readings_of(images: NDArray[np.uint8], encoded: Encoded) -> list[DigitReading]:
    """Return what images say.

    Args:
        images: uint8 (N, H, W).
        encoded: their latents.

    Raises:
        PictureRefused: an image is no digit; the error has its position.
    """
    drawn, style_size, names = encoded.drawn, encoded.drawn.card.style_size, encoded.drawn.card.names
    latents = drawn.source.latents(drawn.card.latent_size)
    sure, far = confidences(latents[:, style_size:]), errors(images, drawn.images.pixels)
    readings = [
        DigitReading(
            label=label,
            confidence=float(sure[i]),
            latent=latents[i],
            style=latents[i, :style_size],
            error=float(far[i]),
            image=drawn.images.pixels[i],
            class_name=names[label] if names else None,
        )
        for i, label in enumerate(encoded.labels.tolist())
    ]
    for position, reading in enumerate(readings):
        with _at(position):
            _check(reading, encoded.encoder)
    return readings


def common_hand(readings: Sequence[DigitReading]) -> CommonHand:
    """Return the one hand of several pictures, at least one."""
    styles = np.stack([each.style for each in readings]).astype(np.float64)
    mean = styles.mean(axis=0)
    return CommonHand(token_of(mean.astype(np.float32)), float(np.sqrt(np.square(styles - mean).mean())))


def _prepared(content: bytes) -> NDArray[np.uint8]:
    return prepare(read_grey(content))


def _check(reading: DigitReading, card: Card) -> None:
    """Raise PictureRefused if a picture reads as none of the digits on which an encoder was trained.

    Args:
        reading: of the picture.
        card: the card of the encoder's model version.
    """
    bounds = card.encoder
    if bounds is None or (reading.error <= bounds.most_error and reading.confidence >= bounds.least_confidence):
        return
    name = reading.class_name or reading.label
    confidence = f"confidence {reading.confidence:.2f}, needed {bounds.least_confidence:.2f}"
    error = f"error {reading.error:.0f}, allowed {bounds.most_error:.0f}"
    raise PictureRefused(f"this does not look like one digit; the nearest is {name} ({confidence}; {error})")


@contextmanager
def _at(position: int) -> Iterator[None]:
    try:
        yield
    except PictureRefused as error:
        error.position = position
        raise
