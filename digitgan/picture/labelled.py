"""The numbers of a data set as pictures with labels: what each one says, and where each of its glyphs is."""

from dataclasses import replace
from hashlib import blake2b
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitgan.engine.engine import Generated
from digitgan.engine.plan import NumbersPlan
from digitgan.engine.source import Neighbours
from digitgan.picture import drawing
from digitgan.picture.distortions import distorted
from digitgan.picture.job import Job
from digitgan.picture.numbers import Strip
from digitgan.picture.picture import Picture
from digitgan.picture.provenance import image_chunks

_PERSON = b"digitgan-place"  # so that the place has nothing in common with what else a seed decides


class Labelled(NamedTuple):
    """One number of a data set."""

    position: int
    """Of the number in the data set, from 0."""
    seed: int
    """Decides everything about the number that the data set leaves open."""
    text: str
    """Its N digits and signs."""
    hand: str | None
    """The token of the hand that wrote it, varied by the seed; None if the seed is the hand."""
    pixels: NDArray[np.uint8]
    """uint8 (H, W), in the colours of the job's picture, or levels of ink if that has a palette."""
    boxes: NDArray[np.integer[Any]]
    """Integers (N, 4): left, top, right and bottom of the ink of each glyph, right and bottom exclusive; 0 without
    ink, as a space has none."""
    masks: list[NDArray[np.uint8]]
    """Each glyph alone, 0 ground to 255 ink: uint8 of the size of its box; empty unless the picture has masks."""
    chunks: bytes
    """Of its PNG file, if the picture has metadata; otherwise empty."""


def labelled(job: Job, generated: Generated) -> list[Labelled]:
    """Return the numbers of a part of a data set, in order.

    Args:
        job: of the whole data set; its plan is a `NumbersPlan`.
        generated: the digits of the part's numbers.
    """
    plan, source = job.plan, generated.source
    if not isinstance(plan, NumbersPlan):
        raise TypeError("the job has no numbers")
    seeds = [*dict.fromkeys(seed for i in range(len(source)) if (seed := source.seed(i)) is not None)]
    texts = [*map(plan.pattern.number, seeds)]
    picture = job.picture.model_copy(update={"numbers": tuple(texts)})
    strips = drawing.strips(picture, generated.images.pixels, source)
    chunks = image_chunks(replace(job, picture=picture), generated) or repeat(b"")
    hand = source.token if isinstance(source, Neighbours) else None
    first = plan.source.seed(0) or 0
    keys = map(source.key, picture.starts)
    return [
        Labelled(seed - first, seed, text, hand, *_shown(strip, seed, key, picture), strip.glyphs, more)
        for seed, text, strip, key, more in zip(seeds, texts, strips, keys, chunks, strict=False)
    ]


def _shown(strip: Strip, seed: int, key: int, picture: Picture) -> tuple[NDArray[np.uint8], NDArray[np.integer[Any]]]:
    """Return a number where it is placed and as it is distorted, and its boxes there."""
    pixels, boxes = _placed(strip, seed, picture)
    if not picture.distortions:
        return pixels, boxes
    if picture.is_inverted:
        return 255 - distorted(255 - pixels, boxes, picture.distortions, key), boxes
    return distorted(pixels, boxes, picture.distortions, key), boxes


def _placed(strip: Strip, seed: int, picture: Picture) -> tuple[NDArray[np.uint8], NDArray[np.integer[Any]]]:
    """Return a number in a picture of the width that all have, if they have one, and its boxes there.

    It stands anywhere, each place as likely as the others: the first eight bytes of BLAKE2b of the seed decide how far
    to the right, the next eight how far down, where it is less high than the picture because it is written smaller.
    """
    pixels, boxes = strip.pixels, strip.inks
    height, width = pixels.shape
    if picture.width is None:
        return pixels, boxes
    tall = picture.height if picture.ink else height
    digest = blake2b(seed.to_bytes(8, "little"), digest_size=16, person=_PERSON).digest()
    left = int.from_bytes(digest[:8], "little") * (picture.width - width + 1) >> 64
    top = int.from_bytes(digest[8:], "little") * (tall - height + 1) >> 64
    whole = np.full((tall, picture.width), 255 if picture.is_inverted else 0, np.uint8)
    whole[top : top + height, left : left + width] = pixels
    return whole, boxes + np.array((left, top, left, top)) * (boxes[:, 2:] > 0)[:, :1]
