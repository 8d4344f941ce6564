"""What decoders read from the files, and their frozen bytes."""

import gzip
import hashlib
import io
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin

from digitgan.ink.outlines import UNITS
from digitgan.ink.raster import draw
from digitgan.ink.tracing import trace
from digitgan.picture.sheet import sheet
from digitgan.png.encoder import ENCODER_ID, chunk, encode, international_text, text
from digitgan.png.palette import Palette
from digitgan.png.texts import read

Images = NDArray[np.uint8]
SAMPLE = Path(__file__).parents[3] / "training" / "sample" / "t10k-images-idx3-ubyte.gz"
IMAGES = arrays(
    np.uint8, array_shapes(min_dims=3, max_dims=3, max_side=40), elements=st.sampled_from([0, 0, 1, 128, 255])
)


def ring(radius: int, softness: int) -> Images:
    """Return a zero as a generator might draw it, computed with integers alone: uint8 (28, 28)."""
    y, x = np.mgrid[-27:29:2, -27:29:2]
    drawn: Images = np.clip(255 - np.abs(x * x + 2 * y * y - radius) // softness, 0, 255).astype(np.uint8)
    return drawn


RING, SOFT_RING = ring(500, 1), ring(400, 3)
NOISE = (np.arange(784, dtype=np.uint32) * np.uint32(2654435761) >> np.uint32(24)).astype(np.uint8).reshape(28, 28)
FROZEN = {
    "black": (np.zeros((28, 28), np.uint8), "65a3071a61cc40c1556d97741851928da39093b0750b8ae7b7147999ded8dc4f"),
    "white": (np.full((28, 28), 255, np.uint8), "b2b75df9fabf3c155e2a76a849bd42acf5950258a0d60ff558f54de215402353"),
    "ring": (RING, "de763bad9342363bb69af4beb41774ba2b4eb95c0f60e8e231479209f9e4b432"),
    "soft ring": (SOFT_RING, "6e39403b167be437cf03fce1fa4c1adcbb4dfff4847741e2779e147edecaee5b"),
    "black ring on white": (255 - RING, "7e43a7534aaf4f9f8c9a3d5b9526e86881a4192939900dbc76d9c55ad40a4ba2"),
    "noise": (NOISE, "5060a6378c5b528f6ed1ad541c60202d96e3c257cfa5aa3eb9c0db80843c28b2"),
    "one pixel": (np.full((1, 1), 7, np.uint8), "0080ee46f2163f3cf6b6f996bd876fe36cb2aa09d783465440f03b6febf87283"),
    "enlarged ring": (sheet(RING[None], 1, 0, 8), "390029e0d2321d0421e5363d71935689c671bd52dffbe0fc991445f4f9e40d32"),
    "sheet": (
        sheet(np.stack([RING, SOFT_RING, NOISE] * 4), 4, 2, 3),
        "58300ec4fc2e111195c2f5ee2e6513fd31f9571d29da56bb02db931cd5a3d207",
    ),
}


@pytest.mark.parametrize("name", FROZEN)
def test_bytes_are_frozen_for_this_encoder_id(name: str) -> None:
    image, sha256 = FROZEN[name]
    [png] = encode(image[None])
    assert (ENCODER_ID, hashlib.sha256(png).hexdigest()) == ("1", sha256)


@settings(deadline=None)
@given(IMAGES)
def test_pillow_decodes_every_pixel(images: Images) -> None:
    for image, png in zip(images, encode(images), strict=True):
        with Image.open(io.BytesIO(png)) as decoded:
            assert decoded.mode == "L"
            assert np.array_equal(np.asarray(decoded), image)


PALETTES = {
    "opaque": (Palette("123456", "ffe0c0"), "fcc978d06ede0b66e056dc9a213b9d4f66badfddaf955e1627ee1b9234553a34"),
    "transparent": (Palette("123456", None), "7fdc8524fa0f37b5a7e7410c9013be4edab1813c85b70e2ae8852b8ef32302c9"),
}


@pytest.mark.parametrize("name", PALETTES)
def test_bytes_with_a_palette_are_frozen_for_this_encoder_id(name: str) -> None:
    palette, sha256 = PALETTES[name]
    [png] = encode(RING[None], [text("Title", "zero")], palette)
    assert (ENCODER_ID, hashlib.sha256(png).hexdigest()) == ("1", sha256)


@pytest.mark.parametrize("palette", [palette for palette, _ in PALETTES.values()])
def test_decoder_shows_the_colours_of_the_palette(palette: Palette) -> None:
    with Image.open(io.BytesIO(encode(NOISE[None], palette=palette)[0])) as decoded:
        shown = np.asarray(decoded.convert("RGBA"))
    assert np.array_equal(shown[..., :3], palette.rgb[NOISE])
    assert np.array_equal(shown[..., 3], palette.alpha[NOISE])


def test_palette_changes_the_header_alone() -> None:
    extra = text("Title", "zero")
    [plain] = encode(RING[None], [extra])
    for palette, _ in PALETTES.values():
        [png] = encode(RING[None], [extra], palette)
        assert png[:25] + png[26:29] == plain[:25] + plain[26:29]  # all but the colour type and the checksum
        assert png.endswith(plain[33:])
        assert read(png) == read(plain)


def test_chunks_come_before_the_pixels() -> None:
    chunks = text("Title", "sept, à la main") + international_text("Titel", "sieben \u2013 7")
    [png] = encode(np.zeros((1, 3, 3), np.uint8), [chunks])
    assert png[33:].startswith(chunks)
    with Image.open(io.BytesIO(png)) as image:
        assert isinstance(image, PngImagePlugin.PngImageFile)
        assert image.text == {"Title": "sept, à la main", "Titel": "sieben \u2013 7"}


def test_each_picture_gets_its_own_chunks() -> None:
    titles = [chunk(b"tEXt", b"Title\0" + name) for name in (b"one", b"two")]
    for title, png in zip(titles, encode(np.zeros((2, 3, 3), np.uint8), titles), strict=True):
        assert title in png


def test_no_pictures_give_no_files() -> None:
    assert encode(np.zeros((0, 28, 28), np.uint8)) == []


def sample() -> Images:
    """Return 200 of MNIST's test pictures."""
    with gzip.open(SAMPLE) as file:
        return np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 28, 28)[:200]


def test_ink_at_height_112_takes_at_most_1200_bytes() -> None:
    inks = draw(trace(sample()), np.arange(201, dtype=np.int32), 112, 112, scale=112, units=28 * UNITS).pixels
    assert np.mean([len(png) for png in encode(inks)]) <= 1200


@pytest.mark.parametrize("invert", [False, True])
@pytest.mark.parametrize("scale", [1, 4])
def test_digits_take_at_most_a_tenth_more_bytes_than_with_zlib(scale: int, invert: bool) -> None:
    digits = sample()
    images = digits.repeat(scale, axis=1).repeat(scale, axis=2) ^ np.uint8(255 * invert)
    n_other = 57  # bytes of signature, header, end, and the frame of the stream
    by_zlib = [zlib.compress(np.pad(image, ((0, 0), (1, 0))).tobytes(), 6) for image in images]
    assert sum(map(len, encode(images))) <= 1.1 * sum(len(stream) + n_other for stream in by_zlib)
